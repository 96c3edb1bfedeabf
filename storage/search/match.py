"""Tell whether a query finds one record, without an index: for hooks and watches. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.model import Record
from storage.search.query import AnyOf, Node, Term, parse_query
from storage.search.texts import texts_of
from storage.search.tokens import spaced, tokens


def finds(query: str, record: Record) -> bool:
    """Return True if a search for the query would find the record. Raises StoreError (bad_query)."""
    asked = parse_query(query)
    made = texts_of(record, fold_paragraphs(record.body))
    return _found(asked, (spaced(tokens(made.title)), spaced(tokens(made.body))))


def _found(node: Node, texts: Sequence[str]) -> bool:
    if isinstance(node, Term):
        return any(phrase.needle in text for phrase in node.phrases for text in texts)
    if isinstance(node, AnyOf):
        return any(_found(part, texts) for part in node.parts)
    return all(_found(part, texts) for part in node.wanted) and not any(
        _found(part, texts) for part in node.unwanted
    )
