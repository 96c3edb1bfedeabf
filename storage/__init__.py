"""Darial's store for other programs.

    >>> from storage import Filter, open_store
    >>> with open_store("data", read_only=True) as store:
    ...     for record in store.latest(Filter(languages=("ka",))):
    ...         print(record.title)

``read_only`` stores need no lock and may be opened while the daemon writes. See docs/records.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scraper.error_messages import missing_extra
from scraper.errors import StoreError
from storage import location as place
from storage.model import (
    ANYTHING,
    PAGE_ROWS,
    Cluster,
    Compacted,
    Explanation,
    FailureRecord,
    Filter,
    Hit,
    Member,
    Moved,
    Outcome,
    Pointer,
    PurgeCandidate,
    Purged,
    PurgeSelection,
    Quarantined,
    Ranking,
    Related,
    Sighting,
    Stats,
    Story,
    Tally,
    Version,
    no_progress,
)

if TYPE_CHECKING:
    from storage.sql.store import Store

__all__ = [
    "ANYTHING", "Cluster", "Compacted", "Explanation", "FailureRecord", "Filter", "Hit", "Member",
    "Moved", "Outcome", "Pointer", "PurgeCandidate", "PurgeSelection", "Purged", "Quarantined",
    "Ranking", "Related", "Sighting", "Stats", "Store", "Story", "Tally", "Version", "copy_store",
    "open_store",
]  # fmt: skip


# Which module and class keeps a store, by the scheme of its location; loaded when asked for.
_STORES = {
    "": ("storage.sqlite_store", "SQLiteStore"),
    "postgres": ("storage.postgres_store", "PostgresStore"),
    "postgresql": ("storage.postgres_store", "PostgresStore"),
}


# Which module knows such a store as one end of a move.
_ENDS = {"": "storage.sqlite_copying", "postgres": "storage.pg.copying", "postgresql": "storage.pg.copying"}


def __getattr__(name: str) -> Any:
    """Load the type Store when it is asked for, with all queries that it brings."""
    if name == "Store":
        return importlib.import_module("storage.sql.store").Store
    raise AttributeError(name)


def open_store(location: str | Path, *, read_only: bool = False, create: bool = True) -> Store:
    """Return the store at a directory or a URL (``postgresql://...``).

    A missing one is created with its first record, not before; ``read_only``, or ``create=False``, demands that it is there.
    Raises StoreLocked if another process owns it, StoreError for all else (store_missing, store_older, store_newer ...).
    """
    module, name = _STORES[_scheme(location)]
    keeper = getattr(_part(location, module), name)
    at = location if place.scheme(location) else Path(location)
    store: Store = keeper(at, read_only=read_only, create=create)
    return store


def copy_store(
    source: str | Path,
    target: str | Path,
    progress: Callable[[int, int], object] = no_progress,
    *,
    page_rows: int = PAGE_ROWS,
) -> Moved:
    """Make, where no store is, one that is equal to another: every line, decision, key, state and failure.

    Fetched pages (WARC files beside a store) stay where they are. Killed and called again, it goes on where it was.
    """
    from storage import copying  # both databases: only where a store is copied

    ends = [_part(location, _ENDS[_scheme(location)]) for location in (source, target)]
    with ends[0].source_end(source) as from_, ends[1].target_end(target) as to:
        moved = copying.copy_rows(from_, to, progress, page_rows=page_rows)
    open_store(target).close()  # makes the search index and the JSON files
    return moved


def _scheme(location: str | Path) -> str:
    scheme = place.scheme(location)
    if scheme not in _STORES:
        raise StoreError(
            f"{place.shown(location)}: a store is a directory or a postgresql:// URL", code="store_unknown"
        )
    return scheme


def _part(location: str | Path, module: str) -> Any:
    """Return a module that may need a library which not every Darial has."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as e:
        if (why := missing_extra(e)) is None:
            raise
        raise StoreError(f"{place.shown(location)}: {why}", code="store_unknown") from e
