"""Stories across languages in either store: the same groups in any order, through copies, revisions and purges."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest

from scraper.codec import replace
from storage import open_store
from storage.model import CHANGES_A_SEQ, StoryFilter
from tests.support import postgres_server
from tests.support.sketching import sketched
from tests.support.stories import NOW, found, poll, story

KINDS = ["sqlite", "postgresql"]
EVENTS = [
    "Aliyev Kobakhidze talks Tbilisi railway",
    "Zangezur corridor Vardanyan court Moscow",
    "Shusha Lavrov museum opening Rome",
]


@pytest.fixture(params=KINDS)
def new_place(request, tmp_path_factory):
    if request.param == "postgresql":
        return postgres_server.server().place
    return lambda: tmp_path_factory.mktemp("store") / "data"


def tellings(seed=1, count=18):
    """Articles of three events by six outlets over four days, and some about nothing in common."""
    chance = random.Random(seed)
    made = []
    for n in range(count):
        event = chance.randrange(4)
        words = EVENTS[event].split() if event < 3 else [f"Thing{n}a", f"Thing{n}b", f"Thing{n}c"]
        title = " ".join(chance.sample(words, len(words) - (event < 3)))
        at = NOW + timedelta(hours=chance.randrange(96))
        url = f"https://outlet{n % 6}.example/news/{n:05}-x"
        made.append(
            found(url, story(100 + n), title=title, source=f"outlet{n % 6}", published=at, fetched=at)
        )
    return made


def gather(store, articles, at_once=1):
    for start in range(0, len(articles), at_once):
        some = articles[start : start + at_once]
        outcome = store.commit(poll(*some), now=NOW)
        store.keep_sketches([sketched(record) for record in outcome.records])


def groups(store, **more):
    return {
        one.id: [member.id for member in one.members]
        for one in store.told_stories(StoryFilter(**more), limit=500)
    }


def test_any_order_and_any_batch_make_the_same_stories(new_place):
    articles = tellings()
    wanted = None
    for turn in range(4):
        order = list(articles)
        random.Random(turn).shuffle(order)
        with open_store(new_place()) as store:
            gather(store, order, at_once=1 + 3 * turn)
            wanted = wanted or groups(store)
            assert groups(store) == wanted
    assert sorted(map(len, wanted.values()))[-3:] >= [2, 3, 3]


def test_two_writers_make_the_same_stories(tmp_path_factory):
    articles = tellings(2, 24)
    with open_store(tmp_path_factory.mktemp("one") / "data") as store:
        gather(store, articles)
        wanted = groups(store)
    place = postgres_server.server().place()
    open_store(place).close()

    def work(some):
        with open_store(place) as mine:
            gather(mine, some, at_once=2)

    writers = [threading.Thread(target=work, args=(articles[i::2],)) for i in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with open_store(place, read_only=True) as store:
        assert groups(store) == wanted


def test_a_story_has_its_members_in_order_with_what_is_shown_of_them(new_place):
    with open_store(new_place()) as store:
        gather(store, tellings())
        countries = {"outlet0": "am", "outlet1": "az", "outlet2": "ge"}
        told = store.told_stories(StoryFilter(min_outlets=2, country_of=countries))
        assert all(one.outlets == len({m.source for m in one.members}) >= 2 for one in told)
        for one in told:
            times = [m.origin for m in one.members]
            assert (times, one.id, one.title, one.first) == (
                sorted(times),
                one.members[0].id,
                one.members[0].title,
                times[0],
            )
        assert [one.grown for one in told] == sorted((one.grown for one in told), reverse=True)
        both = store.told_stories(StoryFilter(countries=("am", "az"), country_of=countries))
        assert all({"am", "az"} <= set(one.countries) for one in both)
        first = store.told_stories(limit=1)
        rest = store.told_stories(after=(first[0].grown, first[0].id), limit=500)
        assert [one.id for one in first + rest] == [one.id for one in store.told_stories(limit=500)]


def test_a_copy_is_no_member_and_is_counted(new_place):
    title, body = EVENTS[0], story(7, paragraphs=8)
    one = found("https://a.example/1-x", body, title=title, source="a", published=NOW)
    copy = found("https://b.example/2-x", body, title=title, source="b", published=NOW + timedelta(hours=1))
    other = found(
        "https://c.example/3-x", story(8), title=title, source="c", published=NOW + timedelta(hours=2)
    )
    wanted = None
    for order in ([one, copy, other], [copy, other, one], [other, copy, one]):
        with open_store(new_place()) as store:
            gather(store, order)
            (told,) = store.told_stories(StoryFilter(min_outlets=2))
            assert [(m.source, m.copies) for m in told.members] == [("a", 1), ("c", 0)]
            wanted = wanted or groups(store)
            assert groups(store) == wanted
            detail = store.told_story(store.get("https://b.example/2-x").id)
            assert detail is not None
            assert detail.story == told


def test_a_revision_about_something_else_leaves_its_story(new_place):
    articles = tellings()
    with open_store(new_place()) as store:
        gather(store, articles)
        changed = replace(
            articles[3],
            article=replace(articles[3].article, title="Wholly other words here", body=tuple(story(999))),
        )
        gather(store, [changed])
        after = groups(store)
    with open_store(new_place()) as store:
        gather(store, [*articles[:3], changed, *articles[4:]])
        assert groups(store) == after


@pytest.mark.parametrize("seed", range(6))
def test_revisions_copies_and_purges_leave_no_trace(seed, tmp_path):
    """Whatever happened on the way, the stories are those that the articles as they are now would make from nothing."""
    chance = random.Random(seed)
    with open_store(tmp_path / "way") as store:
        articles = {article.url: article for article in tellings(seed, 14)}
        gather(store, list(articles.values()), at_once=3)
        for turn in range(8):
            url = chance.choice(sorted(articles))
            body = (
                articles[chance.choice(sorted(articles))].article.body
                if turn % 3
                else tuple(story(900 + turn))
            )
            words = EVENTS[chance.randrange(3)].split()
            changed = replace(articles[url].article, title=" ".join(chance.sample(words, 4)), body=body)
            articles[url] = replace(articles[url], article=changed)
            gather(store, [articles[url]])
            if turn == 5:
                del articles[url]
                store.purge(now=NOW, articles=[store.get(url).id])
        after = groups(store)
        records = [store.get(url) for url in articles]
        store.clear_stories()
        chance.shuffle(records)
        for record in records:
            store.keep_sketches([sketched(record)])
        assert groups(store) == after


def test_a_purged_article_leaves_as_if_it_had_never_come(new_place):
    articles = tellings()
    with open_store(new_place()) as store:
        gather(store, articles)
        gone = [store.get(article.url).id for article in articles[::4]]
        store.purge(now=NOW, articles=gone)
        after = groups(store)
    with open_store(new_place()) as store:
        gather(store, [article for n, article in enumerate(articles) if n % 4])
        assert groups(store) == after


def test_evidence_changes_and_pairs_to_judge(new_place):
    with open_store(new_place()) as store:
        gather(store, tellings())
        told = store.told_stories(StoryFilter(min_outlets=3))[0]
        detail = store.told_story(told.members[-1].id)
        assert detail is not None
        assert detail.story == told
        assert {link.a for link in detail.links} | {link.b for link in detail.links} <= {
            m.id for m in told.members
        }
        assert all(link.score >= 0.45 for link in detail.links)
        assert detail.links
        changes = store.story_changes()
        assert [n for n, _ in changes] == sorted(n for n, _ in changes)
        assert {one.id for _, one in changes} == {
            head for head, members in groups(store).items() if len(members) > 1
        }
        assert changes[-1][0] == store.position() > store.seq() * CHANGES_A_SEQ
        assert store.story_changes(changes[-1][0]) == []
        assert store.near_pairs(NOW - timedelta(days=9), 0.45, 2.0)
        assert store.told_story("https://nobody.example/") is None


def test_what_is_not_sketched_is_a_backlog(new_place):
    with open_store(new_place()) as store:
        records = store.commit(poll(*tellings()), now=NOW).records
        assert store.told_stories() == []
        assert store.story_backlog(NOW.date()) == len(records) == 18
        assert [r.seq for r in store.unsketched(NOW.date(), after=4, limit=3)] == [5, 6, 7]
        store.keep_sketches([sketched(record) for record in records[:10]])
        assert store.story_backlog(NOW.date()) == 8
        store.keep_sketches([sketched(record, "other/2") for record in records[:5]])
        assert store.story_backlog(NOW.date()) == 13  # another version forgets the first
        store.clear_stories()
        assert store.told_stories() == []


def test_a_store_with_stories_is_whole(new_place):
    with open_store(new_place()) as store:
        gather(store, tellings())
        assert list(store.verify()) == []


def test_a_sketch_of_a_revision_that_is_not_the_latest_is_dropped(new_place):
    with open_store(new_place()) as store:
        (record,) = store.commit(poll(tellings()[0]), now=NOW).records
        assert store.keep_sketches([replace(sketched(record), seq=99)]) == 0
        assert store.keep_sketches([]) == 0
