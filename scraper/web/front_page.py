"""Prepare lists of articles: one line a story, with the sources that carried it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from itertools import accumulate, groupby

from scraper.codec import Struct
from scraper.web import formatting
from scraper.web.highlight import NOTHING, HighlightPiece, QueryTerms, highlighted, hit_snippet
from storage.model import Sighting, Story

PAGE_STORIES = 50
STREAM_STORIES = 25
SHOWN_CARRIERS = 5


class CarryingSource(Struct, frozen=True, kw_only=True):
    """A source that carried a story, and when."""

    id: str
    source: str
    name: str
    at: datetime


class StoryRow(Struct, frozen=True, kw_only=True):
    """One story of the page. ``source`` is the name of who printed the shown article."""

    id: str
    source: str
    title: tuple[HighlightPiece, ...]
    snippet: tuple[HighlightPiece, ...]
    language: str | None
    came: datetime
    status: str
    revision: int
    carriers: tuple[CarryingSource, ...]
    more: int  # carriers that are not shown
    outlets: int


class DayGroup(Struct, frozen=True):
    """The lines that came on one day."""

    day: datetime
    lines: tuple[StoryRow, ...]


def day_groups(lines: Iterable[StoryRow], zone: tzinfo) -> tuple[DayGroup, ...]:
    """Put lines under their days; what came around midnight does not begin a day that is over again."""
    lines = list(lines)
    days = accumulate((line.came.astimezone(zone).date() for line in lines), min)
    grouped = groupby(zip(days, lines, strict=True), lambda pair: pair[0])
    some = [tuple(line for _, line in each) for _, each in grouped]
    return tuple(DayGroup(min(line.came for line in each), each) for each in some)


def story_row(
    story: Story, name_of: Callable[[str], str], wanted: QueryTerms = NOTHING, by: str = "seen"
) -> StoryRow:
    """Return the row of a story at its time by a clock."""
    record = story.record
    published = next((s.origin for s in story.sightings if s.id == record.id), record.first_seen)
    first = first_of_each_source(story.sightings)
    found = hit_snippet(record.body, wanted, record.language) or hit_snippet(
        [h.title for h in record.related], wanted, record.language
    )
    return StoryRow(
        id=record.id,
        source=name_of(record.source),
        title=highlighted(formatting.shown_title(record), wanted, record.language),
        snippet=found,
        language=record.language,
        came=published if by == "published" else record.first_seen,
        status=record.status,
        revision=record.revision,
        carriers=tuple(carrying(sighting, name_of) for sighting in first[:SHOWN_CARRIERS]),
        more=max(0, len(first) - SHOWN_CARRIERS),
        outlets=len(first),
    )


def carrying(sighting: Sighting, name_of: Callable[[str], str]) -> CarryingSource:
    return CarryingSource(
        id=sighting.id, source=sighting.source, name=name_of(sighting.source), at=sighting.origin
    )


def first_of_each_source(sightings: Iterable[Sighting]) -> list[Sighting]:
    seen: dict[str, Sighting] = {}
    for sighting in sightings:
        seen.setdefault(sighting.source, sighting)
    return list(seen.values())
