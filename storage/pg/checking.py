"""Whether a database is what it should be, in itself, as storage.sql.integrity has it. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Callable, Iterator

from scraper.dedupe import fingerprint
from storage import checksums, rows
from storage.checksums import DamagedLine
from storage.pg import states
from storage.search import tsvector
from storage.sql.postgres import Connection, Database, one


def verify(database: Database) -> Iterator[str]:
    """What is wrong inside the database, as of one moment: writers go on meanwhile."""
    db = database.connect()
    try:
        with database.translated(), db.transaction():
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            for what, look in _LOOKS:
                yield from _guarded(db, what, look)
    finally:
        db.close()


def _guarded(db: Connection, what: str, look: Callable[[Connection], Iterator[str]]) -> Iterator[str]:
    """What a look finds; if damage ends it, that, and the transaction goes on."""
    try:
        with db.transaction():
            yield from look(db)
    except GeneratorExit:
        raise
    except Exception as e:
        if db.broken:
            raise
        yield f"database: {what} cannot be looked at: {' '.join(str(e).split()) or type(e).__name__}"


def _wrong_lines(db: Connection) -> Iterator[str]:
    with db.cursor("lines") as cursor:
        cursor.execute(f"SELECT {rows.REPEATED} FROM line LEFT JOIN article ON n = article ORDER BY seq")
        yield from rows.wrong_lines(cursor)


def _wrong_articles(db: Connection) -> Iterator[str]:
    unlike = db.execute(
        "SELECT id, latest, max(seq), revisions, count(seq) FROM article LEFT JOIN line ON article = n GROUP BY n"
        " HAVING latest IS DISTINCT FROM max(seq) OR count(seq) != CASE purged WHEN 1 THEN 1 ELSE revisions END"
    )
    yield from rows.wrong_articles(unlike)
    for what, table, column in (
        ("key", "identity", "article"),
        ("sketch value", "band", "article"),
        ("likeness", "edge", "a"),
        ("index entry", "search", "n"),
    ):
        (count,) = one(
            db.execute(
                f"SELECT count(*) FROM {table} LEFT JOIN article ON article.n = {table}.{column} WHERE article.n IS NULL"
            )
        )
        if count:
            yield f"database: {count} {what}{'s' if count > 1 else ''} of articles that are not there"


def _disagreements(db: Connection) -> Iterator[str]:
    for wrong, statement in rows.DISAGREEMENTS.items():
        for (id_,) in db.execute(f"{statement} LIMIT {rows.MAX_NAMED}"):
            yield f"database: article {id_} {wrong}"


def _states(db: Connection) -> Iterator[str]:
    yield from rows.wrong_states(
        db.execute("SELECT source, json, checksum FROM source_state ORDER BY source")
    )
    yield from rows.wrong_visits(db.execute("SELECT article, json FROM visit ORDER BY article"))
    states.failures(db, rows.MAX_FAILURES)
    states.quarantined(db)


def _index(db: Connection) -> Iterator[str]:
    """Whether the articles that there are, and no others, are in the search index, with their words and their sizes."""
    for (id_,) in db.execute(
        "SELECT id FROM article LEFT JOIN search USING (n) WHERE (purged = 1) = (search.n IS NOT NULL)"
        f" LIMIT {rows.MAX_NAMED}"
    ):
        yield f"database: article {id_} is missing from the search index, or should be"
    wrong = 0
    with db.cursor("texts") as cursor:
        cursor.execute(
            "SELECT article.id, seq, json, checksum, title, body, related, size, tsvector_to_array(words)"
            " FROM article JOIN line ON seq = latest JOIN search USING (n) WHERE purged = 0 ORDER BY n"
        )
        for id_, seq, raw, checksum, *kept, words in cursor:
            try:
                record = checksums.record(seq, raw, checksum)
            except DamagedLine:
                continue  # named with the lines
            row = tsvector.with_facets(
                tsvector.row_of(record, fingerprint.fold_paragraphs(record.body)), record
            )
            if [row.title, row.body, row.related, row.size] != kept or set(row.words) != set(words):
                wrong += 1
                if wrong <= rows.MAX_NAMED:
                    yield f"database: the search index does not hold what article {id_} says; {rows.REBUILD_SEARCH}"
    counted = one(db.execute("SELECT count(*), coalesce(sum(size), 0) FROM search"))
    if counted != one(db.execute("SELECT articles, tokens FROM search_total")):
        yield f"database: the search index is wrong about the number of its words; {rows.REBUILD_SEARCH}"


_LOOKS: tuple[tuple[str, Callable[[Connection], Iterator[str]]], ...] = (
    ("the lines", _wrong_lines),
    ("the articles", _wrong_articles),
    ("what articles are to each other", _disagreements),
    ("what is remembered of sources", _states),
    ("the search index", _index),
)
