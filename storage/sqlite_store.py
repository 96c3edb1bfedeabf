"""The embedded store: one SQLite file is the truth, the JSON files are written after each commit.

Nothing is created before there is something to keep: until the first article, states and failures wait in memory.
The lock is taken when an existing store is opened for writing, or with the first thing written. Safe to call from threads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from scraper.codec import DecodeError, decode, encode, replace
from scraper.errors import StoreError
from scraper.model import PollDraft, Record
from storage import placing, upsert
from storage.files import mirror
from storage.files.disk import Files
from storage.files.jsonl import Mark, Projection
from storage.files.manifest import Sealed
from storage.line import Line
from storage.lock import Lock
from storage.model import Compacted, Outcome, Purged
from storage.protocol import Doomed
from storage.search import fts5
from storage.sql import change_log, reindex, source_states, sqlite
from storage.sql import purge as purging
from storage.sql.change_log import lines_of
from storage.sql.reader import Reader
from storage.sql.sqlite import transaction, translated
from storage.timestamps import stamp

DATABASE = "darial.db"
ARTICLES = "articles"
LOCK = "lock"
BATCH_RECORDS = 500
PURGED_AT_ONCE = 200  # articles in one transaction: commits wait no longer than for it


class SQLiteStore(Reader):
    """``storage.protocol.Store`` over one directory. Use ``storage.open_store``."""

    def __init__(
        self, folder: Path, *, read_only: bool = False, create: bool = True, files: Files | None = None
    ) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self.read_only = read_only
        self._mutex = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._seen: sqlite.Identity | None = None  # which file a reader reads
        self._lock: Lock | None = None
        self._projection = Projection(folder / ARTICLES, files)
        self._behind = False
        self._waiting: dict[str, PollDraft] = {}  # polls of a store that has no article yet
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
        """Give everything back. A store whose last writer closes it is one file again, without -wal and -shm."""
        with self._mutex:
            if self._db is not None:
                with translated(self.path):
                    if not self.read_only and not self._behind:
                        self._keep_mark(self._db)
                    self._db.close()
                self._db = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -------------------------------------------------------------------------------- opening

    def _check_not_lost(self) -> None:
        """JSON files without the database that they come from: nobody is to take that for a store without articles."""
        # the first pages of a new database may still be in its log
        if any(p.exists() and p.stat().st_size for p in (self.path, Path(f"{self.path}-wal"))):
            return
        if days := self._projection.days():
            raise StoreError(
                f"{self.folder} has JSON files ({days[0]} to {days[-1]}) but no database, or an empty one:"
                f" `darial store rebuild --database --store {self.folder}` makes it from them",
                code="store_damaged",
            )

    def _for_reading(self) -> tuple[sqlite3.Connection, sqlite.Identity]:
        db, seen = sqlite.connect_reader(self.path)
        try:
            sqlite.check_readable(db, self.path)
        except BaseException:
            db.close()
            raise
        return db, seen

    def _connected(self) -> sqlite3.Connection | None:
        """A reader goes on with the database that stands there now: it may have been rebuilt, or a first writer have come."""
        if self.read_only and self._db is not None and sqlite.identity(self.path) != self._seen:
            before, (self._db, self._seen) = self._db, self._for_reading()
            before.close()
        return self._db

    def _writer(self) -> sqlite3.Connection:
        """The connection that writes; made, with the lock, when first asked for."""
        if self.read_only:
            raise StoreError(f"the store at {self.folder} was opened for reading", code="store_readonly")
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

    def _open(self) -> sqlite3.Connection:
        with translated(self.path):
            db = sqlite.connect(self.path)
            try:
                sqlite.migrate(db, self.path)
                reindex.check(db)
                self._catch_up(db)
            except BaseException:
                db.close()
                raise
            return db

    def _catch_up(self, db: sqlite3.Connection) -> None:
        raw = sqlite.meta(db, "projected")
        try:
            mark = decode(raw, Mark) if raw else Mark()
        except DecodeError:  # nothing is vouched for then: the files are compared from the first line on
            mark = Mark()
        self._projection.catch_up(
            mark,
            lambda seq: lines_of(db, "seq > ?", seq),
            lambda day: lines_of(db, "day = ?", day),
        )
        self._freshen(db)
        self._projection.seal()
        self._behind = False

    def _freshen(self, db: sqlite3.Connection) -> int:
        """Write the files anew that hold lines which were purged. How many files."""
        days = purging.stale(db)
        for day in days:
            self._projection.rewrite(day, lines_of(db, "day = ?", day))
        if days:
            self._projection.seal(days)
            purging.keep_stale(db, ())
        return len(days)

    def _keep_mark(self, db: sqlite3.Connection) -> None:
        mark = encode(self._projection.mark).decode()
        if sqlite.meta(db, "projected") != mark:
            sqlite.keep_meta(db, "projected", mark)

    # -------------------------------------------------------------------------------- writing

    def commit(self, poll: PollDraft, *, now: datetime) -> Outcome:
        with self._mutex, translated(self.path):
            if self._db is None and not self.read_only and not poll.articles:
                self._waiting[poll.source] = poll
                return Outcome()
            return self._write([upsert.of_finding(found) for found in poll.articles], now, poll)

    def add(self, lines: Iterable[Mapping[str, Any] | StoreError | None], *, now: datetime) -> Outcome:
        total = Outcome()
        batch: list[upsert.Arrival] = []
        refused: list[str] = []
        for each in upsert.adopted(lines, refused, now=now):
            batch.append(each)
            if len(batch) == BATCH_RECORDS:
                total, batch = total + self._add(batch, now), []
        if batch:
            total = total + self._add(batch, now)
        return replace(total, refused=tuple(refused))

    def _add(self, batch: list[upsert.Arrival], now: datetime) -> Outcome:
        with self._mutex, translated(self.path):
            return replace(self._write(batch, now), records=())

    def _write(
        self,
        arrivals: Sequence[upsert.Arrival],
        now: datetime,
        poll: PollDraft | None = None,
    ) -> Outcome:
        """One transaction, then the JSON files."""
        db = self._writer()
        if self._behind:
            self._retry_projection(db)
        counts = {"new": 0, "revised": 0, "unchanged": 0}
        stored: list[Record] = []
        lines: list[Line] = []
        with transaction(db):
            day = _day(db, now)
            seq = change_log.top(db)
            pen = fts5.Pen()
            board = placing.Board(db, pen)
            for each in arrivals:
                placed = upsert.place(board, each, seq + 1, day)
                counts[placed.verdict] += 1
                if placed.record is not None:
                    seq += 1
                    stored.append(placed.record)
                    lines.append(Line(seq, day, placed.line))
            pen.write(db)
            polls = [*self._waiting.values(), *([poll] if poll else [])]
            for waiting in polls:
                source_states.keep(db, waiting)
            if not self._behind:
                self._keep_mark(db)
        self._waiting.clear()
        self._project(lines)
        duplicates = sum(record.duplicate_of is not None for record in stored)
        return Outcome(
            new=counts["new"],
            revised=counts["revised"],
            unchanged=counts["unchanged"],
            duplicates=duplicates,
            records=tuple(stored),
        )

    def _project(self, lines: list[Line]) -> None:
        """Append to the JSON files. A full disk costs nothing but time: the next commit tries again."""
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

    def _retry_projection(self, db: sqlite3.Connection) -> None:
        try:
            self._catch_up(db)
        except OSError:
            self._behind = True

    def attempt(self, url: str, *, now: datetime) -> int:
        with self._mutex, translated(self.path):
            (count,) = (
                self._writer()
                .execute(
                    "INSERT INTO attempt VALUES (?, 1, ?) ON CONFLICT (url) DO UPDATE SET count = count + 1, at = excluded.at"
                    " RETURNING count",
                    (url, stamp(now)),
                )
                .fetchone()
            )
            return int(count)

    def settled(self, url: str) -> None:
        with self._mutex, translated(self.path):
            self._writer().execute("DELETE FROM attempt WHERE url = ?", (url,))

    def quarantine(
        self, url: str, *, source: str, code: str, message: str, body: bytes, now: datetime
    ) -> None:
        with self._mutex, translated(self.path):
            db = self._writer()
            with transaction(db):
                db.execute(
                    "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)",
                    (url, source, stamp(now), code, message, body),
                )
                db.execute("DELETE FROM attempt WHERE url = ?", (url,))

    def keep_cursor(self, name: str, seq: int) -> None:
        with self._mutex, translated(self.path):
            db = self._writer()
            with transaction(db):
                sqlite.keep_meta(db, f"cursor {name}", str(seq))

    def compact(self) -> Compacted:
        days = self._projection.days()[:-1]
        packed = [self._pack(day) for day in days]
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

    def purge(
        self,
        *,
        now: datetime,
        before: datetime | None = None,
        articles: Sequence[str] = (),
        source: str | None = None,
    ) -> Purged:
        doomed = Doomed(before=before, articles=tuple(articles), source=source)
        with self._mutex, translated(self.path):
            db = self._writer()
            db.execute("PRAGMA secure_delete = ON")
            numbers = purging.due(db, doomed)
        total = Purged()
        for i in range(0, len(numbers), PURGED_AT_ONCE):
            with self._mutex, translated(self.path):
                done = self._purge(db, numbers[i : i + PURGED_AT_ONCE], doomed, now)
                total = Purged(articles=total.articles + done.articles, lines=total.lines + done.lines)
        with self._mutex, translated(self.path):
            with transaction(db):
                if before is not None:
                    purging.forget(db, before)
                else:
                    purging.erase(db, numbers)
                if source is not None:
                    purging.forget_source(db, source)
            files = 0 if self._behind else self._freshen(db)
            db.execute("PRAGMA secure_delete = OFF")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return replace(total, files=files)

    def _purge(self, db: sqlite3.Connection, numbers: Sequence[int], doomed: Doomed, now: datetime) -> Purged:
        """One transaction, then the lines that stand for what is gone."""
        lines: list[Line] = []
        with transaction(db):
            day = _day(db, now)
            pen = fts5.Pen()
            gone: list[str] = []
            for n in numbers:
                seq = change_log.top(db) + 1
                if done := purging.purge(db, pen, n, doomed=doomed, now=now, seq=seq, day=day):
                    lines.append(done[0])
                    gone += done[1]
            pen.write(db)
            purging.keep_stale(db, [*purging.stale(db), *gone])
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
            return mirror.project(
                folder,
                change_log.top(db),
                lambda seq: lines_of(db, "seq > ?", seq),
                lambda day: lines_of(db, "day = ?", day),
            )

    def rebuild(self) -> int:
        with self._mutex, translated(self.path):
            db = self._writer()
            days = change_log.days(db)
            count = self._projection.rebuild(days, lambda day: lines_of(db, "day = ?", day))
            self._projection.seal(days)
            self._behind = False
            self._keep_mark(db)
            return count

    def rebuild_search(self) -> int:
        with self._mutex, translated(self.path):
            return reindex.index(self._writer())


# ------------------------------------------------------------------------------------------ small parts


def _day(db: sqlite3.Connection, now: datetime) -> str:
    """Whose file lines of now go to: a clock set back must not break the files' order."""
    row = db.execute("SELECT day FROM line ORDER BY seq DESC LIMIT 1").fetchone()
    return max(now.strftime("%Y-%m-%d"), row[0] if row else "")
