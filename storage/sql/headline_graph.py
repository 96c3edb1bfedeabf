"""The headline graph: what an article's related headlines name among the stored articles, and who names it."""

from __future__ import annotations

import sqlite3
from itertools import islice

from scraper.model import Headline, Record
from scraper.text.normalize import folded_words
from scraper.urls import identity_keys
from storage.model import Pointer, Related
from storage.search import fts5
from storage.search.query import may_name
from storage.sql import articles


def related(db: sqlite3.Connection, id_or_url: str, limit: int) -> Related | None:
    """Both directions around one article."""
    n = articles.find(db, id_or_url)
    if n is None:
        return None
    record = articles.latest_of(db, n)
    pointing = (m for m in fts5.pointing_to(db, record) if m != n and _points_to(db, m, record))
    return Related(
        id=record.id,
        title=record.title,
        points_to=tuple(_resolve(db, n, record, headline) for headline in record.related),
        pointed_to_by=tuple(articles.placed_records(db, list(islice(pointing, limit)))),
    )


def _points_to(db: sqlite3.Connection, n: int, article: Record) -> bool:
    """Whether one of the headlines of ``n`` is resolved to an article."""
    record = articles.latest_of(db, n)
    naming = (headline for headline in record.related if may_name(headline, article))
    return any(_resolve(db, n, record, headline).article == article.id for headline in naming)


def _resolve(db: sqlite3.Connection, n: int, record: Record, headline: Headline) -> Pointer:
    """The article that a headline names: by its address, else by its very title within the outlet."""
    article = by = None
    keys = [key for key in identity_keys(record.source, [headline.url]) if key.startswith("u:")]
    if found := articles.ids_of(db, keys):
        article, by = next(iter(found.values())), "url"
    else:
        for other in fts5.titled(db, record.source, headline.title):
            candidate = articles.latest_of(db, other)
            if other != n and folded_words(candidate.title or "") == folded_words(headline.title):
                article, by = candidate.id, "title"
                break
    return Pointer(
        title=headline.title,
        url=headline.url,
        where=headline.where,
        kind=headline.kind,
        article=article,
        by=by,
    )
