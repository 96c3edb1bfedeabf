"""What every store promises. ``new_store`` makes an empty place; each test opens it as often as it likes."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scraper.codec import decode, encode, replace
from scraper.errors import StoreError
from scraper.model import Entry, ExtractedArticle, Failure, Headline, Pending, Record, Revisit, Validators
from scraper.urls import identity_keys
from storage import Filter, open_store
from storage.records import MAX_HEADLINES
from tests.support import postgres_server
from tests.support.hard_copies import BULLETINS, DAYS, STORY
from tests.support.stories import NOW, found, poll, reworded, story

URL = "https://herald.example/news/12345-a-bridge-opens"
BODY = story(1)


KINDS = ["sqlite", "postgresql"]


@pytest.fixture(params=KINDS)
def new_place(request, tmp_path_factory):
    """Makes places where there is no store yet, of each kind."""
    if request.param == "postgresql":
        return postgres_server.server().place
    return lambda: tmp_path_factory.mktemp("store") / "data"


@pytest.fixture
def place(new_place):
    """Where a store of each kind may be made."""
    return new_place()


@pytest.fixture
def store(place):
    with open_store(place) as opened:
        yield opened


def commit(store, *articles, now=NOW, **more):
    return store.commit(poll(*articles, now=now, **more), now=now)


# ------------------------------------------------------------------------------------------ articles and revisions


def test_a_new_article(store):
    """What was found is stored whole, numbered from 1, and found again by id and by any spelling of its address."""
    outcome = commit(store, found("http://www.herald.example/news/12345-a-bridge-opens/?utm_source=x", BODY))
    (record,) = outcome.records
    assert (outcome.new, outcome.revised, outcome.unchanged) == (1, 0, 0)
    assert (record.seq, record.revision, record.source, record.url) == (1, 1, "herald", URL)
    assert record.urls == ("http://www.herald.example/news/12345-a-bridge-opens/?utm_source=x",)
    assert record.body == tuple(BODY)
    assert record.first_seen == record.fetched == NOW
    assert store.get(record.id) == store.get(URL) == store.get(URL + "#top") == record


def test_the_same_article_again(store):
    """Other spellings of a known address store nothing."""
    commit(store, found(URL, BODY))
    again = [URL + "/", URL.replace("https://", "http://m."), URL + "?fbclid=1", URL + "/amp"]
    outcome = commit(store, *(found(url, BODY) for url in again))
    assert (outcome.new, outcome.unchanged, outcome.records) == (0, 4, ())
    assert store.stats().articles == store.stats().seq == 1


def test_twice_in_one_poll(store):
    """Two feeds of one poll that announce one article give one record."""
    assert commit(store, found(URL, BODY), found(URL + "?utm_source=b", BODY)).new == 1


def test_a_revision(store):
    """A changed text is appended, under the same id; the old one stays readable."""
    first = commit(store, found(URL, BODY)).records[0]
    later = NOW + timedelta(hours=1)
    outcome = commit(store, found(URL, [*BODY, "The mayor resigned."], fetched=later), now=later)
    (second,) = outcome.records
    assert (outcome.revised, second.id, second.revision, second.seq) == (1, first.id, 2, 2)
    assert (second.first_seen, second.fetched) == (NOW, later)
    assert store.revisions(URL) == [first, second]
    assert store.get(URL) == second
    assert list(store.latest()) == [second]
    assert list(store.changes()) == [first, second]
    assert list(store.changes(1)) == [second]


def test_three_versions_twice(store):
    """Three versions give three revisions, and fetching the last again gives none."""
    versions = [BODY, [*BODY, "An update."], [*BODY, "A second update."]]
    for hours, body in enumerate([*versions, versions[-1]]):
        now = NOW + timedelta(hours=hours)
        commit(store, found(URL, body, fetched=now), now=now)
    assert [r.body[-1] for r in store.revisions(URL)] == [v[-1] for v in versions]


def test_an_edited_slug_is_a_revision(store):
    """The number in the address recognises the article, and the new address leads to it from then on."""
    commit(store, found(URL, BODY))
    moved = "https://herald.example/news/12345-the-bridge-is-open"
    assert commit(store, found(moved, BODY, title="The bridge is open")).revised == 1
    record = store.get(moved)
    assert (record.url, record.revision) == (URL, 2)
    assert moved in record.urls
    assert commit(store, found(moved, BODY, title="The bridge is open")).unchanged == 1


def test_one_guid_for_all(store):
    """A feed that gives every entry the same guid loses none of them."""
    articles = [
        found(f"https://herald.example/story-{i}", story(10 + i), title=f"T{i}", guid="1") for i in range(10)
    ]
    assert commit(store, *articles).new == 10
    assert commit(store, *articles).unchanged == 10


def test_one_canonical_link_for_all(store):
    """A template that prints one canonical link on every page loses none of them."""
    pages = [
        found(f"https://herald.example/stories/{name}", story(seed), title=name, canonical=URL)
        for seed, name in enumerate(("bridge", "harvest", "council"), 20)
    ]
    assert commit(store, *pages).new == 3
    assert commit(store, *pages).unchanged == 3
    assert {r.url for r in store.latest()} == {
        URL,
        "https://herald.example/stories/harvest",
        "https://herald.example/stories/council",
    }


SPELLINGS = {
    "no scheme's security": "http://herald.example/news/12345-a-bridge-opens",
    "www": "https://www.herald.example/news/12345-a-bridge-opens",
    "mobile": "https://m.herald.example/news/12345-a-bridge-opens",
    "mobile by parameter": URL + "?mobile=1",
    "amp host": "https://amp.herald.example/news/12345-a-bridge-opens",
    "amp folder": "https://herald.example/amp/news/12345-a-bridge-opens",
    "amp suffix": URL + "/amp/",
    "amp parameter": URL + "?outputType=amp",
    "print": URL + "/print",
    "print by parameter": URL + "?view=print",
    "slash": URL + "/",
    "campaign": URL + "?utm_source=tg&utm_campaign=day",
    "click": URL + "?fbclid=Iw_x&yclid=9",
    "session": URL + ";jsessionid=AF1",
    "fragment": URL + "#comments",
    "port": "https://herald.example:443/news/12345-a-bridge-opens",
    "upper case": "HTTPS://HERALD.EXAMPLE/news/12345-a-bridge-opens",
    "doubled slash": "https://herald.example//news/12345-a-bridge-opens",
    "another slug": "https://herald.example/news/12345-bridge-at-last",
    "the number alone": "https://herald.example/news/12345",
}


@pytest.mark.parametrize("url", SPELLINGS.values(), ids=SPELLINGS)
def test_one_article_by_any_address(store, url):
    """Whatever spelling of its address leads to an article, it is one record."""
    first = commit(store, found(URL, BODY)).records[0]
    outcome = commit(store, found(url, BODY))
    assert (outcome.new, outcome.revised, outcome.unchanged) == (0, 0, 1)
    assert store.get(url) == store.get(URL) == first


REPORT = BULLETINS["en market"]
OTHERS = {  # the second address, what the second claims besides, and both texts
    "the next number": ("https://herald.example/news/12346-a-bridge-opens", {}, story(2)),
    "another language's folder": ("https://herald.example/ru/news/12345-a-bridge-opens", {}, story(2)),
    "the same number, another story": ("https://herald.example/news/12345-a-mayor-resigns", {}, story(2)),
    "a page of a listing": ("https://herald.example/news/12345-a-bridge-opens?page=2", {}, story(2)),
    "a content parameter": ("https://herald.example/news/12345-a-bridge-opens?id=7", {}, story(2)),
    "case of the path": ("https://herald.example/news/A1", {}, story(2)),
    "another site": ("https://herald2.example/news/12345-a-bridge-opens", {}, story(2)),
    "another host of the site": ("https://sport.herald.example/news/12345-a-bridge-opens", {}, story(2)),
    "one guid": ("https://herald.example/mayor", {"guid": "7"}, story(2)),
    "one guid for a daily report": ("https://herald.example/tuesday", {"guid": "7"}, [REPORT.format(*DAYS[1])]),
    "one canonical link for a daily report": ("https://herald.example/day/two", {"canonical": URL}, [REPORT.format(*DAYS[1])]),
    "one canonical link": ("https://herald.example/day/two", {"canonical": URL}, story(2)),
}  # fmt: skip


@pytest.mark.parametrize("url, shared, text", OTHERS.values(), ids=OTHERS)
def test_similar_addresses_of_other_articles(store, url, shared, text):
    """Two articles stay two whatever looks alike of their addresses."""
    serial = "daily" if text != story(2) else ""
    body = [REPORT.format(*DAYS[0])] if serial else BODY
    guid = shared.get("guid")
    titles = ("Report", "Report") if serial else ("A bridge opens", "Mayor says no")
    commit(store, found(URL, body, title=titles[0], guid=guid))
    assert commit(store, found(url, text, title=titles[1], **shared)).new == 1
    assert store.stats().articles == 2


def test_known_keys(store):
    """Keys tell which entries of a feed need not be fetched."""
    record = commit(store, found(URL, BODY, guid="g7")).records[0]
    keys = identity_keys("herald", [URL, "https://herald.example/other"], "g7")
    assert store.known(keys) == {key: record.id for key in keys if "other" not in key}
    assert store.known([]) == {}


# ------------------------------------------------------------------------------------------ near-duplicates


def test_a_copy_at_another_outlet(store):
    """A copy is stored whole and points to the earliest; the earliest learns of its cluster."""
    commit(store, found(URL, BODY))
    later = NOW + timedelta(minutes=10)
    copy = found("https://gazette.example/copied", reworded(BODY, 0.1), source="gazette", fetched=later)
    (record,) = commit(store, copy, now=later, source="gazette").records
    first = store.get(URL)
    assert record.duplicate_of == record.cluster == first.cluster == first.id
    assert (record.role, first.role, first.duplicate_of) == ("reprint", "original", None)
    assert 0.6 < record.similarity < 1
    assert store.revisions(URL)[0].cluster is None, "a published line is never changed"
    assert [r.cluster for r in store.latest()] == [first.id, first.id]


def test_an_earlier_copy_comes_later(store):
    """Who published first is the head, whatever was fetched first."""
    commit(store, found("https://gazette.example/copied", BODY, source="gazette"))
    at_six = {"published": NOW - timedelta(hours=3), "published_raw": "2026-11-23 03:00"}
    original = commit(store, found(URL, BODY, **at_six)).records[0]
    assert original.duplicate_of is None
    assert store.get("https://gazette.example/copied").duplicate_of == original.id


def test_a_rewrite_leaves_the_cluster(store):
    """When a copy is rewritten, the cluster falls apart."""
    commit(store, found(URL, BODY))
    copy = "https://gazette.example/copied"
    commit(store, found(copy, BODY, source="gazette"))
    assert store.get(copy).cluster is not None
    commit(store, found(copy, story(40), source="gazette"))
    assert store.get(copy).cluster is None
    assert store.get(URL).cluster is None


def test_a_bridge_leaves_the_cluster(store):
    """Two texts that hang together only by a third one are apart when it goes."""
    left, right = story(50, 6), story(51, 6)
    commit(store, found("https://a.example/left", left, source="a", title="L"))
    commit(store, found("https://b.example/right", right, source="b", title="R"))
    commit(store, found("https://c.example/both", [*left, *right], source="c", title="B"))
    assert len({r.cluster for r in store.latest()}) == 1
    commit(store, found("https://c.example/both", story(52), source="c", title="B"))
    assert [r.cluster for r in store.latest()] == [None, None, None]


def test_roles(store):
    """An excerpt and an extended copy are told from a reprint."""
    commit(store, found(URL, BODY))
    later = NOW + timedelta(minutes=10)
    commit(store, found("https://a.example/half", BODY[:3], source="a", fetched=later))
    commit(store, found("https://b.example/more", [*BODY, *story(60, 3)], source="b", fetched=later))
    assert store.get("https://a.example/half").role == "excerpt"
    assert store.get("https://b.example/more").role == "update"


WIRE = STORY["ru"]
PRINTED = [  # outlet, hours after the first, text: what was printed in a few days
    ("a", 0, story(70)),
    ("b", 1, reworded(story(70), 0.1, 2)),
    ("c", 2, story(70)[:3]),
    ("d", 3, [*story(70), *story(71, 2)]),
    ("a", 1, story(72)),
    ("b", 1, reworded(story(72), 0.05, 3)),
    ("c", 0, story(73)),
    ("d", 0, [*story(70)[:2], *story(74, 4)]),
    ("a", 2, [*story(72)[3:], *story(73)[:3]]),  # hangs two stories together
    ("a", 5, WIRE[:2]),
    ("a", 6, WIRE),
    ("b", 7, WIRE[2:5]),
    ("a", 0, [BULLETINS["en market"].format(*DAYS[0])]),
    ("b", 2, [BULLETINS["en market"].format(*DAYS[0])]),
    ("a", 24, [BULLETINS["en market"].format(*DAYS[1])]),
]


def _arrival(i: int, body: list[str] | None = None, *, fetched: int = 100) -> ExtractedArticle:
    outlet, hours, text = PRINTED[i]
    at = NOW + timedelta(hours=hours)
    return found(
        f"https://{outlet}.example/story/x{i}",
        text if body is None else body,
        source=outlet,
        title=f"Title {'abcdefghijklmno'[i]}",
        published=at,
        published_raw=at.isoformat(),
        fetched=NOW + timedelta(hours=fetched),
    )


def _clusters(store) -> dict[str, tuple[str | None, str | None, float | None, str | None]]:
    return {r.url: (r.cluster, r.duplicate_of, r.similarity, r.role) for r in store.latest()}


@pytest.fixture(scope="module")
def in_order(tmp_path_factory):
    """The clusters when everything comes once, in the order in which it was printed."""
    with open_store(tmp_path_factory.mktemp("store") / "data") as store:
        for i in range(len(PRINTED)):
            commit(store, _arrival(i), source=PRINTED[i][0])
        expected = _clusters(store)
    assert len({cluster for cluster, *_ in expected.values() if cluster}) == 4
    return expected


NUMBERS = st.integers(0, len(PRINTED) - 1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(PRINTED))),
    before=st.dictionaries(NUMBERS, NUMBERS, max_size=6),
    again=st.lists(NUMBERS, max_size=6),
)
def test_any_order_of_arrival_gives_the_same_clusters(new_place, in_order, order, before, again):
    """Clusters depend on what is printed, not on when we came by, nor on what stood there before; repetitions change nothing.

    ``before``: an address at which the text of another article stood at first.
    """
    with open_store(new_place()) as store:
        early = [(i, before[i]) for i in order if i in before and before[i] != i]
        for i, other in early[: len(early) // 2]:
            commit(store, _arrival(i, PRINTED[other][2], fetched=50), source=PRINTED[i][0])
        for n, i in enumerate(order):
            if n == len(order) // 2:
                for k, other in early[len(early) // 2 :]:
                    if k not in order[:n]:
                        commit(store, _arrival(k, PRINTED[other][2], fetched=50), source=PRINTED[k][0])
            commit(store, _arrival(i), source=PRINTED[i][0])
        for i in again:
            assert commit(store, _arrival(i), source=PRINTED[i][0]).unchanged == 1
        assert _clusters(store) == in_order


@pytest.mark.parametrize("seed", range(3))
def test_workers_side_by_side_give_the_same_clusters(place, in_order, seed):
    """Four workers that bring the same articles at one time, each in an order of its own, some of them twice."""
    with open_store(place) as store:

        def work(k: int) -> None:
            rng = random.Random(seed * 10 + k)
            for i in rng.sample(range(len(PRINTED)), len(PRINTED)):
                commit(store, _arrival(i), source=PRINTED[i][0])

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _clusters(store) == in_order
        assert store.stats().seq == len(PRINTED)


def test_explain(store):
    """Every decision has its reason in words, and the cluster its members with scores, the earliest first."""
    commit(store, found(URL, BODY))
    later = NOW + timedelta(hours=1)
    commit(store, found(URL, [*BODY, "More."], fetched=later), now=later)
    commit(store, found("https://a.example/copy", BODY, source="a", fetched=later), now=later, source="a")
    told = store.explain(URL)
    assert [v.why.split(";")[0] for v in told.versions] == [
        "new: none of its addresses was known",
        f"known by u:{URL[8:]}",
    ]
    assert [m.source for m in told.members] == ["herald", "a"]
    assert told.members[1].alike == {told.id: pytest.approx(1.0)}
    assert store.explain("https://a.example/nothing") is None


def test_an_address_as_people_have_it(store):
    """An article is found by its address with or without its scheme, however spelt."""
    commit(store, found(URL, BODY))
    (record,) = store.latest()
    bare = URL.removeprefix("https://")
    for address in (bare, f"www.{bare}", f"http://{bare}", f"{bare}?utm_source=x"):
        assert store.get(address) == record
    assert [store.get(other) for other in ("", "x", f"ftp://{bare}", "//", "a.example:x/")] == [None] * 5


# ------------------------------------------------------------------------------------------ polls


def test_states_and_failures(store):
    """A poll's state and failures are kept in the commit of its articles, and in commits without any."""
    failure = Failure(url=URL, code="timeout", message="30 s")
    commit(store, found(URL, BODY), failures=[failure])
    commit(store, due_minutes=60)
    assert store.source_states()["herald"].due == NOW + timedelta(minutes=60)
    assert [(f.source, f.code, f.url) for f in store.failures()] == [("herald", "timeout", URL)]


