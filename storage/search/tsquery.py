"""Say a query in PostgreSQL's words: what the index of words is asked, and what only the texts can tell. Pure.

``words`` has the tokens of an article behind a letter for their column.
"""

from __future__ import annotations

from typing import Any

from scraper.codec import Struct
from storage.model import Filter
from storage.search import texts
from storage.search.query import AllOf, AnyOf, Node, Term, parse_query, wanted_terms
from storage.search.tokens import Phrase
from storage.sql import change_log

TITLE, TEXT, RELATED, FACET, LINK = "h", "t", "r", "f", "l"  # before the tokens in ``words``
MAX_LEXEME_CHARS = 200  # a longer token is found by its beginning and told apart in the text


class Lookup(Struct, frozen=True):
    """A phrase as the index and the texts know it. ``needle`` stands in ``columns`` where the phrase occurs."""

    lexemes: str  # a tsquery; all there is to ask where ``exact``
    needle: str
    exact: bool


def lookup(phrase: Phrase, mark: str) -> Lookup:
    lexemes = [f"'{(mark + word)[:MAX_LEXEME_CHARS]}'" for word in phrase.words]
    if phrase.prefix:
        lexemes[-1] += ":*"
    return Lookup(
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
        self.terms: list[Lookup] = []
        self.rest: list[str] = []  # what the index alone cannot tell
        self.values: list[Any] = []
        if asked is not None:
            index.insert(0, self._lexemes(asked))
            phrases = (phrase for term in wanted_terms(asked) for phrase in term.phrases)
            self.terms = [lookup(phrase, self._mark) for phrase in dict.fromkeys(phrases)]
        self.index = " & ".join(f"({part})" for part in index)
        if asked is not None and not self._is_exact(asked):
            sql, values = self._occurs(asked)
            self._add(sql, *values)
        for sql, value in change_log.article_filter(filters):
            self._add(sql, value)

    def _add(self, sql: str, *values: object) -> None:
        self.rest.append(sql)
        self.values += values

    def of(self, tables: str) -> tuple[str, list[Any]]:
        """Return the condition on rows of these tables, and its values."""
        index = ["words @@ ?::tsquery"] if self.index else []
        return f"{tables} WHERE {' AND '.join([*index, *self.rest]) or 'TRUE'}", [
            *([self.index] if index else []),
            *self.values,
        ]

    @property
    def asks_articles(self) -> bool:
        return any("article." in part for part in self.rest)

    def found(self, *, with_articles: bool = False) -> tuple[str, list[Any]]:
        """Return FROM and WHERE for all that is found, and the values: the index is asked first, by a function of the schema."""
        if not self.index:
            return self.of("article")
        tables = "found_by(?::tsquery) AS found(n)"
        if any("strpos" in part for part in self.rest):
            tables += " JOIN search USING (n)"
        if with_articles or self.asks_articles:
            tables += " JOIN article USING (n)"
        return f"{tables} WHERE {' AND '.join(self.rest) or 'TRUE'}", [self.index, *self.values]

    def _is_exact(self, node: Node) -> bool:
        """Return True if the index alone can tell what is found."""
        if isinstance(node, Term):
            return all(lookup(phrase, self._mark).exact for phrase in node.phrases)
        parts = node.parts if isinstance(node, AnyOf) else node.wanted + node.unwanted
        return all(map(self._is_exact, parts))

    def _lexemes(self, node: Node) -> str:
        """Return a tsquery that finds all that is to be found, and more where the index alone cannot tell."""
        if isinstance(node, Term):
            return " | ".join(f"({lookup(phrase, self._mark).lexemes})" for phrase in node.phrases)
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
            asked = [self.occurs(lookup(phrase, self._mark)) for phrase in node.phrases]
        else:
            asked = [self._occurs(part) for part in (node.parts if isinstance(node, AnyOf) else node.wanted)]
        sql = (" AND " if isinstance(node, AllOf) else " OR ").join(f"({text})" for text, _ in asked)
        values = [value for _, some in asked for value in some]
        if isinstance(node, AllOf):
            for part in node.unwanted:
                text, some = self._occurs(part)
                sql, values = f"{sql} AND NOT ({text})", values + some
        return f"({sql})", values

    def occurs(self, term: Lookup) -> tuple[str, list[str]]:
        """Return the condition that a term occurs: by the index, and in a text where the index cannot tell."""
        if term.exact:
            return "words @@ ?::tsquery", [term.lexemes]
        there = " OR ".join(f"strpos(search.{column}, ?) > 0" for column in self.columns)
        return f"words @@ ?::tsquery AND ({there})", [term.lexemes, *[term.needle] * len(self.columns)]
