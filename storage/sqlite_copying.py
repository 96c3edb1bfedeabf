"""Open a SQLite store as one end of a copy (storage.copying)."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from scraper.errors import StoreError
from storage.copying import CopyEnd
from storage.files.jsonl import Projection
from storage.lock import Lock
from storage.sql import band_index, sqlite
from storage.sql.dialect import Sqlite
from storage.sql.sqlite import transaction, translated
from storage.sqlite_store import ARTICLES, DATABASE, LOCK


@contextlib.contextmanager
def source_end(location: str | Path) -> Iterator[CopyEnd]:
    """Open a store, brought up to date; nobody writes to it meanwhile."""
    folder = Path(location)
    if not (folder / DATABASE).exists():
        raise StoreError(f"there is no store at {folder} (no {DATABASE})", code="store_missing")
    with _held(folder, folder / DATABASE) as end:
        band_index.flush(end.db)
        yield end


@contextlib.contextmanager
def target_end(location: str | Path) -> Iterator[CopyEnd]:
    """Open a directory where no store is; its file is a store's when ``finish`` has given it its name."""
    folder = Path(location)
    if (folder / DATABASE).exists() or Projection(folder / ARTICLES).days():
        raise StoreError(f"there is a store at {folder} already: nothing was copied", code="store_readonly")
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _held(folder, folder / f"{DATABASE}.incoming") as end:
        # An edge may come before the row that it refers to; the comparison at the end sees what is missing.
        end.db.run("PRAGMA foreign_keys = OFF")
        yield end


@contextlib.contextmanager
def _held(folder: Path, path: Path) -> Iterator[CopyEnd]:
    with translated(path):
        lock = Lock(folder / LOCK)
        try:
            with contextlib.closing(sqlite.connect(path)) as connection:
                sqlite.migrate(connection, path)
                db = Sqlite(connection)
                yield CopyEnd(
                    db=db,
                    columns=cache(lambda table: [row[1] for row in db.all(f"PRAGMA table_info ({table})")]),
                    transaction=partial(transaction, connection),
                    finish=partial(_finish, connection, path),
                )
        finally:
            lock.release()


def _finish(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path.rename(path.with_name(DATABASE))
