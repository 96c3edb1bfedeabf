"""Healing: outlets whose sites change, each once in one of twenty ways, in virtual time through the real poll and store.

Of the articles published after a change: how many are stored, and how many within twice the outlet's usual delay (that of 95 %
of its articles before), counted from their publication, or from six hours after the first poll that met the change. Nothing
twice, nobody pressed, each change told.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.parse import urlsplit

from bench import virtual
from bench.changing_sites import CHANGES, UNTOLD, ChangingOutlet, ChangingWorld
from bench.changing_sites import Report as Published
from bench.freshness import FETCH_PACE_SECONDS, LATENCY_SECONDS, _Body
from bench.report import Report, Table, reach
from scraper.errors import NetworkError, NoArticle
from scraper.fetch import transport
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.robots import RobotsRules
from scraper.model import Article, Extraction, Source
from scraper.parse_pool import ParseJob
from scraper.pipeline.context import PollContext
from scraper.pipeline.poll import poll
from scraper.schedule.source_health import health_problems
from scraper.settings import Settings
from storage import open_store

BENCH = "healing: outlets whose feeds die, freeze, move ..., in virtual time"

GRACE = timedelta(hours=6)  # after the first failing poll
TAIL = timedelta(hours=12)  # what is published last may still be on its way
MAX_TRIES = 2
MEMORY = Path("/dev/shm")
SELDOM = timedelta(minutes=5)  # the least between two polls


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=float, default=14, help="days to simulate (14)")
    parser.add_argument("--outlets", type=int, default=60, help="how many outlets (60)")
    parser.add_argument("--change-after", type=float, default=3, help="days until the first change (3)")
    parser.add_argument("--seed", type=int, default=1, help="of the world (1)")


def run(chosen: argparse.Namespace) -> Report:
    world = ChangingWorld(
        chosen.seed,
        start=virtual.START,
        days=chosen.days,
        outlets=chosen.outlets,
        change_after=timedelta(days=chosen.change_after),
    )
    began = time.perf_counter()
    watch = HealingWatch(world)
    # in memory where there is room: what is measured is not the disk
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        virtual.run(simulate(world, watch, Path(folder)))
    seconds = time.perf_counter() - began
    measures = [measure(outlet, watch) for outlet in world.outlets]
    total = sum(m.articles for m in measures)
    told = [m for m in measures if m.kind not in UNTOLD]
    rows = tuple(_row(kind, [m for m in measures if m.kind == kind]) for kind in CHANGES)
    return Report(
        figures={
            "outlets": chosen.outlets,
            "days": chosen.days,
            "seed": chosen.seed,
            "seconds": round(seconds, 1),
            "articles_after_a_change": total,
            "stored": sum(m.stored for m in measures),
            "in_time": sum(m.in_time for m in measures),
            "in_time_before_a_change": round(_share(measures, "early_in_time", "early"), 4),
            "requests": sum(watch.requests.values()),
            "untold": sorted({m.kind for m in told if not m.told}),
        },
        reach=(
            reach(
                "stored, of what was published after a change",
                _share(measures, "stored", "articles"),
                ">=",
                0.95,
            ),
            reach("within twice the usual delay", _share(measures, "in_time", "articles"), ">=", 0.95),
            reach("articles stored twice", sum(len(urls) - 1 for urls in watch.addresses.values()), "==", 0),
            reach("politeness violations", watch.violations, "==", 0),
            reach("most other addresses tried in a poll", watch.most_tries, "<=", MAX_TRIES),
            reach("changes told in words", sum(m.told for m in told), "==", len(told)),
        ),
        tables=(
            Table(
                f"{chosen.outlets} outlets, {chosen.days:g} days: articles published after a change; mean minutes",
                ("change", "articles", "stored", "in time", "before", "after", "told"),
                rows,
            ),
        ),
        notes=(f"{seconds:.0f} s for {chosen.days:g} days of virtual time", *_words(measures)),
    )


def _share(measures: Iterable[HealingMeasure], part: str, whole: str) -> float:
    found: list[tuple[int, int]] = [(getattr(m, part), getattr(m, whole)) for m in measures]
    return sum(a for a, _ in found) / max(sum(b for _, b in found), 1)


def _row(kind: str, some: list[HealingMeasure]) -> tuple[Any, ...]:
    return (
        kind,
        sum(m.articles for m in some),
        f"{_share(some, 'stored', 'articles'):.1%}",
        f"{_share(some, 'in_time', 'articles'):.1%}",
        round(fmean([m.usual for m in some] or [0])),
        round(fmean([m.after for m in some] or [0])),
        "–" if kind in UNTOLD else f"{sum(m.told for m in some)} of {len(some)}",
    )


def _words(measures: Iterable[HealingMeasure]) -> Iterable[str]:
    """One example of what was told of each change."""
    said = {m.kind: m.words for m in measures if m.words}
    return (f"{kind}: {words}" for kind, words in said.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class HealingMeasure:
    """Hold what became of the articles of one source. Delays are in minutes."""

    kind: str
    articles: int
    stored: int
    in_time: int
    early: int
    early_in_time: int
    usual: float
    after: float
    told: bool
    words: str


def measure(outlet: ChangingOutlet, watch: HealingWatch) -> HealingMeasure:
    """Count an outlet's articles that were published after its change and long enough before the end."""
    stored = watch.stored
    first = min((at for at in watch.polls[outlet.source.id] if at >= outlet.changed), default=outlet.changed)
    begun = watch.world.start + timedelta(hours=12)
    early = [r for r in outlet.reports if begun <= r.published < outlet.changed - GRACE]
    late = [r for r in outlet.reports if outlet.changed <= r.published < watch.world.end - TAIL]
    before = sorted(_delay(r, r.published, stored) for r in early if r.number in stored) or [60.0]
    usual = before[int(0.95 * len(before))]
    delays = [_delay(r, r.published, stored) for r in late if r.number in stored]
    in_time = [_delay(r, max(r.published, first + GRACE), stored) <= 2 * usual for r in late]
    said = watch.said[outlet.source.id]
    return HealingMeasure(
        kind=outlet.kind,
        articles=len(late),
        stored=len(delays),
        in_time=sum(in_time),
        early=len(early),
        early_in_time=sum(_delay(r, r.published, stored) <= 2 * usual for r in early),
        usual=fmean(before),
        after=fmean(delays or [0.0]),
        told=bool(said),
        words=said[-1] if said else "",
    )


