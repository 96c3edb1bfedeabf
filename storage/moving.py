"""A whole store moved to another place, of whatever kind: row by row in the order of keys, compared at the end.

What is derived from lines alone (the search index, the JSON files) is not moved: whoever opens the new store makes it. Until
the last row is there and equal the target is no store, and a move that was killed goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from scraper.codec import Struct, encode
from scraper.errors import StoreError

PAGE_ROWS = 1000

Row = tuple[Any, ...]


class Table(Struct, frozen=True):
    """``keys`` order its rows and tell them apart; rows that are not to be moved do not meet ``condition``."""

    name: str
    keys: tuple[str, ...]
    condition: str = "1 = 1"


TABLES = (
    Table("article", ("n",)),
    Table("line", ("seq",)),
    Table("identity", ("key",)),
    Table("band", ("value", "article")),
    Table("edge", ("a", "b")),
    Table("tally", ("day", "source", "language", "delay")),
    Table("source_state", ("source",)),
    Table("visit", ("article",)),
    Table("failure", ("n",)),
    Table("attempt", ("url",)),
    Table("quarantine", ("url",)),
    # not what is true of one place only
    Table("meta", ("key",), "key NOT IN ('schema', 'search', 'projected', 'stale', 'moving')"),
)


class Moved(Struct, frozen=True, kw_only=True):
    """What a move did: rows that came over in this run, and what the store holds now."""

    rows: int
    articles: int
    lines: int


class Source(Protocol):
    """A store that nobody writes to meanwhile."""

    def columns(self, table: Table) -> tuple[str, ...]: ...

    def count(self, table: Table) -> int: ...

    def read(self, table: Table, after: Row | None, limit: int) -> list[Row]:
        """The next rows behind a key, in the order of keys."""
        ...


class Target(Source, Protocol):
    """A place where a store is being made."""

    def begun(self) -> str | None:
        """Of which source, in which state, the rows here are; None where there are none."""
        ...

    def begin(self, origin: str) -> None:
        """Empty tables for a new move."""
        ...

    def last(self, table: Table) -> Row | None:
        """The key of the last row."""
        ...

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        """All or nothing, and durable."""
        ...

    def finish(self) -> None:
        """What was made is a store from now on."""
        ...


def unwatched(done: int, total: int) -> None:
    """The progress that nobody looks at."""


def move(
    source: Source, target: Target, progress: Callable[[int, int], object], *, page_rows: int = PAGE_ROWS
) -> Moved:
    """Raises StoreError if the two cannot be made equal. ``progress`` hears rows done and rows in all."""
    counts = {table.name: source.count(table) for table in TABLES}
    _check_columns(source, target)
    origin = hashlib.sha256(encode(sorted(counts.items()))).hexdigest()
    if target.begun() != origin:
        target.begin(origin)
    total = sum(counts.values())
    there = sum(target.count(table) for table in TABLES)
    moved = 0
    for table in TABLES:
        after = target.last(table)
        while rows := source.read(table, after, page_rows):
            target.write(table, rows)
            after = _key_of(table, source.columns(table), rows[-1])
            moved += len(rows)
            progress(there + moved, total)
    for table in TABLES:
        if digest(source, table) != digest(target, table):
            target.begin("")
            raise StoreError(
                f"the table {table.name} came over otherwise than it is: the store was written to between two runs; "
                "the next one begins anew",
                code="store_busy",
            )
    target.finish()
    return Moved(rows=moved, articles=counts["article"], lines=counts["line"])


def _check_columns(source: Source, target: Target) -> None:
    for table in TABLES:
        ours, theirs = source.columns(table), target.columns(table)
        if ours != theirs:
            raise StoreError(
                f"the table {table.name} is not the same in both stores: {', '.join(ours)}; {', '.join(theirs)}",
                code="store_older",
            )


def digest(place: Source, table: Table) -> str:
    """What all rows of a table come to."""
    sha = hashlib.sha256()
    for row in _rows(place, table):
        sha.update(encode(row) + b"\n")
    return sha.hexdigest()


def _rows(place: Source, table: Table) -> Iterator[Row]:
    after = None
    while rows := place.read(table, after, PAGE_ROWS):
        yield from rows
        after = _key_of(table, place.columns(table), rows[-1])


def _key_of(table: Table, columns: Sequence[str], row: Row) -> Row:
    return tuple(row[columns.index(key)] for key in table.keys)
