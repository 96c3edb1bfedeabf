"""Define a source: what sources.toml says of it, what is remembered of it between polls, and what one poll stores."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Literal

from scraper.codec import Struct
from scraper.model.article import Entry, ExtractedArticle, Validators

# ------------------------------------------------------------------------------------------ sources.toml


class JsonList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where JSON lists articles: ``items`` is the path to the list (see scraper.feeds.json_path), ``link`` an address with
    fields of an item in braces, the others are paths inside an item.
    """

    items: str
    link: str
    title: str = "title"
    date: str | None = None
    id: str | None = None


class FeedRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One address to poll. What it gives is told by content; only a list in JSON has to be described. ``kind`` names what has no pages."""

    url: str
    language: str | None = None
    enabled: bool = True
    kind: Literal["telegram"] | None = None
    json: JsonList | None = None


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CSS selectors of one layout. The first that matches wins; ``until`` is the layout's last day."""

    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    until: dt.date | None = None
    proved: bool = False


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One configured outlet. ``country`` is whose perspective it is, not where its server stands."""

    id: str
    name: str
    homepage: str
    country: str
    languages: tuple[str, ...]
    feeds: tuple[FeedRef, ...] = ()
    sitemaps: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    timezone: str = "UTC"
    article_url: str | None = None
    hosts: tuple[str, ...] = ()
    rules: tuple[Rules, ...] = ()
    user_agent: str | None = None
    proxy: str | None = None  # with its password: never shown
    browser: bool = False  # its pages are built by scripts
    pace_seconds: float | None = None
    poll_min_minutes: float | None = None
    poll_max_minutes: float | None = None
    revisit_hours: tuple[float, ...] | None = None
    pages: bool = True  # False: the entries of its feeds are the records
    enabled: bool = True
    notes: str | None = None


# ------------------------------------------------------------------------------------------ between polls


MOVED_CONFIRMATIONS = 3  # permanent redirects seen in a row before the new address is asked directly


class FeedState(Struct, frozen=True, kw_only=True):
    """What must be remembered of one feed URL between polls."""

    url: str
    validators: Validators = Validators()
    body_hash: str | None = None
    keys: tuple[str, ...] = ()  # identity keys of the entries of the last poll, newest first
    moved_to: str | None = None
    moved_count: int = 0
    forced: datetime | None = None  # last unconditional fetch
    asked: datetime | None = None  # last answer, be it "not modified"
    distrusted: bool = False  # its validators stayed the same while its entries changed: not sent any more
    refresh_seconds: float | None = None  # what its ttl or sy:update* asked for when it was last read

    @property
    def has_moved(self) -> bool:
        """True once a permanent redirect was seen often enough."""
        return self.moved_to is not None and self.moved_count >= MOVED_CONFIRMATIONS


class Pending(Struct, frozen=True, kw_only=True):
    """An announced article that is not stored yet: it is tried again even when its feed has dropped it."""

    entry: Entry
    feed: str | None = None
    found_by: str = "feed"
    tries: int = 0
    not_before: datetime | None = None
    code: str | None = None  # of the last failure
    source: str | None = None  # of which source it is, if not of the one that found it


class Revisit(Struct, frozen=True, kw_only=True):
    """A stored article's page that is to be asked again: has it been edited, moved, deleted? Kept by the store, not in a state.

    ``born`` is the time that revisit hours count from; a visit without ``due`` is over.
    """

    url: str  # the address to ask: the one that answered when the article was found
    due: datetime | None
    born: datetime
    item: Pending  # how it was announced; the entry without its content
    validators: Validators = Validators()
    body_hash: str | None = None  # of the page's bytes when it was last read
    doubt: str | None = None  # what the last visit saw and only a second one can make believed


class PublicationRate(Struct, frozen=True, kw_only=True):
    """When a source publishes: decayed counts of its articles, and how many of them were to be expected without the factor that
    the two tell (see schedule/publication_rate.py).
    """

    by_hour: tuple[float, ...] = ()  # 24, by local hour
    by_hour_expected: tuple[float, ...] = ()
    by_day: tuple[float, ...] = ()  # 7, by weekday
    by_day_expected: tuple[float, ...] = ()
    level: float = 0.0  # all of them
    level_hours: float = 0.0  # watched, each counted with its factors
    burst: float = 0.0  # the last hours
    burst_expected: float = 0.0
    until: datetime | None = None  # up to when everything is counted


class RunningMean(Struct, frozen=True, kw_only=True):
    """A number that pages yield: its decayed mean and variance, the mean of the last pages, alarms in both directions."""

    seen: bool = False
    mean: float = 0.0
    variance: float = 0.0
    recent: float = 0.0
    low: float = 0.0
    high: float = 0.0


class RunningRate(Struct, frozen=True, kw_only=True):
    """How often pages lack something: decayed over all pages, over the last ones, and the alarm."""

    rate: float = 0.0
    recent: float = 0.0
    alarm: float = 0.0


class ExtractionStats(Struct, frozen=True, kw_only=True):
    """What a source's pages give, against which its next pages are judged (see schedule/drift.py). ``drift`` names what is off."""

    pages: int = 0
    length: RunningMean = RunningMean()  # logarithm of the body's characters
    confidence: RunningMean = RunningMean()
    undated: RunningRate = RunningRate()
    doubtful: RunningRate = RunningRate()  # the body may lack a part of the text: body_doubtful, body_partial
    unrelated: RunningRate = RunningRate()
    unread: RunningRate = RunningRate()
    unruled: RunningRate = RunningRate()  # the source's rules did not match, or disagreed with the page
    drift: tuple[str, ...] = ()
    drift_since: datetime | None = None
    drift_pages: int = 0


