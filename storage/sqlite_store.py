"""Keep the embedded store: one SQLite file is the truth, the JSON files are written after each commit.

Nothing is created before there is something to keep: until the first article, states and failures wait in memory.
The lock is taken when an existing store is opened for writing, or with the first thing written. Safe to call from threads.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from scraper.codec import DecodeError, decode, encode, replace
from scraper.errors import StoreError
from scraper.model import PollDraft
from storage import upsert
from storage.files import day_file, mirror
from storage.files.disk import Files
from storage.files.jsonl import Mark, Projection
from storage.files.manifest import Sealed
from storage.line import Line
from storage.lock import Lock
from storage.model import Compacted, Outcome, Purged, PurgeSelection, Stats
from storage.search import fts5, fts5_shards
from storage.sql import batch, change_log, meta, purge, reindex, source_states, sqlite, sqlite_checks
from storage.sql.change_log import lines_after, lines_of
from storage.sql.dialect import Db, Sqlite
from storage.sql.prefetched import Prefetched
from storage.sql.sqlite import transaction, translated
from storage.sql.store import Store
from storage.upsert import Arrival

DATABASE = "darial.db"
ARTICLES = "articles"
LOCK = "lock"
TAIL_BYTES = 4 << 20  # of a file, which hold its last line


class SQLiteStore(Store):
    """A store in one directory. Use ``storage.open_store``."""

    _index = fts5
    batch_records = 500

    def __init__(
        self, folder: Path, *, read_only: bool = False, create: bool = True, files: Files | None = None
    ) -> None:
        super().__init__()
        self.folder = folder
        self.path = folder / DATABASE
        self.read_only = read_only
        self._mutex = threading.RLock()
        self._db: Sqlite | None = None
        self._empty: Sqlite | None = None  # answers for a store that has no database yet
        self._seen: sqlite.Identity | None = None  # which file a reader reads
        self._lock: Lock | None = None
        self._projection = Projection(folder / ARTICLES, files)
        self._behind = False
        self._check_not_lost()
        if (read_only or not create) and not self.path.exists():
            raise StoreError(
                f"there is no store at {folder} (no {DATABASE}); `darial fetch --store {folder}` makes one",
                code="store_missing",
            )
        if read_only:
            with translated(self.path):
                self._db, self._seen = self._for_reading()
        elif self.path.exists() or self._projection.days():
            self._writer()

    def close(self) -> None:
        """Release everything. A store whose last writer closes it is one file again, without -wal and -shm."""
        with self._mutex:
            for db in (self._db, self._empty):
                if db is not None:
                    with translated(self.path):
                        if db is self._db and not self.read_only and not self._behind:
                            self._keep_mark(db)
                        db.connection.close()
            self._db = self._empty = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    # -------------------------------------------------------------------------------- opening

    def _check_not_lost(self) -> None:
        """Raise StoreError for JSON files without their database: nobody is to take that for a store without articles."""
        # the first pages of a new database may still be in its log
        if any(p.exists() and p.stat().st_size for p in (self.path, Path(f"{self.path}-wal"))):
            return
        if days := self._projection.days():
            raise StoreError(
                f"{self.folder} has JSON files ({days[0]} to {days[-1]}) but no database, or an empty one:"
                f" `darial store rebuild --database --store {self.folder}` makes it from them",
                code="store_damaged",
            )

    def _for_reading(self) -> tuple[Sqlite, sqlite.Identity]:
        db, seen = sqlite.connect_reader(self.path)
        try:
            sqlite.check_readable(db, self.path)
        except BaseException:
            db.close()
            raise
        return Sqlite(db), seen

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Db]:
        with self._mutex, translated(self.path):
            db = self._connected()
            if db is None:
                db = self._empty = self._empty or Sqlite(sqlite.empty())
            yield db

    def _connected(self) -> Sqlite | None:
        """Return the database; a reader goes on with the one that is there now: it may have been rebuilt meanwhile."""
        if self.read_only and self._db is not None and sqlite.file_identity(self.path) != self._seen:
            before, (self._db, self._seen) = self._db, self._for_reading()
            before.connection.close()
        return self._db

    def _check_writable(self) -> None:
        if self.read_only:
            raise StoreError(f"the store at {self.folder} was opened for reading", code="store_readonly")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Sqlite]:
        with self._mutex, translated(self.path):
            db = self._writer()
            with transaction(db.connection):
                yield db

    def _writer(self) -> Sqlite:
        """Return the database for writing; it is opened, and locked, when first asked for."""
        self._check_writable()
        if self._db is None:
            with translated(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                self._lock = self._lock or Lock(self.folder / LOCK)
            try:
                self._db = self._open()
            except BaseException:
                self._lock.release()
                self._lock = None
                raise
        return self._db

    def _open(self) -> Sqlite:
        with translated(self.path):
            db = Sqlite(sqlite.connect(self.path))
            try:
                sqlite.migrate(db.connection, self.path)
                if reindex.outdated(db, fts5):
                    with transaction(db.connection):
                        reindex.renew(db, fts5)
                self._catch_up(db)
            except BaseException:
                db.connection.close()
                raise
            return db

    # -------------------------------------------------------------------------------- the JSON files

    def _catch_up(self, db: Sqlite) -> None:
        """Write what the JSON files lack."""
        raw = meta.get(db, "projected")
        try:
            mark = decode(raw, Mark) if raw else Mark()
        except DecodeError:  # nothing is known then: the files are compared from the first line on
            mark = Mark()
        self._projection.catch_up(mark, partial(lines_after, db), partial(lines_of, db))
        self._rewrite_stale(db)
        self._projection.seal()
        self._behind = False

    def _rewrite_stale(self, db: Sqlite) -> int:
        """Write the files again that hold lines which were purged. Return how many files."""
        days = purge.stale_days(db)
        for day in days:
            self._projection.rewrite(day, lines_of(db, day))
        if days:
            self._projection.seal(days)
            purge.set_stale_days(db, ())
        return len(days)

    def _keep_mark(self, db: Sqlite) -> None:
        mark = encode(self._projection.mark).decode()
        if meta.get(db, "projected") != mark:
            meta.put(db, "projected", mark)

    def _project(self, lines: Sequence[Line]) -> None:
        """Append to the JSON files. After a full disk the next commit tries again."""
        if not lines or self._behind:
            return
        try:
            self._projection.folder.mkdir(parents=True, exist_ok=True)
            before = self._projection.mark.day
            self._projection.append(lines)
            if self._projection.mark.day != before:
                self._projection.seal()
        except OSError:
            self._behind = True

    # -------------------------------------------------------------------------------- reading

    def stats(self) -> Stats:
        with self._asking() as db:
            found = source_states.stats(db)
            if db is self._empty:
                return found
            files = [self._projection.file(day) for day in self._projection.days()]
            last = next((s for raw in reversed(_tail(files)) if (s := day_file.seq_of(raw)) is not None), 0)
            return replace(
                found,
                projected=last,
                database_bytes=_size([self.path, Path(f"{self.path}-wal")]),
                json_bytes=_size(files),
            )

    def verify(self) -> Iterator[str]:
        with self._asking() as db:
            if db is self._empty:
                return
        with translated(self.path), contextlib.closing(sqlite.connect_reader(self.path)[0]) as connection:
            yield from sqlite_checks.verify_sqlite(Sqlite(connection))
            yield from sqlite_checks.wrong_files(Sqlite(connection), self._projection)

    # -------------------------------------------------------------------------------- writing

    def _write(self, arrivals: Sequence[Arrival], now: datetime, poll: PollDraft | None = None) -> Outcome:
        """Decide and store a batch in one transaction, then write the JSON files."""
        with self._mutex, translated(self.path):
            db = self._writer()
            if self._behind:
                with contextlib.suppress(OSError):
                    self._catch_up(db)
            with transaction(db.connection):
                day, placed = batch.write_batch(db, Prefetched(arrivals, fts5.writer()), now)
                if poll is not None:
                    source_states.store_poll(db, poll)
                if not self._behind:
                    self._keep_mark(db)
            self._project([Line(p.record.seq, day, p.line) for p in placed if p.record is not None])
        return upsert.outcome(placed)

    def compact(self) -> Compacted:
        packed = [self._pack(day) for day in self._projection.days()[:-1]]
        sealed = [s for s in packed if s is not None and s.packed is not None]
        return Compacted(
            files=len(sealed),
            before=sum(s.bytes for s in sealed),
            after=sum(s.packed.bytes for s in sealed if s.packed),
        )

    def _pack(self, day: str) -> Sealed | None:
        with self._mutex, translated(self.path):
            self._writer()
            return self._projection.pack(day) if self._projection.path(day).exists() else None

    def _purge(self, doomed: PurgeSelection, now: datetime) -> Purged:
        with self._mutex, translated(self.path):
            db = self._writer()
            db.run("PRAGMA secure_delete = ON")
            numbers = purge.due(db, doomed)
        total = self._purge_all(numbers, doomed, now)
        with self._mutex, translated(self.path):
            if not doomed.is_aged:
                with transaction(db.connection):
                    fts5_shards.optimize(db, numbers)
            files = 0 if self._behind else self._rewrite_stale(db)
            db.run("PRAGMA secure_delete = OFF")
            db.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return replace(total, files=files)

    def _purge_batch(self, numbers: Sequence[int], doomed: PurgeSelection, now: datetime) -> Purged:
        """Purge some articles in one transaction, then write the lines that stand for them."""
        with self._mutex:
            with self._writing() as db:
                lines, gone = batch.purge_batch(db, Prefetched((), fts5.writer()), numbers, doomed, now)
                purge.set_stale_days(db, [*purge.stale_days(db), *gone])
                if not self._behind:
                    self._keep_mark(db)
            self._project(lines)
        return Purged(articles=len(lines), lines=len(gone))

    def project(self, folder: Path) -> int:
        if folder.absolute() == self._projection.folder.absolute():
            raise StoreError(
                f"{folder} holds the store's own files: they are up to date", code="bad_location"
            )
        with self._mutex, translated(self.path):
            db = self._writer()
            return mirror.project(folder, change_log.top(db), partial(lines_after, db), partial(lines_of, db))

    def rebuild(self) -> int:
        with self._mutex, translated(self.path):
            db = self._writer()
            days = change_log.days(db)
            count = self._projection.rebuild(days, partial(lines_of, db))
            self._projection.seal(days)
            self._behind = False
            self._keep_mark(db)
            return count

    def rebuild_search(self) -> int:
        with self._writing() as db:
            return reindex.rebuild_search(db, fts5)


def _size(paths: Iterable[Path]) -> int:
    """Return the bytes on the disk; of files that a writer took away a moment ago none."""
    return sum(max(0, Files().size(path)) for path in paths)


def _tail(files: Sequence[Path]) -> list[bytes]:
    """Return the last lines of the last file."""
    if not files:
        return []
    try:
        with files[-1].open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            return file.read().split(b"\n")[:-1]
    except FileNotFoundError:  # purged a moment ago
        return []
