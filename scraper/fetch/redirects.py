"""Check the URLs that are requested, where redirects lead, and whose they are. No network; does not judge what they resolve to."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin

from scraper.errors import BadUrl
from scraper.fetch import transport
from scraper.model import Source
from scraper.text.host_names import ascii_host
from scraper.urls import MAX_URL_BYTES, site_of

# urljoin makes the page's own address of "http://" and "//", which would be called a circle
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#@:\[\]]+)", re.IGNORECASE)
_NO_HOST = re.compile(r"\s*(?:https?:)?//(?:[/?#\s]|$)", re.IGNORECASE)


def check_url(url: str) -> str:
    """Return the URL in the form in which it is requested: absolute, http or https, ASCII, without fragment. Raises BadUrl."""
    text = url.strip()
    if len(text.encode("utf-8", "replace")) > MAX_URL_BYTES:
        raise BadUrl(f"longer than {MAX_URL_BYTES} bytes", url=url[:200])
    if "\\" in text or any(c < " " or c == "\x7f" for c in text):
        raise BadUrl("has characters that are not allowed in a URL", url=url)
    try:
        parts = parsed_url(_with_ascii_host(text))
        host, port = parts.raw_host.decode("ascii"), parts.port
    except (transport.InvalidUrl, ValueError, UnicodeError) as error:
        raise BadUrl(f"not a URL: {error}", url=url) from None
    if parts.scheme not in ("http", "https"):
        raise BadUrl(f"not http or https: {parts.scheme or 'no scheme'}", code="bad_scheme", url=url)
    if not host or (port is not None and not 0 < port < 65536):
        raise BadUrl("no valid host name", url=url)
    try:
        ascii_host(host)
    except ValueError as error:
        raise BadUrl(f"no valid host name: {error}", url=url) from None
    if parts.userinfo:
        raise BadUrl("user name or password in the URL", code="userinfo", url=url)
    return str(parts.copy_with(fragment=None) if parts.fragment else parts)


def _with_ascii_host(url: str) -> str:
    """Return the URL with a host of any script mapped as browsers do; httpx would refuse what has to be mapped first."""
    match = _HOST.match(url)
    if match is None or match[1].isascii():
        return url
    return f"{url[: match.start(1)]}{ascii_host(match[1])}{url[match.end(1) :]}"


@lru_cache(maxsize=256)
def parsed_url(url: str) -> transport.Url:
    """Parse a URL. Cached, since a URL is parsed when it is checked and when it is requested, and httpx needs 50 µs each time."""
    return transport.Url(url)


def redirect_target(url: str, location: str) -> str:
    """Return where a redirect leads. Raises BadUrl with a code of its own for each thing that is not followed."""
    location = location.strip()
    if "://" not in location:  # a path of Windows, which browsers mend too
        location = location.replace("\\", "/")
    if not location or _NO_HOST.match(location):
        raise BadUrl("a redirect without a target", code="bad_redirect", url=url)
    try:
        target = check_url(urljoin(url, location))
    except BadUrl as error:
        codes = {"bad_scheme": "redirect_scheme", "userinfo": "redirect_userinfo"}
        code = codes.get(error.code, "bad_redirect")
        raise BadUrl(f"redirects to {location[:200]!r}: {error}", code=code, url=url) from None
    except ValueError as error:
        raise BadUrl(f"redirects to {location[:200]!r}: {error}", code="bad_redirect", url=url) from None
    if url.startswith("https:") and target.startswith("http:"):
        raise BadUrl(f"redirects from https to http: {target}", code="redirect_downgrade", url=url)
    return target


def origin_of(url: str) -> str:
    parts = parsed_url(url)
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}"


def site_asked(url: str) -> str:
    """Return the registrable domain of a checked URL. Not by httpx's ``.host``, which raises if a name cannot be shown."""
    return _site_of_host(parsed_url(url).raw_host.decode("ascii"))


@lru_cache(maxsize=4096)
def _site_of_host(host: str) -> str:
    return site_of(f"//[{host}]" if ":" in host else host) or host


def sites_of(source: Source, asked: str) -> set[str]:
    """Return the registrable domains where a source's pages may be."""
    feeds = (feed.url for feed in source.feeds)
    places = (asked, source.homepage, *feeds, *source.sitemaps, *source.listings, *source.hosts)
    return set(map(site_of, places))
