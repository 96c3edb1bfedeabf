"""The change log, page by page, and how far its readers have come, as storage.sql.change_log has it. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterator

from storage import change_feed, cluster_graph
from storage.change_feed import pages
from storage.line import Line
from storage.model import Filter
from storage.pg.views import standings
from storage.sql.postgres import Connection, one
from storage.timestamps import stamp

PAGE_LINES = 500


# How our lines say that there are no headlines. Inside a string the quotes would be escaped.
_NO_RELATED = '"related":[]'


def appeared(filters: Filter) -> list[tuple[str, object]]:
    """The filters that go by the article's row, as conditions with a value each."""
    return [
        (condition, value)
        for condition, value in (
            ("article.origin >= %s", stamp(filters.since) if filters.since else None),
            ("article.origin < %s", stamp(filters.until) if filters.until else None),
            ("article.cluster = (SELECT n FROM article WHERE id = %s)", filters.cluster),
        )
        if value is not None
    ]


def _passing(filters: Filter) -> tuple[str, list[object]]:
    """All filters as a condition on lines and their articles, and its values."""
    conditions = appeared(filters)
    if filters.sources:
        conditions.append(("line.source = ANY(%s)", list(filters.sources)))
    if filters.languages:
        conditions.append(("line.language = ANY(%s)", list(filters.languages)))
    if filters.has_related:
        conditions.append(("strpos(json::text, %s) = 0", _NO_RELATED))
    return "".join(f" AND {text}" for text, _ in conditions), [value for _, value in conditions]


def changes(db: Connection, after: int, filters: Filter) -> list[change_feed.Line]:
    """The next page of published lines."""
    condition, values = _passing(filters)
    return db.execute(
        f"SELECT seq, json, checksum, NULL FROM line JOIN article ON n = article WHERE seq > %s{condition}"
        f" ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()


def latest(db: Connection, after: int, filters: Filter) -> list[change_feed.Line]:
    """The next page of latest revisions, each with its place in its cluster where that has changed since."""
    condition, values = _passing(filters)
    rows = db.execute(
        "SELECT seq, json, checksum, n, article.cluster, line.cluster, similarity, role FROM line"
        f" JOIN article ON n = article AND latest = seq WHERE seq > %s AND purged = 0{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()
    places = standings(db, [n for *_, n, head, cluster, _, _ in rows if (head, cluster) != (None, None)])
    page: list[change_feed.Line] = []
    for seq, line, checksum, n, _, *published in rows:
        place = places.get(n, cluster_graph.ALONE)
        same = (place.cluster, place.similarity, place.role) == tuple(published)
        page.append((seq, line, checksum, None if same else place))
    return page


def top(db: Connection) -> int:
    """The seq of the last line."""
    return int(one(db.execute("SELECT coalesce(max(seq), 0) FROM line"))[0])


def cursor(db: Connection, name: str) -> int | None:
    row = db.execute("SELECT value FROM meta WHERE key = %s", (f"cursor {name}",)).fetchone()
    return int(row[0]) if row else None


def lines_after(db: Connection, seq: int, top: int) -> Iterator[Line]:
    """The change log behind a seq and up to another, with the days whose files it belongs to, page by page."""
    ask = f"SELECT seq, day, json, checksum FROM line WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT {PAGE_LINES}"
    for row in pages(lambda after: db.execute(ask, (after, top)).fetchall(), seq):
        yield Line(*row)


def lines_of(db: Connection, day: str) -> Iterator[Line]:
    """The lines of one day's file, page by page."""
    ask = f"SELECT seq, day, json, checksum FROM line WHERE day = %s AND seq > %s ORDER BY seq LIMIT {PAGE_LINES}"
    for row in pages(lambda after: db.execute(ask, (day, after)).fetchall(), 0):
        yield Line(*row)
