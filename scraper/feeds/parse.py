"""Parse bytes to a Feed: RSS, RDF, Atom by feedparser (its only import), JSON and sitemaps by their own modules. Pure.

feedparser sees repaired UTF-8 in memory and nothing else: never a URL or path (it would open them), no sanitiser, no
resolving of links, none of its dates. Any input gives a Feed or NotAFeed.
"""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import feedparser

from scraper.codec import replace
from scraper.errors import NotAFeed
from scraper.feeds import decode, limits, repair_xml, sax_driver
from scraper.feeds.attachments import get_dict, get_dicts, get_text, images_of, media_of
from scraper.feeds.json_feed import parse_json_feed
from scraper.feeds.json_list import parse_json_list
from scraper.feeds.markup import absolute_link, lines_as_html, to_plain, to_text, unwrap_cdata
from scraper.feeds.mend_entries import is_address, mended
from scraper.feeds.sitemap import parse_sitemap, parse_url_list
from scraper.feeds.telegram import MARK, parse_channel
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed, JsonList
from scraper.text.charset import is_binary
from scraper.text.dates import DateReader, date_reader

MAX_RAW_CHARS = 50_000  # of a title or summary with its markup
MAX_TAGS = 50
MAX_COST_OF_SECOND_TRY = repair_xml.MAX_COST // 5
feedparser.api.PREFERRED_XML_PARSERS = [sax_driver.__name__]
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2629800, "yearly": 31557600}
_REFRESH_LIMITS = (60.0, 30 * 86400.0)
_MARKUP = ("text/html", "application/xhtml+xml")
_FULL_TEXT = ("_full-text", "turbo_content")
_HAS_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]")
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def parse_feed(
    data: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
    listed: JsonList | None = None,
) -> Feed:
    """Parse one document. ``timezone`` and ``now`` are for dates without a zone and for their window (see ``dates``).

    ``listed`` says where JSON that is no feed by itself, or a page that carries such, lists its articles.

    Raises NotAFeed: empty_document, html_not_feed, not_a_feed, feed_too_complex, no_json_list; PageTooComplex for such a page.
    """
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    data, cut = decode.gunzip_feed(data)
    text = decode.decode_feed(data, sent.get("content-type"))
    stripped = text.strip(" \t\r\n\x00\ufeff")
    if not stripped:
        raise NotAFeed("the document is empty", code="empty_document", url=url)
    if listed is not None or stripped[0] in "{[":
        limits.check_parts(stripped, ("{", "[", ","), limits.MAX_MARKS, url)
    if listed is not None:
        found = parse_json_list(stripped, listed, url=url, timezone=timezone, now=now)
    elif stripped[0] in "{[":
        found = parse_json_feed(stripped, url=url, timezone=timezone, now=now)
    else:
        found = _parse_xml(stripped, url, timezone, now)
    found = mended(found, base=url, timezone=timezone, now=now)
    notes = [
        *found.notes,
        *(["truncated"] if cut and "truncated" not in found.notes else ()),
        *_guid_notes(found),
    ]
    return replace(found, notes=tuple(notes))


def _parse_xml(text: str, base: str | None, timezone: str | None, now: datetime | None) -> Feed:
    limits.check_parts(text, ("<",), limits.MAX_SITEMAP_MARKS, base)
    document = repair_xml.Document(text)
    if not document.first:
        if (listed := parse_url_list(text)) is not None:
            return listed
        _refuse_binary(text, base)
        raise NotAFeed("the document holds no markup", url=base)
    if document.root in ("urlset", "sitemapindex"):
        found = parse_sitemap(text[document.start :], url=base, timezone=timezone, now=now)
        if found.entries or found.sitemaps or not document.is_html:
            return found
    elif (document.is_rooted and not document.is_html) or _HAS_ITEM.search(text):
        limits.check_parts(text, ("<",), limits.MAX_MARKS, base)
        limits.check_parts(text, ("<!", "<?"), limits.MAX_NO_MARKUP, base)
        parsed = _best(document)
        if (
            parsed is not None
            and (made := _feed(parsed, document, base, date_reader(timezone, now))) is not None
        ):
            return made
    if document.is_html or _HTML.search(text, 0, 4096):
        if MARK in text:
            return parse_channel(text, url=base, now=now)
        raise NotAFeed("the document is an HTML page", code="html_not_feed", url=base)
    if document.first == "opml":
        raise NotAFeed("the document is a list of feeds (OPML); see: darial sources import", url=base)
    _refuse_binary(text, base)
    raise NotAFeed(f"<{document.first}> is not a kind of feed that Darial reads", url=base)


def _refuse_binary(text: str, base: str | None) -> None:
    if is_binary(text):
        raise NotAFeed("a binary file: neither text nor markup", code="not_text", url=base)


