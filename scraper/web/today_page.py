"""Prepare the front page: the stories of the last hours by outlets, countries and freshness. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from scraper.codec import Struct, replace
from scraper.model import Source
from scraper.web import formatting
from scraper.web.front_page import CarryingSource, carrying, first_of_each_source
from storage.model import Sighting, Story, ToldStory

SPANS = {"6h": 6, "24h": 24, "3d": 72}  # hours
USUAL = "24h"
SHOWN_STORIES = 40
READ_STORIES = 200  # of which the shown ones are chosen
STRIP_COUNTRIES = 6  # marks of a strip; those of the other countries are one mark
HALF_LIFE = timedelta(hours=8)  # after it a story needs twice the outlets


class TodayQuery(Struct, frozen=True, kw_only=True):
    """What is shown: the stories that only this country's press carried, that no outlet of another one carried."""

    span: str = USUAL
    only: str = ""
    without: str = ""

    def address(self, **changes: str) -> str:
        changed = replace(self, **changes)
        default = TodayQuery()
        given = [
            (name, getattr(changed, name))
            for name in self.__struct_fields__
            if getattr(changed, name) != getattr(default, name)
        ]
        return f"/?{urlencode(given)}" if given else "/"


def today_query(pairs: Mapping[str, str]) -> TodayQuery:
    """Return the fields of an address, without unknown ones."""
    known = {name: pairs[name].strip() for name in TodayQuery.__struct_fields__ if name in pairs}
    query = TodayQuery(**known)
    return query if query.span in SPANS else replace(query, span=USUAL)


class CountryMark(Struct, frozen=True, kw_only=True):
    """One mark of a strip: how many outlets of a country carried the story."""

    code: str
    name: str
    outlets: int


class TodayRow(Struct, frozen=True, kw_only=True):
    """One story. ``carriers`` are the outlets, the first one first."""

    id: str
    title: str
    language: str | None
    outlets: int
    strip: tuple[CountryMark, ...]
    carriers: tuple[CarryingSource, ...]
    last: datetime


def strip_countries(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the countries with most enabled sources, by code."""
    counted = Counter(source.country for source in sources if source.enabled)
    ranked = sorted(counted, key=lambda code: (-counted[code], code))
    return tuple(sorted(ranked[:STRIP_COUNTRIES]))


class _Candidate(Struct):
    """A story before it is weighed: its first article, and who carried it."""

    id: str
    title: str
    language: str | None
    sightings: list[Sighting]


def today_rows(
    copies: Sequence[Story],
    told: Sequence[ToldStory],
    query: TodayQuery,
    sources: Sequence[Source],
    now: datetime,
) -> tuple[TodayRow, ...]:
    """Return the stories that pass, the weightiest first.

    ``copies`` are texts that several sources carried, ``told`` events that several told in their own words.
    """
    country_of = {source.id: source.country for source in sources}
    names = {source.id: source.name for source in sources}
    shown = strip_countries(sources)
    ranked: list[tuple[float, TodayRow]] = []
    for story in _joined(copies, told):
        first = first_of_each_source(sorted(story.sightings, key=lambda s: (s.origin, s.id)))
        countries = Counter(country_of.get(s.source, "") for s in first)
        if query.only and set(countries) != {query.only}:
            continue
        if query.without and countries[query.without]:
            continue
        row = _row(story, first, countries, shown, lambda id_: names.get(id_, id_))
        freshness = 0.5 ** max(0.0, (now - row.last) / HALF_LIFE)
        ranked.append((row.outlets * len(countries) * freshness, row))
    ranked.sort(key=lambda pair: (-pair[0], pair[1].id))
    return tuple(row for _, row in ranked[:SHOWN_STORIES])


def _joined(copies: Sequence[Story], told: Sequence[ToldStory]) -> list[_Candidate]:
    """Return each event once: those who copied a text that tells of it are among those who told it."""
    by_article = {sighting.id: story for story in copies for sighting in story.sightings}
    found: list[_Candidate] = []
    taken: set[int] = set()
    for event in told:
        sightings = {
            m.id: Sighting(id=m.id, source=m.source, origin=m.origin, language=m.language)
            for m in event.members
        }
        for member in event.members:
            if (carried := by_article.get(member.id)) is not None:
                taken.add(carried.cursor)
                sightings |= {sighting.id: sighting for sighting in carried.sightings}
        first = event.members[0]
        title = first.title or formatting.readable_address(first.url)
        found.append(_Candidate(first.id, title, first.language, list(sightings.values())))
    for story in copies:
        if story.cursor not in taken:
            r = story.record
            found.append(_Candidate(r.id, formatting.shown_title(r), r.language, list(story.sightings)))
    return found


def _row(
    story: _Candidate,
    first: Sequence[Sighting],
    countries: Mapping[str, int],
    shown: Sequence[str],
    name_of: Callable[[str], str],
) -> TodayRow:
    marks = [
        CountryMark(code=code, name=formatting.country_name(code), outlets=countries.get(code, 0))
        for code in shown
    ]
    if others := [code for code in countries if code not in shown]:
        names = ", ".join(formatting.country_name(code) if code else "unknown country" for code in others)
        marks.append(CountryMark(code="+", name=names, outlets=sum(countries[code] for code in others)))
    return TodayRow(
        id=story.id,
        title=story.title,
        language=story.language,
        outlets=len(first),
        strip=tuple(marks),
        carriers=tuple(carrying(sighting, name_of) for sighting in first),
        last=max(sighting.origin for sighting in first),
    )
