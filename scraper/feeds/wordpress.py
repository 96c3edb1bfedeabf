"""Parse posts as WordPress lists them (``/wp-json/wp/v2/posts``) to a Feed; custom post types look the same. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scraper.feeds import limits
from scraper.feeds.json_path import scalar, values_at
from scraper.feeds.markup import absolute_link, to_text
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed
from scraper.text.dates import parse_date


def are_posts(items: Sequence[object]) -> bool:
    """Return True if a list is one of posts: a title and a link to each, the title as it is printed."""
    return any(
        isinstance(item, dict) and isinstance(item.get("link"), str) and scalar(item, "title.rendered")
        for item in items[:5]
    )


def parse_posts(
    items: Sequence[object],
    *,
    url: str | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
) -> Feed:
    """Parse a list of posts; items that are no posts are counted among the notes."""
    items = items[: limits.MAX_ITEMS]
    posts = [item for item in items if isinstance(item, dict)]
    entries = [e for post in posts if (e := read_or_skip(url, _entry, post, url, timezone, now))]
    notes = limits.limit_notes(items=len(items), entries=len(entries))
    return Feed(kind="wordpress", entries=tuple(entries[: limits.MAX_ENTRIES]), notes=tuple(notes))


def _entry(
    post: dict[str, Any], base: str | None, timezone: str | None, now: datetime | None
) -> Entry | None:
    link = absolute_link(scalar(post, "link"), base)
    guid = scalar(post, "guid.rendered") or scalar(post, "guid") or scalar(post, "id")
    title = to_text(scalar(post, "title.rendered") or "")[: limits.MAX_TITLE_CHARS] or None
    if not link and not title:
        return None
    printed, published = _date(post, "date", timezone, now)
    _, modified = _date(post, "modified", timezone, now)
    protected = values_at(post, "content.protected") == [True]
    return Entry(
        url=link,
        guid=guid,
        title=title,
        summary=to_text(scalar(post, "excerpt.rendered") or "")[: limits.MAX_SUMMARY_CHARS] or None,
        content=None if protected else scalar(post, "content.rendered"),
        published=published,
        published_raw=printed,
        modified=modified,
        authors=_names(post, "_embedded.author.*.name"),
        tags=_names(post, "_embedded.wp:term.*.*.name"),
        images=_images(post, base),
    )


def _date(
    post: dict[str, Any], name: str, timezone: str | None, now: datetime | None
) -> tuple[str | None, datetime | None]:
    """Read a time in UTC that does not say so, else the site's own, which names no zone."""
    for printed, zone in ((scalar(post, f"{name}_gmt"), "UTC"), (scalar(post, name), timezone)):
        if printed and (when := parse_date(printed, timezone=zone, now=now)) is not None:
            return printed, when
    return None, None


def _names(post: dict[str, Any], path: str) -> tuple[str, ...]:
    names = (to_text(name) for name in values_at(post, path) if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in names if name))


def _images(post: dict[str, Any], base: str | None) -> tuple[str, ...]:
    pictures = values_at(post, "jetpack_featured_media_url") + values_at(
        post, "_embedded.wp:featuredmedia.*.source_url"
    )
    found = (absolute_link(picture, base) for picture in pictures if isinstance(picture, str))
    return tuple(dict.fromkeys(picture for picture in found if picture))
