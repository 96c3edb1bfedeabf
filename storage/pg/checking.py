"""Whether a database is what it should be, in itself, as storage.checking has it. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterator

from storage import rows
from storage.pg.database import Connection, Database, one


def verify(database: Database) -> Iterator[str]:
    """What is wrong inside the database, as of one moment: writers go on meanwhile."""
    db = database.connect()
    try:
        with database.translated(), db.transaction():
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield from _wrong_lines(db)
            yield from _wrong_articles(db)
    finally:
        db.close()


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
    for wrong, statement in rows.DISAGREEMENTS.items():
        for (id_,) in db.execute(f"{statement} LIMIT {rows.MAX_NAMED}"):
            yield f"database: article {id_} {wrong}"
    for (id_,) in db.execute(
        "SELECT id FROM article LEFT JOIN search USING (n) WHERE (purged = 1) = (search.n IS NOT NULL)"
        f" LIMIT {rows.MAX_NAMED}"
    ):
        yield f"database: article {id_} is missing from the search index, or should be"
