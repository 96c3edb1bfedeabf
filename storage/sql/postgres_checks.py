"""Check a PostgreSQL database as of one moment, while writers go on: what refers to articles, and its search index."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterator

from scraper.dedupe import fingerprint
from storage import checksums
from storage.checksums import DamagedLine
from storage.search import tsvector
from storage.sql import integrity
from storage.sql.dialect import Db, Postgres
from storage.sql.integrity import Check
from storage.sql.postgres import Database


def verify_postgres(database: Database) -> Iterator[str]:
    """Yield what is wrong inside the database."""
    connection = database.connect()
    try:
        with database.translated(), connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield from integrity.run_checks(
                Postgres(connection), (*integrity.CHECKS, integrity.REMEMBERED, *_MORE)
            )
    finally:
        connection.close()


def _references(db: Db) -> Iterator[str]:
    """Look for rows of articles that are not there: the tables have no foreign keys."""
    for what, table, column in (
        ("key", "identity", "article"),
        ("sketch value", "band", "article"),
        ("likeness", "edge", "a"),
        ("index entry", "search", "n"),
    ):
        (count,) = db.row(
            f"SELECT count(*) FROM {table} LEFT JOIN article ON article.n = {table}.{column} WHERE article.n IS NULL"
        )
        if count:
            yield f"database: {count} {what}{'s' if count > 1 else ''} of articles that are not there"


def _index(db: Db) -> Iterator[str]:
    """Check that the articles that there are, and no others, are in the search index, with their words and sizes."""
    for (id_,) in db.all(
        "SELECT id FROM article LEFT JOIN search USING (n) WHERE (purged = 1) = (search.n IS NOT NULL)"
        f" LIMIT {integrity.MAX_NAMED}"
    ):
        yield f"database: article {id_} is missing from the search index, or is in it by mistake"
    wrong = 0
    for id_, seq, raw, checksum, *kept, words in db.each(
        "SELECT article.id, seq, json, checksum, title, body, related, size, tsvector_to_array(words)"
        " FROM article JOIN line ON seq = latest JOIN search USING (n) WHERE purged = 0 ORDER BY n"
    ):
        try:
            record = checksums.checked_record(seq, raw, checksum)
        except DamagedLine:
            continue  # named with the lines
        row = tsvector.with_facets(tsvector.row_of(record, fingerprint.fold_paragraphs(record.body)), record)
        if [row.title, row.body, row.related, row.size] != kept or set(row.words) != set(words):
            wrong += 1
            if wrong <= integrity.MAX_NAMED:
                yield f"database: the search index does not hold what article {id_} says; {integrity.REBUILD_SEARCH}"
    counted = db.row("SELECT count(*), coalesce(sum(size), 0) FROM search")
    if counted != db.row("SELECT articles, tokens FROM search_total"):
        yield f"database: the search index is wrong about the number of its words; {integrity.REBUILD_SEARCH}"


_MORE: tuple[Check, ...] = (("what refers to articles", _references), ("the search index", _index))
