"""Keep the due times that all machines share, in the table ``source_due`` beside Procrastinate's jobs.

A source waits for its time (``due``), or it has a job (``due`` is null). Both change in one transaction, so that no source
is lost and none has two jobs. Times are arguments; only ``wanted`` is read from the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from scraper.codec import Struct
from scraper.engines.connection import ClusterConnection, Connection

FORGOTTEN_HOURS = 2.0  # a source that has been in no worker's file for so long is not polled
AT_ONCE = 1000  # jobs deferred in one sweep

_REGISTER = """
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
_WITHOUT_JOB = """
UPDATE source_due SET due = %s WHERE due IS NULL
AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.queueing_lock = source AND j.status IN ('todo', 'doing'))
"""
_SWEEPING = 0x0DA71A12


class DueSource(Struct, frozen=True):
    id: str
    site: str


class DueTimes:
    def __init__(self, database: ClusterConnection) -> None:
        self._database = database

    async def register_sources(self, due: Mapping[str, datetime], sites: Sequence[str]) -> None:
        """Register the sources of our file. Sources that the table has keep their due times."""
        await self._database.rows(_REGISTER, list(due), list(sites), list(due.values()))

    async def drop(self, sources: Iterable[str]) -> None:
        await self._database.rows("DELETE FROM source_due WHERE source = ANY(%s)", list(sources))

    async def set_due(self, source: str, due: datetime) -> None:
        """Set when a source whose job is done is due again. A source that was dropped meanwhile stays dropped."""
        await self._database.rows("UPDATE source_due SET due = %s WHERE source = %s", due, source)

    async def next_due(self) -> datetime | None:
        """Return when the next source is due."""
        row = await self._database.row("SELECT min(due) FROM source_due")
        return row[0] if row else None


async def take_due(connection: Connection, now: datetime) -> list[DueSource] | None:
    """Take the sources that are due, to give them jobs in this transaction; None while another process does so."""
    cursor = await connection.execute(
        "SELECT pg_try_advisory_xact_lock(%s, hashtext(current_setting('search_path')))", (_SWEEPING,)
    )
    if (await cursor.fetchone()) != (True,):
        return None
    await connection.execute(_WITHOUT_JOB.encode(), (now,))
    cursor = await connection.execute(_DUE.encode(), (now,))
    return [DueSource(source, site) for source, site in await cursor.fetchall()]
