"""Limit how many entries of a document are taken, and note the rest. Pure."""

from __future__ import annotations

MAX_ENTRIES = 500
MAX_ITEMS = 5_000  # looked at in a list in JSON; entries are taken from its beginning
MAX_TITLE_CHARS = 1000
MAX_SUMMARY_CHARS = 5000


def limit_notes(*, items: int, entries: int) -> list[str]:
    """Return the notes of a document with so many items, of which so many gave an entry."""
    empty = [f"empty_items:{items - entries}"] if entries < items else []
    return empty + ([f"capped:{entries}"] if entries > MAX_ENTRIES else [])
