"""Queue batches in the database, for every process to take its share. See the protocol IngestQueue.

The process that reads an input imports too, so that one machine is enough. A database that goes away only costs time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, TypeVar

from scraper import clock
from scraper.engines.connection import ClusterConnection, ConnectionLost
from scraper.engines.ingest_batches import IngestBatches
from scraper.engines.jobs import INGEST, PollJobs, Timing
from scraper.engines.shared_rate_limit import SharedRateLimiter, process_name
from scraper.fetch.rate_limit import RateLimiter
from scraper.ingest.import_pages import PageImporter
from scraper.ingest.model import IngestCounts, IngestInput, PageBatch, RefusedPage

MAX_BATCHES = 4  # at the same time in this process
MAX_TRIES = 150  # to reach a database that went away, ``Timing.reconnect`` apart: five minutes

T = TypeVar("T")


class SharedIngestQueue:
    def __init__(self, location: str, *, timing: Timing | None = None) -> None:
        self._database, self._timing = ClusterConnection(location), timing or Timing()
        self.rate_limiter: RateLimiter = SharedRateLimiter(
            self._database, process_name(), monotonic=clock.monotonic
        )
        self._batches = IngestBatches(self._database)
        self._importer: PageImporter | None = None
        self._jobs = PollJobs(self._database, self._timing, batch=self._import_batch)
        self._opened = contextlib.AsyncExitStack()
        self._positions: dict[str, str] = {}  # of the inputs
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._database)
        await self._opened.enter_async_context(self._jobs)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._opened.aclose()

    def begin(self, importer: PageImporter) -> None:
        self._importer = importer
        self._tasks = [asyncio.create_task(self._do_jobs()), asyncio.create_task(self._take_over())]

    async def position(self, source: IngestInput) -> str:
        self._positions[source.key] = await self._retried(lambda: self._batches.position(source))
        return self._positions[source.key]

    async def tally(self, source: IngestInput) -> IngestCounts:
        return await self._retried(lambda: self._batches.tally(source))

    async def forget(self, source: IngestInput) -> None:
        await self._retried(lambda: self._batches.forget(source))
        self._positions[source.key] = ""

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        await self._retried(lambda: self._batches.room(source))
        await self._retried(lambda: self._put(source, batch))
        self._positions[source.key] = batch.after

    async def drain(self, source: IngestInput) -> None:
        await self._retried(lambda: self._batches.room(source, most=1))

    def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        return self._batches.refused()

    async def _put(self, source: IngestInput, batch: PageBatch) -> None:
        async with self._database.transaction(durable=True) as connection:
            number = await self._batches.put(source, batch, self._positions[source.key], connection)
            if number is not None:
                await self._jobs.defer_batch(number, connection)

    async def _import_batch(self, number: int, last: bool) -> None:
        assert self._importer is not None
        await self._batches.import_batch(number, self._importer.import_batch, last=last)

    async def _do_jobs(self) -> None:
        while True:
            with contextlib.suppress(ConnectionLost):
                await self._jobs.work(INGEST, MAX_BATCHES)
            await asyncio.sleep(self._timing.reconnect)

    async def _take_over(self) -> None:
        while True:
            with contextlib.suppress(ConnectionLost):
                await self._jobs.take_over()
            await asyncio.sleep(self._timing.sweep)

    async def _retried(self, do: Callable[[], Awaitable[T]]) -> T:
        """Retry for some minutes. Everything that is done here may be done twice."""
        for _ in range(MAX_TRIES):
            with contextlib.suppress(ConnectionLost):
                return await do()
            await asyncio.sleep(self._timing.reconnect)
        return await do()
