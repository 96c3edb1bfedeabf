"""Judge the health of the sources for people: what is wrong with each, the most urgent first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from scraper.codec import Struct
from scraper.error_messages import explain_code
from scraper.model import Fallback, FeedState, Source, SourceState
from scraper.schedule.source_health import KINDS, HealthProblem, health_problems
from storage.model import FailureRecord, Tally

SERIES_DAYS = 30


class FeedStatus(Struct, frozen=True, kw_only=True):
    """One URL that is polled. ``trouble`` is its last failure, if it has not answered since."""

    url: str
    answered: datetime | None
    trouble: str | None = None
    notes: tuple[str, ...] = ()


class SourceStatus(Struct, frozen=True, kw_only=True):
    """One source. ``series``: articles a day for SERIES_DAYS, today last."""

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
    sources: Sequence[Source],
    failures: Iterable[FailureRecord],
    tallies: Iterable[Tally],
    now: datetime,
) -> list[SourceStatus]:
    """Return the status of every enabled source and every other one that was ever polled, the most urgent first, then by name."""
    known = {source.id: source for source in sources}
    series = _series(tallies, now.date())
    last_failure: dict[str, FailureRecord] = {}
    for failure in failures:  # the newest first
        if failure.url:
            last_failure.setdefault(failure.url, failure)
    ids = dict.fromkeys([*(source.id for source in sources if source.enabled), *states])
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
    config: Source | None,
    state: SourceState,
    series: tuple[int, ...],
    last_failure: Mapping[str, FailureRecord],
    now: datetime,
) -> SourceStatus:
    series = series or (0,) * SERIES_DAYS
    polled = {feed.url: feed for feed in state.feeds}
    used = state.healing.in_use
    addresses = dict.fromkeys([*_polled_urls(config), *([used.url] if used else []), *polled])
    return SourceStatus(
        source=state.source,
        name=config.name if config else state.source,
        country=config.country if config else None,
        homepage=config.homepage if config else None,
        ailments=tuple(health_problems(state, now, series)) if config is None or config.enabled else (),
        last_poll=state.last_poll,
        last_success=state.last_success,
        last_new=state.last_new,
        due=state.due,
        interval_seconds=state.interval_seconds,
        failures=state.failures,
        pending=len(state.pending),
        feeds=tuple(_feed(url, polled.get(url), last_failure.get(url), used) for url in addresses),
        series=series,
    )


def _polled_urls(config: Source | None) -> list[str]:
    if config is None:
        return []
    return [*(feed.url for feed in config.feeds if feed.enabled), *config.sitemaps, *config.listings]


def _feed(
    url: str, state: FeedState | None, failure: FailureRecord | None, used: Fallback | None
) -> FeedStatus:
    answered = state.asked if state else None
    unanswered = failure is not None and (answered is None or failure.at >= answered)
    notes = ["read instead of the configured addresses"] if used and used.url == url else []
    if state and state.moved_to:
        notes.append(f"has moved to {state.moved_to}")
    if state and state.distrusted:
        notes.append("says that nothing has changed when something has")
    return FeedStatus(
        url=url,
        answered=answered,
        trouble=explain_code(failure.code) if failure and unanswered else None,
        notes=tuple(notes),
    )


def _series(tallies: Iterable[Tally], today: date) -> dict[str, tuple[int, ...]]:
    """Count the articles of each source by day, the oldest day first."""
    days = {(today - timedelta(days=SERIES_DAYS - 1 - i)).isoformat(): i for i in range(SERIES_DAYS)}
    found: dict[str, list[int]] = {}
    for tally in tallies:
        place = days.get(tally.day)
        if place is not None:
            found.setdefault(tally.source, [0] * SERIES_DAYS)[place] += tally.articles
    return {source: tuple(counts) for source, counts in found.items()}
