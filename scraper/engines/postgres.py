"""Several machines: Procrastinate over the store's PostgreSQL; the only import of it. See the Engine protocol for the promises.

Every process works; one at a time sweeps: it gives jobs to the sources that are due, and takes over what the dead have left.
A source's job has its site as lock, so that two outlets of one site are not polled side by side. A process that has lost
the database ends its polls before others may think it dead, keeps nothing of them, and comes back by itself.
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

MAX_BATCHES = 2  # of pages to be ingested, under way in one process beside the polls


class PostgresEngine:
    """One process of several. ``sites`` of the sources are asked for from ``setting.site``."""

    def __init__(self, setting: EngineSetup, *, timing: Timing | None = None) -> None:
        self._setting = setting
        self._timing = replace(timing or Timing(), drain=setting.drain_seconds)
        self._now, self._monotonic = setting.now, setting.monotonic
        self.name = process_name()
        self._link = ClusterConnection(setting.location)
        self._dues = DueTimes(self._link)
        self._turns = SharedRateLimiter(
            self._link, self.name, monotonic=setting.monotonic, silent_seconds=self._timing.stalled
        )
        self._batches = IngestBatches(self._link)
        self._under_way = RunningPolls(lambda: self._monotonic())  # noqa: PLW0108  (tests exchange the clock)
        self._jobs: set[asyncio.Task[Any]] = set()
        self._skew = timedelta(0)  # what must be added to our clock
        self._due: Mapping[str, datetime] = {}
        self._dropped: set[str] = set()
        self._unsaid = True  # the sources have changed, and the database does not know
        self._said = 0.0
        self._touched = 0.0  # when the database last answered
        self._awake = asyncio.Event()
        self._stopping = False
        self._poll: Poll | None = None

    @property
    def turns(self) -> RateLimiter:
        return self._turns

    # -------------------------------------------------------------------------------- the Engine protocol

    async def run(self, due: Mapping[str, datetime], poll: Poll, stop: asyncio.Event) -> None:
        self._poll, self._due, self._unsaid = poll, dict(due), True
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    async with self._link:
                        self._touched = self._monotonic()
                        await self._work(stopped)
                except ConnectionLost as error:
                    self._setting.on_lost(str(error))
                await asyncio.wait([stopped], timeout=self._timing.reconnect)
        finally:
            stopped.cancel()
            await asyncio.gather(stopped, return_exceptions=True)

    def update(self, due: Mapping[str, datetime]) -> None:
        self._dropped = (self._dropped | self._due.keys()) - due.keys()
        self._due, self._unsaid = dict(due), True
        self._awake.set()

    def clock_jumped(self, seconds: float) -> None:
        if seconds < 0:  # back: keep the intervals, as the other machines do
            self._skew -= timedelta(seconds=seconds)
        self._awake.set()

    def running(self) -> int:
        return len(self._under_way)

    def stalled_seconds(self) -> float:
        return self._under_way.stalled_seconds()

    # -------------------------------------------------------------------------------- while there is a database

    async def _work(self, stopped: asyncio.Task[bool]) -> None:
        """Until we are stopped, or the database is lost. Polls may end in time in the one case, and are cut off in the other."""
        batch = self._batch if self._setting.digest is not None else None
        async with PollJobs(self._link, self._timing, poll=self._one, batch=batch) as crew:
            workers = [asyncio.create_task(crew.work(POLL, self._setting.max_polls))]
            if batch is not None:
                workers.append(asyncio.create_task(crew.work(INGEST, MAX_BATCHES)))
            side = [asyncio.create_task(self._sweeps(crew)), asyncio.create_task(self._lease())]
            try:
                await asyncio.wait([stopped, *workers, *side], return_when=asyncio.FIRST_COMPLETED)
                self._stopping = stopped.done()
            finally:
                for task in (*workers, *side, *(() if stopped.done() else self._jobs)):
                    task.cancel()
                ends = await asyncio.gather(*workers, *side, return_exceptions=True)
            with contextlib.suppress(ConnectionLost):
                await self._link.rows("DELETE FROM worker_seen WHERE worker = %s", self.name)
        if not self._stopping:
            raise next(
                (e for e in ends if isinstance(e, Exception)),
                ConnectionLost("the connection that listens was lost"),
            )

    async def _lease(self) -> None:
        """Ends, and all our polls with it, when the database has not answered for so long that others will think us dead."""
        while (silent := self._monotonic() - self._touched) < self._timing.lease:  # noqa: ASYNC110
            await asyncio.sleep(max(self._timing.lease - silent, 0.01))
        raise ConnectionLost(f"the database has not answered for {silent:.0f} s")

    # -------------------------------------------------------------------------------- one job

    async def _one(self, source: str) -> None:
        """One poll. A source that is left without a due time here gets one from the next sweep, as soon as its job is gone."""
        if self._stopping:
            return
        due: datetime | None = None
        if source not in self._due:  # not in our file: let others have it
            due = self._time() + timedelta(seconds=self._timing.unknown)
        else:
            with contextlib.suppress(asyncio.CancelledError):
                due = await self._polled(source)
        if due is not None:
            with contextlib.suppress(ConnectionLost):
                await self._dues.put(source, due)
                self._awake.set()

    async def _polled(self, source: str) -> datetime:
        assert self._poll is not None
        task = asyncio.current_task()
        assert task is not None
        self._jobs.add(task)
        self._under_way.began(source)
        seconds, done = RETRY_SECONDS, True
        try:
            due = await self._poll(source) + self._skew
            return self._sane(max(due, self._time() + timedelta(seconds=self._timing.pause)))
        except Exception as error:  # a bug in one source's poll is that source's trouble alone
            self._setting.on_error(source, error)
            if fault := own_fault(error):
                seconds, done = self._timing.again, not fault.restart
        finally:
            self._under_way.ended(source, done=done)
            self._jobs.discard(task)
        return self._time() + timedelta(seconds=seconds)

    async def _batch(self, number: int, last: bool) -> None:
        assert self._setting.digest is not None
        await self._batches.digest(number, self._setting.digest, last=last)

    # -------------------------------------------------------------------------------- the sweep

    async def _sweeps(self, crew: PollJobs) -> None:
        while True:
            seconds = self._timing.pause
            with contextlib.suppress(ConnectionLost):  # the lease says when it is enough
                seconds = await self._sweep(crew)
                self._touched = self._monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._awake.wait()
            self._awake.clear()

    async def _sweep(self, crew: PollJobs) -> float:
        """Give jobs to what is due. Seconds until the next sweep."""
        if self._unsaid or self._monotonic() - self._said > self._timing.want:
            await self._say()
        polls = len(self._under_way)
        await self._link.rows(_SEEN, self.name, __version__, len(self._due), polls)
        async with self._link.transaction() as connection:
            found = await take_due(connection, self._time())
            if found:
                await crew.defer_polls(found, connection)
        if found is not None:
            await crew.take_over()
        due = await self._dues.next()
        wait = (due - self._time()).total_seconds() if due else self._timing.sweep
        return min(max(wait, self._timing.pause), self._timing.sweep)

    async def _say(self) -> None:
        """Tell which sources are in our file, and how far our clock is from the database's."""
        row = await self._link.row("SELECT clock_timestamp()")
        assert row is not None
        if self._said == 0.0 or not self._unsaid:
            self._skew = row[0] - self._now()
        self._unsaid = False
        dropped, self._dropped = self._dropped, set()
        try:
            if dropped:
                await self._dues.drop(dropped)
            due = {source: self._sane(at + self._skew) for source, at in self._due.items()}
            await self._dues.want(due, [self._setting.site(source) for source in due])
        except ConnectionLost:
            self._dropped |= dropped - self._due.keys()
            self._unsaid = True
            raise
        self._said = self._monotonic()

    def _time(self) -> datetime:
        return self._now() + self._skew

    def _sane(self, due: datetime) -> datetime:
        """No schedule pauses a source for so long: the time was computed from a clock that was wrong."""
        return self._time() if due - self._time() > LONGEST_PAUSE else due


_SEEN = """
WITH gone AS (DELETE FROM worker_seen WHERE seen < clock_timestamp() - interval '1 hour')
INSERT INTO worker_seen VALUES (%s, clock_timestamp(), clock_timestamp(), %s, %s, %s)
ON CONFLICT (worker) DO UPDATE SET seen = excluded.seen, sources = excluded.sources, polls = excluded.polls
"""
