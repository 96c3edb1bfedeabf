"""Where batches go: the Intake protocol, and the one of a single process. The other one is in scraper.engines.

A batch that was put is dealt with sooner or later, whatever dies; ``position`` is where its input goes on.
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

BATCHES_AHEAD = 4  # read and parsing while an earlier one is stored


class IngestQueue(Protocol):
    """What takes batches in, in the order of their input. Use as a context manager."""

    @property
    def turns(self) -> RateLimiter | None:
        """Who else asks the hosts: None if nobody but this process does."""
        ...

    def begin(self, digester: PageImporter) -> None:
        """From now on this process can digest."""
        ...

    async def position(self, source: IngestInput) -> str:
        """Where to go on; "" from the start."""
        ...

    async def tally(self, source: IngestInput) -> IngestCounts:
        """What the input has come to so far."""
        ...

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        """Take one batch; returns when there is room for the next."""
        ...

    async def drain(self, source: IngestInput) -> None:
        """Until everything of the input that was put is dealt with."""
        ...

    async def forget(self, source: IngestInput) -> None:
        """Begin the input anew."""
        ...

    def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        """Every page that gave no record, with its input's name."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None:
        """What is under way is thrown away; it is taken in again next time."""
        ...


class LocalIngestQueue:
    """Parses a few batches ahead and stores them in their order, so that a run has the same result as another."""

    turns: RateLimiter | None = None

    def __init__(self, location: str) -> None:
        self._ledger = IngestProgress(Path(location))
        self._digester: PageImporter | None = None
        self._ahead: deque[tuple[IngestInput, PageBatch, asyncio.Task[list[Parsed]]]] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [parsing for _, _, parsing in self._ahead]
        self._ahead.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin(self, digester: PageImporter) -> None:
        self._digester = digester

    async def position(self, source: IngestInput) -> str:
        return self._ledger.position(source)

    async def tally(self, source: IngestInput) -> IngestCounts:
        return self._ledger.tally(source)

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        assert self._digester is not None
        self._ahead.append((source, batch, asyncio.create_task(self._digester.parse(batch))))
        if len(self._ahead) >= BATCHES_AHEAD:
            await self._settle()

    async def drain(self, source: IngestInput) -> None:  # noqa: ARG002
        while self._ahead:
            await self._settle()

    async def forget(self, source: IngestInput) -> None:
        self._ledger.forget(source)

    async def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        for page in self._ledger.refused():
            yield page

    async def _settle(self) -> None:
        assert self._digester is not None
        source, batch, parsing = self._ahead.popleft()
        digested = await self._digester.keep(batch, await parsing)
        await asyncio.to_thread(self._ledger.note, source, batch.after, digested)
