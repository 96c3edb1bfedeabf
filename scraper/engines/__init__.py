"""When to poll what: the Engine protocol. A variant is a module here; the daemon chooses one once and never asks which.

An engine calls ``poll(source_id)`` when the source is due and comes back at the time that ``poll`` returned. It never has
two polls of one source under way, survives polls that raise, and on ``stop`` starts nothing new and drains what runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

Poll = Callable[[str], Awaitable[datetime]]


class Engine(Protocol):
    """How one process, or several machines, share the polling."""

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
