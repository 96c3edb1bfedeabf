"""Queue batches for import: the protocol, and the queue of a single process. scraper.engines.shared_ingest has the other one.

Every batch that was put is imported sooner or later, whatever process dies; ``position`` is where its input goes on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, Self

from scraper.fetch.rate_limit import RateLimiter
from scraper.ingest.import_pages import PageImporter, Parsed
from scraper.ingest.model import IngestCounts, IngestInput, PageBatch, RefusedPage
from scraper.ingest.progress import IngestProgress

BATCHES_AHEAD = 4  # read and parsed while an earlier one is stored


class IngestQueue(Protocol):
    """Imports batches in the order of their input. Use as a context manager."""

    @property
    def rate_limiter(self) -> RateLimiter | None:
        """The limiter that all machines share; None if only this process fetches."""

    def begin(self, importer: PageImporter) -> None:
        """Import in this process from now on."""

    async def position(self, source: IngestInput) -> str:
        """Return where to go on; "" at the start."""

    async def tally(self, source: IngestInput) -> IngestCounts:
        """Return the counts of the input so far."""

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        """Take one batch; returns when there is room for the next."""

    async def drain(self, source: IngestInput) -> None:
        """Wait until all batches of the input are imported."""

    async def forget(self, source: IngestInput) -> None:
        """Start the input again."""

    def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        """Yield every page that gave no record, with its input's name."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None:
        """Drop unfinished batches; they are imported next time."""


class LocalIngestQueue:
    """Parses a few batches ahead and stores them in order, so that every run has the same result."""

    rate_limiter: RateLimiter | None = None

    def __init__(self, location: str) -> None:
        self._progress = IngestProgress(Path(location))
        self._importer: PageImporter | None = None
        self._ahead: deque[tuple[IngestInput, PageBatch, asyncio.Task[list[Parsed]]]] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [parsing for _, _, parsing in self._ahead]
        self._ahead.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin(self, importer: PageImporter) -> None:
        self._importer = importer

    async def position(self, source: IngestInput) -> str:
        return self._progress.position(source)

    async def tally(self, source: IngestInput) -> IngestCounts:
        return self._progress.tally(source)

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        assert self._importer is not None
        self._ahead.append((source, batch, asyncio.create_task(self._importer.parse(batch))))
        if len(self._ahead) >= BATCHES_AHEAD:
            await self._store_first()

    async def drain(self, source: IngestInput) -> None:  # noqa: ARG002
        while self._ahead:
            await self._store_first()

    async def forget(self, source: IngestInput) -> None:
        self._progress.forget(source)

    async def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        for page in self._progress.refused():
            yield page

    async def _store_first(self) -> None:
        assert self._importer is not None
        source, batch, parsing = self._ahead.popleft()
        result = await self._importer.store_parsed(batch, await parsing)
        await asyncio.to_thread(self._progress.note, source, batch.after, result)
