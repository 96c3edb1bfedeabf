"""Decide how a source is read whose configured addresses give nothing. Pure.

The state and what this poll saw in; the addresses to ask, and the state's ``healing`` after the poll out. At most two other
addresses a poll are tried (fallbacks.py lists them). What works is used from then on, and the configured addresses are
asked again now and then: when they give articles again, they are used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from scraper import urls
from scraper.codec import replace
from scraper.fetch.redirects import sites_of
from scraper.model import Entry, Failure, Fallback, Healing, Source, SourceState
from scraper.pipeline import fallbacks, pending, probe_site
from scraper.pipeline.feed_reading import addresses
from scraper.pipeline.readings import Address, FeedReading
from scraper.pipeline.source_lookup import SourceLookup
from scraper.schedule import gaps, interval, publication_rate

MAX_TRIES = 2  # of other addresses in one poll while nothing works; one while something does
FAILURES_BEFORE_SEARCH = 2  # polls that failed before, where the failure may pass by itself,
SEARCH_AFTER = timedelta(hours=1)  # and for so long: most have passed by then
STALE_NEWS = 3.0  # articles expected and none seen: once in twenty times by chance
STALE_AFTER = timedelta(hours=1)
SEARCH_PAUSE = timedelta(minutes=10)  # between two polls while there is something left to try
CHECK_AGAIN = timedelta(hours=3)  # whether a source that shows nothing new is only quiet
SEARCH_AGAIN = timedelta(hours=12)  # after a search that found nothing
IMPROVE_AGAIN = timedelta(days=3)  # after one that found nothing better than what is used
ASK_CONFIGURED = timedelta(hours=6)
ASK_QUIET = timedelta(hours=1)  # where they can be read, but showed nothing new
TOLD_FOR = timedelta(days=7)  # that the configured addresses are back
FRESH = timedelta(days=2)  # a sitemap lists all that a site ever had

EMPTY, STALE = "feed_empty", "feed_stale"
QUIET = (EMPTY, STALE)
_RANK = {"feed": 2, "listing": 1, "sitemap": 1}


# ------------------------------------------------------------------------------------------ what to ask


def first_addresses(source: Source, state: SourceState, *, now: datetime) -> list[Address]:
    """Return what a poll asks first: the configured addresses, or what is used instead; both when they are due again."""
    old = state.healing
    configured = addresses(source, all_ways=gaps.must_fill(state, now=now))
    if old.in_use is None:
        return configured
    used = _address(old.in_use)
    pause = ASK_QUIET if old.reason in QUIET else ASK_CONFIGURED
    if _is_over(old.configured_asked, pause, now):
        return [used, *configured]
    channels = {ref.url for ref in source.feeds if ref.kind is not None}
    return [used, *(address for address in configured if address.url in channels)]


def next_addresses(
    source: Source,
    state: SourceState,
    readings: Sequence[FeedReading],
    *,
    now: datetime,
    most: int = MAX_TRIES,
) -> list[Address]:
    """Return what to ask next, given what this poll has read so far; nothing if that is enough.

    With more than MAX_TRIES the search goes on until a feed is found.
    """
    old = state.healing
    reason = poll_trouble(source, state, readings, now)
    if reason is None and (old.in_use is None or old.in_use.how == "feed"):
        return []
    lost = reason is not None and reason not in QUIET  # what is polled cannot be read at all
    unasked = old.in_use is not None and not any(_is_configured(r, source) for r in readings)
    if unasked and reason is not None and (lost or _is_over(old.configured_asked, ASK_QUIET, now)):
        return addresses(source, all_ways=False)
    if _is_resting(old, now) and not (lost and old.in_use is not None):
        return []
    tries = _tries(old, readings)
    works = [r for r in tries if _is_usable(r) and (r.how == "feed" or most <= MAX_TRIES)]
    if works or any(map(_is_refused, tries)):
        return []
    if len({r.way.url for r in tries if r.way}) >= (most if reason is not None else 1):
        return []
    left = remaining(source, state, _noted(old, readings), reason or old.reason or STALE)
    return [_address(way) for way in left[:1]]


def remaining(source: Source, state: SourceState, healing: Healing, reason: str) -> list[Fallback]:
    """Return what is still to be tried: all that is known, or while something is used only what may be better."""
    left = [
        way
        for way in fallbacks.other_addresses(source, state.feeds, healing, reason)
        if way.url not in healing.tried and way != healing.in_use
    ]
    if not healing.is_ill and reason in QUIET:  # a quiet day, most likely: the site is not searched through
        return [way for way in left if way.origin in fallbacks.SURE]
    if healing.in_use is not None:
        return [way for way in left if way.how == "feed" or way.origin == "homepage"]
    return left


def seconds_to_next_try(source: Source, state: SourceState, *, now: datetime) -> float | None:
    """Return in how many seconds the search should go on; None if the usual interval will do."""
    healing = state.healing
    if healing.reason is None or not healing.is_ill or healing.in_use is not None:
        return None
    hurried = not pending.is_transient(healing.reason) and not _is_resting(healing, now)
    left = hurried and remaining(source, state, healing, healing.reason)
    return SEARCH_PAUSE.total_seconds() if left else None


# ------------------------------------------------------------------------------------------ what an answer is worth


def poll_trouble(
    source: Source, state: SourceState, readings: Iterable[FeedReading], now: datetime
) -> str | None:
    """Return why what is polled gives nothing: the code of a failure, feed_empty or feed_stale; None if it gives something."""
    used = state.healing.in_use
    polled = [r for r in readings if _is_configured(r, source) or (used is not None and r.way == used)]
    read = [r for r in polled if r.failure is None]
    if not read:
        codes = [code for r in polled if r.failure and (code := r.failure.code) not in fallbacks.NOT_THEIRS]
        lasting = [code for code in codes if not pending.is_transient(code)]
        young = state.failing_since is None or now - state.failing_since < SEARCH_AFTER
        patient = not lasting and (young or state.failures < FAILURES_BEFORE_SEARCH)
        return None if patient else interval.worst_code(lasting or codes)
    if all(map(_is_empty, read)):
        return EMPTY
    if all(_is_frozen(r, now) for r in read):
        return STALE
    return STALE if _is_news_due(state, now) and not _shows_news(state, read) else None


def settle_try(
    reading: FeedReading, source: Source, state: SourceState, lookup: SourceLookup | None
) -> FeedReading:
    """Return the reading of another address with the source's own entries only; a failure if it has none."""
    old, now = state.healing, reading.state.asked
    if reading.feed is None or reading.feed.sitemaps or now is None:
        return reading
    begin = (old.since or now) - FRESH if reading.how == "sitemap" else None
    sites = sites_of(source, old.home or source.homepage)
    sites |= {urls.site_of(feed.moved_to) for feed in state.feeds if feed.moved_to}
    if reading.final_url and reading.way and reading.way.origin == "homepage":
        sites.add(urls.site_of(reading.final_url))
    kept = tuple(
        entry
        for entry in reading.feed.entries
        if _is_own(entry, source, lookup, sites)
        and (begin is None or (entry.published is not None and entry.published >= begin))
    )
    if not kept and (reading.way != old.in_use or reading.how != "feed"):  # a feed may have a quiet day
        failure = Failure(url=reading.state.url, code="nothing_to_poll", message="no articles of this source")
        return replace(reading, feed=None, failure=failure)
    return replace(reading, feed=replace(reading.feed, entries=kept))


