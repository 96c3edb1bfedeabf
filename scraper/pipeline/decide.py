"""Decide what a poll came to: what is stored, what is remembered of the source, and when it is due again. Pure.

``chance`` is a random number from 0 to 1, asked for where times are spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from scraper.codec import replace
from scraper.fetch import caching
from scraper.model import Failure, FeedState, PollDraft, Revisit, Source, SourceState, Validators
from scraper.pipeline import feed_reading, healing, pending
from scraper.pipeline.plan import PollPlan
from scraper.pipeline.readings import FeedReading, PageReading
from scraper.schedule import drift, gaps, interval, revisits
from scraper.settings import Settings

Chance = Callable[[], float]

REMEMBERED = timedelta(days=7)  # how long the state of an address is kept that is asked no more
MAX_MESSAGE_CHARS = 500  # of a bug


def decide_poll(
    plan: PollPlan,
    feeds: Sequence[FeedReading],
    pages: Sequence[PageReading],
    related: Sequence[PageReading],
    waiting: Sequence[Revisit],
    *,
    now: datetime,
    chance: Chance,
) -> PollDraft:
    """Return all that a poll stores: its articles, their first revisits, its failures, the source's new state."""
    read = [*pages, *related]
    state = _state_after(plan, feeds, read, followed=len(related), now=now, chance=chance)
    begun = _first_revisits(read, state, plan.settings.revisits(plan.source), chance)
    floor, _ = plan.settings.poll_minutes(plan.source)
    return PollDraft(
        source=plan.source.id,
        state=_with_due(state, [*waiting, *begun], floor, now),
        articles=tuple(page.found for page in read if page.found),
        failures=tuple(
            # another address that was tried and does not work is no failure of the source
            failure
            for failure in (*(r.failure for r in feeds if r.way is None), *(r.failure for r in read))
            if failure
        ),
        visits=begun,
        polled=now,
        feeds=len(feeds),
        entries=len(plan.announced),
        known=sum(key in plan.known for key in plan.announced),
    )


def decide_revisits(
    source: Source,
    state: SourceState,
    settings: Settings,
    waiting: Sequence[Revisit],
    pages: Sequence[PageReading],
    *,
    now: datetime,
    chance: Chance,
) -> PollDraft:
    """Return what a round of revisits stores: edits, failures, the next revisits and what was learned of them."""
    hours, after, made = settings.revisits(source), [], set()
    for page in pages:
        if page.before is None or page.visit is None:
            raise TypeError("a reading of no revisit")
        made.add(page.before.url)
        state = replace(state, edits=revisits.update_edit_rate(state.edits, page.before, page.outcome, hours))
        after.append(
            revisits.next_revisit(page.visit, page.outcome, hours, state.edits, now=now, chance=chance)
        )
    rest = [visit for visit in waiting if visit.url not in made]
    floor, _ = settings.poll_minutes(source)
    return PollDraft(
        source=source.id,
        state=_with_due(state, [*rest, *after], floor, now),
        articles=tuple(page.found for page in pages if page.found),
        failures=tuple(page.failure for page in pages if page.failure),
        visits=tuple(after),
        polled=now,
    )


def after_break(old: SourceState, *, now: datetime) -> SourceState:
    """Return the state after a poll that met a bug: all that was known, one more failure, and when it is tried again."""
    due = now + timedelta(seconds=interval.BROKEN_SECONDS)
    since, error = old.failing_since or now, interval.POLL_BROKE
    state = replace(old, last_poll=now, failures=old.failures + 1, failing_since=since, error=error)
    return replace(state, due=due, feeds_due=due)


def break_failure(error: Exception) -> Failure:
    """Return a bug as its source's failure."""
    message = f"{type(error).__name__}: {error}"[:MAX_MESSAGE_CHARS]
    return Failure(url=None, code=interval.POLL_BROKE, message=message)


# ------------------------------------------------------------------------------------------ the state


def _state_after(
    plan: PollPlan,
    feeds: Sequence[FeedReading],
    pages: Sequence[PageReading],
    *,
    followed: int,
    now: datetime,
    chance: Chance,
) -> SourceState:
    """Return the state once a poll is over: what its feeds showed, what its pages gave, when the feeds are due."""
    old, waiting, gap = plan.state, _still_pending(plan, feeds, pages, now), _coverage(plan, feeds)
    samples = [page.sample for page in pages if page.sample]
    state = replace(
        gaps.update_gap(old, gap, now=now),
        feeds=_feeds(old, feeds, overflow=waiting.overflow, now=now),
        pending=waiting.items,
        yields=drift.update_extraction_stats(old.yields, samples, now=now),
        healing=healing.next_healing(plan.source, old, feeds, _fresh_keys(plan), now=now),
    )
    if followed:
        before = old.related_count if old.related_day == now.date() else 0
        state = replace(state, related_day=now.date(), related_count=before + followed)
    seen = _evidence(plan, feeds, pages, now=now)
    advanced = interval.advance(
        state, seen, source=plan.source, settings=plan.settings, now=now, chance=chance
    )
    soon = healing.seconds_to_next_try(plan.source, advanced, now=now)
    if soon is not None and advanced.due is not None:
        floor, _ = plan.settings.poll_minutes(plan.source)
        pause = max(soon, 60 * floor, *(r.retry_after or 0.0 for r in feeds))
        advanced = replace(advanced, due=min(advanced.due, now + timedelta(seconds=pause)))
    announced = any(page.found is not None and page.found.found_by != "related" for page in pages)
    # what was announced teaches the rate, but only what could be had is new to a reader
    return replace(advanced, feeds_due=advanced.due, last_new=now if announced else old.last_new)


