"""Stories on a page and in the HTTP interface: who tells it, who had it first, what is shared, whose silence may be named."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from datetime import timedelta

import pytest

from scraper import clock
from scraper.codec import replace
from scraper.model import SourceState
from scraper.settings import Settings, Watch
from scraper.web.story_view import silences, story_panel
from storage import open_store
from storage.model import CHANGES_A_SEQ, StoryDetail, StoryMember, ToldStory
from storage.sqlite_store import DATABASE
from tests.support.sketching import sketched
from tests.support.stories import NOW, found, poll, story
from tests.support.web_site import OUTLETS, serving

HOUR = timedelta(hours=1)
NAMES = {source.id: source.name for source in OUTLETS.sources}
# Words that the fake encoder finds in all titles make them one story; the names differ in script only.
TITLES = {
    "herald": ("en", "Aliyev Kobakhidze 1250 ###"),
    "vesti": ("ru", "Алиев Кобахидзе 1250 ###"),
    "lur": ("hy", "Ալիև Կոբախիձե 1250 ###"),
}


def commit_all(store, began):
    for n, (source, (language, title)) in enumerate(TITLES.items()):
        at = began + n * HOUR
        article = found(
            f"https://{source}.example/{n}",
            story(n),
            title=title,
            source=source,
            language=language,
            published=at,
            fetched=at,
        )
        outcome = store.commit(poll(article, source=source, now=at), now=at)
        store.keep_sketches([replace(sketched(record), vector=SAME.vector) for record in outcome.records])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("stories") / "data"
    with open_store(place) as store:
        commit_all(store, clock.now() - 5 * HOUR)
        alone = found(
            "https://haber.example/9",
            story(9),
            title="Köprü açıldı <b>",
            source="haber",
            language="tr",
            fetched=clock.now(),
        )
        store.commit(poll(alone, source="haber"), now=clock.now())
    return place


@pytest.fixture(scope="module")
def site(place):
    with serving(place) as visitor:
        yield visitor


class _One:
    """A record's sketch, whose vector all members get."""

    def __init__(self, tmp):
        with open_store(tmp) as store:
            (record,) = store.commit(
                poll(found("https://x.example/1", story(1), title="one")), now=NOW
            ).records
        self.vector = sketched(record).vector


@pytest.fixture(scope="module", autouse=True)
def _vector(tmp_path_factory):
    global SAME
    SAME = _One(tmp_path_factory.mktemp("one") / "data")


def test_the_page_shows_each_telling_in_its_language_with_what_is_shared(site):
    page = site.get("/stories")
    assert page.status == 200
    assert page.text.count('class="told"') == 1
    assert "<mark>Кобахидзе</mark>" in page.text
    assert "<mark>1250</mark>" in page.text
    assert 'lang="hy"' in page.text
    assert "1 article is not compared yet" in page.text.replace("\n", " ")
    assert page.text.index("The Herald") < page.text.index("Вести ущелья") < page.text.index("Լուր")


def test_a_story_is_narrowed_to_countries_that_all_tell_it(site):
    assert site.get("/stories?country=am&country=ru").text.count('class="told"') == 1
    assert "No story is told in each of these" in site.get("/stories?country=am&country=az").text
    assert site.get("/stories?before=nonsense").status == 200
    assert "Nothing older" in site.get("/stories?before=1~x").text


def test_one_story_has_its_evidence_and_an_address_from_each_member(site):
    listed = site.get("/api/v1/stories").json["items"]
    (one,) = listed
    assert [m["source"] for m in one["members"]] == ["herald", "vesti", "lur"]
    assert one["countries"] == ["am", "ge", "ru"]
    for member in one["members"]:
        detail = site.get(f"/api/v1/stories/{member['id']}").json
        assert detail["story"] == one
        assert len(detail["links"]) == 3
        assert ["Aliyev", "Алиев"] in [pair for link in detail["links"] for pair in link["names"]]
    page = site.get(f"/stories/{one['id']}").text
    assert "Aliyev = Алиев" in page or "Алиев = Aliyev" in page
    assert site.get("/stories/nobody").status == site.get("/api/v1/stories/nobody").status == 404


