"""Entries that are their own records: channels' posts, sources without pages, podcasts."""

from __future__ import annotations

import asyncio
import random

import pytest

from scraper import parse_pool
from scraper.codec import replace
from scraper.model import FeedRef, Media, Source
from scraper.pipeline import poll
from scraper.pipeline.context import PollContext
from scraper.settings import Settings
from storage import open_store
from tests.support.channel import Message, channel_page
from tests.support.world import SENTENCES, World, article, source

CHANNEL_URL = "https://t.me/s/courier_ge"
CHANNEL = Source(
    id="courier-telegram", name="Courier", homepage="https://t.me/courier_ge", country="ge", languages=("en",),
    feeds=(FeedRef(url=CHANNEL_URL, kind="telegram"),),
)  # fmt: skip
COURIER = replace(source("courier"), article_url=r"/news/\d+-")
FEED = "https://courier.example/feed.xml"


class Desk:
    def __init__(self, folder) -> None:
        self.world = World()
        self.store = open_store(folder)
        self.line = PollContext(
            network=self.world,
            store=self.store,
            parser=parse_pool.ParsePool(processes=0),
            settings=Settings(revisit_hours=()),
            now=self.world.now,
            rng=random.Random(1),
        )
        self.line.set_sources([CHANNEL, COURIER])

    def fetch(self, of: Source) -> poll.PollOutcome:
        self.world.wait(hours=1)
        self.world.asked.clear()
        return asyncio.run(poll.fetch_sources(self.line, [of]))[0]

    def show(self, *posts: Message, url: str = CHANNEL_URL) -> None:
        self.world.answers[url] = channel_page(*posts)

    def records(self) -> dict[str, object]:
        return {record.url.rsplit("/", 1)[1]: record for record in self.store.latest()}


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "data")
    yield desk
    desk.store.close()


def post(number: int, text: str = "", **of) -> Message:
    return Message(
        number=number,
        minute=number % 60,
        text=text or f"News number {number} from the pass. {SENTENCES[number % 5]}",
        **of,
    )


def test_a_post_is_a_record(desk):
    """Its text, date, channel and views; nothing but the channel's page is asked for."""
    desk.show(post(40), post(41, views="3K"))
    outcome = desk.fetch(CHANNEL)
    assert (outcome.new, outcome.failed, desk.world.asked) == (2, (), [CHANNEL_URL])
    found = desk.records()["41"]
    assert found.url == "https://t.me/courier_ge/41"
    assert found.body == (f"News number 41 from the pass. {SENTENCES[1]}",)
    assert (found.extraction.method, found.authors, found.language, found.post.views) == (
        "feed",
        ("Courier",),
        "en",
        3000,
    )
    assert found.published.isoformat() == "2026-03-01T08:41:00+00:00"


def test_an_edited_post_is_a_revision(desk):
    """An edit is a revision, marked as edited or not; other views are no news."""
    desk.show(post(40), post(41))
    desk.fetch(CHANNEL)
    desk.show(
        post(40, views="9K"),
        post(41, f"News number 41 from the pass. {SENTENCES[1]} Update: the road is open again."),
    )
    outcome = desk.fetch(CHANNEL)
    assert (outcome.new, outcome.revised, outcome.unchanged) == (0, 1, 1)
    assert (desk.records()["41"].revision, desk.records()["40"].revision) == (2, 1)
    assert desk.records()["40"].post.views == 1200


def test_older_posts_fill_a_gap(desk):
    """Where a page does not reach back to what was known, older ones are read until one does."""
    desk.show(*map(post, range(20, 40)))
    desk.fetch(CHANNEL)
    desk.show(*map(post, range(80, 100)))
    desk.show(*map(post, range(60, 80)), url=f"{CHANNEL_URL}?before=80")
    desk.show(*map(post, range(30, 60)), url=f"{CHANNEL_URL}?before=60")
    outcome = desk.fetch(CHANNEL)
    assert desk.world.asked == [CHANNEL_URL, f"{CHANNEL_URL}?before=80", f"{CHANNEL_URL}?before=60"]
    assert outcome.new == 60
    assert set(desk.records()) == {str(n) for n in range(20, 100)}
    assert desk.store.source_states()[CHANNEL.id].gap_since is None


def test_the_first_look_reads_one_page(desk):
    """Nobody knows what came before: the archive of a channel is not asked for."""
    desk.show(*map(post, range(80, 100)))
    desk.fetch(CHANNEL)
    assert desk.world.asked == [CHANNEL_URL]


def test_a_post_leads_to_an_article(desk):
    """A link to an article of a configured source is followed, and filed under that source."""
    url = "https://courier.example/news/7-road"
    desk.world.answers[url] = article(7)
    desk.show(
        post(
            40,
            f'The council decides on the road. <a href="{url}">{url}</a> <a href="https://stranger.example/news/8-x">x</a>',
        )
    )
    outcome = desk.fetch(CHANNEL)
    assert desk.world.asked == [CHANNEL_URL, url]
    assert outcome.new == 2
    assert desk.records()["7-road"].source == "courier"
    assert desk.records()["40"].post.links[0] == url


def rss(*items: str) -> bytes:
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    return f'<rss version="2.0" {spaces}><channel><title>C</title>{"".join(items)}</channel></rss>'.encode()


def item(number: int, text: str, more: str = "") -> str:
    return f"<item><title>Part {number}</title><link>https://courier.example/news/{number}-road</link><guid>{number}</guid>{text}{more}</item>"


FULL = "<content:encoded><![CDATA[" + "".join(f"<p>{s}</p>" for s in SENTENCES) + "]]></content:encoded>"
SHORT = "<description>A talk about the road.</description>"
AUDIO = '<enclosure url="https://cdn.example/{}.mp3" type="audio/mpeg" length="9"/><itunes:duration>1:02:03</itunes:duration>'


def test_a_source_without_pages(desk):
    """``pages = false``: no page is asked for; the whole text is the body, a summary where there is no more."""
    desk.world.answers[FEED] = rss(item(1, FULL), item(2, SHORT))
    outcome = desk.fetch(replace(COURIER, pages=False))
    assert (outcome.new, outcome.failed, desk.world.asked) == (2, (), [FEED])
    found = desk.records()
    assert found["1-road"].body == tuple(SENTENCES)
    assert found["2-road"].body == ("A talk about the road.",)
    assert {record.extraction.method for record in found.values()} == {"feed"}


def test_an_edited_entry_is_a_revision(desk):
    """What has no page is edited in its feed."""
    desk.world.answers[FEED] = rss(item(1, FULL), item(2, SHORT))
    desk.fetch(replace(COURIER, pages=False))
    desk.world.answers[FEED] = rss(item(1, FULL), item(2, SHORT.replace("road", "road and the bridge")))
    outcome = desk.fetch(replace(COURIER, pages=False))
    assert (outcome.new, outcome.revised, outcome.unchanged) == (0, 1, 1)


def test_a_podcast_keeps_its_recording(desk):
    """The enclosure is in the record, with pages and without."""
    desk.world.answers[FEED] = rss(item(1, SHORT, AUDIO.format(1)))
    desk.fetch(replace(COURIER, pages=False))
    desk.world.answers[FEED] = rss(item(7, SHORT, AUDIO.format(7)))
    desk.world.answers["https://courier.example/news/7-road"] = article(7)
    desk.fetch(COURIER)
    for number in (1, 7):
        media = Media(url=f"https://cdn.example/{number}.mp3", type="audio/mpeg", seconds=3723)
        assert desk.records()[f"{number}-road"].media == (media,)
