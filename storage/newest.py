"""The newest articles first, page by page: what a reader sees who comes to look what is new.

With ``grouped`` an article gives way to a newer one of its cluster that passes the same filters, so that a text printed by
twenty outlets is one line, with the twenty named on it.
"""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from storage import search, views
from storage.database import moment
from storage.protocol import Filter, Sighting, Story

CHUNK = 100
_END = 1 << 62


class _Sieve:
    """Which articles pass: a condition on ``article``, and one on the index where words or facets are asked for."""

    def __init__(self, query: str | None, filters: Filter) -> None:
        self.match = search.expression(query, filters)
        self.condition, self.values = views.appeared(filters)

    def page(self, db: sqlite3.Connection, before: int) -> list[tuple[int, int | None]]:
        """The next article numbers, newest first, with their clusters."""
        if self.match is None:
            return db.execute(
                f"SELECT n, cluster FROM article WHERE n < ? AND NOT purged{self.condition} ORDER BY n DESC LIMIT {CHUNK}",
                (before, *self.values),
            ).fetchall()
        return db.execute(
            "SELECT n, cluster FROM search JOIN article ON n = search.rowid WHERE search MATCH ? AND search.rowid < ?"
            f"{self.condition} ORDER BY search.rowid DESC LIMIT {CHUNK}",
            (self.match, before, *self.values),
        ).fetchall()

    def has_newer(self, db: sqlite3.Connection, n: int, cluster: int) -> bool:
        """Whether a newer article of the cluster passes too."""
        joined = " CROSS JOIN search ON search.rowid = n" if self.match is not None else ""
        matched = " AND search MATCH ?" if self.match is not None else ""
        row = db.execute(
            f"SELECT 1 FROM article{joined} WHERE article.cluster = ? AND article.n > ?{self.condition}{matched} LIMIT 1",
            (cluster, n, *self.values, *([self.match] if self.match is not None else [])),
        ).fetchone()
        return row is not None


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
    found = []
    with search.understood():
        for n, cluster in _numbers(db, _Sieve(query, filters), before, grouped=grouped):
            found.append(
                Story(cursor=n, record=views.placed_record(db, n), sightings=_sightings(db, n, cluster))
            )
            if len(found) == limit:
                break
    return found


def _numbers(
    db: sqlite3.Connection, sieve: _Sieve, before: int | None, *, grouped: bool
) -> Iterator[tuple[int, int | None]]:
    last = _END if before is None else before
    while page := sieve.page(db, last):
        for n, cluster in page:
            if not (grouped and cluster is not None and sieve.has_newer(db, n, cluster)):
                yield n, cluster
        last = page[-1][0]


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