def next_healing(
    source: Source,
    state: SourceState,
    readings: Sequence[FeedReading],
    fresh: Collection[str],
    *,
    now: datetime,
) -> Healing:
    """Return the healing after a poll. ``fresh``: the keys of entries that were not known before."""
    old = state.healing
    if old.over is not None and now - old.over >= TOLD_FOR:
        old = Healing(rest_until=old.rest_until, tried=old.tried)
    configured = [r for r in readings if _is_configured(r, source)]
    if old.is_ill and _live_again(state, configured):
        return replace(Healing(), reason=old.reason, since=old.since, used=old.used, over=now)
    reason = poll_trouble(source, state, readings, now)
    if reason is None and not old.is_ill:
        return Healing() if old.over is None else replace(old, tried=(), rest_until=None)
    healing = _noted(old, readings)
    if configured:
        healing = replace(healing, configured_asked=now)
    tries = _tries(old, readings)
    best = _best(tries, state, fresh, reason)
    if not old.is_ill:
        if reason in QUIET and best is None:  # only quiet, as far as can be seen
            left = remaining(source, state, healing, reason)
            pause = now + CHECK_AGAIN if tries else healing.rest_until
            return replace(healing, tried=healing.tried if left else (), rest_until=pause)
        healing = replace(healing, reason=reason, since=now, used=None, used_since=None, over=None)
    elif reason is not None and (best is not None or reason not in QUIET):
        # what was used gives nothing either
        again = () if best is None and old.used is not None else healing.tried
        healing = replace(healing, used=None, used_since=None, tried=again)
    if best is not None and (healing.used is None or _RANK[best.how] > _RANK.get(healing.used.how, 0)):
        healing = replace(healing, used=best.way, used_since=now)
    return _rested(source, state, healing, tries, now=now)


def _rested(
    source: Source, state: SourceState, healing: Healing, tries: Iterable[FeedReading], *, now: datetime
) -> Healing:
    """Return the healing with a pause once nothing is left to try, or the site refused; then the search begins anew.

    A site may also forbid one address that we guessed: after a while the search goes on with the next one.
    """
    refused = {r.way.origin in fallbacks.SURE for r in tries if r.way and _is_refused(r)}
    left = remaining(source, state, healing, healing.reason or STALE)
    if left and not refused:
        return healing
    if left and True not in refused:
        return replace(healing, rest_until=now + CHECK_AGAIN)
    if _is_resting(healing, now):
        return replace(healing, tried=(), offers=())
    pause = SEARCH_AGAIN if healing.used is None else IMPROVE_AGAIN
    return replace(healing, tried=(), offers=(), rest_until=now + pause)


