"""Split the search index into shards: an FTS5 table for every so many articles in the order of their arrival.

What FTS5 does for a word that everybody uses grows with its table: it counts all articles that have the word to weigh it,
and merges all words that begin with a prefix. So the newest shard is asked first, and the older ones only for more.
"""

# ruff: noqa: S608  (statements are built from constants, numbers and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from scraper.codec import Struct, replace
from storage.model import Filter
from storage.search.texts import COLUMNS
from storage.sql.dialect import Db
from storage.timestamps import to_micros

BITS = 16  # 65,536 articles: fewer make rare words slow (each shard is asked), more the common ones
MERGED_PAGES = 8  # an article fills one or two, and is merged about three times
TOKENS = "tokenize = 'unicode61 remove_diacritics 2'"
EVER = 1 << 62


class Shard(Struct, frozen=True):
    """``articles`` of those in its ``span`` are in the index."""

    number: int
    articles: int
    earliest: int  # of the times when its articles appeared, in microseconds since 1970
    latest: int

    def needed(self, filters: Filter) -> Filter:
        """Return the filters without those that all articles here pass: a shard within the time asked for need not look at times."""
        if filters.by != "published":
            return filters
        return replace(
            filters,
            since=None if self.earliest >= _since(filters) else filters.since,
            until=None if self.latest < _until(filters) else filters.until,
        )

    @property
    def table(self) -> str:
        return table_of(self.number)


def number_of(article: int) -> int:
    """Return the shard of an article."""
    return article >> BITS


def span(number: int) -> range:
    """Return the articles that a shard is for."""
    return range(number << BITS, (number + 1) << BITS)


def table_of(number: int) -> str:
    return f"search_{number}"


def newest_first(db: Db, filters: Filter) -> Iterator[Shard]:
    """Read the shards that may have articles of the filters' time, the newest first."""
    for row in db.all(
        "SELECT number, articles, earliest, latest FROM shelf WHERE latest >= ? AND earliest < ? ORDER BY number DESC",
        (_since(filters), _until(filters)),
    ):
        yield Shard(*row)


def _since(filters: Filter) -> int:
    return -EVER if filters.since is None or filters.by != "published" else to_micros(filters.since)


def _until(filters: Filter) -> int:
    """Return the end of the time asked for. What was seen by then may have been published whenever before."""
    return EVER if filters.until is None else to_micros(filters.until)


def extend(db: Db, number: int, more: int, earliest: int, latest: int) -> None:
    """Count so many more articles (or fewer) of these times in a shard. Create it if needed."""
    if not db.one("SELECT 1 FROM shelf WHERE number = ?", (number,)):
        _create(db, table_of(number))
    db.run(
        "INSERT INTO shelf VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET articles = articles + excluded.articles,"
        " earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)",
        (number, more, earliest, latest),
    )


def _create(db: Db, table: str) -> None:
    """Create a shard. Row n of it is article n. It holds no text of its own, and collects a whole transaction before it writes."""
    db.run(f"CREATE VIRTUAL TABLE {table} USING fts5 ({', '.join(COLUMNS)}, content = '', {TOKENS})")
    for option, value in (("hashsize", 8388608), ("automerge", 0), ("usermerge", 8)):
        db.run(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (option, value))


def merge_segments(db: Db, number: int, written: int) -> None:
    """Merge some of the segments that writing so many articles leaves. FTS5 on its own merges rarely and then much: one
    commit of 125 took ten times as long as the others. More than a commit adds, so that nothing piles up.
    """
    table = table_of(number)
    db.run(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (written * MERGED_PAGES,))


def optimize(db: Db, articles: Iterable[int]) -> None:
    """Remove now what FTS5 keeps of deleted articles until it merges. Takes time as their shards are full."""
    for number in sorted({number_of(n) for n in articles}):
        table = table_of(number)
        db.run(f"INSERT INTO {table} ({table}) VALUES ('optimize')")


def drop_all(db: Db) -> None:
    """Drop all shards, damaged ones too."""
    made = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE search%'"
    for (table,) in db.all(made):
        try:
            db.run(f"DROP TABLE {table}")
        except sqlite3.DatabaseError:  # FTS5 cannot open what it is to drop
            _drop_pieces(db, table)
    db.run("DELETE FROM shelf")


def _drop_pieces(db: Db, table: str) -> None:
    """Drop a table of the index piece by piece."""
    for (piece,) in db.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ? AND rootpage > 0",
        (f"{table}_*",),
    ):
        db.run(f"DROP TABLE {piece}")
    db.run("PRAGMA writable_schema = ON")
    db.run("DELETE FROM sqlite_schema WHERE name = ?", (table,))
    db.run("PRAGMA writable_schema = RESET")
