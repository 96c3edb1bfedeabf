"""Every error that Darial raises on purpose. Each carries a stable ``code`` and, where there is one, the ``url``.

DarialError
├── ConfigError                 sources.toml or a flag is wrong (all mistakes at once)
├── FetchError                  a request did not give a usable page
│   ├── NetworkError            dns_failed, connect_failed, tls_failed, connection_lost: maybe our own outage
│   ├── TimeoutExceeded         timeout: the total deadline of the request passed
│   ├── BlockedAddress          blocked_address: not a public address
│   ├── BadUrl                  bad_url, bad_scheme, userinfo; bad_redirect, redirect_scheme, redirect_userinfo,
│   │                           redirect_downgrade, redirect_loop, too_many_redirects, foreign_host
│   ├── HttpStatusError         http_404, http_403, ... (``status``, ``retry_after``)
│   ├── BadResponse             too_large, truncated, unsupported_encoding, bad_encoding, unasked_304, protocol_error
│   ├── RobotsDenied            robots_denied, robots_unreachable
│   └── NotRecorded             not_recorded: a replay has no such response
├── ParseError                  bytes that are not what they should be
│   ├── NotAFeed                not_a_feed, html_not_feed, no_json_list, feed_too_complex, challenge, empty_document, nothing_to_poll
│   ├── ParseError              not_text: neither text nor markup
│   ├── PageTooComplex          html_too_complex: refused before the parser sees it
│   ├── NoArticle               no_article: an error, consent or listing page; challenge: a robot check
│   └── WorkerLost              parser_crashed, parser_timeout: the worker process died or was killed
├── OutOfResources              own_fault: we are short of descriptors or memory; says nothing about a site
├── Bug                         bug: an exception that nobody expected; it costs the document that it was met in
└── StoreError                  store_locked, store_newer, store_older, store_missing, store_damaged, store_full, store_busy,
                                store_readonly, store_unreachable, store_denied, store_unknown, store_no_files; bad_location, bad_record
"""

from __future__ import annotations


class DarialError(Exception):
    """Root of all expected failures. ``str(e)`` is one line that a person can act on."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, url: str | None = None) -> None:
        super().__init__(message)
        self.url = url
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel between processes: keep their attributes (exceptions drop keyword arguments)."""
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
    """Name resolution, connection or TLS failed: the site's fault or our own network's."""

    code = "connect_failed"


class TimeoutExceeded(FetchError):
    """The total deadline of one request passed."""

    code = "timeout"


class BlockedAddress(FetchError):
    """The host resolves to an address that is not public."""

    code = "blocked_address"


class BadUrl(FetchError):
    """The URL, or a redirect's target, is not one we follow."""

    code = "bad_url"


class HttpStatusError(FetchError):
    """The server answered with an error status. ``retry_after`` is in seconds, where it was said."""

    code = "http_error"

    def __init__(self, status: int, *, url: str, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP {status}", code=f"http_{status}", url=url)
        self.status = status
        self.retry_after = retry_after


class BadResponse(FetchError):
    """The response is too large, cut short or coded in a way we do not take."""

    code = "protocol_error"


class RobotsDenied(FetchError):
    """robots.txt forbids the URL, or could not be read and therefore forbids all (RFC 9309 section 2.3.1)."""

    code = "robots_denied"


class NotRecorded(FetchError):
    """A replay holds no response for the URL."""

    code = "not_recorded"


class OutOfResources(DarialError):
    """A request could not be made for want of descriptors or memory: the host that was to be asked has no part in it."""

    code = "own_fault"


class ParseError(DarialError):
    """Bytes that are not what they should be."""

    code = "parse"


class NotAFeed(ParseError):
    """The document is no feed in any dialect that we know."""

    code = "not_a_feed"


class PageTooComplex(ParseError):
    """The page would cost more CPU time than a page may; refused before parsing."""

    code = "html_too_complex"


class NoArticle(ParseError):
    """The page is not an article."""

    code = "no_article"


class WorkerLost(ParseError):
    """The process that parsed the page crashed or was killed at its time limit."""

    code = "parser_crashed"


class Bug(DarialError):
    """An exception that nobody expected, met while one document was read."""

    code = "bug"


class StoreError(DarialError):
    """The store refused or failed."""

    code = "store"


class StoreLocked(StoreError):
    """Another process owns the store."""

    code = "store_locked"
