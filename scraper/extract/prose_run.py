"""Estimate where a page's text stands by position and tag alone, blind to what elements are called.

The second opinion on ``body``: prose weighs for a run of blocks, links and what lies apart weigh against it, and the
first heavy run under the headline wins. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from scraper.codec import Struct
from scraper.extract import class_names
from scraper.extract.block_scores import Weights, home_of
from scraper.extract.blocks import Layout
from scraper.extract.thresholds import RUN

# What readers write, and what is hidden, stays out, whoever says so.
APART = class_names.COMMENT | class_names.HIDDEN | class_names.FOOTER | class_names.FORM


class ProseRun(Struct, frozen=True):
    """A run of blocks, half open, and the prose in it."""

    start: int = 0
    end: int = 0
    prose: float = 0.0


def find_prose_run(layout: Layout, weights: Weights, titles: Sequence[int]) -> ProseRun:
    """Return the first run under the headline that holds a good part of what the heaviest one does, or an empty one."""
    headline = min([i for i in titles if layout.blocks[i].tag == "h1"] or titles, default=-1)
    runs = _runs(layout, weights, _apart(layout, weights, titles), headline + 1)
    least = max(RUN.share_of_heaviest * max((run.prose for run in runs), default=0.0), RUN.min_prose)
    return next((run for run in runs if run.prose >= least), ProseRun())


def _runs(layout: Layout, weights: Weights, apart: list[bool], start: int) -> list[ProseRun]:
    """Return the runs in the order of the page: each ends where what weighs against it outweighs what goes on."""
    runs: list[ProseRun] = []
    homes: set[int] = set()  # the elements that hold the last run's prose
    balance = best = prose = 0.0
    for block in layout.blocks[start:]:
        i = block.index
        raw = weights.raw[i]
        if not raw or apart[block.element]:
            linked = raw or block.linked > RUN.linked * len(block.text)
            balance -= RUN.link if linked else RUN.label
            continue
        home = home_of(layout.elements, block)
        if runs and home in homes:
            balance = best  # a box in the text is no break
        elif not runs or balance <= max(best - RUN.max_loss, 0.0):
            runs.append(ProseRun(i, i, 0.0))
            homes = set()
            balance = best = prose = 0.0
        homes |= {home, layout.elements[home].parent}
        balance += raw
        prose += raw
        if balance > best:
            best = balance
            runs[-1] = ProseRun(runs[-1].start, i + 1, prose)
    return runs


def _apart(layout: Layout, weights: Weights, titles: Sequence[int]) -> list[bool]:
    """Return of each element whether it lies apart: not if it holds the headline, or a good part of the prose."""
    sums = weights.raw_sums
    most = RUN.share_of_page * sums[-1]
    found: list[bool] = []
    for element in layout.elements:
        inside = element.parent >= 0 and found[element.parent]
        if not inside and element.flags & APART:
            inside = sums[element.end] - sums[element.start] < most and not any(
                element.start <= i < element.end for i in titles
            )
        found.append(inside)
    return found
