"""The change log, page by page, and how far its readers have come: lines as they were published. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from storage import change_feed
from storage.line import Line
from storage.model import Filter
from storage.sql import band_index
from storage.timestamps import stamp

PAGE_LINES = 500


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


def changes(db: sqlite3.Connection, after: int, filters: Filter) -> list[change_feed.Line]:
    """The next page of published lines."""
    condition, values, asks = _passing(filters)
    joined = " JOIN article ON n = article" if asks else ""
    ask = f"SELECT seq, json, checksum, NULL FROM line{joined} WHERE seq {{}} ?{condition} ORDER BY seq LIMIT {PAGE_LINES}"
    return _page(db, ask, after, values)


def latest(db: sqlite3.Connection, after: int, filters: Filter) -> list[change_feed.Line]:
    """The next page of latest revisions, each with its place in its cluster where that has changed since."""
    condition, values, _ = _passing(filters)
    ask = (
        f"SELECT seq, json, checksum, line.cluster, line.similarity, role, {band_index.PLACE} FROM line"
        f" JOIN article ON article.n = line.article AND article.latest = seq {band_index.PLACES}"
        f" WHERE seq {{}} ? AND NOT article.purged{condition} ORDER BY seq LIMIT {PAGE_LINES}"
    )
    page: list[change_feed.Line] = []
    for seq, raw, checksum, *placed in _page(db, ask, after, values):
        place = None
        if placed != [None]:
            published, similarity, role, *there = placed
            if published is not None or there[0] is not None:
                now = band_index.place(there)
                there_now = now.cluster, now.similarity, now.role
                place = now if there_now != (published, similarity, role) else None
        page.append((seq, raw, checksum, place))
    return page


def _page(db: sqlite3.Connection, ask: str, after: int, values: Sequence[object]) -> list[Any]:
    """The rows behind a seq. Of lines on pages that cannot be read come rows without a line, for their reader to name."""
    try:
        return db.execute(ask.format(">"), (after, *values)).fetchall()
    except sqlite3.DatabaseError as damage:
        return list(_one_by_one(db, ask, after, values, damage))


def _one_by_one(
    db: sqlite3.Connection, ask: str, after: int, values: Sequence[object], damage: sqlite3.DatabaseError
) -> Iterator[Any]:
    unreadable = 0
    for (seq,) in seqs(db, after, damage)[:PAGE_LINES]:
        try:
            yield from db.execute(ask.format("="), (seq, *values)).fetchall()
        except sqlite3.DatabaseError:
            unreadable += 1
            yield seq, b"", "", None
    if not unreadable:
        raise damage


def seqs(db: sqlite3.Connection, after: int, damage: sqlite3.DatabaseError) -> list[tuple[int]]:
    """The seqs that an index knows of, where the table itself cannot be read. Raises ``damage`` if none can be."""
    for index in ("line_day", "line_article"):
        with contextlib.suppress(sqlite3.DatabaseError):
            return sorted(db.execute(f"SELECT seq FROM line INDEXED BY {index} WHERE +seq > ?", (after,)))
    raise damage


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
    for row in db.execute(f"SELECT seq, day, json, checksum FROM line WHERE {where} ORDER BY seq", (value,)):
        yield Line(*row)
