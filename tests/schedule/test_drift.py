"""Drift: stationary outlets are never flagged, a layout change is within some 15 pages, a recovery clears the flag."""

from __future__ import annotations

import asyncio
import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from scraper import parse_pool
from scraper.cli.status import source_brief, trouble
from scraper.codec import decode, encode, replace
from scraper.model import Article, Extraction, ExtractionStats, Rules, SourceState
from scraper.pipeline import poll as pipeline
from scraper.pipeline.context import PollContext
from scraper.schedule import drift
from scraper.schedule.drift import PageSample
from storage import open_store
from tests.pipeline.test_pipeline import World, article, feed, source

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


# ------------------------------------------------------------------------------------------ outlets of hand


def ordinary(rng: random.Random):
    """News of ordinary lengths; now and then a page without a date, a list, an article."""
    while True:
        yield PageSample(
            read=rng.random() > 0.01,
            length=int(math.exp(rng.gauss(7.5, 0.7))),
            dated=rng.random() > 0.02,
            headlines=int(rng.random() > 0.1),
            confidence=min(1.0, rng.gauss(0.85, 0.08)),
            ruled=rng.random() > 0.03,
        )


def two_kinds(rng: random.Random):
    """Flashes of a few lines, and features."""
    while True:
        yield PageSample(
            read=rng.random() > 0.05,
            length=int(math.exp(rng.gauss(9 if rng.random() < 0.3 else 5.7, 0.5))),
            dated=rng.random() > 0.3,
            headlines=int(rng.random() > 0.4),
            confidence=rng.choice([0.6, 0.85, 0.95]),
            ruled=rng.random() > 0.2,
        )


def in_bursts(rng: random.Random):
    """Sections that publish by turns, each with lengths and lists of its own: pages that resemble their neighbours."""
    section = 0.0
    while True:
        if rng.random() < 0.15:
            section = rng.choice([-0.6, -0.2, 0.0, 0.2, 0.6])
        yield PageSample(
            read=rng.random() > 0.02,
            length=int(math.exp(rng.gauss(7.3 + section, 0.6))),
            dated=rng.random() > 0.05,
            headlines=int(rng.random() > 0.05 + 0.2 * (section > 0)),
            confidence=min(1.0, rng.gauss(0.85 + section / 10, 0.06)),
            ruled=rng.random() > 0.05,
        )


def heavy_tailed(rng: random.Random):
    """Lengths without a variance."""
    while True:
        confidence = 0.95 if rng.random() < 0.97 else 0.3
        yield PageSample(
            read=True,
            length=int(300 * rng.paretovariate(1.1)),
            dated=True,
            headlines=3,
            confidence=confidence,
        )


def half_broken(rng: random.Random):
    """What never worked well is not drift."""
    while True:
        yield PageSample(
            read=rng.random() > 0.25,
            length=int(math.exp(rng.gauss(7, 0.1))),
            dated=rng.random() > 0.5,
            headlines=int(rng.random() > 0.5),
            confidence=0.85,
            ruled=rng.random() > 0.3,
        )


