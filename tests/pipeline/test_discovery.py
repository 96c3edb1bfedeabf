"""What is remembered of a feed between polls, and which articles wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scraper.codec import replace
from scraper.model import Entry, FeedRef, FeedState, Page, Pending, Source, Validators
from scraper.model.source import MOVED_CONFIRMATIONS
from scraper.pipeline import feed_reading, pending
from scraper.pipeline.readings import FeedReading

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "https://courier.example/feed.xml"
SOURCE = Source(
    id="courier",
    name="Courier",
    homepage="https://courier.example/",
    country="ge",
    languages=("en",),
    feeds=(FeedRef(url=URL), FeedRef(url="https://courier.example/dead.xml", enabled=False)),
    sitemaps=("https://courier.example/sitemap.xml",),
    listings=("https://courier.example/news",),
)


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Courier</title>{''.join(items)}</channel></rss>".encode()


def item(number: int, guid: str | None = None) -> str:
    said = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return f"<item><title>Story {number}</title><link>https://courier.example/news/{number}-story</link>{said}</item>"


def page(body: bytes, *, permanent: str | None = None) -> Page:
    return Page(
        url=URL,
        final_url=permanent or URL,
        status=200,
        headers={"content-type": "application/rss+xml"},
        body=body,
        fetched=NOW,
        permanent_url=permanent,
    )


def read(body: bytes, old: FeedState, *, permanent: str | None = None, forced: bool = False) -> FeedReading:
    return feed_reading.read_answer(
        page(body, permanent=permanent), "feed", SOURCE, old, Validators(etag='"1"'), forced=forced
    )


def test_reading_a_feed_remembers_what_it_showed():
    """Keys, body hash and validators of a poll are kept for the next one."""
    reading = read(rss(item(1), item(2)), FeedState(url=URL))
    assert reading.feed is not None
    assert len(reading.feed.entries) == 2
    assert len(reading.state.keys) == 2
    assert reading.state.validators.etag == '"1"'
    assert reading.state.body_hash
    assert not reading.gap


def test_the_same_bytes_are_not_parsed_again():
    """A 200 with the body of last time announces nothing."""
    first = read(rss(item(1)), FeedState(url=URL))
    second = read(rss(item(1)), first.state)
    assert second.feed is None
    assert second.failure is None


def test_a_feed_that_turned_into_a_page_keeps_its_old_state():
    """HTML instead of XML is a failure, and the validators of the good answer stay."""
    first = read(rss(item(1)), FeedState(url=URL))
    broken = read(b"<!doctype html><html><body><p>We are back soon</p></body></html>", first.state)
    assert broken.failure is not None
    assert broken.failure.code == "html_not_feed"
    assert broken.state == first.state


@pytest.mark.parametrize(
    "before, after, gap",
    [
        pytest.param((1, 2, 3), (3, 4, 5), False, id="one shared entry: nothing was missed"),
        pytest.param((1, 2, 3), (4, 5, 6), True, id="no shared entry: something may have been"),
        pytest.param((), (4, 5, 6), False, id="the first poll has nothing to share"),
        pytest.param((1, 2, 3), (), False, id="an empty feed shows no gap"),
    ],
)
def test_gap(before, after, gap):
    """A poll that shares no entry with the one before is a gap."""
    state = FeedState(url=URL)
    if before:
        state = read(rss(*map(item, before)), state).state
    assert read(rss(*map(item, after)), state).gap is gap


def test_a_move_is_believed_after_confirmations():
    """A permanent redirect is followed each time, but asked directly only when seen several times in a row."""
    state, new = FeedState(url=URL), "https://courier.example/rss/new.xml"
    for n in range(MOVED_CONFIRMATIONS):
        assert feed_reading.address_of(state) == URL
        state = read(rss(item(n)), state, permanent=new).state
    assert feed_reading.address_of(state) == new


FOREIGN = "<item><title>Buy this domain</title><link>https://parked.example/offer</link></item>"
MOVES = {  # what is found at the new address, and whether the move counts
    "to another page of the outlet": ("https://courier.example/new", item(7), True),
    "to another site, with the outlet's articles": ("https://feeds.example/courier", item(7), True),
    "to another site, with the articles of last time": (
        "https://feeds.example/courier",
        item(1),
        True,
    ),
    "to another site, with other articles": ("https://parked.example/rss", FOREIGN, False),
}


@pytest.mark.parametrize("there, items, counts", MOVES.values(), ids=MOVES)
def test_whose_feed_a_move_leads_to(there, items, counts):
    """A permanent redirect counts only where it leads to a feed of the same outlet."""
    before = read(rss(item(1)), FeedState(url=URL)).state
    after = read(rss(items), before, permanent=there).state
    assert (after.moved_to == there, after.moved_count) == (counts, int(counts))


def test_validators_are_withheld_once_a_day():
    """A forced unconditional request now and then finds servers whose validators lie."""
    state = read(rss(item(1)), FeedState(url=URL), forced=True).state
    assert feed_reading.validators_for(state, NOW + timedelta(hours=1)) == state.validators
    assert feed_reading.validators_for(state, NOW + timedelta(hours=25)) is None
    assert feed_reading.validators_for(FeedState(url=URL), NOW) is None


def test_addresses():
    """Sitemaps and listings are asked where there is no feed, or to fill a gap; disabled feeds never."""
    assert feed_reading.addresses(SOURCE, all_ways=False) == [(URL, "feed", None)]
    assert [how for _, how, _ in feed_reading.addresses(SOURCE, all_ways=True)] == [
        "feed",
        "sitemap",
        "listing",
    ]
    without = replace(SOURCE, feeds=())
    assert [how for _, how, _ in feed_reading.addresses(without, all_ways=False)] == ["sitemap", "listing"]


def test_a_shared_guid_loses_its_vote():
    """A guid that several entries carry says nothing about identity; one of its own does."""
    reading = read(rss(item(1, "same"), item(2, "same"), item(3, "own")), FeedState(url=URL))
    assert [s.entry.guid for s in feed_reading.announced_by(reading)] == [None, None, "own"]


def test_merge_takes_each_article_once():
    """What waits keeps its tries and takes the newer entry; tracking parameters do not make an article new."""
    waiting = Pending(entry=Entry(url="https://courier.example/news/1-story", title="Old"), tries=2)
    again = Pending(entry=Entry(url="https://courier.example/news/1-story?utm_source=rss", title="New"))
    other = Pending(entry=Entry(url="https://courier.example/news/2-story"))
    merged = list(pending.merge_pending((waiting,), (again, other, other)).values())
    assert [(i.entry.title, i.tries) for i in merged] == [("New", 2), (None, 0)]


@pytest.mark.parametrize(
    "code, transient",
    [("timeout", True), ("http_503", True), ("http_429", True), ("http_404", False), ("no_article", False)],
)
def test_retry_pauses(code, transient):
    """A transient failure is tried again within minutes, a lasting one in hours, each time later, at most a week."""
    item, pauses = Pending(entry=Entry(url=URL)), []
    for _ in range(8):
        item = pending.tried_again(item, code, now=NOW)
        pauses.append(item.not_before - NOW)
    assert (pauses[0] < timedelta(hours=1)) is transient
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(days=7)


GIVEN_UP = {
    "announced": ({"announced"}, {"f"}, 0, True),
    "its feed was read and has dropped it": (set(), {"f"}, 0, False),
    "its feed had nothing new": (set(), {"another"}, 0, True),
    "nobody asks its feed any more": (set(), {"another"}, 31, False),
}


@pytest.mark.parametrize("announced, read, days, kept", GIVEN_UP.values(), ids=GIVEN_UP)
def test_given_up_articles_are_remembered_while_announced(announced, read, days, kept):
    """An article that cannot be had is not asked for for ever, and not taken for new at each poll either."""
    entry = Entry(url="https://courier.example/news/1-story", content="<p>x</p>")
    tired = Pending(entry=entry, feed="f", tries=pending.MAX_TRIES, not_before=NOW)
    now = NOW + timedelta(days=days)
    keys = {pending.key_of(entry)} if announced else set()
    assert not pending.is_item_due(tired, now)
    left = pending.still_pending([tired], announced=keys, read=read, now=now)
    assert [item.entry.url for item in left.items] == [entry.url] * kept
    assert all(item.entry.content is None for item in left.items)


def test_what_has_tries_left_goes_first():
    """Of more than can wait those stay that may still be had, and it is said that there was more."""
    some = [
        Pending(entry=Entry(url=f"https://courier.example/{n}"), tries=6 * (n % 2), not_before=NOW)
        for n in range(1200)
    ]
    left = pending.still_pending(some, announced=set(), read=set(), now=NOW)
    assert len(left.items) == pending.MAX_PENDING
    assert (left.overflow, {item.tries for item in left.items}) == (True, {0})
    assert not pending.still_pending(some[:900], announced=set(), read=set(), now=NOW).overflow


def test_the_front_page_fills_a_gap():
    """An outlet without sitemap and listing is looked up on its front page, if the pattern of its articles is known."""
    from scraper.model import FeedRef, Source

    bare = Source(
        id="a",
        name="A",
        homepage="https://a.example/",
        country="am",
        languages=("hy",),
        feeds=(FeedRef(url="https://a.example/rss"),),
    )
    known = replace(bare, article_url=r"/news/\d+$")
    assert feed_reading.addresses(known, all_ways=True) == [
        ("https://a.example/rss", "feed", None),
        ("https://a.example/", "listing", None),
    ]
    assert (
        feed_reading.addresses(known, all_ways=False)
        == feed_reading.addresses(bare, all_ways=True)
        == [("https://a.example/rss", "feed", None)]
    )
