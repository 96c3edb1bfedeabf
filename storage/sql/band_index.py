"""Keep the index of near-duplicates: articles by the values of their sketches.

In SQLite every insert into a large tree rewrites another page, since values are random numbers. New ones go to a small tree
there, which is moved into the large one in order.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storage.sql.dialect import Db, Sqlite

MAX_PER_VALUE = 256  # articles read for one value: more share one only where a text was printed by hundreds
MEAN_PER_VALUE = 32
# How many articles the small tree holds, by the size of the store. Every commit rewrites the small tree, every flush the
# large one: what is best grows with the root of the store's size.
FLUSHED_EVERY = ((50_000, 5_000), (400_000, 15_000), (1 << 62, 30_000))


def articles_of(db: Db, values: Sequence[int]) -> list[tuple[int, int]]:
    """Return the articles that have these values, as pairs with the value; of a crowded value, some."""
    if not values:
        return []
    if not isinstance(db, Sqlite):
        return db.all(
            "SELECT v, article FROM unnest(?::bigint[]) AS v CROSS JOIN LATERAL"
            f" (SELECT article FROM band WHERE value = v ORDER BY article LIMIT {MAX_PER_VALUE}) AS few",
            (list(values),),
        )
    condition, value = db.in_("value", values)
    most = MEAN_PER_VALUE * max(32, len(values))
    found = db.all(
        f"SELECT value, article FROM band WHERE {condition}"
        f" UNION ALL SELECT value, article FROM fresh_band WHERE {condition} LIMIT ?",
        (value, value, most),
    )
    if len(found) == most:  # one by one, lest the first value leave no room for the others
        found = [
            row
            for value in values
            for table in ("band", "fresh_band")
            for row in db.all(
                f"SELECT value, article FROM {table} WHERE value = ? LIMIT {MAX_PER_VALUE}", (value,)
            )
        ]
    return found


def add(db: Db, pairs: Iterable[tuple[int, int]]) -> None:
    """Add values with their articles."""
    table = "fresh_band" if isinstance(db, Sqlite) else "band"
    db.insert(table, ("value", "article"), sorted(pairs), "ON CONFLICT DO NOTHING")


def remove(db: Db, pairs: Iterable[tuple[int, int]]) -> None:
    """Remove values of articles."""
    pairs = list(pairs)
    for table in _tables(db):
        db.run_many(f"DELETE FROM {table} WHERE value = ? AND article = ?", pairs)


def clear(db: Db) -> None:
    """Remove all."""
    for table in _tables(db):
        db.run(f"DELETE FROM {table}")


def flush_if_due(db: Db, before: int, now: int) -> None:
    """Flush when the number of articles has passed a multiple of the small tree's size."""
    every = next(every for size, every in FLUSHED_EVERY if now < size)
    if before // every != now // every:
        flush(db)


def flush(db: Db) -> None:
    """Move the small tree into the large one, in its order, so that each page is written once."""
    if isinstance(db, Sqlite):
        db.run("INSERT OR IGNORE INTO band SELECT value, article FROM fresh_band ORDER BY value, article")
        db.run("DELETE FROM fresh_band")


def _tables(db: Db) -> Sequence[str]:
    return ("band", "fresh_band") if isinstance(db, Sqlite) else ("band",)
