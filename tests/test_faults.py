"""Faults of our own: told from those of outlets and from bugs, wherever in a chain of errors they are."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from scraper import own_faults
from scraper.errors import HttpStatusError, NetworkError, OutOfResources, StoreError, StoreLocked
from scraper.own_faults import own_fault
from storage.sql.sqlite import translated


def raised(error, cause=None):
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def stored(error):
    """What the store makes of it."""
    try:
        with translated(Path("data/darial.db")):
            raise error
    except StoreError as caught:
        return caught


def sqlite(code):
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorcode = code
    return error


def os_error(number):
    return OSError(number, "it failed")


CASES = {
    "no memory": (MemoryError(), own_faults.NO_MEMORY),
    "no memory, as the system says it": (os_error(errno.ENOMEM), own_faults.NO_MEMORY),
    "no descriptors": (os_error(errno.EMFILE), own_faults.NO_DESCRIPTORS),
    "no descriptors in the whole machine": (os_error(errno.ENFILE), own_faults.NO_DESCRIPTORS),
    "no processes": (OSError(errno.EAGAIN, "no process"), own_faults.NO_THREADS),
    "no threads": (RuntimeError("can't start new thread"), own_faults.NO_THREADS),
    "a connection without a descriptor": (raised(NetworkError("a: it failed"), os_error(errno.EMFILE)), own_faults.NO_DESCRIPTORS),
    "a full disk": (os_error(errno.ENOSPC), own_faults.DISK_FULL),
    "a quota": (os_error(errno.EDQUOT), own_faults.DISK_FULL),
    "a full disk under the store": (stored(os_error(errno.ENOSPC)), own_faults.DISK_FULL),
    "a full disk under the database": (stored(sqlite(sqlite3.SQLITE_FULL)), own_faults.DISK_FULL),
    "a read-only disk under the store": (stored(os_error(errno.EROFS)), own_faults.DISK_REFUSES),
    "a folder that was taken away": (stored(os_error(errno.ENOENT)), own_faults.DISK_REFUSES),
    "a locked database": (stored(sqlite(sqlite3.SQLITE_BUSY)), own_faults.LOCKED),
    "a locked table": (stored(sqlite(sqlite3.SQLITE_LOCKED)), own_faults.LOCKED),
    "a database without memory": (stored(sqlite(sqlite3.SQLITE_NOMEM)), own_faults.NO_MEMORY),
    "a database, raw": (sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), own_faults.LOCKED),
    "a server that is away": (StoreError("db: gone", code="store_unreachable"), own_faults._STORE["store_unreachable"]),
    "side by side": (BaseExceptionGroup("many", [raised(NetworkError("a"), MemoryError())]), own_faults.NO_MEMORY),
    "an owner": (StoreLocked("held"), own_faults._STORE["store_locked"]),
    "what the fetcher says": (OutOfResources("no memory is left"), own_faults.OwnFault("no memory is left", restart=True)),
    "a refused connection": (raised(NetworkError("a"), os_error(errno.ECONNREFUSED)), None),
    "no route": (raised(NetworkError("a"), os_error(errno.EHOSTUNREACH)), None),
    "a status": (HttpStatusError(503, url="https://a.example/"), None),
    "a bug": (ValueError("it failed"), None),
    "a bug while a fault was handled": (RuntimeError("it failed"), None),
    "a damaged database": (stored(sqlite(sqlite3.SQLITE_CORRUPT)), None),
    "a broken constraint": (stored(sqlite(sqlite3.SQLITE_CONSTRAINT)), None),
    "a record that is none": (StoreError("no", code="bad_record"), None),
}  # fmt: skip


@pytest.mark.parametrize("error, want", CASES.values(), ids=CASES.keys())
def test_whose_fault_it_is(error, want):
    """Ours and passing, or not."""
    assert own_fault(error) == want


def test_errors_that_cause_each_other():
    """A chain without end ends."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert own_fault(first) is None
