"""Limit the rate of requests to each host for all machines: a row for each host, and the clock of the database.

A slot is held for the request's own time limit and a little more, or until its process has been silent for so long that it
must have given up. So a process that dies, or loses the database while it fetches, has ended its request before others start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import uuid
from collections.abc import AsyncIterator, Callable

from scraper.codec import decode, encode
from scraper.engines.connection import ClusterConnection, ConnectionLost
from scraper.engines.jobs import Timing
from scraper.errors import HttpStatusError
from scraper.fetch.host_pace import HostPace, HostState
from scraper.fetch.rate_limit import MAX_HOSTS, Slot, hold_lock

MARGIN_SECONDS = 5.0  # more than a request's own limit
FRESH_SECONDS = 1.0  # a slot taken longer ago than this is renewed before the request starts
RETRY_SECONDS = (0.05, 1.0)  # while another process has the slot

_ACQUIRE = """
INSERT INTO host_turn (site, holder, until) VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (site) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE host_turn.holder IS NULL OR host_turn.holder = excluded.holder OR host_turn.until < clock_timestamp()
    OR EXISTS (SELECT 1 FROM worker_seen w
        WHERE w.worker = host_turn.holder AND w.seen < clock_timestamp() - make_interval(secs => %s))
RETURNING state::text, extract(epoch FROM clock_timestamp())::float8
"""
_RELEASE = "UPDATE host_turn SET holder = NULL, state = %s::jsonb WHERE site = %s AND holder = %s"


def process_name() -> str:
    """Return a name that no other process has had: host and process id, for people, and random digits."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


class _Clock:
    """The database's clock, as exact as one answer makes it: its time was right at some moment between question and answer.

    Waiting uses the earlier estimate, telling others when a request ended uses the later one: no request comes too soon.
    """

    __slots__ = ("_answered", "_asked", "_monotonic", "_then")

    def __init__(self, then: float, asked: float, answered: float, monotonic: Callable[[], float]) -> None:
        self._then, self._asked, self._answered, self._monotonic = then, asked, answered, monotonic

    def at_least(self) -> float:
        return self._then + self._monotonic() - self._answered

    def at_most(self) -> float:
        return self._then + self._monotonic() - self._asked


class SharedRateLimiter:
    """Gives slots at hosts. ``name`` is unique to this process."""

    def __init__(
        self,
        database: ClusterConnection,
        name: str,
        *,
        monotonic: Callable[[], float],
        chance: Callable[[], float] = random.random,
        margin_seconds: float = MARGIN_SECONDS,
        silent_seconds: float = Timing().stalled,
    ) -> None:
        self._database, self._name = database, name
        self._monotonic, self._chance = monotonic, chance
        self._margin, self._silent = margin_seconds, silent_seconds
        self._locks: dict[str, asyncio.Lock] = {}

    @contextlib.asynccontextmanager
    async def at(
        self, site: str, *, url: str, pace: float, seconds: float, room: asyncio.Semaphore
    ) -> AsyncIterator[Slot]:
        if len(self._locks) >= MAX_HOSTS:
            self._locks = {name: lock for name, lock in self._locks.items() if lock.locked()}
        async with hold_lock(self._locks.setdefault(site, asyncio.Lock())):
            host, clock = await self._acquire(site, seconds)
            try:
                while (
                    not (paused := host.paused(clock.at_least()))
                    and (wait := host.wait(clock.at_least(), pace)) > 0
                ):
                    host, clock = await self._sleep(site, wait, seconds, host, clock)
                if paused:
                    raise HttpStatusError(paused[0], url=url, retry_after=paused[1])
                taken = self._monotonic()
                async with room:
                    if self._monotonic() - taken > FRESH_SECONDS:
                        host, clock = await self._acquire(site, seconds)
                    try:
                        yield Slot(host, clock.at_most)
                    finally:
                        host.ended(clock.at_most())
            finally:
                await self._release(site, host)

    async def _sleep(
        self, site: str, wait: float, seconds: float, host: HostPace, clock: _Clock
    ) -> tuple[HostPace, _Clock]:
        """Sleep while we hold the slot. A short sleep fits into its margin; for a long one the slot is extended, then renewed."""
        if wait <= FRESH_SECONDS:
            await asyncio.sleep(wait)
            return host, clock
        await self._acquire(site, wait + seconds)
        await asyncio.sleep(wait)
        return await self._acquire(site, seconds)

    async def _acquire(self, site: str, seconds: float) -> tuple[HostPace, _Clock]:
        """Wait for the slot and hold it for ``seconds``. Return the host's pace, as all machines know it, and the database's clock."""
        pause, longest = RETRY_SECONDS
        asked = self._monotonic()
        while (
            row := await self._database.row(_ACQUIRE, site, self._name, seconds + self._margin, self._silent)
        ) is None:
            await asyncio.sleep(pause * (0.5 + self._chance()))
            pause = min(2 * pause, longest)
            asked = self._monotonic()
        state, then = row
        clock = _Clock(then, asked, self._monotonic(), self._monotonic)
        return HostPace(decode(state, HostState) if state else None), clock

    async def _release(self, site: str, host: HostPace) -> None:
        """Release the slot. If the database is lost, the slot ends by itself."""
        with contextlib.suppress(ConnectionLost):
            await asyncio.shield(self._database.rows(_RELEASE, encode(host.state).decode(), site, self._name))
