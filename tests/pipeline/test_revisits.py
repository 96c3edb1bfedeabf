"""Second looks at stored articles: when, what counts as an edit, what a wall may do, and what survives a crash."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from scraper import parse_pool
from scraper.codec import replace
from scraper.errors import HttpStatusError, StoreError, TimeoutExceeded
from scraper.model import EditRate, Entry, Pending, PollDraft, Revisit, SourceState
from scraper.pipeline import poll as pipeline
from scraper.pipeline.context import PollContext
from scraper.schedule import revisits
from scraper.schedule.revisits import RevisitOutcome
from scraper.settings import Settings
from storage import open_store
from tests.support.world import SENTENCES, START, Reply, World, feed, source

COURIER = source("courier")
FEED = "https://courier.example/feed.xml"
PAGE = "https://courier.example/news/41-road"
TITLE = "Council decides on the mountain road"


def page(*sentences: str, title: str = TITLE, around: str = "", head: str = "") -> bytes:
    body = "".join(f"<p>{s}</p>" for s in sentences or SENTENCES)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} - Courier</title>"
        f"<meta property=og:title content='{title}'><meta property='article:published_time' content='{START.isoformat()}'>"
        f"{head}</head><body><article><h1>{title}</h1>{body}</article>{around}</body></html>"
    ).encode()


class Desk:
    """One outlet with one article, a store, and the pipeline between them."""

    def __init__(self, world: World, folder) -> None:
        self.world, self.folder = world, folder
        self.settings = Settings()
        self.chance = 0.0  # every visit is made
        self.store = open_store(folder)
        world.answers[FEED] = feed("courier.example", 41)
        self.answer(page())

    def answer(self, reply, url: str = PAGE) -> None:
        self.world.answers[url] = reply

    def poll(self, *, feeds: bool = False, **time: float) -> pipeline.PollOutcome:
        """One poll after some time. Feeds and page are asked if they are due; the feeds also if the test wants it."""
        self.world.wait(**time)
        if feeds:
            self.change(feeds_due=None)
        self.world.asked.clear()
        rng = random.Random(1)
        rng.random = lambda: self.chance  # type: ignore[method-assign]
        line = PollContext(
            network=self.world,
            store=self.store,
            parser=parse_pool.ParsePool(processes=0),
            settings=self.settings,
            now=self.world.now,
            rng=rng,
        )
        return asyncio.run(pipeline.poll(line, COURIER))

    def told(self) -> list[tuple[str, str | None, str]]:
        """Every revision: its status, where it moved, its last paragraph."""
        return [(r.status, r.moved_to, r.body[-1]) for r in self.store.revisions(PAGE)]

    def change(self, **values) -> None:
        """Another state for the source."""
        poll = PollDraft(source="courier", state=replace(self.state(), **values), polled=self.world.time)
        self.store.commit(poll, now=self.world.time)

    def state(self) -> SourceState:
        return self.store.source_states()["courier"]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(World(), tmp_path / "data")
    yield desk
    desk.store.close()


FIRST = ("published", None, SENTENCES[-1])


# ------------------------------------------------------------------------------------------ when


def test_an_article_is_visited_three_times(desk):
    """After an hour, a day and a week its page is asked again, and never after that; the feed's polls stay what they were."""
    asked = []
    hours = 0.0
    desk.poll()
    while hours < 24 * 20:
        due = desk.state().due
        step = (due - desk.world.time).total_seconds()
        outcome = desk.poll(seconds=step)
        hours += step / 3600
        if PAGE in desk.world.asked:
            asked.append(hours)
            assert outcome.visited == 1
            assert (outcome.new, outcome.revised) == (0, 0)
    assert asked == [pytest.approx(1, abs=0.1), pytest.approx(24, abs=0.5), pytest.approx(168, abs=0.5)]
    assert desk.store.visits("courier", limit=9) == []


