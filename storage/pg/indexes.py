"""Indexes made anew from the lines: those of another algorithm find nothing. Runs under the writers' lock."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from scraper.dedupe import fingerprint, minhash
from scraper.model import Record
from storage import checksums
from storage.checksums import DamagedLine
from storage.pg.tallies import Tallies
from storage.search import tsvector
from storage.sql import daily_counts
from storage.sql.postgres import Connection, one


def outdated(db: Connection) -> list[str]:
    """Which indexes are of another form than this Darial's."""
    there: dict[str, str] = dict(db.execute("SELECT key, value FROM meta").fetchall())
    return [key for key, (form, _) in _INDEXES.items() if there.get(key) != form]


def renew(db: Connection) -> None:
    db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # a large store takes its time
    for key in outdated(db):
        form, make = _INDEXES[key]
        make(db)
        db.execute(
            "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, form),
        )


def index(db: Connection) -> int:
    """Make the search index anew, whatever there is of one. How many articles are in it."""
    db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    _index_all(db)
    return int(one(db.execute("SELECT articles FROM search_total"))[0])


def _sketch_all(db: Connection) -> None:
    db.execute("DELETE FROM band")
    for n, record in _records(db, "JOIN article ON latest = seq WHERE purged = 0"):
        sketch = fingerprint.fingerprint(record.title, record.body).sketch
        db.execute("INSERT INTO band SELECT v, %s FROM unnest(%s::bigint[]) AS v", (n, list(sketch)))


def _index_all(db: Connection) -> None:
    db.execute("DELETE FROM search")
    db.execute("UPDATE search_total SET articles = 0, tokens = 0")
    with db.cursor() as cursor:
        for n, record in _records(db, "JOIN article ON latest = seq WHERE purged = 0"):
            row = tsvector.row_of(record, fingerprint.fold_paragraphs(record.body))
            tsvector.write(cursor, {n: tsvector.with_facets(row, record)})


def _count_all(db: Connection) -> None:
    db.execute("DELETE FROM tally")
    tallies = Tallies()
    for _, record in _records(db, "WHERE line.revision = 1"):
        tallies.count(record)
    with db.cursor() as cursor:
        tallies.write(cursor)


def _records(db: Connection, which: str) -> Iterator[tuple[int, Record]]:
    with db.cursor("records") as cursor:
        cursor.execute(f"SELECT article, seq, json, checksum FROM line {which} ORDER BY seq")  # noqa: S608
        for n, *line in cursor:
            with contextlib.suppress(DamagedLine):  # `verify` names it
                yield n, checksums.record(*line)


_INDEXES: dict[str, tuple[str, Callable[[Connection], None]]] = {
    "sketch": (minhash.ALGORITHM, _sketch_all),
    "search": (tsvector.FORM, _index_all),
    "tally": (daily_counts.FORM, _count_all),
}
