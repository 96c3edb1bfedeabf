"""Decide whether a record matches a hook. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scraper.model import Record
from scraper.settings import Notify
from scraper.text.normalize import folded_words


def matches_hook(hook: Notify, record: Record) -> bool:
    """Return True if a record matches all filters of the hook. Words must be in the article's own title or text."""
    if record.purged:  # there is nothing to read
        return False
    if hook.languages and record.language not in hook.languages:
        return False
    if hook.sources and record.source not in hook.sources:
        return False
    return not hook.words or has_any(hook.words, folded_words(" ".join((record.title or "", *record.body))))


def has_any(wanted: Sequence[str], text: Sequence[str]) -> bool:
    """Return True if a text of folded words contains one of the wanted phrases; ``*`` at the end matches the rest of a word."""
    for phrase in wanted:
        row = folded_words(phrase)
        begins = phrase.rstrip().endswith("*")
        if row and any(
            _matches_here(row, text[i : i + len(row)], begins=begins) for i in range(len(text) - len(row) + 1)
        ):
            return True
    return False


def _matches_here(row: Sequence[str], here: Sequence[str], *, begins: bool) -> bool:
    *before, last = row
    return list(here[:-1]) == before and (here[-1].startswith(last) if begins else here[-1] == last)
