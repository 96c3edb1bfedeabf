"""Decide when a stored article's page is fetched again. Pure: a Revisit, the revisit hours and the time in, the next Revisit out.

Revisits are due some hours after the article appeared. Sources differ in how they edit their articles: each revisit hour has a
learned rate of edits, and where hardly any revisit finds one, most are left out (never all: habits change).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scraper.codec import Struct, replace
from scraper.model import EditRate, Revisit
from scraper.schedule.interval import Chance

SOON = (
    0.25  # of a revisit hour: a revisit so soon after the first reading would find nothing, and is left out
)
EARLY = 0.1  # of the wait: a poll that comes by may as well do it
MAX_EARLY = timedelta(minutes=30)
CONFIRM = timedelta(minutes=30)  # until a page that seems to be gone, or to lead elsewhere, is asked again
MAX_TRIES = 2  # after failures, before a revisit is left out
RETRY = timedelta(minutes=30)

MEMORY_REVISITS = 200  # old ones fade with this constant
PRIOR_REVISITS, PRIOR_EDIT_RATE = 20.0, 0.05  # what is believed of a source without history
WORTHWHILE_RATE = 0.03  # revisits of which fewer find a change are thinned out, in proportion
MIN_SHARE = 0.1  # so many are always made


class RevisitOutcome(Struct, frozen=True, kw_only=True):
    """The outcome of a revisit: ``failed`` if it could not be made, ``edited`` if there was something new to store."""

    failed: bool = False
    edited: bool = False
    doubt: str | None = None  # only another revisit can make it believed


def first_revisit(
    revisit: Revisit,
    published: datetime | None,
    hours: Sequence[float],
    edits: Sequence[EditRate],
    chance: Chance,
) -> Revisit | None:
    """Return the first revisit of an article whose page was just read (at ``revisit.born``); None if there is to be none."""
    read = revisit.born
    born = min(published or read, read)
    due = _next(born, read, hours, edits, chance, pause=SOON)
    return None if due is None else replace(revisit, born=born, due=due)


def next_revisit(
    revisit: Revisit,
    outcome: RevisitOutcome,
    hours: Sequence[float],
    edits: Sequence[EditRate],
    *,
    now: datetime,
    chance: Chance,
) -> Revisit:
    """Return the revisit that follows one that was made; without ``due`` it was the last."""
    if outcome.failed and revisit.item.tries < MAX_TRIES:
        due = now + RETRY * 3**revisit.item.tries
        return replace(revisit, due=due, item=replace(revisit.item, tries=revisit.item.tries + 1))
    revisit = replace(revisit, doubt=outcome.doubt, item=replace(revisit.item, tries=0))
    if outcome.doubt:
        return replace(revisit, due=now + CONFIRM)
    # one that was made early stands for its hour, which must not come again
    since = max(now, revisit.due or now)
    return replace(revisit, due=_next(revisit.born, since, hours, edits, chance))


def is_revisit_due(revisit: Revisit, now: datetime) -> bool:
    """Return True if a poll at this time should make the revisit. A revisit that confirms a doubt is never early."""
    if revisit.due is None:
        return False
    early = min((revisit.due - revisit.born) * EARLY, MAX_EARLY)
    return revisit.due <= now + (timedelta(0) if revisit.doubt or revisit.item.tries else early)


def next_attention(feeds_due: datetime, waiting: Iterable[Revisit], *, not_before: datetime) -> datetime:
    """Return when the source needs attention: at its next poll, or for a revisit that is due before."""
    dues = [revisit.due for revisit in waiting if revisit.due is not None]
    return min([feeds_due, *(max(due, not_before) for due in dues)])


# ------------------------------------------------------------------------------------------ how sources edit


def update_edit_rate(
    edits: Sequence[EditRate], revisit: Revisit, outcome: RevisitOutcome, hours: Sequence[float]
) -> tuple[EditRate, ...]:
    """Return the source's edit rates after a revisit. One that failed, or will be repeated, teaches nothing."""
    if outcome.failed or outcome.doubt or not hours or revisit.due is None:
        return tuple(edits)
    hour = _hour(revisit, hours)
    old = _of(edits, hour)
    kept = 1 - 1 / MEMORY_REVISITS
    new = EditRate(hour=hour, visits=kept * old.visits + 1, edits=kept * old.edits + outcome.edited)
    return (*(e for e in edits if e.hour != hour and e.hour in hours), new)


def revisit_share(edits: Sequence[EditRate], hour: float) -> float:
    """Return the share of the revisits at this hour that are made."""
    known = _of(edits, hour)
    rate = (known.edits + PRIOR_EDIT_RATE * PRIOR_REVISITS) / (known.visits + PRIOR_REVISITS)
    return min(1.0, max(MIN_SHARE, rate / WORTHWHILE_RATE))


def _of(edits: Sequence[EditRate], hour: float) -> EditRate:
    return next((e for e in edits if e.hour == hour), EditRate(hour=hour))


def _hour(revisit: Revisit, hours: Sequence[float]) -> float:
    """Return the revisit hour that a revisit stands for: the last one that had come when it was due."""
    assert revisit.due is not None
    passed = (revisit.due - revisit.born).total_seconds() / 3600
    return max((h for h in hours if h <= passed + 1e-6), default=hours[0])


def _next(
    born: datetime,
    now: datetime,
    hours: Sequence[float],
    edits: Sequence[EditRate],
    chance: Chance,
    *,
    pause: float = 0.0,
) -> datetime | None:
    for hour in hours:
        due = born + timedelta(hours=hour)
        if due > now and due - now >= timedelta(hours=hour) * pause and chance() < revisit_share(edits, hour):
            return due
    return None
