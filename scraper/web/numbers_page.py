"""Prepare the numbers page from daily counts: figures, each a plot with its table. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from scraper.codec import Struct, replace
from scraper.text.human import time_span
from scraper.web import formatting, plots, trend_page
from scraper.web.plots import PlotSeries
from scraper.web.query_form import FormQuery
from scraper.web.trend import trend
from scraper.web.trend_page import TrendFigure
from storage.model import DELAY_BOUNDS, FacetCount, Tally

SPANS = (7, 30, 90)
DELAYS = (*(f"≤ {time_span(bound.total_seconds())}" for bound in DELAY_BOUNDS), "longer")


class PlotCaption(Struct, frozen=True):
    """The title and description of a plot."""

    id: str
    title: str
    about: str
    unit: str = "articles"


DELAY = PlotCaption("delay", "From publication to the store", "")
COPIES = PlotCaption(
    "copies",
    "New texts and copies, a day",
    "A copy has nearly the text of an article that was there before it, as far as known on its arrival.",
)
HEADLINES = PlotCaption(
    "headlines",
    "Headlines of other articles, a day",
    "Printed beside the articles and kept apart from their bodies.",
    "headlines",
)


class NumbersTable(Struct, frozen=True):
    """Rows under columns; the first cell of a row is its head."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class PlotFigure(Struct, frozen=True, kw_only=True):
    """One plot. ``legend`` names its colours in their order."""

    caption: PlotCaption
    svg: str
    legend: tuple[str, ...]
    table: NumbersTable


class NumbersPage(Struct, frozen=True, kw_only=True):
    """``content``: what was printed, by country, language and outlet; ``figures`` and ``by_outlet``: how Darial works."""

    days: int
    articles: int
    outlets: int
    content: tuple[TrendFigure, ...]
    figures: tuple[PlotFigure, ...]
    by_outlet: NumbersTable


CONTENT = {"country": "Articles a day, by country", "language": "Articles a day, by language", "source": "Articles a day, by source"}  # fmt: skip


def first_day(today: date, days: int) -> date:
    return today - timedelta(days=days - 1)


def numbers_page(
    counts: Sequence[FacetCount],
    tallies: Sequence[Tally],
    today: date,
    days: int,
    name_of: Callable[[str], str],
    country_of: Mapping[str, str],
) -> NumbersPage:
    """Prepare the page for the last ``days`` days, today included."""
    span = first_day(today, days), today
    axis = [(span[0] + timedelta(days=i)).isoformat() for i in range(days)]
    tallies = [tally for tally in tallies if axis[0] <= tally.day <= axis[-1]]
    articles, copies, headlines = _per_day(tallies, axis)
    content = {by: trend("", counts, by=by, step="day", span=span, country_of=country_of) for by in CONTENT}
    return NumbersPage(
        days=days,
        articles=content["source"].total,
        outlets=len(content["source"].series),
        content=tuple(
            trend_page.trend_figure(found, FormQuery(), name_of, title=CONTENT[by])
            for by, found in content.items()
        ),
        figures=(
            _delays(tallies),
            _stack(
                COPIES,
                axis,
                [
                    PlotSeries("new texts", tuple(a - c for a, c in zip(articles, copies, strict=True))),
                    PlotSeries("copies", copies),
                ],
            ),
            _stack(HEADLINES, axis, [PlotSeries("headlines", headlines)]),
        ),
        by_outlet=_by_outlet(tallies, days, name_of),
    )


def _per_day(tallies: Iterable[Tally], axis: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Sum articles, copies and headlines of each day."""
    sums = {day: [0, 0, 0] for day in axis}
    for tally in tallies:
        of_day = sums[tally.day]
        of_day[0] += tally.articles
        of_day[1] += tally.copies
        of_day[2] += tally.headlines
    return (tuple(sums[day][i] for day in axis) for i in range(3))


def _stack(what: PlotCaption, axis: Sequence[str], series: Sequence[PlotSeries]) -> PlotFigure:
    labels = [day[5:].replace("-", "/") for day in axis]
    rows = [
        (day, *(s.values[i] for s in series), sum(s.values[i] for s in series)) for i, day in enumerate(axis)
    ]
    more = ("all",) if len(series) > 1 else ()
    return PlotFigure(
        caption=what,
        svg=plots.stacked_columns(labels, series, title=what.title, unit=what.unit),
        legend=tuple(s.name for s in series) if len(series) > 1 else (),
        table=NumbersTable(("day", *(s.name for s in series), *more), tuple(row[: 1 + len(series) + len(more)] for row in reversed(rows))),
    )  # fmt: skip


def _delays(tallies: Sequence[Tally]) -> PlotFigure:
    counts = [0] * len(DELAYS)
    undated = 0
    for tally in tallies:
        if tally.delay is None:
            undated += tally.articles
        else:
            counts[tally.delay] += tally.articles
    total = sum(counts)
    rows = []
    so_far = 0
    for name, count in zip(DELAYS, counts, strict=True):
        so_far += count
        rows.append((name, count, _share(count, total), _share(so_far, total)))
    return PlotFigure(
        caption=replace(
            DELAY,
            about=f"Of {formatting.thousands(total)} articles with a time of publication; {formatting.thousands(undated)} have none.",
        ),
        svg=plots.stacked_columns(
            DELAYS, [PlotSeries("articles", tuple(counts))], title=DELAY.title, unit=DELAY.unit
        ),
        legend=(),
        table=NumbersTable(("delay", "articles", "share", "up to here"), tuple(rows)),
    )


def _by_outlet(tallies: Sequence[Tally], days: int, name_of: Callable[[str], str]) -> NumbersTable:
    grouped: dict[str, list[Tally]] = {}
    for tally in tallies:
        grouped.setdefault(tally.source, []).append(tally)
    rows = []
    for source, some in grouped.items():
        articles = sum(t.articles for t in some)
        languages = Counter[str | None]()
        for tally in some:
            languages[tally.language] += tally.articles
        rows.append(
            (
                name_of(source),
                articles,
                round(articles / days, 1),
                ", ".join(formatting.language_name(code) for code, _ in languages.most_common(4)),
                _median_delay(some),
                _share(sum(t.copies for t in some), articles),
                round(sum(t.headlines for t in some) / articles, 1),
            )
        )
    rows.sort(key=lambda row: (-row[1], row[0]))
    return NumbersTable(
        ("source", "articles", "a day", "languages", "half came within", "copies", "headlines each"),
        tuple(rows),
    )


def _median_delay(tallies: Iterable[Tally]) -> str:
    counts = Counter[int]()
    for tally in tallies:
        if tally.delay is not None:
            counts[tally.delay] += tally.articles
    half, so_far = counts.total() / 2, 0
    for delay in sorted(counts):
        so_far += counts[delay]
        if so_far >= half:
            return DELAYS[delay]
    return ""


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""
