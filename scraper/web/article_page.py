"""Prepare the page of one article: text, related headlines, revisions, cluster, provenance. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import groupby, pairwise

from scraper.codec import Struct, pretty
from scraper.dedupe import revision_diff as diff
from scraper.dedupe.revision_diff import Diff, DiffPiece
from scraper.model import Headline, Record
from scraper.text.human import time_span
from scraper.web import formatting
from scraper.web.atom import openable_url
from storage.line import record_line
from storage.model import Explanation, Pointer, Related, Version

SHOWN_DIFFS = 5  # the latest; any other one on request
SHOWN_POINTERS = 50
KINDS = {
    "related": "Related",
    "read_also": "Read also",
    "latest": "Latest",
    "popular": "Most read",
    "recommended": "Recommended",
    "section": "From the section",
    "sponsored": "Sponsored",
}
WAYS = {
    "feed": "announced by a feed",
    "sitemap": "listed in a sitemap",
    "listing": "found on a listing page",
    "related": "named beside another article",
    "url": "asked for by its address",
    "import": "imported",
}
DATES_FROM = {
    "json-ld": "the page's structured data",
    "meta": "the page's head",
    "rules": "the source's rules",
    "time": "a time element of the page",
    "feed": "the feed",
    "url": "the address",
    "text": "the text",
}
METHODS = {
    "rules": "by the source's rules",
    "generic": "by what the page looks like",
    "text": "from plain text",
    "feed": "from the feed, not from the page",
    "import": "as it was imported",
    "none": "not found",
}
STATUSES = {
    "deleted": "The source does not show this article any more. This is what it was.",
    "redirected": "Its address leads elsewhere now. This is what it was.",
}


class LinkedHeadline(Struct, frozen=True, kw_only=True):
    """A related headline, and the id of the stored article that it names."""

    headline: Headline
    article: str | None


class HeadlineBlock(Struct, frozen=True):
    """The headlines under one heading of the page."""

    heading: str
    headlines: tuple[LinkedHeadline, ...]


class ShownRevision(Struct, frozen=True, kw_only=True):
    """A stored revision; ``diff`` is against the one before."""

    version: Version
    diff: Diff | None
    paragraphs: tuple[
        tuple[DiffPiece, ...] | None, ...
    ] = ()  # None stands for paragraphs that stayed as they were


class ClusterMember(Struct, frozen=True, kw_only=True):
    """One article of the cluster. ``lag`` is the time after the first one."""

    id: str
    name: str
    title: str | None
    url: str
    at: datetime
    lag: str
    role: str | None
    similarity: float | None
    here: bool


class Provenance(Struct, frozen=True):
    """One row of "where and how it was found"."""

    name: str
    values: tuple[str, ...]


class ArticlePage(Struct, frozen=True, kw_only=True):
    """What the page shows."""

    record: Record
    outlet: str
    country: str | None
    original: str | None  # an address that opens
    citation: str
    outlets: int  # that carried the text
    first: ClusterMember | None  # who had it first, where others have it
    notice: str | None
    blocks: tuple[HeadlineBlock, ...]
    pointed_to_by: tuple[Record, ...]
    revisions: tuple[ShownRevision, ...]
    members: tuple[ClusterMember, ...]
    facts: tuple[Provenance, ...]
    raw: str


def article_page(
    record: Record,
    told: Explanation,
    graph: Related,
    revisions: Sequence[Record],
    *,
    name_of: Callable[[str], str],
    country: str | None,
    zone: tzinfo = UTC,
    wanted_diff: int | None = None,
) -> ArticlePage:
    members = tuple(cluster_members(told, record.id, name_of))
    return ArticlePage(
        record=record,
        outlet=name_of(record.source),
        country=country,
        original=openable_url(record),
        citation=citation(record, name_of(record.source), zone),
        outlets=len({member.name for member in members}),
        first=members[0] if members else None,
        notice=STATUSES.get(record.status),
        blocks=tuple(headline_blocks(record.related, graph.points_to)),
        pointed_to_by=graph.pointed_to_by[:SHOWN_POINTERS],
        revisions=tuple(shown_revisions(told.versions, revisions, wanted_diff)),
        members=members,
        facts=tuple(provenance(record, told, zone)),
        raw=pretty(record_line(record)).decode(),
    )


def headline_blocks(headlines: Sequence[Headline], pointers: Sequence[Pointer]) -> Iterator[HeadlineBlock]:
    """Group the headlines, in their order, under their headings on the page."""
    paired = [LinkedHeadline(headline=h, article=p.article) for h, p in zip(headlines, pointers, strict=True)]
    for heading, some in groupby(paired, _heading):
        yield HeadlineBlock(heading, tuple(some))


def _heading(linked: LinkedHeadline) -> str:
    return linked.headline.label or KINDS.get(linked.headline.kind, linked.headline.kind)


def shown_revisions(
    versions: Sequence[Version], records: Sequence[Record], wanted: int | None
) -> Iterator[ShownRevision]:
    """Return the revisions, the latest first; the first SHOWN_DIFFS and the wanted one have a diff."""
    by_number = {record.revision: record for record in records}
    pairs = dict(pairwise(version.revision for version in versions))
    before = {later: earlier for earlier, later in pairs.items()}
    for place, version in enumerate(reversed(versions)):
        earlier = by_number.get(before.get(version.revision, 0))
        later = by_number.get(version.revision)
        shown = place < SHOWN_DIFFS or version.revision == wanted
        if earlier is None or later is None or not shown:
            yield ShownRevision(version=version, diff=None)
            continue
        changed = diff.diff_revisions(earlier, later)
        yield ShownRevision(version=version, diff=changed, paragraphs=tuple(_folded(changed.body)))


def _folded(body: Sequence[tuple[DiffPiece, ...]]) -> Iterator[tuple[DiffPiece, ...] | None]:
    for stayed, some in groupby(body, lambda pieces: all(piece.kept == "same" for piece in pieces)):
        if stayed:
            yield None
        else:
            yield from some


def cluster_members(told: Explanation, here: str, name_of: Callable[[str], str]) -> Iterator[ClusterMember]:
    first = told.members[0].origin if told.members else None
    for member in told.members:
        assert first is not None
        lag = (member.origin - first).total_seconds()
        yield ClusterMember(
            id=member.id,
            name=name_of(member.source),
            title=member.title,
            url=member.url,
            at=member.origin,
            lag=f"+{time_span(lag)}" if lag else "first",
            role=member.role,
            similarity=member.similarity,
            here=member.id == here,
        )


def citation(record: Record, outlet: str, zone: tzinfo) -> str:
    """Return one line that names the article: outlet, title, day, address, when it was read."""
    moment = record.published or record.first_seen
    at = moment.astimezone(zone)
    parts = [
        *record.authors,
        f"“{formatting.shown_title(record)}”",
        outlet,
        f"{at.day} {at:%B} {at.year}",
        openable_url(record) or record.url,
    ]
    return f"{', '.join(parts)} (read {formatting.iso_day(record.fetched, zone)})"


def provenance(record: Record, told: Explanation, zone: tzinfo) -> Iterator[Provenance]:
    """Return where and how the article was found. The page links the URLs that may be linked."""
    r = record
    yield Provenance("Address", (openable_url(r) or r.url,))
    if others := [url for url in r.urls if url != openable_url(r)]:
        yield Provenance("Also found under", tuple(others))
    yield Provenance("Found", (WAYS.get(r.found_by or "", r.found_by or "not known"),))
    if r.feed.url:
        yield Provenance("Feed", (r.feed.url,))
    if r.published:
        said = f", printed as “{r.published_raw}”" if r.published_raw else ""
        where = f", from {DATES_FROM.get(r.published_from, r.published_from)}" if r.published_from else ""
        yield Provenance("Published", (f"{formatting.minute(r.published, zone)}{where}{said}",))
    else:
        yield Provenance(
            "Published", (f"no time given{f', but “{r.published_raw}”' if r.published_raw else ''}",)
        )
    yield Provenance("First seen here", (formatting.minute(r.first_seen, zone),))
    yield Provenance("This version read", (formatting.minute(r.fetched, zone),))
    method = METHODS.get(r.extraction.method, r.extraction.method)
    yield Provenance("Text taken", (f"{method}; {r.extraction.confidence:.0%} sure",))
    if r.extraction.warnings:
        yield Provenance("Doubts", tuple(w.replace("_", " ") for w in r.extraction.warnings))
    if r.credits:
        yield Provenance("Credits", r.credits)
    yield Provenance("Known again by", tuple(map(key_in_words, told.keys)))
    yield Provenance("Stored as", (f"{r.id}, revision {r.revision}, number {r.seq} of the change log",))


KEY_KINDS = {"u": "the address", "n": "the number in the address", "g": "the feed's own id"}


def key_in_words(key: str) -> str:
    """Return what recognises an article, for people: ``u:a.example/x`` is "the address a.example/x"."""
    kind, _, value = key.partition(":")
    return f"{KEY_KINDS[kind]} {formatting.readable_address(value)}" if kind in KEY_KINDS else key


def why_in_words(why: str) -> str:
    """Return the reason of a revision with its key in words."""
    head, found, rest = why.partition("known by ")
    if not found:
        return "new here" if why.startswith("new") else why
    key, _, change = rest.partition("; ")
    return f"{change or 'changed'} (known again by {key_in_words(key)})" if not head else why
