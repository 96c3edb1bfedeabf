"""Search the full text in PostgreSQL, with the tokens, hits and ranking of SQLite's FTS5.

``words`` holds the tokens of an article once each, after a letter for their column: the index finds articles with it.
Phrases and frequencies are looked up in the columns' texts, of the articles that the index found.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log

from scraper.codec import Struct, decode, replace
from scraper.dedupe import fingerprint
from scraper.dedupe.fingerprint import Fingerprint
from scraper.model import Record
from storage.model import Filter
from storage.search import texts
from storage.search.tokens import Phrase, spaced, tokens
from storage.search.tsquery import (
    FACET,
    LINK,
    MAX_LEXEME_CHARS,
    RELATED,
    TEXT,
    TITLE,
    Condition,
    Lookup,
    lookup,
)
from storage.sql.dialect import Db

FORM = "11"  # kept with the index; one of another form is made anew
END = 1 << 62
CHUNK = 200  # of the articles that have a word, so many are looked at at a time
MAX_LEXEMES_BYTES = 1_000_000  # of one article: PostgreSQL's own limit is 1 MiB


class IndexRow(Struct, frozen=True):
    """What is written of one article. ``size`` counts its tokens."""

    title: str
    body: str
    related: str
    size: int
    words: tuple[str, ...]


def row_of(record: Record, folded_body: str) -> IndexRow:
    """Everything but the facets: whose article it is may be known only later."""
    made = texts.texts_of(record, folded_body)
    title, body, related, links = (tokens(t) for t in (made.title, made.body, made.related, made.links))
    lexemes = dict.fromkeys(
        [LINK + t for t in links]
        + [TITLE + t for t in title]
        + [RELATED + t for t in related]
        + [TEXT + t for t in title]
        + [TEXT + t for t in body]
    )
    return IndexRow(
        title=spaced(title),
        body=spaced(body),
        related=spaced(related),
        size=sum(map(len, (title, body, related, links))),
        words=_bounded([lexeme[:MAX_LEXEME_CHARS] for lexeme in lexemes]),
    )


def with_facets(row: IndexRow, record: Record) -> IndexRow:
    facets = texts.facets_of(record)
    return replace(row, size=row.size + len(facets), words=(*row.words, *(FACET + f for f in facets)))


def _bounded(lexemes: list[str]) -> tuple[str, ...]:
    """As many as one index entry may hold: only pages of nothing but different words have more."""
    if len(lexemes) * MAX_LEXEME_CHARS * 4 > MAX_LEXEMES_BYTES:
        size = 0
        for i, lexeme in enumerate(lexemes):
            size += len(lexeme.encode()) + 1
            if size > MAX_LEXEMES_BYTES:
                return tuple(dict.fromkeys(lexemes[:i]))
    return tuple(dict.fromkeys(lexemes))


class TokenBuffer:
    """Collects what is to be written to the index; tokens are made ahead of the writers' lock."""

    def __init__(self) -> None:
        self._prepared: dict[int, IndexRow] = {}  # by the identity of a fingerprint
        self._rows: dict[int, IndexRow] = {}
        self._gone: set[int] = set()

    def prepare(self, draft: Record, prints: Fingerprint) -> None:
        """Make the tokens of an arrival."""
        self._prepared[id(prints)] = row_of(draft, prints.folded)

    def index(self, n: int, record: Record, prints: Fingerprint, origin: int) -> None:  # noqa: ARG002
        """Add an article."""
        self._rows[n] = with_facets(self._prepared[id(prints)], record)
        self._gone.discard(n)

    def unindex(self, n: int, record: Record, prints: Fingerprint, origin: int) -> None:  # noqa: ARG002
        """Remove an article."""
        self._rows.pop(n, None)
        self._gone.add(n)

    def write(self, db: Db) -> None:
        """Write it all."""
        if self._gone:
            _remove(db, self._gone)
        if self._rows:
            _write(db, self._rows)


def writer() -> TokenBuffer:
    """Return a new buffer for a batch."""
    return TokenBuffer()


def _write(db: Db, rows: Mapping[int, IndexRow]) -> None:
    """Index articles, or index them again, and keep the totals."""
    condition, numbers = db.in_("n", rows)
    size = sum(row.size for row in rows.values())
    db.run(
        "UPDATE search_total SET articles = articles + ? - old.count, tokens = tokens + ? - old.size FROM"
        f" (SELECT count(*), coalesce(sum(size), 0) AS size FROM search WHERE {condition}) AS old",
        (len(rows), size, numbers),
    )
    db.run_many(
        "INSERT INTO search VALUES (?, ?, ?, ?, ?, array_to_tsvector(?)) ON CONFLICT (n) DO UPDATE SET"
        " title = excluded.title, body = excluded.body, related = excluded.related, size = excluded.size,"
        " words = excluded.words",
        [(n, row.title, row.body, row.related, row.size, list(row.words)) for n, row in rows.items()],
    )


