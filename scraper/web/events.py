"""Notify streams of changes: read the store's position once a second, however many clients wait.

``ChangeNotifier.after`` waits for a change behind a position; pages and the API stream with it. Use it in one event loop only.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from litestar.exceptions import HTTPException
from litestar.response import Stream

from scraper.errors import DarialError

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0  # a stream sends something at least so often
MAX_STREAMS = 500


class ServerEvent(NamedTuple):
    """One event of a stream; ``data`` is one line. Without data it is a comment, to keep the connection open."""

    id: int
    data: bytes = b""
    kind: bytes = b"message"

    def lines(self) -> bytes:
        """Return it as HTML has it (section 9.2.5); the usual type is not named."""
        if not self.data:
            return b": still here\n\n"
        kind = b"" if self.kind == b"message" else b"event: %s\n" % self.kind
        return b"%sid: %d\ndata: %s\n\n" % (kind, self.id, self.data)


class ChangeNotifier:
    """``position`` is called in a thread, and only while a client waits."""

    def __init__(self, position: Callable[[], int], *, poll_seconds: float = POLL_SECONDS) -> None:
        self._position, self._poll_seconds = position, poll_seconds
        self._last = 0
        self._changed: asyncio.Event | None = None
        self._watching: asyncio.Task[None] | None = None
        self.stopped = False
        self.listeners = 0
        self.streams, self.max_streams = 0, MAX_STREAMS

    async def after(self, position: int, timeout: float = HEARTBEAT_SECONDS) -> int | None:  # noqa: ASYNC109
        """Return the store's position as soon as it is greater than this one; None after ``timeout`` seconds, or at the end."""
        if self._watching is None or self._watching.done():
            self._changed = asyncio.Event()
            self._watching = asyncio.create_task(self._watch())
        assert self._changed is not None
        self.listeners += 1
        try:
            async with asyncio.timeout(timeout):
                while not self.stopped:
                    if self._last > position:
                        return self._last
                    await self._changed.wait()
        except TimeoutError:
            pass
        finally:
            self.listeners -= 1
        return None

    def stop(self) -> None:
        """End every wait. Call it in the event loop."""
        self.stopped = True
        if self._changed is not None:
            self._changed.set()
        if self._watching is not None:
            self._watching.cancel()

    def stream_over(self) -> None:
        self.streams -= 1

    async def _watch(self) -> None:
        while self.listeners and not self.stopped:
            try:
                position = await asyncio.to_thread(self._position)
            except DarialError:  # the store is busy or gone for a moment
                position = self._last
            if position != self._last:
                self._last = position
                changed, self._changed = self._changed, asyncio.Event()
                assert changed is not None
                changed.set()
            await asyncio.sleep(self._poll_seconds)


def server_sent_events(notifier: ChangeNotifier, source: AsyncIterator[ServerEvent]) -> Stream:
    """Return a stream of server-sent events (HTML standard, section 9.2). Raises HTTPException (503) if there are too many streams."""
    if notifier.streams >= notifier.max_streams:
        raise HTTPException(status_code=503, detail="too many streams: try again later")
    notifier.streams += 1

    async def lines() -> AsyncIterator[bytes]:
        try:
            yield b"retry: 3000\n\n"
            async for event in source:
                if notifier.stopped:
                    return
                yield event.lines()
        finally:
            over()

    events = lines()
    over = weakref.finalize(events, notifier.stream_over)  # also if it never begins
    headers = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(events, headers=headers)
