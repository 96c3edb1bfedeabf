"""Queue batches for import: the protocol, and the queue of a single process. scraper.engines.shared_ingest has the other one.

Every batch that was put is imported sooner or later, whatever process dies; ``position`` is where its input goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol, Self

from scraper.codec import DecodeError, Struct, decode, encode
from scraper.fetch.rate_limit import RateLimiter
from scraper.ingest.import_pages import PageImporter, Parsed
from scraper.ingest.model import ImportResult, IngestCounts, IngestInput, PageBatch, RefusedPage

FILE = "ingested.jsonl"  # in the store's directory: positions, counts, refused pages
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


class ProgressRow(Struct, frozen=True, kw_only=True):
    """A line of FILE, written when its batch is in the store."""

    input: str
    name: str
    after: str
    tally: IngestCounts
    refused: tuple[RefusedPage, ...] = ()


class LocalIngestQueue:
    """Parses a few batches ahead and stores them in order, so that every run has the same result.

    FILE says how far it is. After a crash between a batch and its line, the batch is imported again, which changes nothing; half
    a line at the end of the file is ignored. One process writes; any number may read.
    """

    rate_limiter: RateLimiter | None = None

    def __init__(self, location: str) -> None:
        self._path = Path(location) / FILE
        self._positions: dict[str, str] = {}
        self._tallies: dict[str, IngestCounts] = {}
        for row in self._rows():
            self._add(row)
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
        return self._positions.get(source.key, "")

    async def tally(self, source: IngestInput) -> IngestCounts:
        return self._tallies.get(source.key, IngestCounts())

    async def put(self, source: IngestInput, batch: PageBatch) -> None:
        assert self._importer is not None
        self._ahead.append((source, batch, asyncio.create_task(self._importer.parse(batch))))
        if len(self._ahead) >= BATCHES_AHEAD:
            await self._store_first()

    async def drain(self, source: IngestInput) -> None:  # noqa: ARG002
        while self._ahead:
            await self._store_first()

    async def forget(self, source: IngestInput) -> None:
        self._note(source, "", ImportResult(tally=IngestCounts()))

    async def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        for row in self._rows():
            for page in row.refused:
                yield row.name, page

    async def _store_first(self) -> None:
        assert self._importer is not None
        source, batch, parsing = self._ahead.popleft()
        result = await self._importer.store_parsed(batch, await parsing)
        await asyncio.to_thread(self._note, source, batch.after, result)

    def _note(self, source: IngestInput, after: str, result: ImportResult) -> None:
        """Write that a batch is in the store; ``after`` is empty for an input that starts again."""
        tally, refused = result.tally, result.refused
        row = ProgressRow(input=source.key, name=source.name, after=after, tally=tally, refused=refused)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+") as file:
            torn = file.tell() and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
            file.write((b"\n" if torn else b"") + encode(row) + b"\n")
        self._add(row)

    def _add(self, row: ProgressRow) -> None:
        self._positions[row.input] = row.after
        counts = self._tallies.get(row.input, IngestCounts())
        self._tallies[row.input] = counts + row.tally if row.after else IngestCounts()

    def _rows(self) -> Iterator[ProgressRow]:
        if self._path.exists():
            with self._path.open("rb") as file:
                for raw in file:
                    with contextlib.suppress(DecodeError):
                        yield decode(raw, ProgressRow)