def _remove(db: Db, articles: Iterable[int]) -> None:
    """Take articles out of the index, and keep the totals."""
    condition, numbers = db.in_("n", articles)
    db.run(
        f"WITH old AS (DELETE FROM search WHERE {condition} RETURNING size) UPDATE search_total"
        " SET articles = articles - (SELECT count(*) FROM old), tokens = tokens - (SELECT coalesce(sum(size), 0) FROM old)",
        (numbers,),
    )


def clear(db: Db) -> None:
    """Empty the index."""
    db.run("DELETE FROM search")
    db.run("UPDATE search_total SET articles = 0, tokens = 0")


def fill(db: Db, records: Iterable[tuple[int, int, Record]]) -> None:
    """Index articles by their numbers."""
    _write(db, {n: with_facets(row_of(r, fingerprint.fold_paragraphs(r.body)), r) for n, _, r in records})


# ------------------------------------------------------------------------------------------ asking


def ranked(db: Db, query: str, filters: Filter, limit: int) -> tuple[list[tuple[int, float]], int, bool]:
    """Return the best hits. Of a word that thousands of articles have, the best among the newest."""
    condition = Condition(query, filters)
    articles, count = db.row("SELECT articles, tokens FROM search_total")
    score, values = _score(db, condition, articles, count / max(1, articles))
    if not score:
        return [], 0, True
    found, asked = condition.found()
    unpacked = ", ".join(f"{column} || '' AS {column}" for column in condition.columns)
    rows = db.all(
        f"WITH hits AS MATERIALIZED (SELECT n FROM {found} ORDER BY n DESC LIMIT {texts.NEWEST_RANKED}),"
        # OFFSET 0: else each mention of a column fetches and unpacks it again
        f" read AS (SELECT n, size, {unpacked} FROM hits JOIN search USING (n) OFFSET 0),"
        f" scored AS MATERIALIZED (SELECT n, ({score}) AS score FROM read)"  # once each
        " SELECT n, round(score::numeric, 4)::float8, (SELECT count(*) FROM hits) FROM scored ORDER BY score DESC, n DESC LIMIT ?",
        (*asked, *values, limit),
    )
    count = rows[0][2] if rows else 0
    return [(n, score) for n, score, _ in rows], count, count < texts.NEWEST_RANKED


def newest(
    db: Db, query: str | None, filters: Filter, before: int, limit: int, *, grouped: bool
) -> list[tuple[int, int | None]]:
    """Return articles that pass, the newest first, with their clusters; if ``grouped``, the newest of each cluster."""
    condition = Condition(query, filters)
    by_publication = filters.by == "published"
    found, values = condition.found(with_articles=by_publication)
    order, behind = ("n", "n < ?")
    if by_publication:
        order, behind = "origin, n", "(origin, n) < (SELECT origin, n FROM article WHERE n = ?)"
    shown: list[tuple[int, int | None]] = []
    while len(shown) < limit:  # of a common word's articles, only some are looked at in their clusters
        more, place = (f" AND {behind}", [before]) if before < END else ("", [])
        ask = f"SELECT n FROM {found}{more} ORDER BY {_falling(order)} LIMIT {CHUNK}"
        numbers = [n for (n,) in db.all(ask, (*values, *place))]
        shown += _shown(db, condition, numbers, order, grouped=grouped)
        if len(numbers) < CHUNK:
            break
        before = numbers[-1]
    return shown[:limit]


def _falling(order: str) -> str:
    return ", ".join(f"{column} DESC" for column in order.split(", "))


def _shown(
    db: Db, condition: Condition, numbers: list[int], order: str, *, grouped: bool
) -> list[tuple[int, int | None]]:
    """Return these articles in an order with their clusters; if ``grouped``, those that no later one of their cluster stands for."""
    sql, values = "SELECT n, cluster FROM article AS shown WHERE n = ANY(?) AND purged = 0", [numbers]
    if grouped:
        # OFFSET 0: a cluster is small, and the planner would rather read all articles
        later = (
            "(SELECT * FROM article WHERE article.cluster = shown.cluster AND article.purged = 0"
            f" AND ({order}) > ({', '.join(f'shown.{column}' for column in order.split(', '))}) OFFSET 0) AS article"
        )
        among, same = condition.of(f"{later} JOIN search USING (n)" if condition.index else later)
        sql += f" AND (cluster IS NULL OR NOT EXISTS (SELECT FROM {among}))"
        values += same
    return db.all(f"{sql} ORDER BY {_falling(order)}", values)


