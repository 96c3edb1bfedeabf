"""Open the SQLite file and bring it up to date; turn sqlite3's errors into StoreErrors."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from scraper.codec import DecodeError
from scraper.errors import StoreError
from storage.checksums import checksum

BUSY_SECONDS = 5.0
# The near-duplicate index is read at random places: a page that is in reach costs nothing
CACHE_KIB = 64 * 1024
# 48 MB of log before it is moved into the database: with 4 MB, as SQLite has it, one commit of twenty moved it and took twice as
# long; with more a daemon on a slow disk would have too much to move when it is told to stop.
LOG_PAGES = 12_000
READER_MAP_BYTES = 0x7FFF0000  # a reader that walks through the store need not copy its pages

# The disk's errors that a person can do something about; every other sqlite3 error is "store_damaged" or "store".
_CODES = {
    sqlite3.SQLITE_FULL: ("store_full", "the disk is full"),
    sqlite3.SQLITE_IOERR: ("store_full", "the disk refuses to be written or read"),
    sqlite3.SQLITE_READONLY: ("store_readonly", "the database may not be written"),
    sqlite3.SQLITE_BUSY: ("store_busy", "the database is locked by another program"),
    sqlite3.SQLITE_CORRUPT: ("store_damaged", "the database is damaged"),
    sqlite3.SQLITE_NOTADB: ("store_damaged", "this is no database"),
    sqlite3.SQLITE_CANTOPEN: ("store_unreadable", "the database cannot be opened"),
}


@contextlib.contextmanager
def translated(path: Path, *, derived: bool = True) -> Iterator[None]:
    """sqlite3's errors, and the disk's, as StoreErrors. A database beside its JSON files can be ``derived`` from them."""
    try:
        yield
    except sqlite3.Error as e:
        code, words = _said(e)
        if derived and code == "store_damaged":
            remedy = "search" if _is_of_index(e) else "database"
            words += f"; `darial store rebuild --{remedy} --store {path.parent}` makes it anew"
        raise StoreError(f"{path}: {words} ({e})", code=code) from e
    except DecodeError as e:
        raise StoreError(
            f"{path}: a row is damaged ({e}); `darial store verify` says which", code="store_damaged"
        ) from e
    except (TypeError, ValueError, LookupError, OverflowError, AttributeError) as e:
        # A row of the wrong types looks like a bug of ours. It is one unless SQLite finds the damage.
        if damage := _damage(path):
            raise StoreError(
                f"{path}: the database is damaged ({damage}); `darial store verify` says where",
                code="store_damaged",
            ) from e
        raise
    except OSError as e:
        about = Path(e.filename) if isinstance(e.filename, str) else path
        if about.parent == path.parent:  # made beside it by us, under a name that says nothing to anybody
            about = path
        raise StoreError(
            f"{about}: {e.strerror or e}", code="store_full" if e.errno in (27, 28, 122) else "store"
        ) from e


def _damage(path: Path) -> str | None:
    """Return what SQLite finds wrong with a database, in short."""
    if not path.is_file():
        return None
    try:
        with contextlib.closing(connect_reader(path)[0]) as db:
            (answer,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as e:
        return str(e)
    return None if answer == "ok" else " ".join(answer.split())


def _is_of_index(error: sqlite3.Error) -> bool:
    """Return True if the search index is damaged: the only virtual tables are its."""
    number = getattr(error, "sqlite_errorcode", 0)
    return number == sqlite3.SQLITE_CORRUPT_VTAB or "invalid fts5 file format" in str(error)


def _said(error: sqlite3.Error) -> tuple[str, str]:
    number = getattr(error, "sqlite_errorcode", 0)
    if _is_of_index(error):
        return "store_damaged", "the search index is damaged"
    if number == 0 and str(error).startswith("Could not decode"):  # Python's own, of a text that is no UTF-8
        return "store_damaged", "a row is damaged"
    return _CODES.get(number & 0xFF, ("store", "the database failed"))


def migrations() -> list[str]:
    """Return the numbered scripts of storage/schema, oldest first."""
    folder = resources.files("storage") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


class Identity(NamedTuple):
    """Which file a database is, and whether a writer's log stands beside it; without one, when it was written last."""

    device: int
    inode: int
    written: int | None


def file_identity(path: Path) -> Identity:
    stat = path.stat()
    return Identity(stat.st_dev, stat.st_ino, None if Path(f"{path}-wal").exists() else stat.st_mtime_ns)


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that writes. Transactions are begun by hand; it may be used from any thread, one at a time."""
    db = _opened(path, "mode=rwc", CACHE_KIB)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    db.execute("PRAGMA foreign_keys = ON")
    know_checksums(db)
    return db


def know_checksums(db: sqlite3.Connection) -> None:
    """Give a connection the function that migrations use."""
    db.create_function("checksum_of", 1, checksum, deterministic=True)


def empty() -> sqlite3.Connection:
    """Return a connection to a database without articles, in memory."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    know_checksums(db)
    for script in migrations():
        db.executescript(script)
    return db


def connect_reader(path: Path) -> tuple[sqlite3.Connection, Identity]:
    """Return a connection that only reads, and what it reads: where the identity is another, it must be made anew."""
    before = file_identity(path)
    try:
        db = _reading(path, "mode=ro")
    except sqlite3.OperationalError:
        # SQLite puts files of its own beside a database that it reads. Where it may not and no writer did, the file is all there is.
        if before.written is None:
            raise
        return _reading(path, "mode=ro&immutable=1"), before
    return db, before._replace(written=file_identity(path).written)


def _reading(path: Path, mode: str) -> sqlite3.Connection:
    db = _opened(path, mode, CACHE_KIB // 4)
    try:
        db.execute("PRAGMA query_only = 1")
        db.execute(f"PRAGMA mmap_size = {READER_MAP_BYTES}")
        db.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _opened(path: Path, mode: str, cache_kib: int) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    db.execute(f"PRAGMA cache_size = -{cache_kib}")
    return db


def migrate(db: sqlite3.Connection, path: Path, scripts: list[str] | None = None) -> None:
    """Bring the schema up to date, one transaction a step: a kill leaves the old version or the new one."""
    scripts = migrations() if scripts is None else scripts
    version = check_version(db, path, len(scripts))
    for number, script in enumerate(scripts[version:], version + 1):
        try:
            db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def check_readable(db: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError where the schema is not ours: store_newer, or store_older (readers change nothing)."""
    newest = len(migrations())
    if check_version(db, path, newest) < newest:
        raise StoreError(
            f"{path} was written by an older Darial; `darial store upgrade --store {path.parent}` brings it up to date",
            code="store_older",
        )


def check_version(db: sqlite3.Connection, path: Path, newest: int) -> int:
    """Return the schema's version. Raises StoreError (store_newer) if a newer Darial wrote it."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > newest:
        raise StoreError(
            f"{path} was written by a newer Darial (schema {version}, this one knows {newest}); update this one",
            code="store_newer",
        )
    return version


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and on disk when it ends."""
    db.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA defer_foreign_keys = ON")  # rows of a batch may refer to rows that follow
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
