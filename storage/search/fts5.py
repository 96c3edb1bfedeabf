"""Search the full text in SQLite: write records to FTS5, and translate queries into its language."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest, nsmallest
from itertools import chain, islice
from math import log as log_
from typing import NamedTuple

from scraper.codec import astuple
from scraper.dedupe import fingerprint
from scraper.dedupe.fingerprint import Fingerprint
from scraper.errors import StoreError
from scraper.model import Record
from storage.model import ANYTHING, Filter
from storage.search import fts5_shards, texts
from storage.search.fts5_shards import Shard
from storage.search.query import AnyOf, Node, Term, parse_query, wanted_terms
from storage.search.tokens import Phrase
from storage.sql import change_log
from storage.sql.dialect import Db, Row

FORM = "12"  # kept with the index; one of another form is made anew
WEIGHTS = ", ".join(map(str, texts.WEIGHTS))
CHUNK = 100
COUNTED = 2000  # of a phrase that more articles have, these tell how thick they stand
LEAST_WEIGHT = 1e-6  # of a phrase that most articles have, as FTS5's bm25 has it
_COLUMNS = ", ".join(("rowid", *texts.COLUMNS))


class IndexBuffer:
    """Collects what is to be written to the index until the end of a transaction.

    Before a statement that writes elsewhere and may fail SQLite opens a savepoint, and FTS5 answers by writing what it has
    in memory as a segment of its own: a segment an article instead of one a transaction.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[str, tuple[object, ...]]] = []
        self._shards: dict[int, tuple[int, int, int]] = {}

    def prepare(self, draft: Record, prints: Fingerprint) -> None:
        """Do nothing: whose article it is may be known only later."""

    def index(self, n: int, record: Record, prints: Fingerprint, origin: int) -> None:
        """Add a record."""
        self.add(n, record, prints.folded, origin)

    def add(self, n: int, record: Record, folded_body: str, origin: int) -> None:
        """Add a record; ``folded_body`` is what ``scraper.dedupe.fingerprint.folded`` makes of its body."""
        table = self._count(n, 1, origin)
        insert = f"INSERT INTO {table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
        self._add(insert, n, record, folded_body)

    def unindex(self, n: int, record: Record, prints: Fingerprint, origin: int) -> None:
        """Remove a record; it must be the one that was indexed."""
        table = self._count(n, -1, origin)
        delete = f"INSERT INTO {table} ({table}, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?)"
        self._add(delete, n, record, prints.folded)

    def _count(self, n: int, more: int, origin: int) -> str:
        """Note that a shard has an article more or less. Return its table."""
        shard = fts5_shards.number_of(n)
        count, earliest, latest = self._shards.get(shard, (0, origin, origin))
        if more > 0:
            earliest, latest = min(earliest, origin), max(latest, origin)
        self._shards[shard] = count + more, earliest, latest
        return fts5_shards.table_of(shard)

    def _add(self, statement: str, n: int, record: Record, folded_body: str) -> None:
        self._pending.append((statement, (n, *astuple(texts.texts_of(record, folded_body)))))

    def write(self, db: Db) -> None:
        """Write it all, in the order in which it came."""
        for shard, change in self._shards.items():
            fts5_shards.extend(db, shard, *change)
        for statement, values in self._pending:
            db.run(statement, values)
        for shard in self._shards:
            fts5_shards.merge_segments(db, shard, len(self._pending))
        self._shards.clear()
        self._pending.clear()


def writer() -> IndexBuffer:
    """Return a new buffer for a batch."""
    return IndexBuffer()


def clear(db: Db) -> None:
    """Drop the index, even a damaged one."""
    fts5_shards.drop_all(db)


def fill(db: Db, records: Iterable[tuple[int, int, Record]]) -> None:
    """Index articles by their numbers and origins."""
    buffer = IndexBuffer()
    for n, origin, record in records:
        buffer.add(n, record, fingerprint.fold_paragraphs(record.body), origin)
    buffer.write(db)


def _expression(query: Node | None, filters: Filter) -> str | None:
    """Return the query, and the filters that are words of the index, in FTS5's language; None if nothing is asked for."""
    parts = [f"{{facets}} : ({' OR '.join(group)})" for group in texts.facets(filters)]
    if query is not None:
        parts.insert(0, f"{_columns(filters)} : ({_within(query)})")
    return " AND ".join(parts) or None


def _within(node: Node) -> str:
    if isinstance(node, Term):
        return f"({' OR '.join(map(_phrase, node.phrases))})"
    if isinstance(node, AnyOf):
        return f"({' OR '.join(map(_within, node.parts))})"
    wanted = f"({' AND '.join(map(_within, node.wanted))})"
    return f"({wanted} NOT ({' OR '.join(map(_within, node.unwanted))}))" if node.unwanted else wanted


