"""List the newest articles first, page by page, for a reader who comes to look what is new.

With ``grouped`` an article gives way to a newer one of its cluster that passes the same filters, so that a text printed by
twenty sources is one line, with the twenty named on it.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.model import BestStories, Filter, Sighting, Story
from storage.sql import articles
from storage.sql.dialect import Db, SearchIndex
from storage.timestamps import from_micros, to_micros

_END = 1 << 62
RANKED = 1000  # hits that are paged through, the best first


def stories(
    db: Db,
    index: SearchIndex,
    query: str | None,
    filters: Filter,
    before: int | None,
    limit: int,
    *,
    grouped: bool,
) -> list[Story]:
    """Return the next page. Raises StoreError (bad_query) for a query without words."""
    found = index.newest(db, query, filters, _END if before is None else before, limit, grouped=grouped)
    return _stories(db, found)


def most_carried(db: Db, since: datetime, limit: int) -> list[Story]:
    """Return what most sources carried since a time, each as its first article; at least two carried it."""
    heads = db.all(
        "SELECT cluster FROM article WHERE cluster IS NOT NULL AND origin >= ? AND purged = 0 GROUP BY cluster"
        " HAVING count(DISTINCT source) > 1 ORDER BY count(DISTINCT source) DESC, max(origin) DESC LIMIT ?",
        (to_micros(since), limit),
    )
    return _stories(db, [(head, head) for (head,) in heads])


def best(db: Db, index: SearchIndex, query: str, filters: Filter, skip: int, limit: int) -> BestStories:
    """Return a page of the best hits. Raises StoreError (bad_query) for a query without words."""
    scores, ranked, complete = index.ranked(db, query, filters, RANKED)
    condition, numbers = db.in_("n", [n for n, _ in scores])
    clusters: dict[int, int | None] = dict(
        db.all(f"SELECT n, cluster FROM article WHERE {condition}", (numbers,))
    )
    folded: dict[int, int] = {}  # the best article of each cluster
    for n, _ in scores:
        folded.setdefault(clusters.get(n) or n, n)
    shown = list(folded.values())[skip : skip + limit]
    return BestStories(
        stories=tuple(_stories(db, [(n, clusters.get(n)) for n in shown])),
        ranked=ranked,
        complete=complete,
        more=len(folded) > skip + limit,
    )


def _stories(db: Db, found: Sequence[tuple[int, int | None]]) -> list[Story]:
    # a page of news leaves damaged lines out: `verify` and every export name them
    records = articles.readable_records(db, [n for n, _ in found], lambda _: None)
    sightings = _sightings(db, found)
    return [Story(cursor=n, record=records[n], sightings=sightings[n]) for n, _ in found if n in records]


def _sightings(db: Db, found: Sequence[tuple[int, int | None]]) -> dict[int, tuple[Sighting, ...]]:
    """Return who published each of these articles, the earliest first."""
    heads = {n: head if head is not None else n for n, head in found}
    there: dict[int, list[Sighting]] = {head: [] for head in heads.values()}
    in_cluster, clusters = db.in_("article.cluster", there)
    alone, numbers = db.in_("n", there)
    for head, id_, source, origin, language in db.all(
        "SELECT coalesce(article.cluster, n), id, article.source, origin, language FROM article JOIN line ON seq = latest"
        f" WHERE {in_cluster} OR {alone} AND article.cluster IS NULL ORDER BY origin, id",
        (clusters, numbers),
    ):
        there[head].append(Sighting(id=id_, source=source, origin=from_micros(origin), language=language))
    return {n: tuple(there[head]) for n, head in heads.items()}