def test_nothing_is_made_for_nothing(place):
    """Until there is an article, states and failures are held in memory; then they are kept with it."""
    with open_store(place) as store:
        commit(store, failures=[Failure(url=None, code="dns_failed", message="x")])
        assert store.source_states()["herald"].last_poll == NOW
        assert [f.code for f in store.failures()] == ["dns_failed"]
        assert (list(store.latest()), store.get(URL), store.known(["u:x"]), store.explain(URL)) == (
            [],
            None,
            {},
            None,
        )
        assert list(store.verify()) == []
        commit(store, found("https://a.example/x", BODY, source="a"), source="a")
    with open_store(place) as store:
        assert set(store.source_states()) == {"a", "herald"}
        assert set(store.source_states(["herald", "nobody"])) == {"herald"}
        assert [f.code for f in store.failures()] == ["dns_failed"]


def test_attempts_and_quarantine(place):
    """Attempts are counted durably until a page is settled; a page that is given up keeps its bytes."""
    with open_store(place) as store:
        assert [store.attempt(URL, now=NOW) for _ in range(2)] == [1, 2]
    with open_store(place) as store:
        assert store.attempt(URL, now=NOW) == 3
        store.settled(URL)
        assert store.attempt(URL, now=NOW) == 1
        commit(store, found(URL, BODY))
        assert store.attempt(URL, now=NOW) == 1, "a commit settles its articles"
        store.quarantine(
            URL, source="herald", code="parser_crashed", message="3 times", body=b"\xff<html>", now=NOW
        )
        assert [(q.url, q.size, q.code) for q in store.quarantined()] == [(URL, 7, "parser_crashed")]
        assert store.quarantined_body(URL) == b"\xff<html>"
        assert store.attempt(URL, now=NOW) == 1


