"""Decide when to poll a source next. Pure: the state, what the poll showed and the time in, a datetime out.

``advance`` gives the state after a poll, its ``due`` included. No source is ever switched off: what fails is polled again,
later each time; if every source fails at once, our own network is down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from scraper.codec import Struct, replace
from scraper.fetch.caching import MAX_RETRY_AFTER_SECONDS
from scraper.model import PublicationRate, Source, SourceState
from scraper.schedule import publication_rate
from scraper.settings import Settings

Chance = Callable[[], float]  # like random.random: 0 <= x < 1

# For a given number of polls the mean delay is least where they go with the square root of the rate (power 0.5), the median
# where they go with more of it. A poll is due when this much has added up: hours, of a source with one article an hour.
RATE_POWER = 0.69
POLL_WORTH = 1.2
DEPTH_SHARE = 0.4  # come back before a feed has been replaced by more than this share of its length
PUNCTUAL = timedelta(seconds=5)  # a timer may be a little early
JITTER = 0.1  # so that sources do not march in step
# ttl, sy:update* and Cache-Control are obeyed up to an hour, and up to so many articles: many systems print "hourly" into
# every feed, whatever the source does
MAX_ASKED_SECONDS = 3600.0
ASKED_NEWS = 3.0

FORCE_NEWS = 4.0  # articles expected and none seen: once in fifty times by chance
FORCE_NOT_BEFORE = timedelta(hours=1)

# Of the time without an answer: what a site published meanwhile waits, so the end of an outage of an hour is worth more polls
# than the same hour in a week of it.
OUTAGE_SHARE = 0.25
BROKEN_SECONDS = 900.0  # after a poll that met a bug: no use to be fast, and none to forget the source
MAX_OUTAGE_SECONDS = 6 * 3600.0
DEAD_AFTER = timedelta(days=30)
POLL_BROKE = "poll_broke"  # the code of a failure that is no source's

# Failures that will not pass by themselves soon make the wait grow faster.
_WEIGHTS: Mapping[str, float] = {
    "http_410": 3.0,
    "http_404": 2.0,
    "http_401": 2.0,
    "robots_denied": 3.0,
    "challenge": 2.0,
    "bad_url": 3.0,
}


class PollEvidence(Struct, frozen=True, kw_only=True):
    """The evidence of one poll for the time of the next."""

    codes: tuple[str, ...] = ()  # of the feeds that failed
    answered: int = 0  # feeds that gave entries or said "not modified"
    published: tuple[
        datetime, ...
    ] = ()  # times of the entries that were new; the poll's own time where none was given
    # Of all entries of the feed: how far back it reaches (used at the first poll)
    oldest: datetime | None = None
    depth: int = 0  # entries in the shortest feed that has any
    asked_seconds: float | None = None  # the longest of ttl, sy:update*, Cache-Control, Expires
    retry_after: float | None = None  # the longest Retry-After, in seconds

    @property
    def failed(self) -> bool:
        return self.answered == 0 and bool(self.codes)


def advance(
    state: SourceState,
    evidence: PollEvidence,
    *,
    source: Source,
    settings: Settings,
    now: datetime,
    chance: Chance,
) -> SourceState:
    """Return the state after a poll that is counted; one in our own outage is not (``scraper.pipeline.outage``)."""
    if evidence.failed:
        state = replace(
            state,
            last_poll=now,
            failures=state.failures + 1,
            failing_since=state.failing_since or now,
            error=worst_code(evidence.codes),
        )
    else:
        state = replace(
            state,
            last_poll=now,
            last_success=now,
            failures=0,
            failing_since=None,
            error=worst_code(evidence.codes) if evidence.codes else None,
            last_new=now if evidence.published else state.last_new,
            rhythm=updated_rate(state, evidence, now=publication_rate.local_time(now, source.timezone)),
        )
    interval = interval_seconds(state, evidence, source=source, settings=settings, now=now)
    jittered = interval * (1 + JITTER * (2 * chance() - 1))
    # never before what settings and the server ask for: a cache that is about to expire has no news
    asked = min(interval, max(evidence.retry_after or 0.0, evidence.asked_seconds or 0.0))
    wait = max(jittered, asked, 60 * settings.poll_minutes(source)[0])
    return replace(state, interval_seconds=interval, due=now + timedelta(seconds=wait))


def feeds_are_due(state: SourceState, *, now: datetime) -> bool:
    """Return True if the feeds of a source that needs attention are due, not only its revisits."""
    if state.feeds_due is None or (state.last_poll is not None and state.last_poll > now):
        return True
    return state.feeds_due <= now + PUNCTUAL


def updated_rate(state: SourceState, evidence: PollEvidence, *, now: datetime) -> PublicationRate:
    """Return the publication rate after a poll. The first one learns from all entries of the feed, back to the oldest."""
    since = state.rhythm.until or evidence.oldest
    if since is None:
        return replace(state.rhythm, until=now)
    return publication_rate.update_rate(state.rhythm, evidence.published, since=since, now=now)


def interval_seconds(
    state: SourceState, evidence: PollEvidence, *, source: Source, settings: Settings, now: datetime
) -> float:
    """Return the seconds until the next poll, before jitter."""
    floor, ceiling = (60 * minutes for minutes in settings.poll_minutes(source))
    if state.failures:
        seconds = outage_seconds(state, floor=floor, now=now)
    else:
        hours = _hours_ahead(state.rhythm, now, ceiling)
        seconds = _seconds_until(POLL_WORTH, RATE_POWER, hours)
        if evidence.asked_seconds is not None:
            asked = min(evidence.asked_seconds, MAX_ASKED_SECONDS)
            seconds = max(seconds, min(asked, _seconds_until(ASKED_NEWS, 1, hours)))
        if evidence.depth:
            seconds = min(seconds, _seconds_until(max(DEPTH_SHARE * evidence.depth, 1.0), 1, hours))
        seconds = min(max(seconds, floor), ceiling)
    if evidence.retry_after is not None:
        seconds = max(seconds, min(evidence.retry_after, MAX_RETRY_AFTER_SECONDS))
    return seconds


def _hours_ahead(rhythm: PublicationRate, now: datetime, seconds: float) -> list[tuple[float, float]]:
    """Return the hours to come as (length in hours, articles an hour)."""
    return [
        (hours, publication_rate.rate_at(rhythm, at))
        for at, hours in publication_rate.hours_between(now, now + timedelta(seconds=seconds))
    ]


def _seconds_until(enough: float, power: float, ahead: Iterable[tuple[float, float]]) -> float:
    """Return the seconds until the rate of the hours ahead, to a power, has added up to enough: long nights, short mornings."""
    passed = 0.0
    for hours, rate in ahead:
        gain: float = rate**power
        if gain * hours >= enough:
            return 3600 * (passed + enough / gain)
        enough -= gain * hours
        passed += hours
    return 3600 * passed


def outage_seconds(state: SourceState, *, floor: float, now: datetime) -> float:
    """Return the wait after a failure: a quarter of the time since the last answer, at most six hours; more if it will last."""
    since = state.last_success or state.failing_since or now
    share = OUTAGE_SHARE * _WEIGHTS.get(state.error or "", 1.0)
    return max(min(share * (now - since).total_seconds(), MAX_OUTAGE_SECONDS), floor)


def due_in_outage(state: SourceState, *, floor_minutes: float, now: datetime) -> datetime:
    """Return when to poll again after a poll that nobody answered: as after a failure, but within the usual interval."""
    floor = 60 * floor_minutes
    usual = max(state.interval_seconds or 0.0, floor)
    return now + timedelta(seconds=min(outage_seconds(state, floor=floor, now=now), usual))


# ------------------------------------------------------------------------------------------ judgements


def worst_code(codes: Iterable[str]) -> str | None:
    """Return the code that says most about why a source fails: the one that weighs most, else the first."""
    return max(codes, key=lambda code: _WEIGHTS.get(code, 1.0), default=None)


def is_dead(state: SourceState, *, now: datetime) -> bool:
    """Return True if a source is shown as dead (and still polled): gone for good by its own word, or failing for 30 days."""
    if state.failing_since is None:
        return False
    return state.error == "http_410" or now - state.failing_since >= DEAD_AFTER


def must_force(state: SourceState, *, forced: datetime | None, now: datetime) -> bool:
    """Return True if "not modified" has become so unlikely that the feed is fetched without validators: the server may be wrong."""
    if state.last_new is None or forced is None or now - forced < FORCE_NOT_BEFORE:
        return False
    since = max(state.last_new, forced)
    return publication_rate.expected_articles(state.rhythm, since, now) >= FORCE_NEWS
