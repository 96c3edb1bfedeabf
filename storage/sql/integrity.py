"""Whether a database is what it should be, in itself. Nothing here writes, and nothing that is damaged ends it.

Each look stands for itself: one that cannot go on says so, and the next one begins.
"""

# ruff: noqa: S608  (statements are built from constants, numbers and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from scraper.codec import DecodeError, decode
from storage import rows
from storage.files.jsonl import Mark
from storage.model import ANYTHING
from storage.search import fts5_check, fts5_shards
from storage.sql import change_log, daily_counts, purge, source_states, sqlite

NAMED = rows.MAX_NAMED


def verify(db: sqlite3.Connection) -> Iterator[str]:
    """What is wrong inside the database."""
    before, db.text_factory = db.text_factory, _readable
    db.execute("PRAGMA query_only = 0")  # of the database only: what is compared has a temporary one
    try:
        for what, look in _LOOKS:
            yield from guarded(f"database: {what}", lambda look=look: look(db))  # type: ignore[misc]
    finally:
        db.text_factory = before
        db.execute("PRAGMA query_only = 1")


def guarded(what: str, look: Callable[[], Iterator[str]]) -> Iterator[str]:
    """What a look finds; if damage ends it, that."""
    try:
        yield from look()
    except Exception as e:  # whatever damage brings about, it is named and the next look begins
        yield f"{what} cannot be looked at: {e or type(e).__name__}"


def _readable(raw: bytes) -> str:
    """A text of the database; bytes that are no UTF-8 are spelled out, and equal to nothing."""
    return raw.decode("utf-8", "backslashreplace")


# ------------------------------------------------------------------------------------------ pages and tables


def _pages(db: sqlite3.Connection) -> Iterator[str]:
    """What SQLite itself finds, by table."""
    try:
        found = _integrity(db, str(NAMED))
    except sqlite3.DatabaseError as e:
        found = [str(e)]
    if not found:
        return
    named = False
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"):
        try:
            answers = _integrity(db, f"'{table}'")
        except sqlite3.DatabaseError as e:
            answers = [str(e)]
        for answer in answers:
            named = True
            yield f"database: table {table}: {answer}"
    if not named:
        yield from (f"database: {answer}" for answer in found)


def _integrity(db: sqlite3.Connection, of: str) -> list[str]:
    answers = [answer for (answer,) in db.execute(f"PRAGMA integrity_check({of})")]
    return [" ".join(answer.split()) for answer in answers if answer != "ok"][:NAMED]


