"""Turn rows of either database into answers, and find what is wrong with them. Asks no database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from scraper import urls
from scraper.codec import DecodeError, decode
from scraper.dedupe import decide
from scraper.model import Failure, PollDraft, Record, Revisit
from storage import checksums
from storage.cluster_graph import ClusterRole
from storage.model import Explanation, FailureRecord, Member, Quarantined, Version
from storage.timestamps import from_micros, to_micros

REBUILD_SEARCH = "`darial store rebuild --search` makes it anew"
LOST = "what was remembered of the source could not be read: it was begun anew, and nothing was stored twice"
MAX_FAILURES = 10_000  # that a store remembers
MAX_NAMED = 20  # of one kind of mistake, one by one

Row = Sequence[Any]


# ------------------------------------------------------------------------------------------ explaining


def explanation(rows: Sequence[Row], cluster: str | None, members: Sequence[Member]) -> Explanation:
    """Why an article is what it is, from its (seq, revision, fetched, hash, why, line, checksum), the oldest first."""
    records = [checksums.checked_record(row[0], *row[5:]) for row in rows]
    record = records[-1]
    return Explanation(
        id=record.id,
        url=record.url,
        source=record.source,
        keys=urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid),
        versions=tuple(
            Version(
                seq=seq,
                revision=revision,
                fetched=from_micros(fetched),
                hash=hash_,
                why=why,
                title=known.title,
            )
            for (seq, revision, fetched, hash_, why, *_), known in zip(rows, records, strict=True)
        ),
        cluster=cluster,
        members=tuple(members),
    )


def member(row: Row, place: ClusterRole, alike: Mapping[str, float]) -> Member:
    """One article of a cluster, from its (id, source, origin, seq, line, checksum) and its place there."""
    id_, source, origin, *line = row
    record = checksums.checked_record(*line)
    return Member(
        id=id_,
        source=source,
        title=record.title,
        url=record.url,
        origin=from_micros(origin),
        role=place.role,
        similarity=place.similarity,
        alike=dict(alike),
    )


# ------------------------------------------------------------------------------------------ states


def failure_record(poll: PollDraft, failure: Failure) -> FailureRecord:
    """Return a failure of a poll as it is remembered."""
    message = failure.message.encode("utf-8", "replace").decode()[:1000]
    return FailureRecord(
        at=poll.polled, source=poll.source, url=failure.url, code=failure.code, message=message
    )


def failures_of(poll: PollDraft, *, lost: bool) -> list[FailureRecord]:
    """Return what is to be remembered of a poll's failures; ``lost``: what was remembered of its source could not be read."""
    found = [failure_record(poll, failure) for failure in poll.failures]
    if lost:
        found.append(failure_record(poll, Failure(url=None, code="state_lost", message=LOST)))
    return found


def revisits_due(rows: Iterable[Row]) -> list[Revisit]:
    """From (line). One that cannot be read is left out (``verify`` names it): its article is stored, a second look is not."""
    found = []
    for (raw,) in rows:
        with contextlib.suppress(DecodeError, TypeError):
            found.append(decode(raw, Revisit))
    return found


def failure_records(rows: Iterable[Row]) -> list[FailureRecord]:
    """From (at, source, url, code, message)."""
    return [
        FailureRecord(at=from_micros(at), source=source, url=url, code=code, message=message)
        for at, source, url, code, message in rows
    ]


def quarantined_pages(rows: Iterable[Row]) -> list[Quarantined]:
    """From (url, source, at, code, message, size)."""
    return [
        Quarantined(url=url, source=source, at=from_micros(at), code=code, message=message, size=size)
        for url, source, at, code, message, size in rows
    ]


# ------------------------------------------------------------------------------------------ checking


# What the rows of the change log repeat of their lines, and the lines themselves: columns of ``line LEFT JOIN article``.
REPEATED = (
    "seq, id, line.revision, line.source, line.language, fetched, hash, line.cluster, similarity, role,"
    " CASE line.revision WHEN 1 THEN origin END, json, checksum"
)

