"""The nouns of Darial: one frozen type for each stage of the way of the data.

Source, Rules       what sources.toml says           Entry, Feed          what a feed said
Page, NotModified   what the network gave            Headline, Article    what extraction found
Record              the public contract, schema 1    PollResult           one poll, ready to commit

Nothing here does work. Times are aware UTC datetimes; absent values are None or empty, never missing.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Literal

from scraper.codec import Struct

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
    """One address to poll. What it gives is told by content; only a list in JSON has to be described."""

    url: str
    language: str | None = None
    enabled: bool = True
    json: JsonList | None = None


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CSS selectors of one outlet layout. The first that matches wins; ``until`` is the layout's last day."""

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
    """One outlet. ``country`` is whose perspective it is, not where its server stands."""

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
    pace_seconds: float | None = None
    poll_min_minutes: float | None = None
    poll_max_minutes: float | None = None
    revisit_hours: tuple[float, ...] | None = None
    enabled: bool = True
    notes: str | None = None


# ------------------------------------------------------------------------------------------ the network


class Page(Struct, frozen=True, kw_only=True):
    """One whole response. ``url`` was asked for, ``final_url`` answered; ``body`` is decoded from gzip, not from a charset.

    ``headers`` has lower-case names; repeated headers are joined by ", ".
    """

    url: str
    final_url: str
    status: int
    headers: dict[str, str]
    body: bytes
    fetched: datetime
    permanent_url: str | None = None  # where a chain of 301/308 alone led

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


class NotModified(Struct, frozen=True, kw_only=True):
    """The server said 304: the stored validators still hold (updated by those the 304 carried)."""

    url: str
    headers: dict[str, str]
    fetched: datetime


class Validators(Struct, frozen=True, kw_only=True):
    """What to send back to ask "has it changed?" (RFC 9110 section 13): byte-exact, printable ASCII."""

    etag: str | None = None
    last_modified: str | None = None


# ------------------------------------------------------------------------------------------ feeds


class Entry(Struct, frozen=True, kw_only=True):
    """One announced article. ``published_raw`` is the date as printed; ``content`` is HTML as the feed gave it."""

    url: str | None
    guid: str | None = None
    title: str | None = None
    summary: str | None = None  # plain text
    content: str | None = None  # HTML
    published: datetime | None = None
    published_raw: str | None = None
    modified: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[str, ...] = ()


class Feed(Struct, frozen=True, kw_only=True):
    """A parsed feed, sitemap or listing. ``refresh_seconds`` is what ttl or sy:update* ask for."""

    kind: str  # "rss20", "atom10", "rdf", "json11", "sitemap", "news-sitemap", "sitemap-index", "listing", "wordpress", "json" ...
    entries: tuple[Entry, ...]
    title: str | None = None
    language: str | None = None
    link: str | None = None
    refresh_seconds: float | None = None
    sitemaps: tuple[str, ...] = ()  # children of a sitemap index
    notes: tuple[str, ...] = ()  # what was odd: "ill_formed", "no_guids", "one_guid_for_all" ...


# ------------------------------------------------------------------------------------------ extraction

Where = Literal["trailing", "inline", "elsewhere"]
Kind = Literal["related", "read_also", "latest", "popular", "recommended", "section", "sponsored"]


class Headline(Struct, frozen=True, kw_only=True):
    """A headline of another article, printed on this page. ``label`` is the heading of its block.

    ``where``: after the text in the article's own column or below it, between its paragraphs, or elsewhere: in a column
    beside it. What stands elsewhere belongs to the site, not to the article: no record keeps it.
    """

    title: str
    url: str | None = None
    where: Where = "trailing"
    label: str | None = None
    kind: Kind = "related"


class Image(Struct, frozen=True, kw_only=True):
    url: str
    caption: str | None = None


class Extraction(Struct, frozen=True, kw_only=True):
    """How a body was found: ``rules``, ``generic``, ``text``, ``feed`` or ``none``; confidence 0 to 1."""

    method: str = "none"
    confidence: float = 0.0
    warnings: tuple[str, ...] = ()


class Article(Struct, frozen=True, kw_only=True):
    """What one page (or text, or feed entry) says: body and headlines apart, disjoint by construction."""

    title: str | None
    body: tuple[str, ...]
    related: tuple[Headline, ...] = ()
    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()  # agencies and outlets that are named where authors are
    published: datetime | None = None
    published_raw: str | None = None
    published_from: str | None = None  # "json-ld", "meta", "rules", "time", "feed", "url", "text"
    modified: datetime | None = None
    language: str | None = None
    summary: str | None = None
    images: tuple[Image, ...] = ()
    tags: tuple[str, ...] = ()
    section: str | None = None
    canonical: str | None = None  # the page's own rel=canonical or og:url, absolute, unjudged
    extraction: Extraction = Extraction()


# ------------------------------------------------------------------------------------------ the public record

Status = Literal["published", "deleted", "redirected"]