def test_a_visit_asks_for_changes_only(desk):
    """What the page's server gave to compare by is sent back; a page that is the same byte for byte is not parsed."""
    desk.answer(Reply(page(), etag='"1"'))
    desk.poll()
    (visit,) = desk.store.visits("courier", limit=9)
    assert (visit.validators.etag, visit.url, visit.due) == ('"1"', PAGE, START + timedelta(hours=1))
    desk.answer(Reply(b"rubbish that nobody reads", etag='"1"'))
    assert desk.poll(hours=1).visited == 1
    assert desk.told() == [FIRST]
    desk.answer(Reply(page(), etag='"2"'))
    assert desk.poll(hours=23).unchanged == 0, "not even judged"
    (visit,) = desk.store.visits("courier", limit=9)
    assert visit.validators.etag == '"2"'


def test_visits_have_a_time_of_their_own(desk):
    """A slow outlet's visits do not wait for its next poll, and do not ask for its feed."""
    desk.poll()
    desk.change(feeds_due=START + timedelta(hours=6))
    desk.poll(hours=1)
    assert desk.world.asked == [PAGE]
    assert desk.state().due == START + timedelta(hours=6), "then for the feeds, before the next visit"
    desk.poll(hours=5)
    assert desk.world.asked == [FEED]


@pytest.mark.parametrize(
    ("settings", "own", "asked"),
    [
        pytest.param(Settings(), None, True, id="as a rule"),
        pytest.param(Settings(revisit_hours=()), None, False, id="switched off"),
        pytest.param(Settings(), (), False, id="off for this outlet"),
        pytest.param(Settings(revisit_hours=()), (1.0,), True, id="on for this outlet alone"),
        pytest.param(Settings(), (3.0,), False, id="later for this outlet"),
    ],
)
def test_revisit_hours(tmp_path, settings, own, asked):
    """The hours of the settings hold unless the outlet has its own; none means never."""
    desk = Desk(World(), tmp_path / "data")
    desk.settings = settings
    with desk.store:
        outlet = replace(COURIER, revisit_hours=own)
        line = PollContext(
            network=desk.world, store=desk.store, parser=parse_pool.ParsePool(processes=0),
            settings=settings, now=desk.world.now, rng=random.Random(1),
        )  # fmt: skip
        asyncio.run(pipeline.poll(line, outlet))
        desk.world.wait(hours=1)
        desk.world.asked.clear()
        asyncio.run(pipeline.poll(line, outlet))
        assert (PAGE in desk.world.asked) is asked


def test_old_articles_are_not_visited(desk):
    """What was a week old when it was found gets no visit; what was a day old gets the last one only."""
    old = page().replace(START.isoformat().encode(), (START - timedelta(days=2)).isoformat().encode())
    desk.answer(old)
    desk.poll()
    (visit,) = desk.store.visits("courier", limit=9)
    assert visit.due == START + timedelta(days=5)


# ------------------------------------------------------------------------------------------ edits and what is none


def test_an_edit_is_a_revision_once(desk):
    """A changed text is stored with the next visit; the same text at the visit after it is not."""
    desk.poll()
    desk.answer(page(*SENTENCES, "The mayor resigned in the evening."))
    assert desk.poll(hours=1).revised == 1
    assert desk.poll(hours=23).revised == 0
    assert desk.told() == [FIRST, ("published", None, "The mayor resigned in the evening.")]
    latest = desk.store.get(PAGE)
    assert latest is not None
    assert (latest.first_seen, latest.fetched) == (START, START + timedelta(hours=1))
    assert latest.feed.url == FEED


def test_what_changes_on_every_request_is_no_edit(desk):
    """Twenty looks at a page whose counters, adverts, times and other headlines change each time: no revision."""
    desk.settings = Settings(revisit_hours=tuple(float(h) for h in range(1, 21)))

    def changing(n: int) -> bytes:
        others = "".join(
            f"<li><a href='/news/{n * 100 + i}-x'>Another story of the day number {n * 7 + i} is here</a></li>"
            for i in range(6)
        )
        return page(
            *SENTENCES,
            f"{n * 37} views",
            f"Updated {n} minutes ago",
            around=f"<div class=related><h3>Read also</h3><ul>{others}</ul></div><div class=ad>Buy {n} now</div>",
            head=f"<meta name=token content=t{n}>",
        )

    desk.answer(changing(0))
    desk.poll()
    visited = 0
    for n in range(1, 21):
        desk.answer(changing(n))
        outcome = desk.poll(hours=1)
        visited += outcome.visited
        assert (outcome.new, outcome.revised, outcome.failed) == (0, 0, ())
    assert visited == 20
    assert len(desk.told()) == 1