def _still_pending(
    plan: PollPlan, feeds: Iterable[FeedReading], pages: Iterable[PageReading], now: datetime
) -> pending.StillPending:
    """Return what stays pending: what is to be tried again, and what was not tried."""
    tried = {pending.key_of(item.entry) for item in plan.chosen}
    left = [item for key, item in plan.items.items() if key not in plan.known and key not in tried]
    return pending.still_pending(
        (*(page.again for page in pages if page.again), *left),
        announced=set(plan.announced),
        read={reading.state.url for reading in feeds if reading.feed is not None},
        now=now,
    )


def _coverage(plan: PollPlan, feeds: Sequence[FeedReading]) -> gaps.PollCoverage:
    """Return whether the feeds have a hole, and whether something else reaches back behind it."""
    asked = {feed.url: feed.asked for feed in plan.state.feeds}
    begins = [at for r in feeds if r.gap and (at := asked.get(r.state.url)) is not None]
    begin = min((*begins, *([plan.state.gap_begin] if plan.state.gap_begin else [])), default=None)
    seen = any(r.gap for r in feeds)
    # later on, what came after the hole is known too, and proves nothing
    filled = seen and any(feed_reading.reaches_back(r, plan.known, begin) for r in feeds if r.how != "feed")
    ways = [len(feed_reading.addresses(plan.source, all_ways=every)) for every in (False, True)]
    return gaps.PollCoverage(seen=seen, begin=begin, filled=filled, ways=ways[1] > ways[0])


def _feeds(
    old: SourceState, feeds: Iterable[FeedReading], *, overflow: bool, now: datetime
) -> tuple[FeedState, ...]:
    """Return the state of each address: of those just asked, and for some days of others (a sitemap may be new every day)."""
    kept = {feed.url: feed for feed in old.feeds if feed.asked is not None and now - feed.asked < REMEMBERED}
    for reading in feeds:
        if reading.way is not None and reading.feed is None and reading.state.url not in kept:
            continue  # another address that was tried and does not work
        state = reading.state
        if overflow:  # what is not kept waiting is found again only if the bytes count as new
            state = replace(state, validators=Validators(), body_hash=None)
        kept[state.url] = state
    return tuple(kept.values())


def _evidence(
    plan: PollPlan, feeds: Sequence[FeedReading], pages: Iterable[PageReading], *, now: datetime
) -> interval.PollEvidence:
    """Return what the schedule learns from one poll."""
    entries = [entry for r in feeds if r.feed for entry in r.feed.entries]
    tried = {r.state.url for r in feeds if r.way is not None and r.way != plan.state.healing.in_use}
    # of what another address shows at its first reading, nobody knows when it came
    found = [plan.items[key] for key in _fresh_keys(plan)]
    fresh = [item for item in found if item.entry.published or item.feed not in tried]
    # what was read before holds where nothing changed
    polled = (None, plan.state.healing.in_use)
    read = [r for r in feeds if r.failure is None and (r.way in polled or r.feed is not None)]
    depths = [len(r.state.keys) for r in read if r.state.keys]
    asked = [s for r in read if (s := caching.cache_seconds(r.headers or {}, now=now)) is not None]
    asked += [r.state.refresh_seconds for r in read if r.state.refresh_seconds]
    all_read: list[FeedReading | PageReading] = [*feeds, *pages]
    return interval.PollEvidence(
        codes=tuple(r.failure.code for r in feeds if r.failure and r.way in polled),
        answered=len(read),
        published=tuple(min(item.entry.published or now, now) for item in fresh),
        oldest=min((entry.published for entry in entries if entry.published), default=None),
        depth=min(depths, default=0),
        asked_seconds=max(asked, default=None),
        retry_after=max((after for r in all_read if (after := r.retry_after)), default=None),
    )


def _fresh_keys(plan: PollPlan) -> list[str]:
    """Return the keys of what is announced, not stored, and did not wait before."""
    waited = {pending.key_of(item.entry) for item in plan.state.pending}
    return [key for key in plan.announced if key not in plan.known and key not in waited]


def _first_revisits(
    pages: Iterable[PageReading], state: SourceState, hours: Sequence[float], chance: Chance
) -> tuple[Revisit, ...]:
    """Return the first revisits of what was found."""
    begun = (
        revisits.first_revisit(page.visit, page.found.article.published, hours, state.edits, chance)
        for page in pages
        if page.found is not None and page.visit is not None
    )
    return tuple(visit for visit in begun if visit is not None)


def _with_due(
    state: SourceState, waiting: Iterable[Revisit], floor_minutes: float, now: datetime
) -> SourceState:
    """Set ``due`` to the next poll or revisit, whichever comes first. A source that fails has its revisits wait."""
    if state.feeds_due is None:
        return state
    not_before = now + timedelta(minutes=floor_minutes)
    due = revisits.next_attention(state.feeds_due, () if state.failures else waiting, not_before=not_before)
    return replace(state, due=due)
