"""Plan a poll: which pages to ask for. Pure: what the feeds announce and the store knows, to what is to be fetched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from scraper import urls
from scraper.codec import Struct, replace
from scraper.model import Pending, Revisit, Source, SourceState
from scraper.pipeline import feed_reading, pending
from scraper.pipeline.convert import is_feed_only
from scraper.pipeline.readings import FeedReading
from scraper.schedule import revisits
from scraper.settings import Settings

MAX_RELATED = 5  # links of a poll's articles that are followed; while a gap is open more
MAX_RELATED_IN_GAP = 20


class PollPlan(Struct, frozen=True, kw_only=True):
    """What one poll is to fetch, and what it was chosen from."""

    source: Source
    state: SourceState  # before the poll
    settings: Settings
    items: Mapping[str, Pending]  # by identity key: what waited and what is announced
    announced: Collection[str]  # keys
    known: Collection[str]  # keys of what is stored
    chosen: tuple[Pending, ...]  # to be fetched now

    @property
    def on_trial(self) -> bool:
        """True while the source's pages drift: then its rules are only measured."""
        return bool(self.state.yields.drift)


def announced_items(feeds: Iterable[FeedReading]) -> dict[str, Pending]:
    """Return what the feeds announce, by identity key."""
    return pending.merge_pending(
        (), (item for reading in feeds for item in feed_reading.announced_by(reading))
    )


def merge_waiting(state: SourceState, announced: Mapping[str, Pending]) -> dict[str, Pending]:
    """Return what waited before and what is announced now, by identity key."""
    return pending.merge_pending(state.pending, announced.values())


def former_keys(source: Source, items: Mapping[str, Pending]) -> dict[str, str]:
    """Return the keys of items on a site that is not the source's, and the same at its homepage's host: it may have moved."""
    sites, home = {urls.site_of(at) for at in (source.homepage, *source.hosts)}, urlsplit(source.homepage)
    found = {}
    for key, item in items.items():
        url = pending.article_address(item.entry)
        if url and item.source is None and urls.site_of(url) not in sites:
            there = urlunsplit(urlsplit(url)._replace(scheme=home.scheme, netloc=home.netloc))
            found[key] = pending.key_of(replace(item.entry, url=there)) or key
    return found


def plan_pages(
    source: Source,
    state: SourceState,
    settings: Settings,
    *,
    announced: Collection[str],
    items: Mapping[str, Pending],
    known: Collection[str],
    now: datetime,
) -> PollPlan:
    """Choose the pages to fetch: of what is not stored, what may be tried now, so many a poll."""
    due = [item for key, item in items.items() if key not in known and pending.is_item_due(item, now)]
    # an edition of what has no page is seen in its feed alone; the store says what is new in it
    due += [items[key] for key in announced if key in known and is_feed_only(source, items[key])]
    return PollPlan(
        source=source,
        state=state,
        settings=settings,
        items=items,
        announced=announced,
        known=known,
        chosen=tuple(due[: settings.max_pages_per_poll]),
    )


def max_related(plan: PollPlan, feeds: Iterable[FeedReading], now: datetime) -> int:
    """Return how many related links this poll may follow: some a poll, so many a day."""
    state, day = plan.state, now.date()
    left = plan.settings.max_related_per_day - (state.related_count if state.related_day == day else 0)
    in_gap = state.gap_since is not None or any(reading.gap for reading in feeds)
    return max(min(MAX_RELATED_IN_GAP if in_gap else MAX_RELATED, left), 0)


def keys_of_links(items: Iterable[Pending]) -> list[str]:
    """Return all identity keys under which linked articles may be stored."""
    return [key for item in items for key in urls.identity_keys("", (item.entry.url,))]


def unknown_links(items: Iterable[Pending], known: Collection[str]) -> list[Pending]:
    """Return the links whose articles are not stored under any of their keys."""
    return [item for item in items if not any(key in known for key in keys_of_links([item]))]


def due_revisits(state: SourceState, waiting: Sequence[Revisit], room: int, now: datetime) -> list[Revisit]:
    """Return the revisits to make now, as many as there is room for. A source that fails has them wait."""
    if state.failures:
        return []
    return [visit for visit in waiting if revisits.is_revisit_due(visit, now)][: max(room, 0)]
