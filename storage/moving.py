"""Copy a whole store to another place, of whatever kind: row by row in the order of keys, compared at the end.

What is derived from lines alone (the search index, the JSON files) is not copied: whoever opens the new store makes it. Until
the last row is there and equal the target is no store, and a copy that was killed goes on where it was.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from scraper.codec import Struct, encode
from scraper.errors import StoreError
from storage.model import PAGE_ROWS, Moved
from storage.sql import meta
from storage.sql.dialect import Db, Row


class Table(Struct, frozen=True):
    """``keys`` order its rows and tell them apart; rows that do not meet ``condition`` are not copied."""

    name: str
    keys: tuple[str, ...]
    condition: str = "1 = 1"

    def count(self, db: Db) -> int:
        """Return the number of rows."""
        return int(db.row(f"SELECT count(*) FROM {self.name} WHERE {self.condition}")[0])

    def page(self, db: Db, columns: Sequence[str], after: Row | None, limit: int) -> list[Row]:
        """Return the next rows behind a key, in the order of keys."""
        keys, marks = ", ".join(self.keys), ", ".join("?" * len(self.keys))
        behind = f" AND ({keys}) > ({marks})" if after is not None else ""
        return db.all(
            f"SELECT {', '.join(columns)} FROM {self.name} WHERE {self.condition}{behind} ORDER BY {keys} LIMIT ?",
            (*(after or ()), limit),
        )

    def rows(self, db: Db, columns: Sequence[str], after: Row | None, limit: int) -> Iterator[list[Row]]:
        """Read all rows behind a key, page by page."""
        while page := self.page(db, columns, after, limit):
            yield page
            after = tuple(page[-1][columns.index(key)] for key in self.keys)

    def last(self, db: Db) -> Row | None:
        """Return the key of the last row."""
        down = ", ".join(f"{key} DESC" for key in self.keys)
        return db.one(
            f"SELECT {', '.join(self.keys)} FROM {self.name} WHERE {self.condition} ORDER BY {down} LIMIT 1"
        )

    def digest(self, db: Db, columns: Sequence[str]) -> str:
        """Return a hash of all rows."""
        sha = hashlib.sha256()
        for page in self.rows(db, columns, None, PAGE_ROWS):
            for row in page:
                sha.update(encode(row) + b"\n")
        return sha.hexdigest()


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


class End(Protocol):
    """A store that nobody writes to meanwhile, or the place where one is being made."""

    db: Db

    def columns(self, table: Table) -> tuple[str, ...]:
        """Return the names of a table's columns in their order."""
        ...

    def empty(self) -> None:
        """Empty all tables."""
        ...

    def write(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Write rows, all or none, durably."""
        ...

    def finish(self) -> None:
        """Make what was copied a store."""
        ...


def move(
    source: End, target: End, progress: Callable[[int, int], object], *, page_rows: int = PAGE_ROWS
) -> Moved:
    """Copy a store. Raises StoreError if the two cannot be made equal. ``progress`` hears rows done and rows in all."""
    counts = {table.name: table.count(source.db) for table in TABLES}
    columns = {table.name: source.columns(table) for table in TABLES}
    for table in TABLES:
        ours, theirs = columns[table.name], target.columns(table)
        if ours != theirs:
            raise StoreError(
                f"the table {table.name} is not the same in both stores: {', '.join(ours)}; {', '.join(theirs)}",
                code="store_older",
            )
    origin = hashlib.sha256(encode(sorted(counts.items()))).hexdigest()
    if meta.get(target.db, "moving") != origin:
        _begin(target, origin)
    total = sum(counts.values())
    there = sum(table.count(target.db) for table in TABLES)
    moved = 0
    for table in TABLES:
        names = columns[table.name]
        for rows in table.rows(source.db, names, table.last(target.db), page_rows):
            target.write(table, names, rows)
            moved += len(rows)
            progress(there + moved, total)
    for table in TABLES:
        names = columns[table.name]
        if table.digest(source.db, names) != table.digest(target.db, names):
            _begin(target, "")
            raise StoreError(
                f"the table {table.name} differs from its original: the store was written to between two runs; "
                "the next one begins again",
                code="store_busy",
            )
    target.finish()
    return Moved(rows=moved, articles=counts["article"], lines=counts["line"])


def _begin(target: End, origin: str) -> None:
    """Note of which store, in which state, the rows will be."""
    target.empty()
    meta.put(target.db, "moving", origin)
