"""Count words over time: one series a country (or language, source), side by side for several queries. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from scraper.codec import Struct
from storage.model import FacetCount

BY = ("country", "language", "source", "none")
STEPS = ("day", "week", "month")


class TrendSeries(Struct, frozen=True):
    """The counts of one value, one a step."""

    value: str  # empty for "none", or where it is unknown
    counts: tuple[int, ...]


class Trend(Struct, frozen=True, kw_only=True):
    """The articles with a query. Each step is named by its first day; a first or last one may be cut by the span."""

    query: str
    by: str
    step: str
    span: tuple[date, date]  # the first and the last day
    steps: tuple[date, ...]
    series: tuple[TrendSeries, ...]  # the largest first

    @property
    def total(self) -> int:
        return sum(sum(series.counts) for series in self.series)


def step_of(day: date, step: str) -> date:
    """Return the first day of the step that a day belongs to; weeks begin on Monday."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def steps_between(first: date, last: date, step: str) -> tuple[date, ...]:
    found = [step_of(first, step)]
    while (
        following := step_of(found[-1] + timedelta(days={"day": 1, "week": 7}.get(step, 31)), step)
    ) <= last:
        found.append(following)
    return tuple(found)


def fitting_step(first: date, last: date) -> str:
    """Return the shortest step of which there are not too many to look at."""
    days = (last - first).days + 1
    return "day" if days <= 92 else "week" if days <= 7 * 104 else "month"


def trend(
    query: str,
    counts: Sequence[FacetCount],
    *,
    by: str,
    step: str,
    span: tuple[date, date],
    country_of: Mapping[str, str],
) -> Trend:
    """Sum the counts. ``span`` has the first and the last day; what is outside of it is not counted."""
    steps = steps_between(*span, step)
    number = {day: i for i, day in enumerate(steps)}
    days = (span[0] + timedelta(days=i) for i in range((span[1] - span[0]).days + 1))
    places = {day: number[step_of(day, step)] for day in days}
    values: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(steps))
    key = _keys(by, country_of)
    for count in counts:
        place = places.get(count.day)
        if place is not None:
            values[key(count)][place] += count.articles
    ranked = sorted(values, key=lambda value: (-sum(values[value]), value))
    return Trend(
        query=query,
        by=by,
        step=step,
        span=span,
        steps=steps,
        series=tuple(TrendSeries(value, tuple(values[value])) for value in ranked),
    )


def _keys(by: str, country_of: Mapping[str, str]) -> Callable[[FacetCount], str]:
    match by:
        case "country":
            return lambda count: country_of.get(count.source, "")
        case "language":
            return lambda count: count.language or ""
        case "source":
            return lambda count: count.source
    return lambda _: ""


TREND_COLUMNS = ("query", "by", "value", "step", "articles")


def trend_rows(trends: Sequence[Trend]) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield one row a query, value and step, under TREND_COLUMNS; steps without articles too."""
    for each in trends:
        for series in each.series:
            for day, count in zip(each.steps, series.counts, strict=True):
                yield each.query, each.by, series.value, day.isoformat(), count
