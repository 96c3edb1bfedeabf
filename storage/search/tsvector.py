"""Full text search in PostgreSQL: the same tokens, the same hits and the same ranking as SQLite's FTS5 has.

``folded_words`` holds the tokens of an article once each, after a letter for their column: the index finds articles with it.
Phrases and frequencies are looked up in the columns' texts, of the articles that the index found.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

from scraper.codec import Struct, decode, replace
from scraper.model import Record
from scraper.text.normalize import folded_words
from storage.model import Filter
from storage.pg.log import appeared
from storage.pg.tokens import spaced, tokens
from storage.search import query as asked
from storage.sql.postgres import Connection, Cursor, one

FORM = "4"  # kept with the index; one of another form is made anew
TITLE, TEXT, RELATED, FACET, LINK = "h", "t", "r", "f", "l"  # before the tokens in ``folded_words``
MAX_LEXEME_CHARS = 200  # a longer token is found by its beginning and told apart in the text
MAX_LEXEMES_BYTES = 1_000_000  # of one article: PostgreSQL's own limit is 1 MiB


class Row(Struct, frozen=True):
    """What is written of one article. ``size`` counts its tokens."""

    title: str
    body: str
    related: str
    size: int
    words: tuple[str, ...]


def row_of(record: Record, folded_body: str) -> Row:
    """Everything but the facets: whose article it is may be known only later."""
    texts = asked.texts_of(record, folded_body)
    title, body, related, links = (tokens(t) for t in (texts.title, texts.body, texts.related, texts.links))
    lexemes = dict.fromkeys(
        [LINK + t for t in links]
        + [TITLE + t for t in title]
        + [RELATED + t for t in related]
        + [TEXT + t for t in title]
        + [TEXT + t for t in body]
    )
    return Row(
        title=spaced(title),
        body=spaced(body),
        related=spaced(related),
        size=sum(map(len, (title, body, related, links))),
        words=_bounded([lexeme[:MAX_LEXEME_CHARS] for lexeme in lexemes]),
    )


def with_facets(row: Row, record: Record) -> Row:
    facets = asked.facets_of(record)
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


def write(cursor: Cursor, rows: Mapping[int, Row]) -> None:
    """File articles, or file them anew, and keep the totals."""
    size = sum(row.size for row in rows.values())
    cursor.execute(
        "UPDATE search_total SET articles = articles + %s - old.count, tokens = tokens + %s - old.size FROM"
        " (SELECT count(*), coalesce(sum(size), 0) AS size FROM search WHERE n = ANY(%s)) AS old",
        (len(rows), size, list(rows)),
    )
    cursor.executemany(
        "INSERT INTO search VALUES (%s, %s, %s, %s, %s, array_to_tsvector(%s)) ON CONFLICT (n) DO UPDATE SET"
        " title = excluded.title, body = excluded.body, related = excluded.related, size = excluded.size,"
        " words = excluded.words",
        [(n, row.title, row.body, row.related, row.size, list(row.words)) for n, row in rows.items()],
    )


# ------------------------------------------------------------------------------------------ asking


class _Term(Struct, frozen=True):
    """A phrase as the index and the texts know it. ``needle`` stands in ``columns`` where the phrase occurs."""

    lexemes: str  # a tsquery; all there is to ask where ``exact``
    needle: str
    exact: bool


def _term(phrase: asked.Phrase, mark: str) -> _Term | None:
    """None for a phrase without tokens: it occurs nowhere."""
    found = tokens(" ".join(phrase.words))
    if not found:
        return None
    lexemes = [f"'{(mark + token)[:MAX_LEXEME_CHARS]}'" for token in found]
    if phrase.prefix:
        lexemes[-1] += ":*"
    needle = spaced(found)
    return _Term(
        lexemes=" & ".join(lexemes),
        needle=needle[:-1] if phrase.prefix else needle,
        exact=len(found) == 1 and len(found[0]) < MAX_LEXEME_CHARS,
    )


class Condition:
    """SQL over ``search`` and ``article`` that a query and filters come to. Raises StoreError (bad_query).

    ``terms`` are those of the query that count for the ranking; ``hopeless`` says that nothing can be found.
    """

    def __init__(self, query: str | None, filters: Filter) -> None:
        parsed = asked.parse(query) if query is not None else asked.Query(())
        mark = RELATED if filters.within == "related" else TEXT
        self.columns = ("related",) if filters.within == "related" else ("title", "body")
        groups = [[t for p in group if (t := _term(p, mark))] for group in parsed.wanted]
        unwanted = [t for p in parsed.unwanted if (t := _term(p, mark))]
        facets = [" | ".join(f"'{FACET}{f}'" for f in group) for group in asked.facets(filters)]
        self.terms = [term for group in groups for term in group]
        self.hopeless = any(not group for group in groups)
        self.searches = bool(groups or facets)
        self._parts: list[str] = []
        self._values: list[Any] = []
        index = [" | ".join(f"({t.lexemes})" for t in group) for group in groups] + facets
        index += [f"!({t.lexemes})" for t in unwanted if t.exact]
        if index:
            self._add("words @@ %s::tsquery", " & ".join(f"({part})" for part in index))
        for group in groups:
            if not all(t.exact for t in group):
                parts = [self.occurs(t) for t in group]
                self._add(
                    f"({' OR '.join(sql for sql, _ in parts)})", *(v for _, values in parts for v in values)
                )
        for t in unwanted:
            if not t.exact:
                sql, values = self.occurs(t)
                self._add(f"NOT ({sql})", *values)
        for sql, value in appeared(filters):
            self._add(sql, value)

    def _add(self, sql: str, *values: object) -> None:
        self._parts.append(sql)
        self._values += values

    @property
    def where(self) -> str:
        return " AND ".join(self._parts) or "TRUE"

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(self._values)

    def occurs(self, term: _Term) -> tuple[str, list[str]]:
        """That a term occurs: by the index, and in a text where the index cannot tell."""
        if term.exact:
            return "words @@ %s::tsquery", [term.lexemes]
        there = " OR ".join(f"strpos(search.{column}, %s) > 0" for column in self.columns)
        return f"words @@ %s::tsquery AND ({there})", [term.lexemes, *[term.needle] * len(self.columns)]


def find(db: Connection, condition: Condition, limit: int) -> tuple[list[tuple[int, float]], int]:
    """The best hits with their scores, and among how many. Of a word that thousands of articles have, among the newest."""
    if condition.hopeless:
        return [], 0
    articles, count = one(db.execute("SELECT articles, tokens FROM search_total"))
    score, values = _score(db, condition, articles, count / max(1, articles))
    rows = db.execute(
        "WITH hits AS MATERIALIZED (SELECT search.* FROM search JOIN article USING (n)"
        f" WHERE {condition.where} ORDER BY n DESC LIMIT {asked.NEWEST_RANKED})"
        f" SELECT n, round(({score})::numeric, 4)::float8 AS score, (SELECT count(*) FROM hits) FROM hits ORDER BY ({score}) DESC, n DESC LIMIT %s",
        (*condition.values, *values, *values, limit),
    ).fetchall()
    return [(n, score) for n, score, _ in rows], rows[0][2] if rows else 0


# bm25 as FTS5 computes it.
K1, B = 1.2, 0.75
LEAST_IDF = 1e-6
COUNTED = 20_000  # of a term that more articles have, the planner's estimate says how many


def _score(db: Connection, condition: Condition, articles: int, mean: float) -> tuple[str, list[object]]:
    weights = dict(zip(("title", "body", "related"), asked.WEIGHTS, strict=False))
    parts: list[str] = []
    values: list[object] = []
    for term in condition.terms:
        having = _having(db, condition, term)
        idf = max(
            LEAST_IDF, log((articles - having + 0.5) / (having + 0.5)) if having < articles else LEAST_IDF
        )
        counts = " + ".join(
            f"{weights[column]} * (octet_length({column}) - octet_length(replace({column}, %s, ''))) / %s"
            for column in condition.columns
        )
        bytes_ = float(len(term.needle.encode()))
        parts.append(f"%s * ({counts}) * {K1 + 1} / (({counts}) + {K1} * ({1 - B} + {B} * size / %s))")
        twice = [v for _ in condition.columns for v in (term.needle, bytes_)]
        values += [idf, *twice, *twice, mean]
    return " + ".join(parts), values


def _having(db: Connection, condition: Condition, term: _Term) -> int:
    """How many articles have a term."""
    sql, values = condition.occurs(term)
    (count,) = one(
        db.execute(
            f"SELECT count(*) FROM (SELECT FROM search WHERE {sql} LIMIT {COUNTED}) AS counted", values
        )
    )
    if count < COUNTED:
        return int(count)
    (plan,) = one(db.execute(f"EXPLAIN (FORMAT JSON) SELECT FROM search WHERE {sql}", values))
    return max(COUNTED, int(decode(plan, list[_Plan])[0].plan.rows))


class _Rows(Struct, frozen=True, rename={"rows": "Plan Rows"}):
    rows: float


class _Plan(Struct, frozen=True, rename={"plan": "Plan"}):
    plan: _Rows


# ------------------------------------------------------------------------------------------ the headline graph


def pointing_to(db: Connection, record: Record) -> list[int]:
    """The articles whose headlines have its addresses or, in its outlet, all words of its title in a row; newest first."""
    links = " | ".join(f"'{LINK}{address}'" for address in asked.addresses_of(record))
    sql, values = "words @@ %s::tsquery", [links]
    if title := _term(asked.Phrase(tuple(folded_words(record.title or ""))), RELATED):
        index = f"({title.lexemes}) & '{FACET}{asked.facet('source', record.source)}'"
        sql += " OR words @@ %s::tsquery AND strpos(related, %s) > 0"
        values += [index, title.needle]
    rows = db.execute(
        f"SELECT n FROM search WHERE {sql} ORDER BY n DESC LIMIT %s", (*values, asked.MOST_POINTING)
    )
    return [n for (n,) in rows]


def titled(db: Connection, source: str, title: str) -> list[int]:
    """The articles of an outlet that have these words in their title, the newest first."""
    term = _term(asked.Phrase(tuple(folded_words(title))), TITLE)
    if term is None:
        return []
    rows = db.execute(
        "SELECT n FROM search WHERE words @@ %s::tsquery AND strpos(title, %s) > 0 ORDER BY n DESC LIMIT %s",
        (f"({term.lexemes}) & '{FACET}{asked.facet('source', source)}'", term.needle, asked.MOST_TITLED),
    )
    return [n for (n,) in rows]
