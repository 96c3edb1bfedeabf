"""Compare two revisions: words of title and paragraphs, and the other fields that a reader would miss. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

from scraper.codec import Struct, to_builtins
from scraper.model import Record

Kept = Literal["same", "gone", "new"]
FIELDS = (
    "status", "moved_to", "url", "published", "modified", "authors", "summary", "section", "tags", "language", "duplicate_of", "cluster"
)  # fmt: skip
MAX_WORDS = 4000  # of a paragraph; longer ones are shown as replaced whole: comparing is quadratic
MARKS: Mapping[Kept, tuple[str, str]] = {"gone": ("[-", "-]"), "new": ("{+", "+}"), "same": ("", "")}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


class DiffPiece(Struct, frozen=True):
    """A run of text that was kept, removed or added."""

    kept: Kept
    text: str


class Changed(Struct, frozen=True):
    """A field whose value changed."""

    field: str
    old: Any
    new: Any


class Diff(Struct, frozen=True, kw_only=True):
    """The changes from one revision to another. ``body`` has one tuple of pieces a paragraph."""

    id: str
    old: int
    new: int
    title: tuple[DiffPiece, ...]
    body: tuple[tuple[DiffPiece, ...], ...]
    fields: tuple[Changed, ...]
    words_gone: int
    words_new: int


def diff_revisions(old: Record, new: Record) -> Diff:
    """Return what ``new`` says otherwise than ``old``."""
    title = tuple(_words(old.title or "", new.title or ""))
    body = tuple(_paragraphs(old.body, new.body))
    pieces = [piece for part in (title, *body) for piece in part]
    return Diff(
        id=new.id,
        old=old.revision,
        new=new.revision,
        title=title,
        body=body,
        fields=tuple(
            Changed(name, to_builtins(getattr(old, name)), to_builtins(getattr(new, name)))
            for name in FIELDS
            if getattr(old, name) != getattr(new, name)
        ),
        words_gone=sum(len(piece.text.split()) for piece in pieces if piece.kept == "gone"),
        words_new=sum(len(piece.text.split()) for piece in pieces if piece.kept == "new"),
    )


def _paragraphs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[DiffPiece, ...]]:
    """Match paragraphs first, then the words of those that were replaced by as many others."""
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from ((DiffPiece("same", paragraph),) for paragraph in old[a:b])
            continue
        pairs = min(b - a, d - c)
        for before, after in zip(old[a : a + pairs], new[c : c + pairs], strict=True):
            yield tuple(_words(before, after))
        yield from ((DiffPiece("gone", paragraph),) for paragraph in old[a + pairs : b])
        yield from ((DiffPiece("new", paragraph),) for paragraph in new[c + pairs : d])


def _words(old: str, new: str) -> Iterator[DiffPiece]:
    if old == new:
        if old:
            yield DiffPiece("same", old)
        return
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(a) > MAX_WORDS or len(b) > MAX_WORDS:
        yield DiffPiece("gone", old)
        yield DiffPiece("new", new)
        return
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            yield DiffPiece("same", "".join(a[i:j]))
            continue
        if i < j:
            yield DiffPiece("gone", "".join(a[i:j]))
        if k < m:
            yield DiffPiece("new", "".join(b[k:m]))


def marked_diff(pieces: Sequence[DiffPiece], marks: Mapping[Kept, tuple[str, str]] = MARKS) -> str:
    """Return pieces as one line of text; control characters become blanks."""
    return "".join(
        f"{marks[piece.kept][0]}{_CONTROL.sub(' ', piece.text)}{marks[piece.kept][1]}" for piece in pieces
    )
