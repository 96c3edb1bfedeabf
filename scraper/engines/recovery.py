"""Slow polling down during a fault of our own: one poll starts every few seconds, until one succeeds.

So a disk that is full for an hour makes no host be asked again and again, and polling goes on soon after its end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

TRY_SECONDS = 10.0  # between two polls that start, and before a poll that met the fault is tried again
# faults of one source in a row while the polls of others succeed: then the cause is this source
MAX_LONE_FAULTS = 5


class Recovery:
    def __init__(self, monotonic: Callable[[], float], *, try_seconds: float = TRY_SECONDS) -> None:
        self._monotonic, self._seconds = monotonic, try_seconds
        self._healthy = asyncio.Event()
        self._healthy.set()
        self._order = asyncio.Lock()  # first come, first served
        self._next = 0.0  # when the next poll may start
        self._recoveries = 0  # how often polls went on
        self._faults: dict[
            str, tuple[int, int]
        ] = {}  # source -> how many in a row, ``_recoveries`` at the last

    async def ready(self) -> None:
        """Wait until a poll may start."""
        if self._healthy.is_set():
            return
        async with self._order:
            wait = self._next - self._monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._healthy.wait(), max(wait, 0.0))
            self._next = self._monotonic() + self._seconds

    def failed(self, source_id: str) -> float | None:
        """Note a fault of our own; return after how many seconds to retry. None if only this source meets the fault."""
        if self._healthy.is_set():
            self._healthy.clear()
            self._next = self._monotonic() + self._seconds
        count, before = self._faults.get(source_id, (0, -1))
        if before != self._recoveries:
            count += 1
        self._faults[source_id] = (count, self._recoveries)
        return self._seconds if count < MAX_LONE_FAULTS else None

    def succeeded(self, source_id: str) -> None:
        """Note that a poll did its work."""
        self._faults.pop(source_id, None)
        if not self._healthy.is_set():
            self._recoveries += 1
            self._healthy.set()