def matching(db: Db, query: str | None, filters: Filter) -> list[int]:
    """Return all articles that pass, in any order."""
    found, values = Condition(query, filters).found()
    if found.startswith("article"):
        found += " AND purged = 0"
    return [n for (n,) in db.all(f"SELECT n FROM {found}", values)]


# bm25 as FTS5 computes it.
K1, B = 1.2, 0.75
LEAST_IDF = 1e-6
COUNTED = 2000  # of a term that more articles have, the planner's estimate says how many


def _score(db: Db, condition: Condition, articles: int, mean: float) -> tuple[str, list[object]]:
    weights = dict(zip(texts.COLUMNS, texts.WEIGHTS, strict=True))
    parts: list[str] = []
    values: list[object] = []
    for term in condition.terms:
        having = _having(db, condition, term)
        if not having:  # a form that nobody wrote
            continue
        idf = max(
            LEAST_IDF, log((articles - having + 0.5) / (having + 0.5)) if having < articles else LEAST_IDF
        )
        counts = " + ".join(
            f"{weights[column]} * (octet_length({column}) - octet_length(replace({column}, ?, ''))) / ?"
            for column in condition.columns
        )
        bytes_ = float(len(term.needle.encode()))
        asked = [part for _ in condition.columns for part in (term.needle, bytes_)]
        # count * (K1 + 1) / (count + least), with the count, which takes time, once
        least = f"({K1} * ({1 - B} + {B} * size / ?))"
        parts.append(f"? * {K1 + 1} * (1 - {least} / ({counts} + {least}))")
        values += [idf, mean, *asked, mean]
    return " + ".join(parts), values


def _having(db: Db, condition: Condition, term: Lookup) -> int:
    """Return how many articles have a term; of one that thousands have, about how many, of a phrase so many have its words."""
    (plan,) = db.row("EXPLAIN (FORMAT JSON) SELECT FROM search WHERE words @@ ?::tsquery", (term.lexemes,))
    if (about := int(decode(plan, list[_Plan])[0].plan.rows)) > COUNTED:
        return about
    there = " OR ".join(f"strpos({column}, ?) > 0" for column in condition.columns)
    join, values = (
        ("", [])
        if term.exact
        else (f" JOIN search USING (n) WHERE {there}", [term.needle] * len(condition.columns))
    )
    (count,) = db.row(f"SELECT count(*) FROM found_by(?::tsquery) AS found(n){join}", (term.lexemes, *values))
    return int(count)


class _Rows(Struct, frozen=True, rename={"rows": "Plan Rows"}):
    rows: float


class _Plan(Struct, frozen=True, rename={"plan": "Plan"}):
    plan: _Rows


# ------------------------------------------------------------------------------------------ the headline graph


def pointing_to(db: Db, record: Record) -> list[int]:
    """Return the articles whose headlines have its addresses or, in its outlet, all words of its title in a row; newest first."""
    links = " | ".join(f"'{LINK}{address}'" for address in texts.addresses_of(record))
    sql, values = "SELECT n FROM found_by(?::tsquery) AS found(n)", [links]
    if words := texts.title_terms(record.title):
        title = lookup(Phrase(tuple(words)), RELATED)
        index = f"({title.lexemes}) & '{FACET}{texts.facet('source', record.source)}'"
        sql += " UNION SELECT n FROM found_by(?::tsquery) AS found(n) JOIN search USING (n) WHERE strpos(related, ?) > 0"
        values += [index, title.needle]
    rows = db.all(
        f"SELECT n FROM ({sql}) AS pointing ORDER BY n DESC LIMIT ?", (*values, texts.MOST_POINTING)
    )
    return [n for (n,) in rows]


def titled(db: Db, source: str, title: str) -> list[int]:
    """Return the articles of an outlet that have these words in their title, the newest first."""
    if not (words := texts.title_terms(title)):
        return []
    term = lookup(Phrase(tuple(words)), TITLE)
    rows = db.all(
        "SELECT n FROM found_by(?::tsquery) AS found(n) JOIN search USING (n) WHERE strpos(title, ?) > 0 ORDER BY n DESC LIMIT ?",
        (f"({term.lexemes}) & '{FACET}{texts.facet('source', source)}'", term.needle, texts.MOST_TITLED),
    )
    return [n for (n,) in rows]
