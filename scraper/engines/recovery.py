"""How polling goes on while something is wrong with ourselves: one poll begins every few seconds, until one of them ends well.

So a full disk of an hour asks no host again and again, and all goes on soon after its end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

TRY_SECONDS = 10.0  # between two polls that begin, and before a poll that met the fault is tried again
# Faults of one outlet's poll in a row, while others end well between them: then it is the poll's doing
MAX_LONE_FAULTS = 5


class Recovery:
    def __init__(self, monotonic: Callable[[], float], *, try_seconds: float = TRY_SECONDS) -> None:
        self._monotonic, self._seconds = monotonic, try_seconds
        self._well = asyncio.Event()
        self._well.set()
        self._turn = asyncio.Lock()  # first come, first served
        self._next = 0.0  # when the next poll may begin
        self._recovered = 0  # times that polls went on
        self._faults: dict[
            str, tuple[int, int]
        ] = {}  # source -> how many in a row, and ``_recovered`` at the last

    async def ready(self) -> None:
        """Wait until a poll may begin."""
        if self._well.is_set():
            return
        async with self._turn:
            wait = self._next - self._monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._well.wait(), max(wait, 0.0))
            self._next = self._monotonic() + self._seconds

    def failed(self, source_id: str) -> float | None:
        """A poll met a fault of our own. Seconds until it is to be tried again; None if it is the only one that meets it."""
        if self._well.is_set():
            self._well.clear()
            self._next = self._monotonic() + self._seconds
        count, before = self._faults.get(source_id, (0, -1))
        if before != self._recovered:
            count += 1
        self._faults[source_id] = (count, self._recovered)
        return self._seconds if count < MAX_LONE_FAULTS else None

    def ended_well(self, source_id: str) -> None:
        """A poll did all that it was to do."""
        self._faults.pop(source_id, None)
        if not self._well.is_set():
            self._recovered += 1
            self._well.set()
