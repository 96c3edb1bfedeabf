"""Prepare the page that shows words over time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from scraper.codec import Struct, replace
from scraper.web import formatting, plots
from scraper.web.plots import PlotSeries
from scraper.web.query_form import FormQuery
from scraper.web.trend import Trend, TrendSeries

SHOWN_SERIES = 8  # the largest; the others are summed up
MAX_QUERIES = 4
LINKED = {"country": "country", "language": "language", "source": "source"}


class TrendCell(Struct, frozen=True):
    articles: int
    href: str


class TrendRow(Struct, frozen=True):
    """One step of a table: a cell a series, and the sum."""

    name: str
    cells: tuple[TrendCell, ...]
    total: TrendCell


class TrendFigure(Struct, frozen=True, kw_only=True):
    """Plot, legend and table. Every number leads to its articles."""

    title: str
    total: int
    href: str
    all: str  # where the articles of all times are
    svg: str
    legend: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[TrendRow, ...]


def trend_figure(
    found: Trend, form: FormQuery, name_of: Callable[[str], str], *, title: str, top: float = 0
) -> TrendFigure:
    """Prepare one figure; its axis reaches ``top`` at least, so that several can be compared."""
    asked = FormQuery(q=found.query, country=form.country, language=form.language, source=form.source)
    shown, rest = found.series[:SHOWN_SERIES], found.series[SHOWN_SERIES:]
    times = [_days(found, i) for i in range(len(found.steps))]
    all_of = _links(asked.address(), times)
    series = [
        PlotSeries(
            label(found.by, one.value, name_of),
            one.counts,
            _links(asked.address(**_narrowed(found.by, one.value)), times),
        )
        for one in shown
    ]
    if rest:
        sums = tuple(sum(counts) for counts in zip(*(one.counts for one in rest), strict=True))
        series.append(
            PlotSeries(f"{len(rest)} other{'' if len(rest) == 1 else 's'}", sums, ("",) * len(times))
        )
    labels = [f"{day:%b %Y}" if found.step == "month" else f"{day.day} {day:%b}" for day in found.steps]
    rows = []
    for i in reversed(range(len(found.steps))):
        cells = tuple(TrendCell(int(one.values[i]), one.links[i]) for one in series)
        total = TrendCell(sum(cell.articles for cell in cells), all_of[i])
        rows.append(TrendRow(labels[i], cells, total))
    return TrendFigure(
        title=title,
        total=found.total,
        href=asked.address(since=found.span[0].isoformat(), until=found.span[1].isoformat()),
        all=asked.address(),
        svg=plots.stacked_columns(labels, series, title=title, unit="articles", top=top),
        legend=tuple(one.name for one in series),
        columns=(found.step, *(one.name for one in series), "all"),
        rows=tuple(rows),
    )


def _days(found: Trend, i: int) -> str:
    """Return the first and the last day of a step, as fields of an address."""
    since = max(found.steps[i], found.span[0])
    until = found.steps[i + 1] - timedelta(days=1) if i + 1 < len(found.steps) else found.span[1]
    return f"since={since.isoformat()}&until={until.isoformat()}"


def _links(address: str, times: Sequence[str]) -> tuple[str, ...]:
    """Return an address at each of the times: hundreds a page, so they are put together from pieces."""
    return tuple(f"{address}{'&' if '?' in address else '?'}{time}" for time in times)


def in_one_order(trends: Sequence[Trend]) -> list[Trend]:
    """Return trends with the same series, the largest of all first: a colour is one country in all figures."""
    totals: Counter[str] = Counter()
    for one in trends:
        totals.update({series.value: sum(series.counts) for series in one.series})
    values = sorted(totals, key=lambda value: (-totals[value], value))
    ordered = []
    for one in trends:
        known = {series.value: series for series in one.series}
        nothing = (0,) * len(one.steps)
        series = tuple(known.get(value, TrendSeries(value, nothing)) for value in values)
        ordered.append(replace(one, series=series))
    return ordered


def highest(trends: Sequence[Trend]) -> float:
    """Return the largest sum of one step."""
    return max(
        (sum(series.counts[i] for series in one.series) for one in trends for i in range(len(one.steps))),
        default=0,
    )


def label(by: str, value: str, name_of: Callable[[str], str]) -> str:
    if by == "none":
        return "articles"
    if not value:
        return "unknown"
    match by:
        case "country":
            return formatting.country_name(value)
        case "language":
            return formatting.language_name(value)
    return name_of(value)


def _narrowed(by: str, value: str) -> dict[str, Any]:
    return {LINKED[by]: (value,)} if by in LINKED and value else {}
