"""``darial top``: a store that somebody writes to, watched as it changes.

In: what the store and the machines that share it say. Out: a Frame, and the lines that show it; both are functions of
values. What is wrong with an outlet is judged by ``status``, not here.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.status import ago, holder, slowed, trouble
from scraper.cli.terminal import Line, Option
from scraper.codec import Struct
from scraper.engines.cluster_status import Sight
from scraper.schedule.source_health import SERIOUS, ailments, is_blocked
from scraper.text.normalize import clean
from storage import location

if TYPE_CHECKING:
    from scraper.model import SourceState
    from storage.model import Story, Tally
    from storage.protocol import Store

RECENT = 30  # articles
WORKERS_SHOWN = 4
WINDOW = timedelta(minutes=1)  # over which the rate is taken
FORGOTTEN = timedelta(minutes=10)  # overdue for longer: nobody polls it, as a rule


class Outlet(Struct, frozen=True, kw_only=True):
    """``serious``: what is wrong keeps articles from us."""

    source: str
    due: datetime | None
    last_poll: datetime | None
    failures: int
    blocked: bool
    trouble: str | None
    serious: bool
    today: int


class Arrival(Struct, frozen=True, kw_only=True):
    at: datetime
    seq: int
    source: str
    title: str | None
    url: str


class Mark(Struct, frozen=True):
    """The store's last seq at a time."""

    at: datetime
    seq: int


class Frame(Struct, frozen=True, kw_only=True):
    """One look at a store. ``outlets``: who polls now or next comes first. ``per_minute``: changes, once two looks can tell."""

    at: datetime
    store: str
    running: int | None
    seq: int
    per_minute: float | None
    today: int
    yesterday: int
    outlets: tuple[Outlet, ...]
    recent: tuple[Arrival, ...]
    cluster: Sight | None


def top(
    store: StoreDir = DEFAULT_STORE,
    every: Annotated[
        float, Option("--every", help="Seconds between two looks.", min=0.2, max=3600.0, metavar="SECONDS")
    ] = 2.0,
    once: Annotated[bool, Option("--once", help="One look, as text, and end.")] = False,
    json: Json = False,
) -> None:
    r"""Watch a store: who is polled now and next, who fails and why, the machines, the last articles, how many come.

    q or Ctrl-C ends it. Where stdout is no terminal it looks once. Reads only; works while the daemon runs.

    \b
    Examples:
      darial top
      darial top --every 10 --store postgresql://host/darial
      darial top --json | jq -r '.outlets[] | select(.serious) | .source'
    """
    from scraper import clock
    from storage import open_store

    marks: deque[Mark] = deque()
    with open_store(store, read_only=True) as opened:

        def look() -> Frame:
            return _look(opened, store, marks, clock.now())

        if json:
            terminal.out(look())
            terminal.flush()
        elif once or not terminal.is_live():
            terminal.lines(lines(look(), *terminal.size()))
        else:
            terminal.watch(lambda width, height: lines(look(), width, height), every=every)


def _look(opened: Store, store: str, marks: deque[Mark], now: datetime) -> Frame:
    from scraper.engines.registry import look

    marks.append(Mark(now, opened.seq()))
    while now - marks[0].at > WINDOW and len(marks) > 2:
        marks.popleft()
    return frame(
        store=location.shown(store),
        running=holder(store),
        marks=marks,
        states=opened.source_states(),
        tallies=opened.tallies((now - timedelta(days=1)).date()),
        stories=opened.newest(limit=RECENT, grouped=False),
        cluster=asyncio.run(look(store)),
    )


def frame(
    *,
    store: str,
    running: int | None,
    marks: Sequence[Mark],
    states: Mapping[str, SourceState],
    tallies: Iterable[Tally],
    stories: Iterable[Story],
    cluster: Sight | None,
) -> Frame:
    """What was seen at the last of ``marks``."""
    first, last = marks[0], marks[-1]
    days: Counter[str] = Counter()
    today: Counter[str] = Counter()
    for tally in tallies:
        days[tally.day] += tally.articles
        if tally.day == last.at.date().isoformat():
            today[tally.source] += tally.articles
    minutes = (last.at - first.at) / timedelta(minutes=1)
    outlets = [_outlet(state, today[state.source], last.at) for state in states.values()]
    return Frame(
        at=last.at,
        store=store,
        running=running,
        seq=last.seq,
        per_minute=round((last.seq - first.seq) / minutes, 1) if minutes > 0 else None,
        today=days[last.at.date().isoformat()],
        yesterday=days[(last.at - timedelta(days=1)).date().isoformat()],
        outlets=tuple(sorted(outlets, key=lambda o: _turn(o, last.at))),
        recent=tuple(_arrival(story) for story in stories),
        cluster=cluster,
    )


