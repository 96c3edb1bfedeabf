"""Articles that are too old, out of the database: each leaves one line that stands for all of its lines.

Runs inside the caller's transaction. The line is a further revision without anything that was printed; its ``purged`` names
the seqs that are no more. Identities stay, so that what feeds still announce is known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from scraper import records
from scraper.codec import encode, replace
from scraper.model import Record
from storage import placing, search, views
from storage.line import Line
from storage.moments import stamp


def due(db: sqlite3.Connection, before: datetime) -> list[int]:
    """The articles whose last revision was fetched before a time."""
    rows = db.execute(
        "SELECT n FROM article JOIN line ON seq = latest WHERE NOT purged AND line.fetched < ? ORDER BY n",
        (stamp(before),),
    )
    return [n for (n,) in rows]


def purge(
    db: sqlite3.Connection, pen: search.Pen, n: int, *, before: datetime, now: datetime, seq: int, day: str
) -> tuple[Line, list[str]] | None:
    """Delete one article. The line that stands for it, and the day of each line that is gone; None if it is young."""
    latest = views.latest_of(db, n)
    if latest.purged or latest.fetched >= before:
        return None
    gone = [s for (s,) in db.execute("SELECT seq FROM line WHERE article = ? ORDER BY seq", (n,))]
    record = replace(records.tombstone(latest, gone, now), seq=seq)
    line = Line(seq, day, encode(record))
    return line, bury(db, pen, n, record, line, why=f"purged: last fetched {latest.fetched:%Y-%m-%d}")


def bury(
    db: sqlite3.Connection, pen: search.Pen, n: int, record: Record, line: Line, *, why: str
) -> list[str]:
    """Write the line that stands for an article, in place of whatever the database has of it. Of which days lines went."""
    board = placing.Board(db, pen)
    latest = db.execute("SELECT latest FROM article WHERE n = ? AND NOT purged", (n,)).fetchone()
    if latest is not None:
        board.unfile(n, views.latest_of(db, n))
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
        db.execute(f"DELETE FROM {table} WHERE at < ?", (stamp(before),))  # noqa: S608 -- three constants
