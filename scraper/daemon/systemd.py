"""Tell systemd the state of the daemon, and that it is alive. (I/O: one datagram socket.)"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """systemd's sd_notify(3): states as datagrams to a socket. Does nothing without a socket."""

    def __init__(self, address: str | None = None, *, watchdog_usec: str | None = None) -> None:
        # A leading @ means the abstract namespace, which the kernel spells with a NUL.
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        told = watchdog_usec or ""
        self.watchdog_seconds = int(told) / 1e6 if address and told.isascii() and told.isdigit() else 0.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Notifier:
        """Read the variables that systemd sets. If WATCHDOG_PID names another process, the watchdog is not ours."""
        ours = environ.get("WATCHDOG_PID") in (None, "", str(os.getpid()))
        return cls(environ.get("NOTIFY_SOCKET"), watchdog_usec=environ.get("WATCHDOG_USEC") if ours else None)

    def send(self, *states: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.setblocking(False)  # a full or dead socket must not stop the loop that it reports on
            s.sendto("\n".join(states).encode(), self._address)
