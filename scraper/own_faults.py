"""Tells a passing fault of our own (a full disk, a locked database, no descriptors, no memory) from all other errors. Pure.

Such a fault says nothing about a source: it is counted against nobody, and what it kept from being done is done soon after it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from scraper.codec import Struct
from scraper.errors import OutOfResources, StoreError


class OwnFault(Struct, frozen=True):
    """What is wrong on our side, in words. ``restart``: a new process may do better (its descriptors and memory are given back)."""

    words: str
    restart: bool = False


NO_MEMORY = OwnFault("no memory is left", restart=True)
NO_DESCRIPTORS = OwnFault("no file descriptors are left", restart=True)
NO_THREADS = OwnFault("no further thread or process may be started", restart=True)
DISK_FULL = OwnFault("the disk is full")
DISK_REFUSES = OwnFault("the disk cannot be written or read")
LOCKED = OwnFault("another program locks the database")

_ERRNOS = {
    errno.EMFILE: NO_DESCRIPTORS,
    errno.ENFILE: NO_DESCRIPTORS,
    errno.ENOMEM: NO_MEMORY,
    errno.EAGAIN: NO_THREADS,  # of fork: no further process
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EFBIG: DISK_FULL,
    errno.EIO: DISK_REFUSES,
    errno.EROFS: DISK_REFUSES,
}
# SQLite's primary result codes, which sqlite3's errors carry: BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN
_SQLITE = {
    5: LOCKED,
    6: LOCKED,
    7: NO_MEMORY,
    8: DISK_REFUSES,
    10: DISK_REFUSES,
    13: DISK_FULL,
    14: OwnFault("the database cannot be opened"),
}
_STORE = {
    "store_full": DISK_FULL,
    "store_busy": LOCKED,
    "store_locked": OwnFault("another process owns the store"),
    "store_readonly": OwnFault("the store may not be written"),
    "store_unreadable": OwnFault("the database cannot be opened"),
    "store_unreachable": OwnFault("the database server cannot be reached"),
    "store_denied": OwnFault("the database does not let us in"),
}


def own_fault(error: BaseException) -> OwnFault | None:
    """Return the fault of our own that an error comes from; None if there is none, or none that passes.

    The innermost cause says most: "no descriptors are left" is why "the database cannot be opened".
    """
    found = None
    for cause in _causes(error):
        found = _of(cause) or found
    if found is None and isinstance(error, StoreError) and isinstance(error.__cause__, OSError):
        return DISK_REFUSES
    return found


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error, what it was raised from, and so on; of a group the first one."""
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        yield step
        step = step.exceptions[0] if isinstance(step, BaseExceptionGroup) else step.__cause__


def _of(error: BaseException) -> OwnFault | None:
    match error:
        case MemoryError():
            return NO_MEMORY
        case OutOfResources():
            return OwnFault(str(error), restart=True)
        case StoreError():
            return _STORE.get(error.code)
        case OSError():
            return _ERRNOS.get(error.errno or 0)
        case RuntimeError() if "can't start new thread" in str(error):
            return NO_THREADS
    return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
