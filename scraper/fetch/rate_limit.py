"""Limit the rate of requests: one at a time for each registrable domain, at its pace, wherever the requests come from.

The RateLimiter protocol, and the one for a single process. Engines of several machines keep theirs where all can see it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from typing import Protocol

from scraper.errors import HttpStatusError
from scraper.fetch.host_pace import HostPace

MAX_HOSTS = 10_000  # remembered; the oldest are forgotten

Lend = Callable[[], AbstractContextManager[None]]
_lend: ContextVar[Lend] = ContextVar("lend", default=contextlib.nullcontext)


def lend_while_waiting(lend: Lend) -> Callable[[], None]:
    """Have the current task enter ``lend()`` while it waits for another task's slot. Returns the undo function."""
    token = _lend.set(lend)
    return lambda: _lend.reset(token)


@contextlib.asynccontextmanager
async def hold_lock(lock: asyncio.Lock) -> AsyncIterator[None]:
    """Hold a lock that other tasks may hold for long; while we wait for it, what we hold is lent."""
    if lock.locked():
        with _lend.get()():
            await lock.acquire()
    else:
        await lock.acquire()
    try:
        yield
    finally:
        lock.release()


class Slot:
    """The right to make one request. ``answered`` tells the host's pace what the host said."""

    __slots__ = ("_now", "_pace")

    def __init__(self, pace: HostPace, now: Callable[[], float]) -> None:
        self._pace, self._now = pace, now

    def answered(self, status: int, retry_after: float | None = None) -> None:
        self._pace.answered(self._now(), status, retry_after)


class RateLimiter(Protocol):
    def at(
        self, site: str, *, url: str, pace: float, seconds: float, room: asyncio.Semaphore
    ) -> AbstractAsyncContextManager[Slot]:
        """Wait for a slot at ``site``, and then for ``room`` in this process, for a request of at most ``seconds``.

        Raises HttpStatusError while the host has asked for a pause.
        """


class LocalRateLimiter:
    """The rate limiter of one process."""

    def __init__(
        self, *, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._monotonic, self._sleep = monotonic, sleep
        self._hosts: dict[str, _Host] = {}

    @contextlib.asynccontextmanager
    async def at(
        self,
        site: str,
        *,
        url: str,
        pace: float,
        seconds: float,  # noqa: ARG002
        room: asyncio.Semaphore,
    ) -> AsyncIterator[Slot]:
        host = self._hosts.get(site)
        if host is None:
            if len(self._hosts) >= MAX_HOSTS:
                idle = [site for site, host in self._hosts.items() if not host.lock.locked()]
                for old in idle[: MAX_HOSTS // 2]:
                    del self._hosts[old]
            host = self._hosts[site] = _Host()
        async with hold_lock(host.lock):
            if paused := host.pace.paused(self._monotonic()):
                raise HttpStatusError(paused[0], url=url, retry_after=paused[1])
            if (wait := host.pace.wait(self._monotonic(), pace)) > 0:
                await self._sleep(wait)
            async with room:
                try:
                    yield Slot(host.pace, self._monotonic)
                finally:
                    host.pace.ended(self._monotonic())


class Unlimited:
    """The rate limiter of recordings: no pace and no pauses, since nobody is being asked; still one request at a time."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    @contextlib.asynccontextmanager
    async def at(
        self,
        site: str,
        *,
        url: str,  # noqa: ARG002
        pace: float,  # noqa: ARG002
        seconds: float,  # noqa: ARG002
        room: asyncio.Semaphore,
    ) -> AsyncIterator[Slot]:
        async with self._locks.setdefault(site, asyncio.Lock()), room:
            yield Slot(HostPace(), float)


class _Host:
    """The lock and pace of one registrable domain."""

    def __init__(self) -> None:
        self.lock, self.pace = asyncio.Lock(), HostPace()
