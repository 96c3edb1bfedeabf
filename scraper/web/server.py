"""Serve the application over HTTP with uvicorn, in the foreground or in a thread beside the daemon.

The thread has its own event loop and opens the store read-only by itself: a slow page does not delay any poll.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from scraper.config.load import Sources
from scraper.errors import ConfigError
from scraper.model.daemon_status import DaemonStatus
from scraper.settings import WebSettings
from scraper.web.access import AccessControl
from scraper.web.app import build_app
from scraper.web.connections import BACKLOG, SHUTDOWN_SECONDS, BoundedServer, max_connections
from scraper.web.context import AppContext
from storage import location, open_store

STALLED_MS = 30_000  # a client that takes nothing for so long is gone


class WebServer:
    """One listening server over one store. Raises ConfigError if it cannot listen, StoreError if there is no store."""

    def __init__(
        self,
        store: str | Path,
        settings: WebSettings,
        sources: Callable[[], Sources],
        *,
        daemon_status: Callable[[], DaemonStatus | None] = lambda: None,
    ) -> None:
        self._store = open_store(store, read_only=True)
        try:
            context = AppContext(
                self._store,
                sources,
                daemon_status=daemon_status,
                folder=location.directory(store),
                zone=settings.timezone,
            )
            limit = max_connections()
            context.notifier.max_streams = min(context.notifier.max_streams, limit // 2)
            access = AccessControl(settings.token, (settings.host, *settings.names))
            self._server = BoundedServer(build_app(context, access), context.notifier.stop, limit=limit)
            self._socket = _listen(settings.host, settings.port)
        except BaseException:
            self._store.close()
            raise
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def serve(self) -> None:
        """Serve until a signal, or until another thread calls ``stop``."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._store.close()

    def stop(self) -> None:
        self._server.should_exit = True


@contextlib.contextmanager
def serve_in_thread(site: WebServer) -> Iterator[None]:
    """Serve in a thread for as long as the block runs."""
    thread = threading.Thread(target=site.serve, name="web", daemon=True)
    thread.start()
    try:
        yield
    finally:
        site.stop()
        thread.join(SHUTDOWN_SECONDS + 1)


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named, because asyncio sets TCP_NODELAY only then.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, proto=socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MS)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError([f"web: cannot listen on {host}, port {port}: {error.strerror or error}"]) from None
    return listener
