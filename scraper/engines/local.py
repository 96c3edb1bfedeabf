"""One process: APScheduler as a clock and nothing more; its only import. See the Engine protocol for the promises.

A job only starts a task of ours, because APScheduler cancels running jobs at shutdown, swallows their exceptions and
drops a DateTrigger job whose predecessor still runs. When the task ends, the source's next job is added.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from scraper.engines import Poll

MAX_POLLS = 32  # under way at one time; more would only queue for the fetcher's own limit
DRAIN_SECONDS = 8.0  # for polls under way at stop; the rest of the 10 s is for closing what they used
RETRY_SECONDS = (
    900.0  # after a poll that raised, which is a bug: poll reports expected failures by its return
)
PAUSE_SECONDS = 1.0  # at least, between two polls of one source, whatever the poll returned
# No schedule pauses a source this long (the longest is a day, with jitter). A later due time was computed from a clock
# that was wrong then or is wrong now.
LONGEST_PAUSE = timedelta(hours=30)


class _Zone(tzinfo):
    """UTC by our clock: APScheduler asks ``datetime.now(timezone)``, and so takes the time from where we take it."""

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
    """``on_error(source_id, exception)`` hears of polls that raised; ``now`` and ``monotonic`` are the clocks."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        on_error: Callable[[str, BaseException], None],
        max_polls: int = MAX_POLLS,
        drain_seconds: float = DRAIN_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._on_error = on_error
        self._slots = asyncio.Semaphore(max_polls)
        self._drain_seconds = drain_seconds
        self._pause = timedelta(seconds=pause_seconds)
        self._zone = _Zone(now)
        self._scheduler = AsyncIOScheduler(
            timezone=self._zone,
            # grace None: run however late. max_instances never matters (a job ends at once), but reaching it would
            # lose the source.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000_000},
        )
        self._poll: Poll | None = None
        self._stopping = False
        self._wanted: set[str] = set()
        self._waiting: dict[str, datetime] = {}  # for their due time
        self._tasks: dict[str, asyncio.Task[None]] = {}  # started, for a slot or for the poll's end
        self._polling: set[str] = set()  # of the tasks, those that have a slot
        self._since: dict[str, float] = {}  # of the tasks, when they started
        self._last_end = 0.0

    async def run(self, due: Mapping[str, datetime], poll: Poll, stop: asyncio.Event) -> None:
        self._poll = poll
        self._last_end = self._monotonic()
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
        now, stalls = self._monotonic(), [0.0]
        if self._since:
            stalls.append(now - max(self._last_end, min(self._since.values())))
        if self._waiting:
            stalls.append((self._now() - min(self._waiting.values())).total_seconds())
        return max(stalls)

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
        """The job: only a coroutine function runs in the loop, others run in threads."""
        if self._stopping or source_id not in self._waiting:
            return
        del self._waiting[source_id]
        self._since[source_id] = self._monotonic()
        self._tasks[source_id] = asyncio.create_task(self._run(source_id), name=f"poll {source_id}")

    async def _run(self, source_id: str) -> None:
        assert self._poll is not None
        due: datetime | None = None
        try:
            async with self._slots:
                self._polling.add(source_id)
                due = await self._poll(source_id)
        except Exception as error:  # a bug in one source's poll is that source's trouble alone
            self._on_error(source_id, error)
        finally:
            self._polling.discard(source_id)
            del self._tasks[source_id], self._since[source_id]
            self._last_end = self._monotonic()
            if source_id in self._wanted and not self._stopping:
                now = self._now()
                self._wait(
                    source_id, max(due, now + self._pause) if due else now + timedelta(seconds=RETRY_SECONDS)
                )

    async def _drain(self) -> None:
        """Let polls end by themselves, then cancel them; a poll that only waits for a slot has nothing to end."""
        for source_id, task in self._tasks.items():
            if source_id not in self._polling:
                task.cancel()
        tasks = set(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
