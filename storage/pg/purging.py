"""Articles that are too old, out of PostgreSQL, as storage.purging has it: each leaves one line that stands for its lines.

Runs inside the caller's transaction, under the writers' lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scraper import records
from scraper.codec import encode, replace
from storage.moments import stamp
from storage.pg import views
from storage.pg.board import Ahead, Board
from storage.pg.database import Connection
from storage.protocol import Purged


def due(db: Connection, before: datetime) -> list[int]:
    """The articles whose last revision was fetched before a time."""
    rows = db.execute(
        "SELECT n FROM article JOIN line ON seq = latest WHERE purged = 0 AND line.fetched < %s ORDER BY n",
        (stamp(before),),
    )
    return [n for (n,) in rows]


def purge(db: Connection, articles: Sequence[int], *, before: datetime, now: datetime) -> Purged:
    """Delete these, but for those that have become young meanwhile."""
    board = Board(db, Ahead(()))
    day, seq = max(now.strftime("%Y-%m-%d"), board.day), board.seq
    gone = 0
    buried: list[int] = []
    for n, latest in views.latest_records(db, articles).items():
        if latest.purged or latest.fetched >= before:
            continue
        seqs = [s for (s,) in db.execute("SELECT seq FROM line WHERE article = %s ORDER BY seq", (n,))]
        seq += 1
        grave = replace(records.tombstone(latest, seqs, now), seq=seq)
        board.bury(
            n, latest, grave, encode(grave), day, why=f"purged: last fetched {latest.fetched:%Y-%m-%d}"
        )
        buried.append(n)
        gone += len(seqs)
    _forget_texts(db, buried)
    board.write()
    return Purged(articles=len(buried), lines=gone)


def _forget_texts(db: Connection, articles: list[int]) -> None:
    db.execute("DELETE FROM line WHERE article = ANY(%s)", (articles,))
    db.execute("DELETE FROM visit WHERE article = ANY(%s)", (articles,))
    db.execute("UPDATE article SET purged = 1 WHERE n = ANY(%s)", (articles,))
    db.execute(
        "WITH old AS (DELETE FROM search WHERE n = ANY(%s) RETURNING size) UPDATE search_total"
        " SET articles = articles - (SELECT count(*) FROM old), tokens = tokens - (SELECT coalesce(sum(size), 0) FROM old)",
        (articles,),
    )


def forget(db: Connection, before: datetime) -> None:
    """What else is kept of the past: failures, attempts, pages in quarantine."""
    for table in ("failure", "attempt", "quarantine"):
        db.execute(f"DELETE FROM {table} WHERE at < %s", (stamp(before),))  # noqa: S608 -- three constants
