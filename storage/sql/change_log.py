"""Read the change log page by page, and how far its readers have come. Nothing here writes but the cursors."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterator

from storage import change_feed
from storage.change_feed import pages
from storage.line import Line
from storage.model import Filter
from storage.sql import articles, meta
from storage.sql.dialect import PAGE_LINES, Db
from storage.timestamps import to_micros

# How our lines say that there are no headlines. Inside a string the quotes would be escaped.
_NO_RELATED = '%"related":[]%'


def clock_column(by: str) -> str:
    """Return the column of ``article`` that has the time "seen" or "published"."""
    return "origin" if by == "published" else "seen"


def article_filter(filters: Filter) -> list[tuple[str, object]]:
    """Return the filters that look at the article's row, as conditions with a value each."""
    clock = clock_column(filters.by)
    return [
        (condition, value)
        for condition, value in (
            (f"article.{clock} >= ?", to_micros(filters.since) if filters.since else None),
            (f"article.{clock} < ?", to_micros(filters.until) if filters.until else None),
            ("article.cluster = (SELECT n FROM article WHERE id = ?)", filters.cluster),
        )
        if value is not None
    ]


def _passing(db: Db, filters: Filter) -> tuple[str, list[object]]:
    """Return all filters as a condition on lines and their articles, and its values."""
    conditions = article_filter(filters)
    for column, names in (("line.source", filters.sources), ("line.language", filters.languages)):
        if names:
            conditions.append(db.in_(column, names))
    if filters.has_related:
        conditions.append(("CAST(json AS TEXT) NOT LIKE ?", _NO_RELATED))
    return "".join(f" AND {text}" for text, _ in conditions), [value for _, value in conditions]


def changes(db: Db, after: int, filters: Filter) -> list[change_feed.Line]:
    """Return the next page of published lines."""
    condition, values = _passing(db, filters)
    joined = " JOIN article ON n = article" if "article." in condition else ""
    ask = f"SELECT seq, json, checksum FROM line{joined} WHERE seq {{}} ?{condition} ORDER BY seq LIMIT {PAGE_LINES}"
    return [(seq, raw, checksum, None) for seq, raw, checksum in db.lines(ask, after, values)]


def latest(db: Db, after: int, filters: Filter) -> list[change_feed.Line]:
    """Return the next page of latest revisions, each with its role in its cluster where that has changed since."""
    condition, values = _passing(db, filters)
    found = db.lines(
        "SELECT seq, json, checksum, n, article.cluster, line.cluster, similarity, role FROM line"
        " JOIN article ON n = article AND latest = seq"
        f" WHERE seq {{}} ? AND purged = 0{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        after,
        values,
    )
    clustered = [row[3] for row in found if len(row) > 3 and row[4:6] != (None, None)]
    roles = articles.cluster_roles(db, clustered) if clustered else {}
    page: list[change_feed.Line] = []
    for seq, raw, checksum, *more in found:
        role = None
        if more and more[0] in roles:
            role = roles[more[0]]
            role = None if (role.cluster, role.similarity, role.role) == tuple(more[2:]) else role
        page.append((seq, raw, checksum, role))
    return page


def top(db: Db) -> int:
    """Return the seq of the last line."""
    return int(db.row("SELECT coalesce(max(seq), 0) FROM line")[0])


def last_day(db: Db) -> str:
    """Return the day of the last line; empty without lines."""
    row = db.one("SELECT day FROM line ORDER BY seq DESC LIMIT 1")
    return row[0] if row else ""


def days(db: Db) -> list[str]:
    """Return the days that have lines, oldest first."""
    return [day for (day,) in db.all("SELECT DISTINCT day FROM line ORDER BY day")]


def cursor(db: Db, name: str) -> int | None:
    """Return how far a reader has come."""
    value = meta.get(db, f"cursor {name}")
    return None if value is None else int(value)


def lines_after(db: Db, seq: int, last: int = 1 << 62) -> Iterator[Line]:
    """Read the change log behind a seq and up to another, page by page."""
    ask = f"SELECT seq, day, json, checksum FROM line WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT {PAGE_LINES}"
    for row in pages(lambda after: db.all(ask, (after, last)), seq):
        yield Line(*row)


def lines_of(db: Db, day: str) -> Iterator[Line]:
    """Read the lines of one day's file, page by page."""
    ask = (
        f"SELECT seq, day, json, checksum FROM line WHERE day = ? AND seq > ? ORDER BY seq LIMIT {PAGE_LINES}"
    )
    for row in pages(lambda after: db.all(ask, (day, after)), 0):
        yield Line(*row)
