"""Decide which source is polled when: the Engine protocol. Each variant is a module here; the daemon chooses one at its start.

An engine calls ``poll(source_id)`` when the source is due, and again at the time that ``poll`` returned. It never runs two
polls of one source at the same time, survives polls that raise, and on ``stop`` starts nothing new and drains what runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scraper.fetch.rate_limit import RateLimiter
from scraper.ingest.model import ImportResult, PageBatch
from scraper.schedule.interval import BROKEN_SECONDS

Poll = Callable[[str], Awaitable[datetime]]
ImportBatch = Callable[[PageBatch], Awaitable[ImportResult]]

# Running at the same time, as many as there may be requests. With 200, all begin and none ends soon: a poll stores what it
# found when it ends, and a stop within the first seconds found nothing stored (with 32: a hundred articles).
MAX_POLLS = 32
DRAIN_SECONDS = 5.0  # for polls that run at stop; the rest of the 10 s is for closing what they used
# After a poll that raised: a bug (expected failures are returned), or a fault of our own (retried sooner)
RETRY_SECONDS = BROKEN_SECONDS
# No schedule pauses a source this long (the longest is a day, with jitter). A later due time was computed from a clock
# that was wrong then or is wrong now.
LONGEST_PAUSE = timedelta(hours=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSetup:
    """What the daemon gives to an engine.

    ``location`` is the store's; ``now`` and ``monotonic`` are the clocks. ``on_error(source_id, exception)`` is called when a
    poll raised, ``on_lost(why)`` when the database cannot be reached. ``site(source_id)`` is the site that a poll asks, and
    ``import_batch`` imports batches that another process wants ingested.
    """

    location: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    on_error: Callable[[str, BaseException], None]
    on_lost: Callable[[str], None] = lambda _: None
    site: Callable[[str], str] = str
    import_batch: ImportBatch | None = None
    max_polls: int = MAX_POLLS
    drain_seconds: float = DRAIN_SECONDS


class Engine(Protocol):
    """Polls the sources, in one process or shared by several machines."""

    @property
    def rate_limiter(self) -> RateLimiter | None:
        """The limiter that all machines share; None if only this process polls."""
        ...

    async def run(self, due: Mapping[str, datetime], poll: Poll, stop: asyncio.Event) -> None:
        """Poll every source of ``due`` (id -> first due time) until ``stop`` is set and what ran has drained."""
        ...

    def update(self, due: Mapping[str, datetime]) -> None:
        """Start the new sources and drop the absent ones; leave the others as they are."""
        ...

    def clock_jumped(self, seconds: float) -> None:
        """Keep the intervals although the wall clock moved by ``seconds`` against the monotonic one."""
        ...

    def running(self) -> int:
        """Return how many polls are running."""
        ...

    def stalled_seconds(self) -> float:
        """Return for how long work has been due and none has finished; 0 while nothing is due."""
        ...