def _columns(filters: Filter) -> str:
    return "{related}" if filters.within == "related" else "{title body}"


def _phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"' + (" *" if phrase.prefix else "")


def ranked(db: Db, query: str, filters: Filter, limit: int) -> tuple[list[tuple[int, float]], int, bool]:
    """Return the best hits. Of a word that thousands of articles have, the best among the newest."""
    asked = parse_query(query)
    match = _expression(asked, filters)
    left = texts.NEWEST_RANKED
    found: list[_Found] = []
    with _understood():
        for shard in fts5_shards.newest_first(db, filters):
            if scored := _scored(db, shard, match, filters, left):
                found.append(_Found(shard, scored, whole=len(scored) < left))
                left -= len(scored)
            if not left:
                break
        best = nsmallest(limit, _comparable(db, found, asked, filters))
    return [(-n, round(-score, 4)) for score, n in best], texts.NEWEST_RANKED - left, left > 0


class _Found(NamedTuple):
    """The scores of a shard (the lower, the better) with numbers below zero (the lower, the newer)."""

    shard: Shard
    scored: list[tuple[float, int]]
    whole: bool  # nothing was left out


def _scored(db: Db, shard: Shard, match: str | None, filters: Filter, most: int) -> list[tuple[float, int]]:
    t = shard.table
    condition, values = _row_filter(shard.needed(filters))
    joined = f" JOIN article ON n = {t}.rowid" if condition else ""
    return db.all(
        f"SELECT bm25({t}, {WEIGHTS}), -{t}.rowid FROM {t}{joined} WHERE {t} MATCH ?{condition}"
        f" ORDER BY {t}.rowid DESC LIMIT ?",
        (match, *values, most),
    )


def _row_filter(filters: Filter) -> tuple[str, list[object]]:
    conditions = change_log.article_filter(filters)
    return "".join(f" AND {text}" for text, _ in conditions), [value for _, value in conditions]


def _comparable(db: Db, found: Sequence[_Found], query: Node, filters: Filter) -> Iterator[tuple[float, int]]:
    """Make the scores of all shards comparable. A score is a phrase's weight times what a text makes of it, and every shard has weights of
    its own: scores are brought to those that the words have on the largest shard.
    """
    if len(found) < 2:
        for each in found:
            yield from each.scored
        return
    terms = list(dict.fromkeys(wanted_terms(query)))
    plain = isinstance(query, Term) and filters == Filter(within=filters.within)
    weights = [
        _weight_of(each.shard, len(each.scored))
        if plain and each.whole
        else sum(_weight(db, each.shard, f"{_columns(filters)} : {_within(term)}") for term in terms)
        for each in found
    ]
    _, level = max(zip((each.shard.articles for each in found), weights, strict=True))
    for each, weight in zip(found, weights, strict=True):
        for score, n in each.scored:
            yield score * level / weight, n


def _weight(db: Db, shard: Shard, phrase: str) -> float:
    """Return the weight that FTS5 gives a phrase there: the rarer, the more."""
    counted, span = db.row(
        f"SELECT count(*), max(rowid) - min(rowid) + 1 FROM (SELECT rowid FROM {shard.table} WHERE {shard.table} MATCH ?"
        f" LIMIT {COUNTED})",
        (phrase,),
    )
    return _weight_of(
        shard, counted if counted < COUNTED else min(shard.articles, counted * shard.articles / max(1, span))
    )


def _weight_of(shard: Shard, having: float) -> float:
    return max(LEAST_WEIGHT, log_((shard.articles - having + 0.5) / (having + 0.5)))


@contextlib.contextmanager
def _understood() -> Iterator[None]:
    """Turn what the index does not understand into a StoreError (bad_query)."""
    try:
        yield
    except sqlite3.OperationalError as e:
        if "fts5" in str(e) and "file format" not in str(e):
            raise StoreError(f"the query is not understood: {e}", code="bad_query") from None
        raise


def newest(
    db: Db, query: str | None, filters: Filter, before: int, limit: int, *, grouped: bool
) -> list[tuple[int, int | None]]:
    """Return articles that pass, the newest first, with their clusters; if ``grouped``, the newest of each cluster."""
    match = _expression(None if query is None else parse_query(query), filters)
    numbers = _by_publication if filters.by == "published" else _numbers
    shown: list[tuple[int, int | None]] = []
    with _understood():
        for n, cluster in numbers(db, match, filters, before=before):
            if not (grouped and cluster is not None and _has_newer(db, n, cluster, match, filters)):
                shown.append((n, cluster))
            if len(shown) == limit:
                break
    return shown


