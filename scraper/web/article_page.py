"""Prepare the page of one article: text, related headlines, revisions, cluster, provenance. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, pairwise

from scraper.codec import Struct, encode, pretty
from scraper.dedupe import revision_diff as diff
from scraper.dedupe.revision_diff import Diff, DiffPiece
from scraper.model import Headline, Record
from scraper.text.human import time_span
from scraper.web import formatting
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
    "rules": "the outlet's rules",
    "time": "a time element of the page",
    "feed": "the feed",
    "url": "the address",
    "text": "the text",
}
METHODS = {
    "rules": "by the outlet's rules",
    "generic": "by what the page looks like",
    "text": "from plain text",
    "feed": "from the feed, not from the page",
    "import": "as it was imported",
    "none": "not found",
}
STATUSES = {
    "deleted": "The outlet does not show this article any more. This is what it was.",
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
    wanted_diff: int | None = None,
) -> ArticlePage:
    status = getattr(record, "status", "published")
    return ArticlePage(
        record=record,
        outlet=name_of(record.source),
        country=country,
        notice=STATUSES.get(status),
        blocks=tuple(headline_blocks(record.related, graph.points_to)),
        pointed_to_by=graph.pointed_to_by[:SHOWN_POINTERS],
        revisions=tuple(shown_revisions(told.versions, revisions, wanted_diff)),
        members=tuple(cluster_members(told, record.id, name_of)),
        facts=tuple(provenance(record, told)),
        raw=pretty(encode(record)).decode(),
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


def provenance(record: Record, told: Explanation) -> Iterator[Provenance]:
    """Return where and how the article was found. The page links the URLs that may be linked."""
    r = record
    yield Provenance("Address", (r.url,))
    if r.urls:
        yield Provenance("Also under", r.urls)
    yield Provenance("Found", (WAYS.get(r.found_by or "", r.found_by or "nobody knows how"),))
    if r.feed.url:
        yield Provenance("By", (r.feed.url,))
    if r.feed.guid:
        yield Provenance("As", (r.feed.guid,))
    if r.published:
        said = f", printed as “{r.published_raw}”" if r.published_raw else ""
        where = f", from {DATES_FROM.get(r.published_from, r.published_from)}" if r.published_from else ""
        yield Provenance("Published", (f"{formatting.minute(r.published)}{where}{said}",))
    else:
        yield Provenance("Published", (f"not said{f', but “{r.published_raw}”' if r.published_raw else ''}",))
    yield Provenance("First seen", (formatting.minute(r.first_seen),))
    yield Provenance("This revision fetched", (formatting.minute(r.fetched),))
    method = METHODS.get(r.extraction.method, r.extraction.method)
    yield Provenance("Body found", (f"{method}, confidence {r.extraction.confidence:.2f}",))
    if r.extraction.warnings:
        yield Provenance("Doubts", tuple(w.replace("_", " ") for w in r.extraction.warnings))
    if r.credits:
        yield Provenance("Credits", r.credits)
    yield Provenance("Recognised by", told.keys)
    yield Provenance("Stored as", (f"{r.id}, revision {r.revision}, seq {r.seq}",))
