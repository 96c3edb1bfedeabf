"""How the outlets are: what an operator must know of each, and which to look at first. Pure.

In: what is remembered of the sources, who they are, their last failures and counts. Out: one Health an outlet, the ailing first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from scraper.causes import in_words
from scraper.codec import Struct
from scraper.model import FeedState, Source, SourceState
from scraper.timing import drift
from storage.protocol import FailureRecord, Tally

SERIES_DAYS = 30
SILENT = timedelta(
    days=3
)  # without a new article, from an outlet that answers and had more than one a day before
CHATTY = 1.0  # articles a day
STUBBORN_FAILURES = 3  # in a row; fewer mend themselves, as a rule

# What may be wrong, the worst first.
KINDS = ("failing", "unreadable", "gap", "silent", "drift", "unsteady", "unpolled")


class Ailment(Struct, frozen=True):
    """One thing that is wrong with an outlet, in words. ``kind`` is one of KINDS."""

    kind: str
    words: str
    since: datetime | None = None


class FeedHealth(Struct, frozen=True, kw_only=True):
    """One address that is polled. ``trouble``: its last failure, if it did not answer since."""

    url: str
    answered: datetime | None
    trouble: str | None = None
    notes: tuple[str, ...] = ()


class Health(Struct, frozen=True, kw_only=True):
    """One outlet. ``series``: articles a day, the last SERIES_DAYS, today last."""

    source: str
    name: str
    country: str | None
    homepage: str | None
    ailments: tuple[Ailment, ...]
    last_poll: datetime | None
    last_success: datetime | None
    last_new: datetime | None
    due: datetime | None
    interval_seconds: float | None
    failures: int
    pending: int
    feeds: tuple[FeedHealth, ...]
    series: tuple[int, ...]

    @property
    def articles(self) -> int:
        return sum(self.series)


def overview(
    states: Mapping[str, SourceState],
    outlets: Sequence[Source],
    failures: Iterable[FailureRecord],
    tallies: Iterable[Tally],
    now: datetime,
) -> list[Health]:
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


def _urgency(health: Health) -> int:
    return min((KINDS.index(ailment.kind) for ailment in health.ailments), default=len(KINDS))


def _health(
    outlet: Source | None,
    state: SourceState,
    series: tuple[int, ...],
    last_failure: Mapping[str, FailureRecord],
    now: datetime,
) -> Health:
    series = series or (0,) * SERIES_DAYS
    polled = {feed.url: feed for feed in state.feeds}
    addresses = dict.fromkeys([*_addresses(outlet), *polled])
    return Health(
        source=state.source,
        name=outlet.name if outlet else state.source,
        country=outlet.country if outlet else None,
        homepage=outlet.homepage if outlet else None,
        ailments=tuple(ailments(state, series, now)) if outlet is None or outlet.enabled else (),
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


def ailments(state: SourceState, series: Sequence[int], now: datetime) -> Iterable[Ailment]:
    """What is wrong with an outlet, the worst first."""
    if state.last_poll is None:
        yield Ailment("unpolled", "has never been polled")
        return
    if state.failures and state.error:
        kind = "failing" if state.failures >= STUBBORN_FAILURES else "unsteady"
        yield Ailment(
            kind, f"{_sentence(in_words(state.error))} ({state.failures} times in a row)", state.failing_since
        )
    codes = Counter(item.code for item in state.pending if item.code)
    for code, count in codes.most_common(1):
        articles = "1 article" if count == 1 else f"{count} articles"
        yield Ailment("unreadable", f"{articles} cannot be had: {in_words(code)}")
    if state.gap_since:
        yield Ailment("gap", "the feed moved on between two polls: articles may be missing", state.gap_since)
    if not state.failures and _is_silent(state, series, now):
        yield Ailment("silent", "answers, but has printed nothing new", state.last_new)
    if state.yields.drift:
        words = f"its pages have changed: {drift.in_words(state.yields.drift)}"
        yield Ailment("drift", words, state.yields.drift_since)


def _sentence(words: str) -> str:
    return words[:1].lower() + words[1:]


def _is_silent(state: SourceState, series: Sequence[int], now: datetime) -> bool:
    quiet = now - state.last_new if state.last_new else None
    return quiet is not None and quiet > SILENT and sum(series) / SERIES_DAYS >= CHATTY


def _addresses(outlet: Source | None) -> list[str]:
    if outlet is None:
        return []
    return [*(feed.url for feed in outlet.feeds if feed.enabled), *outlet.sitemaps, *outlet.listings]


def _feed(url: str, state: FeedState | None, failure: FailureRecord | None) -> FeedHealth:
    answered = state.asked if state else None
    unmended = failure is not None and (answered is None or failure.at >= answered)
    notes = []
    if state and state.moved_to:
        notes.append(f"has moved to {state.moved_to}")
    if state and state.distrusted:
        notes.append("says that nothing has changed when something has")
    return FeedHealth(
        url=url,
        answered=answered,
        trouble=in_words(failure.code) if failure and unmended else None,
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
