"""Decide whether a record or a story matches a hook or a watch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice

from scraper.codec import replace
from scraper.model import Record, Source
from scraper.settings import Notify, Watch
from scraper.stories.grouping import WINDOW
from storage import Store
from storage.model import Filter, StoryFilter, ToldStory
from storage.narrowing import narrowed_ids
from storage.search.match import finds

MAX_STORIES = 10_000  # that are looked at


def matches_hook(hook: Notify, record: Record, watch: Watch | None = None) -> bool:
    """Return True if a record matches all filters of the hook. One of its queries must find the article's own title or text."""
    if record.purged:  # there is nothing to read
        return False
    if watch is not None:
        return matches_watch(watch, record)
    if hook.languages and record.language not in hook.languages:
        return False
    if hook.sources and record.source not in hook.sources:
        return False
    return not hook.words or any(finds(query, record) for query in hook.words)


def matches_watch(watch: Watch, record: Record, countries: Mapping[str, str] | None = None) -> bool:
    """Return True if a record is what a watch waits for. ``countries``: those of sources, for records that say none."""
    if record.purged:
        return False
    country = record.country or (countries or {}).get(record.source)
    narrowed: Sequence[tuple[Collection[str], str | None]] = (
        (watch.languages, record.language),
        (watch.sources, record.source),
        (watch.countries, country),
    )
    if any(wanted and value not in wanted for wanted, value in narrowed):
        return False
    return not watch.query or finds(watch.query, record)


def watched_stories(
    watch: Watch,
    store: Store,
    sources: Sequence[Source],
    now: datetime,
    limit: int = MAX_STORIES,
    *,
    only: Collection[str] | None = None,
    told: Collection[str] = (),
) -> list[ToldStory]:
    """Return the stories of the last 72 hours that a watch waits for, those that grew last first; ``only``: of these ids.

    One with a member that was ``told`` was waited for: its texts are not read again.
    """
    wanted = StoryFilter(
        since=now - WINDOW,
        min_outlets=max(2, watch.min_outlets),
        min_countries=watch.min_countries,
        countries=watch.countries,
        sources=watch.sources,
        country_of={source.id: source.country for source in sources},
    )
    of_member = replace(watch, countries=(), sources=())  # told by one of them, which need not be this one

    def fits(story: ToldStory) -> bool:
        if only is not None and story.id not in only:
            return False
        if not (watch.query or watch.languages) or any(member.id in told for member in story.members):
            return True
        records = (store.get(member.id) for member in story.members)
        return any(record and matches_watch(of_member, record) for record in records)

    return list(islice(filter(fits, store.told_stories(wanted, limit=MAX_STORIES)), limit))


def watch_filter(watch: Watch, sources: Sequence[Source]) -> Filter:
    """Return what a watch narrows a list or a search to; sources of its countries are named one by one."""
    return Filter(sources=narrowed_ids(sources, watch.countries, watch.sources), languages=watch.languages)
