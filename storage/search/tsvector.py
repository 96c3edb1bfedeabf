"""Search the full text in PostgreSQL, with the tokens, hits and ranking of SQLite's FTS5.

``words`` holds the tokens of an article once each, after a letter for their column: the index finds articles with it.
Phrases and frequencies are looked up in the columns' texts, of the articles that the index found.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Any

from scraper.codec import Struct, decode, replace
from scraper.dedupe import fingerprint
from scraper.dedupe.fingerprint import Fingerprint
from scraper.model import Record
from storage.model import Filter
from storage.search import texts
from storage.search.query import AllOf, AnyOf, Node, Term, parse_query, wanted_terms
from storage.search.tokens import Phrase, spaced, tokens
from storage.sql import change_log
from storage.sql.dialect import Db

FORM = "11"  # kept with the index; one of another form is made anew
TITLE, TEXT, RELATED, FACET, LINK = "h", "t", "r", "f", "l"  # before the tokens in ``words``
END = 1 << 62
MAX_LEXEME_CHARS = 200  # a longer token is found by its beginning and told apart in the text
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


class _Lookup(Struct, frozen=True):
    """A phrase as the index and the texts know it. ``needle`` stands in ``columns`` where the phrase occurs."""

    lexemes: str  # a tsquery; all there is to ask where ``exact``
    needle: str
    exact: bool


def _lookup(phrase: Phrase, mark: str) -> _Lookup:
    lexemes = [f"'{(mark + word)[:MAX_LEXEME_CHARS]}'" for word in phrase.words]
    if phrase.prefix:
        lexemes[-1] += ":*"
    return _Lookup(
        lexemes=" & ".join(lexemes),
        needle=phrase.needle,
        exact=len(phrase.words) == 1 and len(phrase.words[0]) < MAX_LEXEME_CHARS,
    )


class Condition:
    """SQL over ``search`` and ``article`` that a query and filters come to. Raises StoreError (bad_query).

    ``terms`` are those of the query that count for the ranking.
    """

    def __init__(self, query: str | None, filters: Filter) -> None:
        asked = parse_query(query) if query is not None else None
        self._mark = RELATED if filters.within == "related" else TEXT
        self.columns = ("related",) if filters.within == "related" else ("title", "body")
        index = [" | ".join(f"'{FACET}{f}'" for f in group) for group in texts.facets(filters)]
        self.terms: list[_Lookup] = []
        self._parts: list[str] = []
        self._values: list[Any] = []
        if asked is not None:
            index.insert(0, self._lexemes(asked))
            phrases = (phrase for term in wanted_terms(asked) for phrase in term.phrases)
            self.terms = [_lookup(phrase, self._mark) for phrase in dict.fromkeys(phrases)]
        self.searches = bool(index)
        if index:
            self._add("words @@ ?::tsquery", " & ".join(f"({part})" for part in index))
        if asked is not None and not self._is_exact(asked):
            sql, values = self._occurs(asked)
            self._add(sql, *values)
        for sql, value in change_log.article_filter(filters):
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

    def _is_exact(self, node: Node) -> bool:
        """Return True if the index alone can tell what is found."""
        if isinstance(node, Term):
            return all(_lookup(phrase, self._mark).exact for phrase in node.phrases)
        parts = node.parts if isinstance(node, AnyOf) else node.wanted + node.unwanted
        return all(map(self._is_exact, parts))

    def _lexemes(self, node: Node) -> str:
        """Return a tsquery that finds all that is to be found, and more where the index alone cannot tell."""
        if isinstance(node, Term):
            return " | ".join(f"({_lookup(phrase, self._mark).lexemes})" for phrase in node.phrases)
        if isinstance(node, AnyOf):
            return " | ".join(f"({self._lexemes(part)})" for part in node.parts)
        parts = [f"({self._lexemes(part)})" for part in node.wanted]
        parts += [f"!({self._lexemes(part)})" for part in node.unwanted if self._is_exact(part)]
        return " & ".join(parts)

    def _occurs(self, node: Node) -> tuple[str, list[str]]:
        """Return the condition that a part of the query is found, and its values."""
        if self._is_exact(node):
            return "words @@ ?::tsquery", [self._lexemes(node)]
        if isinstance(node, Term):
            asked = [self.occurs(_lookup(phrase, self._mark)) for phrase in node.phrases]
        else:
            asked = [self._occurs(part) for part in (node.parts if isinstance(node, AnyOf) else node.wanted)]
        sql = (" AND " if isinstance(node, AllOf) else " OR ").join(f"({text})" for text, _ in asked)
        values = [value for _, some in asked for value in some]
        if isinstance(node, AllOf):
            for part in node.unwanted:
                text, some = self._occurs(part)
                sql, values = f"{sql} AND NOT ({text})", values + some
        return f"({sql})", values

    def occurs(self, term: _Lookup) -> tuple[str, list[str]]:
        """Return the condition that a term occurs: by the index, and in a text where the index cannot tell."""
        if term.exact:
            return "words @@ ?::tsquery", [term.lexemes]
        there = " OR ".join(f"strpos(search.{column}, ?) > 0" for column in self.columns)
        return f"words @@ ?::tsquery AND ({there})", [term.lexemes, *[term.needle] * len(self.columns)]


def ranked(db: Db, query: str, filters: Filter, limit: int) -> tuple[list[tuple[int, float]], int, bool]:
    """Return the best hits. Of a word that thousands of articles have, the best among the newest."""
    condition = Condition(query, filters)
    articles, count = db.row("SELECT articles, tokens FROM search_total")
    score, values = _score(db, condition, articles, count / max(1, articles))
    if not score:
        return [], 0, True
    rows = db.all(
        "WITH hits AS MATERIALIZED (SELECT search.* FROM search JOIN article USING (n)"
        f" WHERE {condition.where} ORDER BY n DESC LIMIT {texts.NEWEST_RANKED}),"
        f" scored AS MATERIALIZED (SELECT n, ({score}) AS score FROM hits)"  # once each: it reads the whole text
        " SELECT n, round(score::numeric, 4)::float8, (SELECT count(*) FROM hits) FROM scored ORDER BY score DESC, n DESC LIMIT ?",
        (*condition.values, *values, limit),
    )
    count = rows[0][2] if rows else 0
    return [(n, score) for n, score, _ in rows], count, count < texts.NEWEST_RANKED


def newest(
    db: Db, query: str | None, filters: Filter, before: int, limit: int, *, grouped: bool
) -> list[tuple[int, int | None]]:
    """Return articles that pass, the newest first, with their clusters; if ``grouped``, the newest of each cluster."""
    condition = Condition(query, filters)
    joined = " JOIN search USING (n)" if condition.searches else ""
    where, values = condition.where, list(condition.values)
    row = "origin, n" if filters.by == "published" else "n"
    order = ", ".join(f"article.{column}" for column in row.split(", "))
    falling = ", ".join(f"{column} DESC" for column in row.split(", "))
    sql = f"SELECT article.n, article.origin, article.cluster FROM article{joined} WHERE article.purged = 0 AND {where}"
    if before < END:
        sql += f" AND ({order}) < (SELECT {row} FROM article WHERE n = ?)"
        values.append(before)
    if grouped:
        newer = (
            f"SELECT FROM article{joined} WHERE article.cluster = outer_.cluster AND article.purged = 0"
            f" AND ({order}) > ({', '.join(f'outer_.{column}' for column in row.split(', '))}) AND {where}"
        )
        sql = (
            f"SELECT n, origin, cluster FROM ({sql}) AS outer_ WHERE cluster IS NULL OR NOT EXISTS ({newer})"
        )
        values += condition.values
    return [(n, cluster) for n, _, cluster in db.all(f"{sql} ORDER BY {falling} LIMIT ?", (*values, limit))]


def matching(db: Db, query: str | None, filters: Filter) -> list[int]:
    """Return all articles that pass, in any order."""
    condition = Condition(query, filters)
    if "article." in condition.where or not condition.searches:
        return [n for n, _ in newest(db, query, filters, 1 << 62, 1 << 62, grouped=False)]
    return [n for (n,) in db.all(f"SELECT n FROM search WHERE {condition.where}", condition.values)]


# bm25 as FTS5 computes it.
K1, B = 1.2, 0.75
LEAST_IDF = 1e-6
COUNTED = 20_000  # of a term that more articles have, the planner's estimate says how many


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
        parts.append(f"? * ({counts}) * {K1 + 1} / (({counts}) + {K1} * ({1 - B} + {B} * size / ?))")
        twice = [v for _ in condition.columns for v in (term.needle, bytes_)]
        values += [idf, *twice, *twice, mean]
    return " + ".join(parts), values


def _having(db: Db, condition: Condition, term: _Lookup) -> int:
    """How many articles have a term."""
    sql, values = condition.occurs(term)
    (count,) = db.row(
        f"SELECT count(*) FROM (SELECT FROM search WHERE {sql} LIMIT {COUNTED}) AS counted", values
    )
    if count < COUNTED:
        return int(count)
    (plan,) = db.row(f"EXPLAIN (FORMAT JSON) SELECT FROM search WHERE {sql}", values)
    return max(COUNTED, int(decode(plan, list[_Plan])[0].plan.rows))


class _Rows(Struct, frozen=True, rename={"rows": "Plan Rows"}):
    rows: float


class _Plan(Struct, frozen=True, rename={"plan": "Plan"}):
    plan: _Rows


# ------------------------------------------------------------------------------------------ the headline graph


def pointing_to(db: Db, record: Record) -> list[int]:
    """Return the articles whose headlines have its addresses or, in its outlet, all words of its title in a row; newest first."""
    links = " | ".join(f"'{LINK}{address}'" for address in texts.addresses_of(record))
    sql, values = "words @@ ?::tsquery", [links]
    if words := texts.title_terms(record.title):
        title = _lookup(Phrase(tuple(words)), RELATED)
        index = f"({title.lexemes}) & '{FACET}{texts.facet('source', record.source)}'"
        sql += " OR words @@ ?::tsquery AND strpos(related, ?) > 0"
        values += [index, title.needle]
    rows = db.all(f"SELECT n FROM search WHERE {sql} ORDER BY n DESC LIMIT ?", (*values, texts.MOST_POINTING))
    return [n for (n,) in rows]


def titled(db: Db, source: str, title: str) -> list[int]:
    """Return the articles of an outlet that have these words in their title, the newest first."""
    if not (words := texts.title_terms(title)):
        return []
    term = _lookup(Phrase(tuple(words)), TITLE)
    rows = db.all(
        "SELECT n FROM search WHERE words @@ ?::tsquery AND strpos(title, ?) > 0 ORDER BY n DESC LIMIT ?",
        (f"({term.lexemes}) & '{FACET}{texts.facet('source', source)}'", term.needle, texts.MOST_TITLED),
    )
    return [n for (n,) in rows]
