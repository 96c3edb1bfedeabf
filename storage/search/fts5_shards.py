"""The search index in pieces: an FTS5 table, here a shelf, for every so many articles in the order of their arrival.

What FTS5 does for a word that everybody uses grows with its table: it counts all articles that have the word to weigh it,
and merges all words that begin with a prefix. So the newest shelf is asked first, and the ones behind it only for more.
"""

# ruff: noqa: S608  (statements are built from constants, numbers and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from scraper.codec import Struct, replace
from storage.model import Filter
from storage.timestamps import stamp

BITS = 16  # 65,536 articles: fewer make rare words slow (each shelf is asked), more the common ones
MERGED_PAGES = 8  # an article fills one or two, and is merged about three times
TOKENS = "tokenize = 'unicode61 remove_diacritics 2'"
_EVER = 1 << 62


class Shelf(Struct, frozen=True):
    """``articles`` of those in its ``span`` are in the index."""

    number: int
    articles: int
    earliest: int  # of the times when its articles appeared, in microseconds since 1970
    latest: int

    def asks(self, filters: Filter) -> Filter:
        """The filters that not all articles here pass anyway: a shelf within the time asked for need not look at times."""
        return replace(
            filters,
            since=None if self.earliest >= _since(filters) else filters.since,
            until=None if self.latest < _until(filters) else filters.until,
        )

    @property
    def table(self) -> str:
        return table_of(self.number)


def number_of(article: int) -> int:
    """The shelf that an article stands on."""
    return article >> BITS


def span(number: int) -> range:
    """The articles that a shelf is for."""
    return range(number << BITS, (number + 1) << BITS)


def table_of(number: int) -> str:
    return f"search_{number}"


def newest_first(db: sqlite3.Connection, filters: Filter) -> Iterator[Shelf]:
    """The shelves on which articles of the filters' time may stand."""
    rows = db.execute(
        "SELECT number, articles, earliest, latest FROM shelf WHERE latest >= ? AND earliest < ? ORDER BY number DESC",
        (_since(filters), _until(filters)),
    ).fetchall()
    for row in rows:
        yield Shelf(*row)


def _since(filters: Filter) -> int:
    return -_EVER if filters.since is None else stamp(filters.since)


def _until(filters: Filter) -> int:
    return _EVER if filters.until is None else stamp(filters.until)


def extend(db: sqlite3.Connection, number: int, more: int, earliest: int, latest: int) -> None:
    """So many more articles (or fewer) stand on a shelf, of these times. A new shelf is put up."""
    if not db.execute("SELECT 1 FROM shelf WHERE number = ?", (number,)).fetchone():
        _put_up(db, table_of(number))
    db.execute(
        "INSERT INTO shelf VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET articles = articles + excluded.articles,"
        " earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)",
        (number, more, earliest, latest),
    )


def _put_up(db: sqlite3.Connection, table: str) -> None:
    """Row n of the index is article n. It holds no text of its own, and gathers a whole transaction before it writes."""
    db.execute(
        f"CREATE VIRTUAL TABLE {table} USING fts5 (title, body, related, facets, links,"
        f" content = '', {TOKENS})"
    )
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', 8388608)")
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('automerge', 0)")
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('usermerge', 8)")


def tidy(db: sqlite3.Connection, number: int, written: int) -> None:
    """Merge some of the segments that writing so many articles leaves. FTS5 on its own merges rarely and then much: one
    commit of 125 took ten times as long as the others. More than a commit adds, so that nothing piles up.
    """
    table = table_of(number)
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (written * MERGED_PAGES,))


def clear(db: sqlite3.Connection) -> None:
    """Take all shelves down, damaged ones too."""
    made = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE search%'"
    for (table,) in db.execute(made).fetchall():
        try:
            db.execute(f"DROP TABLE {table}")
        except sqlite3.DatabaseError:  # FTS5 cannot open what it is to drop
            _tear_down(db, table)
    db.execute("DELETE FROM shelf")


def _tear_down(db: sqlite3.Connection, table: str) -> None:
    """Take a table of the index away piece by piece."""
    for (piece,) in db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ? AND rootpage > 0",
        (f"{table}_*",),
    ).fetchall():
        db.execute(f"DROP TABLE {piece}")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_schema WHERE name = ?", (table,))
    db.execute("PRAGMA writable_schema = RESET")
