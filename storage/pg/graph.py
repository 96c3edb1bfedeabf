"""The headline graph, as storage.sql.headline_graph has it: what an article's related headlines name, and who names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from scraper.model import Headline, Record
from scraper.text.normalize import folded_words
from scraper.urls import identity_keys
from storage.model import Pointer, Related
from storage.pg import views
from storage.search import tsvector
from storage.search.query import may_name
from storage.sql.postgres import Connection


def related(db: Connection, id_or_url: str, limit: int) -> Related | None:
    """Both directions around one article."""
    n = views.find(db, id_or_url)
    if n is None:
        return None
    record = views.latest_records(db, [n])[n]
    others = [m for m in tsvector.pointing_to(db, record) if m != n]
    there = views.latest_records(db, others)
    pointing = (m for m in others if _points_to(db, m, there[m], record))
    return Related(
        id=record.id,
        title=record.title,
        points_to=tuple(_resolved(db, n, record, record.related)),
        pointed_to_by=tuple(views.placed_records(db, list(islice(pointing, limit)))),
    )


def _points_to(db: Connection, n: int, record: Record, article: Record) -> bool:
    """Whether one of the headlines of ``n`` is resolved to an article."""
    naming = [headline for headline in record.related if may_name(headline, article)]
    return any(pointer.article == article.id for pointer in _resolved(db, n, record, naming))


def _resolved(db: Connection, n: int, record: Record, headlines: Sequence[Headline]) -> Iterator[Pointer]:
    keys = {h: [k for k in identity_keys(record.source, [h.url]) if k.startswith("u:")] for h in headlines}
    named = views.ids_of(db, [key for of_one in keys.values() for key in of_one])
    for headline in headlines:
        yield _resolve(db, n, record, headline, [named[key] for key in keys[headline] if key in named])


def _resolve(db: Connection, n: int, record: Record, headline: Headline, named: list[str]) -> Pointer:
    """The article that a headline names: by its address, else by its very title within the outlet."""
    article = by = None
    if named:
        article, by = named[0], "url"
    else:
        candidates = tsvector.titled(db, record.source, headline.title)
        records = views.latest_records(db, candidates)
        for other in candidates:
            if other != n and folded_words(records[other].title or "") == folded_words(headline.title):
                article, by = records[other].id, "title"
                break
    return Pointer(
        title=headline.title,
        url=headline.url,
        where=headline.where,
        kind=headline.kind,
        article=article,
        by=by,
    )
