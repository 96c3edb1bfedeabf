"""Why an article is what it is, and who else has its text: decisions, clusters and their members. Nothing here writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime

from scraper import urls
from scraper.codec import decode
from scraper.model import Record
from storage import clusters, ties, views
from storage.database import moment, stamp
from storage.protocol import Cluster, Explanation, Member, Version

_NEVER = 1 << 62
VersionRow = tuple[int, int, int, str, str, bytes]  # seq, revision, fetched, hash, why, the line


def explain(db: sqlite3.Connection, id_or_url: str) -> Explanation | None:
    n = views.find(db, id_or_url)
    if n is None:
        return None
    rows = db.execute(
        "SELECT seq, revision, fetched, hash, why, json FROM line WHERE article = ? ORDER BY revision", (n,)
    ).fetchall()
    record = decode(rows[-1][5], Record)
    (head,) = db.execute("SELECT cluster FROM article WHERE n = ?", (n,)).fetchone()
    keys = urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid)
    return Explanation(
        id=record.id,
        url=record.url,
        source=record.source,
        keys=keys,
        versions=versions(rows),
        cluster=clusters.standing(db, n).cluster,
        members=tuple(members(db, head)) if head is not None else (),
    )


def versions(rows: Iterable[VersionRow]) -> tuple[Version, ...]:
    """An article's revisions, out of the rows of either database."""
    return tuple(
        Version(
            seq=seq,
            revision=revision,
            fetched=moment(fetched),
            hash=hash_,
            why=why,
            title=decode(raw, ties.Text).title,
        )
        for seq, revision, fetched, hash_, why, raw in rows
    )


def members(db: sqlite3.Connection, head: int) -> Iterator[Member]:
    """The articles of a cluster, the earliest first."""
    rows = db.execute(
        "SELECT n, id, article.source, origin, json FROM article JOIN line ON seq = latest"
        " WHERE article.cluster = ? ORDER BY origin, id",
        (head,),
    ).fetchall()
    for n, id_, source, origin, raw in rows:
        record = decode(raw, Record)
        place = clusters.standing(db, n)
        alike = db.execute(
            "SELECT id, similarity FROM edge JOIN article ON n = b WHERE a = ? ORDER BY origin, id", (n,)
        )
        yield Member(
            id=id_,
            source=source,
            title=record.title,
            url=record.url,
            origin=moment(origin),
            role=place.role,
            similarity=place.similarity,
            alike=dict(alike.fetchall()),
        )


def listed(
    db: sqlite3.Connection,
    since: datetime | None,
    min_outlets: int,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Cluster]:
    """Clusters, those that grew last first."""
    last, behind = (stamp(after[0]), after[1]) if after else (_NEVER, "")
    rows = db.execute(
        "SELECT top, outlets FROM (SELECT cluster AS top, count(DISTINCT source) AS outlets, max(origin) AS grown FROM article"
        " WHERE cluster IS NOT NULL GROUP BY cluster) JOIN article AS head ON head.n = top"
        " WHERE outlets >= ? AND grown >= ? AND (grown < ? OR (grown = ? AND id > ?)) ORDER BY grown DESC, id LIMIT ?",
        (min_outlets, stamp(since) if since else 0, last, last, behind, limit),
    ).fetchall()
    found = []
    for head, outlets in rows:
        there = tuple(members(db, head))
        found.append(Cluster(id=there[0].id, outlets=outlets, members=there))
    return found
