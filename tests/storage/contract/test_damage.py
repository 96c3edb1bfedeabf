"""What is damaged in a store is named and left out, and everything else goes on; what is to go by name is gone: both stores."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scraper.errors import StoreError
from scraper.model import Headline
from storage import open_store
from storage.checksums import DamagedLine
from tests.support import postgres_server
from tests.support.damage import change
from tests.support.stories import NOW, found, poll, reworded, story

URL = "https://herald.example/news/1"
WORD = "zanzibar"
LATER = NOW + timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Three articles with a word in common, the first in two revisions (seq 1 and 4); another outlet's copy of it (seq 5)."""
    made = postgres_server.server().place() if request.param == "postgresql" else tmp_path / "data"
    with open_store(made) as store:
        for i in (1, 2, 3):
            one = found(f"https://herald.example/news/{i}", [*story(i), WORD], title=f"T{i}")
            store.commit(poll(one), now=NOW)
        again = found(URL, [*story(1), WORD, "More."], title="T1", fetched=LATER)
        store.commit(poll(again, now=LATER), now=LATER)
        copy = found("https://a.example/1", reworded(story(1), 0.02), source="a", title="C", fetched=LATER)
        store.commit(poll(copy, source="a", now=LATER), now=LATER)
    return made


def spoil(place, seq: int, old: str, new: str) -> None:
    """Another text in place of one in a line: what stands there is still a record."""
    cast = "CAST(replace(CAST(json AS TEXT), '{}', '{}') AS BLOB)"
    if not isinstance(place, Path):
        cast = "replace(json::text, '{}', '{}')::json"
    change(place, f"UPDATE line SET json = {cast.format(old, new)} WHERE seq = {seq}")


SPOILT = {
    "another word": ('"T2"', '"T9"'),
    "another number": ('"seq":2', '"seq":2222'),
    "no record": ('"seq":2', '"seq":"x"'),
    "a time without its zone": ("06:00:00.000Z", "06:00:00.000"),
}


