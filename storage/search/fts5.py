"""Full text search in SQLite's FTS5: records into the index, storage.search.query's queries in the index's language."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from heapq import nsmallest
from itertools import islice
from math import log as log_
from typing import NamedTuple

from scraper.codec import astuple
from scraper.errors import StoreError
from scraper.model import Record
from scraper.text.normalize import folded_words
from storage.checksums import DamagedLine
from storage.model import ANYTHING, Filter, Hit, Ranking
from storage.search import fts5_shards
from storage.search import query as asked
from storage.search.fts5_shards import Shelf
from storage.sql import change_log
from storage.sql.articles import readable

FORM = "5"  # kept with the index; one of another form is made anew
WEIGHTS = ", ".join(map(str, asked.WEIGHTS))
CHUNK = 100
NOBODY = 1 << 62  # the number of no article
COUNTED = 2000  # of a phrase that more articles have, these tell how thick they stand
LEAST_WEIGHT = 1e-6  # of a phrase that most articles have, as FTS5's bm25 has it
_COLUMNS = "rowid, title, body, related, facets, links"


class Pen:
    """Writes to the index, kept back to the end of their transaction.

    Before a statement that writes elsewhere and may fail SQLite opens a savepoint, and FTS5 answers by pouring what it has
    gathered into a segment of its own: a segment an article instead of one a transaction.
    """

    def __init__(self) -> None:
        self._strokes: list[tuple[str, tuple[object, ...]]] = []
        self._shelves: dict[int, tuple[int, int, int]] = {}

    def index(self, n: int, record: Record, folded_body: str, origin: int) -> None:
        """File a record; ``folded_body`` is what ``scraper.dedupe.decide.folded`` makes of its body."""
        shelf = fts5_shards.number_of(n)
        more, earliest, latest = self._shelves.get(shelf, (0, origin, origin))
        self._shelves[shelf] = more + 1, min(earliest, origin), max(latest, origin)
        table = fts5_shards.table_of(shelf)
        self._stroke(f"INSERT INTO {table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", n, record, folded_body)

    def unindex(self, n: int, record: Record, folded_body: str, origin: int) -> None:
        """Take a record out; it must be the one that was indexed."""
        shelf = fts5_shards.number_of(n)
        more, earliest, latest = self._shelves.get(shelf, (0, origin, origin))
        self._shelves[shelf] = more - 1, earliest, latest
        table = fts5_shards.table_of(shelf)
        self._stroke(
            f"INSERT INTO {table} ({table}, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?)",
            n,
            record,
            folded_body,
        )

    def _stroke(self, statement: str, n: int, record: Record, folded_body: str) -> None:
        self._strokes.append((statement, (n, *astuple(asked.texts_of(record, folded_body)))))

    def write(self, db: sqlite3.Connection) -> None:
        """Do it all, in the order in which it was asked for."""
        for shelf, change in self._shelves.items():
            fts5_shards.extend(db, shelf, *change)
        for statement, values in self._strokes:
            db.execute(statement, values)
        for shelf in self._shelves:
            fts5_shards.tidy(db, shelf, len(self._strokes))
        self._shelves.clear()
        self._strokes.clear()


def expression(query: str | None, filters: Filter) -> str | None:
    """The query, and the filters that are words of the index, in FTS5's language; None where nothing is asked for.

    Raises StoreError (bad_query) if a query has no words.
    """
    facets = [f"{{facets}} : ({' OR '.join(group)})" for group in asked.facets(filters)]
    if query is None:
        return " AND ".join(facets) or None
    parsed = asked.parse(query)
    wanted = [f"{_columns(filters)} : ({' OR '.join(map(_phrase, group))})" for group in parsed.wanted]
    text = " AND ".join([*wanted, *facets])
    if parsed.unwanted:  # all at once: what is nested deeply is not understood
        text = f"({text}) NOT {_columns(filters)} : ({' OR '.join(map(_phrase, parsed.unwanted))})"
    return text


def _columns(filters: Filter) -> str:
    return "{related}" if filters.within == "related" else "{title body}"


def _phrase(phrase: asked.Phrase) -> str:
    return f'"{" ".join(phrase.words)}"' + (" *" if phrase.prefix else "")


def find(db: sqlite3.Connection, query: str, filters: Filter, limit: int) -> Ranking:
    """The best hits. Of a word that thousands of articles have, the best among the newest."""
    match = expression(query, filters)
    left = asked.NEWEST_RANKED
    found: list[_Found] = []
    with understood():
        for shelf in fts5_shards.newest_first(db, filters):
            if scored := _scored(db, shelf, match, filters, left):
                found.append(_Found(shelf, scored, whole=len(scored) < left))
                left -= len(scored)
            if not left:
                break
        best = nsmallest(limit, _comparable(db, found, query, filters))
    spoilt: list[DamagedLine] = []
    records = readable(db, [-n for _, n in best], spoilt.append)
    return Ranking(
        hits=tuple(Hit(score=round(-score, 4), record=records[-n]) for score, n in best if -n in records),
        ranked=asked.NEWEST_RANKED - left,
        complete=left > 0,
        damaged=tuple(sorted(error.seq for error in spoilt)),
    )


class _Found(NamedTuple):
    """What a shelf has: scores (the lower, the better) with numbers below zero (the lower, the newer)."""

    shelf: Shelf
    scored: list[tuple[float, int]]
    whole: bool  # nothing was left out


def _scored(
    db: sqlite3.Connection, shelf: Shelf, match: str | None, filters: Filter, most: int
) -> list[tuple[float, int]]:
    t = shelf.table
    condition, values = change_log.appeared(shelf.asks(filters))
    joined = f" JOIN article ON n = {t}.rowid" if condition else ""
    return db.execute(
        f"SELECT bm25({t}, {WEIGHTS}), -{t}.rowid FROM {t}{joined} WHERE {t} MATCH ?{condition}"
        f" ORDER BY {t}.rowid DESC LIMIT ?",
        (match, *values, most),
    ).fetchall()


def _comparable(
    db: sqlite3.Connection, found: Sequence[_Found], query: str, filters: Filter
) -> Iterator[tuple[float, int]]:
    """The best of all shelves. A score is a phrase's weight times what a text makes of it, and every shelf has weights of
    its own: scores are brought to those that the words have on the largest shelf.
    """
    if len(found) < 2:
        for each in found:
            yield from each.scored
        return
    parsed = asked.parse(query)
    phrases = [phrase for group in parsed.wanted for phrase in group]
    plain = len(phrases) == 1 and not parsed.unwanted and filters == Filter(within=filters.within)
    weights = [
        _weight_of(each.shelf, len(each.scored))
        if plain and each.whole
        else sum(_weight(db, each.shelf, f"{_columns(filters)} : ({_phrase(phrase)})") for phrase in phrases)
        for each in found
    ]
    _, level = max(zip((each.shelf.articles for each in found), weights, strict=True))
    for each, weight in zip(found, weights, strict=True):
        for score, n in each.scored:
            yield score * level / weight, n


def _weight(db: sqlite3.Connection, shelf: Shelf, phrase: str) -> float:
    """What FTS5 weighs a phrase there: the rarer, the more."""
    counted, span = db.execute(
        f"SELECT count(*), max(rowid) - min(rowid) + 1 FROM (SELECT rowid FROM {shelf.table} WHERE {shelf.table} MATCH ?"
        f" LIMIT {COUNTED})",
        (phrase,),
    ).fetchone()
    return _weight_of(
        shelf, counted if counted < COUNTED else min(shelf.articles, counted * shelf.articles / max(1, span))
    )


def _weight_of(shelf: Shelf, having: float) -> float:
    return max(LEAST_WEIGHT, log_((shelf.articles - having + 0.5) / (having + 0.5)))


@contextlib.contextmanager
def understood() -> Iterator[None]:
    """What the index does not understand is the query's fault. Raises StoreError (bad_query)."""
    try:
        yield
    except sqlite3.OperationalError as e:
        if "fts5" in str(e) and "file format" not in str(e):
            raise StoreError(f"the query is not understood: {e}", code="bad_query") from None
        raise