# What must agree between the tables of either database: what is wrong with the articles whose ids a statement gives. Each
# takes a time that grows with the tables, not with their product, in both.
DISAGREEMENTS = {
    "has another source than its line": (
        "SELECT id FROM article JOIN line ON seq = latest WHERE article.source <> line.source"
    ),
    "is not known by any key: it would come back as new": (
        "SELECT id FROM article LEFT JOIN (SELECT DISTINCT article AS named FROM identity) AS keys ON named = n"
        " WHERE named IS NULL"
    ),
    "is in a cluster and like no other article": (
        "SELECT id FROM article WHERE cluster IS NOT NULL AND NOT EXISTS (SELECT 1 FROM edge WHERE a = n)"
    ),
    "is like an article outside its cluster": (
        "SELECT DISTINCT article.id FROM edge JOIN article ON article.n = a JOIN article AS other ON other.n = b"
        " WHERE article.cluster IS NULL OR other.cluster IS NULL OR article.cluster <> other.cluster"
    ),
    "is like an article that is not like it": (
        "SELECT DISTINCT id FROM edge AS there JOIN article ON n = there.a"
        " LEFT JOIN edge AS back ON back.a = there.b AND back.b = there.a"
        " WHERE back.a IS NULL OR back.similarity <> there.similarity"
    ),
    "is like another in shares that are none": (
        "SELECT DISTINCT id FROM edge JOIN article ON n = a"
        " WHERE NOT (similarity BETWEEN 0 AND 1 AND contained BETWEEN 0 AND 1)"
    ),
    "is not the earliest of its cluster": (
        "SELECT DISTINCT head.id FROM article JOIN article AS head ON head.n = article.cluster"
        " WHERE (article.origin, article.id) < (head.origin, head.id)"
    ),
}


def wrong_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Return what is wrong with the change log, from REPEATED of all of it in order."""
    before = 0
    holes: list[range] = []
    purged: set[int] = set()
    for seq, *row, line, checksum in rows:
        if seq > before + 1:
            holes.append(range(before + 1, seq))
        before = max(before, seq)
        try:
            record = decode(line, Record)
            said = _repeated(record)
        except (DecodeError, TypeError, OverflowError) as e:  # a time without a zone is no time
            yield f"database: seq {seq} is no record: {e}"
            continue
        if not checksums.is_intact(line, checksum):
            yield f"database: seq {seq} is not what was stored"
        elif [seq, *row] != said:
            yield f"database: seq {seq} and its line disagree"
        purged.update(record.purged)
    missing = (seq for hole in holes for seq in hole if seq not in purged)
    for seq in islice(missing, MAX_NAMED):
        yield f"database: seq {seq} is missing"


def _repeated(record: Record) -> list[Any]:
    """Return what the row of a line, and that of its article while it is the first, must say."""
    born = decide.origin(record.published, record.published_raw, record.first_seen)
    return [
        record.seq, record.id, record.revision, record.source, record.language, to_micros(record.fetched), record.hash,
        record.cluster, record.similarity, record.role, to_micros(born) if record.revision == 1 else None,
    ]  # fmt: skip


def wrong_states(rows: Iterable[Row]) -> Iterator[str]:
    """From the (source, state, checksum) of all sources."""
    for source, raw, checksum in rows:
        if checksums.state(source, raw, checksum).lost:
            yield f"database: the state of the source {source} cannot be read: it will begin anew"


def wrong_visits(rows: Iterable[Row]) -> Iterator[str]:
    """From the (article, line) of all visits."""
    for article, raw in rows:
        try:
            decode(raw, Revisit)
        except (DecodeError, TypeError):
            yield f"database: the visit of article {article} cannot be read: there will be none"


def wrong_articles(rows: Iterable[Row]) -> Iterator[str]:
    """From the (id, latest, last seq, revisions, number of lines) of articles whose row and lines disagree."""
    for id_, latest, top, revisions, count in rows:
        yield f"database: article {id_} says latest seq {latest} of {revisions}, its lines say {top} of {count}"
