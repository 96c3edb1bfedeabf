"""The search index in pieces answers as one index would; how much was ranked is told."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta

import pytest

from scraper.model import Headline
from storage import Filter, open_store
from storage.search import fts5_shards, texts
from tests.support.stories import NOW, found, poll, story

ARTICLES = 90
RARE = (4, 31, 77)  # the articles that have a word which the others lack


def articles():
    for n in range(ARTICLES):
        body = story(n, paragraphs=2)
        if n in RARE:
            body[0] += " Zangezur" * (1 + n % 3)
        yield found(
            f"https://outlet{n % 3}.example/{n}-story",
            [*body, f"number{n} ends it."],
            title=f"Story {n} of the {'glacier' if n % 9 == 0 else 'valley'}",
            source=f"outlet{n % 3}",
            published=NOW - timedelta(hours=ARTICLES - n),
            fetched=NOW + timedelta(minutes=n),
            related=(Headline(title=f"Story {n - 3} of the valley"),) if n >= 3 else (),
        )


def filled(place):
    with open_store(place) as store:
        for article in articles():
            store.commit(poll(article, source=article.source, now=article.fetched), now=article.fetched)
        revised = list(articles())[7]
        body = ("All of it is about the Zangezur tunnel now.",)
        revised = found(
            revised.url, list(body), title="The tunnel", source="outlet1", fetched=NOW + timedelta(days=1)
        )
        store.commit(poll(revised, source="outlet1", now=revised.fetched), now=revised.fetched)
    return place


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """The same articles on one shelf, and on twelve."""
    bits = fts5_shards.BITS
    with pytest.MonkeyPatch.context() as patch:
        places = {}
        for name, size in (("one", bits), ("many", 3)):
            patch.setattr(fts5_shards, "BITS", size)
            places[name] = filled(tmp_path_factory.mktemp(name) / "data")
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(open_store(place, read_only=True)) for name, place in places.items()}


@pytest.fixture
def many(stores, monkeypatch):
    monkeypatch.setattr(fts5_shards, "BITS", 3)
    return stores["many"]


ASKED = {
    "a rare word": ("zangezur", {}),
    "a rare word and a common one": ("zangezur valley", {}),
    "a word of all": ("story", {}),
    "two words": ("bridge glacier", {}),
    "either": ("zangezur OR glacier", {}),
    "a phrase": ('"of the glacier"', {}),
    "a prefix": ("zang*", {}),
    "without": ("glacier -bridge", {}),
    "an outlet": ("glacier", {"sources": ("outlet0",)}),
    "from a time": ("story", {"by": "published", "since": NOW - timedelta(hours=20)}),
    "up to a time": ("story", {"by": "published", "until": NOW - timedelta(hours=70)}),
    "by the time seen": (
        "story",
        {"since": NOW + timedelta(minutes=20), "until": NOW + timedelta(minutes=50)},
    ),
    "headlines": ("valley", {"within": "related"}),
    "nothing": ("ballet", {}),
}


@pytest.mark.parametrize("words, filters", ASKED.values(), ids=ASKED)
def test_the_same_is_found(stores, many, words, filters, monkeypatch):
    """On many shelves the same articles are found as on one, the newest first and by their scores."""
    narrowed = Filter(**filters)
    got = many.search(words, narrowed, limit=ARTICLES)
    listed = [s.record.id for s in many.newest(words, narrowed, limit=ARTICLES)]
    monkeypatch.undo()
    expected = stores["one"].search(words, narrowed, limit=ARTICLES)
    assert {h.record for h in got.hits} == {h.record for h in expected.hits}
    assert (got.ranked, got.complete) == (expected.ranked, expected.complete) == (len(got.hits), True)
    assert [h.score for h in got.hits] == sorted((h.score for h in got.hits), reverse=True)
    assert listed == [s.record.id for s in stores["one"].newest(words, narrowed, limit=ARTICLES)]


def test_a_time_may_begin_and_end_anywhere(many):
    """A shelf whose articles are all of the time asked for is not asked for times, and none is found that is of another."""
    for n in range(0, ARTICLES, 3):
        since, until = NOW - timedelta(hours=ARTICLES - n), NOW - timedelta(hours=ARTICLES - n - 20)
        told = many.search("story", Filter(by="published", since=since, until=until), limit=ARTICLES)
        listed = many.newest("story", Filter(by="published", since=since, until=until), limit=ARTICLES)
        expected = {f"https://outlet{i % 3}.example/{i}-story" for i in range(n, min(n + 20, ARTICLES))}
        expected -= {"https://outlet1.example/7-story"}  # which has become another story
        assert {hit.record.url for hit in told.hits} == {s.record.url for s in listed} == expected


def test_scores_are_of_one_scale(stores, many, monkeypatch):
    """The shelf that an article stands on makes nothing of its rank: a word said often beats one said once, wherever."""
    got = [h.record.body[0].count("Zangezur") for h in many.search("zangezur", limit=10).hits]
    monkeypatch.undo()
    expected = [h.record.body[0].count("Zangezur") for h in stores["one"].search("zangezur", limit=10).hits]
    assert got == expected
    assert len(set(got)) > 1


def test_page_by_page(many):
    """A page of the newest ends where it likes, also where a shelf does."""
    seen, before = [], None
    while page := many.newest(None, before=before, limit=7, grouped=False):
        seen += [s.cursor for s in page]
        before = page[-1].cursor
    assert seen == list(range(ARTICLES, 0, -1))


def test_only_the_newest_are_ranked(many, monkeypatch):
    """Of more articles than are ranked the newest are, and the answer says so."""
    monkeypatch.setattr(texts, "NEWEST_RANKED", 20)
    told = many.search("story", limit=ARTICLES)
    assert (told.ranked, told.complete) == (20, False)
    assert {int(h.record.title.split()[1]) for h in told.hits} == set(range(ARTICLES - 20, ARTICLES))
    assert many.search("zangezur").complete


def test_headlines_lead_to_other_shelves(many):
    """The graph of headlines knows no shelves."""
    told = many.related("https://outlet1.example/40-story")
    assert [p.by for p in told.points_to] == ["title"]
    assert [r.url for r in told.pointed_to_by] == ["https://outlet1.example/43-story"]


def test_what_is_missing_from_a_shelf_is_named(tmp_path, monkeypatch):
    """Verify finds an article that a shelf lacks, and a purge leaves shelves that it finds nothing against."""
    monkeypatch.setattr(fts5_shards, "BITS", 3)
    place = filled(tmp_path / "data")
    with open_store(place) as store:
        store.purge(before=NOW + timedelta(minutes=20), now=NOW + timedelta(days=2))
        assert list(store.verify()) == []
        assert store.search("story", limit=100).ranked == ARTICLES - 20
    with contextlib.closing(sqlite3.connect(place / "darial.db")) as db:
        db.execute("DELETE FROM search_5_docsize WHERE id = 41")
        db.execute("UPDATE shelf SET latest = earliest WHERE number = 7")
        db.commit()
    with open_store(place, read_only=True) as store:
        named = [line for line in store.verify() if "search index" in line]
        phrases = ("is missing", "(shard 5) does not hold", "(shard 7) is wrong about the time")
        assert sorted(phrase for line in named for phrase in phrases if phrase in line) == sorted(phrases)
        assert len(named) == len(phrases)
