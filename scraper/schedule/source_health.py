"""Judge a source's health for status, web and metrics. Pure.

What is remembered of a source, the time, and its articles a day (if known) in; HealthProblems out, the worst first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scraper.codec import Struct
from scraper.error_messages import BLOCKS, explain_code
from scraper.errors import Bug
from scraper.model import Fallback, Healing, SourceState
from scraper.schedule import drift, interval

SILENT_AFTER = timedelta(days=3)  # without a new article, from who answers and had more than one a day before
MIN_DAILY_ARTICLES = 1.0  # articles a day
MANY_DOUBTFUL = 0.25  # of the last pages
FAILURES_BEFORE_ALERT = 3  # in a row; fewer mend themselves, as a rule

# What may be wrong, the worst first. The first ones keep articles from us, or have.
KINDS = (
    "broken", "lost", "dead", "failing", "unreadable", "gap", "missed", "silent", "replaced", "drift", "doubtful", "unsteady", "moved", "unpolled", "restored"
)  # fmt: skip


class HealthProblem(Struct, frozen=True):
    """One problem of a source, in words. ``kind`` is one of KINDS, ``code`` that of a failure."""

    kind: str
    words: str
    since: datetime | None = None
    code: str | None = None


def health_problems(state: SourceState, now: datetime, series: Sequence[int] = ()) -> Iterable[HealthProblem]:
    """Yield what is wrong with a source. ``series``: its articles a day; without it no source is called silent."""
    if state.lost:
        yield HealthProblem("lost", explain_code("state_lost"), code="state_lost")
    if state.failures and state.error:
        yield _failing(state, state.error, now)
    elif not state.lost and state.last_poll is None and not state.pending and not state.gap_since:
        yield HealthProblem("unpolled", "has never been polled")
        return
    yield from _addresses(state)
    codes = Counter(item.code for item in state.pending if item.code)
    for code, count in codes.most_common(1):
        articles = "1 article" if count == 1 else f"{count} articles"
        yield HealthProblem("unreadable", f"{articles} cannot be had: {explain_code(code)}")
    if state.gap_since:
        words = "the feed moved on between two polls; its other pages are searched for what was missed"
        yield HealthProblem("gap", words, state.gap_since)
    elif state.open_gaps:
        last, others = state.open_gaps[-1], len(state.open_gaps) - 1
        words = f"articles of {last.begin:%d %b %H:%M} to {last.end:%d %b %H:%M} UTC may have been missed"
        yield HealthProblem("missed", words + (f", and of {others} other times" if others else ""))
    if not state.failures and _is_silent(state, series, now):
        yield HealthProblem("silent", "answers, but has printed nothing new", state.last_new)
    if state.yields.drift:
        yield HealthProblem(
            "drift", f"drift: {drift.drift_in_words(state.yields.drift)}", state.yields.drift_since
        )
    if state.yields.doubtful.recent >= MANY_DOUBTFUL:
        share = f"{state.yields.doubtful.recent:.0%}"
        yield HealthProblem("doubtful", f"about {share} of its last bodies may lack a part of the text")


def _addresses(state: SourceState) -> Iterable[HealthProblem]:
    """Yield where a source is read, if not where it is configured."""
    healing = state.healing
    if healing.used is not None and (words := healing_in_words(healing)):
        if healing.over is not None:
            yield HealthProblem("restored", words, healing.over)
        else:
            yield HealthProblem("replaced", words, healing.since, healing.reason)
    for feed in state.feeds:
        if feed.has_moved:
            yield HealthProblem(
                "moved", f"{feed.url} has moved to {feed.moved_to} (see: darial sources repair)"
            )


def healing_in_words(healing: Healing) -> str | None:
    """Return how a source is read whose configured addresses give nothing, or that they do again; None if all is as configured."""
    if healing.reason is None:
        return None
    place = _place(healing.used) if healing.used else None
    if healing.over is not None:
        return (
            f"its own addresses give articles again; for a while {place} was read instead" if place else None
        )
    if place is not None:
        return f"{explain_code(healing.reason)}; {place} is read instead (see: darial sources repair)"
    if healing.rest_until is not None and not healing.tried:
        return f"no other way to its articles was found; the next search is at {healing.rest_until:%d %b %H:%M} UTC"
    if healing.tried:
        return f"another way is searched for: {len(healing.tried)} tried so far"
    return None


def _place(way: Fallback) -> str:
    if way.how == "feed":
        return f"the feed {way.url}"
    return f"the sitemap {way.url}" if way.how == "sitemap" else f"the page of headlines {way.url}"


def is_blocked(state: SourceState) -> bool:
    """Return True if a source's server answers but refuses us; it is polled again, at ``due``."""
    return state.failures > 0 and state.error in BLOCKS


def is_broken(state: SourceState) -> bool:
    """Return True if a source's last poll met a bug of Darial."""
    return state.failures > 0 and state.error in (interval.POLL_BROKE, Bug.code)


def _failing(state: SourceState, code: str, now: datetime) -> HealthProblem:
    kind = "failing" if state.failures >= FAILURES_BEFORE_ALERT else "unsteady"
    words = explain_code(code)
    if is_broken(state):
        kind = "broken"
    elif interval.is_dead(state, now=now):  # it is asked all the same, every few hours
        kind, words = "dead", f"dead, most likely: {words}"
    elif is_blocked(state):
        words = f"blocked: {words}"
    search = healing_in_words(state.healing)
    words = f"{words}; {search}" if search and state.healing.in_use is None else words
    times = f" ({state.failures} times in a row)" if state.failures > 1 else ""
    return HealthProblem(kind, words + times, state.failing_since, code)


def _is_silent(state: SourceState, series: Sequence[int], now: datetime) -> bool:
    quiet = now - state.last_new if state.last_new else None
    return (
        quiet is not None
        and quiet > SILENT_AFTER
        and bool(series)
        and sum(series) / len(series) >= MIN_DAILY_ARTICLES
    )
