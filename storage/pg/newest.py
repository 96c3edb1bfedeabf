"""The newest articles first, page by page, as storage.sql.stories has them: what gives way to a newer one is sorted out in SQL."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from storage.model import Sighting, Story
from storage.pg.views import readable
from storage.search.tsvector import Condition
from storage.sql.postgres import Connection
from storage.timestamps import moment

_END = 1 << 62


def stories(
    db: Connection, condition: Condition, before: int | None, limit: int, *, grouped: bool
) -> list[Story]:
    if condition.hopeless:
        return []
    joined = " JOIN search USING (n)" if condition.searches else ""
    where, values = condition.where, list(condition.values)
    if grouped:
        newer = f"SELECT FROM article{joined} WHERE article.cluster = outer_.cluster AND article.n > outer_.n AND {where}"
        query = (
            f"SELECT n, cluster FROM (SELECT article.n, article.cluster FROM article{joined} WHERE article.n < %s AND article.purged = 0 AND {where}"
            f" ORDER BY article.n DESC) AS outer_ WHERE cluster IS NULL OR NOT EXISTS ({newer}) ORDER BY n DESC LIMIT %s"
        )
        values = [_END if before is None else before, *values, *values, limit]
    else:
        query = (
            f"SELECT article.n, article.cluster FROM article{joined} WHERE article.n < %s AND article.purged = 0 AND {where}"
            " ORDER BY article.n DESC LIMIT %s"
        )
        values = [_END if before is None else before, *values, limit]
    rows: list[tuple[int, int | None]] = db.execute(query, values).fetchall()
    records = readable(db, [n for n, _ in rows], lambda _: None)  # as storage.sql.stories has it
    sightings = _sightings(db, rows)
    return [Story(cursor=n, record=records[n], sightings=sightings[n]) for n, _ in rows if n in records]


def _sightings(db: Connection, rows: list[tuple[int, int | None]]) -> dict[int, tuple[Sighting, ...]]:
    """Those who carried each of these articles, the earliest first."""
    heads = {n: head if head is not None else n for n, head in rows}
    there: dict[int, list[Sighting]] = {head: [] for head in heads.values()}
    for head, id_, source, origin, language in db.execute(
        "SELECT coalesce(article.cluster, n), id, article.source, origin, language FROM article JOIN line ON seq = latest"
        " WHERE article.cluster = ANY(%s) OR n = ANY(%s) AND article.cluster IS NULL ORDER BY origin, id",
        (list(there), list(there)),
    ):
        there[head].append(Sighting(id=id_, source=source, origin=moment(origin), language=language))
    return {n: tuple(there[head]) for n, head in heads.items()}
