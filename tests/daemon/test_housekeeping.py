"""What the daemon does for its store once a day: what the settings ask for, and nothing else; failures are told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from scraper.daemon.housekeeping import Housekeeping
from scraper.errors import StoreError
from scraper.settings import StoreSettings
from storage import open_store
from tests.support.stories import NOW, found, poll, story


class Log:
    def __init__(self):
        self.told = []

    def __getattr__(self, level):
        return lambda event, **values: self.told.append((level, event, values))


def house(store, folder, settings, log, **more):
    return Housekeeping(
        store=store, pages=folder / "archive", settings=lambda: settings, log=log, now=lambda: NOW, **more
    )


ASKED = {
    "nothing": (StoreSettings(), [], 3),
    "packing": (StoreSettings(compact=True), ["packed"], 3),
    "forgetting": (StoreSettings(keep_days=30), ["purged"], 2),
    "forgetting what is not there": (StoreSettings(keep_days=3000), [], 3),
    "both": (StoreSettings(compact=True, keep_days=30), ["purged", "packed"], 2),
}


@pytest.mark.parametrize("settings, events, articles", ASKED.values(), ids=ASKED)
def test_what_the_settings_ask_for(tmp_path, settings, events, articles):
    """Once is enough: the second time there is nothing left to do."""
    log = Log()
    (tmp_path / "archive").mkdir()
    with open_store(tmp_path) as store:
        for days in (60, 1, 0):
            now = NOW - timedelta(days=days)
            store.commit(poll(found(f"https://a.example/{days}", story(days), fetched=now)), now=now)
        for _ in range(2):
            house(store, tmp_path, settings, log).once()
        assert [event for _, event, _ in log.told] == events
        assert store.stats().articles == articles
        assert list(store.verify()) == []


class Refusing:
    """A store on a full disk, until there is a bug."""

    def __init__(self):
        self.asked = 0

    def compact(self):
        self.asked += 1
        if self.asked == 3:
            raise RuntimeError("a bug")
        raise StoreError("the disk is full", code="store_full")


def test_a_failure_is_told_and_tried_again(tmp_path):
    """A store that refuses costs that day's work, not the daemon; a bug is not hidden."""
    log = Log()
    keeping = house(Refusing(), tmp_path, StoreSettings(compact=True), log, seconds=0.0)
    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(keeping.run())
    assert log.told == [("error", "housekeeping_failed", {"why": "the disk is full"})] * 2