# ------------------------------------------------------------------------------------------ what becomes of pages


def visit(url=URL, *, hours=1.0, **more):
    due = None if hours is None else NOW + timedelta(hours=hours)
    return Revisit(url=url, due=due, born=NOW, item=Pending(entry=Entry(url=url)), **more)


def with_visits(*visits, articles=(), source="herald", now=NOW):
    return replace(poll(*articles, source=source, now=now), visits=visits)


def test_visits_are_kept_with_their_articles(place):
    """Those of the same commit's articles too; the earliest due comes first, whatever the order of arrival; they last."""
    addresses = [f"https://herald.example/story-{i}" for i in range(4)]
    articles = [found(url, story(60 + i), title=f"T{i}") for i, url in enumerate(addresses)]
    visits = [visit(url, hours=h) for url, h in zip(addresses, (24, 1, 168, 2), strict=True)]
    with open_store(place) as store:
        store.commit(with_visits(*visits, articles=articles), now=NOW)
    with open_store(place) as store:
        waiting = store.visits("herald", limit=10)
        assert waiting == [visits[1], visits[3], visits[0], visits[2]]
        assert store.visits("herald", limit=2) == waiting[:2]
        assert store.visits("courier", limit=2) == []
    with open_store(place, read_only=True) as reader:
        assert reader.visits("herald", limit=1) == [visits[1]]


def test_one_visit_an_article(store):
    """A later visit replaces the article's, under whichever of its addresses; one without ``due`` ends it."""
    moved = "https://herald.example/news/12345-the-bridge-is-open"
    store.commit(with_visits(visit(), articles=[found(URL, BODY)]), now=NOW)
    again = visit(moved, hours=24, doubt="deleted", body_hash="x", validators=Validators(etag='"1"'))
    store.commit(with_visits(again, articles=[found(moved, BODY)]), now=NOW)
    assert store.visits("herald", limit=10) == [again]
    store.commit(with_visits(visit(hours=None)), now=NOW)
    assert store.visits("herald", limit=10) == []
    store.commit(with_visits(visit(hours=None)), now=NOW)
    assert store.visits("herald", limit=10) == []


def test_a_visit_of_nothing(store):
    """An address that names no article gets no visit; another outlet's poll takes a visit over."""
    store.commit(with_visits(visit(), visit(URL + "-other"), articles=[found(URL, BODY)]), now=NOW)
    assert store.visits("herald", limit=10) == [visit()]
    store.commit(with_visits(visit(hours=3), source="courier"), now=NOW)
    assert store.visits("herald", limit=10) == []
    assert store.visits("courier", limit=10) == [visit(hours=3)]