HAIL = [
    f"Hail as large as walnuts fell on orchards near village {n}, and owners say that {n}0 trees are lost."
    for n in range(9)
]
WALLS = {
    "robot check": "<h1>Checking your browser</h1><p>Please enable JavaScript and cookies to continue.</p>",
    "consent wall": "<h1>We value your privacy</h1>"
    + "<p>We and our partners use cookies. Your consent to cookies and to legitimate interest is asked by our partners.</p>" * 4,
    "error page": "<h1>503 Service Unavailable</h1><p>The service is temporarily unavailable.</p>",
    "page not found, with status 200": "<h1>Page not found</h1><p>The page was not found.</p>",
    "nothing at all": "",
    "subscription, with the article's headline": f"<article><h1>{TITLE}</h1><p>To read on, become a member of the Courier today: "
    "members read everything, everywhere, and pay little for it each month.</p></article>",
    "teaser": f"<article><h1>{TITLE}</h1><p>{SENTENCES[0]}</p><p>Read the rest in the app of the Courier.</p></article>",
    "another story": f"<article><h1>Orchard owners count their losses after hail</h1>{''.join(f'<p>{s}</p>' for s in HAIL)}</article>",
}  # fmt: skip


@pytest.mark.parametrize("wall", WALLS.values(), ids=WALLS)
def test_a_wall_never_replaces_a_text(desk, wall):
    """However often it is seen. It is a failure with a code, tried again some times, and the text that returns is no edit."""
    desk.poll()
    desk.answer(
        f"<!doctype html><html><head><title>Courier</title></head><body>{wall}</body></html>".encode()
    )
    codes = [f.code for _ in range(12) for f in desk.poll(hours=1).failed]
    assert set(codes) <= {"no_article", "other_text", "challenge"}
    assert 3 <= len(codes) <= 3 * revisits.MAX_TRIES
    desk.answer(page(*SENTENCES))
    for _ in range(8):
        desk.poll(days=1)
    assert desk.told() == [FIRST]


# ------------------------------------------------------------------------------------------ deleted, moved, back


@pytest.mark.parametrize("status", [404, 410])
def test_a_deleted_page(desk, status):
    """Gone twice it is deleted, and its text stays; back again it is published."""
    gone = HttpStatusError(status, url=PAGE)
    desk.poll()
    desk.answer(gone)
    assert desk.poll(hours=1).revised == 0, "once may be a hiccup"
    assert desk.poll(minutes=10).visited == 0
    assert desk.poll(minutes=20).revised == 1
    assert desk.poll(hours=23).revised == 0, "still gone is nothing new"
    desk.answer(page())
    assert desk.poll(days=6).revised == 1
    assert desk.told() == [FIRST, ("deleted", None, SENTENCES[-1]), FIRST]


def test_a_hiccup_is_no_deletion(desk):
    """Gone once and there again leaves no trace, also with a failure in between."""
    desk.poll()
    desk.answer(HttpStatusError(404, url=PAGE))
    desk.poll(hours=1)
    desk.answer(TimeoutExceeded("slow", url=PAGE))
    desk.poll(minutes=31)
    desk.answer(page())
    desk.poll(minutes=31)
    desk.answer(HttpStatusError(404, url=PAGE))
    desk.poll(hours=23)
    desk.answer(page())
    desk.poll(hours=1)
    assert desk.told() == [FIRST]


HOME = b"<!doctype html><title>Courier</title><nav>" + b"<a href=/x>Section</a>" * 9 + b"</nav>"
OTHER = "https://courier.example/news/77-another-story"
MOVES = {
    # where it leads: (address, what is there, visits until it is believed)
    "home page": ("https://courier.example/", HOME, 2),
    "another story": (OTHER, page(*HAIL, title="Orchard owners count their losses after hail"), 2),
    "the same story under another slug": ("https://courier.example/news/road-41-council", page(), 1),
}  # fmt: skip


