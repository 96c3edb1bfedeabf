"""A source whose feed gives nothing is read in another way, which is said; the feed is used again when it lives."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from scraper import parse_pool
from scraper.codec import replace
from scraper.errors import HttpStatusError, NetworkError, RobotsDenied
from scraper.model import Fallback, FeedRef, PublicationRate, Source, SourceState
from scraper.pipeline import healing
from scraper.pipeline import poll as pipeline
from scraper.pipeline.context import PollContext
from storage import open_store
from tests.support.world import Reply, World, article, feed

HOST = "courier.example"
HOME = f"https://{HOST}/"
FEED = f"https://{HOST}/feed.xml"
COURIER = Source(
    id="courier",
    name="Courier",
    homepage=HOME,
    country="ge",
    languages=("en",),
    feeds=(FeedRef(url=FEED),),
)
LISTED = replace(COURIER, listings=(f"{HOME}latest",))


def headlines(*numbers: int, host: str = HOST, head: str = "") -> bytes:
    """A page of headlines."""
    cards = "".join(
        f"<h3><a href='https://{host}/news/{n}-road'>Council decides on the mountain road number {n}</a></h3>"
        for n in numbers
    )
    return f"<!doctype html><html lang=en><head><title>Courier</title>{head}</head><body><main>{cards}</main></body></html>".encode()


def sitemap(*numbers: int, day: str = "2026-03-02") -> bytes:
    rows = "".join(
        f"<url><loc>https://{HOST}/news/{n}-road</loc><lastmod>{day}T11:00:00Z</lastmod></url>"
        for n in numbers
    )
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>".encode()


def announcing(path: str) -> str:
    return f"<link rel=alternate type=application/rss+xml href='{path}'>"


@pytest.fixture
def world():
    world = World()
    world.answers |= {f"https://{HOST}/news/{n}-road": article(n) for n in range(1001, 1030)}
    return world


@pytest.fixture
def poll(world, tmp_path):
    """Poll one source; its state after each poll is in ``poll.state``."""
    with open_store(tmp_path / "data") as store:
        io = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(processes=0),
            now=world.now,
            rng=random.Random(1),
        )

        def run(source: Source = COURIER, *, wait: float = 0.0) -> pipeline.PollOutcome:
            world.asked.clear()
            world.wait(minutes=wait)
            (outcome,) = asyncio.run(pipeline.fetch_sources(io, [source]))
            run.state = store.source_states()[source.id]
            return outcome

        run.store = store
        yield run


GONE = HttpStatusError(404, url=FEED)
SHUT = HttpStatusError(403, url=FEED)
HTML = b"<!doctype html><html><head><title>Courier</title></head><body><p>Welcome to our new site</p></body></html>"
FOUND = {  # what the feed's address answers, what else there is, and where the articles are found in how many polls
    "gone, and a listing is configured": (LISTED, GONE, {f"{HOME}latest": headlines(1001, 1002)}, f"{HOME}latest", 1),
    "gone, and the homepage has headlines": (COURIER, GONE, {HOME: headlines(1001, 1002)}, HOME, 1),
    "gone, and the homepage announces another": (COURIER, GONE, {HOME: headlines(head=announcing("/rss/new")), f"{HOME}rss/new": feed(HOST, 1001, 1002)}, f"{HOME}rss/new", 1),
    "WordPress": (COURIER, GONE, {HOME: headlines(head="<link rel='https://api.w.org/' href='/wp-json/'>"), f"{HOME}wp-json/wp/v2/posts?per_page=50&_fields=id,date,date_gmt,modified_gmt,guid,link,title,excerpt": f'[{{"id": 1, "link": "https://{HOST}/news/1001-road", "title": {{"rendered": "A road"}}, "date_gmt": "2026-03-02T10:00:00"}}, {{"id": 2, "link": "https://{HOST}/news/1002-road", "title": {{"rendered": "Another"}}, "date_gmt": "2026-03-02T10:00:00"}}]'.encode()}, "wp-json", 1),
    "HTML, and the feed is at a usual place": (COURIER, HTML, {f"{HOME}rss": feed(HOST, 1001, 1002)}, f"{HOME}rss", 2),
    "gone, with a slash it answers": (replace(COURIER, feeds=(FeedRef(url=f"{HOME}feed"),)), GONE, {f"{HOME}feed/": feed(HOST, 1001, 1002)}, f"{HOME}feed/", 2),
    "https only": (replace(COURIER, feeds=(FeedRef(url=f"http://{HOST}/feed.xml"),)), GONE, {FEED: feed(HOST, 1001, 1002)}, FEED, 1),
    "a sitemap in robots.txt only": (COURIER, GONE, {f"{HOME}robots.txt": f"Sitemap: {HOME}map.xml".encode(), f"{HOME}map.xml": sitemap(1001, 1002)}, f"{HOME}map.xml", 5),
    "forbidden, while the site answers": (LISTED, SHUT, {f"{HOME}latest": headlines(1001, 1002)}, f"{HOME}latest", 1),
    "robots.txt forbids the feed only": (COURIER, RobotsDenied("no", url=FEED), {HOME: headlines(1001, 1002)}, HOME, 1),
    "valid but empty from the first day": (COURIER, feed(HOST), {HOME: headlines(1001, 1002)}, HOME, 1),
    "the headlines do not fit the pattern": (replace(COURIER, article_url=r"/old/\d+$"), GONE, {HOME: headlines(1001, 1002)}, HOME, 1),
    "only a listing, with a new layout": (replace(COURIER, feeds=(), listings=(f"{HOME}latest",), article_url=r"/old/\d+$"), None, {f"{HOME}latest": headlines(1001, 1002)}, f"{HOME}latest", 1),
}  # fmt: skip


@pytest.mark.parametrize("source, answer, others, where, polls", FOUND.values(), ids=FOUND)
def test_another_way_is_found(world, poll, source, answer, others, where, polls):
    """What else is known of a site is tried, two addresses a poll, and what works gives the articles and is used from then on."""
    world.answers |= {FEED: answer} if answer is not None else {}
    world.answers |= others
    new = n = 0
    while not new and n < 8:
        n += 1
        outcome = poll(source, wait=11)
        tries = [
            url for url in world.asked if "/news/" not in url and url not in {ref.url for ref in source.feeds}
        ]
        assert len(tries) <= healing.MAX_TRIES + (not source.feeds)
        new += outcome.new
    assert (new, n) == (2, polls)
    assert outcome.ok
    used = poll.state.healing.in_use
    assert used is not None
    assert where in used.url
    assert poll.state.failures == 0
    poll(source, wait=30)
    assert used.url in world.asked
    assert not {ref.url for ref in source.feeds} & set(world.asked)


QUIET_SITES = {
    "the site blocks us": ({FEED: SHUT, HOME: SHUT}, [FEED, HOME]),
    "a robot check everywhere": (
        dict.fromkeys(
            (FEED, HOME),
            b"<!doctype html><html><head><title>Just a moment...</title></head><body><div id=challenge-running></div><script src='/cdn-cgi/challenge-platform/x.js'></script></body></html>",
        ),
        [FEED, HOME],
    ),
    "gone, and a robot check on the homepage": (
        {
            FEED: GONE,
            HOME: b"<!doctype html><html><head><title>Just a moment...</title></head><body></body></html>",
        },
        [FEED, HOME],
    ),
    "too many requests": ({FEED: HttpStatusError(429, url=FEED)}, [FEED]),
    "overloaded": ({FEED: HttpStatusError(503, url=FEED)}, [FEED]),
}


@pytest.mark.parametrize("answers, asked", QUIET_SITES.values(), ids=QUIET_SITES)
def test_who_is_not_searched(world, poll, answers, asked):
    """A site that blocks us is left alone, and one that is in trouble for a moment too."""
    world.answers |= answers
    poll()
    assert world.asked == asked


def test_a_blocked_site_is_tried_rarely(world, poll):
    """The homepage of a site that refuses us is asked twice a day at most, and nothing is guessed."""
    world.answers |= {FEED: SHUT, HOME: SHUT}
    asked = []
    for _ in range(24):
        poll(wait=60)
        asked += world.asked
    assert asked.count(HOME) <= 3
    assert set(asked) == {FEED, HOME}


def test_one_forbidden_address_is_not_the_site(world, poll):
    """A guessed address that is forbidden ends the tries of a poll; hours later the search goes on with the next one."""
    usual = f"{HOME}feed/"
    world.answers |= {FEED: GONE, HOME: headlines(), usual: SHUT, f"{HOME}rss": feed(HOST, 1001)}
    new = sum(poll(wait=11).new for _ in range(6))
    assert (new, usual in poll.state.healing.tried) == (0, True)
    assert sum(poll(wait=100).new for _ in range(3)) == 1
    assert poll.state.healing.in_use.url == f"{HOME}rss"


CHANNEL = "https://t.me/s/courier"


def test_who_has_no_pages_is_not_searched(world, poll):
    """A source of channels, or of feeds whose entries are the records, has nothing in place of them."""
    world.answers |= {CHANNEL: GONE, FEED: GONE, HOME: headlines(1001)}
    for source in (
        replace(COURIER, feeds=(FeedRef(url=CHANNEL, kind="telegram"),)),
        replace(COURIER, id="tube", pages=False),
    ):
        poll(source)
        assert world.asked == [source.feeds[0].url]


def test_a_channel_does_not_hide_a_dead_feed(world, poll):
    """Beside a channel that is read, a dead feed is replaced; the channel is polled as before."""
    post = b"<div class='tgme_widget_message_wrap'><div class='tgme_widget_message' data-post='courier/7'><div class='tgme_widget_message_text'>The pass is open again.</div><a class='tgme_widget_message_date'><time datetime='2026-03-02T10:00:00+00:00'></time></a></div></div>"
    world.answers |= {CHANNEL: post, FEED: GONE, HOME: headlines(1001, 1002)}
    both = replace(COURIER, feeds=(FeedRef(url=FEED), FeedRef(url=CHANNEL, kind="telegram")))
    poll(both)
    assert poll.state.healing.in_use.url == HOME
    poll(both, wait=30)
    assert CHANNEL in world.asked
    assert FEED not in world.asked


def test_the_end_of_a_search(world, poll):
    """When all is tried, nothing more is for half a day; each address was asked once."""
    world.answers |= {FEED: GONE, HOME: headlines()}
    asked = []
    for _ in range(20):
        poll(wait=11)
        asked += [url for url in world.asked if url != FEED]
    assert len(asked) == len(set(asked)) > 5
    assert poll.state.healing.rest_until is not None
    assert poll.state.failures == 20


def test_the_search_goes_on_soon(world, poll):
    """While something is left to try, a source that fails is polled again in minutes, and not in hours."""
    world.answers |= {FEED: GONE}
    for _ in range(4):
        poll(wait=11)
    assert poll.state.due - world.now() <= timedelta(minutes=12)


def test_a_feed_is_better_than_headlines(world, poll):
    """Headlines give the articles at once; the search goes on, an address a poll, until a feed is found."""
    world.answers |= {
        FEED: GONE,
        f"{HOME}latest": headlines(1001, 1002),
        HOME: headlines(1001, head=announcing("/new.xml")),
    }
    world.answers[f"{HOME}new.xml"] = feed(HOST, 1001, 1002, 1003)
    poll(LISTED)
    assert poll.state.healing.in_use.how == "listing"
    news = [poll(LISTED, wait=30).new for _ in range(3)]
    assert poll.state.healing.in_use.url == f"{HOME}new.xml"
    assert sum(news) == 1
    poll(LISTED, wait=30)
    assert world.asked == [f"{HOME}new.xml"]


def test_the_feed_is_back(world, poll):
    """The configured feed is asked every six hours; when it lives it is used again, and that is remembered for a week."""
    world.answers |= {FEED: GONE, HOME: headlines(1001, 1002)}
    poll()
    world.publish("courier", 1001, 1002, 1003)
    world.answers[FEED] = feed(HOST, 1001, 1002, 1003)
    before = poll(wait=30)
    assert FEED not in world.asked
    assert before.ok
    back = poll(wait=360)
    assert back.new == 1
    assert not poll.state.healing.is_ill
    assert poll.state.healing.over == world.now()
    poll(wait=60)
    assert world.asked == [FEED]
    poll(wait=60 * 24 * 8)
    assert poll.state.healing.over is None


def test_what_is_used_fails_too(world, poll):
    """When the other address gives nothing either, the feed is asked at once, and the search begins anew."""
    world.answers |= {FEED: GONE, HOME: headlines(1001, 1002)}
    poll()
    world.answers |= {HOME: GONE, FEED: feed(HOST, 1001, 1002, 1003)}
    assert poll(wait=30).new == 1
    assert not poll.state.healing.is_ill


def test_an_empty_feed_stays_empty(world, poll):
    """A feed that had entries and has none any more is not back because it does not change."""
    world.answers |= {FEED: feed(HOST, 1001, 1002), HOME: headlines(1001, 1002, 1003)}
    poll()
    world.answers[FEED] = feed(HOST)
    assert poll(wait=30).new == 1
    for _ in range(4):
        poll(wait=240)
        assert poll.state.healing.in_use.url == HOME
    world.answers[FEED] = feed(HOST, 1004)
    assert poll(wait=360).new == 1
    assert poll.state.healing.over is not None


def test_what_is_used_names_another(world, poll):
    """A page of headlines that is used instead of the feed, and one day has none, is left; the feed that it names then is found."""
    world.answers |= {FEED: GONE, HOME: headlines(1001, 1002)}
    poll()
    world.answers |= {
        HOME: headlines(head=announcing("/new.xml")),
        f"{HOME}new.xml": feed(HOST, 1001, 1002, 1003),
    }
    assert sum(poll(wait=30).new for _ in range(2)) == 1
    assert poll.state.healing.in_use.url == f"{HOME}new.xml"


def busy(state: SourceState) -> SourceState:
    """A source that has published one article an hour for a long time."""
    rate = PublicationRate(level=400.0, level_hours=400.0, until=state.rhythm.until)
    return replace(state, rhythm=rate)


def test_a_frozen_feed(world, poll):
    """A feed that shows nothing new for long is compared with the headlines; when those have news they are used."""
    world.answers |= {FEED: feed(HOST, 1001, 1002), HOME: headlines(1002, 1001)}
    poll()
    with_state(poll, busy(poll.state))
    assert poll(wait=60).new == 0
    assert world.asked == [FEED]
    poll(wait=240)
    assert world.asked == [FEED, HOME]  # only quiet: the site has nothing new either
    assert not poll.state.healing.is_ill
    world.answers[HOME] = headlines(1003, 1002, 1001)
    assert poll(wait=30).new == 0  # not checked at every poll
    assert poll(wait=200).new == 1
    assert poll.state.healing.reason == "feed_stale"
    assert poll.state.healing.in_use.url == HOME
    world.answers[FEED] = feed(HOST, 1004, 1003, 1002)
    assert poll(wait=61).new == 1
    assert poll.state.healing.over is not None


def with_state(poll, state: SourceState) -> None:
    from scraper.model import PollDraft

    poll.store.commit(
        PollDraft(source=state.source, state=state, polled=state.last_poll), now=state.last_poll
    )


def test_a_site_that_moved(world, poll):
    """Where the homepage leads to another host, the feed is looked for there; old articles are not taken for new ones."""
    old = feed(HOST, 1001, 1002)
    world.answers |= {FEED: old}
    assert poll().new == 2
    new = "messenger.example"
    world.answers |= {
        FEED: GONE,
        HOME: Reply(headlines(host=new), url=f"https://{new}/", permanent=True),
        f"https://{new}/feed.xml": feed(new, 1001, 1002, 1003),
        **{f"https://{new}/news/{n}-road": article(n) for n in (1001, 1002, 1003)},
    }
    news = [poll(wait=11).new for _ in range(4)]
    assert sum(news) == 1
    assert poll.state.healing.in_use.url == f"https://{new}/feed.xml"


def test_another_sources_articles_are_not_taken(world, poll):
    """A homepage that lists the articles of another configured source gives that one's nothing to this one."""
    other = replace(
        COURIER, id="post", homepage="https://post.example/", feeds=(FeedRef(url="https://post.example/rss"),)
    )
    from scraper.pipeline.source_lookup import SourceLookup

    reading = asyncio.run(_reading_of(headlines(1001, 1002, host="post.example")))
    state = SourceState(source="courier")
    reading = replace(reading, way=Fallback(url=HOME, how="listing", origin="homepage"))
    settled = healing.settle_try(reading, COURIER, state, SourceLookup([COURIER, other]))
    assert settled.failure is not None
    assert settled.feed is None


async def _reading_of(body: bytes):
    from scraper.model import FeedState, Page, Validators
    from scraper.pipeline import feed_reading
    from tests.support.world import START

    page = Page(url=HOME, final_url="https://post.example/", status=200, headers={}, body=body, fetched=START)
    return feed_reading.read_answer(
        page, "listing", COURIER, FeedState(url=HOME), Validators(), forced=True, loose=True
    )


def test_nobody_answers(world, poll):
    """In our own outage nothing is tried and nothing is remembered."""
    world.answers |= {FEED: NetworkError("no route", code="connect_failed", url=FEED)}
    with pytest.raises(KeyError):
        poll()
    assert world.asked == [FEED]
