"""Learn how many articles a source publishes at what hour, to decide when to poll. Pure.

The rate is level x hour of day x weekday x burst: few numbers, so that some days of history are enough. Each is a
count over a span of time, both forgotten exponentially, and pulled towards 1 while little is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scraper.model import PublicationRate

HOURS, DAYS = 24, 7
LEVEL_HALF_LIFE_HOURS = 72.0
SHAPE_HALF_LIFE_HOURS = 14 * 24.0
BURST_HALF_LIFE_HOURS = 2.0
PRIOR_RATE = 0.5  # articles an hour, of a source that we know nothing of ...
PRIOR_SPAN_HOURS = 0.2  # ... believed as if it had been watched for so long
HOUR_PRIOR = 3.0  # articles' worth of doubt that an hour differs from the others
DAY_PRIOR = 8.0
BURST_PRIOR = 4.0
MAX_BURST = 4.0
MAX_HISTORY_HOURS = 14 * 24.0  # a first look at a feed teaches at most so much
_NEIGHBOUR = 0.25  # hours are smoothed with those beside them


def update_rate(
    old: PublicationRate, published: Iterable[datetime], *, since: datetime, now: datetime
) -> PublicationRate:
    """Update the rate after watching from ``since`` to ``now`` and seeing articles of these times appear in between."""
    since = max(since, now - timedelta(hours=MAX_HISTORY_HOURS))
    hours_passed = (now - since).total_seconds() / 3600
    if hours_passed <= 0:
        return old
    times = [min(max(t, since), now) for t in published]
    expected = expected_articles(old, since, now)
    shape, level, burst = (
        0.5 ** (hours_passed / half_life)
        for half_life in (SHAPE_HALF_LIFE_HOURS, LEVEL_HALF_LIFE_HOURS, BURST_HALF_LIFE_HOURS)
    )
    hours = [shape * x for x in old.hours or [0.0] * HOURS]
    hour_spans = [shape * x for x in old.hour_spans or [0.0] * HOURS]
    days = [shape * x for x in old.days or [0.0] * DAYS]
    day_spans = [shape * x for x in old.day_spans or [0.0] * DAYS]
    for at, length in _hours(since, now):
        hour_spans[at.hour] += length
        day_spans[at.weekday()] += length
    for at in times:
        hours[at.hour] += 1
        days[at.weekday()] += 1
    return PublicationRate(
        hours=tuple(hours),
        hour_spans=tuple(hour_spans),
        days=tuple(days),
        day_spans=tuple(day_spans),
        count=level * old.count + len(times),
        span=level * old.span + hours_passed,
        burst=burst * old.burst + len(times),
        burst_expected=burst * old.burst_expected + expected,
        until=now,
    )


def rate_at(rhythm: PublicationRate, at: datetime) -> float:
    """Return the articles an hour to be expected at a time."""
    return base_rate(rhythm) * _hour(rhythm, at.hour) * _day(rhythm, at.weekday()) * burst_factor(rhythm, at)


def base_rate(rhythm: PublicationRate) -> float:
    """Return the articles an hour over the last days."""
    return (rhythm.count + PRIOR_RATE * PRIOR_SPAN_HOURS) / (rhythm.span + PRIOR_SPAN_HOURS)


def burst_factor(rhythm: PublicationRate, at: datetime) -> float:
    """Return how much busier than usual the last hours were; forgotten as time goes by."""
    if rhythm.until is None:
        return 1.0
    kept: float = 0.5 ** (max((at - rhythm.until).total_seconds(), 0.0) / 3600 / BURST_HALF_LIFE_HOURS)
    ratio = (kept * rhythm.burst + BURST_PRIOR) / (kept * rhythm.burst_expected + BURST_PRIOR)
    return min(max(ratio, 1 / MAX_BURST), MAX_BURST)


def expected_articles(rhythm: PublicationRate, since: datetime, until: datetime) -> float:
    """Return the articles to be expected in a span of time."""
    return sum(rate_at(rhythm, at) * length for at, length in _hours(since, until))


def _hour(rhythm: PublicationRate, hour: int) -> float:
    if not rhythm.hours:
        return 1.0
    mean = sum(rhythm.hours) / max(sum(rhythm.hour_spans), 1e-9)
    count = expected = 0.0
    for beside, weight in ((hour - 1, _NEIGHBOUR), (hour, 1 - 2 * _NEIGHBOUR), (hour + 1, _NEIGHBOUR)):
        count += weight * rhythm.hours[beside % HOURS]
        expected += weight * rhythm.hour_spans[beside % HOURS] * mean
    return (count + HOUR_PRIOR) / (expected + HOUR_PRIOR)


def _day(rhythm: PublicationRate, day: int) -> float:
    if not rhythm.days:
        return 1.0
    mean = sum(rhythm.days) / max(sum(rhythm.day_spans), 1e-9)
    return (rhythm.days[day] + DAY_PRIOR) / (rhythm.day_spans[day] * mean + DAY_PRIOR)


def _hours(since: datetime, until: datetime) -> Sequence[tuple[datetime, float]]:
    """Cut a span of time at the full hours: (begin, length in hours)."""
    pieces = []
    while since < until:
        end = min(since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1), until)
        pieces.append((since, (end - since).total_seconds() / 3600))
        since = end
    return pieces
