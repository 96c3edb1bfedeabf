"""Batches of pages to be ingested, on their way to whichever process takes them: in the database, compressed.

A batch and the position after it are written in one transaction, so that no page is left out or sent twice; what a batch came to
is counted when it goes. Whoever puts waits while there are many: the database holds no more than a few at a time.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from scraper.codec import decode, encode
from scraper.engines import Digest
from scraper.engines.connection import ClusterConnection, Connection
from scraper.errors import StoreError
from scraper.ingest.model import ImportResult, IngestCounts, IngestInput, PageBatch, RefusedPage

MAX_WAITING = 64  # batches of one input, 4 MB each at the most before they are compressed
LOOK_SECONDS = 0.2
LEVEL = 1  # of compression: the pages cross the network twice, and processors are what ingesting is short of


class IngestBatches:
    def __init__(self, link: ClusterConnection) -> None:
        self._link = link

    # -------------------------------------------------------------------------------- who reads the input

    async def position(self, source: IngestInput) -> str:
        row = await self._link.row("SELECT after FROM ingest_input WHERE key = %s", source.key)
        return str(row[0]) if row else ""

    async def tally(self, source: IngestInput) -> IngestCounts:
        row = await self._link.row("SELECT tally::text FROM ingest_input WHERE key = %s", source.key)
        return decode(row[0], IngestCounts) if row else IngestCounts()

    async def forget(self, source: IngestInput) -> None:
        await self._link.rows("DELETE FROM ingest_input WHERE key = %s", source.key)

    async def put(
        self, source: IngestInput, batch: PageBatch, before: str, connection: Connection
    ) -> int | None:
        """Write one batch and go on from ``before`` to the position after it, in the caller's transaction; its number.

        None if that was done already (the answer to a commit may get lost). Raises StoreError (store_locked) if the input
        stands elsewhere: another process ingests it.
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
        row = await self._link.row("SELECT count(*) FROM ingest_batch WHERE input = %s", source.key)
        return int(row[0]) if row else 0

    async def room(self, source: IngestInput, most: int = MAX_WAITING) -> None:
        """Until fewer than so many batches wait."""
        while await self.waiting(source) >= most:  # noqa: ASYNC110  (other processes make the room)
            await asyncio.sleep(LOOK_SECONDS)

    async def refused(self) -> AsyncIterator[tuple[str, RefusedPage]]:
        """Every page that gave no record, with its input's name."""
        last = 0
        while rows := await self._link.rows(
            "SELECT id, name, page::text FROM ingest_refused JOIN ingest_input ON key = input"
            " WHERE id > %s ORDER BY id LIMIT 1000",
            last,
        ):
            for last, name, page in rows:  # noqa: B007
                yield name, decode(page, RefusedPage)

    # -------------------------------------------------------------------------------- who digests it

    async def digest(self, number: int, digest: Digest, *, last: bool) -> None:
        """Take a batch in. ``last``: it was tried often enough; if it fails again, its pages are refused."""
        row = await self._link.row("SELECT batch FROM ingest_batch WHERE id = %s", number)
        if row is None:  # somebody else was faster
            return
        batch = await asyncio.to_thread(_unpacked, row[0])
        try:
            digested = await digest(batch)
        except Exception as error:
            if not last:
                raise
            digested = _given_up(batch, str(error))
        async with self._link.transaction() as connection:
            await _settle(connection, number, digested)


async def _settle(connection: Connection, number: int, digested: ImportResult) -> None:
    """Count what a batch came to, unless another process has done so."""
    cursor = await connection.execute("DELETE FROM ingest_batch WHERE id = %s RETURNING input", (number,))
    if (row := await cursor.fetchone()) is None:
        return
    (key,) = row
    cursor = await connection.execute(
        "SELECT tally::text FROM ingest_input WHERE key = %s FOR UPDATE", (key,)
    )
    if (row := await cursor.fetchone()) is None:
        return
    total = decode(row[0], IngestCounts) + digested.tally
    await connection.execute(
        "UPDATE ingest_input SET tally = %s::jsonb WHERE key = %s", (encode(total).decode(), key)
    )
    for page in digested.refused:
        await connection.execute(
            "INSERT INTO ingest_refused (input, page) VALUES (%s, %s::jsonb)", (key, encode(page).decode())
        )


def _given_up(batch: PageBatch, why: str) -> ImportResult:
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
