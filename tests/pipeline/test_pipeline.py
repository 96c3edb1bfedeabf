"""The whole way of the data, with a network of hand: what is stored, what waits, what fails, and whose fault it is."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import random
import signal
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scraper import parse_pool
from scraper.codec import replace
from scraper.errors import (
    HttpStatusError,
    NetworkError,
    NotRecorded,
    OutOfResources,
    StoreError,
    TimeoutExceeded,
)
from scraper.model import Article, Extraction, FeedRef, Source
from scraper.pipeline import pages, pending
from scraper.pipeline import poll as pipeline
from scraper.pipeline.context import PollContext
from scraper.settings import Settings
from storage import open_store
from tests.support.world import SENTENCES, START, Reply, World, article, feed, source


@pytest.fixture
def world():
    return World()


@pytest.fixture
def fetch(world, tmp_path):
    """Fetch some sources once into a store that lasts for the test."""
    with open_store(tmp_path / "data") as store:
        line = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(processes=0),
            now=world.now,
            rng=random.Random(1),
        )

        def run(*sources: Source) -> list[pipeline.PollOutcome]:
            return asyncio.run(pipeline.fetch_sources(line, sources))

        run.store = store  # type: ignore[attr-defined]
        run.line = line  # type: ignore[attr-defined]
        yield run


def test_every_announced_article_is_stored_once(world, fetch):
    """One poll stores what the feed announces; a second one asks for the feed alone and adds nothing."""
    world.publish("courier", 1, 2, 3)
    (outcome,) = fetch(source("courier"))
    assert (outcome.ok, outcome.new, outcome.entries, outcome.failed) == (True, 3, 3, ())
    world.asked.clear()
    (outcome,) = fetch(source("courier"))
    assert (outcome.ok, outcome.new) == (True, 0)
    assert world.asked == ["https://courier.example/feed.xml"]
    assert len(list(fetch.store.latest())) == 3


def test_records_carry_where_they_were_found(world, fetch):
    """Canonical URL, feed, guid, date and language of a stored record are those of its page and entry."""
    world.publish("courier", 1)
    fetch(source("courier"))
    (record,) = fetch.store.latest()
    assert record.url == "https://courier.example/news/1-road"
    assert record.feed.url == "https://courier.example/feed.xml"
    assert record.feed.guid == "1"
    assert record.found_by == "feed"
    assert record.published == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    assert record.language == "en"
    assert len(record.body) == 5


def test_a_page_that_fails_costs_that_page(world, fetch):
    """One broken page is a failure with a code; the others are stored, and the article waits for another try."""
    world.publish("courier", 1, 2)
    world.answers["https://courier.example/news/1-road"] = TimeoutExceeded("too slow", url="x")
    (outcome,) = fetch(source("courier"))
    assert outcome.ok
    assert outcome.new == 1
    assert [f.code for f in outcome.failed] == ["timeout"]
    (waiting,) = fetch.store.source_states()["courier"].pending
    assert waiting.not_before == START + timedelta(minutes=10)

    world.answers["https://courier.example/news/1-road"] = article(1)
    world.answers["https://courier.example/feed.xml"] = feed("courier.example", 7)
    world.answers["https://courier.example/news/7-road"] = article(7)
    world.time += timedelta(minutes=5)
    assert fetch(source("courier"))[0].new == 1, "its pause is not over"
    world.time += timedelta(minutes=10)
    assert fetch(source("courier"))[0].new == 1, "it is fetched although the feed has dropped it"
    assert fetch.store.source_states()["courier"].pending == ()


def test_a_page_that_is_no_article_is_not_asked_for_at_each_poll(world, fetch):
    """An empty page is reported once and left alone for hours."""
    world.publish("courier", 1)
    world.answers["https://courier.example/news/1-road"] = (
        b"<!doctype html><html><body><nav>Menu</nav></body></html>"
    )
    (outcome,) = fetch(source("courier"))
    assert not outcome.ok
    assert [f.code for f in outcome.failed] == ["no_article"]
    world.asked.clear()
    world.time += timedelta(hours=1)
    fetch(source("courier"))
    assert world.asked == ["https://courier.example/feed.xml"]


def test_the_feed_s_body_stands_in_for_a_page_that_is_gone(world, fetch):
    """Where the page cannot be had and the feed carries the text, that is stored and marked."""
    text = "".join(f"<p>{s}</p>" for s in SENTENCES)
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded>"
    world.answers["https://courier.example/feed.xml"] = feed("courier.example", 1, content=content)
    world.answers["https://courier.example/news/1-road"] = NotRecorded("not recorded", url="x")
    (outcome,) = fetch(source("courier"))
    assert outcome.new == 1
    (record,) = fetch.store.latest()
    assert record.extraction.method == "feed"
    assert "page_not_recorded" in record.extraction.warnings
    assert record.body == tuple(SENTENCES)
    assert record.title == "Council decides on road number 1"


def test_not_modified_is_a_success(world, fetch):
    """304 costs one request and counts as a good poll."""
    world.answers["https://courier.example/feed.xml"] = None
    (outcome,) = fetch(source("courier"))
    assert (outcome.ok, outcome.entries, outcome.failed) == (True, 0, ())


@pytest.mark.parametrize(
    "asks, headers",
    [("<ttl>40</ttl>", {}), ("", {"cache_control": "max-age=2400"}), ("<ttl>10</ttl>", {"cache_control": "max-age=2400"})],
)  # fmt: skip
def test_what_a_feed_asks_for_holds_where_it_did_not_change(world, fetch, asks, headers):
    """ttl was read with the last change, Cache-Control comes with each 304: a busy outlet that asks for forty minutes gets them."""
    world.publish("courier", *range(20))
    document = (
        world.answers["https://courier.example/feed.xml"].decode().replace("</title>", f"</title>{asks}", 1)
    )
    for n in range(20):
        at = format_datetime(START - timedelta(minutes=40 * n + 5))
        document = document.replace(f"<guid>{n}</guid>", f"<guid>{n}</guid><pubDate>{at}</pubDate>")
    world.answers["https://courier.example/feed.xml"] = Reply(document.encode(), etag='"1"', **headers)
    for _ in range(3):
        (outcome,) = fetch(source("courier"))
        assert outcome.ok
        state = fetch.store.source_states()["courier"]
        assert state.interval_seconds == 2400
        world.wait(minutes=5)


def test_our_own_outage_counts_against_nobody(world, fetch, tmp_path):
    """When no server answers at all, every source fails with its code and nothing is written."""
    for name in ("courier", "herald"):
        world.answers[f"https://{name}.example/feed.xml"] = NetworkError(
            "no such host", code="dns_failed", url="x"
        )
    outcomes = fetch(source("courier"), source("herald"))
    assert [[f.code for f in o.failed] for o in outcomes] == [["dns_failed"], ["dns_failed"]]
    assert not any(o.ok for o in outcomes)
    assert fetch.store.source_states() == {}
    assert not (tmp_path / "data").exists()


class FullDisk:
    """A store whose commits fail while ``full``; everything else is the real one's."""

    def __init__(self, store):
        self._store, self.full = store, True

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, *args, **kwargs):
        if self.full:
            raise StoreError("no space left on device", code="store_full")
        return self._store.commit(*args, **kwargs)