@pytest.mark.parametrize("old, new", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_line(place, old, new):
    """It is named by verify, left out by exports and searches that say so, and an error with a code for who asks for it."""
    spoil(place, 2, old, new)
    with open_store(place, read_only=True) as store:
        assert any("seq 2 is no" in problem for problem in store.verify())
        for lines, seqs in ((store.latest_lines, [3, 4, 5]), (store.change_lines, [1, 3, 4, 5])):
            told: list[DamagedLine] = []
            there = [
                int(line[len(b'{"schema":1,"seq":') :].split(b",")[0]) for line in lines(damaged=told.append)
            ]
            assert (there, [error.seq for error in told]) == (seqs, [2])
            with pytest.raises(DamagedLine, match="seq 2"):
                list(lines())
        found_ = store.search(WORD)
        assert (len(found_.hits), found_.damaged) == (2, (2,))
        assert len(store.newest(grouped=False)) == 3
        with pytest.raises(StoreError) as error:
            store.get("https://herald.example/news/2")
        assert error.value.code == "store_damaged"


def test_a_spoilt_line_and_the_next_poll(place):
    """An article whose line is spoilt is known: it is not stored again. What comes with it is stored."""
    spoil(place, 2, '"T2"', '"T9"')
    with open_store(place) as store:
        again = found("https://herald.example/news/2", [*story(2), WORD, "More."], title="T2", fetched=LATER)
        copy = found("https://b.example/2", story(2), source="b", fetched=LATER)
        outcome = store.commit(poll(again, copy, now=LATER), now=LATER)
        assert (outcome.new, outcome.revised, outcome.unchanged) == (1, 0, 1)


LOST = {
    "no state": "UPDATE source_state SET json = {} WHERE source = 'herald'",
    "no longer what was stored": "UPDATE source_state SET checksum = 'x' WHERE source = 'herald'",
}


@pytest.mark.parametrize("statement", LOST.values(), ids=LOST)
def test_a_spoilt_state(place, statement):
    """Its source begins anew, which is told until it has; the others keep theirs, and nothing is stored twice."""
    change(place, statement.format("X'7B7D'" if isinstance(place, Path) else "'{}'"))
    with open_store(place) as store:
        assert [p for p in store.verify() if "herald" in p] == [
            "database: the state of the source herald cannot be read: it will begin anew"
        ]
        states = store.source_states()
        assert (states["herald"].lost, states["herald"].last_poll) == (True, None)
        assert (states["a"].lost, states["a"].last_poll) == (False, LATER)
        one = found("https://herald.example/news/2", [*story(2), WORD], title="T2")
        assert store.commit(poll(one), now=LATER).unchanged == 1
        assert store.source_states()["herald"].last_poll == NOW
        assert [f.code for f in store.failures()] == ["state_lost"]
        assert list(store.verify()) == []


INDEX = {
    "sqlite": "UPDATE search_0_data SET block = zeroblob(length(block)) WHERE id > 1",
    "a word": "UPDATE search SET words = ts_delete(words, 't{word}') WHERE n = 2",
    "a text": "UPDATE search SET body = replace(body, '{word}', 'x') WHERE n = 2",
    "an article": "DELETE FROM search WHERE n = 2",
}


@pytest.mark.parametrize("damage", INDEX)
def test_a_spoilt_index(place, damage):
    """Verify compares the search index with the articles; it is made anew from them."""
    if (damage == "sqlite") != isinstance(place, Path):
        pytest.skip("the damage of the other kind of store")
    change(place, INDEX[damage].format(word=WORD))
    with open_store(place) as store:
        assert any("search index" in problem for problem in store.verify())
        assert store.rebuild_search() == 4
        assert list(store.verify()) == []
        assert len(store.search(WORD).hits) == 3


# ------------------------------------------------------------------------------------------ purged by name


def test_a_purge_by_name(place):
    """The article, its revisions, visits and failures are gone; the others stay, and it does not come back."""
    with open_store(place) as store:
        (grave,) = store.doomed(articles=[URL])
        assert (grave.url, grave.title, grave.lines) == (URL, "T1", 2)
        store.quarantine(URL, source="herald", code="parser_crashed", message="", body=b"x", now=NOW)
        done = store.purge(articles=[URL], now=LATER)
        assert (done.articles, done.lines) == (1, 2)
        stone = store.get(grave.id)
        assert (stone.title, stone.body, stone.purged) == (None, (), (1, 4))
        assert store.revisions(URL) == [stone]
        assert len(store.search(WORD).hits) == 2
        assert store.quarantined() == []
        assert store.clusters() == []
        again = found(URL, [*story(1), WORD, "More and more."], title="T1", fetched=LATER)
        assert store.commit(poll(again, now=LATER), now=LATER).unchanged == 1
        assert store.purge(articles=[URL], now=LATER).articles == 0
        assert list(store.verify()) == []


def test_a_purge_of_an_outlet(place):
    """All of its articles go, those of others stay."""
    with open_store(place) as store:
        assert [grave.source for grave in store.doomed(source="herald")] == ["herald"] * 3
        done = store.purge(source="herald", now=LATER)
        assert (done.articles, done.lines) == (3, 4)
        assert [record.source for record in store.latest()] == ["a"]
        assert list(store.verify()) == []


def test_a_purge_of_what_is_not_there(place):
    """One name that is none, and nothing is deleted."""
    with open_store(place) as store:
        for ask in (store.doomed, lambda **which: store.purge(now=LATER, **which)):
            with pytest.raises(StoreError) as error:
                ask(articles=[URL, "nowhere"])
            assert error.value.code == "no_such_article"
        assert store.stats().articles == 4
        assert store.purge(source="nobody", now=LATER).articles == 0


def test_a_headline_is_no_article(place):
    """A headline that another article prints stays with that article: it is part of another text."""
    with open_store(place) as store:
        pointing = found(
            "https://a.example/2", story(7), source="a", related=(Headline(title="T1", url=URL),)
        )
        store.commit(poll(pointing, source="a"), now=NOW)
        store.purge(articles=[URL], now=LATER)
        assert store.related("https://a.example/2").points_to[0].title == "T1"
        assert list(store.verify()) == []
