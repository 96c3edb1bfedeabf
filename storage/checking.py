"""Whether a database is what it should be, in itself. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants, numbers and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from storage import database, rows, shelves
from storage.protocol import ANYTHING

NAMED = rows.MAX_NAMED


def verify(db: sqlite3.Connection) -> Iterator[str]:
    """What is wrong inside the database."""
    for (answer,) in db.execute(f"PRAGMA integrity_check({NAMED})"):
        if answer != "ok":
            yield f"database: {answer}"
    for table, *_ in db.execute("PRAGMA foreign_key_check"):
        yield f"database: a row of {table} names an article that is not there"
    yield from _verify_schema(db)
    yield from rows.wrong_lines(
        db.execute(f"SELECT {rows.REPEATED} FROM line LEFT JOIN article ON n = article ORDER BY seq")
    )
    yield from rows.wrong_articles(
        db.execute(
            "SELECT id, latest, max(seq), revisions, count(*) FROM article LEFT JOIN line ON article = n GROUP BY n"
            " HAVING latest IS NOT max(seq) OR count(*) != iif(purged, 1, revisions)"
        )
    )
    for what, statement in rows.DISAGREEMENTS.items():
        for (id_,) in db.execute(f"{statement} LIMIT {NAMED}"):
            yield f"database: article {id_} {what}"
    yield from _verify_index(db)
    yield from _verify_times(db)


def _verify_schema(db: sqlite3.Connection) -> Iterator[str]:
    """Whether the tables and indexes that the migrations make are there."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for script in database.migrations():
            fresh.executescript(script)
        missing = _schema(fresh) - _schema(db)
    for kind, name in sorted(missing):
        yield f"database: the {kind} {name} is missing"


def _schema(db: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(db.execute("SELECT type, name FROM sqlite_schema"))


def _verify_index(db: sqlite3.Connection) -> Iterator[str]:
    """Whether the articles that there are, and no others, are in the search index."""
    found = 0
    shelved = {shelf.number for shelf in shelves.newest_first(db, ANYTHING)}
    (last,) = db.execute("SELECT coalesce(max(n), 0) FROM article").fetchone()
    for number in sorted(shelved | set(range(shelves.number_of(last) + 1))):
        articles = shelves.span(number)
        there = f"{shelves.table_of(number)}_docsize" if number in shelved else "(SELECT 0 AS id WHERE 0)"
        for (id_,) in db.execute(
            f"SELECT article.id FROM article LEFT JOIN {there} AS there ON there.id = n"
            f" WHERE n >= ? AND n < ? AND purged = (there.id IS NOT NULL) LIMIT {NAMED}",
            (articles.start, articles.stop),
        ):
            yield f"database: article {id_} is missing from the search index, or should be"
            found += 1
            if found == NAMED:
                return


def _verify_times(db: sqlite3.Connection) -> Iterator[str]:
    """Whether each shelf knows from when its articles are: searches narrowed to a time go by it."""
    for shelf in shelves.newest_first(db, ANYTHING):
        articles = shelves.span(shelf.number)
        earliest, latest = db.execute(
            "SELECT min(origin), max(origin) FROM article WHERE n >= ? AND n < ? AND NOT purged",
            (articles.start, articles.stop),
        ).fetchone()
        if earliest is not None and not (shelf.earliest <= earliest and latest <= shelf.latest):
            yield f"database: the search index (shelf {shelf.number}) is wrong about the time of its articles"
