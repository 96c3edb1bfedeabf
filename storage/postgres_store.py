"""The store in PostgreSQL: any number of processes on any number of machines write and read it at the same time.

What costs time (folding, sketches, comparing with what is there) is done before the writers' lock; under it one batch after
the other is decided and written, so that the change log has no holes and clusters come out as on a single machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import PollDraft
from storage import upsert
from storage.files import mirror
from storage.model import Compacted, Outcome, Purged
from storage.pg import indexes, location, log, purging, states
from storage.pg.reader import Reader
from storage.protocol import Doomed
from storage.sql.batch import Ahead, Board
from storage.sql.postgres import MAX_CONNECTIONS, WAIT_SECONDS, Database, Lock, plain
from storage.timestamps import stamp
from storage.upsert import Arrival

PURGED_AT_ONCE = 200  # articles in one transaction: commits wait no longer than for it
BATCH_RECORDS = 200  # of an import: so long the other writers wait


class PostgresStore(Reader):
    """``storage.protocol.Store`` over one schema of one database. Use ``storage.open_store``."""

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        create: bool = True,
        max_connections: int = MAX_CONNECTIONS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.read_only = read_only
        self.location = location.parse(url)
        self._database = Database(
            self.location, read_only=read_only, max_connections=max_connections, wait_seconds=wait_seconds
        )
        self._database.open()
        try:
            if read_only or not create:
                self._database.check_readable(older=not read_only)
            if not read_only:
                self._database.migrate()
                self._check_indexes()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_indexes(self) -> None:
        """Indexes of another algorithm find nothing: make them anew after an upgrade."""
        with self._database.connection() as db:
            if not indexes.outdated(db):
                return
        with self._database.transaction(Lock.PLACING) as db:
            indexes.renew(db)

    # -------------------------------------------------------------------------------- writing

    def commit(self, poll: PollDraft, *, now: datetime) -> Outcome:
        self._writable()
        return self._write([upsert.of_finding(found) for found in poll.articles], now, poll)

    def add(self, lines: Iterable[Mapping[str, Any] | StoreError | None], *, now: datetime) -> Outcome:
        self._writable()
        total = Outcome()
        refused: list[str] = []
        batch: list[Arrival] = []
        for each in upsert.adopted(lines, refused, now=now):
            batch.append(each)
            if len(batch) == BATCH_RECORDS:
                total, batch = total + self._write(batch, now), []
        if batch:
            total += self._write(batch, now)
        return replace(total, records=(), refused=tuple(refused))

    def _writable(self) -> None:
        if self.read_only:
            raise StoreError(f"{self.location.shown} was opened for reading", code="store_readonly")

    def _write(self, arrivals: Sequence[Arrival], now: datetime, poll: PollDraft | None = None) -> Outcome:
        """One transaction; under the lock only if there is anything to place."""
        if not arrivals:
            with self._database.transaction() as db:
                if poll is not None:
                    states.keep(db, poll)
            return Outcome()
        arrivals = [_storable(each) for each in arrivals]
        ahead = Ahead(arrivals)
        with self._database.connection() as db:
            Board(db, ahead).compare()
        with self._database.transaction(Lock.PLACING) as db:
            board = Board(db, ahead)
            # a clock set back must not break the order of the days' files
            day = max(now.strftime("%Y-%m-%d"), board.day)
            seq = board.seq
            placed = []
            for each in arrivals:
                placed.append(upsert.place(board, each, seq + 1, day))
                seq += placed[-1].record is not None
            board.write()
            if poll is not None:
                states.keep(db, poll)
        stored = tuple(p.record for p in placed if p.record is not None)
        return Outcome(
            new=sum(p.verdict == "new" for p in placed),
            revised=sum(p.verdict == "revised" for p in placed),
            unchanged=sum(p.verdict == "unchanged" for p in placed),
            duplicates=sum(record.duplicate_of is not None for record in stored),
            records=stored,
        )

    def attempt(self, url: str, *, now: datetime) -> int:
        self._writable()
        with self._database.connection() as db:
            row = db.execute(
                "INSERT INTO attempt VALUES (%s, 1, %s) ON CONFLICT (url) DO UPDATE"
                " SET count = attempt.count + 1, at = excluded.at RETURNING count",
                (plain(url), stamp(now)),
            ).fetchone()
            assert row is not None
            return int(row[0])

    def settled(self, url: str) -> None:
        self._writable()
        with self._database.connection() as db:
            db.execute("DELETE FROM attempt WHERE url = %s", (plain(url),))

    def quarantine(
        self, url: str, *, source: str, code: str, message: str, body: bytes, now: datetime
    ) -> None:
        self._writable()
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO quarantine VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (url) DO UPDATE SET"
                " source = excluded.source, at = excluded.at, code = excluded.code, message = excluded.message,"
                " body = excluded.body",
                (plain(url), source, stamp(now), code, plain(message), body),
            )
            db.execute("DELETE FROM attempt WHERE url = %s", (plain(url),))

    def keep_cursor(self, name: str, seq: int) -> None:
        self._writable()
        with self._database.connection() as db:
            db.execute(
                "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (f"cursor {name}", str(seq)),
            )

    def compact(self) -> Compacted:
        return Compacted()  # it has no files

    def purge(
        self,
        *,
        now: datetime,
        before: datetime | None = None,
        articles: Sequence[str] = (),
        source: str | None = None,
    ) -> Purged:
        self._writable()
        doomed = Doomed(before=before, articles=tuple(articles), source=source)
        with self._database.connection() as db:
            numbers = purging.due(db, doomed)
        total = Purged()
        for i in range(0, len(numbers), PURGED_AT_ONCE):
            with self._database.transaction(Lock.PLACING) as db:
                done = purging.purge(db, numbers[i : i + PURGED_AT_ONCE], doomed=doomed, now=now)
            total = Purged(articles=total.articles + done.articles, lines=total.lines + done.lines)
        with self._database.transaction() as db:
            if before is not None:
                purging.forget(db, before)
            if source is not None:
                purging.forget_source(db, source)
        if numbers and not doomed.is_aged:
            with self._database.connection() as db:  # what was deleted is on the server's pages until then
                db.execute("VACUUM line, search, visit, quarantine")
        return total

    def project(self, folder: Path) -> int:
        """Bring JSON files in a folder up to date, one process at a time. How many lines were written."""
        self._writable()
        with self._database.alone(Lock.PROJECTING) as db:
            top = log.top(db)
            count = mirror.project(
                folder, top, lambda seq: log.lines_after(db, seq, top), lambda day: log.lines_of(db, day)
            )
            db.execute(
                "INSERT INTO meta VALUES ('projected', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(top),),
            )
            return count

    def rebuild_search(self) -> int:
        self._writable()
        with self._database.transaction(Lock.PLACING) as db:
            return indexes.index(db)

    def rebuild(self) -> int:
        raise StoreError(
            f"{self.location.shown} has no JSON files of its own: `darial store project --out DIR` writes them",
            code="store_no_files",
        )


# ------------------------------------------------------------------------------------------ small parts


def _storable(each: Arrival) -> Arrival:
    """Keys without NUL: a guid is whatever a feed says."""
    if not any("\0" in key for key in each.keys):
        return each
    return replace(each, keys=tuple(dict.fromkeys(plain(key) for key in each.keys)))
