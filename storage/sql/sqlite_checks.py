"""Check what only SQLite has: pages, tables, foreign keys, the shards of its search index, the JSON files beside it."""

# ruff: noqa: S608  (statements are built from constants, numbers and placeholders only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import partial

from scraper.codec import DecodeError, decode
from storage.files import jsonl, manifest
from storage.files.jsonl import Mark, Projection
from storage.model import ANYTHING
from storage.search import fts5_check, fts5_shards
from storage.sql import change_log, integrity, sqlite, story_tables, story_window
from storage.sql.dialect import Db, Sqlite
from storage.sql.integrity import MAX_NAMED, Check, guarded


def verify_sqlite(db: Sqlite) -> Iterator[str]:
    """Yield what is wrong inside the database."""
    connection = db.connection
    connection.execute("PRAGMA query_only = 0")  # of the database only: what is compared has a temporary one
    before = connection.text_factory
    try:
        yield from integrity.run_checks(db, (integrity.REMEMBERED,))
        connection.text_factory = _readable
        yield from integrity.run_checks(db, (*_BEFORE, *integrity.CHECKS, *_AFTER))
    finally:
        connection.text_factory = before
        connection.execute("PRAGMA query_only = 1")


def _readable(raw: bytes) -> str:
    """Return a text of the database; bytes that are not UTF-8 are written as escapes, and equal nothing."""
    return raw.decode("utf-8", "backslashreplace")


def _pages(db: Db) -> Iterator[str]:
    """Ask SQLite itself, table by table."""
    try:
        found = _integrity(db, str(MAX_NAMED))
    except sqlite3.DatabaseError as e:
        found = [str(e)]
    if not found:
        return
    named = False
    for (table,) in db.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"):
        try:
            answers = _integrity(db, f"'{table}'")
        except sqlite3.DatabaseError as e:
            answers = [str(e)]
        for answer in answers:
            named = True
            yield f"database: table {table}: {answer}"
    if not named:
        yield from (f"database: {answer}" for answer in found)


def _integrity(db: Db, of: str) -> list[str]:
    answers = [answer for (answer,) in db.all(f"PRAGMA integrity_check({of})")]
    return [" ".join(answer.split()) for answer in answers if answer != "ok"][:MAX_NAMED]


def _schema(db: Db) -> Iterator[str]:
    """Check that the tables and indexes are as the migrations make them."""
    with contextlib.closing(sqlite.empty()) as fresh:
        wanted, there = _entries(Sqlite(fresh)), _entries(db)
    for (kind, name), made in sorted(wanted.items()):
        if (kind, name) not in there:
            yield f"database: the {kind} {name} is missing"
        elif there[kind, name] != made:
            yield f"database: the {kind} {name} is not as it was made"


def _entries(db: Db) -> dict[tuple[str, str], str | None]:
    return {(kind, name): made for kind, name, made in db.all("SELECT type, name, sql FROM sqlite_schema")}


def _references(db: Db) -> Iterator[str]:
    for table, *_ in db.all("PRAGMA foreign_key_check"):
        yield f"database: a row of {table} names an article that is not there"


def _notes(db: Db) -> Iterator[str]:
    """Check what the store remembers of itself."""
    for key, value in db.all("SELECT key, value FROM meta"):
        try:
            if key == "projected":
                decode(value, Mark)
            elif key.startswith("cursor "):
                int(value)
            elif key == "stale" or key.startswith("told "):
                value.split()
            elif key not in ("sketch", "search", "tally", "store", story_tables.VERSION, story_window.MARK):
                raise ValueError
        except (ValueError, TypeError, AttributeError, DecodeError):
            yield f"database: what is noted as {key!r} cannot be read: {value!r}"


def wrong_files(db: Sqlite, files: Projection) -> Iterator[str]:
    """Yield where the JSON files do not say what the database says."""
    yield from guarded("the JSON files", partial(_wrong_files, db, files))


def _wrong_files(db: Sqlite, files: Projection) -> Iterator[str]:
    known: list[str] = []
    try:
        known = change_log.days(db)
    except sqlite3.DatabaseError as e:
        yield f"database: the days of its lines cannot be read: {e}"
    for day in sorted({*known, *files.days()}):
        for path in files.files(day):
            lines_of = partial(change_log.lines_of, db, day)
            yield from guarded(path.name, partial(jsonl.compare, path, lines_of))
    for name in files.strangers():
        yield f"{name}: does not belong to the store, but programs that read *.jsonl* will read it"
    yield from manifest.problems(files.folder, files.sealed())


def _index(db: Db) -> Iterator[str]:
    """Check that the articles that there are, and no others, are in the search index."""
    found = 0
    there_are = {shard.number for shard in fts5_shards.newest_first(db, ANYTHING)}
    (last,) = db.row("SELECT coalesce(max(n), 0) FROM article")
    for number in sorted(there_are | set(range(fts5_shards.number_of(last) + 1))):
        articles = fts5_shards.span(number)
        there = (
            f"{fts5_shards.table_of(number)}_docsize" if number in there_are else "(SELECT 0 AS id WHERE 0)"
        )
        for (id_,) in db.all(
            f"SELECT article.id FROM article LEFT JOIN {there} AS there ON there.id = n"
            f" WHERE n >= ? AND n < ? AND purged = (there.id IS NOT NULL) LIMIT {MAX_NAMED}",
            (articles.start, articles.stop),
        ):
            yield f"database: article {id_} is missing from the search index, or is in it by mistake"
            found += 1
            if found == MAX_NAMED:
                return


def _shards(db: Db) -> Iterator[str]:
    """Check that each shard holds the words of its articles, and knows how many they are and from when."""
    for shard in fts5_shards.newest_first(db, ANYTHING):
        articles = fts5_shards.span(shard.number)
        count, earliest, latest = db.row(
            "SELECT count(*), min(origin), max(origin) FROM article WHERE n >= ? AND n < ? AND purged = 0",
            (articles.start, articles.stop),
        )
        name = f"the search index (shard {shard.number})"
        if count and not (shard.earliest <= earliest and latest <= shard.latest):
            yield f"database: {name} is wrong about the time of its articles"
        if count != shard.articles:
            yield f"database: {name} is wrong about the number of its articles"
        yield from guarded(f"database: {name}", partial(fts5_check.differences, db, shard.number, name))


_BEFORE: tuple[Check, ...] = (
    ("its pages", _pages),
    ("its tables", _schema),
    ("what refers to articles", _references),
)
_AFTER: tuple[Check, ...] = (
    ("what it notes of itself", _notes),
    ("the search index", _index),
    ("the shards of the search index", _shards),
)