def _delay(report: Published, since: datetime, stored: dict[int, datetime]) -> float:
    at = stored.get(report.number)
    return float("inf") if at is None else (at - since).total_seconds() / 60


# ------------------------------------------------------------------------------------------ the run


@dataclass
class HealingWatch:
    """Everything that happened."""

    world: ChangingWorld
    stored: dict[int, datetime] = field(default_factory=dict)  # by the article's number
    addresses: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # of its records
    asked: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # by host, in this poll
    polls: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    requests: Counter[str] = field(default_factory=Counter)
    violations: int = 0
    most_tries: int = 0
    _free: dict[str, float] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _robots: dict[str, RobotsRules] = field(default_factory=dict)

    def began(self, url: str) -> None:
        host, now = urlsplit(url).netloc, virtual.seconds()
        early = now < self._free.get(host, -1e9) + FETCH_PACE_SECONDS - 1e-6
        rules = self._robots.get(host)
        refused = rules is not None and not url.endswith("/robots.txt") and not rules.allows(url)
        self.violations += host in self._busy or early or refused
        self._busy.add(host)
        self.requests[host] += 1
        self.asked[self.world.by_host[host].source.id if host in self.world.by_host else host].append(url)

    def count_tries(self, source: Source, used: str | None) -> None:
        """Count the addresses of the last poll that are neither configured nor in use nor articles nor robots.txt."""
        known = [ref.url for ref in source.feeds] + [*source.listings, used or ""]
        paths = {urlsplit(url).path for url in known}
        host = next(outlet.host for outlet in self.world.outlets if outlet.source is source)
        others = {urlsplit(url).path for url in self.asked[source.id]} - paths
        tries = [path for path in others if (host, path) not in self.world.by_path and path != "/robots.txt"]
        self.most_tries = max(self.most_tries, len(tries))

    def ended(self, url: str, body: bytes | None) -> None:
        host = urlsplit(url).netloc
        self._busy.discard(host)
        self._free[host] = virtual.seconds()
        if url.endswith("/robots.txt") and body is not None:
            self._robots[host] = RobotsRules(body)