def test_a_full_disk_loses_nothing(world, tmp_path):
    """A poll whose commit fails says so by its code and keeps nothing, validators included: the next one gets everything."""
    world.publish("courier", 1, 2)
    url = "https://courier.example/feed.xml"
    world.answers[url] = Reply(world.answers[url], etag='"1"')
    with open_store(tmp_path / "data") as real:
        store = FullDisk(real)
        line = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(processes=0),
            now=world.now,
            rng=random.Random(1),
        )
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                asyncio.run(pipeline.poll(line, source("courier")))
            assert caught.value.code == "store_full"
        assert (list(real.latest()), real.source_states()) == ([], {})
        store.full = False
        outcome = asyncio.run(pipeline.poll(line, source("courier")))
        assert (outcome.new, outcome.failed, world.asked.count(url)) == (2, (), 4)


class Buggy:
    """A store where the commit of one source's poll brings out a bug; everything else is the real one's."""

    def __init__(self, store, name, bug):
        self._store, self._name, self._bug = store, name, bug

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, poll, **more):
        if poll.source == self._name and poll.feeds:
            raise self._bug
        return self._store.commit(poll, **more)


def line_of(network, store, world):
    return PollContext(
        network=network,
        store=store,
        parser=parse_pool.ParsePool(processes=0),
        now=world.now,
        rng=random.Random(1),
    )


