"""When every source is due, where all machines can see it: the table ``source_due``, beside Procrastinate's jobs.

A source waits for its time (``due``), or it has a job (``due`` is null). The two change places in one transaction, so that
none is lost and none has two jobs. Times come in as arguments; only ``wanted`` is by the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from scraper.codec import Struct
from scraper.engines.connection import ClusterConnection, Connection

FORGOTTEN_HOURS = 2.0  # a source that no worker has had in its file for so long is left alone
AT_ONCE = 1000  # jobs deferred in one sweep

_WANT = """
INSERT INTO source_due (source, site, due, wanted)
SELECT source, site, due, clock_timestamp() FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS new (source, site, due)
ON CONFLICT (source) DO UPDATE SET wanted = excluded.wanted, site = excluded.site
"""
_DUE = f"""
UPDATE source_due SET due = NULL FROM (
    SELECT source FROM source_due
    WHERE due <= %s AND wanted > clock_timestamp() - make_interval(hours => {FORGOTTEN_HOURS:.0f})
    AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.queueing_lock = source AND j.status = 'todo')
    ORDER BY due LIMIT {AT_ONCE} FOR UPDATE
) AS now WHERE source_due.source = now.source
RETURNING source_due.source, source_due.site
"""  # noqa: S608
_LOST = """
UPDATE source_due SET due = %s WHERE due IS NULL
AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.queueing_lock = source AND j.status IN ('todo', 'doing'))
"""
_SWEEPING = 0x0DA71A12


class Due(Struct, frozen=True):
    source: str
    site: str


class DueTimes:
    def __init__(self, link: ClusterConnection) -> None:
        self._link = link

    async def want(self, due: Mapping[str, datetime], sites: Sequence[str]) -> None:
        """These sources are in our file. New ones are due when it says so; of the others the table knows better."""
        await self._link.rows(_WANT, list(due), list(sites), list(due.values()))

    async def drop(self, sources: Iterable[str]) -> None:
        await self._link.rows("DELETE FROM source_due WHERE source = ANY(%s)", list(sources))

    async def put(self, source: str, due: datetime) -> None:
        """The source's job is done: it waits again. One that was dropped meanwhile stays so."""
        await self._link.rows("UPDATE source_due SET due = %s WHERE source = %s", due, source)

    async def next(self) -> datetime | None:
        """When the next source is due."""
        row = await self._link.row("SELECT min(due) FROM source_due")
        return row[0] if row else None


async def take_due(connection: Connection, now: datetime) -> list[Due] | None:
    """The sources that are due, to be given jobs in this transaction; None while another process is at it."""
    cursor = await connection.execute(
        "SELECT pg_try_advisory_xact_lock(%s, hashtext(current_setting('search_path')))", (_SWEEPING,)
    )
    if (await cursor.fetchone()) != (True,):
        return None
    await connection.execute(_LOST.encode(), (now,))
    cursor = await connection.execute(_DUE.encode(), (now,))
    return [Due(source, site) for source, site in await cursor.fetchall()]
