"""Track gaps between two readings of a source: seen, filled, or left open and reported. Pure.

The state before a poll and what the poll showed in; the state's gap fields after it out. A gap is over when another way to
find articles (sitemap, listing) reaches back to known ones; one that nothing fills is remembered for a week.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from scraper.codec import Struct, replace
from scraper.model import Gap, SourceState

FILL_AGAIN = timedelta(hours=1)  # a sitemap may be so old: what fills no gap at once is asked once more
REMEMBERED_FOR = timedelta(days=7)
MAX_REMEMBERED = 20


class PollCoverage(Struct, frozen=True, kw_only=True):
    """The part of a source that a poll saw. ``begin``: the last reading of the feeds that do not reach back to it."""

    seen: bool = False
    begin: datetime | None = None
    filled: bool = False  # a sitemap or listing reaches back to what was known
    ways: bool = True  # there are other ways than the feeds


def update_gap(state: SourceState, shown: PollCoverage, *, now: datetime) -> SourceState:
    """Return the state with its gap opened, kept, closed, or closed unfilled."""
    state = replace(state, open_gaps=tuple(gap for gap in state.open_gaps if now - gap.end < REMEMBERED_FOR))
    if shown.seen:
        begin = min(at for at in (state.gap_begin, shown.begin, now) if at is not None)
        # what filled an older hole does not fill this one
        return replace(state, gap_since=state.gap_since or now, gap_begin=begin, gap_filled=shown.filled)
    if state.gap_since is None:
        return state
    closed = replace(state, gap_since=None, gap_begin=None, gap_filled=False)
    if state.gap_filled or shown.filled:
        return closed
    if shown.ways and now - state.gap_since < FILL_AGAIN:
        return state
    gap = Gap(begin=state.gap_begin or state.gap_since, end=state.gap_since)
    return replace(closed, open_gaps=(*state.open_gaps, gap)[-MAX_REMEMBERED:])


def must_fill(state: SourceState, *, now: datetime) -> bool:
    """Return whether a poll asks the other ways once more, since nothing filled the gap when it was seen."""
    return state.gap_since is not None and not state.gap_filled and now - state.gap_since >= FILL_AGAIN


GAP_MARGIN = timedelta(minutes=15)  # a cache in front of a feed may be so old


def is_gap(
    before: Collection[str], after: Sequence[tuple[str, datetime | None]], since: datetime | None
) -> bool:
    """Return True if entries may have come and gone between two readings of a feed; ``after`` is (key, date) in the feed's order.

    Nothing was lost if half of the entries were seen before, or if the oldest quarter of the feed reaches back to what was seen,
    or to the time of that reading (``since``). An entry that was seen but is dated later proves nothing: a story is edited,
    moves to the top, and sinks with the hole below it.
    """
    if not before or not after:
        return False
    old = set(before)
    if 2 * sum(key in old for key, _ in after) >= len(after):
        return False  # whatever the dates say: some feeds date all entries anew
    dates = [at for _, at in after if at is not None]
    if len(dates) > 1 and dates[0] < dates[-1]:
        after = after[::-1]  # oldest first
    # a feed whose newest news is older than our last look prints wrong dates, or an old copy
    if since is not None and not any(
        at > since - GAP_MARGIN for key, at in after if at is not None and key not in old
    ):
        since = None
    quarter = max(1, len(after) // 4)
    oldest = [
        *after[-quarter:],
        *(() if len(dates) > 1 else after[:quarter]),
    ]  # without dates, either end may be

    def reaches_back(key: str, at: datetime | None) -> bool:
        if since is None or at is None:
            return key in old
        return at <= (since if key in old else since - GAP_MARGIN)

    return not any(reaches_back(key, at) for key, at in oldest)
