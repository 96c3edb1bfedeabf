"""The change log, page by page, and how far its readers have come: lines as they were published. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from storage import clusters
from storage.jsonl import Line
from storage.moments import stamp
from storage.protocol import Filter
from storage.ties import Standing

PAGE_LINES = 500


Place = Standing | None  # where it is not the one that the line was published with
Row = tuple[int, bytes, Place]


# How our lines say that there are no headlines. Inside a string the quotes would be escaped.
_NO_RELATED = b'"related":[]'


def appeared(filters: Filter) -> tuple[str, list[object]]:
    """The filters that go by the article's row, as a condition to be added, and its values."""
    text = ""
    values: list[object] = []
    for part, value in (
        (" AND article.origin >= ?", stamp(filters.since) if filters.since else None),
        (" AND article.origin < ?", stamp(filters.until) if filters.until else None),
        (" AND article.cluster = (SELECT n FROM article WHERE id = ?)", filters.cluster),
    ):
        if value is not None:
            text += part
            values.append(value)
    return text, values


def _passing(filters: Filter) -> tuple[str, list[object], bool]:
    """All filters as a condition on lines, its values, and whether it asks for the article's row."""
    text, values = appeared(filters)
    asks = bool(text)
    for column, names in (("source", filters.sources), ("language", filters.languages)):
        if names:
            text += f" AND line.{column} IN ({','.join('?' * len(names))})"
            values += names
    if filters.has_related:
        text += " AND instr(json, ?) = 0"
        values.append(_NO_RELATED)
    return text, values, asks


def changes(db: sqlite3.Connection, after: int, filters: Filter) -> list[tuple[int, bytes]]:
    """The next page of published lines."""
    condition, values, asks = _passing(filters)
    joined = " JOIN article ON n = article" if asks else ""
    return db.execute(
        f"SELECT seq, json FROM line{joined} WHERE seq > ?{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()


def latest(db: sqlite3.Connection, after: int, filters: Filter) -> list[Row]:
    """The next page of latest revisions, each with its place in its cluster where that has changed since."""
    condition, values, _ = _passing(filters)
    page: list[Row] = []
    for seq, raw, published, similarity, role, *there in db.execute(
        f"SELECT seq, json, line.cluster, line.similarity, role, {clusters.PLACE} FROM line"
        f" JOIN article ON article.n = line.article AND article.latest = seq {clusters.PLACES}"
        f" WHERE seq > ? AND NOT article.purged{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ):
        place = None
        if published is not None or there[0] is not None:
            now = clusters.place(there)
            place = now if (now.cluster, now.similarity, now.role) != (published, similarity, role) else None
        page.append((seq, raw, place))
    return page


def days(db: sqlite3.Connection) -> list[str]:
    """The days that have lines, oldest first."""
    return [day for (day,) in db.execute("SELECT DISTINCT day FROM line ORDER BY day")]


def top(db: sqlite3.Connection) -> int:
    """The seq of the last line."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM line").fetchone()[0])


def cursor(db: sqlite3.Connection, name: str) -> int | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (f"cursor {name}",)).fetchone()
    return int(row[0]) if row else None


def lines_of(db: sqlite3.Connection, where: str, value: object) -> Iterator[Line]:
    for row in db.execute(f"SELECT seq, day, json FROM line WHERE {where} ORDER BY seq", (value,)):
        yield Line(*row)
