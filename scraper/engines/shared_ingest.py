"""The Intake of several machines: batches wait in the database, and every process that works takes its share. See the protocol.

Whoever reads an input works too, so that one machine alone gets it done. A database that goes away costs time.
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

MAX_BATCHES = 4  # under way in this process
PATIENCE_TRIES = 150  # to reach a database that went away, ``Timing.reconnect`` apart: five minutes

T = TypeVar("T")


class SharedIngestQueue:
    def __init__(self, location: str, *, timing: Timing | None = None) -> None:
        self._link, self._timing = ClusterConnection(location), timing or Timing()
        self.turns: RateLimiter = SharedRateLimiter(self._link, process_name(), monotonic=clock.monotonic)
        self._batches = IngestBatches(self._link)
        self._digester: PageImporter | None = None
        self._crew = PollJobs(self._link, self._timing, batch=self._one)
        self._opened = contextlib.AsyncExitStack()
        self._at: dict[str, str] = {}  # the positions of the inputs, as we know them
        self._work: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._link)
        await self._opened.enter_async_context(self._crew)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._opened.aclose()

    def begin(self, digester: PageImporter) -> None:
        self._digester = digester
        self._work = [asyncio.create_task(self._works()), asyncio.create_task(self._takes_over())]

    async def position(self, source: IngestInput) -> str:
        self._at[source.key] = await self._patiently(lambda: self._batches.position(source))
        return self._at[source.key]

    async def tally(self, source: IngestInput) -> IngestCounts:
        return await self._patiently(lambda: self._batches.tally(source))

    async def forget(self, source: IngestInput) -> None:
        await self._patiently(lambda: self._batches.forget(source))
        self._at[source.key] = ""

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        await self._patiently(lambda: self._batches.room(source))
        await self._patiently(lambda: self._put(source, batch))
        self._at[source.key] = batch.after

    async def drain(self, source: IngestInput) -> None:
        await self._patiently(lambda: self._batches.room(source, most=1))

    def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        return self._batches.refused()

    async def _put(self, source: IngestInput, batch: PageBatch) -> None:
        async with self._link.transaction(durable=True) as connection:
            number = await self._batches.put(source, batch, self._at[source.key], connection)
            if number is not None:
                await self._crew.defer_batch(number, connection)

    async def _one(self, number: int, last: bool) -> None:
        assert self._digester is not None
        await self._batches.digest(number, self._digester.digest, last=last)

    async def _works(self) -> None:
        while True:
            with contextlib.suppress(ConnectionLost):
                await self._crew.work(INGEST, MAX_BATCHES)
            await asyncio.sleep(self._timing.reconnect)

    async def _takes_over(self) -> None:
        while True:
            with contextlib.suppress(ConnectionLost):
                await self._crew.take_over()
            await asyncio.sleep(self._timing.sweep)

    async def _patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        """Try again for a while: all that is done here may be done twice."""
        for _ in range(PATIENCE_TRIES):
            with contextlib.suppress(ConnectionLost):
                return await do()
            await asyncio.sleep(self._timing.reconnect)
        return await do()