STATUSES = (
    ("published", None, "unchanged"),
    ("deleted", None, "revised"),
    ("deleted", None, "unchanged"),
    ("published", None, "revised"),
    ("redirected", "https://herald.example/", "revised"),
    ("redirected", "https://herald.example/", "unchanged"),
    ("redirected", "https://herald.example/news", "revised"),
    ("deleted", None, "revised"),
)


def test_what_became_of_a_page_is_a_revision(store, new_place):
    """Each change of the status is a line that keeps the text, however soon it follows; a status that stays adds nothing."""
    commit(store, found(URL, BODY))
    for minutes, (status, moved_to, verdict) in enumerate(STATUSES, 1):
        now = NOW + timedelta(minutes=minutes)
        outcome = commit(
            store, replace(found(URL, BODY, fetched=now), status=status, moved_to=moved_to), now=now
        )
        assert (outcome.revised, outcome.unchanged) == ((1, 0) if verdict == "revised" else (0, 1)), status
    lines = store.revisions(URL)
    assert [(r.status, r.moved_to) for r in lines] == [
        ("published", None),
        *((status, moved_to) for status, moved_to, verdict in STATUSES if verdict == "revised"),
    ]
    assert {r.body for r in lines} == {tuple(BODY)}
    assert {r.hash for r in lines} == {lines[0].hash}
    told = store.explain(URL)
    assert told is not None
    assert "status (to deleted) changed" in told.versions[1].why
    assert "status (to redirected https://herald.example/) changed" in told.versions[3].why
    with open_store(new_place()) as other:
        for revised in (len(lines) - 1, 0):
            assert other.add((decode(encode(line), dict) for line in lines), now=NOW).revised == revised
        assert list(other.changes()) == lines


FILTERS = {
    "everything": ({}, [1, 2, 4, 5], [1, 2, 3, 4, 5]),
    "an outlet": ({"sources": ("a",)}, [1, 4, 5], [1, 3, 4, 5]),
    "two outlets": ({"sources": ("a", "b")}, [1, 2, 4, 5], [1, 2, 3, 4, 5]),
    "a language": ({"languages": ("ru",)}, [2, 4], [2, 3, 4]),
    "both": ({"sources": ("b",), "languages": ("ka",)}, [], []),
    "from a time on": ({"since": NOW + timedelta(days=2)}, [4, 5], [3, 4, 5]),
    "up to a time": ({"until": NOW + timedelta(days=1)}, [1], [1]),
    "a day": ({"since": NOW + timedelta(days=1), "until": NOW + timedelta(days=2)}, [2], [2]),
    "with headlines": ({"has_related": True}, [5], [5]),
    "words like no headlines": ({"has_related": True, "sources": ("b",)}, [], []),
    "no such cluster": ({"cluster": "0123456789abcdef"}, [], []),
}


@pytest.mark.parametrize("filters, latest, changes", FILTERS.values(), ids=FILTERS)
def test_filters(store, filters, latest, changes):
    """Iterations are narrowed as searches are: by outlet, language, time of appearance, headlines."""
    headline = Headline(title='"related":[]', url="https://a.example/other")
    for i, (source, language, more) in enumerate(
        [
            ("a", "ka", {}),
            ("b", "ru", {"title": 'says "related":[{ and "related":[]'}),
            ("a", "ru", {}),
            ("a", "az", {"related": (headline,)}),
        ]
    ):
        now = NOW + timedelta(days=i)
        url = f"https://{source}.example/{i}"
        commit(
            store,
            found(url, story(80 + i), source=source, language=language, fetched=now, **more),
            source=source,
            now=now,
        )
        if i == 2:
            edited = found(url, story(90), source=source, language=language, fetched=now)
            commit(store, edited, source=source, now=now)
    chosen = Filter(**filters)
    assert [r.seq for r in store.latest(chosen)] == latest
    assert [decode(line, Record).seq for line in store.change_lines(chosen)] == changes
    assert [r.seq for r in store.latest(chosen, after=2)] == [seq for seq in latest if seq > 2]
    assert [decode(line, Record).seq for line in store.change_lines(chosen, after=3)] == [
        seq for seq in changes if seq > 3
    ]


def test_a_cluster_of_lines(store):
    """Members of one cluster, as it is now, whatever was known when their lines were written."""
    commit(store, found(URL, BODY), found("https://b.example/x", story(2), source="b"))
    commit(store, found("https://a.example/copy", BODY, source="a"))
    chosen = Filter(cluster=store.get(URL).cluster)
    assert [r.source for r in store.latest(chosen)] == ["herald", "a"]
    assert [decode(line, Record).seq for line in store.change_lines(chosen)] == [1, 3]


def test_readers_while_writing(place):
    """A reader needs no lock and sees whole commits only, each article once."""
    with open_store(place) as writer:
        commit(writer, found(URL, BODY))
        with open_store(place, read_only=True) as reader:
            commit(writer, found("https://herald.example/second", story(90)))
            assert [r.seq for r in reader.latest()] == [1, 2]
            with pytest.raises(StoreError) as refusal:
                commit(reader, found("https://herald.example/third", story(91)))
            assert refusal.value.code == "store_readonly"


def test_no_store_to_read(place):
    """Reading what is not there is a clear error, and makes nothing."""
    with pytest.raises(StoreError) as missing:
        open_store(place, read_only=True)
    assert missing.value.code == "store_missing"
    with pytest.raises(StoreError) as still:
        open_store(place, create=False)
    assert still.value.code == "store_missing"


def test_commits_from_many_threads(store):
    """Commits from threads are whole, one after the other: no seq is lost or doubled."""

    def work(k: int) -> None:
        for i in range(5):
            commit(
                store, found(f"https://o{k}.example/{i}", story(k * 100 + i), source=f"o{k}"), source=f"o{k}"
            )

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.seq for r in store.changes()] == list(range(1, 21))
    assert list(store.verify()) == []


# ------------------------------------------------------------------------------------------ search and the graph

LIBRARY = {
    "hy": ("Կամուրջը բացվեց", ["Երևանում եւ Գյումրիում կամուրջ է բացվել։", "Քաղաքապետը շնորհավորեց։"]),
    "ka": ("ხიდი გაიხსნა", ["თბილისში ხიდი გაიხსნა.", "მერმა მიულოცა."]),
    "az": ("Körpü açıldı", ["İstanbul və Bakıda körpü açıldı.", "Şəhər başçısı təbrik etdi."]),
    "ru": ("Мост открыт", ["В Ереване открыли мост.", "Мэр поздравил строителей."]),
    "en": (
        "The bridge is open",
        ["The mayor of the city opened the café on the bridge.", "Council pleased."],
    ),
    "tr": ("Köprü açıldı", ["Iğdır'da köprü açıldı.", "Belediye başkanı kutladı."]),
}


@pytest.fixture
def library(store):
    articles = [
        found(
            f"https://{language}.example/{language}-story-of-a-bridge",
            body,
            title=title,
            language=language,
            source=language,
            published=NOW - timedelta(hours=i),
            related=(Headline(title="Harvest festival ends"),) if language == "en" else (),
        )
        for i, (language, (title, body)) in enumerate(LIBRARY.items())
    ]
    commit(store, *articles)
    return store