class FeedOrigin(Struct, frozen=True, kw_only=True):
    """Where the article was announced."""

    url: str | None = None
    guid: str | None = None


class Record(Struct, frozen=True, kw_only=True):
    """One line of Darial's JSON: a whole revision of an article. Adding fields is allowed, renaming is not.

    ``seq`` numbers changes of a store without holes, from 1; ``revision`` numbers those of one article, from 1.
    ``duplicate_of``, ``cluster`` and ``similarity`` are what was known when the line was committed.
    """

    schema: Literal[1] = 1
    seq: int
    id: str
    revision: int
    source: str
    url: str
    urls: tuple[str, ...] = ()
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    fetched: datetime
    first_seen: datetime
    published_raw: str | None = None
    published_from: str | None = None
    language: str | None = None
    summary: str | None = None
    body: tuple[str, ...] = ()
    related: tuple[Headline, ...] = ()
    images: tuple[Image, ...] = ()
    tags: tuple[str, ...] = ()
    section: str | None = None
    duplicate_of: str | None = None
    cluster: str | None = None
    similarity: float | None = None
    extraction: Extraction = Extraction()
    feed: FeedOrigin = FeedOrigin()
    found_by: str | None = None  # "feed", "sitemap", "listing", "related", "url", "import"
    credits: tuple[str, ...] = ()  # agencies that the text or its byline credits
    role: str | None = None  # "original", "reprint", "excerpt", "update"
    hash: str = ""
    status: Status = "published"  # what became of the page; the text stays what it last was
    moved_to: str | None = None  # where a redirected page leads
    purged: tuple[
        int, ...
    ] = ()  # seqs of this article's lines that were deleted, for their age or by name: this one stands for them


# ------------------------------------------------------------------------------------------ one poll


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


class Pending(Struct, frozen=True, kw_only=True):
    """An announced article that is not stored yet: it is tried again even when its feed has dropped it."""

    entry: Entry
    feed: str | None = None
    found_by: str = "feed"
    tries: int = 0
    not_before: datetime | None = None
    code: str | None = None  # of the last failure
    source: str | None = None  # whose it is, if not of the outlet that found it


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
    """When an outlet publishes: decayed counts of articles and the decayed hours in which they were counted (see rhythm.py)."""

    hours: tuple[float, ...] = ()  # 24 counts, by UTC hour
    hour_spans: tuple[float, ...] = ()
    days: tuple[float, ...] = ()  # 7 counts, by weekday
    day_spans: tuple[float, ...] = ()
    count: float = 0.0  # recent level
    span: float = 0.0
    burst: float = 0.0  # the last hours, against what was expected of them
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
    """What an outlet's pages give, against which its next pages are judged (see drift.py). ``drift`` names what is off."""

    pages: int = 0
    length: RunningMean = RunningMean()  # logarithm of the body's characters
    confidence: RunningMean = RunningMean()
    undated: RunningRate = RunningRate()
    doubtful: RunningRate = RunningRate()  # the body may lack a part of the text: body_doubtful, body_partial
    unrelated: RunningRate = RunningRate()
    unread: RunningRate = RunningRate()
    unruled: RunningRate = RunningRate()  # the outlet's rules did not match, or disagreed with the page
    drift: tuple[str, ...] = ()
    drift_since: datetime | None = None
    drift_pages: int = 0


class EditRate(Struct, frozen=True, kw_only=True):
    """How often visits at one revisit hour found a change: both decayed counts (see visits.py)."""

    hour: float
    visits: float = 0.0
    edits: float = 0.0


class Gap(Struct, frozen=True, kw_only=True):
    """A time whose articles may have been missed: from the last look to the one that showed the hole."""

    begin: datetime
    end: datetime


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
    lost: bool = False  # what was remembered cannot be read: begun anew; a store never keeps it as true


class ExtractedArticle(Struct, frozen=True, kw_only=True):
    """An extracted article on its way to the store: whose it is and where it was found."""

    source: str
    url: str  # canonical
    urls: tuple[str, ...]  # every other address that led here
    keys: tuple[str, ...]  # identity keys, strongest first (see scraper.urls, scraper.dedupe.decide)
    article: Article
    fetched: datetime
    feed: FeedOrigin = FeedOrigin()
    found_by: str = "feed"
    status: Status = "published"
    moved_to: str | None = None


class Failure(Struct, frozen=True, kw_only=True):
    """One thing that did not work, kept so that nothing is lost silently."""

    url: str | None
    code: str
    message: str


class PollResult(Struct, frozen=True, kw_only=True):
    """One poll of one source, ready for one transaction."""

    source: str
    state: SourceState
    articles: tuple[ExtractedArticle, ...] = ()
    failures: tuple[Failure, ...] = ()
    visits: tuple[
        Revisit, ...
    ] = ()  # to be kept; each replaces its article's visit, one without ``due`` ends it
    polled: datetime
    feeds: int = 0  # feeds asked
    entries: int = 0  # entries they announced
    known: int = 0  # of those, already stored
