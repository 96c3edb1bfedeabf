"""Write records as an Atom feed (RFC 4287). Pure.

``atom_feed`` yields the document in pieces, so that a long one need not fit into memory. An entry's id is the article's canonical
URL, so that revisions update one entry; its related headlines are links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from scraper import urls
from scraper.codec import Struct
from scraper.model import Record

MEDIA_TYPE = "application/atom+xml"
_SUMMARY_CHARS = 300

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_URL_CHARS = "!#$%&'()*+,/:;=?@[]~"
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*\Z")


class AtomLink(Struct, frozen=True):
    """A link of the feed: "self", "alternate", "next", "hub" ..."""

    rel: str
    href: str
    type: str | None = None


class AtomHead(Struct, frozen=True, kw_only=True):
    """The metadata of a feed. ``id`` is an IRI that never changes; ``updated`` is the time of the last entry."""

    id: str
    title: str
    updated: datetime
    subtitle: str | None = None
    links: tuple[AtomLink, ...] = ()


def atom_feed(records: Iterable[Record], head: AtomHead, *, whole: bool = True) -> Iterator[bytes]:
    """Write the document. Without ``whole``, entries have a summary instead of the text."""
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    yield _line(
        _text("id", iri(head.id)),
        _text("title", head.title),
        _text("subtitle", head.subtitle) if head.subtitle else "",
        _text("updated", utc_time(head.updated)),
        *(_link(link.rel, link.href, type=link.type) for link in head.links),
        "<generator>Darial</generator>",
    )
    for record in records:
        yield atom_entry(record, whole=whole)
    yield b"</feed>\n"


def atom_entry(record: Record, *, whole: bool = True) -> bytes:
    """Write one article as an entry."""
    language = record.language if record.language and _LANGUAGE.match(record.language) else None
    parts = [
        _text("id", iri(record.url)),
        _text("title", record.title or record.url),
        _text("updated", utc_time(last_changed(record))),
        _text("published", utc_time(record.published)) if record.published else "",
        *(f"<author>{_text('name', name)}</author>" for name in record.authors or (record.source,)),
    ]
    if (address := openable_url(record)) is not None:
        parts.append(_link("alternate", address, type="text/html", hreflang=language))
    parts += [
        _link("related", headline.url, title=headline.title)
        for headline in record.related
        if urls.canonical_or_none(headline.url)
    ]
    terms = dict.fromkeys(term for term in (record.section, *record.tags) if term and _clean(term).strip())
    parts += [f"<category{_attribute('term', term)}/>" for term in terms]
    if record.summary or not whole:
        parts.append(_text("summary", record.summary or short_text(record)))
    if whole:
        html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in record.body)
        parts.append(f'<content type="html">{escape(_clean(html))}</content>')
    return _line(f"<entry{_attribute('xml:lang', language)}>", *parts, "</entry>")


def last_changed(record: Record) -> datetime:
    """Return when the entry changed last: a first revision when it was published, a later one when it was seen."""
    if record.revision > 1:
        return record.fetched
    return min(record.published or record.first_seen, record.first_seen)


def openable_url(record: Record) -> str | None:
    """Return a URL that a browser can open: the one that was opened; in older records the shortest fetched spelling."""
    if record.link and urls.canonical_or_none(record.link):
        return record.link
    written = [u for u in record.urls if urls.canonical_or_none(u) == record.url]
    return min(written, key=len, default=record.url if urls.canonical_or_none(record.url) else None)


def short_text(record: Record) -> str:
    """Return the beginning of the article's text."""
    text = " ".join(record.body)
    return text if len(text) <= _SUMMARY_CHARS else text[:_SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"


def _line(*parts: str) -> bytes:
    return ("".join(f"{part}\n" for part in parts if part)).encode("utf-8")


def _text(name: str, value: str | None) -> str:
    return f"<{name}>{escape(_clean(value or ''))}</{name}>"


def _link(rel: str, href: str | None, **attributes: str | None) -> str:
    more = "".join(_attribute(name, value) for name, value in attributes.items())
    return f"<link{_attribute('rel', rel)}{_attribute('href', iri(href or ''))}{more}/>"


def _attribute(name: str, value: str | None) -> str:
    return f" {name}={quoteattr(_clean(value))}" if value else ""


def _clean(value: str) -> str:
    return _NOT_XML.sub("", value)


def iri(value: str) -> str:
    """Percent-encode the characters that an IRI may not contain; encoded ones stay."""
    return quote(_BARE_PERCENT.sub("%25", value.strip()).encode("utf-8", "ignore"), safe=_URL_CHARS)


def utc_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
