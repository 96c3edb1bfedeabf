"""The headline graph, as storage.graph has it: what an article's related headlines name, and who names it."""

from __future__ import annotations

from scraper.model import Headline, Record
from scraper.urls import identity_keys
from scraper.words.text import words
from storage.pg import search, views
from storage.pg.database import Connection
from storage.protocol import Pointer, Related


def related(db: Connection, id_or_url: str, limit: int) -> Related | None:
    """Both directions around one article."""
    n = views.find(db, id_or_url)
    if n is None:
        return None
    record = views.latest_records(db, [n])[n]
    keys = {
        h: [k for k in identity_keys(record.source, [h.url]) if k.startswith("u:")] for h in record.related
    }
    named = views.ids_of(db, [key for of_one in keys.values() for key in of_one])
    others = [other for other in search.pointing_to(db, record, limit) if other != n]
    return Related(
        id=record.id,
        title=record.title,
        points_to=tuple(
            _resolve(db, n, record, headline, [named[key] for key in keys[headline] if key in named])
            for headline in record.related
        ),
        pointed_to_by=tuple(views.placed_records(db, others)),
    )


def _resolve(db: Connection, n: int, record: Record, headline: Headline, named: list[str]) -> Pointer:
    """The article that a headline names: by its address, else by its very title within the outlet."""
    article = by = None
    if named:
        article, by = named[0], "url"
    else:
        candidates = search.titled(db, record.source, headline.title)
        records = views.latest_records(db, candidates)
        for other in candidates:
            if other != n and words(records[other].title or "") == words(headline.title):
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
