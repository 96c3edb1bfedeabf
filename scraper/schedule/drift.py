"""Whether an outlet still yields what it used to: its own history of what its pages gave, and alarms against it. Pure.

In: a Yield (the history, kept in SourceState) and the Samples of new pages. Out: the Yield after them, ``drift`` naming
what has changed. Each measure has a decayed mean and an alarm that adds up what speaks for a change (CUSUM: Page,
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
NEW_NORMAL_PAGES = 500  # what has lasted so long is not drift any more but what the outlet is

# Measured: seeded simulations of stationary outlets in tests/test_drift.py, some of them nasty.
SLACK = 1.0  # in standard deviations: smaller shifts of a mean are not drift
MEAN_ALARM = 14.0
SHARE_ALARM = 16.0  # log likelihood ratio: one in a million
SUSPICION = 0.4  # of an alarm: from here on nothing is learned, so that a break does not become the history
MAX_SURPRISE = 3.0  # standard deviations that one page may count for, however odd it is
BACK_TO_NORMAL = 0.75

_LENGTH_NOISE = 0.35  # lengths are compared by their logarithms; less variation than this is luck
_CONFIDENCE_NOISE = 0.08
_LOW, _HIGH = 0.03, 0.5  # a share is judged between: who never had it cannot lose it
_BROKEN_SHARE = 0.85  # of pages, once something is broken
_RULES_HIGH = 0.4  # rules are there to match: their history excuses no more misses than this
_NO_MATCH = frozenset({"rules_no_match", "rules_disagree"})
_DOUBTFUL = frozenset({"body_doubtful", "body_partial"})
_NOT_PRINTED = frozenset({None, "feed", "url"})  # origins of a date that the page itself did not give


class PageSample(Struct, frozen=True, kw_only=True):
    """What one page gave. ``ruled`` says whether the outlet's rules matched, None if it has none for the body."""

    read: bool
    length: int = 0
    dated: bool = False
    doubtful: bool = False
    headlines: int = 0
    confidence: float = 0.0
    ruled: bool | None = None


def page_sample(article: Article, rules: Sequence[Rules] = ()) -> PageSample:
    """An extracted page as the statistics see it."""
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
    """The history after some more pages, in their order."""
    for each in samples:
        old = _one(old, each, now)
    return old


class _How(Struct, frozen=True, kw_only=True):
    """How much one page teaches, whether there is history enough to judge by it, whether it is to teach nothing."""

    weight: float
    warm: bool
    keep: bool  # a history that is drifting learns nothing


def _one(old: ExtractionStats, page: PageSample, now: datetime) -> ExtractionStats:
    if old.drift_pages >= NEW_NORMAL_PAGES:
        old = ExtractionStats()
    how = _How(
        weight=1 / min(old.pages + 1, MEMORY_PAGES),
        warm=old.pages >= WARM_UP_PAGES,
        keep=bool(old.drift),
    )
    new = replace(old, pages=old.pages + 1, unread=_share(old.unread, not page.read, how))
    if page.read:
        new = replace(
            new,
            length=_trend(old.length, math.log1p(page.length), _LENGTH_NOISE, how),
            confidence=_trend(old.confidence, page.confidence, _CONFIDENCE_NOISE, how),
            undated=_share(old.undated, not page.dated, how),
            doubtful=_share(old.doubtful, page.doubtful, how),
            unrelated=_share(old.unrelated, not page.headlines, how),
        )
    if page.ruled is not None:
        # Rules may be younger than the outlet's history, and are judged from their first page on.
        how = replace(how, warm=True)
        new = replace(new, unruled=_share(old.unruled, not page.ruled, how, highest=_RULES_HIGH))
    alarms = tuple(name for name in MEASURES if name in old.drift or _alarmed(new, name))
    if not alarms:
        return new
    pages = old.drift_pages + 1
    if pages > RECOVERY_PAGES and all(_normal(new, name) for name in alarms):
        return _calm(new)
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
    """What has changed, for a person."""
    return ", ".join(MEASURES.get(name, name) for name in names)


def mean_characters(mean: float) -> int:
    """A mean length as it is kept, in characters."""
    return round(math.expm1(mean))


# ------------------------------------------------------------------------------------------ means


def _trend(old: RunningMean, value: float, noise: float, how: _How) -> RunningMean:
    recent = value if not old.seen else old.recent + (value - old.recent) / RECENT_PAGES
    low, high = old.low, old.high
    if how.warm and old.seen:
        surprise = (value - old.mean) / _deviation(old, noise)
        surprise = max(-MAX_SURPRISE, min(surprise, MAX_SURPRISE))
        low, high = max(0.0, low - surprise - SLACK), max(0.0, high + surprise - SLACK)
    if how.keep or max(low, high) > MEAN_ALARM * SUSPICION:
        return replace(old, recent=recent, low=low, high=high)
    weight = how.weight if old.seen else 1.0
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


def _share(old: RunningRate, happened: bool, how: _How, *, highest: float = 1.0) -> RunningRate:
    x = 1.0 if happened else 0.0
    recent = old.recent + (x - old.recent) / RECENT_PAGES
    alarm = old.alarm
    usual = min(max(old.rate, _LOW), highest)
    if how.warm and usual <= _HIGH:
        broken = _broken(usual)
        alarm += math.log(broken / usual) if happened else math.log((1 - broken) / (1 - usual))
        alarm = max(0.0, alarm)
    suspicious = how.warm and alarm > SHARE_ALARM * SUSPICION
    rate = old.rate if how.keep or suspicious else old.rate + how.weight * (x - old.rate)
    return RunningRate(rate=rate, recent=recent, alarm=alarm)


def _broken(usual: float) -> float:
    """The share to be expected once something broke: the more usual it was, the more of it there must be."""
    return max(_BROKEN_SHARE, 1 - (1 - usual) / 4)


# ------------------------------------------------------------------------------------------ verdicts


def _alarmed(new: ExtractionStats, name: str) -> bool:
    match name:
        case "length":
            return max(new.length.low, new.length.high) > MEAN_ALARM
        case "confidence":
            return new.confidence.low > MEAN_ALARM
        case "rules":
            return new.unruled.alarm > SHARE_ALARM
        case _:
            share: RunningRate = getattr(new, name)
            return share.alarm > SHARE_ALARM


def _normal(new: ExtractionStats, name: str) -> bool:
    """Whether the last pages are what they used to be."""
    match name:
        case "length":
            off = abs(new.length.recent - new.length.mean)
            return off < BACK_TO_NORMAL * _deviation(new.length, _LENGTH_NOISE)
        case "confidence":
            off = new.confidence.mean - new.confidence.recent
            return off < BACK_TO_NORMAL * _deviation(new.confidence, _CONFIDENCE_NOISE)
        case "rules":
            usual = min(max(new.unruled.rate, _LOW), _RULES_HIGH)
            return new.unruled.recent < (usual + _broken(usual)) / 2
        case _:
            share: RunningRate = getattr(new, name)
            usual = max(share.rate, _LOW)
            return share.recent < (usual + _broken(usual)) / 2


def _calm(new: ExtractionStats) -> ExtractionStats:
    """All well again: the alarms begin anew, the history goes on where it stopped."""
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
