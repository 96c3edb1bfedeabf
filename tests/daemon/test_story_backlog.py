"""The daemon compares what is not compared yet: what is old enough, once, and what fails holds nothing up."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from scraper.daemon.story_backlog import BATCH, StoryBacklog
from scraper.errors import StoreError, StoreLocked, WorkerLost
from storage import open_store
from tests.daemon.test_housekeeping import Log
from tests.support.sketching import VERSION, WordEncoder
from tests.support.stories import NOW, found, poll, story

HOUR = timedelta(hours=1)


class Pool:
    """Sketches at once, but for titles that end the process."""

    def __init__(self):
        self.asked = []

    async def run(self, work, job, *, url):
        from scraper.stories.vectors import sketch_with

        self.asked.append(job.title)
        if job.title == "Deadly":
            raise WorkerLost("the process died", url=url)
        return sketch_with(WordEncoder(), job, VERSION)


class Watched:
    """A backlog in virtual time that ends after so many pauses."""

    def __init__(self, store, pauses=2):
        self.pool, self.log, self.pauses = Pool(), Log(), pauses
        self.it = StoryBacklog(store=store, parser=self.pool, log=self.log, now=lambda: NOW, sleep=self.sleep)

    async def sleep(self, seconds):
        self.pauses -= 1
        if self.pauses <= 0:
            raise asyncio.CancelledError

    def run(self):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(self.it.run())
        return self


@pytest.fixture
def encoder(monkeypatch):
    monkeypatch.setenv("DARIAL_STORIES", "on")
    monkeypatch.setenv("DARIAL_STORIES_MODEL", "/nowhere")


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "data") as opened:
        yield opened


def keep(store, *titles, fetched=NOW - HOUR, now=NOW):
    for title in titles:
        n = store.seq()
        article = found(f"https://a.example/{n}", story(n), title=title, fetched=fetched)
        store.commit(poll(article), now=now)


def test_a_backlog_is_caught_up(store, encoder):
    """Batch by batch, whatever fails; what a poll has just stored and what is too old is left alone."""
    keep(store, "Too old", now=NOW - timedelta(days=9))
    keep(store, *(f"Title {n}" for n in range(BATCH)), "Deadly", None, "Last")
    keep(store, "Just stored", fetched=NOW)
    watched = Watched(store, pauses=3).run()
    assert watched.pool.asked == [*(f"Title {n}" for n in range(BATCH)), "Deadly", "", "Last"]
    assert [values["why"] for _, _, values in watched.log.told] == ["the process died"]
    assert store.story_backlog((NOW - timedelta(days=3)).date()) == 2
    assert sum(len(one.members) for one in store.told_stories()) == BATCH + 2


def test_without_an_encoder_nothing_is_done(store):
    keep(store, "Title")
    assert Watched(store).run().pool.asked == []


def test_a_store_that_refuses_is_tried_again(store, encoder):
    class Full:
        unsketched, catching_up = store.unsketched, store.catching_up

        def __init__(self):
            self.refuse = True

        def keep_sketches(self, sketches):
            if self.refuse:
                self.refuse = False
                raise StoreError("the disk is full", code="store_write_failed")
            return store.keep_sketches(sketches)

    keep(store, "Title")
    watched = Watched(Full(), pauses=4).run()
    assert watched.pool.asked == ["Title", "Title"]
    assert len(store.told_stories()) == 1


def test_one_process_at_a_time_catches_up(store, encoder):
    """The other one waits; when its turn comes, it does what is left."""

    class Shared:
        unsketched, keep_sketches = store.unsketched, store.keep_sketches
        turn = 0

        @contextlib.contextmanager
        def catching_up(self):
            self.turn += 1
            if self.turn == 1:
                raise StoreLocked("another process is at it")
            yield

    keep(store, "Title")
    watched = Watched(Shared(), pauses=1).run()
    assert watched.pool.asked == []
    watched = Watched(Shared(), pauses=2).run()
    assert watched.pool.asked == ["Title"]
    assert watched.log.told == []
