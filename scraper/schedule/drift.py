"""Detect drift: a source's pages no longer yield what they used to. Pure.

ExtractionStats (the history, kept in SourceState) and the samples of new pages in; the stats after them out, ``drift`` naming
what has changed. Each measure has a decayed mean and an alarm that adds up the evidence for a change (CUSUM: Page,
Biometrika 41, 1954): one odd page is forgotten, ten in a row are not. Nothing here loses or changes a record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from scraper.codec import Struct, replace
from scraper.model import Article, ExtractionStats, Rules, RunningMean, RunningRate

WARM_UP_PAGES = 25  # nothing is judged before so many
MEMORY_PAGES = 150  # old pages fade with this time constant
RECENT_PAGES = 8
RECOVERY_PAGES = 10  # a flag stands at least so long
NEW_NORMAL_PAGES = 500  # what has lasted so long is not drift any more but what the source is

# Measured: seeded simulations of stationary sources in tests/schedule/test_drift.py, some of them nasty.
SLACK = 1.0  # in standard deviations: smaller shifts of a mean are not drift
MEAN_ALARM = 14.0
RATE_ALARM = 16.0  # log likelihood ratio: one in a million
SUSPICION = 0.4  # of an alarm: from here on nothing is learned, so that a break does not become the history
MAX_SURPRISE = 3.0  # standard deviations that one page may count for, however odd it is
BACK_TO_NORMAL = 0.75

_LENGTH_NOISE = 0.35  # lengths are compared by their logarithms; less variation than this is luck
_CONFIDENCE_NOISE = 0.08
_MIN_RATE, _MAX_RATE = 0.03, 0.5  # a share is judged between: who never had it cannot lose it
_BROKEN_RATE = 0.85  # of pages, once something is broken
_MAX_RULES_RATE = 0.4  # rules are there to match: their history excuses no more misses than this
_NO_MATCH = frozenset({"rules_no_match", "rules_disagree"})
_DOUBTFUL = frozenset({"body_doubtful", "body_partial"})
_NOT_PRINTED = frozenset({None, "feed", "url"})  # origins of a date that the page itself did not give


class PageSample(Struct, frozen=True, kw_only=True):
    """The measures of one page. ``ruled`` is True if the source's rules matched, None if it has none for the body."""

    read: bool
    length: int = 0
    dated: bool = False
    doubtful: bool = False
    headlines: int = 0
    confidence: float = 0.0
    ruled: bool | None = None


def page_sample(article: Article, rules: Sequence[Rules] = ()) -> PageSample:
    """Return what the statistics need of an extracted page."""
    read = article.extraction.method != "none"
    return PageSample(
        read=read,
        length=sum(map(len, article.body)),
        dated=article.published_from not in _NOT_PRINTED,
        doubtful=not _DOUBTFUL.isdisjoint(article.extraction.warnings),
        headlines=sum(h.where != "elsewhere" for h in article.related),
        confidence=article.extraction.confidence,
        ruled=_NO_MATCH.isdisjoint(article.extraction.warnings)
        if read and any(r.body for r in rules)
        else None,
    )


def update_extraction_stats(
    old: ExtractionStats, samples: Iterable[PageSample], *, now: datetime
) -> ExtractionStats:
    """Return the history after some more pages, in their order."""
    for each in samples:
        old = _update(old, each, now)
    return old


class _Learning(Struct, frozen=True, kw_only=True):
    """The weight of one page, whether there is enough history to judge it, and whether the history is frozen."""

    weight: float
    warm: bool
    frozen: bool  # a history that is drifting learns nothing


def _update(old: ExtractionStats, page: PageSample, now: datetime) -> ExtractionStats:
    if old.drift_pages >= NEW_NORMAL_PAGES:
        old = ExtractionStats()
    learning = _Learning(
        weight=1 / min(old.pages + 1, MEMORY_PAGES),
        warm=old.pages >= WARM_UP_PAGES,
        frozen=bool(old.drift),
    )
    new = replace(old, pages=old.pages + 1, unread=_update_rate(old.unread, not page.read, learning))
    if page.read:
        new = replace(
            new,
            length=_update_mean(old.length, math.log1p(page.length), _LENGTH_NOISE, learning),
            confidence=_update_mean(old.confidence, page.confidence, _CONFIDENCE_NOISE, learning),
            undated=_update_rate(old.undated, not page.dated, learning),
            doubtful=_update_rate(old.doubtful, page.doubtful, learning),
            unrelated=_update_rate(old.unrelated, not page.headlines, learning),
        )
    if page.ruled is not None:
        # Rules may be younger than the source's history, and are judged from their first page on.
        learning = replace(learning, warm=True)
        new = replace(
            new, unruled=_update_rate(old.unruled, not page.ruled, learning, highest=_MAX_RULES_RATE)
        )
    alarms = tuple(name for name in MEASURES if name in old.drift or _alarmed(new, name))
    if not alarms:
        return new
    pages = old.drift_pages + 1
    if pages > RECOVERY_PAGES and all(_normal(new, name) for name in alarms):
        return _reset_alarms(new)
    return replace(new, drift=alarms, drift_since=old.drift_since or now, drift_pages=pages)


