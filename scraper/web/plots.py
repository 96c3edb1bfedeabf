"""Draw plots as SVG, without scripts. Pure.

Every text is escaped. Colours are classes (``s0`` ... ``s8``) of the style sheet, so that dark pages and print have their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from scraper.codec import Struct
from scraper.web import formatting

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 6, 10, 24
SERIES = 9  # colours that there are
SPARK_WIDTH, SPARK_HEIGHT = 150, 26
LINKED_SPARK = (240, 44)  # width and height
_LABEL_PIXELS = 66  # of the horizontal axis, for one label


class PlotSeries(Struct, frozen=True):
    """One colour of a stacked plot. ``links``: where its columns lead, one a value; empty where they lead nowhere."""

    name: str
    values: tuple[float, ...]
    links: tuple[str, ...] = ()


def stacked_columns(
    labels: Sequence[str], series: Sequence[PlotSeries], *, title: str, unit: str, top: float = 0
) -> str:
    """Draw one column a label, with the series' values stacked from bottom to top; the axis reaches ``top`` at least."""
    totals = [sum(s.values[i] for s in series) for i in range(len(labels))]
    top, ticks = axis_scale(max([top, *totals]))
    parts = [_frame(title, linked=any(one.links for one in series)), *_grid(ticks, top)]
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    width = max(1.0, step * 0.78)
    inner = HEIGHT - TOP - BOTTOM
    for i, label in enumerate(labels):
        x, floor = LEFT + i * step + (step - width) / 2, float(HEIGHT - BOTTOM)
        for n, one in enumerate(series):
            tall = inner * one.values[i] / top
            if not tall:
                continue
            floor -= tall
            said = f"{label}, {one.name}: {formatting.thousands(one.values[i])} {unit}"
            column = (
                f'<rect class="s{n % SERIES}" x="{x:.1f}" y="{floor:.1f}" width="{width:.1f}" height="{tall:.1f}">'
                f"<title>{escape(said)}</title></rect>"
            )
            parts.append(_linked(column, one.links[i], said) if one.links else column)
    every = max(1, math.ceil(_LABEL_PIXELS / step))
    for i in range(len(labels) - 1, -1, -every):
        x, anchor = LEFT + (i + 0.5) * step, "middle"
        if x > WIDTH - _LABEL_PIXELS / 2:
            x, anchor = WIDTH - RIGHT, "end"
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 7}" text-anchor="{anchor}">{escape(labels[i])}</text>'
        )
    return "".join([*parts, "</svg>"])


def sparkline(values: Sequence[int], *, title: str) -> str:
    """Draw a row of small columns without axes."""
    top = max([*values, 1])
    step = SPARK_WIDTH / max(1, len(values))
    bars: dict[str, list[str]] = {
        "bar": [],
        "none": [],
    }  # one path for all of a kind: a page has a hundred of these
    for i, value in enumerate(values):
        tall = max(1.5, SPARK_HEIGHT * value / top) if value else 0.6
        bars["bar" if value else "none"].append(
            f"M{i * step:.1f} {SPARK_HEIGHT}v-{tall:.1f}h{step - 1:.1f}v{tall:.1f}z"
        )
    paths = "".join(f'<path class="{kind}" d="{"".join(some)}"/>' for kind, some in bars.items() if some)
    return (
        f'<svg class="spark" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" role="img" aria-label={quoteattr(title)}>'
        f"<title>{escape(title)}</title>{paths}</svg>"
    )


class LinkedBar(Struct, frozen=True):
    """One column of a small plot, and where it leads."""

    value: int
    label: str
    href: str


def linked_spark(bars: Sequence[LinkedBar], *, title: str) -> str:
    """Draw a row of small columns that are links; a list of the same links must stand beside it for keyboards."""
    width, height = LINKED_SPARK
    top = max([*(bar.value for bar in bars), 1])
    step = width / max(1, len(bars))
    parts = [
        f'<svg class="linked" viewBox="0 0 {width} {height}" role="group" aria-label={quoteattr(title)}>'
    ]
    for i, bar in enumerate(bars):
        tall = max(1.5, height * bar.value / top) if bar.value else 0.6
        x, kind = i * step, "bar" if bar.value else "none"
        parts.append(
            f'<a href={quoteattr(bar.href)} tabindex="-1" aria-label={quoteattr(bar.label)}><title>{escape(bar.label)}</title>'
            f'<rect class="hit" x="{x:.1f}" y="0" width="{step:.1f}" height="{height}"/>'
            f'<rect class="{kind}" x="{x:.1f}" y="{height - tall:.1f}" width="{max(1.0, step - 1):.1f}" height="{tall:.1f}"/></a>'
        )
    return "".join([*parts, "</svg>"])


def axis_scale(highest: float) -> tuple[float, list[float]]:
    """Return the top of an axis and its ticks: about four, at 1, 2 or 5 times a power of ten."""
    if highest <= 0:
        return 1.0, [0.0, 1.0]
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough))
    step = max(1.0, next(m * power for m in (1, 2, 5, 10) if m * power >= rough))
    count = math.ceil(highest / step)
    return count * step, [i * step for i in range(count + 1)]


def _frame(title: str, *, linked: bool) -> str:
    role = "group" if linked else "img"  # what is an image has no links
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="{role}" aria-label={quoteattr(title)}>'
        f"<title>{escape(title)}</title>"
    )


def _linked(shape: str, href: str, words: str) -> str:
    """Return a shape that is a link; a table of the same links stands beside it for keyboards."""
    return (
        f'<a href={quoteattr(href)} tabindex="-1" aria-label={quoteattr(words)}>{shape}</a>'
        if href
        else shape
    )


def _grid(ticks: Sequence[float], top: float) -> list[str]:
    lines = []
    for tick in ticks:
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * tick / top
        lines.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{formatting.thousands(tick)}</text>'
        )
    return lines