QUERIES = {
    "Armenian word": ("կամուրջ", ["hy"]),
    "Armenian capitals": ("ԿԱՄՈՒՐՋԸ", ["hy"]),
    "Armenian ligature": ("երևանում և գյումրիում", ["hy"]),
    "Armenian ligature in capitals": ("ԵՐԵՎԱՆՈՒՄ ԵՎ", ["hy"]),
    "Georgian": ("თბილისში", ["ka"]),
    "Georgian capitals": ("ᲗᲑᲘᲚᲘᲡᲨᲘ", ["ka"]),
    "dotted i": ("istanbul", ["az"]),
    "dotless i": ("ığdır", ["tr"]),
    "without marks": ("acıldi", ["az", "tr"]),
    "Russian": ("МОСТ", ["ru"]),
    "Latin letters in a Russian word": ("мocт", ["ru"]),
    "prefix": ("мэр*", ["ru"]),
    "prefix with marks": ("açıl*", ["az", "tr"]),
    "prefix of a phrase": ('"mayor of the ci"*', ["en"]),
    "phrase": ('"opened the cafe"', ["en"]),
    "not a phrase": ('"cafe opened"', []),
    "all words": ("mayor bridge", ["en"]),
    "some word missing": ("mayor harvest", []),
    "without": ("açıldı -kutladı", ["az"]),
    "without, in words": ("açıldı NOT kutladı", ["az"]),
    "not either": ("мост OR ხიდი NOT თბილისში", ["ru"]),
    "both, in words": ("mayor AND bridge", ["en"]),
    "either": ("мост OR ხიდი", ["ka", "ru"]),
    "nowhere": ("ballet", []),
    "a headline is not the text": ("harvest", []),
    "operators of others": ("NEAR/2 mayor", []),
    "without many": ("bridge " + " ".join(f"-w{i}" for i in range(150)), ["en"]),
    "one word many times": ("bridge " * 50 + "OR bridge " * 50, ["en"]),
    "hostile": ("'} {body} : (open bridge) \\ ' ; --", []),
    "brackets": ("açıldı NOT (kutladı OR ballet)", ["az"]),
    "brackets of a whole": ("ballet OR (mayor bridge)", ["en"]),
    "not, not: brackets": ("мост (NOT мэр)", []),
    "another form, Armenian": ("կամուրջներ", ["hy"]),
    "another form, Georgian": ("ხიდები", ["ka"]),
    "another form, Russian": ("мостами", ["ru"]),
    "another form, Azerbaijani": ("körpülərdə", ["az"]),
    "another form, Turkish": ("köprüler", ["tr"]),
    "another form, English": ("bridges opening", ["en"]),
    "exactly": ("=bridges", []),
    "exactly, one word": ('"bridge"', ["en"]),
    "a name in another alphabet": ("Erevan", ["hy", "ru"]),
    "a name, exactly": ("=Erevan", []),
    "not of a form": ("bridge -citys", []),
}


@pytest.mark.parametrize("query, languages", QUERIES.values(), ids=QUERIES)
def test_search(library, query, languages):
    """Words, phrases and prefixes are found in six languages, whatever the letters' case and marks."""
    assert sorted(hit.record.language for hit in library.search(query).hits) == sorted(languages)


def test_search_filters(library):
    """A search is narrowed by outlet, language, time, related headlines; headlines have a search of their own."""
    either = "bridge OR мост OR ხიდი OR körpü OR köprü OR կամուրջը"
    find = lambda **filters: sorted(h.record.source for h in library.search(either, Filter(**filters)).hits)  # noqa: E731
    assert len(find()) == 6
    assert find(sources=("ka", "ru")) == ["ka", "ru"]
    assert find(languages=("az",), sources=("az", "tr")) == ["az"]
    assert find(has_related=True) == ["en"]
    assert find(by="published", since=NOW - timedelta(hours=1)) == ["hy", "ka"]
    assert find(by="published", until=NOW - timedelta(hours=4)) == ["tr"]
    assert [h.record.source for h in library.search("harvest", Filter(within="related")).hits] == ["en"]
    assert library.search("bridge", limit=1).hits[0].score > 0
    with pytest.raises(StoreError) as refusal:
        library.search(" -x ?!")
    assert refusal.value.code == "bad_query"


def test_search_follows_revisions(store):
    """A revision's words are found, those that it lost are not; a title counts more than a body."""
    commit(store, found(URL, ["The old bridge stands."], title="Bridges"))
    commit(store, found(URL, ["The new bridge stands."], title="Bridges"))
    commit(
        store,
        found(
            "https://herald.example/other", ["Of bridges and rivers, at length, with more words."], title="R"
        ),
    )
    assert store.search("old").hits == ()
    assert [h.record.revision for h in store.search("new").hits] == [2]
    assert [h.record.url for h in store.search("bridges").hits] == [URL, "https://herald.example/other"]


def test_search_in_a_cluster(store):
    """Hits carry their cluster as it is now, and a search can be narrowed to one."""
    commit(store, found(URL, BODY), found("https://a.example/copy", BODY, source="a"))
    commit(store, found("https://b.example/x", [BODY[0].split()[0] + " alone"], source="b"))
    cluster = store.get(URL).cluster
    hits = store.search(BODY[0].split()[0], Filter(cluster=cluster)).hits
    assert {hit.record.cluster for hit in hits} == {cluster}
    assert len(hits) == 2


def test_the_headline_graph(store):
    """Related headlines lead to stored articles by address, else by title within the outlet; and back again."""
    target = commit(store, found(URL, BODY, title="A bridge opens")).records[0]
    related = (
        Headline(title="whatever it says", url=URL + "?utm_source=related"),
        Headline(title="A Bridge Opens"),
        Headline(title="Nobody wrote this"),
        Headline(title="A bridge opens", url="https://elsewhere.example/other"),
    )
    page = commit(store, found("https://herald.example/page", story(5), title="P", related=related)).records[
        0
    ]
    foreign = found(
        "https://a.example/page", story(6), title="Q", related=(Headline(title="A bridge opens"),), source="a"
    )
    commit(store, foreign, source="a")
    told = store.related(page.id)
    assert [(p.article, p.by) for p in told.points_to] == [
        (target.id, "url"),
        (target.id, "title"),
        (None, None),
        (target.id, "title"),
    ]
    assert [r.id for r in store.related(URL).pointed_to_by] == [page.id]
    assert store.related("https://herald.example/nothing") is None


def test_headlines_that_only_hold_a_title(store):
    """Both directions agree: a headline names an article by its very title, the newest one of it, and not by its words."""
    older = commit(store, found("https://herald.example/1", story(1), title="Ferry")).records[0]
    newer = commit(store, found("https://herald.example/2", story(2), title="Ferry!")).records[0]
    pages = {
        "more words": Headline(title="Ferry ends its service"),
        "one word of another": Headline(title="The ferry"),
        "the title": Headline(title="FERRY"),
        "the title, another's address": Headline(title="Ferry", url="https://herald.example/1"),
    }
    ids = {}
    for i, (name, headline) in enumerate(pages.items()):
        page = found(f"https://herald.example/p{i}", story(10 + i), title=f"Page {i}", related=(headline,))
        ids[name] = commit(store, page).records[0].id
    named = {name: store.related(id_).points_to[0].article for name, id_ in ids.items()}
    assert list(named.values()) == [None, None, newer.id, older.id]
    for article in (older, newer):
        pointing = [name for name in ids if named[name] == article.id]
        assert [r.id for r in store.related(article.id).pointed_to_by] == [ids[name] for name in pointing]


