"""Read what the machines of a cluster are doing: workers, queues, hosts, ingesting. Changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from scraper.codec import Struct, decode
from scraper.engines.connection import ClusterConnection
from scraper.engines.jobs import Timing
from scraper.fetch.host_pace import HostState

HOSTS_SHOWN = 1000


class WorkerSeen(Struct, frozen=True, kw_only=True):
    name: str
    started: datetime
    seen: datetime
    alive: bool
    version: str
    sources: int
    polls: int  # running


class Queue(Struct, frozen=True, kw_only=True):
    """``stalled`` counts those of ``running`` whose process is dead or silent; another takes them within a minute."""

    name: str
    waiting: int
    running: int
    stalled: int
    failed: int


class HostSeen(Struct, frozen=True, kw_only=True):
    """``widened``: the factor on its usual interval, because it said that there were too many requests."""

    site: str
    asked: datetime | None
    holder: str | None
    widened: float
    paused_until: datetime | None
    status: int | None


class Ingesting(Struct, frozen=True, kw_only=True):
    input: str
    waiting: int
    pages: int


class ClusterStatus(Struct, frozen=True, kw_only=True):
    """``overdue`` sources should have got a job more than a minute ago."""

    at: datetime
    workers: tuple[WorkerSeen, ...] = ()
    queues: tuple[Queue, ...] = ()
    sources: int = 0
    overdue: int = 0
    hosts: tuple[HostSeen, ...] = ()
    ingesting: tuple[Ingesting, ...] = ()


_WORKERS = "SELECT worker, started, seen, version, sources, polls FROM worker_seen ORDER BY started, worker"
_QUEUES = """
SELECT queue_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
    count(*) FILTER (WHERE status = 'doing'
        AND (w.id IS NULL OR w.last_heartbeat < clock_timestamp() - make_interval(secs => %s))),
    count(*) FILTER (WHERE status NOT IN ('todo', 'doing', 'succeeded'))
FROM procrastinate_jobs LEFT JOIN procrastinate_workers w ON w.id = worker_id GROUP BY queue_name ORDER BY queue_name
"""
_DUES = (
    "SELECT count(*), count(*) FILTER (WHERE due < clock_timestamp() - interval '1 minute') FROM source_due"
)
_HOSTS = f"""
SELECT site, CASE WHEN until > clock_timestamp() THEN holder END, state::text FROM host_turn
ORDER BY (state ->> 'paused_until')::float8 DESC NULLS LAST, (state ->> 'ended')::float8 DESC NULLS LAST LIMIT {HOSTS_SHOWN}
"""  # noqa: S608
_INPUTS = """
SELECT name, (SELECT count(*) FROM ingest_batch WHERE input = key), (tally ->> 'pages')::bigint FROM ingest_input ORDER BY name
"""


async def cluster_status(location: str, *, timing: Timing | None = None) -> ClusterStatus | None:
    """Return the status; None if there has never been a worker. Raises ConnectionLost."""
    timing = timing or Timing()
    async with ClusterConnection(location, migrate=False, max_connections=1) as database:
        row = await database.row("SELECT to_regclass('worker_seen'), clock_timestamp()")
        if row is None or row[0] is None:
            return None
        at: datetime = row[1].astimezone(UTC)
        workers = [
            WorkerSeen(
                name=name,
                started=started,
                seen=seen,
                alive=(at - seen).total_seconds() < timing.stalled,
                version=version,
                sources=sources,
                polls=polls,
            )
            for name, started, seen, version, sources, polls in await database.rows(_WORKERS)
        ]
        queues = [Queue(name=n, waiting=w, running=r, stalled=s, failed=f)
                  for n, w, r, s, f in await database.rows(_QUEUES, timing.stalled)]  # fmt: skip
        sources, overdue = (await database.row(_DUES)) or (0, 0)
        hosts = [_host(site, holder, state, at) for site, holder, state in await database.rows(_HOSTS)]
        inputs = [Ingesting(input=name, waiting=w, pages=p) for name, w, p in await database.rows(_INPUTS)]
    return ClusterStatus(
        at=at,
        workers=tuple(workers),
        queues=tuple(queues),
        sources=sources,
        overdue=overdue,
        hosts=tuple(hosts),
        ingesting=tuple(inputs),
    )


def _host(site: str, holder: str | None, state: str | None, at: datetime) -> HostSeen:
    pace = decode(state, HostState) if state else HostState()
    until = datetime.fromtimestamp(pace.paused_until, UTC) if pace.paused_until > at.timestamp() else None
    return HostSeen(
        site=site,
        asked=datetime.fromtimestamp(pace.ended, UTC) if pace.ended else None,
        holder=holder,
        widened=round(pace.factor, 2),
        paused_until=until,
        status=pace.status if until else None,
    )
