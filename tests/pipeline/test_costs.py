"""What documents may cost: those of too many parts are refused with a code, and large feeds are read in other processes."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from scraper.errors import NotAFeed, PageTooComplex, WorkerLost
from scraper.extract import html
from scraper.feeds.parse import parse_feed
from scraper.parse_pool import ParsePool
from scraper.pipeline import poll
from scraper.pipeline.context import PollContext
from storage import open_store
from tests.support.world import World, feed, source
from tests.torture import hostile

REFUSED_PAGES = (
    "first headings", "definitions", "short paragraphs", "one-word divs", "headlines", "rows of a table", "made-up tags nested",
    "tags of many kinds nested", "formatting that stays open", "tags with new attributes", "tags with 300 attributes", "attributes of one tag",
    "comments", "brackets", "breaks", "options",
)  # fmt: skip
READ_PAGES = (
    "paragraphs",
    "one paragraph",
    "one comment",
    "one script",
    "one attribute",
    "JSON-LD objects",
    "JSON-LD deep lists",
)
REFUSED_FEEDS = (
    "empty items", "items that stay open", "items of elements", "entries with xhtml", "deep", "comments", "CDATA", "brackets",
    "JSON small items", "JSON numbers", "JSON deep",
)  # fmt: skip
READ_FEEDS = {
    "attributes of one element": 0,
    "items of escaped markup": 100,
    "a sitemap": 500,
    "JSON items": 500,
}


@pytest.mark.parametrize("name", REFUSED_PAGES)
def test_pages_of_too_many_parts_are_refused(name):
    """Each shape at its largest size has the code of a page that is too complex, before the parser sees it."""
    with pytest.raises(PageTooComplex) as refused:
        html.guard(hostile.PAGES[name].of(hostile.MAX_PAGE_BYTES).decode())
    assert refused.value.code == "html_too_complex"


@pytest.mark.parametrize("name", READ_PAGES)
def test_large_pages_of_few_parts_are_parsed(name):
    """Large is not complex."""
    html.guard(hostile.PAGES[name].of(hostile.MAX_PAGE_BYTES // 2).decode())


def test_attributes_are_counted_as_the_parser_counts_them():
    """Words of a text, values and scripts are no attributes, whatever signs they hold."""
    words = " ".join(f"word{i}" for i in range(60_000))
    html.guard(f"<p>{words}</p><script>{words}</script><p title='{words} >' class=\"{words}\">")
    inside = "".join(f"<p a='>' b{i} c{i}=\"<\" d{i}=x/>" for i in range(9_000))
    with pytest.raises(PageTooComplex, match="names of attributes"):
        html.guard(inside)


@pytest.mark.parametrize("name", REFUSED_FEEDS)
def test_feeds_of_too_many_parts_are_refused(name):
    """Each shape at its largest size has a code of its own."""
    with pytest.raises(NotAFeed) as refused:
        parse_feed(hostile.FEEDS[name].of(hostile.MAX_FEED_BYTES))
    assert refused.value.code == "feed_too_complex"


@pytest.mark.parametrize("name", READ_FEEDS)
def test_large_feeds_of_few_parts_are_read(name):
    """What is dear in a feed is left out of it; its entries are there."""
    assert len(parse_feed(hostile.FEEDS[name].of(3_000_000)).entries) >= READ_FEEDS[name]


class Noted(ParsePool):
    """Parses in this process, and counts what is not a page; ``lost`` loses it instead."""

    def __init__(self, *, lost: bool = False) -> None:
        super().__init__(processes=0)
        self.asked = 0
        self.lost = lost

    async def run(self, work, argument, *, seconds=10.0, url=None):
        if not hasattr(argument, "article_url"):  # a page's Job has one
            self.asked += 1
            if self.lost:
                raise WorkerLost("crashed", code="parser_crashed", url=url)
        return await super().run(work, argument, seconds=seconds, url=url)


def polled(workers: ParsePool, body: bytes, folder) -> poll.PollOutcome:
    world = World()
    world.answers["https://courier.example/feed.xml"] = body
    with open_store(folder) as store:
        line = PollContext(network=world, store=store, parser=workers, now=world.now)
        return asyncio.run(poll.poll(line, source("courier")))


LARGE = feed("courier.example", 1).replace(b"</channel>", b"<!--" + b"x" * 600_000 + b"--></channel>")


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        pytest.param(feed("courier.example", 1), 0, id="small"),
        pytest.param(LARGE, 1, id="large"),
        pytest.param(gzip.compress(LARGE, mtime=0), 1, id="packed: its size is not known"),
    ],
)
def test_large_feeds_are_read_where_pages_are(tmp_path, body, asked):
    """A small feed costs no way to another process, a large one costs this process nothing; both are read alike."""
    workers = Noted()
    outcome = polled(workers, body, tmp_path)
    assert (workers.asked, outcome.entries) == (asked, 1)


def test_a_feed_that_takes_its_parser_down_costs_that_feed(tmp_path):
    """A lost process is a failure of that feed with a code, and the poll goes on."""
    outcome = polled(Noted(lost=True), LARGE, tmp_path)
    assert [failure.code for failure in outcome.failed] == ["parser_crashed"]
    assert not outcome.ok


def test_only_the_beginning_of_a_list_is_looked_at():
    """Ten thousand items of a list in JSON: five hundred entries, and it is said that there were more."""
    items = [{"id": str(i), "url": f"http://a.example/{i}", "title": "x"} for i in range(10_000)]
    found = parse_feed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode())
    assert len(found.entries) == 500
    assert any(note.startswith("capped:") for note in found.notes)
