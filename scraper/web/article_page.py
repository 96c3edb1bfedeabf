"""The page of one article: its text, what stands beside it, how it changed, who else had it, where it was found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, pairwise

from scraper.codec import Struct, encode, pretty
from scraper.dedupe import revision_diff as diff
from scraper.dedupe.revision_diff import Diff, Piece
from scraper.model import Headline, Record
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


class Beside(Struct, frozen=True, kw_only=True):
    """A headline printed with the article, and the stored article that it names."""

    headline: Headline
    article: str | None


class Block(Struct, frozen=True):
    """Headlines under one heading of the page."""

    heading: str
    headlines: tuple[Beside, ...]


class Revision(Struct, frozen=True, kw_only=True):
    """A stored revision; ``diff`` is against the one before."""

    version: Version
    diff: Diff | None
    paragraphs: tuple[
        tuple[Piece, ...] | None, ...
    ] = ()  # None stands for paragraphs that stayed as they were


class Stop(Struct, frozen=True, kw_only=True):
    """One article of the cluster on its time line. ``lag``: after the first one."""

    id: str
    name: str
    title: str | None
    url: str
    at: datetime
    lag: str
    role: str | None
    similarity: float | None
    here: bool


class Fact(Struct, frozen=True):
    """A line of "where and how it was found"."""

    name: str
    values: tuple[str, ...]


class Page(Struct, frozen=True, kw_only=True):
    """Everything that the page shows."""

    record: Record
    outlet: str
    country: str | None
    notice: str | None
    blocks: tuple[Block, ...]
    pointed_to_by: tuple[Record, ...]
    revisions: tuple[Revision, ...]
    stops: tuple[Stop, ...]
    facts: tuple[Fact, ...]
    raw: str


def page(
    record: Record,
    told: Explanation,
    graph: Related,
    revisions: Sequence[Record],
    *,
    name_of: Callable[[str], str],
    country: str | None,
    wanted_diff: int | None = None,
) -> Page:
    status = getattr(record, "status", "published")
    return Page(
        record=record,
        outlet=name_of(record.source),
        country=country,
        notice=STATUSES.get(status),
        blocks=tuple(blocks(record.related, graph.points_to)),
        pointed_to_by=graph.pointed_to_by[:SHOWN_POINTERS],
        revisions=tuple(history(told.versions, revisions, wanted_diff)),
        stops=tuple(stops(told, record.id, name_of)),
        facts=tuple(facts(record, told)),
        raw=pretty(encode(record)).decode(),
    )


def blocks(headlines: Sequence[Headline], pointers: Sequence[Pointer]) -> Iterator[Block]:
    """The headlines in their order, under the headings that the page gave them."""
    paired = [Beside(headline=h, article=p.article) for h, p in zip(headlines, pointers, strict=True)]
    for heading, some in groupby(paired, _heading):
        yield Block(heading, tuple(some))


def _heading(beside: Beside) -> str:
    return beside.headline.label or KINDS.get(beside.headline.kind, beside.headline.kind)


def history(versions: Sequence[Version], records: Sequence[Record], wanted: int | None) -> Iterator[Revision]:
    """The revisions, the latest first; the latest of them, and the wanted one, with what changed."""
    by_number = {record.revision: record for record in records}
    pairs = dict(pairwise(version.revision for version in versions))
    before = {later: earlier for earlier, later in pairs.items()}
    for place, version in enumerate(reversed(versions)):
        earlier = by_number.get(before.get(version.revision, 0))
        later = by_number.get(version.revision)
        shown = place < SHOWN_DIFFS or version.revision == wanted
        if earlier is None or later is None or not shown:
            yield Revision(version=version, diff=None)
            continue
        changed = diff.compare(earlier, later)
        yield Revision(version=version, diff=changed, paragraphs=tuple(_folded(changed.body)))


def _folded(body: Sequence[tuple[Piece, ...]]) -> Iterator[tuple[Piece, ...] | None]:
    for stayed, some in groupby(body, lambda pieces: all(piece.kept == "same" for piece in pieces)):
        if stayed:
            yield None
        else:
            yield from some


def stops(told: Explanation, here: str, name_of: Callable[[str], str]) -> Iterator[Stop]:
    first = told.members[0].origin if told.members else None
    for member in told.members:
        assert first is not None
        lag = (member.origin - first).total_seconds()
        yield Stop(
            id=member.id,
            name=name_of(member.source),
            title=member.title,
            url=member.url,
            at=member.origin,
            lag=f"+{formatting.span(lag)}" if lag else "first",
            role=member.role,
            similarity=member.similarity,
            here=member.id == here,
        )


def facts(record: Record, told: Explanation) -> Iterator[Fact]:
    """Where and how the article was found. Addresses are shown as addresses: the page links those that may be linked."""
    r = record
    yield Fact("Address", (r.url,))
    if r.urls:
        yield Fact("Also under", r.urls)
    yield Fact("Found", (WAYS.get(r.found_by or "", r.found_by or "nobody knows how"),))
    if r.feed.url:
        yield Fact("By", (r.feed.url,))
    if r.feed.guid:
        yield Fact("As", (r.feed.guid,))
    if r.published:
        said = f", printed as “{r.published_raw}”" if r.published_raw else ""
        where = f", from {DATES_FROM.get(r.published_from, r.published_from)}" if r.published_from else ""
        yield Fact("Published", (f"{formatting.minute(r.published)}{where}{said}",))
    else:
        yield Fact("Published", (f"not said{f', but “{r.published_raw}”' if r.published_raw else ''}",))
    yield Fact("First seen", (formatting.minute(r.first_seen),))
    yield Fact("This revision fetched", (formatting.minute(r.fetched),))
    method = METHODS.get(r.extraction.method, r.extraction.method)
    yield Fact("Body found", (f"{method}, confidence {r.extraction.confidence:.2f}",))
    if r.extraction.warnings:
        yield Fact("Doubts", tuple(w.replace("_", " ") for w in r.extraction.warnings))
    if r.credits:
        yield Fact("Credits", r.credits)
    yield Fact("Recognised by", told.keys)
    yield Fact("Stored as", (f"{r.id}, revision {r.revision}, seq {r.seq}",))