def _outlet(state: SourceState, today: int, now: datetime) -> Outlet:
    return Outlet(
        source=state.source,
        due=state.due,
        last_poll=state.last_poll,
        failures=state.failures,
        blocked=is_blocked(state),
        trouble=trouble(state, now),
        serious=any(ailment.kind in SERIOUS for ailment in ailments(state, now)),
        today=today,
    )


def _turn(outlet: Outlet, now: datetime) -> tuple[bool, bool, datetime, str]:
    """Who is due first comes first; who was switched off long ago does not stand in the way."""
    due = outlet.due
    return due is None, due is not None and now - due > FORGOTTEN, due or now, outlet.source


def _arrival(story: Story) -> Arrival:
    record = story.record
    return Arrival(
        at=record.first_seen, seq=record.seq, source=record.source, title=record.title, url=record.url
    )


def lines(seen: Frame, width: int, height: int) -> list[Line]:
    """A frame as at most ``height`` lines of at most ``width`` characters."""
    found = [*_head(seen), *(_machines(seen.cluster, seen.at) if seen.cluster else ())]
    ill = sorted((o for o in seen.outlets if o.trouble), key=lambda o: (not o.serious, -o.failures, o.source))
    room = max(height - len(found) - 6, 3)  # three headings, three empty lines
    ailing = min(len(ill), room // 3)
    coming = min(len(seen.outlets), max(room // 3, room - ailing - len(seen.recent)))
    last = room - ailing - coming
    found += _section("Now and next", f"{len(seen.outlets)} outlets", _coming(seen, coming))
    if ill:
        found += _section("In trouble", f"{len(ill)} outlets", _ailing(ill[:ailing], seen.at))
    found += _section("Last articles", "", [_line(a, seen.at) for a in seen.recent[:last]])
    return [Line(_cut(line.text, width), line.style) for line in found[:height]]


def _head(seen: Frame) -> Iterator[Line]:
    who = "shared" if seen.cluster else f"process {seen.running}" if seen.running else "nobody writes to it"
    yield Line(f"{seen.at:%d %b %H:%M:%S} UTC  {who}  {seen.store}", "bold")
    rate = "" if seen.per_minute is None else f", {seen.per_minute:g} changes a minute"
    yield Line(f"{seen.today} articles today, {seen.yesterday} yesterday; change {seen.seq}{rate}")


def _machines(crowd: Sight, now: datetime) -> Iterator[Line]:
    alive = sum(worker.alive for worker in crowd.workers)
    yield Line(
        f"{alive} workers, {sum(w.polls for w in crowd.workers)} polls under way, {crowd.overdue} overdue"
    )
    for worker in sorted(crowd.workers, key=lambda w: w.alive)[:WORKERS_SHOWN]:
        said = f"seen {ago(worker.seen, now)}, {worker.polls} polls" if worker.alive else "silent"
        yield Line(f"  {worker.name}: {said}", "" if worker.alive else "yellow")
    if slow := slowed(crowd):
        yield Line(f"slowed hosts: {', '.join(host.site for host in slow)}", "yellow")


def _section(title: str, note: str, rows: Sequence[Line]) -> list[Line]:
    return [Line(""), Line(f"{title}{f' ({note})' if note else ''}", "bold"), *rows]


def _coming(seen: Frame, number: int) -> list[Line]:
    return [
        Line(
            f"{ago(o.due, seen.at):>10}  {o.source:<24.24}  {o.today:>4} today, polled {ago(o.last_poll, seen.at)}"
        )
        for o in seen.outlets[:number]
    ]


def _ailing(ill: Iterable[Outlet], now: datetime) -> list[Line]:
    return [
        Line(
            f"{ago(o.due, now):>10}  {o.source:<24.24}  {clean(o.trouble)}", "red" if o.serious else "yellow"
        )
        for o in ill
    ]


def _line(arrival: Arrival, now: datetime) -> Line:
    return Line(f"{ago(arrival.at, now):>10}  {arrival.source:<24.24}  {clean(arrival.title) or arrival.url}")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def register(app: terminal.Group) -> None:
    app.command()(top)
