"""Where the words of a query stand in a text, so that a reader sees why it was found. Pure.

Compares as the search does: words in their forms, exact ones folded and without accents, beginnings where a star ends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scraper.codec import Struct
from scraper.errors import StoreError
from storage.search import forms
from storage.search.query import parse_query, wanted_terms

SNIPPET_CHARS = 240
_LEAD_CHARS = 60  # of a snippet, before the first word found
_WORD = re.compile(r"\w+")


class HighlightPiece(Struct, frozen=True):
    """A run of text, and whether it was looked for."""

    text: str
    found: bool = False


class QueryTerms:
    """The wanted words of a query as the index has them: whole ones, and beginnings. Remembers what it has told of words."""

    def __init__(self, whole: Iterable[str] = (), beginnings: tuple[str, ...] = ()) -> None:
        self._whole, self._beginnings = frozenset(whole), beginnings
        self._scripts = forms.sound_scripts(self._whole)
        self._initials = frozenset().union(*map(forms.initials_of, (*self._whole, *beginnings)))
        self._told: dict[tuple[str, str | None], bool] = {}

    def __bool__(self) -> bool:
        return bool(self._whole or self._beginnings)

    def match(self, word: str, language: str | None) -> bool:
        """Return True if a word of a text in a language, if that is known, was looked for."""
        told = self._told.get((word, language))
        if told is None:
            told = self._told[word, language] = self._matches(word, language)
        return told

    def _matches(self, word: str, language: str | None) -> bool:
        """Most words of a page begin with another letter, and are no names of another script: their forms are not made."""
        if forms.sound_script(word) not in self._scripts and forms.initial_of(word) not in self._initials:
            return False
        ways = forms.found_by(word, language)
        return not self._whole.isdisjoint(ways) or any(
            way.startswith(self._beginnings or ("\0",)) for way in ways
        )


NOTHING = QueryTerms()


def query_terms(query: str) -> QueryTerms:
    try:
        phrases = [phrase for term in wanted_terms(parse_query(query)) for phrase in term.phrases]
    except StoreError:  # not understood
        return NOTHING
    whole = {word for p in phrases for word in (p.words[:-1] if p.prefix else p.words)}
    return QueryTerms(whole, tuple(p.words[-1] for p in phrases if p.prefix))


def highlighted(text: str, wanted: QueryTerms, language: str | None = None) -> tuple[HighlightPiece, ...]:
    """Split the whole text into pieces."""
    if not wanted:
        return (HighlightPiece(text),)
    return tuple(_pieces(text, wanted, language))


def _pieces(text: str, wanted: QueryTerms, language: str | None) -> Iterator[HighlightPiece]:
    done = 0
    for match in _WORD.finditer(text):
        if wanted.match(match[0], language):
            if match.start() > done:
                yield HighlightPiece(text[done : match.start()])
            yield HighlightPiece(match[0], found=True)
            done = match.end()
    if done < len(text):
        yield HighlightPiece(text[done:])


def hit_snippet(
    paragraphs: Sequence[str], wanted: QueryTerms, language: str | None = None
) -> tuple[HighlightPiece, ...]:
    """Return the part of a text around the first word found; empty if there is none."""
    if not wanted:
        return ()
    for paragraph in paragraphs:
        first = next((m for m in _WORD.finditer(paragraph) if wanted.match(m[0], language)), None)
        if first is None:
            continue
        start = 0
        if first.start() > _LEAD_CHARS:
            start = paragraph.rfind(" ", 0, first.start() - _LEAD_CHARS // 2) + 1
        end = len(paragraph)
        if end - start > SNIPPET_CHARS:
            end = paragraph.rfind(" ", start, start + SNIPPET_CHARS)
            end = max(end, first.end())
        cut = ("… " if start else "") + paragraph[start:end] + (" …" if end < len(paragraph) else "")
        return highlighted(cut, wanted, language)
    return ()