WATCHES = {
    "met": (Watch(id="met", min_outlets=3), True),
    "countries": (Watch(id="countries", countries=("am", "ru"), min_countries=3), True),
    "a member's word": (Watch(id="word", min_outlets=2, query="Кобахидзе", languages=("ru",)), True),
    "too few": (Watch(id="few", min_outlets=4), False),
    "another word": (Watch(id="other", min_outlets=2, query="мост"), False),
}


@pytest.mark.parametrize(("watch", "found"), WATCHES.values(), ids=WATCHES)
def test_a_watch_on_stories_has_a_page_and_a_count(site_of, watch, found):
    site = site_of(watch)
    page = site.get(f"/stories?watch={watch.id}")
    assert (page.status, page.text.count('class="told"')) == (200, int(found))
    assert f'href="/stories?watch={watch.id}"' in site.get("/sources").text
    position = re.search(r'data-newest="(\d+)"', page.text)[1]
    assert site.get(f"/unread?watch={watch.id}&after=0").json == {"stories": int(found)}
    assert site.get(f"/unread?watch={watch.id}&after={position}").json == {"stories": 0}
    assert site.get("/stories?watch=nobody").status == site.get("/unread?watch=nobody").status == 404


@pytest.fixture
def site_of(place):
    """Return a function from a watch to a site that has it."""
    with contextlib.ExitStack() as open_sites:

        def opened(watch):
            sources = replace(OUTLETS, settings=Settings(watch=(watch,)))
            return open_sites.enter_context(serving(place, sources=sources))

        yield opened


def test_changes_of_stories_come_in_order_and_end(site):
    first = site.get("/api/v1/stories/changes").json
    assert [item["story"]["outlets"] for item in first["items"]] == [3]
    assert site.get(f"/api/v1/stories/changes?since={first['change']}").json == {
        "items": [],
        "change": first["change"],
    }


def test_the_stream_of_changes_tells_of_stories(tmp_path, listen):
    """Revisions come first, then the stories that they made; a broken stream goes on with both; filters hold for both."""
    with open_store(tmp_path / "data") as store:
        commit_all(store, NOW)
    with serving(tmp_path / "data") as site:
        stream = listen(site, "/api/v1/changes")
        seen = [(*stream.next(), stream.kind) for _ in range(4)]
        assert [(id_, kind) for id_, _, kind in seen] == [
            ("1", "message"),
            ("2", "message"),
            ("3", "message"),
            ("3", "story"),
        ]
        first = json.loads(seen[3][1])
        assert [first] == site.get("/api/v1/stories/changes").json["items"]
        with open_store(tmp_path / "data") as store:
            new = found(
                "https://xeber.example/4",
                story(4),
                title="Əliyev Kobaxidze 1250",
                source="xeber",
                language="az",
                fetched=NOW,
            )
            (record,) = store.commit(poll(new, source="xeber"), now=NOW).records
            assert stream.next()[0] == "4"
            store.keep_sketches([replace(sketched(record), vector=SAME.vector)])
        id_, data = stream.next()
        grown = json.loads(data)
        assert (id_, stream.kind, grown["story"]["outlets"]) == ("4", "story", 4)
        assert grown["change"] > first["change"]
        again = listen(site, "/api/v1/changes", Last_Event_ID="4")
        assert (again.next(), again.kind) == ((id_, data), "story")
        for narrowed, expected in (
            ("source=xeber", "message"),
            ("language=az&since=4", "story"),
            ("language=ka&since=3", None),
        ):
            some = listen(site, f"/api/v1/changes?{narrowed}")
            if expected:
                assert json.loads(some.next()[1])
                assert some.kind == expected
        with open_store(tmp_path / "data") as store:  # nothing before it passed the last filter
            other = found(
                "https://ambebi.example/5",
                story(5),
                title="სხვა",
                source="ambebi",
                language="ka",
                fetched=NOW,
            )
            store.commit(poll(other, source="ambebi"), now=NOW)
        assert some.next()[0] == "5"


