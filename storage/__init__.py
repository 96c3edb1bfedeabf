"""Darial's store for other programs.

    >>> from storage import open_store
    >>> with open_store("data", read_only=True) as store:
    ...     for record in store.latest(language="ka"):
    ...         print(record.title)

``read_only`` stores need no lock and may be opened while the daemon writes. See docs/records.md.
"""

from __future__ import annotations

from pathlib import Path

from storage.protocol import (
    Cluster,
    Explanation,
    FailureRecord,
    Filter,
    Hit,
    Member,
    Outcome,
    Pointer,
    Quarantined,
    Related,
    Stats,
    Store,
    Version,
)

__all__ = [
    "Cluster",
    "Explanation",
    "FailureRecord",
    "Filter",
    "Hit",
    "Member",
    "Outcome",
    "Pointer",
    "Quarantined",
    "Related",
    "Stats",
    "Store",
    "Version",
    "open_store",
]


def open_store(path_or_url: str | Path, *, read_only: bool = False) -> Store:
    """The store at a directory. Raises StoreLocked if another process writes to it, StoreError for all else.

    A missing directory is created with the first record, not before; ``read_only`` demands that there is a store.
    """
    from storage.sqlite import SQLiteStore

    return SQLiteStore(Path(path_or_url), read_only=read_only)
