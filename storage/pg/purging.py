"""Articles that are too old, or are to go by name, out of PostgreSQL, as storage.sql.purge has it: each leaves one line that stands for its lines.

Runs inside the caller's transaction, under the writers' lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scraper.codec import encode, replace
from scraper.model import Record
from storage import records
from storage.model import Purged
from storage.pg import views
from storage.protocol import Doomed, Grave
from storage.sql.batch import Ahead, Board
from storage.sql.postgres import Connection, plain
from storage.sql.purge import check_named, grave, why
from storage.timestamps import stamp


def due(db: Connection, doomed: Doomed) -> list[int]:
    """The articles that are to go. Raises StoreError (no_such_article)."""
    if doomed.before is not None:
        rows = db.execute(
            "SELECT n FROM article JOIN line ON seq = latest WHERE purged = 0 AND line.fetched < %s ORDER BY n",
            (stamp(doomed.before),),
        )
    elif doomed.source is not None:
        rows = db.execute(
            "SELECT n FROM article WHERE purged = 0 AND source = %s ORDER BY n", (plain(doomed.source),)
        )
    else:
        named = {article: views.find(db, article) for article in doomed.articles}
        check_named(named)
        rows = db.execute(
            "SELECT n FROM article WHERE purged = 0 AND n = ANY(%s) ORDER BY n", (list(named.values()),)
        )
    return [n for (n,) in rows]


def graves(db: Connection, numbers: Sequence[int]) -> list[Grave]:
    """The articles that would go."""
    counts: dict[int, int] = dict(
        db.execute(
            "SELECT article, count(*) FROM line WHERE article = ANY(%s) GROUP BY article", (list(numbers),)
        ).fetchall()
    )
    latest = views.latest_records(db, numbers)
    return [grave(latest[n], counts[n]) for n in numbers if n in latest]


def purge(db: Connection, articles: Sequence[int], *, doomed: Doomed, now: datetime) -> Purged:
    """Delete these, but for those that have become young meanwhile."""
    board = Board(db, Ahead(()))
    day, seq = max(now.strftime("%Y-%m-%d"), board.day), board.seq
    gone = 0
    buried: list[int] = []
    for n, latest in views.latest_records(db, articles).items():
        if latest.purged or (doomed.before is not None and latest.fetched >= doomed.before):
            continue
        if not doomed.is_aged:
            _forget_pages(db, latest)
        seqs = [s for (s,) in db.execute("SELECT seq FROM line WHERE article = %s ORDER BY seq", (n,))]
        seq += 1
        stone = replace(records.tombstone(latest, seqs, now), seq=seq)
        board.bury(n, latest, stone, encode(stone), day, why=why(doomed, latest))
        buried.append(n)
        gone += len(seqs)
    _forget_texts(db, buried)
    board.write()
    return Purged(articles=len(buried), lines=gone)


def _forget_pages(db: Connection, latest: Record) -> None:
    """What is kept of an article's addresses beside its lines."""
    addresses = [plain(url) for url in (latest.url, *latest.urls)]
    for table in ("failure", "attempt", "quarantine"):
        db.execute(f"DELETE FROM {table} WHERE url = ANY(%s)", (addresses,))  # noqa: S608 -- three constants


def forget_source(db: Connection, source: str) -> None:
    """What is kept of a source beside its lines, but for its state: it may be polled on."""
    for table in ("failure", "quarantine"):
        db.execute(f"DELETE FROM {table} WHERE source = %s", (plain(source),))  # noqa: S608 -- two constants


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
