"""Which engine, and which intake of what is ingested, goes with which kind of store: by the scheme of the store's location; loaded when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from scraper.engines import Engine, Setting
from scraper.ingest.intake import Intake
from storage import location as places

ENGINES: Mapping[str, tuple[str, str]] = {
    "": ("scraper.engines.local", "LocalEngine"),
    "postgres": ("scraper.engines.postgres", "PostgresEngine"),
    "postgresql": ("scraper.engines.postgres", "PostgresEngine"),
}


INTAKES: Mapping[str, tuple[str, str]] = {
    "": ("scraper.ingest.intake", "LocalIntake"),
    "postgres": ("scraper.engines.shared", "SharedIntake"),
    "postgresql": ("scraper.engines.shared", "SharedIntake"),
}


def engine_of(setting: Setting) -> Engine:
    """The engine for ``setting.location``, which a store could be opened at."""
    engine: Engine = _of(ENGINES, setting.location)(setting)
    return engine


def intake_of(location: str) -> Intake:
    """What takes in what is ingested into the store at ``location``."""
    intake: Intake = _of(INTAKES, location)(location)
    return intake


def _of(kinds: Mapping[str, tuple[str, str]], location: str) -> Any:
    module, name = kinds[places.scheme(location)]
    return getattr(importlib.import_module(module), name)
