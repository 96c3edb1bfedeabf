"""Keep the store in PostgreSQL: any number of processes on any number of machines write and read it at the same time.

What costs time (folding, sketches, comparing with what is there) is done before the writers' lock; under it one batch after
the other is decided and written, so that the change log has no holes and clusters come out as on a single machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import PollDraft
from storage import upsert
from storage.files import mirror
from storage.model import Outcome, Purged, PurgeSelection, Stats
from storage.pg import location
from storage.search import tsvector
from storage.sql import batch, change_log, meta, postgres_checks, purge, reindex, source_states
from storage.sql.batch import BatchWriter
from storage.sql.dialect import Db, Postgres
from storage.sql.postgres import MAX_CONNECTIONS, WAIT_SECONDS, AdvisoryLock, Database
from storage.sql.prefetched import Prefetched
from storage.sql.store import Store
from storage.upsert import Arrival


class PostgresStore(Store):
    """A store in one schema of one database. Use ``storage.open_store``."""

    _index = tsvector
    batch_records = 200

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        create: bool = True,
        max_connections: int = MAX_CONNECTIONS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        super().__init__()
        self.read_only = read_only
        self.location = location.parse_location(url)
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

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Db]:
        with self._database.connection() as connection:
            yield Postgres(connection)

    @contextlib.contextmanager
    def _writing(self, lock: AdvisoryLock | None = None) -> Iterator[Db]:
        self._check_writable()
        with self._database.transaction(lock) as connection:
            yield Postgres(connection)

    def _grouping(self) -> contextlib.AbstractContextManager[Db]:
        return self._writing(AdvisoryLock.GROUPING)

    def catching_up(self) -> contextlib.AbstractContextManager[object]:
        return self._database.alone(AdvisoryLock.SKETCHING)

    def _check_writable(self) -> None:
        if self.read_only:
            raise StoreError(f"{self.location.shown} was opened for reading", code="store_readonly")

    def _check_indexes(self) -> None:
        with self._asking() as db:
            if not reindex.outdated(db, tsvector):
                return
        with self._writing(AdvisoryLock.PLACING) as db:
            _take_time(db)
            reindex.renew(db, tsvector)

    def stats(self) -> Stats:
        with self._asking() as db:
            (size,) = db.row(
                "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
                " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
            )
            projected = int(meta.get(db, "projected") or 0)
            return replace(source_states.stats(db), projected=projected, database_bytes=size)

    def verify(self) -> Iterator[str]:
        return postgres_checks.verify_postgres(self._database)

    # -------------------------------------------------------------------------------- writing

    def _write(self, arrivals: Sequence[Arrival], now: datetime, poll: PollDraft | None = None) -> Outcome:
        """Decide and store a batch in one transaction; under the lock only if there is anything to decide."""
        self._check_writable()
        prefetched = Prefetched(arrivals, tsvector.writer())
        if arrivals:
            with self._asking() as db:
                BatchWriter(db, prefetched).compare()
        with self._writing(AdvisoryLock.PLACING if arrivals else None) as db:
            placed = batch.write_batch(db, prefetched, now)[1] if arrivals else []
            if poll is not None:
                source_states.store_poll(db, poll)
        return upsert.outcome(placed)

    def _purge(self, doomed: PurgeSelection, now: datetime) -> Purged:
        with self._asking() as db:
            numbers = purge.due(db, doomed)
        total = self._purge_all(numbers, doomed, now)
        if numbers and not doomed.is_aged:
            with self._asking() as db:  # what was deleted is on the server's pages until then
                db.run("VACUUM line, search, visit, quarantine")
        return total

    def _purge_batch(self, numbers: Sequence[int], doomed: PurgeSelection, now: datetime) -> Purged:
        with self._writing(AdvisoryLock.PLACING) as db:
            lines, gone = batch.purge_batch(db, Prefetched((), tsvector.writer()), numbers, doomed, now)
        return Purged(articles=len(lines), lines=len(gone))

    def project(self, folder: Path) -> int:
        self._check_writable()
        with self._database.alone(AdvisoryLock.PROJECTING) as connection:
            db = Postgres(connection)
            top = change_log.top(db)
            count = mirror.project(
                folder,
                top,
                lambda seq: change_log.lines_after(db, seq, top),
                lambda day: change_log.lines_of(db, day),
            )
            meta.put(db, "projected", str(top))
            return count

    def rebuild_search(self) -> int:
        with self._writing(AdvisoryLock.PLACING) as db:
            _take_time(db)
            return reindex.rebuild_search(db, tsvector)

    def rebuild(self) -> int:
        raise StoreError(
            f"{self.location.shown} has no JSON files of its own: `darial store project --out DIR` writes them",
            code="store_no_files",
        )


def _take_time(db: Db) -> None:
    """Let a transaction be silent for long: a large store takes its time."""
    db.run("SET LOCAL idle_in_transaction_session_timeout = 0")
