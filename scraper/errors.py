"""Define every error that Darial raises on purpose. Each has a stable ``code`` and the ``url``, if there is one.

DarialError
├── ConfigError                 sources.toml or a flag is wrong (all mistakes at once)
├── FetchError                  a request did not give a usable page
│   ├── NetworkError            dns_failed, connect_failed, tls_failed, connection_lost, proxy_failed, socks_missing: maybe our own outage
│   ├── TimeoutExceeded         timeout: the total deadline of the request passed
│   ├── BlockedAddress          blocked_address: not a public address
│   ├── BadUrl                  bad_url, bad_scheme, userinfo; bad_redirect, redirect_scheme, redirect_userinfo,
│   │                           redirect_downgrade, redirect_loop, too_many_redirects, foreign_host
│   ├── HttpStatusError         http_404, http_403, ... (``status``, ``retry_after``)
│   ├── BadResponse             too_large, truncated, unsupported_encoding, bad_encoding, unasked_304, protocol_error
│   ├── BrowserError            browser_missing, browser_failed: the page needs a browser
│   ├── RobotsDenied            robots_denied, robots_unreachable
│   └── NotRecorded             not_recorded: a replay has no such response
├── ParseError                  a document that cannot be parsed
│   ├── NotAFeed                not_a_feed, html_not_feed, no_json_list, feed_too_complex, challenge, empty_document, nothing_to_poll
│   ├── ParseError              not_text: neither text nor markup
│   ├── PageTooComplex          html_too_complex: refused before the parser sees it
│   ├── NoArticle               no_article: an error, consent or listing page; challenge: a robot check
│   └── WorkerLost              parser_crashed, parser_timeout: the worker process died or was killed
├── OutOfResources              own_fault: this machine is short of descriptors or memory; no fault of a site
├── AlertError                  alert_failed, alert_address, alerts_missing: a message of a watch was not accepted
├── Bug                         bug: an unexpected exception; only the document in which it happened is lost
└── StoreError                  store_locked, store_newer, store_older, store_missing, store_damaged, store_full, store_busy,
                                store_readonly, store_unreachable, store_denied, store_unknown, store_no_files; bad_location, bad_record
"""

from __future__ import annotations


class DarialError(Exception):
    """The base of all expected failures. ``str(e)`` is one line that a person can act on."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, url: str | None = None) -> None:
        super().__init__(message)
        self.url = url
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the attributes when an error is sent to another process: exceptions drop keyword arguments."""
        return (_rebuild, (type(self), self.args, dict(self.__dict__)))


def _rebuild(cls: type[DarialError], args: tuple[object, ...], state: dict[str, object]) -> DarialError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(DarialError):
    """The configuration is wrong; ``problems`` holds one line for each mistake."""

    code = "config"

    def __init__(self, problems: list[str], *, path: str | None = None) -> None:
        super().__init__("\n".join(problems), url=path)
        self.problems = problems


class FetchError(DarialError):
    """A request did not give a usable page."""

    code = "fetch"


class NetworkError(FetchError):
    """Name resolution, connection or TLS failed, because of the site or of our own network."""

    code = "connect_failed"


class TimeoutExceeded(FetchError):
    """The total deadline of one request passed."""

    code = "timeout"


class BlockedAddress(FetchError):
    """The host resolves to an address that is not public."""

    code = "blocked_address"


class BrowserError(FetchError):
    """A page whose scripts build the article could not be rendered."""

    code = "browser_failed"


class BadUrl(FetchError):
    """The URL, or the target of a redirect, is not allowed."""

    code = "bad_url"


class HttpStatusError(FetchError):
    """The server answered with an error status. ``retry_after`` is in seconds, if the server named it."""

    code = "http_error"

    def __init__(self, status: int, *, url: str, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP {status}", code=f"http_{status}", url=url)
        self.status = status
        self.retry_after = retry_after


class BadResponse(FetchError):
    """The response is too large, truncated or encoded in an unsupported way."""

    code = "protocol_error"


class RobotsDenied(FetchError):
    """robots.txt forbids the URL, or could not be read and therefore forbids all (RFC 9309 section 2.3.1)."""

    code = "robots_denied"


class NotRecorded(FetchError):
    """A replay holds no response for the URL."""

    code = "not_recorded"


class OutOfResources(DarialError):
    """A request could not be made because this machine is short of descriptors or memory; no fault of the host."""

    code = "own_fault"


class ParseError(DarialError):
    """The document cannot be parsed."""

    code = "parse"


class NotAFeed(ParseError):
    """The document is not a feed of a known format."""

    code = "not_a_feed"


class PageTooComplex(ParseError):
    """The page would need too much CPU time; it is refused before parsing."""

    code = "html_too_complex"


class NoArticle(ParseError):
    """The page is not an article."""

    code = "no_article"


class WorkerLost(ParseError):
    """The process that parsed the page crashed or was killed at its time limit."""

    code = "parser_crashed"


class Bug(DarialError):
    """An unexpected exception while a document was read."""

    code = "bug"


class AlertError(DarialError):
    """A message of a watch was not accepted."""

    code = "alert_failed"


class StoreError(DarialError):
    """The store refused the request, or failed."""

    code = "store"


class StoreLocked(StoreError):
    """Another process owns the store."""

    code = "store_locked"
