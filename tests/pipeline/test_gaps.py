"""Holes between two looks at an outlet: seen, searched for, filled, or said to have stayed open."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from scraper import parse_pool
from scraper.cli import status
from scraper.codec import replace
from scraper.model import Gap, SourceState
from scraper.pipeline import poll
from scraper.pipeline.context import PollContext
from scraper.schedule import gaps
from scraper.schedule.gaps import PollCoverage
from scraper.settings import Settings
from storage import open_store
from tests.support.world import START, World, article, source

HOUR = timedelta(hours=1)
LATER = START + HOUR
EMPTY = SourceState(source="courier")
OPEN = SourceState(source="courier", gap_since=START, gap_begin=START - HOUR)

STEPS = {
    # name: (before, what the poll showed, when, (since, begin, filled, open gaps))
    "nothing": (EMPTY, PollCoverage(), LATER, (None, None, False, ())),
    "a hole": (EMPTY, PollCoverage(seen=True, begin=START), LATER, (LATER, START, False, ())),
    "a hole that the sitemap fills": (EMPTY, PollCoverage(seen=True, begin=START, filled=True), LATER, (LATER, START, True, ())),
    "filled, and nothing new": (replace(OPEN, gap_filled=True), PollCoverage(), LATER, (None, None, False, ())),
    "filled by the next poll": (OPEN, PollCoverage(filled=True), START + HOUR / 2, (None, None, False, ())),
    "not filled yet": (OPEN, PollCoverage(), START + HOUR / 2, (START, START - HOUR, False, ())),
    "not filled in an hour": (OPEN, PollCoverage(), LATER, (None, None, False, (Gap(begin=START - HOUR, end=START),))),
    "nothing else to ask": (OPEN, PollCoverage(ways=False), START + HOUR / 2, (None, None, False, (Gap(begin=START - HOUR, end=START),))),
    "another hole": (OPEN, PollCoverage(seen=True, begin=START), LATER, (START, START - HOUR, False, ())),
    "another hole after a filled one": (replace(OPEN, gap_filled=True), PollCoverage(seen=True, begin=START), LATER, (START, START - HOUR, False, ())),
    "a hole of last week is forgotten": (
        replace(EMPTY, open_gaps=(Gap(begin=START - HOUR, end=START),)), PollCoverage(), START + timedelta(days=8), (None, None, False, ())
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "shown", "now", "then"), STEPS.values(), ids=STEPS)
def test_steps(before, shown, now, then):
    """Opened, kept, closed, or closed unfilled and remembered."""
    state = gaps.update_gap(before, shown, now=now)
    assert (state.gap_since, state.gap_begin, state.gap_filled, state.open_gaps) == then


class Desk:
    """An outlet whose feed shows ten articles, published one a minute."""

    def __init__(self, folder, **ways) -> None:
        self.world = World()
        self.outlet = replace(source("courier"), **ways)
        self.store = open_store(folder)
        self.line = PollContext(
            network=self.world,
            store=self.store,
            parser=parse_pool.ParsePool(processes=0),
            settings=Settings(revisit_hours=()),
            now=self.world.now,
            rng=random.Random(1),
        )

    def fetch(self, until: int, *, listed: int = 0) -> SourceState:
        """A poll when article ``until`` is the newest; ``listed`` of the last are on the latest-news page."""
        self.world.publish("courier", *range(until, until - 10, -1))
        rows = "".join(
            f"<div><h3><a href='/news/{n}-road'>Council decides on road number {n}</a></h3></div>"
            for n in range(until, until - listed, -1)
        )
        self.world.answers["https://courier.example/latest"] = (
            f"<html><body><main>{rows}</main></body></html>".encode()
        )
        for n in range(until, until - listed, -1):
            self.world.answers.setdefault(f"https://courier.example/news/{n}-road", article(n))
        self.world.asked.clear()
        asyncio.run(poll.fetch_sources(self.line, [self.outlet]))
        self.world.wait(minutes=20)
        return self.store.source_states()["courier"]

    def numbers(self) -> set[int]:
        return {int(r.url.rsplit("/", 1)[1].split("-")[0]) for r in self.store.latest()}


LISTING = {"listings": ("https://courier.example/latest",), "article_url": r"/news/\d+-road$"}


def test_a_listing_fills_the_hole(tmp_path):
    """The poll that sees the hole asks the listing too; nothing is missing, and the next poll asks the feed alone."""
    desk = Desk(tmp_path / "data", **LISTING)
    with desk.store:
        desk.fetch(109)
        assert desk.fetch(112).gap_since is None
        state = desk.fetch(140, listed=40)
        assert (state.gap_since, state.gap_begin, state.gap_filled) == (
            START + timedelta(minutes=40), START + timedelta(minutes=20), True,
        )  # fmt: skip
        assert "https://courier.example/latest" in desk.world.asked
        assert desk.numbers() == set(range(100, 141))
        assert (
            status.trouble(state, START)
            == "the feed moved on between two polls; its other pages are searched for what was missed"
        )
        state = desk.fetch(141, listed=40)
        assert (state.gap_since, state.open_gaps, status.trouble(state, START)) == (None, (), None)
        assert "https://courier.example/latest" not in desk.world.asked


def test_a_hole_that_nothing_fills_is_said(tmp_path):
    """Ask a listing that reaches back no further than the feed once more after an hour; then tell the operator of when."""
    desk = Desk(tmp_path / "data", **LISTING)
    with desk.store:
        desk.fetch(109)
        state = desk.fetch(140, listed=12)
        for n in range(141, 145):
            assert (state.gap_since, state.gap_filled, state.open_gaps) == (
                START + timedelta(minutes=20),
                False,
                (),
            ), n
            state = desk.fetch(n, listed=12)
            again = "https://courier.example/latest" in desk.world.asked
            assert again is (state.gap_since is None), n
            if again:
                break
        assert state.open_gaps == (Gap(begin=START, end=START + timedelta(minutes=20)),)
        assert (
            status.trouble(state, START)
            == "articles of 02 Mar 12:00 to 02 Mar 12:20 UTC may have been missed"
        )
        assert desk.numbers() == set(range(100, 110)) | set(range(129, 144))


def test_a_feed_alone(tmp_path):
    """An outlet with nothing but a feed has its hole recorded at once."""
    desk = Desk(tmp_path / "data")
    with desk.store:
        desk.fetch(109)
        assert desk.fetch(140).gap_since is not None
        state = desk.fetch(141)
        assert (state.gap_since, len(state.open_gaps)) == (None, 1)
