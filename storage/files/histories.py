"""Whose lines a day's file holds: before a writer takes lines away, they are compared with the database's.

A file may hold what a crash tore, what a disk spoilt and what was purged; all of that is written anew. Lines of another history
(another store's database stands in place of ours, or an older copy that went on by itself) are nowhere else: they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode
from scraper.errors import StoreError
from storage.checksums import checksum
from storage.line import Line


class _Named(Struct, frozen=True):
    """What tells a line from others: damage spoils one of these, another history has them all otherwise."""

    seq: int
    id: str | None = None
    url: str | None = None
    hash: str | None = None


def check_history(path: Path, raws: Iterable[bytes], lines_after: Callable[[int], Iterator[Line]]) -> None:
    """Raise StoreError (store_damaged) where whole lines of a file are not the database's, but for a single one among many."""
    named = sorted((n for raw in raws if (n := _named(raw)) is not None), key=lambda n: n.seq)
    if not named:
        return
    ours = strangers = 0
    lines = lines_after(named[0].seq - 1)
    line = next(lines, None)
    for each in named:
        while line is not None and line.seq < each.seq:
            line = next(lines, None)
        if line is None:
            raise StoreError(
                f"{path} holds records up to seq {named[-1].seq}, which the database of {path.parent.parent} does not reach: it was "
                f"lost, or is an older copy or another store's. Nothing was written. Put the store's own database back; or {_remedy(path)}",
                code="store_damaged",
            )
        if line.seq == each.seq:  # else it was purged
            same = _is_of(each, line)
            ours, strangers = ours + same, strangers + (not same)
    if strangers > 1 or (strangers and not ours):
        raise StoreError(
            f"{path} holds {strangers} lines of another history than the database of {path.parent.parent}: nothing was written. "
            f"Put this store's own database back; or {_remedy(path)}",
            code="store_damaged",
        )


def _named(raw: bytes) -> _Named | None:
    if not raw.endswith(b"\n"):
        return None
    try:
        found = decode(raw, _Named)
    except DecodeError:
        return None
    return found if found.id else None  # what is no record is nobody's history


def _is_of(each: _Named, line: Line) -> bool:
    """Return True if a line of a file is the database's, be one of the two spoilt."""
    there = _named(line.json + b"\n")
    if there is None or (line.checksum and checksum(line.json) != line.checksum):
        return True  # ours is the spoilt one: nothing is known of the other
    pairs = ((there.id, each.id), (there.url, each.url), (there.hash, each.hash))
    return there == each or any(ours is not None and ours == theirs for ours, theirs in pairs)


def _remedy(path: Path) -> str:
    return f"`darial store rebuild --database --store {path.parent.parent}` makes it anew from the JSON files"
