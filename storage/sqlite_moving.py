"""Open a SQLite store as one end of a copy (storage.moving)."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from scraper.errors import StoreError
from storage.files.jsonl import Projection
from storage.lock import Lock
from storage.moving import TABLES, Table
from storage.sql import band_index, sqlite
from storage.sql.dialect import Row, Sqlite
from storage.sql.sqlite import transaction, translated
from storage.sqlite_store import ARTICLES, DATABASE, LOCK

INCOMING = f"{DATABASE}.incoming"


class SQLiteEnd:
    """A database file. It is a store's when ``finish`` has given it its name."""

    def __init__(self, db: Sqlite, path: Path) -> None:
        self.db = db
        self._path = path

    def columns(self, table: Table) -> tuple[str, ...]:
        return tuple(row[1] for row in self.db.all(f"PRAGMA table_info ({table.name})"))

    def empty(self) -> None:
        with transaction(self.db.connection):
            for table in TABLES:
                self.db.run(f"DELETE FROM {table.name}")

    def write(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        with transaction(self.db.connection):
            self.db.insert(table.name, columns, rows)

    def finish(self) -> None:
        self.db.run("DELETE FROM meta WHERE key = 'moving'")
        self.db.run("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.connection.close()
        self._path.rename(self._path.with_name(DATABASE))


@contextlib.contextmanager
def source(location: str | Path) -> Iterator[SQLiteEnd]:
    """Open a store, brought up to date; nobody writes to it meanwhile."""
    folder = Path(location)
    path = folder / DATABASE
    if not path.exists():
        raise StoreError(f"there is no store at {folder} (no {DATABASE})", code="store_missing")
    with _held(folder, path) as db:
        band_index.flush(db)
        yield SQLiteEnd(db, path)


@contextlib.contextmanager
def target(location: str | Path) -> Iterator[SQLiteEnd]:
    """Open a directory where no store is."""
    folder = Path(location)
    if (folder / DATABASE).exists() or Projection(folder / ARTICLES).days():
        raise StoreError(f"there is a store at {folder} already: nothing was copied", code="store_readonly")
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _held(folder, folder / INCOMING) as db:
        # An edge may come before the row that it refers to; the comparison at the end sees what is missing.
        db.run("PRAGMA foreign_keys = OFF")
        yield SQLiteEnd(db, folder / INCOMING)


@contextlib.contextmanager
def _held(folder: Path, path: Path) -> Iterator[Sqlite]:
    with translated(path):
        lock = Lock(folder / LOCK)
        try:
            with contextlib.closing(sqlite.connect(path)) as connection:
                sqlite.migrate(connection, path)
                yield Sqlite(connection)
        finally:
            lock.release()
