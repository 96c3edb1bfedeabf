"""When to poll what: the Engine protocol. A variant is a module here; the daemon chooses one once and never asks which.

An engine calls ``poll(source_id)`` when the source is due and comes back at the time that ``poll`` returned. It never has
two polls of one source under way, survives polls that raise, and on ``stop`` starts nothing new and drains what runs.
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
Digest = Callable[[PageBatch], Awaitable[ImportResult]]

# Under way at one time, as many as there are requests; who else is due waits. With 200 all begin and none gets done: a poll is
# kept when it ends, and a stop within the first seconds found nothing stored (with 32 it found a hundred articles).
MAX_POLLS = 32
DRAIN_SECONDS = 5.0  # for polls under way at stop; the rest of the 10 s is for closing what they used
# After a poll that raised, which is a bug (poll reports expected failures by its return) or a fault of our own (tried again soon)
RETRY_SECONDS = BROKEN_SECONDS
# No schedule pauses a source this long (the longest is a day, with jitter). A later due time was computed from a clock
# that was wrong then or is wrong now.
LONGEST_PAUSE = timedelta(hours=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSetup:
    """What the composition root gives to an engine; each takes of it what it needs.

    ``location`` is the store's, ``now`` and ``monotonic`` are the clocks. ``on_error(source_id, exception)`` hears of polls
    that raised, ``on_lost(why)`` of a database that went away. ``site(source_id)`` is whose requests a poll may make, and
    ``digest`` takes batches that another process wants ingested.
    """

    location: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    on_error: Callable[[str, BaseException], None]
    on_lost: Callable[[str], None] = lambda _: None
    site: Callable[[str], str] = str
    digest: Digest | None = None
    max_polls: int = MAX_POLLS
    drain_seconds: float = DRAIN_SECONDS


class Engine(Protocol):
    """How one process, or several machines, share the polling."""

    @property
    def turns(self) -> RateLimiter | None:
        """Who else asks the hosts: None if nobody but this process does."""
        ...

    async def run(self, due: Mapping[str, datetime], poll: Poll, stop: asyncio.Event) -> None:
        """Poll every source of ``due`` (id -> first due time) until ``stop`` is set and what ran has drained."""
        ...

    def update(self, due: Mapping[str, datetime]) -> None:
        """The sources changed: start the new ones, drop the absent ones, leave the others as they are."""
        ...

    def clock_jumped(self, seconds: float) -> None:
        """The wall clock moved by ``seconds`` against the monotonic one: intervals hold, the wall time gives way."""
        ...

    def running(self) -> int:
        """How many polls are under way."""
        ...

    def stalled_seconds(self) -> float:
        """How long there has been work due and none finished; 0 while nothing is due."""
        ...