def test_a_poll_that_breaks_is_its_sources_failure(world, tmp_path):
    """A bug is raised, and written down where other processes look: code, words, how often; a poll that goes well ends it."""
    world.publish("herald", 1)
    world.publish("courier", 1)
    with open_store(tmp_path / "data") as store:
        asyncio.run(pipeline.poll(line_of(world, store, world), source("herald")))
        bug = RuntimeError("Unexpected error within the Pool")
        broken = line_of(world, Buggy(store, "courier", bug), world)
        for _ in range(2):
            world.wait(minutes=15)
            with pytest.raises(RuntimeError):
                asyncio.run(pipeline.poll(broken, source("courier")))
        state = store.source_states()["courier"]
        assert (state.failures, state.error, state.last_poll) == (2, "poll_broke", world.now())
        assert state.due == state.feeds_due == world.now() + timedelta(minutes=15)
        failure = store.failures()[0]
        assert (failure.source, failure.code) == ("courier", "poll_broke")
        assert failure.message == "RuntimeError: Unexpected error within the Pool"
        world.wait(minutes=15)
        assert asyncio.run(pipeline.poll(line_of(world, store, world), source("courier"))).new == 1
        state = store.source_states()["courier"]
        assert (state.failures, state.error) == (0, None)


OWN = {
    "no descriptors": OutOfResources("no file descriptors are left"),
    "no memory": MemoryError(),
    "a full disk": OSError(errno.ENOSPC, "No space left on device"),
}


@pytest.mark.parametrize("fault", OWN.values(), ids=OWN.keys())
def test_a_fault_of_our_own_is_nobodys_failure(world, tmp_path, fault):
    """It is raised, and nothing is written on any outlet's account."""
    world.publish("herald", 1)
    with open_store(tmp_path / "data") as store:
        asyncio.run(pipeline.poll(line_of(world, store, world), source("herald")))
        with pytest.raises(type(fault)):
            asyncio.run(
                pipeline.poll(line_of(world, Buggy(store, "courier", fault), world), source("courier"))
            )
        assert "courier" not in store.source_states()
        assert store.failures() == []


def test_a_bug_that_cannot_be_written_down(world, tmp_path):
    """The bug is told, not what the store had to say about it."""
    with open_store(tmp_path / "data") as real:
        line = line_of(world, Buggy(FullDisk(real), "courier", RuntimeError("a bug")), world)
        with pytest.raises(RuntimeError, match="a bug"):
            asyncio.run(pipeline.poll(line, source("courier")))


@pytest.mark.parametrize("bug", [RuntimeError("a bug"), *OWN.values()], ids=["a bug", *OWN.keys()])
def test_what_breaks_one_source_ends_no_fetch(world, tmp_path, bug):
    """The others are fetched and stored; that one has failed, with its code."""
    world.publish("herald", 1, 2)
    with open_store(tmp_path / "data") as store:
        line = line_of(world, Buggy(store, "courier", bug), world)
        broken, well = asyncio.run(pipeline.fetch_sources(line, [source("courier"), source("herald")]))
        assert (well.ok, well.new) == (True, 2)
        code = "poll_broke" if str(bug) == "a bug" else "own_fault"
        assert (broken.ok, [f.code for f in broken.failed]) == (False, [code])
        assert ("courier" in store.source_states()) == (code == "poll_broke")


