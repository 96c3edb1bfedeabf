"""Stories across languages in either store: the same groups in any order, through copies, revisions and purges."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from scraper.codec import replace
from scraper.errors import StoreLocked
from storage import open_store
from storage.model import CHANGES_A_SEQ, StoryFilter
from storage.sql import story_tables
from storage.sql.story_window import StoryWindow
from tests.support import postgres_server
from tests.support.damage import change
from tests.support.sketching import EVENTS, gather, sketched, tellings
from tests.support.stories import NOW, found, poll, story

KINDS = ["sqlite", "postgresql"]
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=KINDS)
def new_place(request, tmp_path_factory):
    if request.param == "postgresql":
        return postgres_server.server().place
    return lambda: tmp_path_factory.mktemp("store") / "data"


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


@pytest.mark.parametrize("seed", range(2, 5))
def test_two_writers_make_the_same_stories(new_place, tmp_path, seed):
    """Each with a connection of its own; a directory has one writer, whose threads these are."""
    articles = tellings(seed, 24)
    with open_store(tmp_path / "one") as store:
        gather(store, articles)
        wanted = groups(store)
    place = new_place()
    with contextlib.ExitStack() as opened:
        ours = opened.enter_context(open_store(place))
        stores = [ours, ours if isinstance(place, Path) else opened.enter_context(open_store(place))]
        writers = [
            threading.Thread(target=gather, args=(store, articles[i::2], 2)) for i, store in enumerate(stores)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert groups(ours) == wanted


def test_what_is_held_in_memory_is_what_is_stored(new_place):
    """Another writer's sketches are seen, a failed transaction leaves nothing, and old articles have a window of their own."""
    articles = tellings(5, 24, hours=8)
    old = [
        found(
            f"https://old.example/{n}-x",
            story(500 + n),
            title=article.article.title,
            source="old",
            fetched=NOW - timedelta(days=90, hours=n),
        )
        for n, article in enumerate(tellings(6, 6))
    ]
    order = [*articles, *old]
    random.Random(3).shuffle(order)
    kept = {}

    def edges(store):
        with store._asking() as db:
            return db.all("SELECT a, b, score FROM story_edge ORDER BY a, b")

    with open_store(new_place()) as store:
        for n, article in enumerate(order):
            sketches = [sketched(record) for record in store.commit(poll(article), now=NOW).records]
            if n % 4 == 2 and sketches:
                with pytest.raises(ValueError, match="unpack"):
                    store.keep_sketches([replace(sketch, keys="broken") for sketch in sketches])
            elif n % 4 == 1:
                with store._grouping() as db:
                    story_tables.keep_sketches(db, StoryWindow(), sketches)
            else:
                store.keep_sketches(sketches)
            kept |= {sketch.id: sketch for sketch in sketches} if n % 4 != 2 else {}
        before = groups(store), edges(store)
        store.clear_stories()
        store.keep_sketches(list(kept.values()))
        assert (groups(store), edges(store)) == before
        assert max(map(len, before[0].values())) > 2


def test_a_writer_that_is_killed_leaves_the_same_stories(new_place, tmp_path):
    """SIGKILL between or in its transactions; the next one goes on."""
    with open_store(tmp_path / "one") as store:
        gather(store, tellings(1, 24))
        wanted = groups(store)
    place, chance = str(new_place()), random.Random(18)
    for last in (False, True):
        command = [sys.executable, "-m", "tests.support.sketching", place]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as teller:
            assert teller.stdout is not None
            for _ in range(chance.randrange(1, 9)):
                teller.stdout.readline()
            if not last:
                teller.kill()
            teller.stdout.read()
    with open_store(place, read_only=True) as store:
        assert groups(store) == wanted
        assert store.story_backlog(NOW.date()) == 0
        assert list(store.verify()) == []


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
            assert detail.carriers == ("a", "b", "c")


def test_a_copy_is_compared_when_it_is_none_any_more(new_place):
    """Until then nothing is kept of it: it is like nothing."""
    body = story(7, paragraphs=8)
    one = found("https://a.example/1-x", body, title=EVENTS[0], source="a", published=NOW)
    copy = found("https://b.example/2-x", body, title=EVENTS[0], source="b", published=NOW)
    other = found("https://c.example/3-x", story(8), title=EVENTS[0], source="c", published=NOW)
    with open_store(new_place()) as store:
        gather(store, [one, copy, other])
        assert (store.story_backlog(NOW.date()), len(store.story_changes()[0][1].members)) == (0, 2)
        store.purge(now=NOW, articles=[store.get(one.url).id])
        (behind,) = store.unsketched(NOW.date())
        assert (behind.source, store.story_backlog(NOW.date())) == ("b", 1)
        store.keep_sketches([sketched(behind)])
        (told,) = store.told_stories(StoryFilter(min_outlets=2))
        assert {member.source for member in told.members} == {"b", "c"}


def test_what_is_damaged_holds_up_nothing(new_place):
    place = new_place()
    with open_store(place) as store:
        store.commit(poll(*tellings()), now=NOW)
    change(place, "UPDATE line SET checksum = 1 WHERE seq BETWEEN 2 AND 5")
    with open_store(place) as store:
        assert [r.seq for r in store.unsketched(NOW.date(), after=1, limit=3)] == [6, 7]
        assert [r.seq for r in store.unsketched(NOW.date(), after=1, limit=4)] == [6, 7, 8, 9]


def test_one_at_a_time_catches_up(new_place):
    """A directory has one writer, which is alone."""
    place = new_place()
    with open_store(place) as store:
        store.commit(poll(*tellings()), now=NOW)
        if isinstance(place, Path):
            with store.catching_up():
                return
        with open_store(place) as other:
            with store.catching_up(), pytest.raises(StoreLocked), other.catching_up():
                pass
            with other.catching_up():
                pass


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
        assert store.story_changes(changes[-1][0]) == store.story_changes(CHANGES_A_SEQ << 53) == []
        assert store.near_pairs(NOW - timedelta(days=9), 0.45, 2.0)
        assert store.told_story("https://nobody.example/") is None


def test_changes_are_read_to_the_end_past_stories_that_are_gone(new_place):
    """A page is short at the end only: stories whose first article changed are gone, and whoever sees none would stop there."""
    with open_store(new_place()) as store:
        gather(store, tellings()[::-1])
        store.purge(now=NOW, articles=[store.story_changes(limit=1)[0][1].id])
        whole, read, after = store.story_changes(), [], 0
        while page := store.story_changes(after, limit=1):
            read += page
            after = page[-1][0]
        assert read == whole
        assert store.story_changes(limit=len(whole)) == whole


def test_changes_are_numbered_on_when_stories_are_made_again(new_place):
    """Who has read all changes reads those of the stories that are made again."""
    with open_store(new_place()) as store:
        gather(store, tellings())
        read, position = store.story_changes()[-1][0], store.position()
        wanted = [one.id for _, one in store.story_changes()]
        store.clear_stories()
        assert store.position() >= position
        store.keep_sketches([sketched(record) for record in store.unsketched(NOW.date(), after=0, limit=99)])
        assert {one.id for _, one in store.story_changes(read)} >= set(wanted)


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
