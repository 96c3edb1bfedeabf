"""Answer what an article's related headlines name among the stored articles, and who names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from scraper.model import Headline, Record
from scraper.text.normalize import folded_words
from scraper.urls import identity_keys
from storage.model import Pointer, Related
from storage.search.texts import may_name
from storage.sql import articles
from storage.sql.dialect import Db, SearchIndex


def related(db: Db, index: SearchIndex, id_or_url: str, limit: int) -> Related | None:
    """Return both directions around one article."""
    n = articles.find_number(db, id_or_url)
    if n is None:
        return None
    record = articles.latest_of(db, n)
    others = [m for m in index.pointing_to(db, record) if m != n]
    there = articles.latest_records(db, others)
    pointing = (m for m in others if _points_to(db, index, m, there[m], record))
    return Related(
        id=record.id,
        title=record.title,
        points_to=tuple(_resolved(db, index, n, record, record.related)),
        pointed_to_by=tuple(articles.placed_records(db, list(islice(pointing, limit)))),
    )


def _points_to(db: Db, index: SearchIndex, n: int, record: Record, article: Record) -> bool:
    """Return True if one of the headlines of ``n`` is resolved to an article."""
    naming = [headline for headline in record.related if may_name(headline, article)]
    return any(pointer.article == article.id for pointer in _resolved(db, index, n, record, naming))


def _resolved(
    db: Db, index: SearchIndex, n: int, record: Record, headlines: Sequence[Headline]
) -> Iterator[Pointer]:
    keys = {h: [k for k in identity_keys(record.source, [h.url]) if k.startswith("u:")] for h in headlines}
    named = articles.ids_of(db, [key for of_one in keys.values() for key in of_one])
    for headline in headlines:
        by_address = [named[key] for key in keys[headline] if key in named]
        article = by_address[0] if by_address else _by_title(db, index, n, record.source, headline.title)
        yield Pointer(
            title=headline.title,
            url=headline.url,
            where=headline.where,
            kind=headline.kind,
            article=article,
            by="url" if by_address else "title" if article else None,
        )


def _by_title(db: Db, index: SearchIndex, n: int, source: str, title: str) -> str | None:
    """Return the id of another article of the source that has this very title."""
    candidates = [other for other in index.titled(db, source, title) if other != n]
    records = articles.latest_records(db, candidates)
    same = (records[c].id for c in candidates if folded_words(records[c].title or "") == folded_words(title))
    return next(same, None)
