"""Freshness: two weeks of a newsroom of outlets, in virtual time, through the real fetcher, discovery and schedule.

What is counted: coverage, minutes from publication to the store, requests; against the best fixed interval and against
a scheduler that counts last week's entries, both at the same number of requests other than for pages.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import concurrent.futures
import functools
import gc
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench import plot, virtual
from bench.newsroom import CACHED, Outlet, World, visible
from bench.report import Comparison, Report, Table, reach
from scraper.codec import replace
from scraper.dedupe.fingerprint import fingerprint
from scraper.errors import NetworkError
from scraper.fetch import transport
from scraper.fetch.fetcher import Fetcher
from scraper.model import Article, Extraction, PollDraft, Record, Revisit, Source, SourceState, Status
from scraper.parse_pool import ParseJob
from scraper.pipeline.context import PollContext
from scraper.pipeline.poll import poll
from scraper.settings import Settings
from storage.model import Outcome

BENCH = "freshness: two weeks of a newsroom in virtual time, against other schedulers"

SEEN_WITHIN = timedelta(days=8)  # an edit is seen by the last visit, if not before
WARM_UP = timedelta(days=2)  # rhythms are learned, baselines count a week: not measured
TAIL = timedelta(hours=12)  # what is published last may still be on its way
LATENCY_SECONDS = 0.3
FETCH_PACE_SECONDS = 1.0
MINIFLUX_MIN, MINIFLUX_MAX = 5 * 60.0, 24 * 3600.0  # its own defaults
DAY = 86400.0


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=int, default=16, help="days to simulate, two of them to warm up (16)")
    parser.add_argument("--outlets", type=int, default=100, help="how many outlets (100)")
    parser.add_argument("--seed", type=int, default=1, help="of the world (1)")
    parser.add_argument(
        "--seeds", type=_seeds, help="judge the schedule on many worlds, 11..20 say, without revisits"
    )
    parser.add_argument("--plot", type=Path, default=None, help="write the delays as SVG to this file")


def _seeds(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def run(chosen: argparse.Namespace) -> Report:
    return on_many_worlds(chosen) if chosen.seeds else on_one_world(chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    finding_requests: int
    articles: int
    missed: int
    delays: tuple[float, ...]  # minutes, sorted

    @property
    def coverage(self) -> float:
        return round(1 - self.missed / self.articles, 6) if self.articles else 0.0

    @property
    def median(self) -> float:
        return self._at(0.5)

    @property
    def p95(self) -> float:
        return self._at(0.95)

    @property
    def mean(self) -> float:
        return round(sum(self.delays) / max(len(self.delays), 1), 2)

    def _at(self, share: float) -> float:
        return round(self.delays[int(share * len(self.delays))], 2) if self.delays else float("inf")


def histogram(delays: Sequence[float]) -> dict[str, int]:
    edges = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 1440)
    counts = Counter(next((e for e in edges if d <= e), 10**6) for d in delays)
    return {("more" if e == 10**6 else str(e)): counts[e] for e in (*edges, 10**6)}


# ------------------------------------------------------------------------------------------ many worlds


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Hold what became of one world."""

    seed: int
    ours: Measure
    counting: Measure
    unaccounted: int
    gaps: int
    violations: int

    def ratio(self, name: str) -> float:
        """Our delay over the entry counter's: name is mean, p95 or median."""
        return round(float(getattr(self.ours, name) / getattr(self.counting, name)), 3)

    @property
    def judged(self) -> tuple[float, ...]:
        """In the order of LIMITS."""
        ratios = (self.ratio("mean"), self.ratio("p95"), self.ratio("median"))
        return self.ours.coverage, self.unaccounted, *ratios, self.violations


LIMITS: tuple[tuple[str, Comparison, float], ...] = (
    ("coverage", ">=", 0.999),
    ("missed without a recorded gap", "==", 0),
    ("mean delay over the entry counter's", "<=", 0.70),
    ("95th percentile of the delay over the entry counter's", "<=", 0.65),
    ("median delay over the entry counter's", "<=", 0.85),
    ("politeness violations", "==", 0),
)


