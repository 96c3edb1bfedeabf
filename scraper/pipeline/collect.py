"""Everything that the network has to give for one source, parsed: the middle of the pipeline.

    scraper.pipeline.feeds     the source's addresses        -> Asked, each with what it announces
    store.known        identity keys                 -> what is new of that
    scraper.pipeline.pages      the pages of what is new      -> Results
    feeds.leads        the headlines on those pages  -> what nobody announced, fetched in the same way

Only looks into the store; writes nothing. A failure is a value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from scraper import urls
from scraper.codec import Struct
from scraper.fetch.protocol import Network
from scraper.guard import as_failure
from scraper.model import ExtractedArticle, Failure, Pending, Revisit, Source, SourceState
from scraper.parse_pool import ParsePool
from scraper.pipeline import feed_reading, pending
from scraper.pipeline.feeds import Asked, Asker
from scraper.pipeline.outage import Answers
from scraper.pipeline.pages import Pages, Result
from scraper.pipeline.related_links import leads as find_leads
from scraper.pipeline.source_lookup import Owners
from scraper.schedule import drift, gaps
from scraper.settings import Settings
from storage.protocol import Store

MAX_RELATED = 5  # links of a poll's articles that are followed; while a gap is open more
MAX_RELATED_IN_GAP = 20


class Gathered(Struct, frozen=True, kw_only=True):
    """All of one poll before it is committed."""

    readings: tuple[Asked, ...]
    entries: int
    known: int
    tried: int
    followed: int  # related headlines
    gap: gaps.PollCoverage
    fresh: tuple[Pending, ...]  # announced for the first time
    found: tuple[tuple[ExtractedArticle, Revisit | None], ...]
    samples: tuple[drift.PageSample, ...]
    failures: tuple[Failure, ...]
    pending: tuple[Pending, ...]
    overflow: bool  # more waits than is kept
    answered: bool
    retry_after: float | None

    @property
    def ok(self) -> bool:
        """Some address of the source could be read."""
        return any(reading.failure is None for reading in self.readings)


class Gatherer:
    """Network, parsers and the store's knowledge, wired once."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        workers: ParsePool,
        settings: Settings,
        answers: Answers,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._settings, self._now = store, settings, now
        self._asker = Asker(network=network, workers=workers, answers=answers, now=now)
        self._pages = Pages(network=network, store=store, workers=workers, answers=answers, now=now)
        # whose a related headline is; without them only the source's own count
        self._owners: Owners | None = None

    def know(self, owners: Owners) -> None:
        """The outlets that there are."""
        self._owners = owners

    async def article(self, source: Source, item: Pending) -> Result:
        """One article, whoever announced it."""
        return await self._pages.article(source, item)

    async def gather(self, source: Source, state: SourceState) -> Gathered:
        """All that the network has to give for one source, parsed."""
        readings = await self._asker.ask(source, state)
        announced: dict[str, Pending] = pending.merge(
            (), (s for r in readings for s in feed_reading.sightings(r))
        )
        items = pending.merge(state.pending, announced.values())
        known = await asyncio.to_thread(self._store.known, list(items)) if items else {}
        unseen = {key: item for key, item in items.items() if key not in known}
        waited = {pending.key_of(item.entry) for item in state.pending}
        now = self._now()
        due = [item for item in unseen.values() if pending.is_due(item, now)]
        chosen = due[: self._settings.max_pages_per_poll]
        results = await self._pages.articles(
            source, self._owned(source, chosen), on_trial=bool(state.yields.drift)
        )
        try:
            followed = await self._follow(
                source, state, results, seen=items, gap=any(r.gap for r in readings)
            )
        except Exception as error:  # what was announced is there all the same
            followed = [Result(failure=pending.failure(as_failure(error, source.homepage), source.homepage))]
        results += followed
        tried = {pending.key_of(item.entry) for item in chosen}
        waiting = pending.keep(
            (*(r.again for r in results if r.again), *(i for key, i in unseen.items() if key not in tried)),
            announced=set(announced),
            read={r.state.url for r in readings if r.feed is not None},
            now=now,
        )
        return Gathered(
            readings=tuple(readings),
            entries=len(announced),
            known=sum(key in known for key in announced),
            tried=len(chosen),
            followed=len(followed),
            gap=_gap(source, state, readings, known),
            fresh=tuple(i for key, i in announced.items() if key not in known and key not in waited),
            found=tuple((r.found, r.visit) for r in results if r.found),
            samples=tuple(r.sample for r in results if r.sample),
            failures=tuple(f for f in (*(r.failure for r in readings), *(r.failure for r in results)) if f),
            pending=waiting.items,
            overflow=waiting.overflow,
            answered=any(r.answered for r in readings) or any(r.answered for r in results),
            retry_after=max(
                (*(r.retry_after or 0.0 for r in readings), *(r.retry_after or 0.0 for r in results)),
                default=0.0,
            )
            or None,
        )

    async def _follow(
        self,
        source: Source,
        state: SourceState,
        results: Sequence[Result],
        *,
        seen: Collection[str],
        gap: bool,
    ) -> list[Result]:
        """Articles that the new ones link to and nobody announced: some of a poll, so many a day."""
        day = self._now().date()
        left = self._settings.max_related_per_day - (state.related_count if state.related_day == day else 0)
        most = MAX_RELATED_IN_GAP if gap or state.gap_since else MAX_RELATED
        leads = find_leads((r.found for r in results if r.found), source, self._owners or Owners((source,)))
        new = {key: item for key, item in leads.items() if key not in seen}
        if left <= 0 or not new:
            return []
        keys = {key: urls.identity_keys("", (item.entry.url,)) for key, item in new.items()}
        known = await asyncio.to_thread(self._store.known, [k for some in keys.values() for k in some])
        chosen = [item for key, item in new.items() if known.keys().isdisjoint(keys[key])][: min(most, left)]
        followed = await self._pages.articles(
            source, self._owned(source, chosen), on_trial=bool(state.yields.drift)
        )
        # a recording holds what was fetched when it was made, and no more: that is no failure
        return [r for r in followed if r.failure is None or r.failure.code != "not_recorded"]

    def _owned(self, source: Source, items: Iterable[Pending]) -> list[tuple[Source, Pending]]:
        """Each with the outlet it is of; without what was another outlet's that is there no more."""
        owned = ((self._owner(source, item), item) for item in items)
        return [(owner, item) for owner, item in owned if owner is not None]

    def _owner(self, source: Source, item: Pending) -> Source | None:
        if item.source is None:
            return source
        owner = self._owners.owner(pending.address(item.entry) or "") if self._owners else None
        return owner if owner is not None and owner.id == item.source else None


def _gap(
    source: Source, state: SourceState, readings: Sequence[Asked], known: Collection[str]
) -> gaps.PollCoverage:
    """Whether the feeds have a hole, and whether something else reaches back behind it."""
    asked = {feed.url: feed.asked for feed in state.feeds}
    begins = [at for r in readings if r.gap and (at := asked.get(r.state.url)) is not None]
    begin = min((*begins, *([state.gap_begin] if state.gap_begin else [])), default=None)
    seen = any(r.gap for r in readings)
    # later on, what came after the hole is known too, and proves nothing
    filled = seen and any(feed_reading.reaches_back(r, known, begin) for r in readings if r.how != "feed")
    return gaps.PollCoverage(
        seen=seen,
        begin=begin,
        filled=filled,
        ways=len(feed_reading.addresses(source, all_ways=True))
        > len(feed_reading.addresses(source, all_ways=False)),
    )
