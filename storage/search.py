"""Full text search in SQLite's FTS5: records into the index, storage.query's queries in the index's language."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence

from scraper.codec import astuple
from scraper.errors import StoreError
from scraper.model import Record
from scraper.words.text import words
from storage import query as asked
from storage.protocol import Filter, Hit
from storage.views import appeared, placed_record

FORM = "2"  # kept with the index; one of another form is made anew
WEIGHTS = ", ".join(map(str, asked.WEIGHTS))


class Pen:
    """Writes to the index, kept back to the end of their transaction.

    Before a statement that writes elsewhere and may fail SQLite opens a savepoint, and FTS5 answers by pouring what it has
    gathered into a segment of its own: a segment an article instead of one a transaction.
    """

    def __init__(self) -> None:
        self._strokes: list[tuple[str, tuple[object, ...]]] = []

    def index(self, n: int, record: Record, folded_body: str) -> None:
        """File a record; ``folded_body`` is what ``scraper.copies.dedupe.folded`` makes of its body."""
        self._strokes.append((_INSERT, (n, *astuple(asked.texts_of(record, folded_body)))))

    def unindex(self, n: int, record: Record, folded_body: str) -> None:
        """Take a record out; it must be the one that was indexed."""
        self._strokes.append((_DELETE, (n, *astuple(asked.texts_of(record, folded_body)))))

    def write(self, db: sqlite3.Connection) -> None:
        """Do it all, in the order in which it was asked for."""
        for statement, values in self._strokes:
            db.execute(statement, values)
        self._strokes.clear()


_INSERT = "INSERT INTO search (rowid, title, body, related, facets, links) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE = "INSERT INTO search (search, rowid, title, body, related, facets, links) VALUES ('delete', ?, ?, ?, ?, ?, ?)"


def expression(query: str | None, filters: Filter) -> str | None:
    """The query, and the filters that are words of the index, in FTS5's language; None where nothing is asked for.

    Raises StoreError (bad_query) if a query has no words.
    """
    facets = [f"{{facets}} : ({' OR '.join(group)})" for group in asked.facets(filters)]
    if query is None:
        return " AND ".join(facets) or None
    parsed = asked.parse(query)
    columns = "{related}" if filters.within == "related" else "{title body}"
    wanted = [f"{columns} : ({' OR '.join(map(_phrase, group))})" for group in parsed.wanted]
    text = " AND ".join([*wanted, *facets])
    for phrase in parsed.unwanted:
        text = f"({text}) NOT {columns} : ({_phrase(phrase)})"
    return text


def _phrase(phrase: asked.Phrase) -> str:
    return f'"{" ".join(phrase.words)}"' + (" *" if phrase.prefix else "")


def find(db: sqlite3.Connection, query: str, filters: Filter, limit: int) -> list[Hit]:
    """The best hits. Of a word that thousands of articles have, the best among the newest."""
    where, values = _where(filters)
    with understood():
        found: Sequence[tuple[int, float]] = db.execute(
            f"SELECT n, score FROM (SELECT search.rowid AS n, bm25(search, {WEIGHTS}) AS score FROM search{where}"
            " ORDER BY search.rowid DESC LIMIT ?) ORDER BY score LIMIT ?",
            (expression(query, filters), *values, asked.NEWEST_RANKED, limit),
        ).fetchall()
    return [Hit(score=round(-score, 4), record=placed_record(db, n)) for n, score in found]


@contextlib.contextmanager
def understood() -> Iterator[None]:
    """What the index does not understand is the query's fault. Raises StoreError (bad_query)."""
    try:
        yield
    except sqlite3.OperationalError as e:
        if "fts5" in str(e):
            raise StoreError(f"the query is not understood: {e}", code="bad_query") from None
        raise


def _where(filters: Filter) -> tuple[str, list[object]]:
    """The filters that are not words of the index."""
    condition, values = appeared(filters)
    joined = " JOIN article ON n = search.rowid" if condition else ""
    return f"{joined} WHERE search MATCH ?{condition}", values


def pointing_to(db: sqlite3.Connection, record: Record, limit: int) -> list[int]:
    """The articles that print this one among their related headlines: by its addresses, else by its title in its outlet."""
    parts = [f"{{links}} : ({' OR '.join(asked.addresses_of(record))})"]
    if title := words(record.title or ""):
        parts.append(
            f'({{facets}} : ({asked.facet("source", record.source)}) AND {{related}} : ("{" ".join(title)}"))'
        )
    rows = db.execute(
        "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?",
        (" OR ".join(parts), limit),
    )
    return [n for (n,) in rows]


def titled(db: sqlite3.Connection, source: str, title: str) -> list[int]:
    """The articles of an outlet that have these words in their title, the newest first."""
    if not (terms := words(title)):
        return []
    match = f'{{title}} : ("{" ".join(terms)}") AND {{facets}} : ({asked.facet("source", source)})'
    return [
        n
        for (n,) in db.execute(
            "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 20", (match,)
        )
    ]
