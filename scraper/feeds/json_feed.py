"""Parse JSON feeds (JSON Feed 1.0 and 1.1, lists of WordPress posts) to a Feed; a cut document gives its whole items. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scraper.codec import replace
from scraper.errors import NotAFeed
from scraper.feeds import limits
from scraper.feeds.json_path import load_json, whole_items
from scraper.feeds.markup import absolute_link, to_plain, to_text
from scraper.feeds.wordpress import are_posts, parse_posts
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed, Media
from scraper.text.dates import DateReader, date_reader

_ITEMS = re.compile(r'"items"\s*:\s*\[')


def parse_json_feed(
    text: str, *, url: str | None = None, timezone: str | None = None, now: datetime | None = None
) -> Feed:
    """Parse a JSON Feed, or the list of posts that WordPress gives. Raises NotAFeed for JSON that is something else."""
    data, notes = _load(text)
    if isinstance(data, list) and are_posts(data):
        found = parse_posts(data, url=url, timezone=timezone, now=now)
        return replace(found, notes=(*notes, *found.notes))
    data = data if isinstance(data, dict) else {}
    items = data.get("items")
    version = str(data.get("version") or "")
    if not isinstance(items, list) or not ("jsonfeed" in version or any(map(_looks_like_item, items[:5]))):
        raise NotAFeed("the document is JSON, but not a JSON Feed", url=url)
    items, when = items[: limits.MAX_ITEMS], date_reader(timezone, now)
    base = url or _string(data.get("feed_url")) or _string(data.get("home_page_url"))
    authors = _authors(data)
    entries = [
        e for i in items if isinstance(i, dict) and (e := read_or_skip(base, _entry, i, base, authors, when))
    ]
    notes += limits.limit_notes(items=len(items), entries=len(entries))
    return Feed(
        kind="json11" if version.rstrip("/").endswith("1.1") else "json1",
        entries=tuple(entries[: limits.MAX_ENTRIES]),
        title=to_plain(_string(data.get("title")) or "") or None,
        language=_string(data.get("language")),
        link=absolute_link(_string(data.get("home_page_url")), url),
        notes=tuple(notes),
    )


def _load(text: str) -> tuple[object, list[str]]:
    data = load_json(text)
    return (data, []) if data is not None else (_salvage(text), ["ill_formed"])


def _salvage(text: str) -> object:
    """Return what precedes the break: the feed's own strings and every whole item."""
    if text.startswith("["):
        return whole_items(text, 0)
    start = _ITEMS.search(text)
    if not start:
        return {}
    head = re.compile(r'"(version|title|home_page_url|feed_url|language)"\s*:\s*("(?:[^"\\]|\\.){0,2000}")')
    strings = {match[1]: load_json(match[2]) for match in head.finditer(text, 0, start.start())}
    return {**strings, "items": whole_items(text, start.end() - 1)}


def _looks_like_item(item: object) -> bool:
    told = ("content_html", "content_text", "date_published")
    return isinstance(item, dict) and "id" in item and any(key in item for key in told)


def _entry(
    item: dict[str, Any], base: str | None, feed_authors: tuple[str, ...], when: DateReader
) -> Entry | None:
    guid = item.get("id")
    guid = str(guid) if isinstance(guid, (str, int, float)) and guid != "" else None
    link = _string(item.get("url")) or _string(item.get("external_url"))
    if not link and guid and guid.startswith(("http://", "https://")):
        link = guid
    html, plain = _string(item.get("content_html")), _string(item.get("content_text"))
    summary = _string(item.get("summary"))
    title = to_plain(_string(item.get("title")) or "") or None
    if not (link or guid or title or html or plain or summary):
        return None
    raw, changed = (_string(_digits(item.get(name))) for name in ("date_published", "date_modified"))
    attached = item.get("attachments")
    attached = [each for each in attached if isinstance(each, dict)] if isinstance(attached, list) else []
    pictures = [item.get("image"), item.get("banner_image")]
    pictures += [a.get("url") for a in attached if str(a.get("mime_type") or "").startswith("image/")]
    tags = item.get("tags")
    return Entry(
        url=absolute_link(link, base),
        guid=guid,
        title=title,
        summary=to_text(summary) if summary else to_plain(plain)[:2000] if plain and not html else None,
        content=html,
        published=when(raw or changed),
        published_raw=raw or changed,
        modified=when(changed),
        authors=_authors(item) or feed_authors,
        tags=tuple(t for t in tags if isinstance(t, str) and t) if isinstance(tags, list) else (),
        language=_string(item.get("language")),
        media=tuple(_media(attached, base)),
        images=tuple(dict.fromkeys(u for p in pictures if (u := absolute_link(_string(p), base)))),
    )


def _media(attached: list[dict[str, Any]], base: str | None) -> Iterator[Media]:
    for each in attached:
        kind = str(each.get("mime_type") or "")
        if kind.startswith(("audio/", "video/")):
            seconds = each.get("duration_in_seconds")
            length = float(seconds) if isinstance(seconds, int | float) else None
            if url := absolute_link(_string(each.get("url")), base):
                yield Media(url=url, type=kind, seconds=length)


def _authors(data: dict[str, Any]) -> tuple[str, ...]:
    several, one = data.get("authors"), data.get("author")
    # {"0": {...}, "1": {...}}, as PHP writes a list with gaps
    if isinstance(several, dict) and "name" not in several:
        several = [*several.values()]
    people = several if isinstance(several, list) else [several or one]
    names = [to_plain(p["name"]) for p in people if isinstance(p, dict) and isinstance(p.get("name"), str)]
    names += [to_plain(p) for p in people if isinstance(p, str)]
    return tuple(dict.fromkeys(n for n in names if n))


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _digits(value: object) -> object:
    """Return a number as it would be printed, seconds since 1970 for example; anything else as it is."""
    return f"{value:.0f}" if isinstance(value, float) else str(value) if isinstance(value, int) else value