def numbers(
    db: sqlite3.Connection, match: str | None, filters: Filter, *, before: int = NOBODY, limit: int = CHUNK
) -> Iterator[tuple[int, int | None]]:
    """The articles that pass, the newest first, with their clusters; read in pieces of ``limit``."""
    for shelf in fts5_shards.newest_first(db, filters):
        condition, values = change_log.appeared(shelf.asks(filters))
        t, place = shelf.table, fts5_shards.span(shelf.number)
        from_ = (
            "article WHERE" if match is None else f"{t} JOIN article ON n = {t}.rowid WHERE {t} MATCH ? AND"
        )
        n = "n" if match is None else f"{t}.rowid"
        page = [(min(before, place.stop), None)]
        while page:
            page = db.execute(
                f"SELECT n, article.cluster FROM {from_} {n} >= ? AND {n} < ? AND NOT purged{condition}"
                f" ORDER BY {n} DESC LIMIT ?",
                (*([] if match is None else [match]), place.start, page[-1][0], *values, limit),
            ).fetchall()
            yield from page


def matches(db: sqlite3.Connection, match: str, n: int) -> bool:
    """Whether an article is among those that an expression finds."""
    t = fts5_shards.table_of(fts5_shards.number_of(n))
    return db.execute(f"SELECT 1 FROM {t} WHERE {t} MATCH ? AND rowid = ?", (match, n)).fetchone() is not None


def pointing_to(db: sqlite3.Connection, record: Record) -> list[int]:
    """The articles whose headlines have its addresses or, in its outlet, all words of its title in a row; newest first."""
    parts = [f"{{links}} : ({' OR '.join(asked.addresses_of(record))})"]
    if title := folded_words(record.title or ""):
        parts.append(
            f'({{facets}} : ({asked.facet("source", record.source)}) AND {{related}} : ("{" ".join(title)}"))'
        )
    return [n for n, _ in islice(numbers(db, " OR ".join(parts), ANYTHING), asked.MOST_POINTING)]


def titled(db: sqlite3.Connection, source: str, title: str) -> list[int]:
    """The articles of an outlet that have these words in their title, the newest first."""
    if not (terms := folded_words(title)):
        return []
    match = f'{{title}} : ("{" ".join(terms)}") AND {{facets}} : ({asked.facet("source", source)})'
    return [n for n, _ in islice(numbers(db, match, ANYTHING, limit=asked.MOST_TITLED), asked.MOST_TITLED)]
