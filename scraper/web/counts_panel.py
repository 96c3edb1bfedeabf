"""Prepare the counts beside a list: how many articles, by day, country, language and source, each a link that narrows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from scraper.codec import Struct
from scraper.web import formatting, plots
from scraper.web.plots import LinkedBar
from scraper.web.query_form import FormQuery
from storage.model import FacetCount

SPARK_DAYS = 30  # shown if the articles are not of fewer days
LEAST_SPARK_DAYS = 14  # one day alone would be a block of colour
SHOWN_VALUES = 8  # of a facet; the others are folded


class FacetLink(Struct, frozen=True, kw_only=True):
    """One value with its count. The link narrows to it, or takes it back if it is ``chosen``."""

    name: str
    articles: int
    href: str
    chosen: bool


class Facet(Struct, frozen=True, kw_only=True):
    """The values of one kind, the most frequent first; ``more`` of them are folded."""

    name: str
    values: tuple[FacetLink, ...]
    more: tuple[FacetLink, ...]


class CountsPanel(Struct, frozen=True, kw_only=True):
    articles: int
    sources: int
    spark: str  # SVG, from the first to the last day
    first: date
    last: date
    facets: tuple[Facet, ...]


def counts_panel(
    counts: Sequence[FacetCount],
    query: FormQuery,
    country_of: Mapping[str, str],
    name_of: Callable[[str], str],
    today: date,
) -> CountsPanel:
    countries, languages, sources = Counter[str](), Counter[str](), Counter[str]()
    days = Counter[date]()
    for count in counts:
        countries[country_of.get(count.source, "")] += count.articles
        languages[count.language or ""] += count.articles
        sources[count.source] += count.articles
        days[count.day] += count.articles
    axis = _axis(days, today)
    facets = (
        _facet("Countries", "country", countries, query, formatting.country_name),
        _facet("Languages", "language", languages, query, formatting.language_name),
        _facet("Sources", "source", sources, query, name_of),
    )
    return CountsPanel(
        articles=days.total(),
        sources=len(sources),
        spark=_spark(days, axis, query),
        first=axis[0],
        last=axis[-1],
        facets=tuple(facet for facet in facets if facet.values),
    )


def _facet(
    name: str, field: str, counted: Counter[str], query: FormQuery, label: Callable[[str], str]
) -> Facet:
    chosen: tuple[str, ...] = getattr(query, field)
    ranked = sorted(counted, key=lambda value: (-counted[value], value))
    links = [
        FacetLink(
            name=label(value) if value else "unknown",
            articles=counted[value],
            href=query.address(**dict[str, Any]({field: _toggled(chosen, value)})),
            chosen=value in chosen,
        )
        for value in [*(value for value in chosen if value not in counted), *ranked]
        if value
    ]
    return Facet(name=name, values=tuple(links[:SHOWN_VALUES]), more=tuple(links[SHOWN_VALUES:]))


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    """Return a value alone; if it is chosen, the other chosen ones."""
    return tuple(each for each in chosen if each != value) if value in chosen else (value,)


def _axis(days: Counter[date], today: date) -> list[date]:
    last = min(today, max(days, default=today))
    first = max(min(days, default=last), last - timedelta(days=SPARK_DAYS - 1))
    first = min(first, last - timedelta(days=LEAST_SPARK_DAYS - 1))
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _spark(days: Counter[date], axis: Sequence[date], query: FormQuery) -> str:
    bars = [
        LinkedBar(
            value=days[day],
            label=f"{formatting.short_day(day)}: {formatting.thousands(days[day])}",
            href=query.address(since=day.isoformat(), until=day.isoformat(), time=""),
        )
        for day in axis
    ]
    return plots.linked_spark(bars, title="Articles a day")