def try_world(seed: int, *, days: int, outlets: int) -> Trial:
    world = World(seed, start=virtual.START, days=days, outlets=outlets)
    watch = Watch(world)
    gc.freeze()  # the world stays: looking for garbage in it costs a sixth of the time
    gc.set_threshold(50_000, 20, 100)
    virtual.run(simulate(world, watch, revisits=False))
    ours = watch.measure()
    return Trial(
        seed=seed,
        ours=ours,
        counting=counting_at_cost_of(world, ours),
        unaccounted=len(watch.unaccounted()),
        gaps=sum(map(len, watch.gaps.values())),
        violations=watch.violations,
    )


def on_many_worlds(chosen: argparse.Namespace) -> Report:
    """Try each world in a process of its own; the worst of them is judged."""
    trials = []
    attempt = functools.partial(try_world, days=chosen.days, outlets=chosen.outlets)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for trial in pool.map(attempt, chosen.seeds):
            trials.append(trial)
            sys.stderr.write(f"seed {trial.seed}: {trial.judged}\n")
    worst = [
        (min if comparison == ">=" else max)(trial.judged[i] for trial in trials)
        for i, (_, comparison, _) in enumerate(LIMITS)
    ]
    mean = [round(sum(trial.judged[i] for trial in trials) / len(trials), 4) for i in range(len(LIMITS))]
    rows = [(str(trial.seed), trial.ours.finding_requests, *trial.judged) for trial in trials]
    return Report(
        figures={
            "days": chosen.days,
            "outlets": chosen.outlets,
            "worlds": [
                {
                    "seed": trial.seed,
                    "requests": trial.ours.finding_requests,
                    "missed": trial.ours.missed,
                    "missed_without_a_gap": trial.unaccounted,
                    "gaps": trial.gaps,
                    "ours": [trial.ours.median, trial.ours.mean, trial.ours.p95],
                    "entry_count": [trial.counting.median, trial.counting.mean, trial.counting.p95],
                }
                for trial in trials
            ],
        },
        reach=tuple(
            reach(f"{name}, the worst of {len(trials)}", value, comparison, limit)
            for value, (name, comparison, limit) in zip(worst, LIMITS, strict=True)
        ),
        tables=(
            Table(
                "each world; delays over those of a scheduler that counts entries, at the same number of requests",
                ("seed", "requests", "coverage", "no gap", "mean", "95 %", "median", "violations"),
                (*rows, ("mean", "", *mean), ("worst", "", *worst)),
            ),
        ),
    )


# ------------------------------------------------------------------------------------------ one world


def on_one_world(chosen: argparse.Namespace) -> Report:
    world = World(chosen.seed, start=virtual.START, days=chosen.days, outlets=chosen.outlets)
    began = time.perf_counter()
    watch = Watch(world)
    virtual.run(simulate(world, watch))
    seconds = time.perf_counter() - began
    ours = watch.measure()
    fixed = at_same_cost(world, ours.finding_requests, lambda seconds: lambda _: Every(seconds), 60.0, DAY)
    counting = counting_at_cost_of(world, ours)
    contenders = {"darial": ours, "fixed interval": fixed, "entry count": counting}
    rows = tuple(
        (name, m.finding_requests, f"{m.coverage:.4%}", f"{m.median:.1f}", f"{m.p95:.1f}", f"{m.mean:.1f}")
        for name, m in contenders.items()
    )
    trial = Trial(
        seed=chosen.seed,
        ours=ours,
        counting=counting,
        unaccounted=len(watch.unaccounted()),
        gaps=sum(map(len, watch.gaps.values())),
        violations=watch.violations,
    )
    if chosen.plot is not None:
        svg = plot.cumulative(
            f"{chosen.outlets} outlets, {chosen.days - 2} days, {ours.finding_requests} requests to find articles",
            "minutes from publication to the store",
            {name: measure.delays for name, measure in contenders.items()},
            ticks=(
                (1, "1"),
                (2, "2"),
                (5, "5"),
                (10, "10"),
                (20, "20"),
                (60, "60"),
                (120, "2 h"),
                (360, "6 h"),
                (1440, "24 h"),
            ),
        )
        chosen.plot.write_text(svg, encoding="utf-8")
    return Report(
        figures={
            "outlets": chosen.outlets,
            "days": chosen.days,
            "seed": chosen.seed,
            "seconds": round(seconds, 1),
            "articles": ours.articles,
            "missed": ours.missed,
            "missed_without_a_gap": trial.unaccounted,
            "gaps": trial.gaps,
            "requests": sum(watch.kinds.values()),
            "requests_by_kind": dict(watch.kinds),
            "edits_seen": watch.share_seen("edited", "published"),
            "deletions_seen": watch.share_seen("deleted", "deleted"),
            "requests_per_article": round(sum(watch.kinds.values()) / max(len(watch.stored), 1), 3),
            "finding_requests_per_outlet_and_day": round(
                ours.finding_requests / chosen.outlets / (chosen.days - 2), 1
            ),
            "most_requests_a_minute_to_one_host": watch.most_a_minute,
            "politeness_violations": watch.violations,
            "statuses": dict(watch.statuses),
            "minutes": {
                name: {"median": m.median, "p95": m.p95, "mean": m.mean} for name, m in contenders.items()
            },
            "coverage": {name: m.coverage for name, m in contenders.items()},
            "histogram_minutes": histogram(ours.delays),
        },
        reach=(
            reach("median delay over the fixed interval's", ours.median / fixed.median, "<=", 0.5),
            *(
                reach(name, value, comparison, limit)
                for value, (name, comparison, limit) in zip(trial.judged, LIMITS, strict=True)
            ),
        ),
        tables=(
            Table(
                f"{chosen.outlets} outlets, {chosen.days} days, {ours.articles} articles: minutes from publication to store",
                ("schedule", "requests", "coverage", "median", "95 %", "mean"),
                rows,
            ),
        ),
        notes=(f"{seconds:.0f} s for {chosen.days} days of virtual time",),
    )