def test_a_silent_server_is_at_fault_when_others_answer(world, fetch):
    """One host that is down while another answers is counted, whichever of them was asked first."""
    world.answers["https://courier.example/feed.xml"] = NetworkError("refused", url="x")
    world.publish("herald", 1)
    fetch(source("courier"), source("herald"))
    states = fetch.store.source_states()
    assert states["courier"].failures == 1
    assert states["courier"].error == "connect_failed"
    assert states["herald"].failures == 0


def test_one_source_that_breaks_does_not_stop_the_others(world, fetch):
    """A feed that is a web page is that source's failure only."""
    world.answers["https://courier.example/feed.xml"] = (
        b"<!doctype html><html><body>Maintenance</body></html>"
    )
    world.publish("herald", 1)
    courier, herald = fetch(source("courier"), source("herald"))
    assert (courier.ok, [f.code for f in courier.failed]) == (False, ["html_not_feed"])
    assert (herald.ok, herald.new) == (True, 1)


def test_single_addresses_are_fetched_without_a_feed(world, fetch):
    """A URL belongs to the source of its site, else to one named by its host; a failure is a value."""
    world.publish("courier", 1)
    world.answers["https://stranger.example/a/b-c-d-e"] = article(5)
    addresses = [
        "https://courier.example/news/1-road",
        "https://stranger.example/a/b-c-d-e",
        "https://x.example/1",
    ]
    known, stranger, broken = asyncio.run(pipeline.fetch_urls(fetch.line, addresses, [source("courier")]))
    assert (known.source, known.new, known.ok) == ("courier", 1, True)
    assert (stranger.source, stranger.new) == ("stranger-example", 1)
    assert (broken.ok, [f.code for f in broken.failed]) == (False, ["http_404"])
    assert {r.found_by for r in fetch.store.latest()} == {"url"}


def test_only_so_many_pages_a_poll(world, fetch):
    """What is over the cap waits in the source's state and comes with the next poll, even if the feed says 304 by then."""
    numbers = range(1, 71)
    world.publish("courier", *numbers)
    (outcome,) = fetch(source("courier"))
    assert outcome.new == 60
    world.answers["https://courier.example/feed.xml"] = None
    (outcome,) = fetch(source("courier"))
    assert outcome.new == 10


def dies_of_poison(job: parse_pool.ParseJob) -> Article:
    """Parses like the real work, but for a page that kills its process."""
    if b"poison" in job.data:
        os.kill(os.getpid(), signal.SIGSEGV)
    return parse_pool.parse_page(job)


def test_a_page_that_kills_its_parser_is_quarantined_with_its_bytes(world, tmp_path):
    """It is tried three times, later each time; the other article is stored at once; then nobody asks for it again."""
    world.publish("courier", 1, 2)
    world.answers["https://courier.example/news/1-road"] = b"<html><body>poison</body></html>"
    codes = []
    with open_store(tmp_path / "data") as store, parse_pool.ParsePool(1, work=dies_of_poison) as pool:
        line = PollContext(network=world, store=store, parser=pool, now=world.now, rng=random.Random(1))
        for _ in range(5):
            (outcome,) = asyncio.run(pipeline.fetch_sources(line, [source("courier")]))
            codes += [f.code for f in outcome.failed]
            world.time += timedelta(days=1)
        assert codes == ["parser_crashed", "parser_crashed", "quarantined"]
        assert [q.url for q in store.quarantined()] == ["https://courier.example/news/1-road"]
        assert b"poison" in (store.quarantined_body("https://courier.example/news/1-road") or b"")
        assert len(list(store.latest())) == 1


