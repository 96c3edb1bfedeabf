"""Learn how many articles a source publishes at what hour, to decide when to poll. Pure.

The rate is level x hour of day x weekday x burst: few numbers, so that some days of history are enough. Each factor is the
articles counted over those that were to be expected without it, both forgotten exponentially, and pulled towards what is
usual while little is known. Hours and weekdays are those of the clock of ``until``: the source's own (``local_time``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from scraper.model import PublicationRate

LEVEL_HALF_LIFE_HOURS = 7 * 24.0
SHAPE_HALF_LIFE_HOURS = 14 * 24.0
BURST_HALF_LIFE_HOURS = 2.0
PRIOR_RATE = 0.5  # articles an hour, of a source that we know nothing of ...
PRIOR_HOURS = 0.2  # ... believed as if it had been watched for so long
HOUR_PRIOR = 1.5  # articles' worth of belief in the usual day, for each hour
DAY_PRIOR = 8.0
BURST_PRIOR = 10.0
MAX_BURST = 4.0
MAX_HISTORY_HOURS = 14 * 24.0  # a first look at a feed teaches at most so much
# The usual day by local hour: 4,353 times of sitemaps and feeds of nine services, smoothed
USUAL_DAY = (0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.2, 0.3, 0.6, 1.1, 1.4, 1.5,
             1.6, 1.6, 1.6, 1.6, 1.7, 1.7, 1.7, 1.6, 1.4, 1.3, 1.0, 0.6)  # fmt: skip
_NEIGHBOUR = 0.25  # hours are smoothed with those beside them


def local_time(at: datetime, zone: str) -> datetime:
    """Return a time by a source's clock. The offset stays the same in sums: hours of an interval are real hours."""
    return at.astimezone(timezone(at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()))


def update_rate(
    old: PublicationRate, published: Iterable[datetime], *, since: datetime, now: datetime
) -> PublicationRate:
    """Update the rate after watching from ``since`` to ``now``, a local time, and seeing articles of these times appear in between."""
    since = max(since.astimezone(now.tzinfo), now - timedelta(hours=MAX_HISTORY_HOURS))
    passed = (now - since).total_seconds() / 3600
    if passed <= 0:
        return old
    times = [min(max(t, since), now).astimezone(now.tzinfo) for t in published]
    shape, level, burst = (
        0.5 ** (passed / half_life)
        for half_life in (SHAPE_HALF_LIFE_HOURS, LEVEL_HALF_LIFE_HOURS, BURST_HALF_LIFE_HOURS)
    )
    pieces = [(at, hours, _hour(old, at), _day(old, at)) for at, hours in hours_between(since, now)]
    watched = sum(hours * by_hour * by_day for _, hours, by_hour, by_day in pieces)
    learned = PublicationRate(
        level=level * old.level + len(times), level_hours=level * old.level_hours + watched
    )
    rate = base_rate(learned)
    by_hour, by_hour_expected, by_day, by_day_expected = (
        [shape * x for x in values or [0.0] * size]
        for values, size in (
            (old.by_hour, 24), (old.by_hour_expected, 24), (old.by_day, 7), (old.by_day_expected, 7)
        )
    )  # fmt: skip
    for at, hours, hour_factor, day_factor in pieces:
        by_hour_expected[at.hour] += rate * hours * day_factor
        by_day_expected[at.weekday()] += rate * hours * hour_factor
    for at in times:
        by_hour[at.hour] += 1
        by_day[at.weekday()] += 1
    return PublicationRate(
        by_hour=tuple(by_hour),
        by_hour_expected=tuple(by_hour_expected),
        by_day=tuple(by_day),
        by_day_expected=tuple(by_day_expected),
        level=learned.level,
        level_hours=learned.level_hours,
        burst=burst * old.burst + len(times),
        burst_expected=burst * old.burst_expected + rate * watched,
        until=now,
    )


def rate_at(rate: PublicationRate, at: datetime) -> float:
    """Return the articles an hour to be expected at a time."""
    if rate.until is not None:
        at = at.astimezone(rate.until.tzinfo)
    return base_rate(rate) * _hour(rate, at) * _day(rate, at) * burst_factor(rate, at)


def base_rate(rate: PublicationRate) -> float:
    """Return the articles an hour over the last days, of an hour whose factors are 1."""
    return (rate.level + PRIOR_RATE * PRIOR_HOURS) / (rate.level_hours + PRIOR_HOURS)


def burst_factor(rate: PublicationRate, at: datetime) -> float:
    """Return how much busier than usual the last hours were; forgotten as time goes by."""
    if rate.until is None:
        return 1.0
    kept: float = 0.5 ** (max((at - rate.until).total_seconds(), 0.0) / 3600 / BURST_HALF_LIFE_HOURS)
    ratio = (kept * rate.burst + BURST_PRIOR) / (kept * rate.burst_expected + BURST_PRIOR)
    return min(max(ratio, 1 / MAX_BURST), MAX_BURST)


def expected_articles(rate: PublicationRate, since: datetime, until: datetime) -> float:
    """Return the articles to be expected in a span of time."""
    return sum(rate_at(rate, at) * hours for at, hours in hours_between(since, until))


def _hour(rate: PublicationRate, at: datetime) -> float:
    """Return how much busier the hour is than the mean of all hours."""
    count = expected = 0.0
    if rate.by_hour:
        for hour, weight in (
            (at.hour - 1, _NEIGHBOUR),
            (at.hour, 1 - 2 * _NEIGHBOUR),
            (at.hour + 1, _NEIGHBOUR),
        ):
            count += weight * rate.by_hour[hour % 24]
            expected += weight * rate.by_hour_expected[hour % 24]
    return (count + HOUR_PRIOR * USUAL_DAY[at.hour]) / (expected + HOUR_PRIOR)


def _day(rate: PublicationRate, at: datetime) -> float:
    """Return how much busier the weekday is than the mean of all days."""
    day = at.weekday()
    count, expected = (rate.by_day[day], rate.by_day_expected[day]) if rate.by_day else (0.0, 0.0)
    return (count + DAY_PRIOR) / (expected + DAY_PRIOR)


def hours_between(since: datetime, until: datetime) -> Iterator[tuple[datetime, float]]:
    """Cut a span of time at the full hours: (begin, length in hours)."""
    end = since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while since < until:
        yield since, (min(end, until) - since).total_seconds() / 3600
        since, end = end, end + timedelta(hours=1)
