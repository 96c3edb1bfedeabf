"""Streams, and the notifier of a store: one look a second at its last seq, however many are waiting for the next record.

``Pulse.after`` waits for a change behind a seq. Everything that streams (pages, API) stands on it. Lives in one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from litestar.exceptions import HTTPException
from litestar.response import Stream

from scraper.errors import DarialError

LOOK_SECONDS = 1.0
BEAT_SECONDS = 15.0  # a stream says at least so often that it lives
MAX_LISTENERS = 500


class ChangeNotifier:
    """``look`` gives the last seq; it is called in a thread, and only while somebody waits."""

    def __init__(self, look: Callable[[], int], *, look_seconds: float = LOOK_SECONDS) -> None:
        self._look, self._look_seconds = look, look_seconds
        self._seq = 0
        self._changed: asyncio.Event | None = None
        self._looking: asyncio.Task[None] | None = None
        self.stopped = False
        self.listeners = 0

    async def after(self, seq: int, timeout: float = BEAT_SECONDS) -> int | None:  # noqa: ASYNC109
        """The last seq as soon as it is greater than ``seq``; None after ``timeout`` seconds, or at the end."""
        if self._looking is None or self._looking.done():
            self._changed = asyncio.Event()
            self._looking = asyncio.create_task(self._watch())
        assert self._changed is not None
        self.listeners += 1
        try:
            async with asyncio.timeout(timeout):
                while not self.stopped:
                    if self._seq > seq:
                        return self._seq
                    await self._changed.wait()
        except TimeoutError:
            pass
        finally:
            self.listeners -= 1
        return None

    def stop(self) -> None:
        """End every wait. To be called in the loop."""
        self.stopped = True
        if self._changed is not None:
            self._changed.set()
        if self._looking is not None:
            self._looking.cancel()

    async def _watch(self) -> None:
        while self.listeners and not self.stopped:
            try:
                seq = await asyncio.to_thread(self._look)
            except DarialError:  # the store is busy or gone for a moment
                seq = self._seq
            if seq != self._seq:
                self._seq = seq
                changed, self._changed = self._changed, asyncio.Event()
                assert changed is not None
                changed.set()
            await asyncio.sleep(self._look_seconds)


def server_sent_events(notifier: ChangeNotifier, source: AsyncIterator[tuple[int, bytes]]) -> Stream:
    """Server-sent events (HTML standard, section 9.2): pairs of a seq and one line of data; no data is a sign of life.

    Raises HTTPException (503) if too many listen already.
    """
    if notifier.listeners >= MAX_LISTENERS:
        raise HTTPException(status_code=503, detail="too many listeners")

    async def lines() -> AsyncIterator[bytes]:
        yield b"retry: 3000\n\n"
        async for seq, data in source:
            if notifier.stopped:
                return
            yield b"id: %d\ndata: %s\n\n" % (seq, data) if data else b": still here\n\n"

    headers = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(lines(), headers=headers)
