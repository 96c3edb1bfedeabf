"""Share the polls among several machines: jobs in the store's PostgreSQL. See the Engine protocol for the promises.

Every process polls; one at a time sweeps: it gives jobs to the sources that are due, and takes over the jobs of dead processes.
A source's job has its site as lock, so that two sources of one site are not polled at the same time. A process that has
lost the database ends its polls before others may think it dead, stores nothing of them, and reconnects by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from scraper.codec import replace
from scraper.engines import LONGEST_PAUSE, RETRY_SECONDS, EngineSetup, Poll
from scraper.engines.connection import ClusterConnection, ConnectionLost
from scraper.engines.due_times import DueTimes, take_due
from scraper.engines.ingest_batches import IngestBatches
from scraper.engines.jobs import INGEST, POLL, PollJobs, Timing
from scraper.engines.running import RunningPolls
from scraper.engines.shared_rate_limit import SharedRateLimiter, process_name
from scraper.fetch.rate_limit import RateLimiter
from scraper.own_faults import own_fault
from scraper.version import __version__

MAX_BATCHES = 2  # of pages to ingest, at the same time in one process beside the polls


class PostgresEngine:
    """One process of several."""

    def __init__(self, setup: EngineSetup, *, timing: Timing | None = None) -> None:
        self._setup = setup
        self._timing = replace(timing or Timing(), drain=setup.drain_seconds)
        self._now, self._monotonic = setup.now, setup.monotonic
        self.name = process_name()
        self._database = ClusterConnection(
            setup.location, statement_seconds=self._timing.statement, pool_seconds=self._timing.pool
        )
        self._due_times = DueTimes(self._database)
        self._rate_limiter = SharedRateLimiter(
            self._database, self.name, monotonic=setup.monotonic, silent_seconds=self._timing.stalled
        )
        self._batches = IngestBatches(self._database)
        self._running = RunningPolls(lambda: self._monotonic())  # noqa: PLW0108  (tests exchange the clock)
        self._poll_tasks: set[asyncio.Task[Any]] = set()
        self._skew = timedelta(0)  # what must be added to our clock
        self._due: Mapping[str, datetime] = {}
        self._dropped: set[str] = set()
        self._changed = True  # the sources have changed, and the database does not know
        self._registered = 0.0  # when the sources were registered last
        self._answered = 0.0  # when the database last answered
        self._awake = asyncio.Event()
        self._stopping = False
        self._poll: Poll | None = None

    @property
    def rate_limiter(self) -> RateLimiter:
        return self._rate_limiter

    # -------------------------------------------------------------------------------- the Engine protocol

    async def run(self, due: Mapping[str, datetime], poll: Poll, stop: asyncio.Event) -> None:
        self._poll, self._due, self._changed = poll, dict(due), True
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    async with self._database:
                        self._answered = self._monotonic()
                        await self._work(stopped)
                except ConnectionLost as error:
                    self._setup.on_lost(str(error))
                await asyncio.wait([stopped], timeout=self._timing.reconnect)
        finally:
            stopped.cancel()
            await asyncio.gather(stopped, return_exceptions=True)

    def update(self, due: Mapping[str, datetime]) -> None:
        self._dropped = (self._dropped | self._due.keys()) - due.keys()
        self._due, self._changed = dict(due), True
        self._awake.set()

    def clock_jumped(self, seconds: float) -> None:
        if seconds < 0:  # back: keep the intervals, as the other machines do
            self._skew -= timedelta(seconds=seconds)
        self._awake.set()

    def running(self) -> int:
        return len(self._running)

    def stalled_seconds(self) -> float:
        return self._running.stalled_seconds()

    # -------------------------------------------------------------------------------- while there is a database

    async def _work(self, stopped: asyncio.Task[bool]) -> None:
        """Work until stopped, or until the database is lost. Polls are drained in the first case, and cancelled in the second."""
        batch = self._batch if self._setup.import_batch is not None else None
        async with PollJobs(self._database, self._timing, poll=self._job, batch=batch) as jobs:
            workers = [asyncio.create_task(jobs.work(POLL, self._setup.max_polls))]
            if batch is not None:
                workers.append(asyncio.create_task(jobs.work(INGEST, MAX_BATCHES)))
            side = [asyncio.create_task(self._sweeps(jobs)), asyncio.create_task(self._lease())]
            try:
                await asyncio.wait([stopped, *workers, *side], return_when=asyncio.FIRST_COMPLETED)
                self._stopping = stopped.done()
            finally:
                for task in (*workers, *side, *(() if stopped.done() else self._poll_tasks)):
                    task.cancel()
                ends = await asyncio.gather(*workers, *side, return_exceptions=True)
            with contextlib.suppress(ConnectionLost):
                await self._database.rows("DELETE FROM worker_seen WHERE worker = %s", self.name)
        if not self._stopping:
            raise next(e for e in ends if isinstance(e, Exception))

    async def _lease(self) -> None:
        """Raise ConnectionLost when the database has not answered for so long that others will soon think us dead."""
        while (silent := self._monotonic() - self._answered) < self._timing.lease:  # noqa: ASYNC110
            await asyncio.sleep(max(self._timing.lease - silent, 0.01))
        raise ConnectionLost(f"the database has not answered for {silent:.0f} s")

    # -------------------------------------------------------------------------------- one job

    async def _job(self, source: str) -> None:
        """Do the job of one source. If it sets no due time, the next sweep does, as soon as the job is gone."""
        if self._stopping:
            return
        due: datetime | None = None
        if source not in self._due:  # not in our file: leave it to others
            due = self._time() + timedelta(seconds=self._timing.unknown)
        else:
            with contextlib.suppress(asyncio.CancelledError):
                due = await self._poll_once(source)
        if due is not None:
            with contextlib.suppress(ConnectionLost):
                await self._due_times.set_due(source, due)
                self._awake.set()

    async def _poll_once(self, source: str) -> datetime:
        assert self._poll is not None
        task = asyncio.current_task()
        assert task is not None
        self._poll_tasks.add(task)
        self._running.began(source)
        seconds, done = RETRY_SECONDS, True
        try:
            due = await self._poll(source) + self._skew
            return self._sane(max(due, self._time() + timedelta(seconds=self._timing.pause)))
        except Exception as error:  # a bug costs only this source's poll
            self._setup.on_error(source, error)
            if fault := own_fault(error):
                seconds, done = self._timing.retry, not fault.restart
        finally:
            self._running.ended(source, done=done)
            self._poll_tasks.discard(task)
        return self._time() + timedelta(seconds=seconds)

    async def _batch(self, number: int, last: bool) -> None:
        assert self._setup.import_batch is not None
        await self._batches.import_batch(number, self._setup.import_batch, last=last)

    # -------------------------------------------------------------------------------- the sweep

    async def _sweeps(self, jobs: PollJobs) -> None:
        while True:
            seconds = self._timing.pause
            with contextlib.suppress(ConnectionLost):  # the lease ends the work if this goes on
                seconds = await self._sweep(jobs)
                self._answered = self._monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._awake.wait()
            self._awake.clear()

    async def _sweep(self, jobs: PollJobs) -> float:
        """Give jobs to the sources that are due. Return the seconds until the next sweep."""
        if self._changed or self._monotonic() - self._registered > self._timing.register:
            await self._register()
        polls = len(self._running)
        await self._database.rows(_HEARTBEAT, self.name, __version__, len(self._due), polls)
        async with self._database.transaction() as connection:
            found = await take_due(connection, self._time())
            if found:
                await jobs.defer_polls(found, connection)
        if found is not None:
            await jobs.take_over()
        due = await self._due_times.next_due()
        wait = (due - self._time()).total_seconds() if due else self._timing.sweep
        return min(max(wait, self._timing.pause), self._timing.sweep)

    async def _register(self) -> None:
        """Register our sources in the database, and measure how far our clock is from its clock."""
        row = await self._database.row("SELECT clock_timestamp()")
        assert row is not None
        if self._registered == 0.0 or not self._changed:
            self._skew = row[0] - self._now()
        self._changed = False
        dropped, self._dropped = self._dropped, set()
        try:
            if dropped:
                await self._due_times.drop(dropped)
            due = {source: self._sane(at + self._skew) for source, at in self._due.items()}
            await self._due_times.register_sources(due, [self._setup.site(source) for source in due])
        except ConnectionLost:
            self._dropped |= dropped - self._due.keys()
            self._changed = True
            raise
        self._registered = self._monotonic()

    def _time(self) -> datetime:
        return self._now() + self._skew

    def _sane(self, due: datetime) -> datetime:
        """Return ``due``, or now if it is so far ahead that it was computed from a wrong clock."""
        return self._time() if due - self._time() > LONGEST_PAUSE else due


_HEARTBEAT = """
WITH gone AS (DELETE FROM worker_seen WHERE seen < clock_timestamp() - interval '1 hour')
INSERT INTO worker_seen VALUES (%s, clock_timestamp(), clock_timestamp(), %s, %s, %s)
ON CONFLICT (worker) DO UPDATE SET seen = excluded.seen, sources = excluded.sources, polls = excluded.polls
"""
