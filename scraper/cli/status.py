"""Show the state of every source of a store: ``darial status``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.terminal import option
from scraper.errors import ConfigError
from scraper.text.human import counted, time_ago
from storage import location, open_store

if TYPE_CHECKING:
    from scraper.engines.cluster_status import ClusterStatus
    from scraper.model import Healing, SourceState
    from storage import Quarantined, Stats
    from storage.model import FailureRecord

SHOWN_FAILURES = 5


class StoreStatus(NamedTuple):
    """The state of a store at one moment."""

    now: datetime
    writer: int | None
    states: Sequence[SourceState]
    stats: Stats
    failures: Sequence[FailureRecord]
    quarantined: Sequence[Quarantined]
    cluster: ClusterStatus | None
    story_backlog: int | None  # None where stories are off


def status(
    store: StoreDir = DEFAULT_STORE,
    watch: Annotated[bool, option("--watch", "Show it again and again, until Ctrl-C.")] = False,
    every: Annotated[float, option("--every SECONDS", "With --watch: the pause.", min=0.2, max=3600)] = 5,
    json: Json = False,
) -> None:
    r"""Show how every source is doing.

    A line for each source: last poll, last success, last new article, failures and their reason, next poll. Sources that
    need attention come first. Works while the daemon runs. For several machines on PostgreSQL it also shows the workers,
    the queues, the jobs of dead workers, and the hosts that are paused or slowed down.

    \b
    Examples:
      darial status
      darial status --watch --every 10
      darial status --json | jq '.sources[] | select(.failures > 0)'
    """
    if watch and json:
        raise ConfigError(["--watch, --json: use one of them"])
    if watch:
        terminal.watch(lambda: read_status(store), print_status, every=every)
    elif json:
        seen = read_status(store)
        sources = [source_brief(state, seen.now) for state in seen.states]
        more = {name: getattr(seen, name) for name in ("stats", "failures", "quarantined", "cluster")}
        brief = {"at": seen.now, "running": seen.writer, "sources": sources, **more}
        terminal.print_json({**brief, "stories_behind": seen.story_backlog})
    else:
        print_status(read_status(store))


def read_status(store: str) -> StoreStatus:
    """Return the status of a store, its sources in order of trouble."""
    from scraper.engines.registry import cluster_status_of
    from scraper.stories.sketch import BACKLOG_DAYS, encoder_name
    from storage import lock

    now = clock.now()
    with open_store(store, read_only=True) as opened:
        states = sorted(
            opened.source_states().values(), key=lambda s: (-s.failures, not trouble(s, now), s.source)
        )
        since = (now - timedelta(days=BACKLOG_DAYS)).date()
        behind = opened.story_backlog(since) if encoder_name() else None
        stats, failures, bad = opened.stats(), opened.failures(limit=SHOWN_FAILURES), opened.quarantined()
    folder = location.directory(store)
    writer = lock.holder(folder / "lock") if folder else None
    cluster = asyncio.run(cluster_status_of(store))
    return StoreStatus(now, writer, states, stats, failures, bad, cluster, behind)


def print_status(seen: StoreStatus) -> None:
    """Print the table of the sources, the totals, the cluster and the last failures."""
    from scraper.schedule.source_health import is_blocked
    from scraper.stories.sketch import BACKLOG_DAYS

    now, states, stats = seen.now, seen.states, seen.stats
    columns = ("source", "polled", "success", "new", "failures", "next try", "pending", "trouble")
    terminal.print_table(None, columns, [status_row(state, now) for state in states])
    print(
        f"\n{counted(stats.articles, 'article')}, {counted(stats.revisions, 'revision')},"
        f" {counted(stats.duplicates, 'duplicate')}, {counted(stats.clusters, 'cluster')}\n"
        f"{counted(len(states), 'source')}, {sum(s.failures > 0 for s in states)} failing"
        f" ({sum(map(is_blocked, states))} blocked),"
        f" {sum(s.healing.in_use is not None for s in states)} read in another way than configured,"
        f" {sum(bool(s.yields.drift) for s in states)} drifting;"
        f" {counted(len(seen.quarantined), 'page')} in quarantine"
    )
    if said := broken_polls(states):
        print(said)
    if seen.story_backlog:
        what = counted(seen.story_backlog, "article")
        print(f"{what} of the last {BACKLOG_DAYS} days not compared for stories yet; the daemon goes on")
    if seen.cluster is not None:
        show_cluster(seen.cluster, now)
    else:
        print(
            f"process {seen.writer} writes to the store" if seen.writer else "no process writes to the store"
        )
    if seen.failures:
        rows = [(time_ago(f.at, now), f.source, f.code, f.url or f.message) for f in seen.failures]
        _print_part("Last failures", ("when", "source", "code", "address"), rows)


def broken_polls(states: Sequence[SourceState]) -> str | None:
    """Return a warning if polls end with a bug."""
    from scraper.schedule.source_health import is_broken

    bad = sum(map(is_broken, states))
    polls = "poll" if bad == 1 else "polls"
    said = f"The last {polls} of {bad} of {len(states)} sources broke, a bug of Darial: look for poll_broke in the daemon's log"
    return said if bad else None


def show_cluster(cluster: ClusterStatus, now: datetime) -> None:
    """Print the workers that share a store, their queues, and the hosts that are polled less."""
    alive = sum(w.alive for w in cluster.workers)
    print(
        f"{counted(alive, 'worker')}, {counted(cluster.sources, 'source')} shared, {cluster.overdue} overdue"
    )
    _print_part(
        "Workers",
        ("worker", "started", "seen", "polls", "sources", "version", "trouble"),
        [
            (w.name, time_ago(w.started, now), time_ago(w.seen, now), w.polls, w.sources, w.version, "" if w.alive else "silent")
            for w in cluster.workers
        ],
    )  # fmt: skip
    if cluster.queues:
        queues = [(q.name, q.waiting, q.running, q.stalled, q.failed) for q in cluster.queues]
        _print_part("Queues", ("queue", "waiting", "running", "stalled", "failed"), queues)
    if inputs := [(i.input, i.pages, i.waiting) for i in cluster.ingesting if i.waiting]:
        _print_part("Ingesting", ("input", "pages", "batches waiting"), inputs)
    hosts = [
        (h.site, time_ago(h.asked, now), h.widened, time_ago(h.paused_until, now) if h.paused_until else "", f"http_{h.status}" if h.status else "")
        for h in cluster.hosts if h.paused_until or h.widened > 1
    ]  # fmt: skip
    if hosts:
        _print_part("Slowed hosts", ("host", "asked", "times its pace", "paused", "why"), hosts)


def _print_part(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    print()
    terminal.print_table(title, columns, rows)


def source_brief(state: SourceState, now: datetime) -> dict[str, Any]:
    """Return what other programs may want to know of a source's state, the trouble in words."""
    from scraper.schedule.source_health import is_blocked, is_broken

    plain = ("source", "last_poll", "last_success", "last_new", "due", "interval_seconds", "failures", "failing_since", "error")  # fmt: skip
    return {
        **{name: getattr(state, name) for name in plain},
        "trouble": trouble(state, now),
        "pending": len(state.pending),
        "blocked": is_blocked(state),
        "broken": is_broken(state),
        "gap_since": state.gap_since,
        "open_gaps": state.open_gaps,
        "healing": _healing_brief(state.healing),
        "drift": state.yields.drift,
        "drift_since": state.yields.drift_since,
        "yield": usual_yield(state),
    }


