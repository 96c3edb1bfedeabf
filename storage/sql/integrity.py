"""Check a database in itself. Nothing here writes, and damage ends no check but its own.

What only one database can check stands in sqlite_checks and postgres_checks.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TypeAlias

from storage import rows
from storage.change_feed import pages
from storage.sql import daily_counts, source_states
from storage.sql.dialect import PAGE_LINES, Db

Check: TypeAlias = tuple[str, Callable[[Db], Iterator[str]]]  # what is checked


def run_checks(db: Db, checks: Sequence[Check]) -> Iterator[str]:
    """Run checks one after the other, each on its own."""
    for what, check in checks:
        yield from guarded(f"database: {what}", partial(_check, db, check), lambda: db.one("SELECT 1"))


def _check(db: Db, check: Callable[[Db], Iterator[str]]) -> Iterator[str]:
    with db.savepoint():
        yield from check(db)


def guarded(
    what: str, check: Callable[[], Iterator[str]], still_there: Callable[[], object] = lambda: None
) -> Iterator[str]:
    """Yield what a check finds; if damage ends it, that. ``still_there`` raises where no other check can run."""
    try:
        yield from check()
    except Exception as e:  # whatever damage brings about, it is named and the next check begins
        still_there()
        yield f"{what} cannot be looked at: {' '.join(str(e).split()) or type(e).__name__}"


def _lines(db: Db) -> Iterator[str]:
    ask = (
        f"SELECT {rows.REPEATED} FROM line LEFT JOIN article ON n = article WHERE seq {{}} ?"
        f" ORDER BY seq LIMIT {PAGE_LINES}"
    )
    yield from rows.wrong_lines(pages(lambda after: db.lines(ask, after), -(1 << 63)))


def _articles(db: Db) -> Iterator[str]:
    yield from rows.wrong_articles(
        db.all(
            "SELECT id, latest, max(seq), revisions, count(seq) FROM article LEFT JOIN line ON article = n GROUP BY n"
            " HAVING coalesce(latest <> max(seq), TRUE) OR count(seq) <> CASE purged WHEN 1 THEN 1 ELSE revisions END"
        )
    )


def _disagreements(db: Db) -> Iterator[str]:
    for what, statement in rows.DISAGREEMENTS.items():
        for (id_,) in db.all(f"{statement} LIMIT {rows.MAX_NAMED}"):
            yield f"database: article {id_} {what}"


def _states(db: Db) -> Iterator[str]:
    yield from rows.wrong_states(db.all("SELECT source, json, checksum FROM source_state ORDER BY source"))


def _visits(db: Db) -> Iterator[str]:
    yield from rows.wrong_visits(db.all("SELECT article, json FROM visit ORDER BY article"))


def _remembered(db: Db) -> Iterator[str]:
    """Ask for what is answered as a whole: what cannot be read raises."""
    source_states.failures(db, rows.MAX_FAILURES)
    source_states.quarantined(db)
    source_states.stats(db)
    daily_counts.since(db, date.min)
    yield from ()


def _counts(db: Db) -> Iterator[str]:
    """Check that as many articles were counted as came, if none was purged: what was purged stays counted."""
    counted, came, purged = db.row(
        "SELECT (SELECT coalesce(sum(articles), 0) FROM tally), count(*), coalesce(sum(purged), 0) FROM article"
    )
    if not purged and counted != came:
        yield f"database: {counted} articles were counted, and {came} are there"


REMEMBERED: Check = ("what is remembered: failures, pages in quarantine, counts", _remembered)
CHECKS: tuple[Check, ...] = (
    ("the lines", _lines),
    ("the articles", _articles),
    ("what articles are to each other", _disagreements),
    ("the states of sources", _states),
    ("the visits", _visits),
    ("the counts", _counts),
)