class ChangingNetwork(transport.Transport):
    """The world's answers, after some latency."""

    live = True
    keeps_deadline = True

    def __init__(self, watch: HealingWatch) -> None:
        self._watch = watch

    async def handle_async_request(self, request: transport.Request) -> transport.Response:
        url = str(request.url)
        self._watch.began(url)
        body = None
        try:
            await asyncio.sleep(LATENCY_SECONDS)
            answer = self._watch.world.answer(url, virtual.now())
            if answer is None:
                raise NetworkError("no connection", code="connect_failed", url=url)
            status, headers, body = answer
            return transport.Response(status, headers=headers, stream=_Body(body))
        finally:
            self._watch.ended(url, body)


class PlainParser:
    """Extraction is measured elsewhere: a page with a headline of the first rank is an article."""

    async def extract(self, job: ParseJob) -> Article:
        _, mark, rest = job.data.decode().partition("<h1>")
        if not mark:
            raise NoArticle("no headline", url=job.url)
        title, _, text = rest.partition("</h1>")
        body = tuple(part.partition("</p>")[0] for part in text.split("<p>")[1:])
        return Article(title=title, body=body, extraction=Extraction(method="generic", confidence=1.0))

    async def run(self, *_: object, **__: object) -> None:
        """Stories are measured elsewhere too."""


async def simulate(world: ChangingWorld, watch: HealingWatch, folder: Path) -> None:
    settings = Settings(pace_seconds=FETCH_PACE_SECONDS, revisit_hours=(), max_related_per_day=0)
    rng = random.Random(1)
    fetcher = Fetcher(settings, transport=ChangingNetwork(watch), now=virtual.now, monotonic=virtual.seconds)
    parser: Any = PlainParser()
    with open_store(folder / "store") as store:
        async with fetcher:
            io = PollContext(
                network=fetcher, store=store, parser=parser, settings=settings, now=virtual.now, rng=rng
            )
            io.set_sources([outlet.source for outlet in world.outlets])

            async def follow(source: Source) -> None:
                due = virtual.START + timedelta(minutes=10 * rng.random())
                while due < world.end:
                    await asyncio.sleep((due - virtual.now()).total_seconds())
                    watch.polls[source.id].append(virtual.now())
                    before = (await io.state_of(source)).healing.in_use
                    watch.asked.pop(source.id, None)
                    outcome = await poll(io, source)
                    watch.count_tries(source, before.url if before else None)
                    for record in outcome.records:
                        number = int((record.title or "0").rpartition(" ")[2])
                        watch.stored.setdefault(number, virtual.now())
                        watch.addresses[number].add(record.id)
                    watch.violations += outcome.due < watch.polls[source.id][-1] + SELDOM
                    state = store.source_states([source.id])[source.id]
                    _note(watch, source, state)
                    due = outcome.due

            await asyncio.gather(*(follow(outlet.source) for outlet in world.outlets))


def _note(watch: HealingWatch, source: Source, state: Any) -> None:
    """Keep what is told of a source after its change, and how much was tried."""
    outlet = next(o for o in watch.world.outlets if o.source is source)
    if virtual.now() < outlet.changed:
        return
    for problem in health_problems(state, virtual.now()):
        if not watch.said[source.id] or watch.said[source.id][-1] != problem.words:
            watch.said[source.id].append(problem.words)