class EditRate(Struct, frozen=True, kw_only=True):
    """How often visits at one revisit hour found a change: both decayed counts (see schedule/revisits.py)."""

    hour: float
    visits: float = 0.0
    edits: float = 0.0


class Gap(Struct, frozen=True, kw_only=True):
    """A time whose articles may have been missed: from the last look to the one that showed the hole."""

    begin: datetime
    end: datetime


class Fallback(Struct, frozen=True, kw_only=True):
    """An address that is read, or tried, because the configured ones give nothing (see pipeline/healing.py)."""

    url: str
    how: Literal["feed", "sitemap", "listing", "robots"]
    origin: str  # how it is known: configured, redirect, twin, homepage, announced, usual, robots


class Healing(Struct, frozen=True, kw_only=True):
    """How a source is read whose configured addresses give nothing: why they do not, what is read instead, what was tried."""

    reason: str | None = None  # code
    since: datetime | None = None
    used: Fallback | None = None
    used_since: datetime | None = None
    over: datetime | None = None  # since when the configured addresses give articles again
    home: str | None = None  # where the homepage redirects to
    offers: tuple[Fallback, ...] = ()  # what the site itself names
    tried: tuple[str, ...] = ()  # in this search
    rest_until: datetime | None = None  # nothing is tried before
    configured_asked: datetime | None = None

    @property
    def is_ill(self) -> bool:
        """True while the configured addresses give nothing."""
        return self.reason is not None and self.over is None

    @property
    def in_use(self) -> Fallback | None:
        """What is read instead of the configured addresses."""
        return self.used if self.is_ill else None


class SourceState(Struct, frozen=True, kw_only=True):
    """What must be remembered of one source between polls. Persisted in the commit of the poll it describes."""

    source: str
    # When the source needs attention: for its feeds, or for visits that are due before
    due: datetime | None = None
    feeds_due: datetime | None = None
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    failures: int = 0  # consecutive
    failing_since: datetime | None = None
    error: str | None = None  # code of the last failure
    interval_seconds: float | None = None
    rhythm: PublicationRate = PublicationRate()
    yields: ExtractionStats = ExtractionStats()
    feeds: tuple[FeedState, ...] = ()
    pending: tuple[Pending, ...] = ()
    edits: tuple[EditRate, ...] = ()
    related_day: dt.date | None = None
    related_count: int = 0  # related headlines followed on that day
    # a poll did not reach back to the one before: since then every way to find articles is tried
    gap_since: datetime | None = None
    gap_begin: datetime | None = None  # of the hole: the last look before it
    gap_filled: bool = False  # some other way reached back
    open_gaps: tuple[Gap, ...] = ()  # of the last days, those that nothing filled
    healing: Healing = Healing()
    lost: bool = False  # what was remembered cannot be read: begun anew; a store never keeps it as true


class Failure(Struct, frozen=True, kw_only=True):
    """One thing that did not work, kept so that nothing is lost silently."""

    url: str | None
    code: str
    message: str


class PollDraft(Struct, frozen=True, kw_only=True):
    """One poll of one source, ready for one transaction."""

    source: str
    state: SourceState
    articles: tuple[ExtractedArticle, ...] = ()
    failures: tuple[Failure, ...] = ()
    # to be kept; each replaces its article's visit, one without ``due`` ends it
    visits: tuple[Revisit, ...] = ()
    polled: datetime
    feeds: int = 0  # feeds asked
    entries: int = 0  # entries they announced
    known: int = 0  # of those, already stored