def test_clusters(store):
    """Clusters are listed newest first, by the number of outlets that carried them."""
    day = timedelta(days=1)
    for i, copies in enumerate((2, 3)):
        for k in range(copies):
            now = NOW + i * day + timedelta(minutes=k)
            commit(
                store,
                found(f"https://o{k}.example/{i}", story(i), source=f"o{k}", fetched=now),
                now=now,
                source=f"o{k}",
            )
    assert [(c.outlets, [m.source for m in c.members]) for c in store.clusters()] == [
        (3, ["o0", "o1", "o2"]),
        (2, ["o0", "o1"]),
    ]
    assert (
        len(store.clusters(min_outlets=3))
        == len(store.clusters(since=NOW + day))
        == len(store.clusters(limit=1))
        == 1
    )


def test_clusters_page_by_page(store):
    """A page of clusters goes on after the last one of the page before, also where several grew at one moment."""
    for i in range(5):
        for outlet in ("a", "b"):
            commit(store, found(f"https://{outlet}.example/{i}", story(i), source=outlet), source=outlet)
    seen, after = [], None
    while page := store.clusters(limit=2, after=after):
        seen += [cluster.id for cluster in page]
        after = max(m.origin for m in page[-1].members), page[-1].id
    assert sorted(seen) == seen
    assert len(set(seen)) == 5


# ------------------------------------------------------------------------------------------ what is new


def pages(store, *args, limit=2, **more):
    """All of ``newest``, read page by page."""
    seen, before = [], None
    while page := store.newest(*args, before=before, limit=limit, **more):
        seen += page
        before = page[-1].cursor
    return seen


NEWEST = {
    "everything": (None, {}, ["tr", "en", "ru", "az", "ka", "hy"]),
    "outlets": (None, {"sources": ("ka", "ru")}, ["ru", "ka"]),
    "languages": (None, {"languages": ("az", "tr")}, ["tr", "az"]),
    "outlets and languages": (None, {"sources": ("az", "tr"), "languages": ("az", "hy")}, ["az"]),
    "from a time": (None, {"by": "published", "since": NOW - timedelta(hours=1)}, ["hy", "ka"]),
    "up to a time": (None, {"by": "published", "until": NOW - timedelta(hours=4)}, ["tr"]),
    "with related headlines": (None, {"has_related": True}, ["en"]),
    "words": ("açıldı", {}, ["tr", "az"]),
    "words of an outlet": ("açıldı", {"sources": ("az",)}, ["az"]),
    "words of a time": ("açıldı", {"since": NOW - timedelta(hours=4), "by": "published"}, ["az"]),
    "headlines": ("harvest", {"within": "related"}, ["en"]),
    "nothing": ("ballet", {}, []),
    "an unknown outlet": (None, {"sources": ("nobody",)}, []),
}


@pytest.mark.parametrize("query, filters, outlets", NEWEST.values(), ids=NEWEST)
def test_newest(library, query, filters, outlets):
    """The newest arrivals come first, narrowed like a search, whole page by page."""
    found_ = pages(library, query, Filter(**filters))
    assert [story.record.source for story in found_] == outlets
    assert [[s.source for s in story.sightings] for story in found_] == [[outlet] for outlet in outlets]


BY = {
    "all": (None, {}, ["hy", "ka", "az", "ru", "en", "tr"]),
    "words": ("açıldı OR bridge", {}, ["az", "en", "tr"]),
    "of a time": (None, {"since": NOW - timedelta(hours=3), "until": NOW}, ["ka", "az", "ru"]),
    "of languages": (None, {"languages": ("tr", "ka")}, ["ka", "tr"]),
}


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize("query, filters, outlets", BY.values(), ids=BY)
def test_newest_by_publication(library, query, filters, outlets, grouped):
    """By the time of publication the last published come first, whole page by page."""
    found_ = pages(library, query, Filter(by="published", **filters), grouped=grouped)
    assert [story.record.source for story in found_] == outlets


def test_by_the_time_seen(store):
    """By the time seen, filters ask when an article came, whenever it was published."""
    for hour, outlet in enumerate("abc"):
        at = NOW + timedelta(hours=hour)
        old = found(
            f"https://{outlet}.example/x",
            story(hour),
            source=outlet,
            fetched=at,
            published=NOW - timedelta(days=9),
        )
        commit(store, old, source=outlet, now=at)
    since = NOW + timedelta(hours=1)
    assert [s.record.source for s in pages(store, None, Filter(since=since))] == ["c", "b"]
    assert [s.record.source for s in pages(store, None, Filter(until=since))] == ["a"]
    assert pages(store, None, Filter(by="published", since=since)) == []
    assert {
        h.record.source for h in store.search("story OR bridge OR river OR road", Filter(since=since)).hits
    } <= {"b", "c"}


def test_the_last_published_of_a_cluster(store):
    """By publication a story stands where it was published last, wherever it came last."""
    for minute, outlet in enumerate(("a", "b")):
        article = found(
            f"https://{outlet}.example/x", BODY, source=outlet, published=NOW - timedelta(minutes=minute)
        )
        commit(store, article, source=outlet)
    (one,) = pages(store, None, Filter(by="published"))
    assert one.record.source == "a"
    (one,) = pages(store, "bridge OR river", Filter(by="published"))
    assert one.record.source == "a"
    (one,) = pages(store)
    assert one.record.source == "b"


def test_newest_wants_words(library):
    """A query without words is refused."""
    with pytest.raises(StoreError) as refusal:
        library.newest("?!")
    assert refusal.value.code == "bad_query"


def test_a_cluster_is_one_story(store):
    """A text that several carried is one story, where it came last, with all who carried it; a revision moves nothing."""
    for minute, outlet in enumerate(("a", "b", "c")):
        at = NOW + timedelta(minutes=minute)
        article = found(f"https://{outlet}.example/x", BODY, source=outlet, fetched=at, title=f"By {outlet}")
        commit(store, article, source=outlet, now=at)
    commit(store, found("https://d.example/y", story(3), source="d"), source="d")
    commit(store, found("https://a.example/x", [*BODY, "One more word."], source="a"), source="a")
    top, last = pages(store)
    assert (top.record.source, last.record.source) == ("d", "c")
    assert [(s.source, s.origin, s.language) for s in last.sightings] == [
        (outlet, NOW + timedelta(minutes=minute), "en") for minute, outlet in enumerate(("a", "b", "c"))
    ]
    assert last.record == store.get("https://c.example/x")
    # what does not pass the filters stands in nobody's way
    (of_b,) = pages(store, None, Filter(sources=("a", "b")))
    assert (of_b.record.source, len(of_b.sightings)) == ("b", 3)
    assert [s.record.source for s in pages(store, "bridge OR river", Filter(sources=("a",)))] == ["a"]
    assert [s.record.source for s in pages(store, grouped=False)] == ["d", "c", "b", "a"]
    assert {s.record.source for s in pages(store, None, Filter(cluster=last.record.cluster))} == {"c"}


