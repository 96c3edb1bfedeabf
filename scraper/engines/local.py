"""Run all polls in this process, with APScheduler as the clock. See the Engine protocol for the promises.

A job only starts a task of ours, because APScheduler cancels running jobs at shutdown, swallows their exceptions and
drops a DateTrigger job whose predecessor still runs. When the task ends, the source's next job is added.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from scraper.engines import LONGEST_PAUSE, RETRY_SECONDS, EngineSetup, Poll
from scraper.engines.poll_slots import PollSlots
from scraper.engines.recovery import TRY_SECONDS, Recovery
from scraper.engines.running import RunningPolls
from scraper.fetch.rate_limit import RateLimiter
from scraper.own_faults import own_fault

PAUSE_SECONDS = 1.0  # at least, between two polls of one source, whatever the poll returned


class _Zone(tzinfo):
    """UTC by our clock: APScheduler asks ``datetime.now(timezone)``, and so gets our time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def fromutc(self, _: datetime) -> datetime:
        return self._now().replace(tzinfo=self)

    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _: datetime | None) -> str:
        return "UTC"


class LocalEngine:
    """All polls in this process."""

    rate_limiter: RateLimiter | None = None

    def __init__(
        self, setup: EngineSetup, *, pause_seconds: float = PAUSE_SECONDS, try_seconds: float = TRY_SECONDS
    ) -> None:
        self._now = setup.now
        self._monotonic = setup.monotonic
        self._on_error = setup.on_error
        self._slots = PollSlots(setup.max_polls)
        self._drain_seconds = setup.drain_seconds
        self._pause = timedelta(seconds=pause_seconds)
        self._zone = _Zone(setup.now)
        self._scheduler = AsyncIOScheduler(
            timezone=self._zone,
            # grace None: run however late. max_instances never matters (a job ends at once), but reaching it would
            # lose the source.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000_000},
        )
        self._poll: Poll | None = None
        self._stopping = False
        self._wanted: set[str] = set()
        self._waiting: dict[str, datetime] = {}  # source -> due time
        self._tasks: dict[str, asyncio.Task[None]] = {}  # started: waiting for a slot, or polling
        self._polling: set[str] = set()  # those of the tasks that have a slot
        self._running = RunningPolls(lambda: self._monotonic())  # noqa: PLW0108  (tests exchange the clock)
        self._recovery = Recovery(setup.monotonic, try_seconds=try_seconds)

    async def run(self, due: Mapping[str, datetime], poll: Poll, stop: asyncio.Event) -> None:
        self._poll = poll
        self._scheduler.start()
        try:
            self.update(due)
            await stop.wait()
        finally:
            self._stopping = True
            self._scheduler.remove_all_jobs()
            await self._drain()
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # shutdown takes effect in the loop's next turn

    def update(self, due: Mapping[str, datetime]) -> None:
        self._wanted = set(due)
        for source_id in self._waiting.keys() - self._wanted:
            del self._waiting[source_id]
            self._scheduler.remove_job(source_id)
        for source_id in due:
            if source_id not in self._waiting and source_id not in self._tasks:
                self._wait(source_id, due[source_id])

    def clock_jumped(self, seconds: float) -> None:
        if seconds < 0:
            # Back: nothing would be polled until the wall clock has caught up. Keep the intervals instead.
            for source_id, due in list(self._waiting.items()):
                self._wait(source_id, due + timedelta(seconds=seconds))
        elif self._scheduler.running:
            # Forward (or the machine slept): what became due is due once, now; the timer would not notice.
            self._scheduler.wakeup()

    def running(self) -> int:
        return len(self._polling)

    def stalled_seconds(self) -> float:
        late = (self._now() - min(self._waiting.values())).total_seconds() if self._waiting else 0.0
        return max(self._running.stalled_seconds(), late)

    def _wait(self, source_id: str, due: datetime) -> None:
        now = self._now()
        if due - now > LONGEST_PAUSE:
            due = now
        self._waiting[source_id] = due
        run_date = due.astimezone(UTC).replace(tzinfo=self._zone)
        self._scheduler.add_job(
            self._start,
            DateTrigger(run_date=run_date, timezone=self._zone),
            args=[source_id],
            id=source_id,
            replace_existing=True,
        )

    async def _start(self, source_id: str) -> None:
        """Start a poll. A coroutine, because APScheduler runs other jobs in threads."""
        if self._stopping or source_id not in self._waiting:
            return
        del self._waiting[source_id]
        self._running.began(source_id)
        self._tasks[source_id] = asyncio.create_task(self._run(source_id), name=f"poll {source_id}")

    async def _run(self, source_id: str) -> None:
        due: datetime | None = None
        done = True
        try:
            await self._recovery.ready()
            async with self._slots.hold():
                self._polling.add(source_id)
                due, done = await self._poll_once(source_id)
        finally:
            self._polling.discard(source_id)
            del self._tasks[source_id]
            self._running.ended(source_id, done=done)
            if due is not None and source_id in self._wanted and not self._stopping:
                self._wait(source_id, max(due, self._now() + self._pause))

    async def _poll_once(self, source_id: str) -> tuple[datetime, bool]:
        """Poll; return the next due time, and whether polls can do their work. A bug costs only this source's poll."""
        assert self._poll is not None
        try:
            due = await self._poll(source_id)
        except Exception as error:
            self._on_error(source_id, error)
            fault = own_fault(error)
            seconds = self._recovery.failed(source_id) if fault else None
            back = self._now() + timedelta(seconds=RETRY_SECONDS if seconds is None else seconds)
            return back, fault is None or not fault.restart
        self._recovery.succeeded(source_id)
        return due, True

    async def _drain(self) -> None:
        """Let polls end by themselves, then cancel them; a poll that only waits for a slot is cancelled at once."""
        for source_id, task in self._tasks.items():
            if source_id not in self._polling:
                task.cancel()
        tasks = set(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
