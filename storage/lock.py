"""One process owns a store: an flock on ``data/lock``, freed by the kernel however the process ends.

The file says who holds it. The descriptor is not inherited by programs we start (O_CLOEXEC); a plain fork would keep the
lock alive, which is why workers are spawned.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from pathlib import Path

from scraper import clock
from scraper.codec import DecodeError, Struct, decode, encode
from scraper.errors import StoreError, StoreLocked

# Somebody who asks ``holder`` has the lock for a moment: try again before giving up.
TRIES = 5
TRY_SECONDS = 0.04


class Holder(Struct, frozen=True):
    pid: int
    since: str


class Lock:
    """Held from construction to ``release``. Raises StoreLocked at once if another process holds it."""

    def __init__(self, path: Path) -> None:
        _demand_locks()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _taken(self._fd):
            os.close(self._fd)
            raise _in_use(path)
        holder = Holder(os.getpid(), clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        with contextlib.suppress(OSError):  # a full disk must not keep the owner out
            os.pwrite(self._fd, encode(holder) + b"\n", 0)
            os.ftruncate(self._fd, len(encode(holder)) + 1)

    def release(self) -> None:
        """Let others in. The file stays: unlinking it would let two processes lock two files of one name."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def _has_locks() -> bool:
    return importlib.util.find_spec("fcntl") is not None


def _demand_locks() -> None:
    if not _has_locks():
        raise StoreError(
            "stores can only be read on this system: it has no flock (writing needs Linux or macOS)",
            code="store_readonly",
        )


def _taken(fd: int) -> bool:
    import fcntl  # not on Windows

    for attempt in range(TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < TRIES - 1:
                time.sleep(TRY_SECONDS)
        else:
            return True
    return False


def refuse_owned(path: Path) -> None:
    """Raise StoreLocked if a process owns the store now: for those who would need a second to come to ask for it."""
    _demand_locks()
    if holder(path) is not None:
        raise _in_use(path)


def _in_use(path: Path) -> StoreLocked:
    return StoreLocked(f"the store at {path.parent} is in use by {_who(path)}")


def _who(path: Path) -> str:
    try:
        holder = decode(path.read_bytes(), Holder)
    except (OSError, DecodeError):
        return "another process"
    return f"process {holder.pid} since {holder.since}"


def holder(path: Path) -> int | None:
    """Return the process that owns the store now, if any: asked without disturbing it."""
    if not _has_locks():
        return None
    import fcntl

    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with contextlib.suppress(OSError, DecodeError):
            return decode(path.read_bytes(), Holder).pid
        return -1
    finally:
        os.close(fd)
    return None