TALLIED = {
    "at once": (timedelta(0), {}, 0),
    "five minutes": (timedelta(minutes=5), {}, 0),
    "a moment more": (timedelta(minutes=5, seconds=1), {}, 1),
    "half an hour": (timedelta(minutes=30), {}, 3),
    "a day": (timedelta(days=1), {}, 7),
    "two days": (timedelta(days=2), {}, 8),
    "published in the future": (timedelta(minutes=-9), {}, 0),
}


@pytest.mark.parametrize("ago, more, delay", TALLIED.values(), ids=TALLIED)
def test_delays(store, ago, more, delay):
    """An article is counted under the class of the time from its publication to the store."""
    commit(store, found(URL, BODY, published=NOW - ago, **more))
    (tally,) = store.tallies(NOW.date())
    assert (tally.delay, tally.articles) == (delay, 1)


def test_tallies(place):
    """Articles are counted by day, outlet and language when they first come; revisions and known ones are not."""
    day = timedelta(days=1)
    with open_store(place) as store:
        headlines = (Headline(title="Elsewhere"), Headline(title="Yesterday"))
        commit(store, found(URL, BODY, related=headlines), found("https://herald.example/2", story(2)))
        commit(store, found(URL, [*BODY, "Corrected."], related=headlines[:1]), found(URL + "/", BODY))
        commit(
            store,
            found("https://a.example/x", BODY, source="a", language="ka", fetched=NOW + day),
            source="a",
        )
        commit(store, found("https://a.example/z", story(7), source="a", language=None, fetched=NOW + day))
        imported = {
            "url": "https://old.example/1",
            "title": "Old",
            "published": "2019-01-01",
            "language": "ru",
        }
        store.add([imported | {"fetched": "2020-05-05T01:00:00+04:00", "source": "b"}], now=NOW)
        counted = sorted(store.tallies(NOW.date()), key=lambda t: (t.day, t.source, t.language or ""))
        assert [
            (t.day, t.source, t.language, t.delay, t.articles, t.copies, t.headlines) for t in counted
        ] == [
            ("2026-11-23", "herald", "en", None, 2, 0, 2),
            ("2026-11-24", "a", None, None, 1, 0, 0),
            ("2026-11-24", "a", "ka", None, 1, 1, 0),
        ]
        assert {t.source for t in store.tallies((NOW + day).date())} == {"a"}
        (old,) = (t for t in store.tallies(datetime(2020, 5, 1, tzinfo=UTC).date()) if t.source == "b")
        assert (old.day, old.delay) == ("2020-05-04", None)
        with open_store(place, read_only=True) as reader:
            assert sorted(map(encode, reader.tallies(NOW.date()))) == sorted(map(encode, counted))


def test_seq(place):
    """The number of the last change is known at any time, also to readers."""
    with open_store(place) as store:
        assert store.seq() == 0
        commit(store, found(URL, BODY), found("https://herald.example/2", story(2)))
        commit(store, found(URL, [*BODY, "Corrected."]))
        assert store.seq() == 3
        with open_store(place, read_only=True) as reader:
            assert reader.seq() == 3


def test_nothing_is_new_in_an_empty_store(store):
    """A store without articles has nothing to show, and says so."""
    assert store.newest() == store.newest("bridge") == store.tallies(NOW.date()) == []


def test_following(place):
    """A reader that follows sees every commit of the writer, once, in order, and takes it up where it stopped."""
    with open_store(place) as writer:
        commit(writer, found("https://a.example/0", story(0)))
        with open_store(place, read_only=True) as reader:
            seen: list[int] = []
            for record in reader.follow(0, poll_seconds=0, stop=lambda: len(seen) >= 4):
                seen.append(record.seq)
                if record.seq < 4:
                    commit(writer, found(f"https://a.example/{record.seq}", story(record.seq)))
            assert seen == [1, 2, 3, 4]
            assert [r.seq for r in reader.changes(2)] == [3, 4]


# ------------------------------------------------------------------------------------------ foreign lines


def test_the_smallest_line(store):
    """An address and a title are enough; a text without address is known by its id."""
    outcome = store.add(
        [
            {"url": "http://www.a.example/1/", "title": "One"},
            {"id": "text-7.txt", "text": "First.\n\nSecond.", "source": "archive"},
        ],
        now=NOW,
    )
    assert (outcome.new, outcome.refused) == (2, ())
    one, two = store.latest()
    assert (one.url, one.source, one.found_by, one.fetched) == (
        "https://a.example/1",
        "import",
        "import",
        NOW,
    )
    assert (two.url, two.body, two.source) == (
        "urn:import:archive:text-7.txt",
        ("First.", "Second."),
        "archive",
    )
    assert (
        store.add([{"id": "text-7.txt", "text": "First.\nSecond.", "source": "archive"}], now=NOW).unchanged
        == 1
    )


@pytest.mark.parametrize("published", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "soon"])
def test_a_date_that_nobody_can_read(store, published):
    """The record is taken without it."""
    line = {"url": "https://a.example/1", "title": "x", "published": published}
    assert store.add([line], now=NOW).new == 1
    assert next(store.latest()).published is None


