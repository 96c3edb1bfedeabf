"""The search index in pieces: an FTS5 table, here a shelf, for every so many articles in the order of their arrival.

What FTS5 does for a word that everybody uses grows with its table: it counts all articles that have the word to weigh it,
and merges all words that begin with a prefix. So the newest shelf is asked first, and the ones behind it only for more.
"""

# ruff: noqa: S608  (statements are built from constants, numbers and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from scraper.codec import Struct
from storage.moments import stamp
from storage.protocol import Filter

BITS = 16  # 65,536 articles: fewer make rare words slow (each shelf is asked), more the common ones
_EVER = 1 << 62


class Shelf(Struct, frozen=True):
    """The articles numbered from ``first`` up to, not including, ``end``; ``articles`` of them are in the index."""

    number: int
    articles: int

    @property
    def table(self) -> str:
        return table_of(self.number)

    @property
    def first(self) -> int:
        return self.number << BITS

    @property
    def end(self) -> int:
        return (self.number + 1) << BITS


def number_of(article: int) -> int:
    """The shelf that an article stands on."""
    return article >> BITS


def table_of(number: int) -> str:
    return f"search_{number}"


def newest_first(db: sqlite3.Connection, filters: Filter) -> Iterator[Shelf]:
    """The shelves on which articles of the filters' time may stand."""
    since = -_EVER if filters.since is None else stamp(filters.since)
    until = _EVER if filters.until is None else stamp(filters.until)
    rows = db.execute(
        "SELECT number, articles FROM shelf WHERE latest >= ? AND earliest < ? ORDER BY number DESC",
        (since, until),
    ).fetchall()
    for number, articles in rows:
        yield Shelf(number, articles)


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
        " content = '', tokenize = 'unicode61 remove_diacritics 2')"
    )
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', 8388608)")
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('automerge', 8)")


def clear(db: sqlite3.Connection) -> None:
    """Take all shelves down."""
    for (number,) in db.execute("SELECT number FROM shelf").fetchall():
        db.execute(f"DROP TABLE {table_of(number)}")
    db.execute("DELETE FROM shelf")
