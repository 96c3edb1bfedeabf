"""What nobody expected costs what it was met in: one page, one feed, one visit, one source; never the poll or the run."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from scraper.errors import Bug, StoreError, TimeoutExceeded
from scraper.guard import as_failure, read_or_skip
from scraper.ingest.import_pages import PageImporter
from scraper.ingest.model import PageBatch, SavedPage
from scraper.model import SourceState
from scraper.parse_pool import ParsePool
from scraper.pipeline import poll as pipeline
from scraper.pipeline.context import PollContext
from scraper.pipeline.source_lookup import SourceLookup
from storage import open_store
from tests.support.world import World, article, source

pytestmark = pytest.mark.bugs  # they are what it is about


class Broken:
    """Something whose methods of these names raise for whatever ``breaks`` says; everything else is the real one's."""

    def __init__(self, real, breaks, **names):
        self._real, self._breaks, self._names = real, breaks, names

    def __getattr__(self, name):
        method = getattr(self._real, name)
        if name not in self._names:
            return method

        def call(*args, **kwargs):
            if self._breaks(*args):
                raise self._names[name]
            return method(*args, **kwargs)

        return call


@pytest.fixture
def world():
    return World()


@pytest.fixture
def line(world, tmp_path):
    """A pipeline over that world; what is given replaces its part."""
    with open_store(tmp_path / "data") as store:

        def make(*, network=world, workers=None, store=store):
            made = PollContext(
                network=network,
                store=store,
                parser=workers or ParsePool(0),
                now=world.now,
                rng=random.Random(1),
            )
            made.set_sources([source("courier"), source("herald")])
            return made

        make.store = store
        yield make


def fetch(line, *names):
    return asyncio.run(pipeline.fetch_sources(line, [source(name) for name in names]))


def of(text):
    return lambda *args: text in str(getattr(args[0], "url", args[0]))


ANYTHING = ZeroDivisionError("what nobody expected")


@pytest.mark.parametrize("part", ["network", "workers"])
def test_one_page(world, line, part):
    """Asking for a page, or parsing it: the others are stored, and the page is tried again."""
    world.publish("courier", 1, 2, 3)
    real = {"network": world, "workers": ParsePool(0)}[part]
    name = {"network": "get", "workers": "extract"}[part]
    (outcome,) = fetch(line(**{part: Broken(real, of("/2-road"), **{name: ANYTHING})}), "courier")
    assert (outcome.ok, outcome.new, [f.code for f in outcome.failed]) == (True, 2, ["bug"])
    assert "ZeroDivisionError: what nobody expected (test_guard.py:" in outcome.failed[0].message
    (waiting,) = line.store.source_states()["courier"].pending
    assert waiting.code == "bug"
    world.time += timedelta(days=1)
    assert fetch(line(), "courier")[0].new == 1


def test_one_feed(world, line):
    """A feed that breaks costs itself."""
    world.publish("courier", 1)
    world.publish("herald", 2)
    broken = Broken(world, of("courier.example/feed"), get=ANYTHING)
    outcomes = fetch(line(network=broken), "courier", "herald")
    assert [(o.ok, o.new, [f.code for f in o.failed]) for o in outcomes] == [
        (False, 0, ["bug"]),
        (True, 1, []),
    ]


def test_one_entry():
    """What reads one entry of many gives nothing where it breaks; the others are read."""
    assert [read_or_skip("https://x.example/", int, text) for text in ("1", "two", "3")] == [1, None, 3]


def test_one_source(world, line):
    """Whatever breaks in the whole of one source's poll, the others' are stored, and it is in the table as failed."""
    world.publish("courier", 1)
    world.publish("herald", 2)
    broken = Broken(line.store, lambda poll, **_: poll.source == "courier", commit=ANYTHING)
    done = []
    polls = pipeline.fetch_sources(
        line(store=broken), [source("courier"), source("herald")], on_done=done.append
    )
    outcomes = asyncio.run(polls)
    assert [(o.source, o.ok, o.new, [f.code for f in o.failed]) for o in outcomes] == [
        ("courier", False, 0, ["poll_broke"]),
        ("herald", True, 1, []),
    ]
    assert len(done) == 2


def test_one_address(world, line):
    """The same for addresses that are named."""
    world.answers["https://courier.example/a"] = article(1)
    urls = ["http://[", "https://courier.example/a", "https://courier.example/b"]
    broken = Broken(world, of("/b"), get=ANYTHING)
    outcomes = asyncio.run(pipeline.fetch_urls(line(network=broken), urls, [source("courier")]))
    assert [[f.code for f in o.failed] for o in outcomes][1:] == [[], ["bug"]]
    assert [o.new for o in outcomes] == [0, 1, 0]
    assert outcomes[0].failed


def test_one_saved_page(world, line):
    """And for what is ingested."""
    urls = [f"https://courier.example/news/{n}-road" for n in range(3)]
    pages = tuple(SavedPage(url=url, place=str(n), body=article(n)) for n, url in enumerate(urls))
    importer = PageImporter(
        store=line.store,
        workers=Broken(ParsePool(0), of("/1-road"), extract=ANYTHING),
        owners=SourceLookup(),
        network=world,
        now=world.now,
    )
    result = asyncio.run(importer.import_batch(PageBatch(after="", pages=pages)))
    assert (result.tally.new, [(r.place, r.code) for r in result.refused]) == (2, [("1", "bug")])


def test_one_visit(world, line):
    """And for the pages of stored articles that are asked for again."""
    world.publish("courier", 1, 2)
    fetch(line(), "courier")
    world.time += timedelta(hours=30)
    broken = Broken(world, of("/1-road"), get=ANYTHING)
    outcome = asyncio.run(pipeline.poll(line(network=broken), source("courier"), _state(line)))
    assert "bug" in [f.code for f in outcome.failed]
    assert outcome.visited == 2


def _state(line):
    return line.store.source_states().get("courier") or SourceState(source="courier")


OURS = [StoreError("broken"), OSError(28, "No space left on device"), MemoryError()]


@pytest.mark.parametrize("ours", OURS, ids=lambda e: type(e).__name__)
def test_what_is_our_own(ours):
    """The store, the disk and memory are no document's fault: they pass."""
    with pytest.raises(type(ours)):
        as_failure(ours, "https://x.example/")


def test_what_a_failure_says(caplog):
    """A coded error stays what it is; anything else says what it was and where, and is logged with its way."""
    late = TimeoutExceeded("late", url="u")
    assert as_failure(late, "v") is late
    try:
        raise ANYTHING
    except ZeroDivisionError as error:
        bug = as_failure(error, "https://x.example/")
    assert isinstance(bug, Bug)
    assert (bug.code, bug.url) == ("bug", "https://x.example/")
    assert "test_guard.py" in caplog.text
    assert "https://x.example/" in caplog.text
