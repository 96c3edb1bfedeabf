"""Related headlines as a way to find articles: what is followed, whose it is, and how far it goes."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from scraper import parse_pool
from scraper.codec import replace
from scraper.errors import HttpStatusError, NotRecorded
from scraper.pipeline import poll
from scraper.pipeline.context import PollContext
from scraper.settings import Settings
from storage import open_store
from tests.support.world import START, World, article, feed, source

COURIER = source("courier")
HERALD = replace(source("herald"), article_url=r"/stories/\d+-[a-z-]+$")
CLOSED = replace(source("closed"), enabled=False)
FEED = "https://courier.example/feed.xml"


def linking(*links: str, number: int = 1) -> bytes:
    """An article that prints links to others below its text, some of them to outlets that nobody knows."""
    links = (*links, *(f"https://stranger.example/news/80{n}-story-of-the-river" for n in range(3)))
    items = "".join(
        f"<li><a href='{url}'>The story of the bridge and the river, part {n}</a></li>"
        for n, url in enumerate(links)
    )
    block = f"<div class=related><h3>Read also</h3><ul>{items}</ul></div></body>"
    return article(number).replace(b"</body>", block.encode())


class Desk:
    def __init__(self, folder, settings: Settings | None = None) -> None:
        self.world = World()
        self.store = open_store(folder)
        self.line = PollContext(
            network=self.world,
            store=self.store,
            parser=parse_pool.ParsePool(processes=0),
            settings=settings or Settings(revisit_hours=()),
            now=self.world.now,
            rng=random.Random(1),
        )
        self.line.set_sources([COURIER, HERALD, CLOSED])

    def publish(self, number: int, *links: str) -> None:
        url = f"https://courier.example/news/{number}-road"
        self.world.answers[FEED] = feed("courier.example", number)
        self.world.answers[url] = linking(*links, number=number)
        for n, link in enumerate(links):
            self.world.answers.setdefault(link, article(1000 * number + n))

    def fetch(self) -> poll.PollOutcome:
        self.world.asked.clear()
        return asyncio.run(poll.fetch_sources(self.line, [COURIER]))[0]

    def followed(self) -> list[str]:
        return [r.url for r in self.store.latest() if r.found_by == "related"]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "data")
    yield desk
    desk.store.close()


FOLLOWED = {
    # name: (link, whose article it becomes)
    "of the same outlet": ("https://courier.example/news/90012-bridge-over-river", "courier"),
    "of another known outlet": ("https://herald.example/stories/17000-bridge-over-river", "herald"),
    "of another, not by its pattern": ("https://herald.example/about-us-and-our-people-at-work", None),
    "of an outlet that is switched off": ("https://closed.example/news/90012-bridge-over-river", None),
    "of nobody we know": ("https://stranger.example/news/90012-bridge-over-river", None),
    "a section": ("https://courier.example/politics", None),
    "a tag": ("https://courier.example/tag/90012-bridges-and-rivers", None),
}


@pytest.mark.parametrize(("link", "owner"), FOLLOWED.values(), ids=FOLLOWED)
def test_what_is_followed(desk, link, owner):
    """Articles of known outlets, by their own patterns; the record says so, and belongs to the outlet whose host it is."""
    desk.publish(1, link)
    outcome = desk.fetch()
    records = {r.url: r for r in desk.store.latest()}
    assert (link in desk.world.asked) is (owner is not None)
    assert outcome.new == len(records) == 1 + (owner is not None)
    if owner is not None:
        assert (records[link].source, records[link].found_by) == (owner, "related")


def test_only_once(desk):
    """What is stored, under any of its addresses, and what the feed announces anyway is not followed."""
    known = "https://courier.example/news/90017-bridge"
    desk.publish(1, known, "https://courier.example/news/1-road")
    assert desk.fetch().new == 2
    desk.publish(2, known, known + "?utm_source=related", "https://courier.example/news/90017-new-slug-of-it")
    assert desk.fetch().new == 1
    assert desk.world.asked == [FEED, "https://courier.example/news/2-road"]


def test_no_chains(desk):
    """Links of followed articles are not followed in the same poll: one poll cannot walk an archive."""
    first, second = "https://courier.example/news/90001-a", "https://courier.example/news/90002-b"
    desk.publish(1, first)
    desk.world.answers[first] = linking(second, number=7)
    desk.world.answers[second] = article(8)
    desk.fetch()
    assert second not in desk.world.asked


def test_so_many_a_poll_and_a_day(tmp_path):
    """Both bounds hold, and the day's begins anew at midnight UTC."""
    desk = Desk(tmp_path / "data", Settings(revisit_hours=(), max_related_per_day=8))
    with desk.store:
        counts = []
        for number in range(1, 5):
            desk.publish(number, *(f"https://courier.example/news/9{number}{n:03}1-x" for n in range(20)))
            desk.fetch()
            counts.append(len(desk.followed()))
            desk.world.wait(hours=1)
        assert counts == [5, 8, 8, 8]
        desk.world.wait(hours=12)
        desk.publish(5, *(f"https://courier.example/news/95{n:03}1-x" for n in range(20)))
        desk.fetch()
        assert len(desk.followed()) == 16


def test_none_at_all(tmp_path):
    """0 switches it off."""
    desk = Desk(tmp_path / "data", Settings(max_related_per_day=0))
    with desk.store:
        desk.publish(1, "https://herald.example/stories/17000-bridge-over-river")
        assert desk.fetch().new == 1


def test_a_link_that_fails_waits_like_any_other(desk):
    """It is a failure with a code, tried again later as its own outlet's article, and stored when it can be had."""
    link = "https://herald.example/stories/17000-bridge-over-river"
    desk.publish(1, link)
    desk.world.answers[link] = HttpStatusError(503, url=link)
    outcome = desk.fetch()
    assert (outcome.ok, [f.code for f in outcome.failed]) == (True, ["http_503"])
    desk.world.answers[link] = article(9)
    desk.world.wait(hours=1)
    desk.fetch()
    assert [r.source for r in desk.store.latest() if r.url == link] == ["herald"]


def test_a_recording_ends_somewhere(desk):
    """A link that a recording does not hold is no failure."""
    link = "https://herald.example/stories/17000-bridge-over-river"
    desk.publish(1, link)
    desk.world.answers[link] = NotRecorded("not recorded", url=link)
    assert desk.fetch().failed == ()
    assert desk.store.source_states()["courier"].pending == ()


def test_a_gap_is_filled_from_related_headlines(desk):
    """When a feed has moved on too far, more of what its articles point to is followed."""
    desk.world.publish("courier", *range(20, 40))
    desk.fetch()
    desk.world.wait(hours=1)
    lost = [f"https://courier.example/news/{n}-lost-story-of-hail" for n in range(90001, 90013)]
    desk.world.publish("courier", *range(60, 80))
    desk.world.answers["https://courier.example/news/60-road"] = linking(*lost, number=60)
    for n, url in enumerate(lost):
        desk.world.answers[url] = article(500 + n)
    desk.fetch()
    assert set(lost) <= set(desk.followed())
    assert desk.store.source_states()["courier"].related_day == (START + timedelta(hours=1)).date()
