"""Hold what every step of a poll needs: network, store, parsers, settings, sources, clock, and whose outage it is.

The store is only called from threads, so that the loop never waits for a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from scraper import clock
from scraper.errors import FetchError, StoreError, WorkerLost
from scraper.fetch.protocol import Network
from scraper.model import (
    Article,
    NotModified,
    Page,
    Pending,
    PollDraft,
    Record,
    Revisit,
    Source,
    SourceState,
    Validators,
)
from scraper.parse_pool import ParseJob, ParsePool
from scraper.parse_pool.sketching import sketch_all
from scraper.pipeline import pending
from scraper.pipeline.outage import OutageDetector
from scraper.pipeline.source_lookup import SourceLookup
from scraper.settings import Settings
from storage.model import Outcome as Stored

if TYPE_CHECKING:
    from storage import Store


class FeedContext:
    """What reading addresses needs: network, parsers, clock, and whose the addresses are."""

    def __init__(
        self, *, network: Network, parser: ParsePool, now: Callable[[], datetime] = clock.now
    ) -> None:
        self.network, self.parser, self.now = network, parser, now
        self.outage = OutageDetector(now)
        # without them only a source's own related links are followed
        self.sources: SourceLookup | None = None

    def set_sources(self, sources: Iterable[Source]) -> None:
        """Register the configured sources, so that related links to them are followed."""
        self.sources = SourceLookup(source for source in sources if source.enabled)

    async def get(
        self,
        url: str,
        *,
        kind: Literal["feed", "page", "robots"],
        source: Source,
        validators: Validators | None = None,
    ) -> Page | NotModified:
        """Fetch an address, and remember whether a server of the source answered. Raises FetchError."""
        try:
            answer = await self.network.get(url, kind=kind, validators=validators, source=source)
        except FetchError as error:
            self.outage.note(source, error)
            raise
        self.outage.note(source)
        return answer


class PollContext(FeedContext):
    """Everything outside that a poll touches, wired once for all sources."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        parser: ParsePool,
        settings: Settings | None = None,
        now: Callable[[], datetime] = clock.now,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(network=network, parser=parser, now=now)
        self.store, self.settings = store, settings or Settings()
        self.chance = (rng or random.Random()).random

    def source_of(self, item: Pending, source: Source) -> Source | None:
        """Return the source of an item that a poll of ``source`` found; None if it was another's that was removed."""
        if item.source is None:
            return source
        owner = self.sources.find(pending.article_address(item.entry) or "") if self.sources else None
        return owner if owner is not None and owner.id == item.source else None

    async def extract(self, page: Page, job: ParseJob) -> Article:
        """Parse a page whose attempt was counted. The count stays only where the parser died of the page."""
        try:
            return await self.parser.extract(job)
        except WorkerLost:
            raise
        except Exception:
            await self.settled(page.url)
            raise

    # ------------------------------------------------------------------------------------------ store

    async def state_of(self, source: Source) -> SourceState:
        """Return what is remembered of a source."""
        states = await asyncio.to_thread(self.store.source_states, [source.id])
        return states.get(source.id) or SourceState(source=source.id)

    async def known(self, keys: Collection[str]) -> Collection[str]:
        """Return those of the identity keys whose articles are stored."""
        return await asyncio.to_thread(self.store.known, list(keys)) if keys else ()

    async def record(self, url: str) -> Record | None:
        """Return the stored article at an address."""
        return await asyncio.to_thread(self.store.get, url)

    async def revisits_of(self, source: Source) -> list[Revisit]:
        """Return the next revisits of a source, one more than a poll may make."""
        if not self.settings.revisits(source):
            return []
        limit = self.settings.max_pages_per_poll + 1
        return await asyncio.to_thread(self.store.visits, source.id, limit=limit)

    async def attempt(self, url: str) -> int:
        """Count a parse before it begins, so that a page that ends our own process is found out."""
        return await asyncio.to_thread(self.store.attempt, url, now=self.now())

    async def settled(self, url: str) -> None:
        """Forget the parses counted for a page: it did no harm."""
        await asyncio.to_thread(self.store.settled, url)

    async def commit(self, draft: PollDraft) -> Stored:
        """Store a poll in one transaction, and its articles in their stories in another."""
        stored = await asyncio.to_thread(self.store.commit, draft, now=self.now())
        await self._place_in_stories(stored.records)
        return stored

    async def _place_in_stories(self, records: Collection[Record]) -> None:
        """Sketch new revisions and keep that. What fails stays in the backlog (``scraper/daemon/story_backlog.py``)."""
        sketches, _ = await sketch_all(self.parser, records)
        if sketches:
            with contextlib.suppress(StoreError):
                await asyncio.to_thread(self.store.keep_sketches, sketches)
