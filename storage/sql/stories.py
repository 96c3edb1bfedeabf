"""List the newest articles first, page by page, for a reader who comes to look what is new.

With ``grouped`` an article gives way to a newer one of its cluster that passes the same filters, so that a text printed by
twenty sources is one line, with the twenty named on it.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Sequence

from storage.model import Filter, Sighting, Story
from storage.sql import articles
from storage.sql.dialect import Db, SearchIndex
from storage.timestamps import from_micros

_END = 1 << 62


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
