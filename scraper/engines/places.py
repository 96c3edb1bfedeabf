"""So many polls at a time; one that has to wait for its turn at a host lends its place to the next poll meanwhile.

Without that, as many outlets of one silent site as there are places would keep all others waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator

from scraper.fetch import rate_limit


class Places:
    def __init__(self, most: int) -> None:
        self._free = most  # below 0 while polls that had lent theirs are back: they have waited enough
        self._queue: deque[asyncio.Future[None]] = deque()

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a place, and have it but for the times that it is lent. First come, first served."""
        await self._take()
        unlend = rate_limit.lend_while_waiting(self._lent)
        try:
            yield
        finally:
            unlend()
            self._give()

    @contextlib.contextmanager
    def _lent(self) -> Iterator[None]:
        self._give()
        try:
            yield
        finally:
            self._free -= 1

    async def _take(self) -> None:
        if self._free > 0 and not self._queue:
            self._free -= 1
            return
        called = asyncio.get_running_loop().create_future()
        self._queue.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():  # called and cancelled in one turn of the loop
                self._give()
            raise

    def _give(self) -> None:
        self._free += 1
        while self._queue and self._free > 0:
            called = self._queue.popleft()
            if not called.done():
                self._free -= 1
                called.set_result(None)
