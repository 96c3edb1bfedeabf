"""Holes between two looks at an outlet: seen, filled, or left open and said to be. Pure.

In: the state before a poll and what the poll showed. Out: the state's gap fields after it. A gap is over when another way
to find articles (sitemap, listing) reaches back to what was known; one that nothing fills is remembered for a week.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scraper.codec import Struct, replace
from scraper.model import Gap, SourceState

PATIENCE = timedelta(hours=1)  # for so long every way is tried at each poll
REMEMBERED = timedelta(days=7)
MAX_REMEMBERED = 20


class Shown(Struct, frozen=True, kw_only=True):
    """What a poll showed. ``begin``: the last look at the feeds that do not reach back to it."""

    seen: bool = False
    begin: datetime | None = None
    filled: bool = False  # a sitemap or listing reaches back to what was known
    ways: bool = True  # there are other ways than the feeds


def after(state: SourceState, shown: Shown, *, now: datetime) -> SourceState:
    """The state with its gap opened, kept, closed, or closed unfilled."""
    state = replace(state, open_gaps=tuple(gap for gap in state.open_gaps if now - gap.end < REMEMBERED))
    if shown.seen:
        begin = min(at for at in (state.gap_begin, shown.begin, now) if at is not None)
        # what filled an older hole does not fill this one
        return replace(state, gap_since=state.gap_since or now, gap_begin=begin, gap_filled=shown.filled)
    if state.gap_since is None:
        return state
    closed = replace(state, gap_since=None, gap_begin=None, gap_filled=False)
    if state.gap_filled or shown.filled:
        return closed
    if shown.ways and now - state.gap_since < PATIENCE:
        return state
    gap = Gap(begin=state.gap_begin or state.gap_since, end=state.gap_since)
    return replace(closed, open_gaps=(*state.open_gaps, gap)[-MAX_REMEMBERED:])
