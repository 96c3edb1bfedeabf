"""Write log lines in a thread, so that a reader who has stopped reading does not block the program.

Lines wait in order, up to a bound. While there is no room, or a line cannot be written, lines are dropped and counted; when
writing works again, an extra line says how many were lost.
"""

from __future__ import annotations

import errno
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable

MAX_WAITING_BYTES = 4 << 20  # some 20,000 lines: a reader may pause for a while and lose nothing
FLUSH_SECONDS = 1.0  # how long the end of the process waits for its last lines
_RETRY_SECONDS = 0.1  # on a descriptor that another program has made non-blocking


class LogWriter:
    """Takes lines from any thread without waiting; ``announce(count)`` returns the line about dropped ones."""

    def __init__(
        self, descriptor: int, *, announce: Callable[[int], str], max_waiting_bytes: int = MAX_WAITING_BYTES
    ) -> None:
        self._descriptor, self._announce, self._most = descriptor, announce, max_waiting_bytes
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()  # the first one is being written
        self._bytes = 0
        self._full = False
        self._dropped = 0
        self._torn = False  # the last line was written in part
        self._thread: threading.Thread | None = None

    def put(self, line: str) -> None:
        """Take one line without its newline. Never blocks and never raises."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._changed:
            if self._full or self._bytes + len(data) > self._most:
                self._full = True  # until half of it has been read: one gap, not one at every other line
                self._dropped += 1
            else:
                self._append(data)
            self._start()

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until everything is written, at most ``seconds``. Return True if it is."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._waiting:
                left = until - time.monotonic()
                if left <= 0 or self._thread is None:
                    return False
                self._changed.wait(left)
        return True

    def _append(self, data: bytes) -> None:
        self._waiting.append(data)
        self._bytes += len(data)
        self._changed.notify_all()

    def _start(self) -> None:
        """Start the thread with the first line."""
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._run, name="log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no memory, or no more threads: tried again with the next line
                return
            self._thread = thread

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                data = self._waiting[0]
            written = self._write(data)
            with self._changed:
                self._waiting.popleft()
                self._bytes -= len(data)
                self._count(written)
                self._changed.notify_all()

    def _count(self, written: bool) -> None:
        """Count a line that could not be written; announce the dropped ones when writing works again."""
        if not written:
            self._dropped += 1
            return
        if self._full and self._bytes <= self._most // 2:
            self._full = False
        if self._dropped and not self._full:
            count, self._dropped = self._dropped, 0
            self._append(self._announce(count).encode("utf-8", "backslashreplace") + b"\n")

    def _write(self, data: bytes) -> bool:
        """Write a whole line, however long it takes. Return False on an error."""
        view = memoryview(b"\n" + data if self._torn else data)
        whole = len(view)
        while view:
            try:
                view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                if error.errno != errno.EAGAIN:  # closed, or its disk is full
                    self._torn = self._torn or 0 < len(view) < whole
                    return False
                select.select([], [self._descriptor], [], _RETRY_SECONDS)
        self._torn = False
        return True
