"""Estimate where a page's text stands by position and tag alone, blind to what elements are called.

The second opinion on ``body``: prose weighs for a run of blocks, links and what lies apart weigh against it, and the
first heavy run under the headline wins. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from scraper.codec import Struct
from scraper.extract import class_names
from scraper.extract.block_scores import HEADINGS, Weights
from scraper.extract.blocks import Block, Layout
from scraper.extract.thresholds import RUN

# What readers write, and what is hidden, stays out, whoever says so; so does what has a tag of its own.
APART = class_names.COMMENT | class_names.HIDDEN | class_names.FOOTER
_APART_TAGS = frozenset(("nav", "footer", "aside", "menu", "dialog", "figcaption"))


class ProseRun(Struct, frozen=True):
    """A run of blocks, half open, and the prose in it."""

    start: int = 0
    end: int = 0
    prose: float = 0.0


def find_prose_run(layout: Layout, weights: Weights, titles: Sequence[int]) -> ProseRun:
    """Return the first run under the headline that holds a good part of what the heaviest one does, or an empty one."""
    apart = _apart(layout, weights, titles)
    headline = min([i for i in titles if layout.blocks[i].tag == "h1"] or titles, default=-1)
    headlines = frozenset(layout.make(i) for i in titles if layout.blocks[i].tag == "h1")
    for start in sorted({headline + 1, 0}, reverse=True):
        runs = _runs(layout, weights, apart, start, headlines)
        most = max((run.prose for run in runs), default=0.0)
        for run in runs:
            if run.prose >= max(RUN.share_of_heaviest * most, RUN.min_prose):
                return run
    return ProseRun()


def _runs(
    layout: Layout,
    weights: Weights,
    apart: list[bool],
    start: int,
    headlines: frozenset[tuple[str, str | None]],
) -> list[ProseRun]:
    """Return the runs in the order of the page: each ends where what weighs against it outweighs what goes on."""
    runs: list[ProseRun] = []
    homes: set[int] = set()  # the elements that hold the last run's prose
    balance = best = prose = 0.0
    for block in layout.blocks[start:]:
        i = block.index
        out = apart[block.element] or i in weights.teasers
        if block.tag == "h1" and layout.make(i) in headlines:
            balance -= RUN.max_loss  # another article's
            continue
        raw = 0.0 if out else weights.raw[i]
        if not raw:
            balance -= RUN.apart if out else _cost(block)
            continue
        home, above = _homes(layout, block)
        if runs and home in homes:
            balance = best  # a box in the text is no break
        elif not runs or balance <= max(best - RUN.max_loss, 0.0):
            runs.append(ProseRun(i, i, 0.0))
            homes = set()
            balance = best = prose = 0.0
        homes |= {home, above}
        balance += raw
        prose += raw
        if balance > best:
            best = balance
            runs[-1] = ProseRun(runs[-1].start, i + 1, prose)
    return runs


def _homes(layout: Layout, block: Block) -> tuple[int, int]:
    """Return the element that holds a paragraph among others, and the one around it."""
    elements = layout.elements
    home = block.element
    while elements[home].parent > 0 and elements[home].end - elements[home].start == 1:
        home = elements[home].parent
    return home, elements[home].parent


def _cost(block: Block) -> float:
    """Return what a block that is no prose weighs against a run: headlines of other articles most, labels least."""
    linked = block.linked > RUN.linked * len(block.text)
    line = block.text.count(" ") > 1
    if block.tag == "h1":
        return RUN.h1
    if block.tag in HEADINGS:
        return RUN.linked_heading if linked and line else RUN.heading
    if linked:
        return RUN.link if line else RUN.short_link
    return RUN.label


def _apart(layout: Layout, weights: Weights, titles: Sequence[int]) -> list[bool]:
    """Return of each element whether it lies apart: not if it holds the headline, or a good part of the prose."""
    sums = weights.raw_sums
    most = RUN.share_of_page * sums[-1]
    found: list[bool] = []
    for element in layout.elements:
        inside = element.parent >= 0 and found[element.parent]
        if not inside and (element.flags & APART or element.tag in _APART_TAGS):
            inside = sums[element.end] - sums[element.start] < most and not any(
                element.start <= i < element.end for i in titles
            )
        found.append(inside)
    return found
