"""The newest articles first, page by page: what a reader sees who comes to look what is new.

With ``grouped`` an article gives way to a newer one of its cluster that passes the same filters, so that a text printed by
twenty outlets is one line, with the twenty named on it.
"""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from storage.model import Filter, Sighting, Story
from storage.search import fts5
from storage.sql import articles, change_log
from storage.timestamps import moment


def stories(
    db: sqlite3.Connection,
    query: str | None,
    filters: Filter,
    before: int | None,
    limit: int,
    *,
    grouped: bool,
) -> list[Story]:
    """Raises StoreError (bad_query) for a query without words."""
    match = fts5.expression(query, filters)
    start = fts5.NOBODY if before is None else before
    shown: list[tuple[int, int | None]] = []
    with fts5.understood():
        for n, cluster in fts5.numbers(db, match, filters, before=start):
            if not (grouped and cluster is not None and _has_newer(db, n, cluster, match, filters)):
                shown.append((n, cluster))
            if len(shown) == limit:
                break
    # a page of news goes on without what is spoilt: `verify` and every export name it
    records = articles.readable(db, [n for n, _ in shown], lambda _: None)
    return [
        Story(cursor=n, record=records[n], sightings=_sightings(db, n, cluster))
        for n, cluster in shown
        if n in records
    ]


def _has_newer(db: sqlite3.Connection, n: int, cluster: int, match: str | None, filters: Filter) -> bool:
    """Whether a newer article of the cluster passes too."""
    condition, values = change_log.appeared(filters)
    newer = db.execute(
        f"SELECT n FROM article WHERE article.cluster = ? AND n > ? AND NOT purged{condition} ORDER BY n DESC",
        (cluster, n, *values),
    ).fetchall()
    return any(match is None or fts5.matches(db, match, other) for (other,) in newer)


def _sightings(db: sqlite3.Connection, n: int, cluster: int | None) -> tuple[Sighting, ...]:
    where, value = ("n = ?", n) if cluster is None else ("article.cluster = ?", cluster)
    rows: Sequence[tuple[str, str, int, str | None]] = db.execute(
        "SELECT id, article.source, origin, language FROM article JOIN line ON seq = latest"
        f" WHERE {where} ORDER BY origin, id",
        (value,),
    ).fetchall()
    return tuple(
        Sighting(id=id_, source=source, origin=moment(origin), language=language)
        for id_, source, origin, language in rows
    )
