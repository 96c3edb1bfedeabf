"""What is remembered of a source after a poll, and when it is due again. Pure: the state before and what came, to the state after.

``chance`` is a random number from 0 to 1, asked for where times are spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from scraper.codec import replace
from scraper.fetch import caching
from scraper.model import FeedState, Revisit, Source, SourceState, Validators
from scraper.pipeline.collect import Gathered
from scraper.schedule import drift, gaps, interval, revisits
from scraper.settings import Settings

Chance = Callable[[], float]

REMEMBERED = timedelta(days=7)  # what an address gave that is asked no more


def after_poll(
    old: SourceState,
    gathered: Gathered,
    *,
    source: Source,
    settings: Settings,
    now: datetime,
    chance: Chance,
) -> SourceState:
    """The state once a poll is over: what its feeds showed, what its pages gave, when the feeds are due."""
    state = replace(
        gaps.update_gap(old, gathered.gap, now=now),
        feeds=_feeds(old, gathered, now),
        pending=gathered.pending,
        yields=drift.update_extraction_stats(old.yields, gathered.samples, now=now),
    )
    if gathered.followed:
        before = old.related_count if old.related_day == now.date() else 0
        state = replace(state, related_day=now.date(), related_count=before + gathered.followed)
    advanced = interval.advance(
        state, _evidence(gathered, now), source=source, settings=settings, now=now, chance=chance
    )
    announced = any(found.found_by != "related" for found, _ in gathered.found)
    # what was announced teaches the rhythm, but only what could be had is new to a reader
    return replace(advanced, feeds_due=advanced.due, last_new=now if announced else old.last_new)


def after_break(old: SourceState, *, now: datetime) -> SourceState:
    """The state after a poll that met a bug: all that was known, one more failure, and when it is tried again."""
    due = now + timedelta(seconds=interval.BROKEN_SECONDS)
    return replace(
        old,
        last_poll=now,
        failures=old.failures + 1,
        failing_since=old.failing_since or now,
        error=interval.POLL_BROKE,
        due=due,
        feeds_due=due,
    )


def _feeds(old: SourceState, gathered: Gathered, now: datetime) -> tuple[FeedState, ...]:
    """What is known of each address: of those just asked, and for some days of others (a sitemap may be new every day)."""
    feeds = {feed.url: feed for feed in old.feeds if feed.asked is not None and now - feed.asked < REMEMBERED}
    for reading in gathered.readings:
        known = reading.state
        if gathered.overflow:  # what is not kept waiting is found again only if the bytes count as new
            known = replace(known, validators=Validators(), body_hash=None)
        feeds[known.url] = known
    return tuple(feeds.values())


def _evidence(gathered: Gathered, now: datetime) -> interval.PollEvidence:
    """What the schedule learns from one poll."""
    entries = [entry for r in gathered.readings if r.feed for entry in r.feed.entries]
    # what was read before holds where nothing changed
    read = [r for r in gathered.readings if r.failure is None]
    depths = [len(r.state.keys) for r in read if r.state.keys]
    asked = [
        seconds for r in read if (seconds := caching.cache_seconds(r.headers or {}, now=now)) is not None
    ]
    asked += [r.state.refresh_seconds for r in read if r.state.refresh_seconds]
    return interval.PollEvidence(
        codes=tuple(r.failure.code for r in gathered.readings if r.failure),
        answered=len(read),
        published=tuple(min(item.entry.published or now, now) for item in gathered.fresh),
        oldest=min((entry.published for entry in entries if entry.published), default=None),
        depth=min(depths, default=0),
        asked_seconds=max(asked, default=None),
        retry_after=gathered.retry_after,
        gap=gathered.gap.seen,
    )


def first_visits(
    gathered: Gathered, state: SourceState, hours: Iterable[float], chance: Chance
) -> tuple[Revisit, ...]:
    """The first visits of what was found."""
    hours = tuple(hours)
    begun = (
        revisits.first_revisit(visit, found.article.published, hours, state.edits, chance)
        for found, visit in gathered.found
        if visit is not None
    )
    return tuple(visit for visit in begun if visit is not None)


def woken(
    state: SourceState, waiting: Iterable[Revisit], *, floor_minutes: float, now: datetime
) -> SourceState:
    """The state with the time at which the source needs attention next: for its feeds, or for a visit before."""
    if state.feeds_due is None:
        return state
    not_before = now + timedelta(minutes=floor_minutes)
    # a source that fails has its visits wait
    due = revisits.next_attention(state.feeds_due, () if state.failures else waiting, not_before=not_before)
    return replace(state, due=due)