OUTLETS = [ordinary, two_kinds, in_bursts, heavy_tailed, half_broken]
CHANGES = {
    "body cut to its first lines": ("length", lambda s: replace(s, length=s.length // 10)),
    "comments swallowed": ("length", lambda s: replace(s, length=8 * s.length + 2000)),
    "date gone": ("undated", lambda s: replace(s, dated=False)),
    "bodies in part": ("doubtful", lambda s: replace(s, doubtful=True)),
    "list gone": ("unrelated", lambda s: replace(s, headlines=0)),
    "no article any more": ("unread", lambda s: replace(s, read=False)),
    "rules match nothing": ("rules", lambda s: replace(s, ruled=False)),
    "methods disagree": ("confidence", lambda s: replace(s, confidence=0.4)),
}


def grown(outlet, pages: int, seed: int):
    """An outlet with a history."""
    pages_of = outlet(random.Random(seed))
    return pages_of, drift.update_extraction_stats(
        ExtractionStats(), (next(pages_of) for _ in range(pages)), now=NOW
    )


def pages_until(
    known: ExtractionStats, pages, *, flagged: bool, most: int = 100
) -> tuple[int, ExtractionStats]:
    for count in range(1, most + 1):
        known = drift.update_extraction_stats(known, [next(pages)], now=NOW)
        if bool(known.drift) == flagged:
            return count, known
    return most + 1, known


# ------------------------------------------------------------------------------------------ properties


def test_stationary_outlets_are_not_flagged():
    """Of 200 outlets with 1000 articles each, some of them odd, fewer than 1 % are ever flagged."""
    alarms = [
        (outlet.__name__, seed, count)
        for outlet in OUTLETS
        for seed in range(40)
        if (count := pages_until(ExtractionStats(), outlet(random.Random(seed)), flagged=True, most=1000)[0])
        <= 1000
    ]
    assert len(alarms) < 2, alarms


@pytest.mark.parametrize("outlet", [ordinary, in_bursts])
@pytest.mark.parametrize("what, change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_noticed(outlet, what, change):
    """Whatever breaks is named, after 15 pages as a rule, whether the history is short or long."""
    delays = []
    for seed in range(20):
        for history in (40, 400):
            pages, known = grown(outlet, history, seed)
            if known.drift:
                continue
            count, known = pages_until(known, map(change, pages), flagged=True)
            delays.append(count)
            assert count > 100 or what in known.drift
    delays.sort()
    assert delays[len(delays) // 2] <= 12
    assert delays[int(0.85 * len(delays))] <= 16


@pytest.mark.parametrize("what, change", CHANGES.values(), ids=CHANGES.keys())
def test_a_recovery_clears_the_flag(what, change):
    """However long it lasted: some ten or twenty ordinary pages later all is forgotten, and the history is the old one."""
    for seed in range(10):
        pages, before = grown(ordinary, 300, seed)
        _, known = pages_until(before, map(change, pages), flagged=True)
        known = drift.update_extraction_stats(known, (change(next(pages)) for _ in range(60)), now=NOW)
        assert what in known.drift
        count, known = pages_until(known, pages, flagged=False)
        assert count <= 30
        assert known.drift_since is None
        assert known.length.mean == pytest.approx(before.length.mean, abs=0.5)


def test_rules_that_never_matched_are_flagged():
    """Rules are there to match: they need no history to be found out."""
    bad = PageSample(read=True, length=2000, dated=True, headlines=2, confidence=0.8, ruled=False)
    count, known = pages_until(ExtractionStats(), iter([bad] * 30), flagged=True, most=30)
    assert count <= 20
    assert known.drift == ("rules",)


def test_what_lasts_is_the_new_normal():
    """After 500 pages the outlet is what it is now, and its history begins anew."""
    pages, known = grown(ordinary, 100, 1)
    lasting = map(CHANGES["list gone"][1], pages)
    known = drift.update_extraction_stats(
        known, (next(lasting) for _ in range(drift.NEW_NORMAL_PAGES + 30)), now=NOW
    )
    assert known.drift == ()
    assert known.pages < 50


def test_one_odd_page_is_forgotten():
    """However odd: an empty page, or a book."""
    pages, known = grown(ordinary, 100, 2)
    for length in (0, 10_000_000):
        known = drift.update_extraction_stats(
            known, [replace(next(pages), length=length, read=True)], now=NOW
        )
        known = drift.update_extraction_stats(known, (next(pages) for _ in range(10)), now=NOW)
    assert known.drift == ()


def test_it_survives_the_store():
    """The history comes back from JSON as it went; states that were written before it have none."""
    _, known = grown(ordinary, 50, 3)
    state = SourceState(source="x", yields=known)
    assert decode(encode(state), SourceState) == state
    assert decode(b'{"source": "x"}', SourceState).yields == ExtractionStats()


BODY_RULES = (Rules(body=("article",)),)
SAMPLES = {
    "an article": ((), {}, PageSample(read=True, length=9, dated=True, headlines=0, confidence=0.8)),
    "a date from the feed is no date of the page": ((), {"published_from": "feed"}, PageSample(read=True, length=9, confidence=0.8)),
    "rules that match": (BODY_RULES, {}, PageSample(read=True, length=9, dated=True, confidence=0.8, ruled=True)),
    "rules that do not": (BODY_RULES, {"warnings": ("rules_no_match",)}, PageSample(read=True, length=9, dated=True, confidence=0.8, ruled=False)),
    "rules for the title only": ((Rules(title=("h1",)),), {"warnings": ("rules_no_match",)}, PageSample(read=True, length=9, dated=True, confidence=0.8)),
    "no article": (BODY_RULES, {"method": "none"}, PageSample(read=False, length=9, dated=True, confidence=0.8)),
}  # fmt: skip


@pytest.mark.parametrize("rules, given, wanted", SAMPLES.values(), ids=SAMPLES.keys())
def test_samples(rules, given, wanted):
    """What counts of a page."""
    found = Article(
        title="T",
        body=("four", "words"),
        published_from=given.get("published_from", "meta"),
        extraction=Extraction(
            method=given.get("method", "generic"), confidence=0.8, warnings=given.get("warnings", ())
        ),
    )
    assert drift.page_sample(found, rules) == wanted


# ------------------------------------------------------------------------------------------ in the pipeline

RULED = replace(source("courier"), rules=BODY_RULES)


@pytest.fixture
def poll(tmp_path):
    """Poll the outlet with a feed of these articles; ``relaunched`` ones have a layout that its rules do not know."""
    world, seen = World(), []
    with open_store(tmp_path / "data") as store:
        line = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(processes=0),
            now=world.now,
            rng=random.Random(1),
        )

        def _poll(numbers: range, *, relaunched: bool = False) -> pipeline.PollOutcome:
            world.answers["https://courier.example/feed.xml"] = feed("courier.example", *seen[-1:], *numbers)
            seen.extend(numbers)
            for n in numbers:
                page = article(n)
                if relaunched:
                    page = page.replace(b"<article>", b"<div class=story>").replace(b"</article>", b"</div>")
                world.answers[f"https://courier.example/news/{n}-road"] = page
            world.time += timedelta(hours=6)
            (outcome,) = asyncio.run(pipeline.fetch_sources(line, [RULED]))
            return outcome

        _poll.store = store  # type: ignore[attr-defined]
        yield _poll


def test_a_relaunch_loses_nothing(poll):
    """Rules that stop matching give way to the generic path page by page; the outlet is flagged, and cleared later."""
    methods = lambda outcome: {record.extraction.method for record in outcome.records}  # noqa: E731
    state = lambda: poll.store.source_states()["courier"]  # noqa: E731

    before = poll(range(1, 41))
    assert (before.new, methods(before), state().yields.drift) == (40, {"rules"}, ())

    relaunched = poll(range(41, 56), relaunched=True)
    assert (relaunched.new, methods(relaunched)) == (15, {"generic"})
    assert all(len(record.body) == 5 for record in relaunched.records)
    assert state().yields.drift == ("rules",)
    assert trouble(state(), NOW) == "drift: rules that do not match"
    assert source_brief(state(), NOW)["drift"] == ("rules",)
    assert source_brief(state(), NOW)["yield"]["pages"] == 55

    # on trial: measured, not used
    trial = poll(range(56, 80))
    assert (trial.new, methods(trial)) == (24, {"generic"})
    assert (state().yields.drift, trouble(state(), NOW)) == ((), None)

    after = poll(range(80, 85))
    assert (after.new, methods(after)) == (5, {"rules"})
