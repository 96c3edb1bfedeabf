"""Turns at hosts that all machines share: a row for each host, the clock of the database.

A turn is held for the request's own time limit and a little more. So a worker that dies, or loses the database while it
fetches, has let go of the wire before anybody else is let in.
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
from scraper.engines.link import Link, LinkLost
from scraper.errors import HttpStatusError
from scraper.net.politeness import HostPace, PaceState
from scraper.net.turns import MAX_HOSTS, Turn

MARGIN_SECONDS = 5.0  # more than a request's own limit
FRESH_SECONDS = 1.0  # a turn taken longer ago than this is renewed before the request begins
ASK_AGAIN_SECONDS = (0.05, 1.0)  # while another process has the turn

_TAKE = """
INSERT INTO host_turn (site, holder, until) VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (site) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE host_turn.holder IS NULL OR host_turn.holder = excluded.holder OR host_turn.until < clock_timestamp()
RETURNING state::text, extract(epoch FROM clock_timestamp())::float8
"""
_GIVE_BACK = "UPDATE host_turn SET holder = NULL, state = %s::jsonb WHERE site = %s AND holder = %s"


def process_name() -> str:
    """A name that no other process has had: its host and number, for people, and chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


class SharedTurns:
    """``name`` is this process's own among all that there are."""

    def __init__(
        self,
        link: Link,
        name: str,
        *,
        monotonic: Callable[[], float],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._link, self._name = link, name
        self._monotonic, self._chance = monotonic, chance
        self._locks: dict[str, asyncio.Lock] = {}

    @contextlib.asynccontextmanager
    async def at(
        self, site: str, *, url: str, pace: float, seconds: float, room: asyncio.Semaphore
    ) -> AsyncIterator[Turn]:
        if len(self._locks) >= MAX_HOSTS:
            self._locks = {name: lock for name, lock in self._locks.items() if lock.locked()}
        async with self._locks.setdefault(site, asyncio.Lock()):
            host, now = await self._take(site, seconds)
            try:
                while not (paused := host.paused(now())) and (wait := host.wait(now(), pace)) > 0:
                    host, now = await self._sleep(site, wait, seconds, host, now)
                if paused:
                    raise HttpStatusError(paused[0], url=url, retry_after=paused[1])
                taken = self._monotonic()
                async with room:
                    if self._monotonic() - taken > FRESH_SECONDS:
                        host, now = await self._take(site, seconds)
                    try:
                        yield Turn(host, now)
                    finally:
                        host.ended(now())
            finally:
                await self._give_back(site, host)

    async def _sleep(
        self, site: str, wait: float, seconds: float, host: HostPace, now: Callable[[], float]
    ) -> tuple[HostPace, Callable[[], float]]:
        """Sleep in our turn; a short sleep fits into its margin, for a long one it is taken for longer, then anew."""
        if wait <= FRESH_SECONDS:
            await asyncio.sleep(wait)
            return host, now
        await self._take(site, wait + seconds)
        await asyncio.sleep(wait)
        return await self._take(site, seconds)

    async def _take(self, site: str, seconds: float) -> tuple[HostPace, Callable[[], float]]:
        """Wait until the turn is ours, for so many seconds. What the host has told everybody, and the database's clock."""
        pause, longest = ASK_AGAIN_SECONDS
        while (row := await self._link.row(_TAKE, site, self._name, seconds + MARGIN_SECONDS)) is None:
            await asyncio.sleep(pause * (0.5 + self._chance()))
            pause = min(2 * pause, longest)
        state, then = row
        taken = self._monotonic()
        return HostPace(decode(state, PaceState) if state else None), lambda: then + self._monotonic() - taken

    async def _give_back(self, site: str, host: HostPace) -> None:
        """If the database cannot be told, the turn ends by itself."""
        with contextlib.suppress(LinkLost):
            await asyncio.shield(self._link.rows(_GIVE_BACK, encode(host.state).decode(), site, self._name))
