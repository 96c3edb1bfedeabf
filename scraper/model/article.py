"""Define what is read: pages, feeds, articles, and the record that is the public contract."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from scraper.codec import Struct, decode_any, encode, pretty


class Exported(Struct, frozen=True, kw_only=True):
    """What programs take out of Darial: it can be had as plain values and as JSON, with every key present."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: dicts, lists, texts, numbers and None; times are texts like 2026-11-23T06:00:00Z."""
        values: dict[str, Any] = decode_any(encode(self))
        return values

    def to_json(self, *, indent: bool = False) -> str:
        """Return the same as JSON, on one line or indented for people."""
        data = encode(self)
        return (pretty(data) if indent else data).decode()


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


class Media(Struct, frozen=True, kw_only=True):
    """A recording that belongs to an article: a podcast's enclosure, a channel's video."""

    url: str
    type: str | None = None  # "audio/mpeg"
    seconds: float | None = None


class Post(Struct, frozen=True, kw_only=True):
    """What only a channel's post has. ``views`` are those of the moment when this revision was first seen."""

    links: tuple[str, ...] = ()
    forwarded_from: str | None = None
    views: int | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """One announced article. ``published_raw`` is the date as printed; ``content`` is HTML as the feed gave it.

    ``post`` is not None where the entry is all there is: no page says more.
    """

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
    media: tuple[Media, ...] = ()
    post: Post | None = None


class Feed(Exported, frozen=True, kw_only=True):
    """A parsed feed, sitemap or listing. ``refresh_seconds`` is what ttl or sy:update* ask for."""

    kind: str  # "rss20", "atom10", "rdf", "json11", "sitemap", "news-sitemap", "sitemap-index", "listing", "wordpress", "json" ...
    entries: tuple[Entry, ...]
    title: str | None = None
    language: str | None = None
    link: str | None = None
    refresh_seconds: float | None = None
    sitemaps: tuple[str, ...] = ()  # children of a sitemap index
    older: str | None = None  # where the entries before these are, of a channel
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


class Article(Exported, frozen=True, kw_only=True):
    """What one page (or text, or feed entry) says: body and headlines apart, disjoint by construction."""

    url: str | None = None  # where the caller says the page is, else what the page says itself

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

    @property
    def text(self) -> str:
        """The body as one text; an empty line is between two paragraphs."""
        return "\n\n".join(self.body)


# ------------------------------------------------------------------------------------------ the public record

Status = Literal["published", "deleted", "redirected"]


class FeedOrigin(Struct, frozen=True, kw_only=True):
    """Where the article was announced."""

    url: str | None = None
    guid: str | None = None


class Record(Exported, frozen=True, kw_only=True):
    """One line of Darial's JSON: a whole revision of an article. Adding fields is allowed, renaming is not.

    ``seq`` numbers changes of a store without holes, from 1; ``revision`` numbers those of one article, from 1.
    ``duplicate_of``, ``cluster`` and ``similarity`` are what was known when the line was committed.
    """

    schema: Literal[1] = 1
    seq: int
    id: str
    revision: int
    source: str
    country: str | None = None  # of the source
    url: str
    # the address as it was opened: url is a spelling to compare, which some sites do not answer
    link: str | None = None
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
    media: tuple[Media, ...] = ()
    post: Post | None = None  # of a channel's post
    # seqs of this article's lines that were deleted, for their age or by name: this one stands for them
    purged: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The body as one text; an empty line is between two paragraphs."""
        return "\n\n".join(self.body)


class ExtractedArticle(Struct, frozen=True, kw_only=True):
    """An extracted article on its way to the store: whose it is and where it was found."""

    source: str
    country: str | None = None
    url: str  # canonical
    link: str | None = None  # the address that answered
    urls: tuple[str, ...]  # every other address that led here
    keys: tuple[str, ...]  # identity keys, strongest first (see scraper.urls, scraper.dedupe.decide)
    article: Article
    fetched: datetime
    feed: FeedOrigin = FeedOrigin()
    found_by: str = "feed"
    media: tuple[Media, ...] = ()
    post: Post | None = None
    status: Status = "published"
    moved_to: str | None = None
