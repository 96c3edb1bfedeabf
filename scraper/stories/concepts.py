"""Find what a text is about among some 200 concepts of the region's press: a lexicon of beginnings of words. Pure."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib import resources
from typing import NamedTuple

from scraper.text.normalize import folded_words

LEXICON_LANGUAGES = ("en", "ru", "hy", "ka", "az", "tr")
_START = 2  # letters by which the beginnings are filed


class Beginning(NamedTuple):
    """How a word of a concept begins; ``letters`` has a stop between words, and one behind a whole word."""

    letters: str
    concept: str


class Concept(NamedTuple):
    """A line of the lexicon; the weight is 1 for what everybody writes about daily to 5 for what is rare, 0 for a form."""

    name: str
    weight: float
    place: bool
    beginnings: tuple[str, ...]  # a cell a language, words with a stop between, beginnings with blanks


@cache
def lexicon() -> dict[str, Concept]:
    """Return the concepts by their names."""
    raw = (resources.files("scraper.stories") / "concepts.txt").read_text(encoding="utf-8")
    rows = (line.split("|") for line in raw.splitlines() if line and not line.startswith("#"))
    return {head.split()[0]: _concept(head.split(), cells) for head, *cells in rows}


def concepts(text: str, language: str) -> frozenset[str]:
    """Return the concepts that a text names; none in a language that the lexicon does not have."""
    if language not in LEXICON_LANGUAGES:
        return frozenset()
    words = folded_words(text)
    dotted = ".".join(words) + "."
    filed = _beginnings(language)
    found: set[str] = set()
    at = 0
    for word in words:
        found.update(
            each.concept
            for each in filed.get(dotted[at : at + _START], ())
            if each.concept not in found and dotted.startswith(each.letters, at)
        )
        at += len(word) + 1
    return frozenset(found)


def _concept(head: list[str], cells: list[str]) -> Concept:
    name, weight, *place = head
    return Concept(name, float(weight), bool(place), tuple(cells))


@cache
def _beginnings(language: str) -> dict[str, tuple[Beginning, ...]]:
    column = LEXICON_LANGUAGES.index(language)
    filed: dict[str, list[Beginning]] = defaultdict(list)
    for name, concept in lexicon().items():
        for written in concept.beginnings[column].split():
            letters = ".".join(folded_words(written.replace(".", " ")))
            whole = "." if written.endswith(".") else ""
            filed[letters[:_START]].append(Beginning(letters + whole, name))
    return {start: tuple(there) for start, there in filed.items()}
