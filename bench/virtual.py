"""Virtual time: an event loop whose clock jumps to the next timer instead of waiting for it.

A day of polling takes as long as its work takes. For what happens in memory only: sockets know nothing of it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # a Monday


class _Jump(selectors.DefaultSelector):
    """Waits for nobody: the time that the loop would have slept is added to its clock."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError(
                "virtual time stands still: every task waits for something that no timer brings"
            )
        if not ready and timeout:
            self.skipped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.skipped

    def run_in_executor(self, _: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """At once, in this thread: a real thread knows nothing of virtual time."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


def run(main: Coroutine[Any, Any, T]) -> T:
    """Like asyncio.run, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def seconds() -> float:
    """Virtual seconds since the start, for who runs inside."""
    return asyncio.get_running_loop().time()


def now() -> datetime:
    """The virtual wall time, for who runs inside."""
    return START + timedelta(seconds=seconds())
