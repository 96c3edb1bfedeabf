"""Prepare the front page: the search form, and one row a story with the sources that carried it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from scraper.codec import Struct
from scraper.errors import StoreError
from scraper.model import Source
from scraper.web import formatting
from scraper.web.highlight import HighlightPiece, QueryTerms, highlighted, hit_snippet
from storage.model import Filter, Sighting, Story

PAGE_STORIES = 50
SHOWN_CARRIERS = 12
SPANS = {
    "1h": ("last hour", timedelta(hours=1)),
    "24h": ("last 24 hours", timedelta(days=1)),
    "7d": ("last 7 days", timedelta(days=7)),
    "30d": ("last 30 days", timedelta(days=30)),
}
WITHIN = {"text": "in titles and texts", "related": "in headlines beside them"}
ORDERS = {"newest": "newest first", "best": "best match first"}
_NO_SOURCE = "-"  # matches no source: for a country without sources


class FormQuery(Struct, frozen=True, kw_only=True):
    """The fields of the form. Empty means any."""

    q: str = ""
    within: str = "text"
    country: str = ""
    language: str = ""
    source: str = ""
    time: str = ""
    since: str = ""
    until: str = ""
    order: str = "newest"
    before: int | None = None

    def address(self, **changes: str | int | None) -> str:
        """Return the page's URL with some fields changed; defaults are left out."""
        default = FormQuery()
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name != "before"} | changes
        given = [(key, value) for key, value in values.items() if value and value != getattr(default, key)]
        return f"/?{urlencode(given)}" if given else "/"

    @property
    def is_narrowed(self) -> bool:
        return self.address() != "/"


def filters(form: FormQuery, outlets: Sequence[Source], now: datetime) -> Filter:
    """Return the form's filters for the store. Raises StoreError (bad_filter) for an invalid date."""
    since, until = _date(form.since, "since"), _date(form.until, "until")
    if form.time in SPANS:
        since = max(filter(None, (since, now - SPANS[form.time][1])))
    sources: tuple[str, ...] = (form.source,) if form.source else ()
    if form.country:
        ids = {outlet.id for outlet in outlets if outlet.country == form.country}
        sources = tuple(sorted(ids & set(sources) if sources else ids)) or (_NO_SOURCE,)
    return Filter(
        within=form.within if form.within in WITHIN else "text",
        sources=sources,
        languages=(form.language,) if form.language else (),
        since=since,
        until=until + timedelta(days=1) if until else None,
    )


def _date(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise StoreError(f"{name} is a date like 2026-11-23, not {text[:40]}", code="bad_filter") from None


class CarryingSource(Struct, frozen=True, kw_only=True):
    """A source that carried a story, and when."""

    id: str
    source: str
    name: str
    at: datetime


class StoryRow(Struct, frozen=True, kw_only=True):
    """One story of the page."""

    id: str
    title: tuple[HighlightPiece, ...]
    snippet: tuple[HighlightPiece, ...]
    language: str | None
    came: datetime
    status: str
    carriers: tuple[CarryingSource, ...]
    more: int  # carriers that are not shown
    outlets: int


class DayGroup(Struct, frozen=True):
    """The lines that came on one day."""

    name: str
    lines: tuple[StoryRow, ...]


class FormOption(Struct, frozen=True):
    value: str
    label: str


class Choices(Struct, frozen=True, kw_only=True):
    """What can be chosen in the form."""

    countries: tuple[FormOption, ...]
    languages: tuple[FormOption, ...]
    sources: tuple[FormOption, ...]


def day_groups(
    stories: Iterable[Story], name_of: Callable[[str], str], wanted: QueryTerms
) -> tuple[DayGroup, ...]:
    lines = [story_row(story, name_of, wanted) for story in stories]
    return tuple(
        DayGroup(day, tuple(some))
        for day, some in groupby(lines, lambda line: formatting.long_day(line.came))
    )


def story_row(story: Story, name_of: Callable[[str], str], wanted: QueryTerms) -> StoryRow:
    record = story.record
    first = _first_of_each_outlet(story)
    found = hit_snippet(record.body, wanted) or hit_snippet([h.title for h in record.related], wanted)
    return StoryRow(
        id=record.id,
        title=highlighted(record.title or "(without a title)", wanted),
        snippet=found,
        language=record.language,
        came=record.first_seen,
        status=record.status,
        carriers=tuple(
            CarryingSource(id=s.id, source=s.source, name=name_of(s.source), at=s.origin)
            for s in first[:SHOWN_CARRIERS]
        ),
        more=max(0, len(first) - SHOWN_CARRIERS),
        outlets=len(first),
    )


def _first_of_each_outlet(story: Story) -> list[Sighting]:
    seen: dict[str, Sighting] = {}
    for sighting in story.sightings:
        seen.setdefault(sighting.source, sighting)
    return list(seen.values())


def choices(outlets: Sequence[Source]) -> Choices:
    """Countries, languages and outlets of the sources file, by name."""
    enabled = [outlet for outlet in outlets if outlet.enabled]
    languages = {code for outlet in enabled for code in outlet.languages}
    return Choices(
        countries=_sorted({o.country: formatting.country_name(o.country) for o in enabled}),
        languages=_sorted({code: formatting.language_name(code) for code in languages}),
        sources=_sorted({o.id: o.name for o in enabled}),
    )


def _sorted(names: Mapping[str, str]) -> tuple[FormOption, ...]:
    return tuple(FormOption(*pair) for pair in sorted(names.items(), key=lambda pair: pair[1].casefold()))
