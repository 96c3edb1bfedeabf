"""Which engine, and which intake of what is ingested, goes with which kind of store: by the scheme of the store's location; loaded when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scraper.engines import Engine, EngineSetup
from scraper.ingest.queue import IngestQueue
from storage import location as places

if TYPE_CHECKING:
    from scraper.engines.cluster_status import ClusterStatus

ENGINES: Mapping[str, tuple[str, str]] = {
    "": ("scraper.engines.local", "LocalEngine"),
    "postgres": ("scraper.engines.postgres", "PostgresEngine"),
    "postgresql": ("scraper.engines.postgres", "PostgresEngine"),
}


INTAKES: Mapping[str, tuple[str, str]] = {
    "": ("scraper.ingest.queue", "LocalIngestQueue"),
    "postgres": ("scraper.engines.shared_ingest", "SharedIngestQueue"),
    "postgresql": ("scraper.engines.shared_ingest", "SharedIngestQueue"),
}


SIGHTS: Mapping[str, tuple[str, str]] = {
    "": ("scraper.engines.local", "no_cluster"),
    "postgres": ("scraper.engines.cluster_status", "cluster_status"),
    "postgresql": ("scraper.engines.cluster_status", "cluster_status"),
}


def engine_of(setting: EngineSetup) -> Engine:
    """The engine for ``setting.location``, which a store could be opened at."""
    engine: Engine = _of(ENGINES, setting.location)(setting)
    return engine


def intake_of(location: str) -> IngestQueue:
    """What takes in what is ingested into the store at ``location``."""
    intake: IngestQueue = _of(INTAKES, location)(location)
    return intake


async def look_up_cluster(location: str) -> ClusterStatus | None:
    """What the machines that share the store at ``location`` are doing; None if there are none."""
    seen: ClusterStatus | None = await _of(SIGHTS, location)(location)
    return seen


def _of(kinds: Mapping[str, tuple[str, str]], location: str) -> Any:
    module, name = kinds[places.scheme(location)]
    return getattr(importlib.import_module(module), name)
