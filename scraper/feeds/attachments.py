"""Read what hangs on an entry as feedparser holds it: pictures, and the recordings of podcasts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from scraper.codec import replace
from scraper.feeds.markup import absolute_link, image_sources
from scraper.model import Media

MAX_IMAGES = 20
MAX_MEDIA = 20
MAX_IMAGE_SEARCH_CHARS = 500_000
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|\?)", re.IGNORECASE)
_RECORDING_NAME = re.compile(r"\.(mp3|m4a|ogg|opus|aac|wav|mp4|m4v|webm)(?:$|\?)", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2}(?:\.\d+)?)|(\d+(?:\.\d+)?)")


def get_text(holder: Any, key: str) -> str | None:
    """Return a non-empty string. ``dict.get``: feedparser's own look-up hands out other keys' values."""
    value = dict.get(holder, key) if holder else None
    return value.strip() or None if isinstance(value, str) else None


def get_dict(holder: Any, key: str) -> dict[str, Any]:
    """Return a dict, empty where there is none."""
    value = dict.get(holder, key)
    return value if isinstance(value, dict) else {}


def get_dicts(holder: Any, key: str) -> list[dict[str, Any]]:
    """Return the dicts of a list, none where there is no list."""
    value = dict.get(holder, key)
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def seconds_of(printed: str | None) -> float | None:
    """Return a length in seconds: "1:02:03", "62:03", "3723"."""
    match = _CLOCK.fullmatch((printed or "").strip())
    if match is None:
        return None
    if match[4]:
        return float(match[4])
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])


def media_of(raw: Any, base: str | None) -> tuple[Media, ...]:
    """Return an entry's recordings, each address once; the length that the entry tells is that of a single one."""
    found: dict[str, Media] = {}
    enclosures = [link for link in get_dicts(raw, "links") if link.get("rel") == "enclosure"]
    for item in (*enclosures, *get_dicts(raw, "media_content")):
        kind = (get_text(item, "type") or "").lower() or None
        place = absolute_link(get_text(item, "href") or get_text(item, "url"), base)
        recorded = (kind or "").startswith(("audio/", "video/")) or item.get("medium") in ("audio", "video")
        if place and (recorded or (not kind and _RECORDING_NAME.search(place))):
            length = seconds_of(get_text(item, "duration"))
            found.setdefault(place, Media(url=place, type=kind, seconds=length))
    media = tuple(found.values())[:MAX_MEDIA]
    if len(media) == 1 and not media[0].seconds:
        media = (replace(media[0], seconds=seconds_of(get_text(raw, "itunes_duration"))),)
    return media


def images_of(raw: Any, base: str | None, content: str | None) -> tuple[str, ...]:
    """Return the addresses of an entry's pictures."""
    found = dict.fromkeys(a for i in _image_addresses(raw, content) if (a := absolute_link(i, base)))
    return tuple(found)[:MAX_IMAGES]


def _image_addresses(raw: Any, content: str | None) -> Iterable[str | None]:
    """Yield media and enclosures first, then pictures inside the texts."""
    for media in get_dicts(raw, "media_content"):
        place, kind = get_text(media, "url"), get_text(media, "type") or ""
        named = not kind and place and _IMAGE_NAME.search(place)
        if named or media.get("medium") == "image" or kind.startswith("image/"):
            yield place
    for link in get_dicts(raw, "links"):
        place = get_text(link, "href")
        if link.get("rel") == "enclosure" and place:
            kind = (get_text(link, "type") or "").partition("/")[0]
            if kind == "image" or (kind not in ("audio", "video") and _IMAGE_NAME.search(place)):
                yield place
    for thumbnail in get_dicts(raw, "media_thumbnail"):
        yield get_text(thumbnail, "url")
    yield get_text(get_dict(raw, "image"), "href")
    for markup in (content, get_text(raw, "summary")):
        if markup and "<img" in markup:
            yield from image_sources(markup[:MAX_IMAGE_SEARCH_CHARS])
