"""Copy a whole store to another place, of whatever kind: row by row in the order of keys, compared at the end.

What is derived from lines alone (the search index, the JSON files) is not copied: whoever opens the new store makes it. Until
the last row is there and equal the target is no store, and a copy that was killed goes on where it was.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from scraper.codec import Struct, encode
from scraper.errors import StoreError
from storage.model import PAGE_ROWS, Moved
from storage.sql import meta
from storage.sql.dialect import Db, Row


class CopyEnd(Struct, frozen=True, kw_only=True):
    """A store that nobody writes to meanwhile, or the place where one is being made; ``finish`` makes it a store."""

    db: Db
    columns: Callable[[str], list[str]]  # of a table
    transaction: Callable[[], AbstractContextManager[Any]]
    finish: Callable[[], None] = lambda: None


TABLES = {  # and the keys that order their rows and tell them apart
    "article": ("n",),
    "line": ("seq",),
    "identity": ("key",),
    "band": ("value", "article"),
    "edge": ("a", "b"),
    "tally": ("day", "source", "language", "delay"),
    "source_state": ("source",),
    "visit": ("article",),
    "failure": ("n",),
    "attempt": ("url",),
    "quarantine": ("url",),
    "meta": ("key",),
}
_MARK = "moving"  # of which store, in which state, the rows are that are there already
# not what is true of one place only
_LOCAL = f"key NOT IN ('schema', 'search', 'projected', 'stale', '{_MARK}')"


def copy_rows(
    source: CopyEnd, target: CopyEnd, progress: Callable[[int, int], object], *, page_rows: int = PAGE_ROWS
) -> Moved:
    """Copy a store. Raises StoreError if the two cannot be made equal. ``progress`` hears rows done and rows in all."""
    for table in TABLES:
        if (ours := source.columns(table)) != (theirs := target.columns(table)):
            raise StoreError(
                f"the table {table} is not the same in both stores: {', '.join(ours)}; {', '.join(theirs)}",
                code="store_older",
            )
    counts = {table: _count(source, table) for table in TABLES}
    origin = hashlib.sha256(encode(sorted(counts.items()))).hexdigest()
    if meta.get(target.db, _MARK) != origin:
        _begin(target, origin)
    there = sum(_count(target, table) for table in TABLES)
    moved = 0
    for table in TABLES:
        for rows in _pages(source, table, _last(target, table), page_rows):
            _write(target, table, rows)
            moved += len(rows)
            progress(there + moved, sum(counts.values()))
    for table in TABLES:
        if _digest(source, table) != _digest(target, table):
            _begin(target, "")
            raise StoreError(
                f"the table {table} differs from its original: the store was written to between two runs; "
                "the next one begins again",
                code="store_busy",
            )
    target.db.run("DELETE FROM meta WHERE key = ?", (_MARK,))
    target.finish()
    return Moved(rows=moved, articles=counts["article"], lines=counts["line"])


def _from(table: str) -> str:
    return f"FROM {table} WHERE {_LOCAL if table == 'meta' else '1 = 1'}"


def _count(end: CopyEnd, table: str) -> int:
    return int(end.db.row(f"SELECT count(*) {_from(table)}")[0])


def _last(end: CopyEnd, table: str) -> Row | None:
    """Return the key of the last row."""
    keys = TABLES[table]
    down = ", ".join(f"{key} DESC" for key in keys)
    return end.db.one(f"SELECT {', '.join(keys)} {_from(table)} ORDER BY {down} LIMIT 1")


def _pages(end: CopyEnd, table: str, after: Row | None, limit: int) -> Iterator[list[Row]]:
    """Read all rows behind a key in the order of keys, page by page."""
    columns, keys = end.columns(table), TABLES[table]
    marks = ", ".join("?" * len(keys))
    while True:
        behind = f" AND ({', '.join(keys)}) > ({marks})" if after is not None else ""
        page = end.db.all(
            f"SELECT {', '.join(columns)} {_from(table)}{behind} ORDER BY {', '.join(keys)} LIMIT ?",
            (*(after or ()), limit),
        )
        if not page:
            return
        yield page
        after = tuple(page[-1][columns.index(key)] for key in keys)


def _digest(end: CopyEnd, table: str) -> str:
    """Return a hash of all rows."""
    sha = hashlib.sha256()
    for page in _pages(end, table, None, PAGE_ROWS):
        for row in page:
            sha.update(encode(row) + b"\n")
    return sha.hexdigest()


def _write(target: CopyEnd, table: str, rows: list[Row]) -> None:
    """Write rows, all or none, durably."""
    columns = target.columns(table)
    if "json" in columns:
        at = columns.index("json")
        rows = [(*row[:at], target.db.json(bytes(row[at])), *row[at + 1 :]) for row in rows]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    with target.transaction():
        target.db.run_many(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _begin(target: CopyEnd, origin: str) -> None:
    """Empty all tables, and note of which store, in which state, the rows will be."""
    with target.transaction():
        for table in reversed(TABLES):
            target.db.run(f"DELETE {_from(table)}")
        meta.put(target.db, _MARK, origin)