MEASURES = {
    "length": "length of the body",
    "confidence": "confidence",
    "undated": "pages without a date",
    "doubtful": "bodies that may lack a part of the text",
    "unrelated": "pages without related headlines",
    "unread": "pages without an article",
    "rules": "rules that do not match",
}


def drift_in_words(names: Sequence[str]) -> str:
    """Say what has drifted."""
    return ", ".join(MEASURES.get(name, name) for name in names)


def mean_characters(mean: float) -> int:
    """Convert a stored mean length to characters."""
    return round(math.expm1(mean))


# ------------------------------------------------------------------------------------------ means


def _update_mean(old: RunningMean, value: float, noise: float, learning: _Learning) -> RunningMean:
    recent = value if not old.seen else old.recent + (value - old.recent) / RECENT_PAGES
    low, high = old.low, old.high
    if learning.warm and old.seen:
        surprise = (value - old.mean) / _deviation(old, noise)
        surprise = max(-MAX_SURPRISE, min(surprise, MAX_SURPRISE))
        low, high = max(0.0, low - surprise - SLACK), max(0.0, high + surprise - SLACK)
    if learning.frozen or max(low, high) > MEAN_ALARM * SUSPICION:
        return replace(old, recent=recent, low=low, high=high)
    weight = learning.weight if old.seen else 1.0
    step = value - old.mean
    return RunningMean(
        seen=True,
        mean=old.mean + weight * step,
        variance=(1 - weight) * (old.variance + weight * step * step),
        recent=recent,
        low=low,
        high=high,
    )


def _deviation(trend: RunningMean, noise: float) -> float:
    return max(math.sqrt(trend.variance), noise)


# ------------------------------------------------------------------------------------------ shares


def _update_rate(
    old: RunningRate, happened: bool, learning: _Learning, *, highest: float = 1.0
) -> RunningRate:
    x = 1.0 if happened else 0.0
    recent = old.recent + (x - old.recent) / RECENT_PAGES
    alarm = old.alarm
    usual = min(max(old.rate, _MIN_RATE), highest)
    if learning.warm and usual <= _MAX_RATE:
        broken = _broken(usual)
        alarm += math.log(broken / usual) if happened else math.log((1 - broken) / (1 - usual))
        alarm = max(0.0, alarm)
    suspicious = learning.warm and alarm > RATE_ALARM * SUSPICION
    rate = old.rate if learning.frozen or suspicious else old.rate + learning.weight * (x - old.rate)
    return RunningRate(rate=rate, recent=recent, alarm=alarm)


def _broken(usual: float) -> float:
    """Return the rate to be expected once something broke: the more usual it was, the higher."""
    return max(_BROKEN_RATE, 1 - (1 - usual) / 4)


# ------------------------------------------------------------------------------------------ verdicts


def _alarmed(new: ExtractionStats, name: str) -> bool:
    match name:
        case "length":
            return max(new.length.low, new.length.high) > MEAN_ALARM
        case "confidence":
            return new.confidence.low > MEAN_ALARM
        case "rules":
            return new.unruled.alarm > RATE_ALARM
        case _:
            share: RunningRate = getattr(new, name)
            return share.alarm > RATE_ALARM


def _normal(new: ExtractionStats, name: str) -> bool:
    """Return True if the last pages are what they used to be."""
    match name:
        case "length":
            off = abs(new.length.recent - new.length.mean)
            return off < BACK_TO_NORMAL * _deviation(new.length, _LENGTH_NOISE)
        case "confidence":
            off = new.confidence.mean - new.confidence.recent
            return off < BACK_TO_NORMAL * _deviation(new.confidence, _CONFIDENCE_NOISE)
        case "rules":
            usual = min(max(new.unruled.rate, _MIN_RATE), _MAX_RULES_RATE)
            return new.unruled.recent < (usual + _broken(usual)) / 2
        case _:
            share: RunningRate = getattr(new, name)
            usual = max(share.rate, _MIN_RATE)
            return share.recent < (usual + _broken(usual)) / 2


def _reset_alarms(new: ExtractionStats) -> ExtractionStats:
    """Reset the alarms; the history goes on where it stopped."""
    return replace(
        new,
        length=replace(new.length, low=0.0, high=0.0),
        confidence=replace(new.confidence, low=0.0, high=0.0),
        undated=replace(new.undated, alarm=0.0),
        doubtful=replace(new.doubtful, alarm=0.0),
        unrelated=replace(new.unrelated, alarm=0.0),
        unread=replace(new.unread, alarm=0.0),
        unruled=replace(new.unruled, alarm=0.0),
        drift=(),
        drift_since=None,
        drift_pages=0,
    )