def _best(document: repair_xml.Document) -> Any:
    """Return the parse that finds most; more than one is tried only if the document was odd."""
    text = repair_xml.repair_document(document)
    best = _run_feedparser(text)
    if best is None or best.get("bozo"):
        document.notes.append("ill_formed")
    elif not {"junk_before_feed", "junk_after_feed"} & set(document.notes):
        return best
    if repair_xml.parse_cost(text) <= MAX_COST_OF_SECOND_TRY:
        if (mended := repair_xml.close_leaves(text)) != text:
            best = _better(best, _run_feedparser(mended))
        best = _better(best, _run_feedparser(repair_xml.harmless_text(document)))
    return best


def _better(one: Any, other: Any) -> Any:
    return other if _weight(other) > _weight(one) else one


def _weight(parsed: Any) -> int:
    """Count the links and titles that a parse found."""
    entries = parsed.get("entries") or [] if parsed else []
    return sum(bool(get_text(e, "link")) + bool(get_text(e, "title")) for e in entries)


def _run_feedparser(text: str) -> Any:
    """Run feedparser; None where it fails (its fallback parser raises on some broken references)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return feedparser.parse(
                io.BytesIO(text.encode("utf-8", "ignore")),
                response_headers={"content-type": "application/xml; charset=utf-8"},
                resolve_relative_uris=False,
                sanitize_html=False,
            )
        except Exception:
            return None


# ------------------------------------------------------------------------------------------ what it found, in our nouns


def _feed(parsed: Any, document: repair_xml.Document, base: str | None, when: DateReader) -> Feed | None:
    raw_entries = parsed.get("entries") or []
    channel = parsed.get("feed") or {}
    kind = parsed.get("version") or ""
    named = document.root == "channel" and channel.get("title")
    if not (raw_entries or named) and (not kind or document.is_html):
        return None
    if kind == "rss091u" and "netscape" in document.doctype.lower():
        kind = "rss091n"
    if not kind:
        kind = {"rdf": "rdf", "feed": "atom", "entry": "atom"}.get(document.root, "rss")
    is_atom = kind.startswith("atom")
    home = absolute_link(get_text(channel, "link"), base)
    # RSS knows no base: the channel's own link is nearest to what its author meant; Atom has the document's address
    root = base if is_atom else home if home and "://" in home else base
    language = get_text(channel, "language")
    authors = _authors(channel) if is_atom else ()
    entries = []
    for raw in raw_entries:
        entry = read_or_skip(
            home,
            _entry,
            raw,
            is_atom=is_atom,
            base=root or home,
            language=language,
            authors=authors,
            when=when,
        )
        if entry is not None:
            entries.append(entry)
    notes = [*document.notes, *limits.limit_notes(items=len(raw_entries), entries=len(entries))]
    return Feed(
        kind=kind,
        entries=tuple(entries[: limits.MAX_ENTRIES]),
        title=_title(channel, is_atom=is_atom),
        language=language,
        link=home,
        refresh_seconds=_refresh(channel),
        notes=tuple(notes),
    )


def _entry(
    raw: Any,
    *,
    is_atom: bool,
    base: str | None,
    language: str | None,
    authors: tuple[str, ...],
    when: DateReader,
) -> Entry | None:
    guid = get_text(raw, "id")
    title = _title(raw, is_atom=is_atom)
    summary, content = _texts(raw, is_atom=is_atom)
    own_language = get_text(raw, "language") or get_text(get_dict(raw, "title_detail"), "language")
    link = _link(raw, guid, base, own_language or language)
    if not any(value for name, value in raw.items() if not name.endswith("_detail")):
        return None
    printed, changed = get_text(raw, "published") or get_text(raw, "created"), get_text(raw, "updated")
    published, modified = when(printed), when(changed)
    return Entry(
        url=link,
        guid=guid,
        title=title,
        summary=summary,
        content=content,
        published=published or modified,
        published_raw=printed if published or not (changed and modified) else changed,
        modified=modified if published else None,
        authors=_authors(raw) or authors,
        tags=_tags(raw),
        language=own_language if own_language != language else None,
        images=images_of(raw, base, content),
        media=media_of(raw, base),
    )


def _title(holder: Any, *, is_atom: bool) -> str | None:
    value = get_text(holder, "title")
    if not value:
        return None
    kind = get_text(get_dict(holder, "title_detail"), "type") or "text/plain"
    if _is_markup(kind):
        text = to_text(value[:MAX_RAW_CHARS])
    else:
        value = value[:MAX_RAW_CHARS]
        text = to_plain(value) if not is_atom else to_plain(value.replace("<", "&lt;"))
    return text[: limits.MAX_TITLE_CHARS].rstrip() or None


def _is_markup(kind: object) -> bool:
    """Return True if a text is HTML by its type; text without a useful type (Atom 0.3 in base64) is taken for it."""
    return kind in _MARKUP or kind == "application/octet-stream"


def _texts(raw: Any, *, is_atom: bool) -> tuple[str | None, str | None]:
    """Return the summary as plain text, the content as HTML. A summary that feedparser copied from the content is dropped."""
    contents = [c for c in get_dicts(raw, "content") if get_text(c, "value")] + _full_texts(raw)
    marked = [c for c in contents if _is_markup(c.get("type"))]
    content = max((get_text(c, "value") or "" for c in marked or contents), key=len, default="") or None
    if content and marked and "CDATA[" in content:
        content = unwrap_cdata(content).replace("]]&gt;", "")
    if content and not marked:  # text is not HTML: its "<" is no tag
        content = content.replace("&", "&amp;").replace("<", "&lt;")
    summary = get_text(raw, "summary")
    if summary and any(summary == get_text(c, "value") for c in contents):
        summary = None
    if not summary:
        return None, content
    summary = summary[:MAX_RAW_CHARS]
    kind = get_text(get_dict(raw, "summary_detail"), "type")
    literal = kind == "text/plain" and is_atom
    text = to_plain(summary.replace("<", "&lt;")) if literal else to_text(summary)
    return text[: limits.MAX_SUMMARY_CHARS].rstrip() or None, content


def _full_texts(raw: Any) -> list[dict[str, Any]]:
    """Return the texts that outlets give search engines beside their summary: yandex:full-text (plain lines), turbo:content (HTML)."""
    values = [get_text(raw, name) for name in raw if name.endswith(_FULL_TEXT)]
    return [{"type": "text/html", "value": lines_as_html(value)} for value in values if value]


def _link(raw: Any, guid: str | None, base: str | None, language: str | None) -> str | None:
    """Return the article's address: the one before a counting proxy, its link, any alternate (one in the feed's own language
    first), a guid that is one.
    """
    links = [link for link in get_dicts(raw, "links") if link.get("rel") == "alternate"]
    spoken = (language or "").lower().partition("-")[0]
    tongues = [(get_text(link, "hreflang") or "").lower().partition("-")[0] for link in links]
    own = sorted(range(len(links)), key=lambda i: 2 if not tongues[i] else 1 if tongues[i] == spoken else 3)
    in_order = [get_text(links[i], "href") for i in own]
    candidates = [
        get_text(raw, "feedburner_origlink"),
        *in_order[: any(tongues)],
        get_text(raw, "link"),
        *in_order,
    ]
    for candidate in candidates:
        if (
            candidate
            and (candidate != guid or is_address(candidate))
            and (found := absolute_link(candidate, base))
        ):
            return found
    if guid and is_address(guid):
        return absolute_link(guid, base)
    return None


def _authors(holder: Any) -> tuple[str, ...]:
    names = [_person(name) for a in get_dicts(holder, "authors") if (name := get_text(a, "name"))]
    if not names and (one := get_text(holder, "author")) and "@" not in one:
        names = [to_plain(one)]
    return tuple(dict.fromkeys(n for n in names if n))


def _person(name: str) -> str:
    """Return a name; feedparser cuts "ann@mail.agency (Ann)" behind the fourth letter of the ending: "cy (Ann"."""
    match = re.fullmatch(r"[a-z.-]{0,30}\s?\(([^()]{1,200})\)?", name)
    return to_plain(match[1] if match else name)


def _tags(raw: Any) -> tuple[str, ...]:
    names = (to_plain(get_text(t, "label") or get_text(t, "term") or "") for t in get_dicts(raw, "tags"))
    return tuple(dict.fromkeys(n for n in names if n))[:MAX_TAGS]


def _refresh(channel: Any) -> float | None:
    """Return the seconds that <ttl> or sy:update* ask for. sy:updateBase is a phase; our own schedule is better."""
    try:
        if ttl := get_text(channel, "ttl"):
            seconds = float(ttl) * 60
        else:
            period = _PERIODS.get((get_text(channel, "sy_updateperiod") or "").lower())
            if period is None:
                return None
            seconds = period / (float(get_text(channel, "sy_updatefrequency") or 1) or 1)
    except ValueError:
        return None
    return min(max(seconds, _REFRESH_LIMITS[0]), _REFRESH_LIMITS[1]) if seconds > 0 else None


def _guid_notes(found: Feed) -> list[str]:
    """Note why this document's guids cannot be trusted as identities."""
    entries = found.entries
    counts = Counter(e.guid for e in entries if e.guid)
    if not entries or "sitemap" in found.kind:
        return []
    if not counts:
        return ["no_guids"]
    if len(entries) > 1 and len(counts) == 1 and counts.total() > 1:
        return ["one_guid_for_all"]
    return [f"duplicate_guids:{counts.total() - len(counts)}"] if counts.total() > len(counts) else []
