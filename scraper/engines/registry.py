"""Choose the engine, the ingest queue and the cluster status that go with a store, by its location.

Modules are imported when they are needed: the ones for several machines need the extra ``postgres``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.engines import Engine, EngineSetup
from scraper.ingest.queue import IngestQueue, LocalIngestQueue
from storage.location import scheme

if TYPE_CHECKING:
    from scraper.engines.cluster_status import ClusterStatus


def engine_of(setup: EngineSetup) -> Engine:
    """Return the engine for ``setup.location``."""
    if scheme(setup.location):
        from scraper.engines.postgres import PostgresEngine

        return PostgresEngine(setup)
    from scraper.engines.local import LocalEngine

    return LocalEngine(setup)


def ingest_queue_of(location: str) -> IngestQueue:
    """Return the queue that takes what is ingested into the store at ``location``."""
    if scheme(location):
        from scraper.engines.shared_ingest import SharedIngestQueue

        return SharedIngestQueue(location)
    return LocalIngestQueue(location)


async def cluster_status_of(location: str) -> ClusterStatus | None:
    """Return what the machines that share the store at ``location`` are doing; None if it is not shared."""
    if not scheme(location):
        return None
    from scraper.engines.cluster_status import cluster_status

    return await cluster_status(location)
