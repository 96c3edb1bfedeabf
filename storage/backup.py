"""Copy a whole store to one file while its owner writes, and make a store of it again.

The file is an SQLite database: the change log and all that is known of the sources. The JSON files are derived from it, byte
for byte, when it is restored. Nothing is ever overwritten; what a crash interrupts leaves nothing under the final name.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from scraper.codec import Struct
from scraper.errors import StoreError
from storage.files.disk import Files
from storage.sql import sqlite, sqlite_checks
from storage.sql.dialect import Sqlite
from storage.sql.sqlite import translated
from storage.sqlite_store import ARTICLES, DATABASE, SQLiteStore

PAGES_A_STEP = 1000
_MAGIC = b"SQLite format 3\0"  # how every SQLite file begins

Progress = Callable[[int, int], None]  # pages done, pages in all


class Copied(Struct, frozen=True, kw_only=True):
    """What was copied, and that it was looked through: every line, every index."""

    path: str
    articles: int
    revisions: int
    seq: int
    bytes: int


def name_for(now: datetime) -> str:
    return f"darial-{now:%Y-%m-%dT%H%M%SZ}.db"


def backup(
    folder: Path,
    target: Path,
    *,
    progress: Progress = lambda _done, _all: None,
    pages_a_step: int = PAGES_A_STEP,
) -> Copied:
    """Copy the store's present state to a new file and verify the copy. Raises StoreError; an existing file is one."""
    source = folder / DATABASE
    SQLiteStore(folder, read_only=True).close()  # says what is wrong: no store, older, newer
    if target.exists():
        raise StoreError(f"{target} is there already", code="backup_exists")
    with _appearing(target) as new:
        with translated(source), contextlib.closing(sqlite.connect_reader(source)[0]) as db:
            # One read transaction pins one state: without it, every commit of the owner would begin the copy anew.
            db.execute("BEGIN")
            db.execute("SELECT 1 FROM meta LIMIT 1").fetchall()
            _copy(db, new, progress, pages_a_step, named=target)
        return _verified(new, named=target)


def restore(file: Path, folder: Path, *, progress: Progress = lambda _done, _all: None) -> Copied:
    """Make a store of a backup where there is none, JSON files included, and verify it. Raises StoreError."""
    if not file.is_file():
        raise StoreError(f"{file}: no such file", code="store_missing")
    if (folder / DATABASE).exists() or any((folder / ARTICLES).glob("*")):
        raise StoreError(
            f"{folder} holds a store already; restore elsewhere, or move it away", code="backup_exists"
        )
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _verified(file, named=file)
    with (
        _appearing(folder / DATABASE) as new,
        translated(file, derived=False),
        contextlib.closing(_immutable(file)) as db,
    ):
        _copy(db, new, progress, PAGES_A_STEP, named=folder / DATABASE)
        with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as made:
            # what the files were known to hold was true of the other directory
            made.execute("DELETE FROM meta WHERE key = 'projected'")
    with SQLiteStore(folder) as store:
        store.rebuild()
        problems = list(store.verify())
        if problems:
            raise StoreError(f"{folder}: {problems[0]}", code="store_damaged")
        found = store.stats()
    size = found.database_bytes + found.json_bytes
    return Copied(
        path=str(folder), articles=found.articles, revisions=found.revisions, seq=found.seq, bytes=size
    )


@contextlib.contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Make a file that gets its name when it is whole and on the disk."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with translated(path):
            part.touch()  # says better than SQLite why there can be no file
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            _give_name(part, path)
            Files().sync_directory(path.parent)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):  # where nothing could be made, nothing need go
                part.with_name(part.name + suffix).unlink()


def _give_name(part: Path, path: Path) -> None:
    """Unlike a rename, a link never replaces what somebody else put there meanwhile; not every file system has links."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise StoreError(f"{path} is there already", code="backup_exists") from None
    except OSError:
        part.rename(path)


def _copy(db: sqlite3.Connection, new: Path, progress: Progress, pages: int, *, named: Path) -> None:
    with (
        translated(named, derived=False),
        contextlib.closing(sqlite3.connect(new, isolation_level=None)) as made,
    ):
        db.backup(made, pages=pages, progress=lambda _status, left, total: progress(total - left, total))
        made.execute("PRAGMA journal_mode = DELETE")  # one file, without -wal and -shm


def _immutable(file: Path) -> sqlite3.Connection:
    """Open a backup as it is: no lock, no -wal, no right to write needed."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _verified(file: Path, *, named: Path) -> Copied:
    with translated(named, derived=False), contextlib.closing(_immutable(file)) as db:
        with file.open("rb") as opened:
            ours = opened.read(len(_MAGIC)) == _MAGIC
        if ours:
            sqlite.check_version(db, named, len(sqlite.migrations()))
            ours = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'line'").fetchone() is not None
        if not ours:
            raise StoreError(f"{named} is not a backup of a Darial store", code="store_damaged")
        problem = next(iter(sqlite_checks.verify_sqlite(Sqlite(db))), None)
        if problem is not None:
            raise StoreError(f"{named}: {problem}", code="store_damaged")
        (articles,) = db.execute("SELECT count(*) FROM article WHERE NOT purged").fetchone()
        revisions, seq = db.execute("SELECT count(*), coalesce(max(seq), 0) FROM line").fetchone()
    return Copied(path=str(named), articles=articles, revisions=revisions, seq=seq, bytes=file.stat().st_size)
