"""Measure what stories cost a store: one article compared with the window of 72 hours, however much is stored; memory."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from scraper.codec import replace
from scraper.stories.encoder import DIMENSIONS
from scraper.stories.grouping import WINDOW
from scraper.stories.sketch import StorySketch
from scraper.stories.vectors import quantised
from storage import open_store
from storage.sql import meta, story_tables
from storage.sql.dialect import Db

WINDOW_ARTICLES = 10_000
NOISE = 1.53  # times the length of a vector
TRIED = 40  # articles that are compared
_BATCH = 20_000
_STEP = int(WINDOW.total_seconds() * 1e6) // WINDOW_ARTICLES
_NOW = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp() * 1e6)


def linking_cost(sketches: Sequence[StorySketch], stored: int) -> dict[str, float]:
    """Return the CPU ms to keep one sketch in a store of so many articles, a window of 10,000 before it, and the MB that it takes.

    There are not so many texts: each article has the vector of one with so much noise that two of one text are as near as two of
    one subject (0.3), and the keys of another.
    """
    sketches = _varied(sketches)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "data") as store:
        with store._writing() as db:  # noqa: SLF001  (a million articles would take hours to gather)
            _fill(db, sketches, stored)
        before, times = memory_mb(), []
        for n in range(TRIED):
            article = stored - n * WINDOW_ARTICLES // TRIED // 10
            sketch = sketches[n * 7 % len(sketches)]
            began = time.process_time()
            store.keep_sketches([replace(sketch, id=_id(article), seq=article)])
            times.append(1000 * (time.process_time() - began))
        return {
            "ms": round(statistics.median(times[1:]), 2),
            "first_ms": round(times[0], 1),
            "mb": round(memory_mb() - before, 1),
        }


def _varied(sketches: Sequence[StorySketch]) -> list[StorySketch]:
    chance = np.random.default_rng(18)
    varied = []
    for n in range(WINDOW_ARTICLES):
        vector = np.frombuffer(sketches[n % len(sketches)].vector[:DIMENSIONS], np.int8).astype(np.float32)
        noise = chance.normal(size=DIMENSIONS).astype(np.float32)
        noisy = vector / np.linalg.norm(vector) + NOISE * noise / np.linalg.norm(noise)
        keys = sketches[int(chance.integers(len(sketches)))].keys
        varied.append(replace(sketches[0], vector=quantised(noisy), keys=keys))
    return varied


def memory_mb() -> float:
    """Return what this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def _fill(db: Db, sketches: Sequence[StorySketch], stored: int) -> None:
    """Write so many articles with sketches, without texts, the last of them now."""
    meta.put(db, story_tables.VERSION, sketches[0].version)
    for start in range(1, stored + 1, _BATCH):
        rows = [
            (n, _NOW - (stored - n) * _STEP, sketches[n % len(sketches)])
            for n in range(start, min(start + _BATCH, stored + 1))
        ]
        db.insert(
            "article",
            ("n", "id", "source", "latest", "revisions", "origin", "purged", "seen"),
            [(n, _id(n), f"outlet{n % 200}", n, 1, origin, 0, origin) for n, origin, _ in rows],
            "",
        )
        db.insert(
            "story",
            ("article", "seq", "origin", "copy", "story", "keys"),
            [(n, n, origin, 0, n, sketch.keys) for n, origin, sketch in rows],
            "",
        )
        db.insert(
            "story_vector",
            ("origin", "article", "vector"),
            [(origin, n, sketch.vector) for n, origin, sketch in rows],
            "",
        )


def _id(article: int) -> str:
    return f"{article:016x}"
