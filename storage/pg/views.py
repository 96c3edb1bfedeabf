"""Articles by their keys, addresses and numbers, as storage.sql.articles has them: each query for all that is asked at once.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from scraper import urls
from scraper.model import Record
from storage import checksums, cluster_graph
from storage.checksums import DamagedLine, OnDamage, refuse
from storage.cluster_graph import Edge, Standing
from storage.sql.postgres import Connection

# ------------------------------------------------------------------------------------------ identity


def ids_of(db: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The ids of the articles that these keys name."""
    return dict(
        db.execute(
            "SELECT key, id FROM identity JOIN article ON n = article WHERE key = ANY(%s)", (list(keys),)
        ).fetchall()
    )


def find(db: Connection, id_or_url: str) -> int | None:
    """The number of the article with this id or address."""
    row = db.execute("SELECT n FROM article WHERE id = %s", (id_or_url.replace("\0", ""),)).fetchone()
    if row is None and (canonical := urls.as_written(id_or_url)):
        row = db.execute(
            "SELECT article FROM identity WHERE key = %s", ("u:" + canonical.removeprefix("https://"),)
        ).fetchone()
    return row[0] if row else None


# ------------------------------------------------------------------------------------------ records


def standings(db: Connection, articles: Sequence[int]) -> dict[int, Standing]:
    """The places of articles in their clusters."""
    rows = db.execute(
        "SELECT article.n, article.cluster, head.id, there.similarity, there.contained, back.contained,"
        " CASE WHEN there.a IS NULL AND article.cluster != article.n"
        " THEN (SELECT max(similarity) FROM edge WHERE a = article.n) END"
        " FROM article LEFT JOIN article AS head ON head.n = article.cluster"
        " LEFT JOIN edge AS there ON there.a = article.n AND there.b = article.cluster"
        " LEFT JOIN edge AS back ON back.a = article.cluster AND back.b = article.n"
        " WHERE article.n = ANY(%s)",
        (list(articles),),
    )
    found = {}
    for n, head, cluster, similarity, contained, contains, best in rows:
        direct = None if similarity is None else Edge(head, similarity, contained, contains)
        found[n] = cluster_graph.ALONE if head is None else cluster_graph.place_of(cluster, direct, best)
    return found


def latest_records(db: Connection, articles: Sequence[int], damaged: OnDamage = refuse) -> dict[int, Record]:
    """The latest revisions of articles as they were committed."""
    rows = db.execute(
        "SELECT n, seq, json, checksum FROM article JOIN line ON seq = latest WHERE n = ANY(%s)",
        (list(articles),),
    )
    found: dict[int, Record] = {}
    for n, *line in rows:
        try:
            found[n] = checksums.record(*line)
        except DamagedLine as error:
            damaged(error)
    return found


def placed_records(db: Connection, articles: Sequence[int]) -> list[Record]:
    """The latest revisions of articles, in their clusters as they are now, in the order asked."""
    found = readable(db, articles, refuse)
    return [found[n] for n in articles if n in found]


def readable(db: Connection, articles: Sequence[int], damaged: OnDamage) -> dict[int, Record]:
    """The same by number, without those whose lines are spoilt: they are told to ``damaged``."""
    records, places = latest_records(db, articles, damaged), standings(db, articles)
    return {n: cluster_graph.placed(record, places[n]) for n, record in records.items()}


def get(db: Connection, id_or_url: str) -> Record | None:
    n = find(db, id_or_url)
    return placed_records(db, [n])[0] if n is not None else None


def revisions(db: Connection, id_or_url: str) -> list[Record]:
    rows = db.execute(
        "SELECT seq, json, checksum FROM line WHERE article = %s ORDER BY revision", (find(db, id_or_url),)
    )
    return [checksums.record(*line) for line in rows]
