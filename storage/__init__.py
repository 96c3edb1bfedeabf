"""Darial's store for other programs.

    >>> from storage import Filter, open_store
    >>> with open_store("data", read_only=True) as store:
    ...     for record in store.latest(Filter(languages=("ka",))):
    ...         print(record.title)

``read_only`` stores need no lock and may be opened while the daemon writes. See docs/records.md.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from scraper.errors import StoreError
from storage import location as place
from storage.protocol import (
    ANYTHING,
    Cluster,
    Compacted,
    Explanation,
    FailureRecord,
    Filter,
    Hit,
    Member,
    Outcome,
    Pointer,
    Purged,
    Quarantined,
    Related,
    Sighting,
    Stats,
    Store,
    Story,
    Tally,
    Version,
)

__all__ = [
    "ANYTHING",
    "Cluster",
    "Compacted",
    "Explanation",
    "FailureRecord",
    "Filter",
    "Hit",
    "Member",
    "Outcome",
    "Pointer",
    "Purged",
    "Quarantined",
    "Related",
    "Sighting",
    "Stats",
    "Store",
    "Story",
    "Tally",
    "Version",
    "open_store",
]


# Which module and class keeps a store, by the scheme of its location; loaded when asked for.
_STORES = {
    "": ("storage.sqlite", "SQLiteStore"),
    "postgres": ("storage.postgres", "PostgresStore"),
    "postgresql": ("storage.postgres", "PostgresStore"),
}


def open_store(location: str | Path, *, read_only: bool = False, create: bool = True) -> Store:
    """The store at a directory or a URL (``postgresql://...``).

    A missing one is created with its first record, not before; ``read_only``, or ``create=False``, demands that it is there.
    Raises StoreLocked if another process owns it, StoreError for all else (store_missing, store_older, store_newer ...).
    """
    scheme = place.scheme(location)
    if scheme not in _STORES:
        raise StoreError(
            f"{place.shown(location)}: a store is a directory or a postgresql:// URL", code="store_unknown"
        )
    module, name = _STORES[scheme]
    try:
        keeper = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as e:
        raise StoreError(
            f"{place.shown(location)}: this Darial lacks what such a store needs ({e.name}): pip install 'darial[{scheme}]'",
            code="store_unknown",
        ) from e
    store: Store = keeper(location if scheme else Path(location), read_only=read_only, create=create)
    return store
