"""How the outlets are: what an operator must know of each, and which to look at first. Pure.

In: what is remembered of the sources, who they are, their last failures and counts. Out: one Health an outlet, the ailing first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from scraper.codec import Struct
from scraper.error_messages import explain_code
from scraper.model import FeedState, Source, SourceState
from scraper.schedule.source_health import KINDS, HealthProblem, health_problems
from storage.model import FailureRecord, Tally

SERIES_DAYS = 30


class FeedStatus(Struct, frozen=True, kw_only=True):
    """One address that is polled. ``trouble``: its last failure, if it did not answer since."""

    url: str
    answered: datetime | None
    trouble: str | None = None
    notes: tuple[str, ...] = ()


class SourceStatus(Struct, frozen=True, kw_only=True):
    """One outlet. ``series``: articles a day, the last SERIES_DAYS, today last."""

    source: str
    name: str
    country: str | None
    homepage: str | None
    ailments: tuple[HealthProblem, ...]
    last_poll: datetime | None
    last_success: datetime | None
    last_new: datetime | None
    due: datetime | None
    interval_seconds: float | None
    failures: int
    pending: int
    feeds: tuple[FeedStatus, ...]
    series: tuple[int, ...]

    @property
    def articles(self) -> int:
        return sum(self.series)


def source_statuses(
    states: Mapping[str, SourceState],
    outlets: Sequence[Source],
    failures: Iterable[FailureRecord],
    tallies: Iterable[Tally],
    now: datetime,
) -> list[SourceStatus]:
    """Every enabled outlet and every other one that was ever polled; who needs attention first, then by name."""
    known = {outlet.id: outlet for outlet in outlets}
    series = _series(tallies, now.date())
    last_failure: dict[str, FailureRecord] = {}
    for failure in failures:  # the newest first
        if failure.url:
            last_failure.setdefault(failure.url, failure)
    ids = dict.fromkeys([*(outlet.id for outlet in outlets if outlet.enabled), *states])
    found = [
        _health(
            known.get(id_), states.get(id_) or SourceState(source=id_), series.get(id_, ()), last_failure, now
        )
        for id_ in ids
    ]
    return sorted(found, key=lambda h: (_urgency(h), h.name.casefold()))


def _urgency(health: SourceStatus) -> int:
    return min((KINDS.index(ailment.kind) for ailment in health.ailments), default=len(KINDS))


def _health(
    outlet: Source | None,
    state: SourceState,
    series: tuple[int, ...],
    last_failure: Mapping[str, FailureRecord],
    now: datetime,
) -> SourceStatus:
    series = series or (0,) * SERIES_DAYS
    polled = {feed.url: feed for feed in state.feeds}
    addresses = dict.fromkeys([*_addresses(outlet), *polled])
    return SourceStatus(
        source=state.source,
        name=outlet.name if outlet else state.source,
        country=outlet.country if outlet else None,
        homepage=outlet.homepage if outlet else None,
        ailments=tuple(health_problems(state, now, series)) if outlet is None or outlet.enabled else (),
        last_poll=state.last_poll,
        last_success=state.last_success,
        last_new=state.last_new,
        due=state.due,
        interval_seconds=state.interval_seconds,
        failures=state.failures,
        pending=len(state.pending),
        feeds=tuple(_feed(url, polled.get(url), last_failure.get(url)) for url in addresses),
        series=series,
    )


def _addresses(outlet: Source | None) -> list[str]:
    if outlet is None:
        return []
    return [*(feed.url for feed in outlet.feeds if feed.enabled), *outlet.sitemaps, *outlet.listings]


def _feed(url: str, state: FeedState | None, failure: FailureRecord | None) -> FeedStatus:
    answered = state.asked if state else None
    unmended = failure is not None and (answered is None or failure.at >= answered)
    notes = []
    if state and state.moved_to:
        notes.append(f"has moved to {state.moved_to}")
    if state and state.distrusted:
        notes.append("says that nothing has changed when something has")
    return FeedStatus(
        url=url,
        answered=answered,
        trouble=explain_code(failure.code) if failure and unmended else None,
        notes=tuple(notes),
    )


def _series(tallies: Iterable[Tally], today: date) -> dict[str, tuple[int, ...]]:
    """Articles a day of each outlet, the oldest day first."""
    days = {(today - timedelta(days=SERIES_DAYS - 1 - i)).isoformat(): i for i in range(SERIES_DAYS)}
    found: dict[str, list[int]] = {}
    for tally in tallies:
        place = days.get(tally.day)
        if place is not None:
            found.setdefault(tally.source, [0] * SERIES_DAYS)[place] += tally.articles
    return {source: tuple(counts) for source, counts in found.items()}
