"""A SQLite store as one end of a move (storage.moving)."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from scraper.errors import StoreError
from storage.files.jsonl import Projection
from storage.lock import Lock
from storage.moving import Row, Table
from storage.sql import band_index, sqlite
from storage.sql.dialect import Sqlite
from storage.sql.sqlite import transaction, translated
from storage.sqlite_store import ARTICLES, DATABASE, LOCK

INCOMING = f"{DATABASE}.incoming"


class SQLiteEnd:
    """A database file. It is a store's when ``finish`` has given it its name."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def columns(self, table: Table) -> tuple[str, ...]:
        return tuple(row[1] for row in self._db.execute(f"PRAGMA table_info ({table.name})"))

    def count(self, table: Table) -> int:
        (count,) = self._db.execute(f"SELECT count(*) FROM {table.name} WHERE {table.condition}").fetchone()
        return int(count)

    def read(self, table: Table, after: Row | None, limit: int) -> list[Row]:
        keys, marks = ", ".join(table.keys), ", ".join("?" * len(table.keys))
        behind = f" AND ({keys}) > ({marks})" if after is not None else ""
        return self._db.execute(
            f"SELECT * FROM {table.name} WHERE {table.condition}{behind} ORDER BY {keys} LIMIT ?",
            (*(after or ()), limit),
        ).fetchall()

    def begun(self) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = 'moving'").fetchone()
        return row[0] if row else None

    def begin(self, origin: str) -> None:
        with transaction(self._db):
            tables = self._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (name,) in tables:
                if not name.startswith(("search", "sqlite_")):
                    self._db.execute(f"DELETE FROM {name}")
            self._db.execute("INSERT INTO meta VALUES ('moving', ?)", (origin,))

    def last(self, table: Table) -> Row | None:
        keys = ", ".join(table.keys)
        down = ", ".join(f"{key} DESC" for key in table.keys)
        row: Row | None = self._db.execute(
            f"SELECT {keys} FROM {table.name} WHERE {table.condition} ORDER BY {down} LIMIT 1"
        ).fetchone()
        return row

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        with transaction(self._db):
            self._db.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)

    def finish(self) -> None:
        self._db.execute("DELETE FROM meta WHERE key = 'moving'")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        self._path.rename(self._path.with_name(DATABASE))


@contextlib.contextmanager
def source(location: str | Path) -> Iterator[SQLiteEnd]:
    """A store that is there, brought up to date; nobody writes to it meanwhile."""
    folder = Path(location)
    path = folder / DATABASE
    if not path.exists():
        raise StoreError(f"there is no store at {folder} (no {DATABASE})", code="store_missing")
    with _held(folder, path) as db:
        band_index.flush(Sqlite(db))
        yield SQLiteEnd(db, path)


@contextlib.contextmanager
def target(location: str | Path) -> Iterator[SQLiteEnd]:
    """A directory where no store is."""
    folder = Path(location)
    if (folder / DATABASE).exists() or Projection(folder / ARTICLES).days():
        raise StoreError(f"there is a store at {folder} already: nothing was moved", code="store_readonly")
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _held(folder, folder / INCOMING) as db:
        # An edge may come before the row that it refers to; the comparison at the end sees what is missing.
        db.execute("PRAGMA foreign_keys = OFF")
        yield SQLiteEnd(db, folder / INCOMING)


@contextlib.contextmanager
def _held(folder: Path, path: Path) -> Iterator[sqlite3.Connection]:
    with translated(path):
        lock = Lock(folder / LOCK)
        try:
            with contextlib.closing(sqlite.connect(path)) as db:
                sqlite.migrate(db, path)
                yield db
        finally:
            lock.release()
