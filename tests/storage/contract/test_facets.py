"""Counts of what passes, pages of best hits, and what most sources carried: the same in every store, and exact."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from scraper.codec import replace
from scraper.errors import StoreError
from storage import Filter, open_store
from tests.support import postgres_server
from tests.support.stories import NOW, found, poll, story

KINDS = ["sqlite", "postgresql"]
HOUR = timedelta(hours=1)
LANGUAGES = ("en", "hy", "ka", None)


@pytest.fixture(params=KINDS)
def place(request, tmp_path):
    return make_store(request.param, tmp_path / "data")


@pytest.fixture(params=KINDS, scope="module")
def place_to_read(request, tmp_path_factory):
    """The same, once for all tests that write nothing."""
    return make_store(request.param, tmp_path_factory.mktemp("facets") / "data")


def make_store(kind, folder):
    """Forty articles of four sources over three days, one in ten a copy; one is revised, one purged."""
    made = postgres_server.server().place() if kind == "postgresql" else folder
    with open_store(made) as store:
        for n in range(40):
            store.commit(poll(article(n), source=f"s{n % 4}", now=NOW), now=NOW + n * HOUR)
        again = found(
            "https://s1.example/1",
            ["Alpha", *story(1), "More."],
            source="s1",
            language="ru",
            fetched=NOW + 41 * HOUR,
        )
        store.commit(poll(again, source="s1"), now=NOW + 41 * HOUR)
        (gone,) = (r for r in store.latest() if r.url == "https://s2.example/2")
        store.purge(articles=[gone.id], now=NOW + 42 * HOUR)
    return made


def article(n):
    text = story(n - 1 if n % 10 == 9 else n)
    word = "Alpha" if n % 3 else "Beta"
    at = NOW + n * HOUR
    return found(
        f"https://s{n % 4}.example/{n}", [word, *text], title=f"T{n}", source=f"s{n % 4}",
        language=LANGUAGES[n % 3], published=at - HOUR, fetched=at,
    )  # fmt: skip


ASKED = {
    "everything": (None, Filter()),
    "a word": ("alpha", Filter()),
    "either word": ("alpha OR beta", Filter()),
    "a word that nobody has": ("gamma", Filter()),
    "sources": (None, Filter(sources=("s1", "s3"))),
    "a source that there is not": (None, Filter(sources=("-",))),
    "a language": ("beta", Filter(languages=("en",))),
    "a time": (None, Filter(since=NOW + 5 * HOUR, until=NOW + 30 * HOUR)),
    "a word in a time": ("alpha", Filter(since=NOW + 5 * HOUR, until=NOW + 30 * HOUR, sources=("s1",))),
    "with headlines": (None, Filter(has_related=True)),
}


@pytest.mark.parametrize("by", ["seen", "published"])
@pytest.mark.parametrize("query, filters", ASKED.values(), ids=ASKED)
def test_counts_are_those_of_the_list(place_to_read, query, filters, by):
    """The counts by source, language and day are those of the articles that are listed, by either clock."""
    filters = replace(filters, by=by)
    with open_store(place_to_read, read_only=True) as store:
        listed = [s.record for s in store.newest(query, filters, limit=100, grouped=False)]
        at = [r.published if by == "published" and r.published else r.first_seen for r in listed]
        expected = Counter((r.source, r.language, time.date()) for r, time in zip(listed, at, strict=True))
        counted = store.facets(query, filters)
        assert Counter({(c.source, c.language, c.day): c.articles for c in counted}) == expected


def test_counts_follow_the_store(place):
    """What is committed, revised and purged meanwhile is counted by who asked before."""
    with open_store(place) as store:
        assert sum(c.articles for c in store.facets()) == 39
        assert {c.language for c in store.facets() if c.source == "s1"} >= {"ru"}
        newest = store.newest(limit=1)[0].cursor
        late = found("https://s1.example/late", story(99), source="s1", language="ka")
        store.commit(poll(late, source="s1"), now=NOW + 50 * HOUR)
        assert [(c.source, c.language, c.articles) for c in store.facets(after=newest)] == [("s1", "ka", 1)]
        assert sum(c.articles for c in store.facets("alpha", after=newest)) == 0
        store.purge(articles=["https://s1.example/late"], now=NOW + 51 * HOUR)
        assert sum(c.articles for c in store.facets()) == 39
    with open_store(place, read_only=True) as store:
        assert sum(c.articles for c in store.facets()) == 39


def test_days_of_a_zone(tmp_path):
    """Days are those of the zone, also where its clocks were changed in between."""
    times = {
        "2026-03-28T22:30+00:00": {"UTC": "2026-03-28", "Europe/Berlin": "2026-03-28", "Asia/Yerevan": "2026-03-29"},
        "2026-03-29T22:30+00:00": {"UTC": "2026-03-29", "Europe/Berlin": "2026-03-30", "Asia/Yerevan": "2026-03-30"},
        "2026-04-01T20:29+00:00": {"UTC": "2026-04-01", "Asia/Tehran": "2026-04-01", "Asia/Yerevan": "2026-04-02"},
        "2026-04-01T20:30+00:00": {"UTC": "2026-04-01", "Asia/Tehran": "2026-04-02", "Asia/Yerevan": "2026-04-02"},
    }  # fmt: skip
    for n, (moment, days) in enumerate(times.items()):
        with open_store(tmp_path / str(n)) as store:
            at = NOW.fromisoformat(moment)
            store.commit(poll(found("https://a.example/x", story(n), published=at, fetched=at)), now=at)
            for zone, day in days.items():
                assert [c.day for c in store.facets(zone=zone)] == [date.fromisoformat(day)], (moment, zone)


def test_best_hits_are_folded_and_paged(place_to_read):
    """Of a text and its copies only the best hit is listed; the pages have every story once."""
    with open_store(place_to_read, read_only=True) as store:
        pages = [store.best("alpha OR beta", skip=skip, limit=10) for skip in (0, 10, 20, 30, 40)]
        shown = [s.record.id for page in pages for s in page.stories]
        folded = store.newest("alpha OR beta", limit=100)
        assert len(shown) == len(set(shown)) == len(folded)
        assert [page.more for page in pages] == [True, True, True, len(folded) > 40, False]
        assert pages[0].complete
        with pytest.raises(StoreError) as refusal:
            store.best("?")
    assert refusal.value.code == "bad_query"


def test_most_carried(place):
    """Texts of several sources since a time, those of most sources first, with everybody who carried them."""
    with open_store(place) as store:
        for n, source in enumerate(("s0", "s2", "s3")):
            at = NOW + (60 + n) * HOUR
            copy = found(f"https://{source}.example/w", story(1000), title="Wide", source=source, fetched=at)
            store.commit(poll(copy, source=source), now=at)
        carried = store.most_carried(NOW)
        assert [len({s.source for s in each.sightings}) for each in carried] == [3, 2, 2, 2, 2]
        assert carried[0].record.title == "Wide"
        assert carried[0].record.source == "s0"
        assert [s.record.title for s in store.most_carried(NOW + 59 * HOUR)] == ["Wide"]
        assert len(store.most_carried(NOW, limit=2)) == 2
