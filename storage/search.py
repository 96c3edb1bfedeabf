"""Full text search: what is indexed of a record, and a person's query in the index's language.

Text is folded by us, so that dotted and dotless i, Armenian ligatures and Georgian capitals meet; accents are folded by the
index. A query is words (all must occur), "phrases in quotes", begin* for prefixes, -word for what must not occur, OR.
"""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence

from scraper import urls
from scraper.copies.dedupe import folded
from scraper.errors import StoreError
from scraper.model import Record
from scraper.words.homoglyphs import unmix
from scraper.words.text import fold, words
from storage.protocol import Filter, Hit
from storage.views import appeared, placed_record

FORM = "2"  # kept with the index; one of another form is made anew
NEWEST_RANKED = (
    2000  # of more hits than these, the newest are ranked: nobody reads on from the best of a common word
)
WEIGHTS = "4.0, 1.0, 4.0, 0.0, 0.0"  # of title, body, related, facets, links


class Pen:
    """Writes to the index, kept back to the end of their transaction.

    Before a statement that writes elsewhere and may fail SQLite opens a savepoint, and FTS5 answers by pouring what it has
    gathered into a segment of its own: a segment an article instead of one a transaction.
    """

    def __init__(self) -> None:
        self._strokes: list[tuple[str, tuple[object, ...]]] = []

    def index(self, n: int, record: Record, folded_body: str) -> None:
        """File a record; ``folded_body`` is what ``scraper.copies.dedupe.folded`` makes of its body."""
        self._strokes.append((_INSERT, (n, *_texts(record, folded_body))))

    def unindex(self, n: int, record: Record, folded_body: str) -> None:
        """Take a record out; it must be the one that was indexed."""
        self._strokes.append((_DELETE, (n, *_texts(record, folded_body))))

    def write(self, db: sqlite3.Connection) -> None:
        """Do it all, in the order in which it was asked for."""
        for statement, values in self._strokes:
            db.execute(statement, values)
        self._strokes.clear()


_INSERT = "INSERT INTO search (rowid, title, body, related, facets, links) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE = "INSERT INTO search (search, rowid, title, body, related, facets, links) VALUES ('delete', ?, ?, ?, ?, ?, ?)"


def _texts(record: Record, folded_body: str) -> tuple[str, str, str, str, str]:
    facets = [_facet("source", record.source), _facet("language", record.language or "")]
    if record.related:
        facets.append("hasrelated")
    return (
        folded((record.title or "",)),
        folded_body,
        folded([headline.title for headline in record.related]),
        " ".join(facets),
        " ".join(urls.article_id(u) for h in record.related if (u := urls.canonical_or_none(h.url))),
    )


def _facet(kind: str, value: str) -> str:
    """One word of the index for one value: letters and digits only, so that no tokenizer splits it."""
    return kind + value.encode().hex()


_PART = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')


def expression(query: str | None, filters: Filter) -> str | None:
    """The query, and the filters that are words of the index, in FTS5's language; None where nothing is asked for.

    Raises StoreError (bad_query) if a query has no words.
    """
    facets = [f"{{facets}} : ({facet})" for facet in _facets(filters)]
    if query is None:
        return " AND ".join(facets) or None
    wanted: list[str] = []
    unwanted: list[str] = []
    either = False
    for match in _PART.finditer(query):
        minus, quoted, star, plain = match.groups()
        if plain == "OR":
            either = bool(wanted)
            continue
        if plain is not None:
            minus, star = ("-" if plain.startswith("-") else ""), ("*" if plain.endswith("*") else "")
            quoted = plain
        terms = words(unmix(fold(quoted)))
        if not terms:
            continue
        phrase = f'"{" ".join(terms)}"' + (" *" if star else "")
        if minus:
            unwanted.append(phrase)
        elif either:
            wanted[-1] = f"{wanted[-1]} OR {phrase}"
            either = False
        else:
            wanted.append(phrase)
    if not wanted:
        raise StoreError("the query has no words to look for", code="bad_query")
    columns = "{related}" if filters.within == "related" else "{title body}"
    text = " AND ".join([*(f"{columns} : ({part})" for part in wanted), *facets])
    for part in unwanted:
        text = f"({text}) NOT {columns} : ({part})"
    return text


def _facets(filters: Filter) -> list[str]:
    facets = []
    if filters.sources:
        facets.append(" OR ".join(_facet("source", source) for source in filters.sources))
    if filters.languages:
        facets.append(" OR ".join(_facet("language", language) for language in filters.languages))
    if filters.has_related:
        facets.append("hasrelated")
    return facets


def find(db: sqlite3.Connection, query: str, filters: Filter, limit: int) -> list[Hit]:
    """The best hits. Of a word that thousands of articles have, the best among the newest."""
    where, values = _where(filters)
    with understood():
        found: Sequence[tuple[int, float]] = db.execute(
            f"SELECT n, score FROM (SELECT search.rowid AS n, bm25(search, {WEIGHTS}) AS score FROM search{where}"
            " ORDER BY search.rowid DESC LIMIT ?) ORDER BY score LIMIT ?",
            (expression(query, filters), *values, NEWEST_RANKED, limit),
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
    ids = {record.id, *(urls.article_id(c) for u in record.urls if (c := urls.canonical_or_none(u)))}
    parts = [f"{{links}} : ({' OR '.join(sorted(ids))})"]
    if title := words(record.title or ""):
        parts.append(
            f'({{facets}} : ({_facet("source", record.source)}) AND {{related}} : ("{" ".join(title)}"))'
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
    match = f'{{title}} : ("{" ".join(terms)}") AND {{facets}} : ({_facet("source", source)})'
    return [
        n
        for (n,) in db.execute(
            "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 20", (match,)
        )
    ]
