"""Articles that are too old, or are to go by name, out of the database: each leaves one line that stands for all of its lines.

Runs inside the caller's transaction. The line is a further revision without anything that was printed; its ``purged`` names
the seqs that are no more. Identities stay, so that what feeds still announce is known.
"""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from scraper.codec import encode, replace
from scraper.errors import StoreError
from scraper.model import Record
from storage import placing, records
from storage.line import Line
from storage.protocol import Doomed, Grave
from storage.search import fts5, fts5_shards
from storage.sql import articles
from storage.timestamps import stamp


def due(db: sqlite3.Connection, doomed: Doomed) -> list[int]:
    """The articles that are to go. Raises StoreError (no_such_article)."""
    if doomed.before is not None:
        rows = db.execute(
            "SELECT n FROM article JOIN line ON seq = latest WHERE NOT purged AND line.fetched < ? ORDER BY n",
            (stamp(doomed.before),),
        )
    elif doomed.source is not None:
        rows = db.execute(
            "SELECT n FROM article WHERE NOT purged AND source = ? ORDER BY n", (doomed.source,)
        )
    else:
        named = {article: articles.find(db, article) for article in doomed.articles}
        check_named(named)
        marks = ",".join("?" * len(named))
        rows = db.execute(
            f"SELECT n FROM article WHERE NOT purged AND n IN ({marks}) ORDER BY n", tuple(named.values())
        )
    return [n for (n,) in rows]


def check_named(named: Mapping[str, int | None]) -> None:
    """Raises StoreError (no_such_article) if one of the articles is not there: then none goes."""
    for article, n in named.items():
        if n is None:
            raise StoreError(f"the store has no article {article}", code="no_such_article")


def graves(db: sqlite3.Connection, numbers: Sequence[int]) -> list[Grave]:
    """The articles that would go."""
    return [
        grave(
            articles.latest_of(db, n),
            db.execute("SELECT count(*) FROM line WHERE article = ?", (n,)).fetchone()[0],
        )
        for n in numbers
    ]


def grave(latest: Record, lines: int) -> Grave:
    return Grave(
        id=latest.id,
        source=latest.source,
        url=latest.url,
        title=latest.title,
        fetched=latest.fetched,
        lines=lines,
    )


def why(doomed: Doomed, latest: Record) -> str:
    """The reason that the line which stands for an article is kept with."""
    if doomed.is_aged:
        return f"purged: last fetched {latest.fetched:%Y-%m-%d}"
    return "purged: its outlet was" if doomed.source is not None else "purged by name"


def purge(
    db: sqlite3.Connection, pen: fts5.Pen, n: int, *, doomed: Doomed, now: datetime, seq: int, day: str
) -> tuple[Line, list[str]] | None:
    """Delete one article. The line that stands for it, and the day of each line that is gone; None if it is young."""
    latest = articles.latest_of(db, n)
    if latest.purged or (doomed.before is not None and latest.fetched >= doomed.before):
        return None
    if not doomed.is_aged:
        _forget_pages(db, latest)
    gone = [s for (s,) in db.execute("SELECT seq FROM line WHERE article = ? ORDER BY seq", (n,))]
    record = replace(records.tombstone(latest, gone, now), seq=seq)
    line = Line(seq, day, encode(record))
    return line, bury(db, pen, n, record, line, why=why(doomed, latest))


def _forget_pages(db: sqlite3.Connection, latest: Record) -> None:
    """What is kept of an article's addresses beside its lines."""
    for table in ("failure", "attempt", "quarantine"):
        db.executemany(f"DELETE FROM {table} WHERE url = ?", [(url,) for url in (latest.url, *latest.urls)])


def bury(db: sqlite3.Connection, pen: fts5.Pen, n: int, record: Record, line: Line, *, why: str) -> list[str]:
    """Write the line that stands for an article, in place of whatever the database has of it. Of which days lines went."""
    board = placing.Board(db, pen)
    latest = db.execute("SELECT latest FROM article WHERE n = ? AND NOT purged", (n,)).fetchone()
    if latest is not None:
        board.unfile(n, articles.latest_of(db, n))
    db.execute("DELETE FROM visit WHERE article = ?", (n,))
    days = [day for (day,) in db.execute("DELETE FROM line WHERE article = ? RETURNING day", (n,))]
    db.execute(
        "INSERT INTO article (n, id, source, latest, revisions, origin, purged) VALUES (?, ?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (n) DO UPDATE SET latest = excluded.latest, revisions = excluded.revisions, purged = 1",
        (n, record.id, record.source, record.seq, record.revision, stamp(record.first_seen)),
    )
    board.insert(n, record, line.json, line.day, why=why)
    return days


def stale(db: sqlite3.Connection) -> list[str]:
    """The days whose files still hold lines that were purged: to be written anew."""
    row = db.execute("SELECT value FROM meta WHERE key = 'stale'").fetchone()
    return row[0].split() if row else []


def keep_stale(db: sqlite3.Connection, days: Iterable[str]) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('stale', ?)", (" ".join(sorted(set(days))),))


def forget(db: sqlite3.Connection, before: datetime) -> None:
    """What else is kept of the past: failures, attempts, pages in quarantine."""
    for table in ("failure", "attempt", "quarantine"):
        db.execute(f"DELETE FROM {table} WHERE at < ?", (stamp(before),))


def forget_source(db: sqlite3.Connection, source: str) -> None:
    """What is kept of a source beside its lines, but for its state: it may be polled on."""
    for table in ("failure", "quarantine"):
        db.execute(f"DELETE FROM {table} WHERE source = ?", (source,))


def erase(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Take what FTS5 keeps of deleted articles until it merges out of the index at once. Takes as long as a shelf is full."""
    for shelf in sorted({fts5_shards.number_of(n) for n in numbers}):
        table = fts5_shards.table_of(shelf)
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