class NoProcess(parse_pool.ParsePool):
    """A pool on a machine that has no room for another process."""

    async def extract(self, job: parse_pool.ParseJob) -> Article:
        raise OSError(errno.EAGAIN, "no process to parse in could be had")


def test_no_process_to_parse_in_is_nothing_against_a_page(world, tmp_path):
    """The poll breaks, however often, and keeps nothing; with processes the next one stores the page."""
    world.publish("courier", 1)
    with open_store(tmp_path / "data") as store:

        def poll(pool: parse_pool.ParsePool) -> pipeline.PollOutcome:
            io = PollContext(network=world, store=store, parser=pool, now=world.now)
            (outcome,) = asyncio.run(pipeline.fetch_sources(io, [source("courier")]))
            return outcome

        for _ in range(pages.MAX_PARSE_ATTEMPTS + 2):
            assert [failure.code for failure in poll(NoProcess(0)).failed] == ["own_fault"]
        assert store.source_states() == {}
        assert list(store.quarantined()) == []
        poll(parse_pool.ParsePool(0))
        assert len(list(store.latest())) == 1


def test_a_page_that_was_given_up_is_left_alone(world, tmp_path):
    """While its feed goes on announcing it, through polls without news and with: nobody asks for it or parses it again."""
    world.publish("courier", 1, 2)
    poison = "https://courier.example/news/1-road"
    world.answers[poison] = b"<html><body>poison</body></html>"
    with open_store(tmp_path / "data") as store, parse_pool.ParsePool(1, work=dies_of_poison) as pool:
        line = PollContext(network=world, store=store, parser=pool, now=world.now, rng=random.Random(1))

        def poll(*numbers: int) -> None:
            world.publish("courier", *numbers)
            asyncio.run(pipeline.fetch_sources(line, [source("courier")]))
            world.time += timedelta(days=1)

        for _ in range(4):
            poll(2, 1)
        world.asked.clear()
        for newest in range(3, 7):
            poll(newest, 2, 1)
            poll(newest, 2, 1)
        assert poison not in world.asked
        assert len(list(store.latest())) == 5
        poll(9, 8, 7)
        assert store.source_states()["courier"].pending == ()


def address_alone(job: parse_pool.ParseJob) -> Article:
    """Parses nothing: for a test of numbers, not of texts."""
    extraction = Extraction(method="generic", confidence=1.0)
    return Article(url=job.url, title=job.url, body=(f"What stands at {job.url}.",), extraction=extraction)


def test_more_than_can_wait(world, tmp_path):
    """Where more is announced than is kept waiting, the rest is announced again, though the feed says nothing new."""
    count = pending.MAX_PENDING + 40
    second = FeedRef(url="https://courier.example/more.xml")
    world.publish("courier", *range(1, count + 1))
    world.answers[second.url] = feed("courier.example", *range(301, count + 1))
    world.publish("courier", *range(1, 301))
    outlet = source("courier")
    outlet = replace(outlet, feeds=(*outlet.feeds, second))
    with open_store(tmp_path / "data") as store:
        line = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(0, work=address_alone),
            settings=Settings(max_pages_per_poll=20),
            now=world.now,
            rng=random.Random(1),
        )
        asyncio.run(pipeline.fetch_sources(line, [outlet]))
        assert len(store.source_states()["courier"].pending) == pending.MAX_PENDING
        line = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(0, work=address_alone),
            settings=Settings(max_pages_per_poll=1000),
            now=world.now,
            rng=random.Random(1),
        )
        for _ in range(2):
            asyncio.run(pipeline.fetch_sources(line, [outlet]))
        assert len(list(store.latest())) == count