# ------------------------------------------------------------------------------------------ the real thing


@dataclass
class Watch:
    """Everything that happened."""

    world: World
    stored: dict[str, datetime] = field(default_factory=dict)
    changes: dict[str, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))
    feed_times: list[datetime] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    gaps: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    violations: int = 0
    most_a_minute: int = 0
    _free: dict[str, float] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _minute: Counter[tuple[str, int]] = field(default_factory=Counter)

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.world.start + WARM_UP, self.world.end - TAIL

    def began(self, host: str, kind: str) -> None:
        now = virtual.seconds()
        if host in self._busy or now < self._free.get(host, -1e9) + FETCH_PACE_SECONDS - 1e-6:
            self.violations += 1
        self._busy.add(host)
        self.kinds[kind] += 1
        if kind != "page":  # robots.txt, sitemaps and listings count as what finding articles costs
            self.feed_times.append(virtual.now())
        minute = (host, int(now // 60))
        self._minute[minute] += 1
        self.most_a_minute = max(self.most_a_minute, self._minute[minute])
        if len(self._minute) > 10_000:
            self._minute.clear()

    def ended(self, host: str, status: str) -> None:
        self._busy.discard(host)
        self._free[host] = virtual.seconds()
        self.statuses[status] += 1

    def measure(self) -> Measure:
        begin, end = self.window
        feeds = sum(begin <= at for at in self.feed_times)
        return measured(self.world, self.stored, feeds, begin, end)

    def share_seen(self, what: str, status: str) -> float:
        """Of the stored articles that were edited (deleted) long enough before the end, those of which that was seen."""
        begin, end = self.window
        due = [
            story.url
            for story in self.world.stories.values()
            if story.url in self.stored
            and (at := getattr(story, what)) is not None
            and max(begin, self.stored[story.url]) < at < end - SEEN_WITHIN
        ]
        return round(sum(url in self.changes[status] for url in due) / max(len(due), 1), 4)

    def unaccounted(self) -> list[str]:
        """Missed articles of the window for which no gap was recorded within a day after they were published."""
        begin, end = self.window
        return [
            story.url
            for outlet in self.world.outlets
            for story in outlet.stories
            if begin <= story.published < end
            and story.url not in self.stored
            and not any(
                story.published <= gap <= story.published + timedelta(days=1)
                for gap in self.gaps[outlet.source.id]
            )
        ]


def measured(
    world: World, stored: Mapping[str, datetime], requests: int, begin: datetime, end: datetime
) -> Measure:
    articles = missed = 0
    delays = []
    for outlet in world.outlets:
        for story in outlet.stories:
            if begin <= story.published < end:
                articles += 1
                at = stored.get(story.url)
                if at is None:
                    missed += 1
                else:
                    delays.append((at - story.published).total_seconds() / 60)
    return Measure(finding_requests=requests, articles=articles, missed=missed, delays=tuple(sorted(delays)))


async def simulate(world: World, watch: Watch, *, revisits: bool = True) -> None:
    settings = Settings(pace_seconds=FETCH_PACE_SECONDS)
    if not revisits:
        settings = replace(settings, revisit_hours=())
    store: Any = Store(watch)
    fetcher = Fetcher(settings, transport=Network(world, watch), now=virtual.now, monotonic=virtual.seconds)
    rng = random.Random(1)
    told = 0
    async with fetcher:
        workers: Any = Workers()
        io = PollContext(
            network=fetcher, store=store, parser=workers, settings=settings, now=virtual.now, rng=rng
        )

        async def follow(source: Source) -> None:
            nonlocal told
            due = virtual.START + timedelta(minutes=10 * rng.random())
            while due < world.end:
                await asyncio.sleep((due - virtual.now()).total_seconds())
                outcome = await poll(io, source)
                due = max(outcome.due, virtual.now() + timedelta(seconds=1))
                day = int(virtual.seconds() // DAY)
                if day > told:
                    told = day
                    sys.stderr.write(f"\rday {day}: {len(watch.stored)} articles ")

        await asyncio.gather(*(follow(outlet.source) for outlet in world.outlets))
    sys.stderr.write("\r" + " " * 40 + "\r")


class Network(transport.Transport):
    """The world's answers, after some latency."""

    live = True
    keeps_deadline = True

    def __init__(self, world: World, watch: Watch) -> None:
        self._world = world
        self._watch = watch

    async def handle_async_request(self, request: transport.Request) -> transport.Response:
        url, host = str(request.url), request.url.host
        kind = {
            "/feed": "feed",
            "/robots.txt": "robots",
            "/news.xml": "other",
            "/latest": "other",
            "/": "other",
        }.get(request.url.path, "page")
        self._watch.began(host, kind)
        status = "lost"
        try:
            await asyncio.sleep(LATENCY_SECONDS)
            answer = self._world.answer(url, request.headers, virtual.now())
            if answer is None:
                raise NetworkError("no connection", code="connect_failed", url=url)
            status = str(answer[0])
            return transport.Response(answer[0], headers=answer[1], stream=_Body(answer[2]))
        finally:
            self._watch.ended(host, status)


class _Body(transport.ByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class Workers:
    """Extraction is measured elsewhere: every page here is an article."""

    async def extract(self, job: ParseJob) -> Article:
        body = tuple(p for p in job.data.decode().replace("<p>", "").split("</p>") if p)
        return Article(title="Story", body=body, extraction=Extraction(method="generic", confidence=1.0))


class Told(NamedTuple):
    """What the store has of one article."""

    body: tuple[str, ...]
    status: Status
    at: datetime


class Store:
    """What the pipeline needs of a store, in memory."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._states: dict[str, SourceState] = {}
        self._keys: dict[str, str] = {}
        self._told: dict[str, Told] = {}
        self._visits: dict[str, Revisit] = {}
        # by source, the earliest due first
        self._order: dict[str, list[tuple[datetime, str]]] = defaultdict(list)

    def source_states(self, _: object = None) -> dict[str, SourceState]:
        return self._states

    def visits(self, source: str, *, limit: int) -> list[Revisit]:
        return [self._visits[url] for _, url in self._order[source][:limit]]

    def get(self, url: str) -> Record:
        told = self._told[url]
        return Record(
            seq=1, id="", revision=1, source="", url=url, title="Story", fetched=told.at, first_seen=told.at,
            body=told.body, hash=fingerprint("Story", told.body).hash, status=told.status,
        )  # fmt: skip

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: self._keys[key] for key in keys if key in self._keys}

    def commit(self, poll: PollDraft, *, now: datetime) -> Outcome:
        new = 0
        for found in poll.articles:
            address = next((u for u in (*found.urls, found.url) if u in self._watch.world.stories), found.url)
            told = Told(found.article.body, found.status, now)
            if address in self._watch.stored and told[:2] != self._told[address][:2]:
                self._watch.changes[found.status].setdefault(address, now)
            self._told[address] = told
            new += address not in self._watch.stored
            self._watch.stored.setdefault(address, now)
            for key in found.keys:
                self._keys.setdefault(key, found.url)
        for visit in poll.visits:
            order = self._order[poll.source]
            old = self._visits.pop(visit.url, None)
            if old is not None and old.due is not None:
                del order[bisect.bisect_left(order, (old.due, old.url))]
            if visit.due is not None:
                self._visits[visit.url] = visit
                bisect.insort(order, (visit.due, visit.url))
        if poll.state.gap_since is not None:
            self._watch.gaps[poll.source].append(now)
        self._states[poll.source] = poll.state
        return Outcome(new=new)

    def attempt(self, *_: Any, **__: Any) -> int:
        return 1

    def settled(self, _: str) -> None:
        pass

    def quarantine(self, *_: Any, **__: Any) -> None:
        pass


# ------------------------------------------------------------------------------------------ the others

Schedule = Any  # an object with next_seconds(now, ok) -> float


class Every:
    """The same interval for all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def next_seconds(self, _: datetime) -> float:
        return self._seconds


class Counting:
    """As miniflux's entry_frequency: a week divided by the entries of the last week, within its own bounds.

    It is given the true count, and it obeys ttl as miniflux does.
    """

    def __init__(self, outlet: Outlet, world: World, factor: float) -> None:
        self._outlet, self._world, self._factor = outlet, world, factor

    def next_seconds(self, now: datetime) -> float:
        stories = self._outlet.stories
        end = bisect.bisect_right(stories, now, key=lambda story: story.published)
        begin = bisect.bisect_right(stories, now - timedelta(days=7), key=lambda story: story.published)
        # three days came before the start
        known = min(7 * DAY, (now - self._world.start).total_seconds() + 3 * DAY)
        weekly = max((end - begin) * 7 * DAY / known, 1.0)
        seconds = min(max(7 * DAY / (weekly * self._factor), MINIFLUX_MIN), MINIFLUX_MAX)
        return max(seconds, 3600.0) if "ttl" in self._outlet.traits else seconds


def at_same_cost(
    world: World,
    requests: int,
    make: Callable[[float], Callable[[Outlet], Schedule]],
    low: float,
    high: float,
) -> Measure:
    """The baseline whose knob makes it ask as often as we did, or a little more. More of the knob is fewer requests."""
    best = None
    for _ in range(9):
        middle = (low * high) ** 0.5
        found = baseline(world, make(middle))
        if found.finding_requests >= requests:
            best, low = found, middle
        else:
            high = middle
    return best or baseline(world, make(low))


def counting_at_cost_of(world: World, ours: Measure) -> Measure:
    return at_same_cost(
        world, ours.finding_requests, lambda factor: lambda outlet: Counting(outlet, world, factor), 5.0, 0.2
    )


def baseline(world: World, schedule: Callable[[Outlet], Schedule]) -> Measure:
    """Poll the same world with the same politeness, a robots.txt a day included. No server lies to the baselines."""
    stored: dict[str, datetime] = {}
    requests = 0
    begin, end = world.start + WARM_UP, world.end - TAIL
    rng = random.Random(1)
    page = timedelta(seconds=FETCH_PACE_SECONDS + LATENCY_SECONDS)
    for outlet in world.outlets:
        plan = schedule(outlet)
        now = world.start + timedelta(minutes=10 * rng.random())
        copied, read = now, None
        requests += (end - begin).days
        while now < world.end:
            requests += now >= begin
            away = world.our_outage[0] <= now < world.our_outage[1]
            if not away and not any(b <= now < e for b, e, _ in outlet.down):
                if "cached" not in outlet.traits or now - copied >= CACHED:
                    copied = now
                new = [
                    story.url for _, story in visible(outlet, copied, since=read) if story.url not in stored
                ]
                read = copied
                stored.update(dict.fromkeys(new, now + len(new) * page))
            now += timedelta(seconds=plan.next_seconds(now))
    return measured(world, stored, requests, begin, end)
