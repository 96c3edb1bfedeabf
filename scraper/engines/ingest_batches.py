"""Store batches of pages to ingest in the database, compressed, until a process imports them.

A batch and the position after it are written in one transaction, so that no page is left out or sent twice; results are
counted when the batch is deleted. ``room`` waits while there are many, so that the database holds only a few at a time.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from scraper.codec import decode, encode
from scraper.engines import ImportBatch
from scraper.engines.connection import ClusterConnection, Connection
from scraper.errors import StoreError
from scraper.ingest.model import ImportResult, IngestCounts, IngestInput, PageBatch, RefusedPage

MAX_WAITING = 64  # batches of one input, 4 MB each at the most before they are compressed
CHECK_SECONDS = 0.2
LEVEL = 1  # of compression: pages cross the network twice, but ingesting is limited by the processors


class IngestBatches:
    def __init__(self, database: ClusterConnection) -> None:
        self._database = database

    # -------------------------------------------------------------------------------- the process that reads

    async def position(self, source: IngestInput) -> str:
        row = await self._database.row("SELECT after FROM ingest_input WHERE key = %s", source.key)
        return str(row[0]) if row else ""

    async def tally(self, source: IngestInput) -> IngestCounts:
        row = await self._database.row("SELECT tally::text FROM ingest_input WHERE key = %s", source.key)
        return decode(row[0], IngestCounts) if row else IngestCounts()

    async def forget(self, source: IngestInput) -> None:
        await self._database.rows("DELETE FROM ingest_input WHERE key = %s", source.key)

    async def put(
        self, source: IngestInput, batch: PageBatch, before: str, connection: Connection
    ) -> int | None:
        """Write one batch and move from ``before`` to the position after it, in the caller's transaction; return its number.

        None if that was done already (the answer to a commit may get lost). Raises StoreError (store_locked) if the input is
        at another position: another process ingests it.
        """
        await connection.execute(
            "INSERT INTO ingest_input VALUES (%s, %s, '', %s::jsonb) ON CONFLICT (key) DO NOTHING",
            (source.key, source.name, encode(IngestCounts()).decode()),
        )
        cursor = await connection.execute(
            "UPDATE ingest_input SET after = %s, name = %s WHERE key = %s AND after = %s RETURNING key",
            (batch.after, source.name, source.key, before),
        )
        if await cursor.fetchone() is None:
            cursor = await connection.execute("SELECT after FROM ingest_input WHERE key = %s", (source.key,))
            if await cursor.fetchone() == (batch.after,):
                return None
            raise StoreError(f"another process ingests {source.name}", code="store_locked")
        data = await asyncio.to_thread(_packed, batch)
        cursor = await connection.execute(
            "INSERT INTO ingest_batch (input, batch) VALUES (%s, %s) RETURNING id", (source.key, data)
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    async def waiting(self, source: IngestInput) -> int:
        row = await self._database.row("SELECT count(*) FROM ingest_batch WHERE input = %s", source.key)
        return int(row[0]) if row else 0

    async def room(self, source: IngestInput, most: int = MAX_WAITING) -> None:
        """Wait until fewer than ``most`` batches wait."""
        while await self.waiting(source) >= most:  # noqa: ASYNC110  (other processes make the room)
            await asyncio.sleep(CHECK_SECONDS)

    async def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        """Yield every page that gave no record, with its input's name."""
        last = 0
        while rows := await self._database.rows(
            "SELECT id, name, page::text FROM ingest_refused JOIN ingest_input ON key = input"
            " WHERE id > %s ORDER BY id LIMIT 1000",
            last,
        ):
            for last, name, page in rows:  # noqa: B007
                yield name, decode(page, RefusedPage)

    # -------------------------------------------------------------------------------- the process that imports

    async def import_batch(self, number: int, importer: ImportBatch, *, last: bool) -> None:
        """Import a batch. ``last``: this is the last attempt; if it fails, the pages are refused."""
        row = await self._database.row("SELECT batch FROM ingest_batch WHERE id = %s", number)
        if row is None:  # another process was faster
            return
        batch = await asyncio.to_thread(_unpacked, row[0])
        try:
            result = await importer(batch)
        except Exception as error:
            if not last:
                raise
            result = _refuse_all(batch, str(error))
        async with self._database.transaction() as connection:
            await _count_result(connection, number, result)


async def _count_result(connection: Connection, number: int, result: ImportResult) -> None:
    """Add a batch's result to the counts, unless another process has done so."""
    cursor = await connection.execute("DELETE FROM ingest_batch WHERE id = %s RETURNING input", (number,))
    if (row := await cursor.fetchone()) is None:
        return
    (key,) = row
    cursor = await connection.execute(
        "SELECT tally::text FROM ingest_input WHERE key = %s FOR UPDATE", (key,)
    )
    if (row := await cursor.fetchone()) is None:
        return
    total = decode(row[0], IngestCounts) + result.tally
    await connection.execute(
        "UPDATE ingest_input SET tally = %s::jsonb WHERE key = %s", (encode(total).decode(), key)
    )
    for page in result.refused:
        await connection.execute(
            "INSERT INTO ingest_refused (input, page) VALUES (%s, %s::jsonb)", (key, encode(page).decode())
        )


def _refuse_all(batch: PageBatch, why: str) -> ImportResult:
    pages = (
        RefusedPage(place=page.place, url=page.url, code="parser_error", message=why) for page in batch.pages
    )
    refused = (*batch.refused, *pages)
    reasons = dict(batch.skipped)
    for page in refused:
        reasons[page.code] = reasons.get(page.code, 0) + 1
    count = len(refused) + sum(batch.skipped.values())
    return ImportResult(tally=IngestCounts(pages=count, reasons=reasons), refused=refused)


def _packed(batch: PageBatch) -> bytes:
    return zlib.compress(encode(batch), LEVEL)


def _unpacked(data: bytes) -> PageBatch:
    return decode(zlib.decompress(data), PageBatch)
