"""Why an article is what it is, and who else has its text, as storage.sql.clusters has it. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import rows
from storage.model import Cluster, Explanation, Member
from storage.pg import views
from storage.sql.postgres import Connection, one
from storage.timestamps import stamp

_NEVER = 1 << 62


def explain(db: Connection, id_or_url: str) -> Explanation | None:
    n = views.find(db, id_or_url)
    if n is None:
        return None
    lines = db.execute(
        "SELECT seq, revision, fetched, hash, why, json, checksum FROM line WHERE article = %s ORDER BY revision",
        (n,),
    ).fetchall()
    (head,) = one(db.execute("SELECT cluster FROM article WHERE n = %s", (n,)))
    there = members(db, [head])[head] if head is not None else ()
    return rows.explanation(lines, views.standings(db, [n])[n].cluster, there)


def members(db: Connection, heads: Sequence[int]) -> dict[int, tuple[Member, ...]]:
    """The articles of clusters, the earliest first."""
    articles = db.execute(
        "SELECT article.cluster, n, id, article.source, origin, seq, json, checksum FROM article JOIN line ON seq = latest"
        " WHERE article.cluster = ANY(%s) ORDER BY origin, id",
        (list(heads),),
    ).fetchall()
    numbers = [row[1] for row in articles]
    places = views.standings(db, numbers)
    alike: dict[int, dict[str, float]] = {}
    for a, id_, similarity in db.execute(
        "SELECT a, id, similarity FROM edge JOIN article ON n = b WHERE a = ANY(%s) ORDER BY origin, id",
        (numbers,),
    ):
        alike.setdefault(a, {})[id_] = similarity
    found: dict[int, list[Member]] = {head: [] for head in heads}
    for head, n, *article in articles:
        found[head].append(rows.member(article, places[n], alike.get(n, {})))
    return {head: tuple(there) for head, there in found.items()}


def listed(
    db: Connection,
    since: datetime | None,
    min_outlets: int,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Cluster]:
    """Clusters, those that grew last first."""
    last, behind = (stamp(after[0]), after[1]) if after else (_NEVER, "")
    found = db.execute(
        "SELECT top, outlets FROM (SELECT cluster AS top, count(DISTINCT source) AS outlets, max(origin) AS grown FROM article"
        " WHERE cluster IS NOT NULL GROUP BY cluster) AS all_clusters JOIN article AS head ON head.n = top"
        " WHERE outlets >= %s AND grown >= %s AND (grown < %s OR (grown = %s AND id > %s))"
        " ORDER BY grown DESC, id LIMIT %s",
        (min_outlets, stamp(since) if since else 0, last, last, behind, limit),
    ).fetchall()
    there = members(db, [head for head, _ in found])
    return [Cluster(id=there[head][0].id, outlets=outlets, members=there[head]) for head, outlets in found]