def _healing_brief(healing: Healing) -> dict[str, Any] | None:
    """Return how a source is read that cannot be read as configured; None if it is read so."""
    if healing.reason is None:
        return None
    plain = ("reason", "since", "used", "used_since", "over", "rest_until")
    return {**{name: getattr(healing, name) for name in plain}, "tried": len(healing.tried)}


def usual_yield(state: SourceState) -> dict[str, Any] | None:
    """Return the averages of a source's pages; None before the first page."""
    from scraper.schedule.drift import mean_characters

    known = state.yields
    if not known.pages:
        return None
    return {
        "pages": known.pages,
        "characters": mean_characters(known.length.mean),
        "confidence": round(known.confidence.mean, 2),
        "undated": round(known.undated.rate, 2),
        "doubtful": round(known.doubtful.recent, 2),
        "unrelated": round(known.unrelated.rate, 2),
        "unread": round(known.unread.rate, 2),
        "unruled": round(known.unruled.rate, 2),
    }


def status_row(state: SourceState, now: datetime) -> tuple[Any, ...]:
    """Return the cells of a source in the table."""
    times = [time_ago(then, now) for then in (state.last_poll, state.last_success, state.last_new, state.due)]
    return (state.source, *times[:3], state.failures, times[3], len(state.pending), trouble(state, now) or "")


def trouble(state: SourceState, now: datetime) -> str | None:
    """Return what is wrong with a source in words, failures to read it first; None if nothing is."""
    from scraper.schedule.source_health import health_problems

    said = [
        f"{problem.code}: {problem.words}" if problem.code else problem.words
        for problem in health_problems(state, now)
        if problem.kind != "unpolled"
    ]
    return "; ".join(said) or None
