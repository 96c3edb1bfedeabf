"""``darial status``: how every source is, and what needs attention."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir

if TYPE_CHECKING:
    from scraper.engines.cluster_status import ClusterStatus, HostSeen
    from scraper.model import SourceState

SHOWN_FAILURES = 5


def status(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Show the sources of a store: last poll, last success, last new article, what fails and why, when they are due.

    Those that need attention come first. Works while the daemon runs. Of several machines over PostgreSQL it shows the
    workers too, the queues, the jobs of dead workers, and the hosts that are paused or slowed down.

    \b
    Examples:
      darial status
      darial status --json | jq '.sources[] | select(.failures > 0)'
    """
    from scraper import clock
    from scraper.engines.registry import look_up_cluster
    from scraper.schedule.source_health import is_blocked
    from storage import open_store

    now = clock.now()
    with open_store(store, read_only=True) as opened:
        states = sorted(
            opened.source_states().values(), key=lambda s: (-s.failures, not trouble(s, now), s.source)
        )
        stats = opened.stats()
        failures = opened.failures(limit=SHOWN_FAILURES)
        quarantined = opened.quarantined()
    owner = store_holder(store)
    crowd = asyncio.run(look_up_cluster(store))
    if json:
        terminal.print_json(
            {
                "at": now,
                "running": owner,
                "sources": [source_brief(state, now) for state in states],
                "stats": stats,
                "failures": failures,
                "quarantined": quarantined,
                "cluster": crowd,
            }
        )
        terminal.flush()
        return
    columns = ("source", "polled", "success", "new", "failures", "next try", "pending", "trouble")
    terminal.print_table(None, columns, [status_row(state, now) for state in states], to_stdout=True)
    print()
    print(
        f"{stats.articles} articles, {stats.revisions} revisions, {stats.duplicates} duplicates, {stats.clusters} clusters"
    )
    print(
        f"{len(states)} sources, {sum(s.failures > 0 for s in states)} failing ({sum(map(is_blocked, states))} blocked), {sum(bool(s.yields.drift) for s in states)} drifting; {len(quarantined)} pages in quarantine"
    )
    if said := broken(states):
        print(said)
    if crowd is None:
        print(f"written to by process {owner}" if owner else "nobody is writing to it")
    else:
        show_cluster(crowd, now)
    if failures:
        print()
        rows = [(relative_time(f.at, now), f.source, f.code, f.url or f.message) for f in failures]
        terminal.print_table("Last failures", ("when", "source", "code", "address"), rows, to_stdout=True)


def broken(states: Sequence[SourceState]) -> str | None:
    """Say that polls break, if they do."""
    from scraper.schedule.source_health import is_broken

    bad = [state.source for state in states if is_broken(state)]
    if not bad:
        return None
    last = "The last poll" if len(bad) == 1 else "The last polls"
    return f"{last} of {len(bad)} of {len(states)} sources broke, a bug of Darial: look for poll_broke in the daemon's log"


def show_cluster(crowd: ClusterStatus, now: datetime) -> None:
    """The machines that share a store: who works, what waits, which hosts want to be left alone."""
    print(
        f"{sum(w.alive for w in crowd.workers)} workers, {crowd.sources} sources shared, {crowd.overdue} overdue"
    )
    print()
    rows: list[tuple[Any, ...]] = [
        (
            w.name,
            relative_time(w.started, now),
            relative_time(w.seen, now),
            w.polls,
            w.sources,
            w.version,
            "" if w.alive else "silent",
        )
        for w in crowd.workers
    ]
    columns = ("worker", "started", "seen", "polls", "sources", "version", "trouble")
    terminal.print_table("Workers", columns, rows, to_stdout=True)
    if crowd.queues:
        rows = [(q.name, q.waiting, q.running, q.stalled, q.failed) for q in crowd.queues]
        print()
        terminal.print_table(
            "Queues", ("queue", "waiting", "running", "stalled", "failed"), rows, to_stdout=True
        )
    if waiting := [i for i in crowd.ingesting if i.waiting]:
        rows = [(i.input, i.pages, i.waiting) for i in waiting]
        print()
        terminal.print_table("Ingesting", ("input", "pages", "batches waiting"), rows, to_stdout=True)
    if slow := slowed(crowd):
        rows = [
            (
                h.site,
                relative_time(h.asked, now),
                h.widened,
                relative_time(h.paused_until, now),
                f"http_{h.status}" if h.status else "",
            )
            for h in slow
        ]
        print()
        terminal.print_table(
            "Slowed hosts", ("host", "asked", "times its pace", "paused", "why"), rows, to_stdout=True
        )


def slowed(crowd: ClusterStatus) -> list[HostSeen]:
    """The hosts that want to be asked less, or not at all for a while."""
    return [host for host in crowd.hosts if host.paused_until or host.widened > 1]


def source_brief(state: SourceState, now: datetime) -> dict[str, Any]:
    """What of a source's state is of interest outside, the trouble in words."""
    from scraper.schedule.source_health import is_blocked, is_broken

    return {
        "source": state.source,
        "last_poll": state.last_poll,
        "last_success": state.last_success,
        "last_new": state.last_new,
        "due": state.due,
        "interval_seconds": state.interval_seconds,
        "failures": state.failures,
        "failing_since": state.failing_since,
        "error": state.error,
        "trouble": trouble(state, now),
        "pending": len(state.pending),
        "blocked": is_blocked(state),
        "broken": is_broken(state),
        "gap_since": state.gap_since,
        "open_gaps": state.open_gaps,
        "drift": state.yields.drift,
        "drift_since": state.yields.drift_since,
        "yield": usual_yield(state),
    }


def usual_yield(state: SourceState) -> dict[str, Any] | None:
    """What the outlet's pages give as a rule; None while nothing is known."""
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
    return (
        state.source,
        relative_time(state.last_poll, now),
        relative_time(state.last_success, now),
        relative_time(state.last_new, now),
        state.failures,
        relative_time(state.due, now),
        len(state.pending),
        trouble(state, now) or "",
    )


def trouble(state: SourceState, now: datetime) -> str | None:
    """What is wrong with a source, in words; what keeps articles from us goes before what they yield."""
    from scraper.schedule.source_health import health_problems

    said = [
        f"{ailment.code}: {ailment.words}" if ailment.code else ailment.words
        for ailment in health_problems(state, now)
        if ailment.kind != "unpolled"
    ]
    return "; ".join(said) or None


def relative_time(then: datetime | None, now: datetime) -> str:
    """A time as a person says it: ``5 min ago``, ``in 2 h``; ``-`` for never."""
    if then is None:
        return "-"
    seconds = (now - then).total_seconds()
    amount = abs(seconds)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if amount >= size:
            said = f"{amount / size:.0f} {unit}"
            return f"{said} ago" if seconds > 0 else f"in {said}"
    return "now"


def store_holder(store: str) -> int | None:
    """The process that writes to the store, if one does; a server's store has many and no owner."""
    from storage import location, lock

    folder = location.directory(store)
    return lock.holder(folder / "lock") if folder else None


def register(app: terminal.Group) -> None:
    app.command()(status)
