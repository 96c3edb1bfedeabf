"""Limit how much of a document is taken, note the rest, and refuse what costs too much. Pure."""

from __future__ import annotations

from collections.abc import Collection

from scraper.errors import NotAFeed

MAX_MARKS = 300_000  # "<", or "{", "[" and "," in JSON; real feeds have some thousands
MAX_NO_MARKUP = 50_000  # CDATA, comments, instructions: each is a piece of its own for all that comes after
MAX_SITEMAP_MARKS = 600_000  # "<": the 50,000 addresses that the protocol allows, with four fields each
MAX_ENTRIES = 500
MAX_ITEMS = 5_000  # looked at in a list in JSON; entries are taken from its beginning
MAX_TITLE_CHARS = 1000
MAX_SUMMARY_CHARS = 5000


def limit_notes(*, items: int, entries: int) -> list[str]:
    """Return the notes of a document with so many items, of which so many gave an entry."""
    empty = [f"empty_items:{items - entries}"] if entries < items else []
    return empty + ([f"capped:{entries}"] if entries > MAX_ENTRIES else [])


def check_parts(text: str, signs: Collection[str], most: int, url: str | None) -> None:
    """Refuse a document of more parts than a second and 100 MB are enough for."""
    if sum(map(text.count, signs)) > most:
        raise NotAFeed(f"more than {most} of {' '.join(signs)}", code="feed_too_complex", url=url)
