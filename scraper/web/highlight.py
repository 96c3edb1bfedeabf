"""Where the words of a query stand in a text, so that a reader sees why it was found. Pure.

Compares as the search does: words in their forms, exact ones folded and without accents, beginnings where a star ends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scraper.codec import Struct
from scraper.errors import StoreError
from storage.search.forms import found_by
from storage.search.query import parse_query, wanted_terms

SNIPPET_CHARS = 240
_LEAD_CHARS = 60  # of a snippet, before the first word found
_WORD = re.compile(r"\w+")


class HighlightPiece(Struct, frozen=True):
    """A run of text, and whether it was looked for."""

    text: str
    found: bool = False


class QueryTerms(Struct, frozen=True):
    """The wanted words of a query as the index has them: whole ones, and beginnings."""

    whole: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    def match(self, word: str) -> bool:
        ways = found_by(word)
        return not self.whole.isdisjoint(ways) or any(
            way.startswith(self.beginnings or ("\0",)) for way in ways
        )


NOTHING = QueryTerms()


def query_terms(query: str) -> QueryTerms:
    try:
        phrases = [phrase for term in wanted_terms(parse_query(query)) for phrase in term.phrases]
    except StoreError:  # not understood
        return NOTHING
    whole = {word for p in phrases for word in (p.words[:-1] if p.prefix else p.words)}
    return QueryTerms(frozenset(whole), tuple(p.words[-1] for p in phrases if p.prefix))


def highlighted(text: str, wanted: QueryTerms) -> tuple[HighlightPiece, ...]:
    """Split the whole text into pieces."""
    if wanted == NOTHING:
        return (HighlightPiece(text),)
    return tuple(_pieces(text, wanted))


def _pieces(text: str, wanted: QueryTerms) -> Iterator[HighlightPiece]:
    done = 0
    for match in _WORD.finditer(text):
        if wanted.match(match[0]):
            if match.start() > done:
                yield HighlightPiece(text[done : match.start()])
            yield HighlightPiece(match[0], found=True)
            done = match.end()
    if done < len(text):
        yield HighlightPiece(text[done:])


def hit_snippet(paragraphs: Sequence[str], wanted: QueryTerms) -> tuple[HighlightPiece, ...]:
    """Return the part of a text around the first word found; empty if there is none."""
    if wanted == NOTHING:
        return ()
    for paragraph in paragraphs:
        first = next((m for m in _WORD.finditer(paragraph) if wanted.match(m[0])), None)
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
        return highlighted(cut, wanted)
    return ()
