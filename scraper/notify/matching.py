"""Decide whether a record matches a hook. Pure."""

from __future__ import annotations

from scraper.model import Record
from scraper.settings import Notify
from storage.search.match import finds


def matches_hook(hook: Notify, record: Record) -> bool:
    """Return True if a record matches all filters of the hook. One of its queries must find the article's own title or text."""
    if record.purged:  # there is nothing to read
        return False
    if hook.languages and record.language not in hook.languages:
        return False
    if hook.sources and record.source not in hook.sources:
        return False
    return not hook.words or any(finds(query, record) for query in hook.words)