def matching(db: Db, query: str | None, filters: Filter) -> list[int]:
    """Return all articles that pass, in any order."""
    match = _expression(None if query is None else parse_query(query), filters)
    if match is None or change_log.article_filter(filters):
        with _understood():
            return [n for n, _ in _numbers(db, match, filters)]
    found: list[int] = []
    with _understood():  # without a look at each article's row
        for shard in fts5_shards.newest_first(db, filters):
            found += chain.from_iterable(
                db.all(f"SELECT rowid FROM {shard.table} WHERE {shard.table} MATCH ?", (match,))
            )
    return found


def _has_newer(db: Db, n: int, cluster: int, match: str | None, filters: Filter) -> bool:
    """Return True if a newer article of the cluster passes too."""
    condition, values = _row_filter(filters)
    order = "(origin, n)" if filters.by == "published" else "n"
    newer = db.all(
        f"SELECT n FROM article WHERE article.cluster = ? AND {order} > (SELECT {order.strip('()')} FROM article WHERE n = ?)"
        f" AND purged = 0{condition} ORDER BY n DESC",
        (cluster, n, *values),
    )
    return any(match is None or _matches(db, match, other) for (other,) in newer)


def _matches(db: Db, match: str, n: int) -> bool:
    """Return True if an article is among those that an expression finds."""
    t = fts5_shards.table_of(fts5_shards.number_of(n))
    return db.one(f"SELECT 1 FROM {t} WHERE {t} MATCH ? AND rowid = ?", (match, n)) is not None


def _numbers(
    db: Db, match: str | None, filters: Filter, *, before: int = 1 << 62, limit: int = CHUNK
) -> Iterator[tuple[int, int | None]]:
    """Read the articles that pass, the newest first, with their clusters; in pieces of ``limit``."""
    for shard in fts5_shards.newest_first(db, filters):
        condition, values = _row_filter(shard.needed(filters))
        t, place = shard.table, fts5_shards.span(shard.number)
        from_ = (
            "article WHERE" if match is None else f"{t} JOIN article ON n = {t}.rowid WHERE {t} MATCH ? AND"
        )
        n = "n" if match is None else f"{t}.rowid"
        page: list[Row] = [(min(before, place.stop), None)]
        while page:
            page = db.all(
                f"SELECT n, article.cluster FROM {from_} {n} >= ? AND {n} < ? AND purged = 0{condition}"
                f" ORDER BY {n} DESC LIMIT ?",
                (*([] if match is None else [match]), place.start, page[-1][0], *values, limit),
            )
            yield from page


def _by_publication(
    db: Db, match: str | None, filters: Filter, *, before: int
) -> Iterator[tuple[int, int | None]]:
    """Read the articles that pass, the last published first, with their clusters; page by page."""
    at = db.one("SELECT origin FROM article WHERE n = ?", (before,))
    place = (at[0] if at else fts5_shards.EVER, before)
    while page := _published_before(db, match, filters, place):
        for origin, n, cluster in page:
            place = origin, n
            yield n, cluster


def _published_before(db: Db, match: str | None, filters: Filter, place: tuple[int, int]) -> list[Row]:
    """Return the next articles in the order of their publication: origin, number and cluster."""
    condition, values = _row_filter(filters)
    where = f"(origin, n) < (?, ?) AND purged = 0{condition} ORDER BY origin DESC, n DESC LIMIT {CHUNK}"
    if match is None:
        return db.all(f"SELECT origin, n, article.cluster FROM article WHERE {where}", (*place, *values))
    found: list[Row] = []
    for shard in sorted(fts5_shards.newest_first(db, filters), key=lambda shard: -shard.latest):
        if len(found) == CHUNK and shard.latest < found[-1][0]:
            break
        t = shard.table  # CROSS: the other way round each article would be asked for its words
        some = db.all(
            f"SELECT origin, n, article.cluster FROM {t} CROSS JOIN article ON n = {t}.rowid WHERE {t} MATCH ? AND {where}",
            (match, *place, *values),
        )
        found = nlargest(CHUNK, [*found, *some], key=lambda row: row[:2])
    return found


def pointing_to(db: Db, record: Record) -> list[int]:
    """Return the articles whose headlines have its addresses or, in its source, all words of its title in a row; newest first."""
    parts = [f"{{links}} : ({' OR '.join(texts.addresses_of(record))})"]
    if title := texts.title_terms(record.title):
        parts.append(
            f'({{facets}} : ({texts.facet("source", record.source)}) AND {{related}} : ("{" ".join(title)}"))'
        )
    return [n for n, _ in islice(_numbers(db, " OR ".join(parts), ANYTHING), texts.MOST_POINTING)]


def titled(db: Db, source: str, title: str) -> list[int]:
    """Return the articles of a source that have these words in their title, the newest first."""
    if not (terms := texts.title_terms(title)):
        return []
    match = f'{{title}} : ("{" ".join(terms)}") AND {{facets}} : ({texts.facet("source", source)})'
    return [n for n, _ in islice(_numbers(db, match, ANYTHING, limit=texts.MOST_TITLED), texts.MOST_TITLED)]
