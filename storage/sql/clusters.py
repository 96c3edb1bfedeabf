"""Why an article is what it is, and who else has its text: decisions, clusters and their members. Nothing here writes."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from storage import rows
from storage.model import Cluster, Explanation, Member
from storage.sql import articles as views
from storage.sql import band_index
from storage.timestamps import stamp

_NEVER = 1 << 62


def explain(db: sqlite3.Connection, id_or_url: str) -> Explanation | None:
    n = views.find(db, id_or_url)
    if n is None:
        return None
    lines = db.execute(
        "SELECT seq, revision, fetched, hash, why, json, checksum FROM line WHERE article = ? ORDER BY revision",
        (n,),
    ).fetchall()
    (head,) = db.execute("SELECT cluster FROM article WHERE n = ?", (n,)).fetchone()
    there = members(db, head) if head is not None else ()
    return rows.explanation(lines, band_index.standing(db, n).cluster, there)


def members(db: sqlite3.Connection, head: int) -> tuple[Member, ...]:
    """The articles of a cluster, the earliest first."""
    articles = db.execute(
        "SELECT n, id, article.source, origin, seq, json, checksum FROM article JOIN line ON seq = latest"
        " WHERE article.cluster = ? ORDER BY origin, id",
        (head,),
    ).fetchall()
    return tuple(rows.member(article, band_index.standing(db, n), _alike(db, n)) for n, *article in articles)


def _alike(db: sqlite3.Connection, n: int) -> dict[str, float]:
    """Whose text an article was compared with, and how alike they are."""
    return dict(
        db.execute(
            "SELECT id, similarity FROM edge JOIN article ON n = b WHERE a = ? ORDER BY origin, id", (n,)
        ).fetchall()
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
    found = db.execute(
        "SELECT top, outlets FROM (SELECT cluster AS top, count(DISTINCT source) AS outlets, max(origin) AS grown FROM article"
        " WHERE cluster IS NOT NULL GROUP BY cluster) JOIN article AS head ON head.n = top"
        " WHERE outlets >= ? AND grown >= ? AND (grown < ? OR (grown = ? AND id > ?)) ORDER BY grown DESC, id LIMIT ?",
        (min_outlets, stamp(since) if since else 0, last, last, behind, limit),
    ).fetchall()
    there = {head: members(db, head) for head, _ in found}
    return [Cluster(id=there[head][0].id, outlets=outlets, members=there[head]) for head, outlets in found]
