"""Give each article one URL spelling, and the keys by which it is recognised. Pure.

``canonicalise`` gives the one spelling (raises BadUrl on junk), ``article_id`` the stable name made from it,
``identity_keys`` everything that may recognise the article again, ``believable_canonical`` judges a page's own claim.
The canonical spelling is for identity: the address that was really fetched stays among the record's ``urls``.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from publicsuffixlist import PublicSuffixList

from scraper.errors import BadUrl
from scraper.text.host_names import ascii_host
from scraper.text.tracking import is_tracking
from scraper.text.url_languages import language_named

MAX_URL_BYTES = 2048
ID_HEX_DIGITS = 16  # 64 bits: one chance in 30 million of any collision among a million articles

# ------------------------------------------------------------------------------------------ what never matters

_HOST_PREFIX = re.compile(r"(?:www\d?|m|mobile|amp|wap|pda|touch)\.")
_INDEX_PAGE = re.compile(r"(?:index|default)\.(?:html?|php\d?|aspx?|jsp|shtml|cfm)\Z", re.IGNORECASE)
_PRINTED = ("print", "print.html", "print.php", "printable")  # below an article; "/print" alone is a section
_PATH_PARAMETER = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_TRACKING_BEHIND_SEMICOLON = re.compile(r";(?:utm_\w+|fbclid|gclid|yclid)=[^&;]*", re.IGNORECASE)
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# What is copied along with a link and cannot be seen: zero-width characters, marks of direction, as they are or escaped
_UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_UNSEEN_BEFORE = re.compile(rf"[\s{_UNSEEN}]+")
_UNSEEN_BEHIND = re.compile(  # read backwards: forwards, each of many in a row would be tried as the first
    rf"(?:[\s{_UNSEEN}]|DA%2C%|(?:[B-F]8|[A-E]A)%08%2E%|[0-46-9]A%18%2E%|FB%BB%FE%)+", re.IGNORECASE
)
# What most addresses look like that were canonicalised before: nothing in it that any rule would touch.
_PLAIN = re.compile(
    r"https://(?!(?:www\d?|m|mobile|amp|wap|pda|touch)\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
    r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)+\Z"
)
_MAYBE_NOISE = re.compile(r"(?:/|\.)amp(?:\.|/|\Z)|/(?:index|default)\.|/print", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\Z")
_UNESCAPED = re.compile(r"[A-Za-z0-9_.~-]*\Z")  # says itself in every form
_PATH_SAFE = "!$&'()*+,;=:@-._~"
# "+", "&" and "=" mean something in a query: they stay escaped where they were
_QUERY_SAFE = "!$'()*,;:@-._~/?"


# ------------------------------------------------------------------------------------------ the one spelling


def canonicalise(url: str) -> str:
    """Return the one spelling of an http(s) address; applying it twice changes nothing. Raises BadUrl for anything else.

    https, host without www/m/amp and in IDNA form, no default port, user or fragment, no dot segments, double or
    trailing slashes, index or AMP pages, no tracking parameters; escapes in one form. Content parameters keep their order.
    """
    if len(url) <= MAX_URL_BYTES and _PLAIN.match(url) and not _MAYBE_NOISE.search(url):
        return url
    return _canonicalise(url)


@lru_cache(maxsize=4096)  # one poll asks for the same addresses several times, and so does the next one
def _canonicalise(url: str) -> str:
    text = without_unseen(_CONTROLS.sub("", url))
    if not text or len(text) > 4 * MAX_URL_BYTES:
        raise BadUrl("the address is empty or too long", url=text[:200])
    if not text.isascii() and _HALF_CHARACTER.search(text):
        raise BadUrl("not an address: half a character", url=ascii(text[:200]))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _host(parts.hostname or "")
    except (ValueError, UnicodeError) as e:
        raise BadUrl(f"not an address: {e}", url=text[:200]) from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise BadUrl("only http and https addresses with a host are followed", url=text[:200])
    if port is not None and port != (80 if parts.scheme.lower() == "http" else 443):
        host = f"{host}:{port}"
    path = _path(parts.path)
    query = _query(parts.query)
    fragment = f"#{_escape(parts.fragment, _QUERY_SAFE + '=&')}" if parts.fragment.startswith("!") else ""
    canonical = f"https://{host}{path}{'?' + query if query else ''}{fragment}"
    if len(canonical) > MAX_URL_BYTES:
        raise BadUrl("the address is too long", url=text[:200])
    return canonical


def without_unseen(url: str) -> str:
    """Return an address without blanks and characters around it that cannot be seen."""
    before, behind = _UNSEEN_BEFORE.match(url), _UNSEEN_BEHIND.match(url[::-1])
    return url[before.end() if before else 0 : len(url) - behind.end() if behind else len(url)]


def canonical_or_none(url: str | None) -> str | None:
    """Like ``canonicalise``, but return None for an invalid URL."""
    if not url:
        return None
    try:
        return canonicalise(url)
    except BadUrl:
        return None


def as_written(text: str) -> str | None:
    """Like ``canonical_or_none``, for an address that people typed or copied: it may have no scheme."""
    return canonical_or_none(text if "://" in text else f"https://{text}")


def _host(host: str) -> str:
    """Normalise a host: lower case, IDNA, without prefixes of reading devices. Raises ValueError or UnicodeError for an invalid one."""
    host = host.rstrip(".")
    if ":" in host:
        return f"[{ipaddress.ip_address(host).compressed}]"
    if not host.isascii():
        try:
            host = ascii_host(host)
        except ValueError:  # not to be asked, but told apart from others by the older mapping
            host = unicodedata.normalize("NFKC", host).lower().encode("idna").decode("ascii")
    host = host.lower()
    if not _HOST.match(host):
        raise ValueError("bad host name")
    while (prefix := _HOST_PREFIX.match(host)) and len(host) > len(registrable_domain(host)):
        host = host[prefix.end() :]
    return host


def _escape(text: str, safe: str) -> str:
    """Write escapes in one form: what may stand unescaped does, the rest is upper-case %XX of composed UTF-8."""
    if _UNESCAPED.match(text):
        return text
    raw = unquote_to_bytes(text)
    if not raw.isascii():
        with contextlib.suppress(UnicodeDecodeError):  # a legacy charset keeps its bytes
            raw = unicodedata.normalize("NFC", raw.decode()).encode()
    return quote(raw, safe=safe)


def _path(path: str) -> str:
    segments: list[str] = []
    for raw in _PATH_PARAMETER.sub("", path).split("/"):
        segment = _escape(raw, _PATH_SAFE)
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    if segments and _INDEX_PAGE.match(segments[-1]):
        segments.pop()
    if segments and segments[0].lower() == "amp":
        segments.pop(0)
    if len(segments) > 1 and segments[-1].lower() in _PRINTED and any(map(str.isdigit, segments[-2])):
        segments.pop()
    if segments and segments[-1].lower() in ("amp", "amp.html", "index.amp", "index.amp.html"):
        segments.pop()
    if segments:
        segments[-1] = re.sub(r"\.amp(?=\.html?\Z|\Z)", "", segments[-1], flags=re.IGNORECASE) or segments[-1]
    return "/" + "/".join(segments)


def _query(query: str) -> str:
    kept: dict[str, None] = {}
    for pair in _TRACKING_BEHIND_SEMICOLON.sub("", query.replace("&amp;", "&")).split("&"):
        name, equals, value = pair.partition("=")
        name = _escape(name.replace("+", "%20"), _QUERY_SAFE)
        value = _escape(value.replace("+", "%20"), _QUERY_SAFE)
        if name and not is_tracking(name.lower(), value.lower()):
            kept[f"{name}{equals}{value}"] = None
    return "&".join(kept)


# ------------------------------------------------------------------------------------------ sites


@cache
def _suffixes() -> PublicSuffixList:
    # Our hosts are in ASCII: leaving out the names in other scripts makes loading three times as fast.
    return PublicSuffixList(accept_encoded_idn=False)


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """Return the part of an ASCII host name that its owner registered, by the public suffix list; a public suffix itself unchanged."""
    return _suffixes().privatesuffix(host) or host


@lru_cache(maxsize=16_384)
def site_of(url: str) -> str:
    """Return the registrable domain of an address or bare host by the public suffix list; "" if there is none."""
    try:
        host = _host(urlsplit(url if "//" in url else f"//{url}").hostname or "")
    except (ValueError, UnicodeError):
        return ""
    if host.startswith("[") or host.replace(".", "").isdigit():
        return host
    return registrable_domain(host)


def host_of(url: str) -> str:
    """Return the host of an address or bare host, in ASCII and without www.; "" where there is none."""
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:
        return ""
    with contextlib.suppress(ValueError):
        host = ascii_host(host)
    return host.removeprefix("www.")


# ------------------------------------------------------------------------------------------ a page's own claim


def believable_canonical(page_url: str, canonical: str | None) -> str | None:
    """Return the canonical spelling of a page's rel=canonical or og:url, or None if it is not credible.

    Believed: an article address on the same site. Not believed: another site, the home page, a section above the page,
    a page in another language, or a bare section name (templates that print one canonical for all do these).
    """
    page, claim = canonical_or_none(page_url), canonical_or_none(canonical)
    if page is None or claim is None:
        return None
    if claim == page:
        return claim
    if site_of(page) != site_of(claim):
        return None
    at, to = urlsplit(page), urlsplit(claim)
    if to.path == "/" and not to.query:
        return None
    here, there = at.path.strip("/").split("/"), to.path.strip("/").split("/")
    if len(there) < len(here) and here[: len(there)] == there and not to.query:
        return None
    language = _language_of(at)
    # a template that prints the original's address on its translation
    if language and language != _language_of(to):
        return None
    looks_like_article = (
        any(ch.isdigit() for ch in to.path + to.query) or there[-1].count("-") + there[-1].count("_") >= 2
    )
    return claim if looks_like_article or len(there) >= len(here) else None


def _language_of(parts: SplitResult) -> str:
    host = parts.hostname or ""
    labels = host.removesuffix(registrable_domain(host)).split(".")
    return language_named(labels, parts.path.strip("/").split("/"), parts.query)


# ------------------------------------------------------------------------------------------ recognising an article

_DATE_NUMBER = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d\d){0,3}\Z")
_YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d\Z|" + _DATE_NUMBER.pattern)
_ID_FIRST = re.compile(r"(\d{5,12})(?:[-_].*|\.\w{2,5}|)\Z")
_ID_LAST = re.compile(r".*[-_]([a-z]?\d{6,12})(?:\.\w{2,5}|)\Z")
# the last one: "/node/12345", "?p=12345", "12345 at https://..."
_GUID_NUMBER = re.compile(r"(?<!\d)(\d{4,12})\D*\Z")
_SLUG = re.compile(r"(?:[^-_]*[-_]){2,}|[^/]{25,}")


def article_id(canonical: str) -> str:
    """Return the stable id of the article at a canonical address."""
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:ID_HEX_DIGITS]


def number_key(canonical: str) -> str | None:
    """Return the address without its slug if it has an article number: ``host/en/news/12345``; else None.

    Numbers that are dates, and round ones (which titles are full of), identify nothing.
    """
    parts = urlsplit(canonical)
    segments = [s for s in parts.path.split("/") if s]
    for i in range(len(segments) - 1, max(-1, len(segments) - 3), -1):
        match = _ID_FIRST.match(segments[i]) or _ID_LAST.match(segments[i].lower())
        if match is None or _DATE_NUMBER.match(match[1]) or match[1].endswith("000"):
            continue
        folders = [s for s in segments[:i] if not _SLUG.match(s)]
        return f"{parts.netloc}/{'/'.join([*folders, match[1]])}".lower()
    return None


def _in_order(canonical: str) -> str:
    """Return the address with its parameters sorted: no server cares for their order."""
    head, mark, query = canonical.partition("?")
    return f"{head}?{'&'.join(sorted(query.split('&')))}" if mark and "#" not in query else canonical


def identity_keys(source: str, urls: Iterable[str | None], guid: str | None = None) -> tuple[str, ...]:
    """Return every key that may recognise the article, strongest first.

    ``u:`` an address (strong: enough alone), ``n:`` a number in the address, ``g:`` the feed's guid, also
    in the forms that a site may change it to (weak: the texts must agree). Invalid addresses are left out.
    """
    addresses = [c for url in urls if (c := canonical_or_none(url))]
    keys = dict.fromkeys("u:" + c.removeprefix("https://") for c in addresses)
    keys.update(dict.fromkeys("u:" + _in_order(c).removeprefix("https://") for c in addresses))
    keys.update(dict.fromkeys("n:" + n for c in addresses if (n := number_key(c))))
    if guid and (guid := guid.strip()):
        keys[f"g:{source}:{_short(guid)}"] = None
        if (number := _GUID_NUMBER.search(guid)) and not _YEAR_OR_DATE.match(number[1]):
            keys[f"g:{source}:#{number[1]}"] = None
        if guid.startswith(("http://", "https://", "/")) and (path := _guid_path(guid)):
            keys[f"g:{source}:{_short(path)}"] = None
    return tuple(keys)


def _guid_path(guid: str) -> str:
    """Return an address without its host: sites that move to https or write their guids anew leave the rest as it was."""
    try:
        parts = urlsplit(guid)
    except ValueError:
        return ""
    return "/".join(filter(None, parts.path.split("/"))) + ("?" + parts.query if parts.query else "")


def _short(guid: str) -> str:
    """Return a guid unchanged if it is short and can be written (a lone surrogate cannot), else its hash."""
    raw = guid.encode("utf-8", "surrogatepass")
    return (
        guid
        if len(guid) <= 200 and guid == raw.decode("utf-8", "ignore")
        else hashlib.sha256(raw).hexdigest()
    )


def is_strong(key: str) -> bool:
    """Return True if a key alone proves that two arrivals are the same article."""
    return key.startswith(("u:", "i:"))