@pytest.mark.parametrize(("there", "body", "looks"), MOVES.values(), ids=MOVES)
def test_a_redirected_page(desk, there, body, looks):
    """Where an address leads elsewhere, that is recorded and the text stays: at once if the text is there, else when seen twice."""
    desk.poll()
    desk.answer(Reply(body, url=there, permanent=True))
    revised = [desk.poll(hours=1).revised for _ in range(3)]
    assert revised == [0] * (looks - 1) + [1] + [0] * (3 - looks)
    assert desk.told() == [FIRST, ("redirected", there, SENTENCES[-1])]
    desk.poll(days=1)
    assert len(desk.told()) == 2
    assert desk.store.stats().articles == 1
    desk.answer(page())
    desk.poll(days=7)
    assert desk.told()[2:] == [FIRST]


def test_a_moved_story_is_known_at_its_new_address(desk):
    """The feed that announces it there does not make it twice."""
    moved = "https://courier.example/news/the-council-and-the-road"
    desk.poll()
    desk.answer(Reply(page(), url=moved, permanent=True))
    desk.answer(page(), url=moved)
    desk.poll(hours=1)
    record = desk.store.get(moved)
    assert record is not None
    assert (record.url, record.moved_to) == (PAGE, moved)
    desk.world.answers[FEED] = feed("courier.example", 41).replace(PAGE.encode(), moved.encode())
    outcome = desk.poll(feeds=True, minutes=20)
    assert (outcome.known, outcome.new) == (1, 0)


@pytest.mark.parametrize(
    "query", ["?back=/news/41-road", "?return=https%3A%2F%2Fcourier.example%2Fnews%2F41-road"]
)
def test_a_wall_that_remembers_where_one_came_from(desk, query):
    """An address that will lead back is a wall: nothing has moved."""
    desk.poll()
    desk.answer(Reply(HOME, url="https://courier.example/login" + query))
    for _ in range(12):
        desk.poll(hours=1)
    assert desk.told() == [FIRST]


# ------------------------------------------------------------------------------------------ when things go wrong


def test_visits_survive_a_restart(desk):
    """They are in the store: another process makes them when they are due."""
    desk.poll()
    desk.store.close()
    desk.store = open_store(desk.folder)
    desk.answer(page(*SENTENCES, "A line was added."))
    assert desk.poll(hours=1).revised == 1


def test_a_crash_before_the_commit_repeats_the_visit(desk):
    """What was seen but not stored is seen again, once; nothing is lost or doubled."""
    desk.poll()
    desk.answer(page(*SENTENCES, "A line was added."))
    commit = desk.store.commit

    def full(poll, *, now):
        if poll.articles:
            raise StoreError("the disk is full", code="store_full")
        return commit(poll, now=now)

    desk.store.commit = full
    with pytest.raises(StoreError):
        desk.poll(hours=1)
    del desk.store.commit
    assert desk.told() == [FIRST]
    assert desk.poll(minutes=5).revised == 1
    assert desk.poll(minutes=5).visited == 0
    assert len(desk.told()) == 2


def test_news_is_stored_before_revisits(desk):
    """What ends a poll while stored pages are checked again loses nothing that its feeds announced."""
    desk.poll()
    desk.world.answers[FEED] = feed("courier.example", 42, 41)
    desk.answer(page(title="Council decides on road 42"), url="https://courier.example/news/42-road")
    desk.answer(MemoryError())
    with pytest.raises(MemoryError):
        desk.poll(feeds=True, hours=1)
    assert PAGE in desk.world.asked
    assert len(list(desk.store.latest())) == 2


