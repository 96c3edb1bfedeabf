"""What a poll asks for and what comes of it, as values: no network, no store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scraper.codec import replace
from scraper.errors import TimeoutExceeded
from scraper.model import (
    Article,
    Entry,
    ExtractedArticle,
    Failure,
    FeedState,
    Pending,
    Revisit,
    SourceState,
    Validators,
)
from scraper.pipeline import pending, plan
from scraper.pipeline.decide import after_break, break_failure, decide_poll
from scraper.pipeline.readings import FeedReading, PageReading
from scraper.settings import Settings
from tests.support.world import source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COURIER = source("courier")
FEED = COURIER.feeds[0].url
SETTINGS = Settings(max_pages_per_poll=2, max_related_per_day=8)
EMPTY = SourceState(source="courier")


def item(number: int, **more) -> Pending:
    return Pending(entry=Entry(url=f"https://courier.example/news/{number}-road"), feed=FEED, **more)


def planned(*numbers: int, state: SourceState = EMPTY, known: tuple[int, ...] = ()) -> plan.PollPlan:
    announced = pending.merge_pending((), map(item, numbers))
    return plan.plan_pages(
        COURIER, state, SETTINGS, announced=announced, items=plan.merge_waiting(state, announced),
        known={pending.key_of(item(n).entry) for n in known}, now=NOW,
    )  # fmt: skip


CHOSEN = {
    "the first ones": (planned(1, 2, 3), [1, 2]),
    "what is stored is left out": (planned(1, 2, 3, known=(1, 2)), [3]),
    "what waited comes first": (planned(1, state=replace(EMPTY, pending=(item(9),))), [9, 1]),
    "what is not due waits": (planned(1, state=replace(EMPTY, pending=(item(9, not_before=NOW + timedelta(hours=1)),))), [1]),
    "what was given up is left": (planned(1, state=replace(EMPTY, pending=(item(9, tries=pending.MAX_TRIES),))), [1]),
}  # fmt: skip


@pytest.mark.parametrize("made, wanted", CHOSEN.values(), ids=CHOSEN.keys())
def test_which_pages_are_asked(made, wanted):
    assert [each.entry.url for each in made.chosen] == [item(n).entry.url for n in wanted]


GAP = FeedReading(how="feed", state=FeedState(url=FEED), gap=True)
RELATED = {
    "some a poll": ({}, [], plan.MAX_RELATED),
    "more in a gap": ({}, [GAP], 8),
    "more while a gap is open": ({"gap_since": NOW}, [], 8),
    "so many a day": ({"related_day": NOW.date(), "related_count": 6}, [], 2),
    "no more today": ({"related_day": NOW.date(), "related_count": 9}, [], 0),
    "yesterday does not count": ({"related_day": (NOW - timedelta(days=1)).date(), "related_count": 8}, [], plan.MAX_RELATED),
}  # fmt: skip


@pytest.mark.parametrize("state, feeds, wanted", RELATED.values(), ids=RELATED.keys())
def test_how_many_related_links_are_followed(state, feeds, wanted):
    assert plan.max_related(planned(state=replace(EMPTY, **state)), feeds, NOW) == wanted


def visit(number: int, *, due: datetime | None = NOW) -> Revisit:
    return Revisit(
        url=f"https://courier.example/{number}", due=due, born=NOW - timedelta(days=1), item=item(number)
    )


REVISITS = {
    "as many as there is room for": (EMPTY, 1, [0]),
    "all that are due": (EMPTY, 9, [0, 1]),
    "no room": (EMPTY, -1, []),
    "a source that fails": (replace(EMPTY, failures=1), 9, []),
}


@pytest.mark.parametrize("state, room, wanted", REVISITS.values(), ids=REVISITS.keys())
def test_which_revisits_are_made(state, room, wanted):
    waiting = [visit(0), visit(1), visit(2, due=NOW + timedelta(days=1)), visit(3, due=None)]
    assert plan.due_revisits(state, waiting, room, NOW) == [waiting[n] for n in wanted]


def found(number: int, found_by: str = "feed") -> ExtractedArticle:
    url = f"https://courier.example/news/{number}-road"
    article = Article(title=f"Road {number}", body=("A text.",))
    return ExtractedArticle(
        source="courier", url=url, urls=(), keys=(), article=article, fetched=NOW, found_by=found_by
    )


def test_what_a_poll_comes_to():
    """Articles, failures and what waits on go into one draft; the state says when the source is due again."""
    made = planned(1, 2, 3)
    failure = Failure(url=None, code="timeout", message="slow")
    again = pending.tried_again(made.chosen[1], "timeout", now=NOW)
    draft = decide_poll(
        made,
        [FeedReading(how="feed", state=FeedState(url=FEED, asked=NOW))],
        [PageReading(found=found(1)), PageReading(failure=failure, again=again)],
        [PageReading(found=found(8, "related"))],
        waiting=(),
        now=NOW,
        chance=lambda: 0.5,
    )
    assert [each.url for each in draft.articles] == [found(1).url, found(8).url]
    assert (draft.failures, draft.entries, draft.known, draft.polled) == ((failure,), 3, 0, NOW)
    assert [(each.entry.url, each.tries) for each in draft.state.pending] == [
        (item(2).entry.url, 1),
        (item(3).entry.url, 0),
    ]
    assert (draft.state.failures, draft.state.last_new, draft.state.related_count) == (0, NOW, 1)
    assert draft.state.due is not None
    assert draft.state.due > NOW


def test_a_feed_is_read_anew_where_more_waits_than_is_kept():
    """Its validators are dropped, so that what was left out is announced again."""
    made = planned(*range(pending.MAX_PENDING + 9))
    state = FeedState(url=FEED, validators=Validators(etag='"1"'), body_hash="1", asked=NOW)
    draft = decide_poll(
        made, [FeedReading(how="feed", state=state)], [], [], waiting=(), now=NOW, chance=lambda: 0.5
    )
    assert len(draft.state.pending) == pending.MAX_PENDING
    assert [(feed.validators, feed.body_hash) for feed in draft.state.feeds] == [(Validators(), None)]


def test_a_bug_is_one_more_failure():
    """All that was known stays known."""
    state = after_break(replace(EMPTY, pending=(item(1),)), now=NOW)
    assert (state.failures, state.error, state.pending) == (1, "poll_broke", (item(1),))
    assert break_failure(TimeoutExceeded("slow")).message == "TimeoutExceeded: slow"
