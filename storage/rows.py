"""What the rows of either database say, as both of them select them: what a store answers, and whether it is whole.

It asks no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scraper import urls
from scraper.codec import DecodeError, decode
from scraper.model import Failure, PollResult, Record
from storage import ties
from storage.moments import moment, stamp
from storage.protocol import Explanation, FailureRecord, Member, Quarantined, Version
from storage.ties import Standing

MAX_FAILURES = 10_000  # that a store remembers
MAX_NAMED = 20  # of one kind of mistake, one by one

Row = Sequence[Any]


# ------------------------------------------------------------------------------------------ explaining


def explanation(rows: Sequence[Row], cluster: str | None, members: Sequence[Member]) -> Explanation:
    """Why an article is what it is, from its (seq, revision, fetched, hash, why, line), the oldest first."""
    record = decode(rows[-1][5], Record)
    return Explanation(
        id=record.id,
        url=record.url,
        source=record.source,
        keys=urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid),
        versions=tuple(
            Version(
                seq=seq,
                revision=revision,
                fetched=moment(fetched),
                hash=hash_,
                why=why,
                title=decode(line, ties.Text).title,
            )
            for seq, revision, fetched, hash_, why, line in rows
        ),
        cluster=cluster,
        members=tuple(members),
    )


def member(row: Row, place: Standing, alike: Mapping[str, float]) -> Member:
    """One article of a cluster, from its (id, source, origin, line) and its place there."""
    id_, source, origin, line = row
    record = decode(line, Record)
    return Member(
        id=id_,
        source=source,
        title=record.title,
        url=record.url,
        origin=moment(origin),
        role=place.role,
        similarity=place.similarity,
        alike=dict(alike),
    )


# ------------------------------------------------------------------------------------------ states


def failure_record(poll: PollResult, failure: Failure) -> FailureRecord:
    """A failure of a poll as it is remembered."""
    message = failure.message.encode("utf-8", "replace").decode()[:1000]
    return FailureRecord(
        at=poll.polled, source=poll.source, url=failure.url, code=failure.code, message=message
    )


def failures(rows: Iterable[Row]) -> list[FailureRecord]:
    """From (at, source, url, code, message)."""
    return [
        FailureRecord(at=moment(at), source=source, url=url, code=code, message=message)
        for at, source, url, code, message in rows
    ]


def quarantined(rows: Iterable[Row]) -> list[Quarantined]:
    """From (url, source, at, code, message, size)."""
    return [
        Quarantined(url=url, source=source, at=moment(at), code=code, message=message, size=size)
        for url, source, at, code, message, size in rows
    ]


# ------------------------------------------------------------------------------------------ checking


# What the rows of the change log repeat of their lines, and the lines themselves: columns of ``line LEFT JOIN article``.
REPEATED = (
    "seq, id, line.revision, line.source, line.language, fetched, hash, line.cluster, similarity, role, json"
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
    "is not the earliest of its cluster": (
        "SELECT DISTINCT head.id FROM article JOIN article AS head ON head.n = article.cluster"
        " WHERE (article.origin, article.id) < (head.origin, head.id)"
    ),
}


def wrong_lines(rows: Iterable[Row]) -> Iterator[str]:
    """What is wrong with the change log, from REPEATED of all of it in order."""
    before = 0
    holes: set[int] = set()
    for seq, *row, line in rows:
        holes.update(range(before + 1, seq))
        before = seq
        try:
            record = decode(line, Record)
        except DecodeError as e:
            yield f"database: seq {seq} is no record: {e}"
            continue
        holes.difference_update(record.purged)
        if [seq, *row] != _repeated(record):
            yield f"database: seq {seq} and its line disagree"
    for seq in sorted(holes)[:MAX_NAMED]:
        yield f"database: seq {seq} is missing"


def _repeated(record: Record) -> list[Any]:
    """What the row of a line must say."""
    return [
        record.seq, record.id, record.revision, record.source, record.language, stamp(record.fetched), record.hash,
        record.cluster, record.similarity, record.role,
    ]  # fmt: skip


def wrong_articles(rows: Iterable[Row]) -> Iterator[str]:
    """From the (id, latest, last seq, revisions, number of lines) of articles whose row and lines disagree."""
    for id_, latest, top, revisions, count in rows:
        yield f"database: article {id_} says latest seq {latest} of {revisions}, its lines say {top} of {count}"