def test_a_silent_host_is_not_asked_for_every_page(desk):
    """After two visits without an answer the others wait; an outlet whose feed fails is not visited at all."""
    desk.world.answers[FEED] = feed("courier.example", *range(10))
    for n in range(10):
        desk.answer(page(title=f"Council decides on road {n}"), url=f"https://courier.example/news/{n}-road")
    desk.poll()
    for n in range(10):
        url = f"https://courier.example/news/{n}-road"
        desk.answer(TimeoutExceeded("slow", url=url), url=url)
    outcome = desk.poll(hours=1)
    assert (outcome.visited, [f.code for f in outcome.failed]) == (2, ["timeout"] * 2)
    assert len(desk.store.visits("courier", limit=99)) == 10
    desk.world.answers[FEED] = HttpStatusError(403, url=FEED)
    assert desk.poll(feeds=True, hours=1).visited == 0
    assert desk.world.asked == [FEED, "https://courier.example/"], "does the site answer, if not its feed?"


def test_visits_stay_within_the_poll_s_cap(desk):
    """News first: visits get what a poll's cap leaves them, the longest due first, and the rest comes next time."""
    desk.settings = Settings(max_pages_per_poll=4)
    desk.world.answers[FEED] = feed("courier.example", *range(4))
    for n in range(6):
        desk.answer(page(title=f"Council decides on road {n}"), url=f"https://courier.example/news/{n}-road")
    desk.poll()
    desk.world.answers[FEED] = feed("courier.example", *range(6))
    outcome = desk.poll(feeds=True, hours=1)
    assert (outcome.new, outcome.visited) == (2, 2)
    assert desk.poll(minutes=30).visited == 2


# ------------------------------------------------------------------------------------------ habits


def visit(hours: float = 1.0, **more) -> Revisit:
    return Revisit(
        url=PAGE, due=START + timedelta(hours=hours), born=START, item=Pending(entry=Entry(url=PAGE)), **more
    )


def test_an_outlet_that_never_edits_is_visited_less():
    """A hundred visits in vain, and less than half are made; a thousand, and a tenth: enough to see that habits change."""
    edits: tuple[EditRate, ...] = ()
    shares = []
    for _ in range(1000):
        edits = revisits.update_edit_rate(edits, visit(), RevisitOutcome(), (1.0, 24.0))
        shares.append(revisits.revisit_share(edits, 1.0))
    assert shares[0] == 1.0
    assert shares[99] < 0.5
    assert shares[-1] == pytest.approx(revisits.MIN_SHARE, abs=0.06)
    assert revisits.revisit_share(edits, 24.0) == 1.0, "of the other hour nothing is known"
    for _ in range(10):
        edits = revisits.update_edit_rate(edits, visit(), RevisitOutcome(edited=True), (1.0, 24.0))
    assert revisits.revisit_share(edits, 1.0) == 1.0


@pytest.mark.parametrize("outcome", [RevisitOutcome(failed=True), RevisitOutcome(doubt="deleted")])
def test_what_teaches_nothing(outcome):
    """A visit that failed, and one that will be repeated, say nothing of the outlet's habits."""
    assert revisits.update_edit_rate((), visit(), outcome, (1.0,)) == ()


def test_a_visit_made_early_is_made():
    """A poll that comes by some minutes before the hour does the hour's visit, and the next one is the next hour's."""
    early = START + timedelta(minutes=55)
    assert revisits.is_revisit_due(visit(), early)
    assert not revisits.is_revisit_due(visit(), START + timedelta(minutes=53))
    following = revisits.next_revisit(
        visit(), RevisitOutcome(), (1.0, 24.0), (), now=early, chance=lambda: 0.0
    )
    assert following.due == START + timedelta(hours=24)
    assert not revisits.is_revisit_due(following, early)


def test_a_visit_that_is_left_out_makes_room_for_the_next():
    """Where an hour is hardly worth it, the visit goes to the next hour that is."""
    edits = (EditRate(hour=1.0, visits=1000.0), EditRate(hour=24.0, visits=10.0, edits=5.0))
    begun = revisits.first_revisit(replace(visit(), born=START), None, (1.0, 24.0), edits, lambda: 0.5)
    assert begun is not None
    assert begun.due == START + timedelta(hours=24)
    edits = tuple(replace(e, visits=1000.0, edits=0.0) for e in edits)
    assert revisits.first_revisit(visit(), None, (1.0, 24.0), edits, lambda: 0.5) is None
