"""Check a database in itself. Nothing here writes, and damage ends no check but its own.

What only one database can check stands in sqlite_checks and postgres_checks.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

from scraper.codec import DecodeError, decode
from scraper.dedupe import decide
from scraper.model import Record, Revisit
from storage import checksums
from storage.change_feed import pages
from storage.sql import daily_counts, source_states
from storage.sql.dialect import PAGE_LINES, Db
from storage.timestamps import to_micros

REBUILD_SEARCH = "`darial store rebuild --search` makes it anew"
MAX_NAMED = 20  # of one kind of mistake, one by one

Check: TypeAlias = tuple[str, Callable[[Db], Iterator[str]]]  # what is checked


# What the rows of the change log repeat of their lines, and the lines themselves: columns of ``line LEFT JOIN article``.
_REPEATED = (
    "seq, id, line.revision, line.source, line.language, fetched, hash, line.cluster, similarity, role,"
    " CASE line.revision WHEN 1 THEN origin END, json, checksum"
)

# What must agree between the tables of either database: what is wrong with the articles whose ids a statement gives. Each
# takes a time that grows with the tables, not with their product, in both.
_DISAGREEMENTS = {
    "has another source than its line": (
        "SELECT id FROM article JOIN line ON seq = latest WHERE article.source <> line.source"
    ),
    "is not known by any key: it would come back as new": (
        "SELECT id FROM article LEFT JOIN (SELECT DISTINCT article AS named FROM identity) AS keys ON named = n"
        " WHERE named IS NULL"
    ),
    "is in a cluster and like no other article": (
        "SELECT id FROM article WHERE cluster IS NOT NULL AND NOT EXISTS (SELECT 1 FROM edge WHERE a = n)"
    ),
    "is like an article outside its cluster": (
        "SELECT DISTINCT article.id FROM edge JOIN article ON article.n = a JOIN article AS other ON other.n = b"
        " WHERE article.cluster IS NULL OR other.cluster IS NULL OR article.cluster <> other.cluster"
    ),
    "is like an article that is not like it": (
        "SELECT DISTINCT id FROM edge AS there JOIN article ON n = there.a"
        " LEFT JOIN edge AS back ON back.a = there.b AND back.b = there.a"
        " WHERE back.a IS NULL OR back.similarity <> there.similarity"
    ),
    "has a similarity that is not between 0 and 1": (
        "SELECT DISTINCT id FROM edge JOIN article ON n = a"
        " WHERE NOT (similarity BETWEEN 0 AND 1 AND contained BETWEEN 0 AND 1)"
    ),
    "is not the earliest of its cluster": (
        "SELECT DISTINCT head.id FROM article JOIN article AS head ON head.n = article.cluster"
        " WHERE (article.origin, article.id) < (head.origin, head.id)"
    ),
}


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
    """Find what is wrong with the change log, read in order."""
    ask = (
        f"SELECT {_REPEATED} FROM line LEFT JOIN article ON n = article WHERE seq {{}} ?"
        f" ORDER BY seq LIMIT {PAGE_LINES}"
    )
    before = 0
    holes: list[range] = []
    purged: set[int] = set()
    for seq, *row, line, checksum in pages(lambda after: db.lines(ask, after), -(1 << 63)):
        if seq > before + 1:
            holes.append(range(before + 1, seq))
        before = max(before, seq)
        try:
            record = decode(line, Record)
            said = _repeated(record)
        except (DecodeError, TypeError, OverflowError) as e:  # a time without a zone is no time
            yield f"database: seq {seq} is no record: {e}"
            continue
        if not checksums.is_intact(line, checksum):
            yield f"database: seq {seq} is not what was stored"
        elif [seq, *row] != said:
            yield f"database: seq {seq} and its line disagree"
        purged.update(record.purged)
    missing = (seq for hole in holes for seq in hole if seq not in purged)
    for seq in islice(missing, MAX_NAMED):
        yield f"database: seq {seq} is missing"


def _repeated(record: Record) -> list[Any]:
    """Return what the row of a line, and that of its article while it is the first, must say."""
    born = decide.origin(record.published, record.published_raw, record.first_seen)
    return [
        record.seq, record.id, record.revision, record.source, record.language, to_micros(record.fetched), record.hash,
        record.cluster, record.similarity, record.role, to_micros(born) if record.revision == 1 else None,
    ]  # fmt: skip


def _articles(db: Db) -> Iterator[str]:
    for id_, latest, top, revisions, count in db.all(
        "SELECT id, latest, max(seq), revisions, count(seq) FROM article LEFT JOIN line ON article = n GROUP BY n"
        " HAVING coalesce(latest <> max(seq), TRUE) OR count(seq) <> CASE purged WHEN 1 THEN 1 ELSE revisions END"
    ):
        yield f"database: article {id_} says latest seq {latest} of {revisions}, its lines say {top} of {count}"


def _disagreements(db: Db) -> Iterator[str]:
    for what, statement in _DISAGREEMENTS.items():
        for (id_,) in db.all(f"{statement} LIMIT {MAX_NAMED}"):
            yield f"database: article {id_} {what}"


def _states(db: Db) -> Iterator[str]:
    for source, state in source_states.source_states(db).items():
        if state.lost:
            yield f"database: the state of the source {source} cannot be read: it will begin anew"


def _visits(db: Db) -> Iterator[str]:
    for article, raw in db.all("SELECT article, json FROM visit ORDER BY article"):
        try:
            decode(raw, Revisit)
        except (DecodeError, TypeError):
            yield f"database: the revisit of article {article} cannot be read: the article will not be revisited"


def _remembered(db: Db) -> Iterator[str]:
    """Ask for what is answered as a whole: what cannot be read raises."""
    source_states.failures(db, source_states.MAX_FAILURES)
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
