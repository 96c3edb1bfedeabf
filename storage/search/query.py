"""The query language: read what a person wrote into a tree, the same for both databases. Pure, in linear time.

Words (all must occur), each found in its forms; =word and "words in quotes" exactly so; begin* for beginnings of three letters and
more; OR between two of which one must occur; -word or NOT word for what must not; brackets around what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, NoReturn, TypeAlias

from scraper.codec import Struct
from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.errors import StoreError
from storage.search import forms
from storage.search.tokens import Phrase, tokens

MAX_CHARS = 1000
MAX_DEPTH = 20  # of brackets in brackets
# Letters; half the language begins with the same one or two: what is shorter is looked for as a word
MIN_BEGINNING = 3


class Term(Struct, frozen=True):
    """One of these must occur."""

    phrases: tuple[Phrase, ...]


class AnyOf(Struct, frozen=True):
    """One part must be found."""

    parts: tuple[Node, ...]


class AllOf(Struct, frozen=True):
    """All of ``wanted`` must be found, none of ``unwanted`` may."""

    wanted: tuple[Node, ...]
    unwanted: tuple[Node, ...] = ()


Node: TypeAlias = Term | AnyOf | AllOf


def wanted_terms(node: Node) -> Iterator[Term]:
    """Yield the terms that count for a ranking, and that a reader sees marked."""
    if isinstance(node, Term):
        yield node
        return
    for part in node.parts if isinstance(node, AnyOf) else node.wanted:
        yield from wanted_terms(part)


@lru_cache(256)
def parse_query(text: str) -> Node:
    """Read a query. Raises StoreError (bad_query) with what to change."""
    if len(text) > MAX_CHARS:
        _refuse(f"it has {len(text):,} characters; at most {MAX_CHARS:,} are read: leave some words out")
    reader = _Reader(text.translate(_QUOTES))
    found = reader.read_all(depth=0)
    if not found.wanted:
        _refuse(
            "it only says what must not occur: add a word that must"
            if found.unwanted
            else "it has no words to look for: write at least one word or name"
        )
    return _simple(found)


def _refuse(why: str) -> NoReturn:
    raise StoreError(f"the query cannot be read: {why}", code="bad_query")


_QUOTES = str.maketrans("“”„«»", '"""""')
_TOKEN = re.compile(r'([()])|([-=]*)("[^"]*"?\*?|(?=\()|[^\s()"]+)')
_APOSTROPHE = re.compile(
    r"(?<=\w\w)['’ʼ`](?:s|[nsy]?[ıiuüaeə]n?|[dt][aeə](?:n|k[iı])?|y?l[aeə]|l[ae]r\w*)?\Z", re.IGNORECASE
)  # Erdoğan'ın, Armenia's; not Qur'an


class _Piece(NamedTuple):
    sign: str  # "-", "=" or both, before it
    text: str
    at: int


class _Reader:
    """Reads a query piece by piece; each method goes on where the one before ended."""

    def __init__(self, text: str) -> None:
        self._pieces = [
            _Piece(m[2] or "", m[1] or m[3], m.start(1 if m[1] else 3)) for m in _TOKEN.finditer(text)
        ]
        self._next = 0

    def _peek(self) -> _Piece | None:
        return self._pieces[self._next] if self._next < len(self._pieces) else None

    def read_all(self, depth: int) -> AllOf:
        """Read parts of which all must be found, up to a closing bracket or the end."""
        wanted: list[list[Node]] = []  # of each group one must be found
        unwanted: list[Node] = []
        said_and = said_or = False
        operator = ""
        while (piece := self._peek()) is not None and piece.text != ")":
            if piece.text in _OPERATORS and not piece.sign:
                operator = self._operator(piece, operator, first=not (wanted or unwanted))
                said_and, said_or = said_and or operator == "AND", said_or or operator == "OR"
                continue
            minus, node = self._read_one(depth)
            if node is None:
                continue
            if said_and and said_or:
                _refuse("AND and OR stand side by side: put brackets around what belongs together")
            negative = operator.endswith("NOT") or minus
            if isinstance(node, AllOf) and not node.wanted:  # (NOT b)
                if negative or operator == "OR":
                    _refuse(
                        "brackets hold only what must not occur: add a word that must, or take the brackets away"
                    )
                unwanted += node.unwanted
            elif negative:
                unwanted.append(node)
            elif operator == "OR" and not wanted:
                _refuse("OR stands between two words that must occur: what is before it must not")
            elif operator == "OR":
                wanted[-1].append(node)
            else:
                wanted.append([node])
            operator = ""
        if operator:
            _refuse(f"nothing follows {operator.split()[-1]}: add a word behind it, or leave it out")
        if piece is not None and depth == 0:
            _refuse(f'a bracket ")" closes nothing (character {piece.at + 1}): leave it out')
        return AllOf(tuple(dict.fromkeys(map(_any_of, wanted))), tuple(dict.fromkeys(unwanted)))

    def _operator(self, piece: _Piece, before: str, *, first: bool) -> str:
        self._next += 1
        if piece.text != "NOT" and (first or before):
            _refuse(f"{piece.text} stands between two words (character {piece.at + 1}): nothing is before it")
        if before == "OR" or before.endswith("NOT"):
            _refuse(
                f"{before.rsplit(maxsplit=1)[-1]} and {piece.text} cannot follow each other: write a NOT b, or a OR b"
            )
        return f"{before} {piece.text}".strip()

    def _read_one(self, depth: int) -> tuple[bool, Node | None]:
        """Read a word, a phrase or brackets: whether a minus is before it, and what it is; None if it has no words."""
        piece = self._pieces[self._next]
        self._next += 1
        minus = "-" in piece.sign
        if not piece.text:  # a sign before a bracket
            return minus, self._read_one(depth)[1]
        if piece.text != "(":
            return minus, _term(piece)
        if depth == MAX_DEPTH:
            _refuse(f"brackets stand in brackets more than {MAX_DEPTH} deep: take some away")
        found = self.read_all(depth + 1)
        if self._peek() is None:
            _refuse(f'a bracket "(" is not closed (character {piece.at + 1}): add ")"')
        self._next += 1
        if not found.wanted and not found.unwanted:
            return minus, None
        return minus, _simple(found) if found.wanted else found


_OPERATORS = ("AND", "OR", "NOT")


def _any_of(parts: list[Node]) -> Node:
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _simple(found: AllOf) -> Node:
    return found.wanted[0] if len(found.wanted) == 1 and not found.unwanted else found


def _term(piece: _Piece) -> Term | None:
    """Return what a word or a phrase asks for; None without letters and digits."""
    exact = "=" in piece.sign
    text = piece.text
    star = text.endswith("*")
    if "*" in text.rstrip("*"):
        _refuse(f"a star stands only behind the beginning of a word (character {piece.at + 1}): write begin*")
    if text.startswith('"'):
        exact = True
        if text.count('"') < 2:
            _refuse(f'a quote is not closed (character {piece.at + 1}): add " behind the last word')
    else:
        text = _APOSTROPHE.sub("", text)
    words = tuple(tokens(fold_paragraphs((text,))))
    if not words:
        return None
    if star and len(words) == 1 and len(words[0]) < MIN_BEGINNING:
        _refuse(
            f"{text} is too short (character {piece.at + 1}): write {MIN_BEGINNING} letters before the star"
        )
    if exact or star:
        return Term((Phrase(words, prefix=star),))
    return Term(forms.alternatives(text))