def _schema(db: sqlite3.Connection) -> Iterator[str]:
    """Whether the tables and indexes that the migrations make are there, as they make them."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        sqlite.know_checksums(fresh)
        for script in sqlite.migrations():
            fresh.executescript(script)
        wanted, there = _entries(fresh), _entries(db)
    for (kind, name), made in sorted(wanted.items()):
        if (kind, name) not in there:
            yield f"database: the {kind} {name} is missing"
        elif there[kind, name] != made:
            yield f"database: the {kind} {name} is not as it was made"


def _entries(db: sqlite3.Connection) -> dict[tuple[str, str], str | None]:
    return {
        (kind, name): made for kind, name, made in db.execute("SELECT type, name, sql FROM sqlite_schema")
    }


def _references(db: sqlite3.Connection) -> Iterator[str]:
    for table, *_ in db.execute("PRAGMA foreign_key_check"):
        yield f"database: a row of {table} names an article that is not there"


# ------------------------------------------------------------------------------------------ rows


_ASK = f"SELECT {rows.REPEATED} FROM line LEFT JOIN article ON n = article WHERE seq {{}} ? ORDER BY seq"


def _lines(db: sqlite3.Connection) -> Iterator[str]:
    yield from rows.wrong_lines(_all_lines(db))


def _all_lines(db: sqlite3.Connection) -> Iterator[Any]:
    """All lines in their order. Of one on a page that cannot be read there is no more than its seq."""
    before = 0
    try:
        for row in db.execute(_ASK.format(">="), (-(1 << 63),)):
            before = row[0]
            yield row
    except sqlite3.DatabaseError as damage:
        for (seq,) in change_log.seqs(db, before, damage):
            try:
                yield from db.execute(_ASK.format("="), (seq,)).fetchall()
            except sqlite3.DatabaseError:
                yield seq, b"", ""


def _articles(db: sqlite3.Connection) -> Iterator[str]:
    yield from rows.wrong_articles(
        db.execute(
            "SELECT id, latest, max(seq), revisions, count(*) FROM article LEFT JOIN line ON article = n GROUP BY n"
            " HAVING latest IS NOT max(seq) OR count(*) != iif(purged, 1, revisions)"
        )
    )


def _disagreements(db: sqlite3.Connection) -> Iterator[str]:
    for what, statement in rows.DISAGREEMENTS.items():
        for (id_,) in db.execute(f"{statement} LIMIT {NAMED}"):
            yield f"database: article {id_} {what}"


def _states(db: sqlite3.Connection) -> Iterator[str]:
    yield from rows.wrong_states(db.execute("SELECT source, json, checksum FROM source_state"))


def _visits(db: sqlite3.Connection) -> Iterator[str]:
    yield from rows.wrong_visits(db.execute("SELECT article, json FROM visit"))


def _remembered(db: sqlite3.Connection) -> Iterator[str]:
    """What is answered as a whole, to `status` and others: it can be, or it is named."""
    before, db.text_factory = db.text_factory, str
    try:
        source_states.failures(db, rows.MAX_FAILURES)
        source_states.quarantined(db)
        source_states.stats(db)
        daily_counts.since(db, date.min)
    finally:
        db.text_factory = before
    yield from ()


def _counts(db: sqlite3.Connection) -> Iterator[str]:
    """Whether as many articles were counted as came, where none was purged: what was purged stays counted."""
    counted, came, purged = db.execute(
        "SELECT (SELECT coalesce(sum(articles), 0) FROM tally), count(*), coalesce(sum(purged), 0) FROM article"
    ).fetchone()
    if not purged and counted != came:
        yield f"database: {counted} articles were counted, and {came} are there"


def _notes(db: sqlite3.Connection) -> Iterator[str]:
    """What the store remembers of itself."""
    for key, value in db.execute("SELECT key, value FROM meta"):
        try:
            if key == "projected":
                decode(value, Mark)
            elif key.startswith("cursor "):
                int(value)
            elif key not in ("sketch", "search", "tally", "stale", "store"):
                raise ValueError
        except (ValueError, TypeError, AttributeError, DecodeError):
            yield f"database: what is noted as {key!r} cannot be read: {value!r}"
    purge.stale(db)


# ------------------------------------------------------------------------------------------ the search index


def _index(db: sqlite3.Connection) -> Iterator[str]:
    """Whether the articles that there are, and no others, are in the search index."""
    found = 0
    shelved = {shelf.number for shelf in fts5_shards.newest_first(db, ANYTHING)}
    (last,) = db.execute("SELECT coalesce(max(n), 0) FROM article").fetchone()
    for number in sorted(shelved | set(range(fts5_shards.number_of(last) + 1))):
        articles = fts5_shards.span(number)
        there = f"{fts5_shards.table_of(number)}_docsize" if number in shelved else "(SELECT 0 AS id WHERE 0)"
        for (id_,) in db.execute(
            f"SELECT article.id FROM article LEFT JOIN {there} AS there ON there.id = n"
            f" WHERE n >= ? AND n < ? AND purged = (there.id IS NOT NULL) LIMIT {NAMED}",
            (articles.start, articles.stop),
        ):
            yield f"database: article {id_} is missing from the search index, or should be"
            found += 1
            if found == NAMED:
                return


def _shelves(db: sqlite3.Connection) -> Iterator[str]:
    """Whether each shelf says what its articles say, knows how many they are, and from when: searches go by it."""
    for shelf in fts5_shards.newest_first(db, ANYTHING):
        articles = fts5_shards.span(shelf.number)
        count, earliest, latest = db.execute(
            "SELECT count(*), min(origin), max(origin) FROM article WHERE n >= ? AND n < ? AND NOT purged",
            (articles.start, articles.stop),
        ).fetchone()
        name = f"the search index (shelf {shelf.number})"
        if count and not (shelf.earliest <= earliest and latest <= shelf.latest):
            yield f"database: {name} is wrong about the time of its articles"
        if count != shelf.articles:
            yield f"database: {name} is wrong about the number of its articles"
        yield from guarded(
            f"database: {name}",
            lambda number=shelf.number, name=name: fts5_check.differs(db, number, name),  # type: ignore[misc]
        )


_LOOKS: tuple[tuple[str, Callable[[sqlite3.Connection], Iterator[str]]], ...] = (
    ("its pages", _pages),
    ("its tables", _schema),
    ("what refers to articles", _references),
    ("the lines", _lines),
    ("the articles", _articles),
    ("what articles are to each other", _disagreements),
    ("the states of sources", _states),
    ("the visits", _visits),
    ("what is remembered: failures, pages in quarantine, counts", _remembered),
    ("the counts", _counts),
    ("what it notes of itself", _notes),
    ("the search index", _index),
    ("the shelves of the search index", _shelves),
)
