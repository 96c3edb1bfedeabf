"""Limit how many polls run at the same time. A poll that waits for the rate limiter lends its slot to another poll.

Otherwise, as many sources of one silent site as there are slots would keep all others waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator

from scraper.fetch import rate_limit


class PollSlots:
    def __init__(self, most: int) -> None:
        self._free = most  # below 0 when polls that lent their slots go on: they do not wait again
        self._queue: deque[asyncio.Future[None]] = deque()

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it, except while it is lent. First come, first served."""
        await self._acquire()
        unlend = rate_limit.lend_while_waiting(self._lend)
        try:
            yield
        finally:
            unlend()
            self._release()

    @contextlib.contextmanager
    def _lend(self) -> Iterator[None]:
        self._release()
        try:
            yield
        finally:
            self._free -= 1

    async def _acquire(self) -> None:
        if self._free > 0 and not self._queue:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if (
                waiter.done() and not waiter.cancelled()
            ):  # got the slot and was cancelled in the same iteration of the loop
                self._release()
            raise

    def _release(self) -> None:
        self._free += 1
        while self._queue and self._free > 0:
            waiter = self._queue.popleft()
            if not waiter.done():
                self._free -= 1
                waiter.set_result(None)