def _noted(healing: Healing, readings: Iterable[FeedReading]) -> Healing:
    """Return the healing with what was tried, and what the answers named."""
    home, tried, offers = healing.home, dict.fromkeys(healing.tried), {way.url: way for way in healing.offers}
    for reading in readings:
        way = reading.way
        if way is None:
            continue
        if way != healing.in_use:
            tried[way.url] = None
        offers |= {offer.url: offer for offer in reading.offers}
        there = reading.final_url
        if way.origin == "homepage" and there and urls.host_of(there) != urls.host_of(way.url):
            home = there
    return replace(healing, tried=tuple(tried), offers=tuple(offers.values()), home=home)


def _best(
    tries: Iterable[FeedReading], state: SourceState, fresh: Collection[str], reason: str | None
) -> FeedReading | None:
    """Return the best of the other addresses that work. Where the configured ones have entries, it must bring news."""
    quiet = (reason or state.healing.reason) == STALE
    found = [r for r in tries if _is_usable(r) and (not quiet or _brings_news(r, state, fresh))]
    return max(found, key=lambda r: _RANK[r.how], default=None)


# ------------------------------------------------------------------------------------------ judgements


def _tries(healing: Healing, readings: Iterable[FeedReading]) -> list[FeedReading]:
    return [r for r in readings if r.way is not None and r.way != healing.in_use]


def _address(way: Fallback) -> Address:
    return Address(way.url, "listing" if way.how == "robots" else way.how, way)


def _is_over(since: datetime | None, pause: timedelta, now: datetime) -> bool:
    return since is None or now - since >= pause


def _is_resting(healing: Healing, now: datetime) -> bool:
    return healing.rest_until is not None and now < healing.rest_until


def _is_configured(reading: FeedReading, source: Source) -> bool:
    """Return whether a reading is of what is always polled, and not of what only fills a gap.

    A channel says nothing of the site: that its posts are read keeps nobody from looking for the site's articles. Where there are
    only channels, or entries that are records themselves, nothing else can take their place.
    """
    if reading.way is not None or not source.pages:
        return False
    enabled = [ref for ref in source.feeds if ref.enabled]
    if reading.how == "feed":
        return not any(ref.kind is not None and ref.url == reading.state.url for ref in enabled)
    return all(ref.kind is not None for ref in enabled)


def _is_usable(reading: FeedReading) -> bool:
    return reading.failure is None and reading.feed is not None and bool(reading.feed.entries)


def _is_refused(reading: FeedReading) -> bool:
    return reading.failure is not None and fallbacks.is_refusal(reading.failure.code)


def _is_empty(reading: FeedReading) -> bool:
    if reading.feed is None:
        return not reading.state.keys
    return not reading.feed.entries and not reading.feed.sitemaps


def _is_frozen(reading: FeedReading, now: datetime) -> bool:
    """Return whether a feed has old entries only, even at its first reading."""
    times = [entry.published for entry in (reading.feed.entries if reading.feed else ()) if entry.published]
    return bool(times) and now - max(times) > probe_site.FROZEN_AFTER


def _shows_news(state: SourceState, readings: Iterable[FeedReading]) -> bool:
    before = {feed.url: set(feed.keys) for feed in state.feeds}
    return any(r.feed and not set(r.state.keys) <= before.get(r.state.url, set()) for r in readings)


def _is_news_due(state: SourceState, now: datetime) -> bool:
    """Return whether so much should have been published since the last new article that silence is strange."""
    last, seen = state.last_new, state.rhythm.level
    if last is None or now - last < STALE_AFTER or seen < STALE_NEWS:
        return False
    # The silence has lowered the rate that it is judged by: n seen in h hours are n / (h + t) an hour after t hours without
    enough = STALE_NEWS * seen / (seen + STALE_NEWS)
    return publication_rate.expected_articles(state.rhythm, last, now) >= enough


def _live_again(state: SourceState, configured: Iterable[FeedReading]) -> bool:
    """Return whether the configured addresses give articles; where they only showed nothing new, whether they now do."""
    read = [r for r in configured if r.failure is None and not _is_empty(r)]
    return _shows_news(state, read) if state.healing.reason == STALE else bool(read)


def _brings_news(reading: FeedReading, state: SourceState, fresh: Collection[str]) -> bool:
    """Return whether a reading has entries that are new, and newer than the last that was seen."""
    since = state.last_new
    entries = reading.feed.entries if reading.feed else ()
    return any(
        pending.key_of(entry) in fresh
        and (since is None or entry.published is None or entry.published > since)
        for entry in entries
    )


def _is_own(entry: Entry, source: Source, lookup: SourceLookup | None, sites: Collection[str]) -> bool:
    """Return whether an entry is the source's: by what is configured, else by its site."""
    url = entry.url or entry.guid or ""
    owner = lookup.find(url) if lookup else None
    if owner is not None:
        return owner.id == source.id
    return urls.site_of(url) in sites and not (lookup is not None and lookup.is_shared(url))