REFUSED = {
    "a list": [],
    "a number": 7,
    "no address": {"title": "x"},
    "no text": {"url": "https://a.example/1"},
    "junk address": {"url": "nowhere", "title": "x"},
    "wrong type": {"url": "https://a.example/1", "title": ["x"]},
    "bad time": {"url": "https://a.example/1", "title": "x", "fetched": "yesterday"},
    "no time": {"url": "https://a.example/1", "title": "x", "fetched": "9999-12-31T23:59:59-14:00"},
    "other schema": {"schema": 2, "url": "https://a.example/1", "title": "x"},
    "bad related": {"url": "https://a.example/1", "title": "x", "related": [7]},
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_lines_that_are_no_records(store, line):
    """A bad line is refused by its number and reason; its neighbours are stored."""
    outcome = store.add([line, {"url": "https://a.example/2", "title": "Good", "body": "Text."}], now=NOW)
    assert outcome.new == 1
    assert len(outcome.refused) == 1
    assert outcome.refused[0].startswith("line 1: this is not a record: ")


def test_a_lost_database(place, new_place):
    """Our own lines, imported into an empty store, give the same ids, revisions, clusters and order; twice adds nothing."""
    rng = random.Random(5)
    with open_store(place) as store:
        for i in range(12):
            now = NOW + timedelta(minutes=i)
            body = story(rng.randrange(6))
            url = f"https://o{i % 3}.example/{rng.randrange(8)}"
            published = {"published": now - timedelta(minutes=30), "published_raw": "05:30"} if i % 2 else {}
            commit(
                store, found(url, body, source=f"o{i % 3}", fetched=now, guid=f"g{i}", **published), now=now
            )
        lines = list(store.changes())
        clusters = _clusters(store)
    builtins = [decode(encode(line), dict) for line in lines]
    with open_store(new_place()) as other:
        outcome = other.add(builtins, now=NOW + timedelta(days=9))
        assert list(other.changes()) == lines
        assert _clusters(other) == clusters
        assert (outcome.new + outcome.revised, outcome.unchanged) == (len(lines), 0)
        again = other.add(builtins, now=NOW + timedelta(days=10))
        assert (again.new, again.revised, again.unchanged) == (0, 0, len(lines))


def test_hostile_strings(store):
    """Lone surrogates, control characters and too much of everything are stored safely, or cut and said so."""
    article = found(
        "https://a.example/1",
        ["a\ud800b", "x" * 600_000, "never"],
        title="T\udfff" * 2000,
        related=tuple(Headline(title=f"H{i}\ud800") for i in range(280)),
    )
    commit(store, article)
    (record,) = store.latest()
    assert decode(encode(record), Record) == record
    assert len(record.title.encode()) <= 1024
    assert sum(len(p.encode()) for p in record.body) <= 500_000
    assert len(record.related) == MAX_HEADLINES
    assert {"title_cut", "body_cut", "related_cut"} <= set(record.extraction.warnings)


def test_times_are_utc(store):
    """A time with another offset is kept as the same moment in UTC."""
    store.add(
        [{"url": "https://a.example/1", "title": "x", "published": "2026-11-23T10:00:00+04:00"}], now=NOW
    )
    (record,) = store.latest()
    assert record.published == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert b'"published":"2026-11-23T06:00:00Z"' in encode(record)


# ------------------------------------------------------------------------------------------ cursors


def test_cursors(place):
    """Each reader's place in the change log is kept under its name, over restarts; nobody moves another's."""
    with open_store(place) as store:
        assert store.cursor("desk") is None
        commit(store, found(URL, BODY))
        store.keep_cursor("desk", 0)
        store.keep_cursor("desk of the night", 7)
        store.keep_cursor("desk", 1)
    with open_store(place, read_only=True) as store:
        assert (store.cursor("desk"), store.cursor("desk of the night"), store.cursor("x")) == (1, 7, None)
        with pytest.raises(StoreError) as refused:
            store.keep_cursor("desk", 2)
    assert refused.value.code == "store_readonly"


# ------------------------------------------------------------------------------------------ forgetting


OLD = NOW - timedelta(days=400)
CUT = NOW - timedelta(days=365)
OLD_URL = "https://herald.example/news/54321-an-old-bridge"


def old_and_new(store):
    """An old article of two revisions with a younger copy and a headline in a young one; an old page in quarantine."""
    commit(store, found(OLD_URL, BODY, guid="g1", fetched=OLD), now=OLD)
    later = OLD + timedelta(days=1)
    commit(store, found(OLD_URL, [*BODY, "The mayor came."], guid="g1", fetched=later), now=later)
    pointing = found(
        "https://herald.example/young",
        story(2),
        title="Young",
        related=(Headline(title="A title", url=OLD_URL),),
    )
    commit(
        store, found("https://a.example/copy", BODY, source="a", fetched=OLD + timedelta(days=2)), pointing
    )
    commit(store, found("https://b.example/copy", BODY, source="b"), source="b")
    store.quarantine(URL, source="herald", code="parser_crashed", message="", body=b"x", now=OLD)
    return store.get(OLD_URL)


def test_a_purge(store):
    """What was fetched before a time is gone from every answer; what is younger stays, in the cluster that is left."""
    old = old_and_new(store)
    assert store.clusters()[0].members[0].id == old.id
    done = store.purge(before=CUT, now=NOW)
    assert (done.articles, done.lines) == (2, 3)
    young = ["https://herald.example/young", "https://b.example/copy"]
    assert [r.url for r in store.latest()] == young
    assert [s.record.url for s in store.newest()] == young[::-1]
    assert store.clusters() == []
    assert store.get(young[1]).cluster is None
    assert store.related(young[0]).pointed_to_by == ()
    assert store.search(BODY[0].split()[0], Filter(sources=("herald", "a"), until=CUT)).hits == ()
    assert store.quarantined() == []
    stats = store.stats()
    assert (stats.articles, stats.purged, stats.duplicates) == (2, 2, 0)
    assert list(store.verify()) == []
    assert store.purge(before=CUT, now=NOW).articles == 0


def test_what_a_purge_leaves(store):
    """One line at the end of the log for each article: whose it was, which numbers it stands for, nothing that was printed."""
    old = old_and_new(store)
    before = store.seq()
    store.purge(before=CUT, now=NOW)
    lines = list(store.changes(before))
    (grave,) = [record for record in lines if record.id == old.id]
    assert store.get(OLD_URL) == grave
    assert store.revisions(old.id) == [grave]
    assert (grave.revision, grave.purged, grave.fetched) == (3, (1, 2), NOW)
    assert (grave.title, grave.body, grave.related, grave.summary, grave.hash) == (
        None,
        (),
        (),
        None,
        old.hash,
    )
    assert (
        store.explain(OLD_URL).versions[-1].why == f"purged: last fetched {OLD + timedelta(days=1):%Y-%m-%d}"
    )
    seqs = {record.seq for record in store.changes()}
    gone = {seq for record in store.changes() for seq in record.purged}
    assert seqs | gone == set(range(1, store.seq() + 1))
    assert seqs & gone == set()


BACK = {
    "from its feed": {},
    "with another text": {"body": story(99)},
    "at another spelling": {"url": "http://www.herald.example/news/54321-an-old-bridge/?utm_source=x"},
    "renamed, with its text": {
        "url": "https://herald.example/news/54321-renamed",
        "body": [*BODY, "The mayor came."],
    },
    "by its guid, with its text": {
        "url": "https://herald.example/x",
        "guid": "g1",
        "body": [*BODY, "The mayor came."],
    },
}


@pytest.mark.parametrize("change", BACK.values(), ids=BACK)
def test_what_was_purged_stays_so(store, change):
    """An article that comes again is known: not new, not revised, whatever it says now."""
    old_and_new(store)
    store.purge(before=CUT, now=NOW)
    seq = store.seq()
    change = {"url": OLD_URL, "body": BODY, **change}
    again = found(change.pop("url"), change.pop("body"), **change)
    assert set(store.known(again.keys).values()) == {store.get(OLD_URL).id}
    outcome = commit(store, again)
    assert (outcome.new, outcome.revised, outcome.unchanged) == (0, 0, 1)
    assert store.seq() == seq


def test_a_reused_guid_is_another_article(store):
    """A weak key that a purged article had does not swallow another text."""
    old_and_new(store)
    store.purge(before=CUT, now=NOW)
    assert commit(store, found("https://herald.example/x", story(55), title="Else", guid="g1")).new == 1


def test_a_purge_while_others_read(place):
    """A reader that follows sees whole lines only, and learns of every number: as a line, or from the line that stands for it."""
    with open_store(place) as store:
        for day in range(20):
            now = OLD + timedelta(days=day * 30)
            commit(store, found(f"https://herald.example/{day}", story(day), fetched=now), now=now)
        with open_store(place, read_only=True) as reader:
            lines = iter(reader.changes())
            seen = [next(lines) for _ in range(5)]
            store.purge(before=CUT, now=NOW)
            seen += lines
            seen += reader.changes(seen[-1].seq)
    told = {record.seq for record in seen} | {seq for record in seen for seq in record.purged}
    assert told == set(range(1, max(told) + 1))
    assert sum(bool(record.purged) for record in seen) == 2


def test_compacting_changes_no_answer(store):
    """Whatever a store does to its files, it says the same."""
    for day in range(3):
        now = NOW + timedelta(days=day)
        commit(store, found(f"https://herald.example/{day}", story(day), fetched=now), now=now)
    before = list(store.change_lines()), store.stats().articles
    store.compact()
    store.compact()
    assert (list(store.change_lines()), store.stats().articles) == before
    assert list(store.verify()) == []
