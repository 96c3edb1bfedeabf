"""Bound what clients may hold: how long a request may take to arrive, and how many connections there are.

A client that sends nothing, or half a request, is let go after some seconds. When all connections are taken, the one that has been
without a request for longest gives way to a new one; with a request or a stream on each, the new one is refused.
"""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from scraper import logs

HEADER_SECONDS = 10.0  # from the connection, or a request's first byte, to the end of its headers
MOST_CONNECTIONS = 1000
EMFILE_LOG_SECONDS = 60.0
SHUTDOWN_SECONDS = 2  # for unfinished answers
BACKLOG = 128
# For want of a descriptor asyncio reports each that it would accept at once, and tries each again: the tries double each second
_ACCEPTED_AT_ONCE = 1
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


def max_connections() -> int:
    """Return how many connections this process can hold: half its descriptors belong to the rest of it."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft < 0 else max(8, min(MOST_CONNECTIONS, soft // 2))


class BoundedConnection(H11Protocol):
    """A connection to a client."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limit: int = MOST_CONNECTIONS,
        header_seconds: float = HEADER_SECONDS,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limit, self._header_seconds = limit, header_seconds
        self._timer: asyncio.TimerHandle | None = None
        self.idle_since = self.loop.time()

    @property
    def is_busy(self) -> bool:
        """Return True while a request is answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limit and not self._make_room():
            transport.write(_FULL)
            transport.close()
            return
        self._watch()

    def _make_room(self) -> bool:
        """Close the connection that has been idle for longest; return False if all are busy."""
        idle = [
            c
            for c in self.connections
            if isinstance(c, BoundedConnection) and not c.is_busy and c is not self
        ]
        if not idle:
            return False
        oldest = min(idle, key=lambda c: c.idle_since)
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        """Let the clock run while a request is awaited."""
        if self.is_busy:
            self._stop()
        elif self._timer is None:
            self._timer = self.loop.call_later(self._header_seconds, self.transport.abort)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def on_response_complete(self) -> None:
        self.idle_since = self.loop.time()
        self._stop()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)


class BoundedServer(uvicorn.Server):
    """Serves an ASGI application. ``stop_streams`` is called before it waits for unfinished answers."""

    def __init__(
        self,
        app: Callable[..., Any],
        stop_streams: Callable[[], None],
        *,
        limit: int,
        header_seconds: float = HEADER_SECONDS,
    ) -> None:
        self._stop_streams = stop_streams
        super().__init__(
            uvicorn.Config(
                app,
                http=cast("Any", partial(BoundedConnection, limit=limit, header_seconds=header_seconds)),
                backlog=_ACCEPTED_AT_ONCE,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(quiet_errors(loop))
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(BACKLOG)  # asyncio set it to what it accepts at once

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stop_streams()  # they end by themselves
        await super().shutdown(sockets)


def quiet_errors(
    loop: asyncio.AbstractEventLoop,
) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """Return an exception handler that tells once a minute that there are no descriptors; asyncio tries again each second."""
    last = -EMFILE_LOG_SECONDS

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal last
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _NO_DESCRIPTORS):
            loop.default_exception_handler(context)
        elif loop.time() - last >= EMFILE_LOG_SECONDS:
            last = loop.time()
            logs.get_logger().error("web_no_descriptors", error=str(error))

    return handle
