"""Whether a record is one that a hook waits for. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scraper.model import Record
from scraper.settings import Notify
from scraper.text.normalize import folded_words


def fits(hook: Notify, record: Record) -> bool:
    """All that the hook asks for. Words are sought in the article's own text: other articles' headlines do not count."""
    if record.purged:  # there is nothing to read
        return False
    if hook.languages and record.language not in hook.languages:
        return False
    if hook.sources and record.source not in hook.sources:
        return False
    return not hook.words or has_any(hook.words, folded_words(" ".join((record.title or "", *record.body))))


def has_any(wanted: Sequence[str], text: Sequence[str]) -> bool:
    """Whether one of the wanted stands in a text of folded words: a word, words in a row, or the beginning of the last."""
    for phrase in wanted:
        row = folded_words(phrase)
        begins = phrase.rstrip().endswith("*")
        if row and any(
            _stands(row, text[i : i + len(row)], begins=begins) for i in range(len(text) - len(row) + 1)
        ):
            return True
    return False


def _stands(row: Sequence[str], here: Sequence[str], *, begins: bool) -> bool:
    *before, last = row
    return list(here[:-1]) == before and (here[-1].startswith(last) if begins else here[-1] == last)