def test_an_index_of_sitemaps_that_never_changes(world, fetch):
    """New articles are found in the sitemaps of an index whose own bytes stay the same, and which says "not modified"."""
    host = "https://courier.example"
    index = "".join(f"<sitemap><loc>{host}/{name}.xml.gz</loc></sitemap>" for name in ("news", "pages"))
    world.answers[f"{host}/index.xml"] = Reply(f"<sitemapindex>{index}</sitemapindex>".encode(), etag='"1"')
    world.answers[f"{host}/pages.xml.gz"] = b"<urlset></urlset>"
    outlet = replace(source("courier"), feeds=(), sitemaps=(f"{host}/index.xml",))
    for newest in (1, 2, 3):
        urls = "".join(f"<url><loc>{host}/news/{n}-road</loc></url>" for n in range(1, newest + 1))
        world.answers[f"{host}/news.xml.gz"] = gzip.compress(f"<urlset>{urls}</urlset>".encode(), mtime=0)
        world.answers[f"{host}/news/{newest}-road"] = article(newest)
        (outcome,) = fetch(outlet)
        assert (outcome.new, outcome.failed) == (1, ())
        world.wait(hours=1)
    assert {r.found_by for r in fetch.store.latest()} == {"sitemap"}


def test_an_index_without_dates_is_read_in_turn(world, fetch):
    """The likely newest child is read at every poll, each of the others in its turn; one that is gone holds up none of them."""
    host = "https://courier.example"
    names = [f"posts-{n}" for n in range(1, 9)]
    index = "".join(f"<sitemap><loc>{host}/{name}.xml</loc></sitemap>" for name in names)
    world.answers[f"{host}/index.xml"] = f"<sitemapindex>{index}</sitemapindex>".encode()
    for n in (1, 2, 3, 4, 5, 8):
        world.answers[f"{host}/posts-{n}.xml"] = (
            f"<urlset><url><loc>{host}/news/{n}-road</loc></url></urlset>".encode()
        )
        world.answers[f"{host}/news/{n}-road"] = article(n)
    outlet = replace(source("courier"), feeds=(), sitemaps=(f"{host}/index.xml",))
    found = []
    for _ in range(4):
        fetch(outlet)
        found.append({int(r.url.rsplit("/", 1)[1].partition("-")[0]) for r in fetch.store.latest()})
        world.wait(hours=1)
    assert found == [{8}, {8, 5, 4}, {8, 5, 4, 3, 2}, {8, 5, 4, 3, 2, 1}]


def test_a_new_sitemap_every_day(world, fetch):
    """What is remembered of an outlet does not grow with the sitemaps that it has had."""
    host = "https://courier.example"
    outlet = replace(source("courier"), feeds=(), sitemaps=(f"{host}/index.xml",))
    for day in range(1, 29):
        loc = f"{host}/sitemap-2026-03-{day:02}.xml"
        world.answers[f"{host}/index.xml"] = (
            f"<sitemapindex><sitemap><loc>{loc}</loc></sitemap></sitemapindex>".encode()
        )
        world.answers[loc] = f"<urlset><url><loc>{host}/news/{day}-road</loc></url></urlset>".encode()
        world.answers[f"{host}/news/{day}-road"] = article(day)
        fetch(outlet)
        world.wait(days=1)
    assert len(list(fetch.store.latest())) == 28
    assert len(fetch.store.source_states()["courier"].feeds) <= 9


def test_what_a_feed_showed_is_remembered_while_it_is_away(world, fetch):
    """A feed that fails for weeks still knows what it showed last: when it is back, the hole is seen."""
    world.publish("courier", *range(10, 20))
    fetch(source("courier"))
    feed_url = "https://courier.example/feed.xml"
    world.answers[feed_url] = HttpStatusError(500, url=feed_url)
    for _ in range(12):
        world.wait(days=1)
        fetch(source("courier"))
    world.publish("courier", *range(40, 50))
    fetch(source("courier"))
    assert fetch.store.source_states()["courier"].gap_since == world.now()