def test_more_changes_of_stories_than_numbers_for_a_seq(tmp_path, listen):
    """After a first comparison of a large store no revision is passed over."""
    with open_store(tmp_path / "data") as store:
        commit_all(store, NOW)
        seq = store.seq()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / DATABASE)) as database, database:
        database.execute("UPDATE story_change SET n = ?", ((seq + 5) * CHANGES_A_SEQ,))
    with serving(tmp_path / "data") as site:
        stream = listen(site, f"/api/v1/changes?since={seq}")
        assert (stream.next()[0], stream.kind) == (str(seq), "story")
        with open_store(tmp_path / "data") as store:
            new = found("https://xeber.example/4", story(4), title="Yeni", source="xeber", fetched=NOW)
            store.commit(poll(new, source="xeber"), now=NOW)
        assert (stream.next()[0], stream.kind) == (str(seq + 1), "message")


# ------------------------------------------------------------------------------------------ the view


def member(source, country, *, title="A title", language="en", at=NOW):
    return StoryMember(
        id=source, source=source, country=country, language=language, title=title, url=f"https://{source}.example/1",
        published=at, first_seen=at, origin=at,
    )  # fmt: skip


def told(*members):
    return ToldStory(
        id=members[0].id, title=None, first=NOW, grown=NOW, outlets=len(members), members=members
    )


def outlets(country, count):
    base = OUTLETS.sources[0]
    return [replace(base, id=f"{country}{n}", country=country) for n in range(count)]


def answered(sources, at):
    return {source.id: SourceState(source=source.id, last_success=at) for source in sources}


SILENCES = [
    # of Georgia's outlets so many answered so long after the story began; what possibly tells it; how old it is; said
    ("enough answered", 3, HOUR, (), HOUR * 2, 1),
    ("too few answered", 2, HOUR, (), HOUR * 2, 0),
    ("they answered before it began", 3, -HOUR, (), HOUR * 2, 0),
    ("one possibly tells it", 3, HOUR, ("ge",), HOUR * 2, 0),
    ("an outlet there has the text of another", 3, HOUR, ("copy",), HOUR * 2, 0),
    ("much is not compared yet", 3, HOUR, ("behind",), HOUR * 2, 0),
    ("too old", 3, HOUR, (), HOUR * 49, 0),
]


@pytest.mark.parametrize(
    "count, after, possibly, age, said", [row[1:] for row in SILENCES], ids=[row[0] for row in SILENCES]
)
def test_silence_is_named_only_where_it_is_known(count, after, possibly, age, said):
    sources = outlets("ge", count) + outlets("am", 4)
    detail = StoryDetail(
        story=told(member("am0", "am"), member("am1", "am")),
        carriers=("am0", "am1", *(["ge0"] if {"ge", "copy"} & set(possibly) else [])),
    )
    words = silences(
        detail, sources, answered(sources, NOW + after), NOW + age, 21 if "behind" in possibly else 20
    )
    assert len(words) == said
    assert all(
        line.startswith(f"None of the {count} sources of Georgia that answered in these 48 h has it")
        for line in words
    )


def test_the_strip_counts_outlets_not_articles():
    panel = story_panel(
        told(member("a", "am"), member("a", "am"), member("b", "am"), member("c", "us")), lambda id_: id_
    )
    assert {mark.code: mark.outlets for mark in panel.strip} == {
        "am": 2,
        "az": 0,
        "ge": 0,
        "ru": 0,
        "tr": 0,
        "us": 1,
    }


def test_marks_are_names_in_any_script_and_numbers():
    panel = story_panel(
        told(
            member("a", "ge", title="კობახიძემ 1 250 ვაგონი გახსნა, 4,7", language="ka"),
            member("b", "ru", title="Кобахидзе открыл 1250 вагонов, 4.7", language="ru"),
        ),
        lambda id_: id_,
    )
    assert [[piece.text for piece in line.title if piece.found] for line in panel.lines] == [
        ["კობახიძემ", "1 250", "4,7"],
        ["Кобахидзе", "1250", "4.7"],
    ]
