"""Prepare the list of sources and the page of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby

from scraper.codec import Struct
from scraper.web import formatting, trend_page
from scraper.web.outlet_health import SourceStatus
from scraper.web.query_form import FormQuery
from scraper.web.trend import trend
from scraper.web.trend_page import TrendFigure
from storage.model import FacetCount

SORTS = {"country": "country", "name": "name", "articles": "articles", "new": "last new article"}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class SourceQuery(Struct, frozen=True, kw_only=True):
    """What of the sources is shown, in which order."""

    find: str = ""
    country: str = ""
    sort: str = "country"
    attention: str = ""  # "1": only what needs it


class SourceGroup(Struct, frozen=True):
    """Sources under one heading; ``name`` is empty where all are in one list."""

    name: str
    sources: tuple[SourceStatus, ...]


def source_query(pairs: Mapping[str, str]) -> SourceQuery:
    """Return the fields of an address, without unknown and empty ones."""
    given = {key: value.strip() for key, value in pairs.items() if key in SourceQuery.__struct_fields__}
    if given.get("sort") not in SORTS:
        given.pop("sort", None)
    return SourceQuery(**{key: value for key, value in given.items() if value})


def narrowed_sources(found: Iterable[SourceStatus], query: SourceQuery) -> list[SourceStatus]:
    words = query.find.casefold()
    return [
        h
        for h in found
        if (not query.country or h.country == query.country)
        and (words in h.name.casefold() or words in h.source)
    ]


def is_unpolled(health: SourceStatus) -> bool:
    return any(ailment.kind == "unpolled" for ailment in health.ailments)


def need_attention(found: Iterable[SourceStatus]) -> list[SourceStatus]:
    """Return the sources with something to mend, the most urgent first. After an import, say, many were never polled: that is no fault."""
    return [h for h in found if h.ailments and not is_unpolled(h)]


def grouped(found: Sequence[SourceStatus], query: SourceQuery) -> list[SourceGroup]:
    """Return the sources in the order that is wanted; by country, each country under its name."""
    by_name = sorted(found, key=lambda h: h.name.casefold())
    match query.sort:
        case "name":
            return [SourceGroup("", tuple(by_name))]
        case "articles":
            return [SourceGroup("", tuple(sorted(by_name, key=lambda h: -h.articles)))]
        case "new":
            newest = sorted(by_name, key=lambda h: h.last_new or _NEVER, reverse=True)
            return [SourceGroup("", tuple(newest))]
    ranked = sorted(by_name, key=_country)
    return [SourceGroup(name, tuple(some)) for name, some in groupby(ranked, _country)]


def _country(health: SourceStatus) -> str:
    return formatting.country_name(health.country) if health.country else "Not in the sources file"


def source_figure(id_: str, counts: Sequence[FacetCount], span: tuple[date, date]) -> TrendFigure:
    """Plot the articles a day of one source, by language."""
    found = trend("", counts, by="language", step="day", span=span, country_of={})
    return trend_page.trend_figure(
        found, FormQuery(source=(id_,)), formatting.language_name, title="Articles a day"
    )
