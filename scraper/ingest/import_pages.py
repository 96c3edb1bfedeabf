"""Import saved pages: parse each with its source's rules, and store all of a batch in one transaction.

A page that gives no article becomes a RefusedPage with the reason. No source's state changes: this is not a poll. Importing a
batch again, or in two processes at once, changes nothing more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from scraper.codec import to_builtins
from scraper.errors import FetchError, NoArticle
from scraper.fetch.protocol import Network
from scraper.guard import as_failure
from scraper.ingest.model import ImportResult, IngestCounts, PageBatch, RefusedPage, SavedPage
from scraper.model import Entry, ExtractedArticle, Page, Pending
from scraper.parse_pool import ParsePool
from scraper.pipeline.convert import extracted_article, parse_job
from scraper.pipeline.source_lookup import SourceLookup
from scraper.urls import identity_keys
from storage import Store
from storage.records import compose

Line = dict[str, Any]  # a record on its way to the store
Parsed = tuple[SavedPage, Line | RefusedPage | None]  # None: an address that is stored already


class PageImporter:
    """Imports batches with these parsers and this store. ``network`` fetches the pages that come without a body."""

    def __init__(
        self,
        *,
        store: Store,
        workers: ParsePool,
        owners: SourceLookup,
        network: Network,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._workers, self._owners = store, workers, owners
        self._network, self._now = network, now

    async def import_batch(self, batch: PageBatch) -> ImportResult:
        return await self.store_parsed(batch, await self.parse(batch))

    async def parse(self, batch: PageBatch) -> list[Parsed]:
        """Parse every page of the batch, side by side."""
        unread = [page.url for page in batch.pages if page.body is None]
        known = await asyncio.to_thread(self._known, unread) if unread else set()
        pending = [None if page.url in known else self._record(page) for page in batch.pages]
        results = iter(await asyncio.gather(*(one for one in pending if one is not None)))
        return [
            (page, None if one is None else next(results))
            for page, one in zip(batch.pages, pending, strict=True)
        ]

    async def store_parsed(self, batch: PageBatch, parsed: Sequence[Parsed]) -> ImportResult:
        """Store the records. Raises StoreError."""
        found = [(page, result) for page, result in parsed if isinstance(result, dict)]
        refused = [*batch.refused, *(result for _, result in parsed if isinstance(result, RefusedPage))]
        stored = await asyncio.to_thread(self._store.add, [line for _, line in found], now=self._now())
        for said in stored.refused:  # "line 3: why"
            place, _, why = said.removeprefix("line ").partition(": ")
            page, _ = found[int(place) - 1]
            refused.append(RefusedPage(place=page.place, url=page.url, code="bad_record", message=why))
        reasons = Counter(batch.skipped) + Counter(r.code for r in refused)
        if known := sum(result is None for _, result in parsed):
            reasons["known"] = known
        pages = len(batch.pages) + len(batch.refused) + sum(batch.skipped.values())
        counts = {name: getattr(stored, name) for name in ("new", "revised", "unchanged", "duplicates")}
        tally = IngestCounts(pages=pages, **counts, reasons=dict(reasons))
        return ImportResult(tally=tally, refused=tuple(refused))

    def _known(self, addresses: Sequence[str]) -> set[str]:
        """Return the addresses whose articles are stored, so that they need not be fetched."""
        keys = {url: next(iter(identity_keys("", [url])), "") for url in addresses}
        known = self._store.known([key for key in keys.values() if key])
        return {url for url, key in keys.items() if key in known}

    async def _record(self, page: SavedPage) -> Line | RefusedPage:
        """Return the record of a page, or why it gave none. Any error costs this page only."""
        try:
            line: Line = to_builtins(compose(await self._extract(page)), builtin_types=(datetime,))
            return line
        except Exception as error:
            failure = as_failure(error, page.url)
            return RefusedPage(place=page.place, url=page.url, code=failure.code, message=str(failure))

    async def _extract(self, page: SavedPage) -> ExtractedArticle:
        source = self._owners.of(page.url)
        item = Pending(entry=Entry(url=page.url), found_by="url" if page.body is None else "import")
        data, url, content_type, fetched = await self._read(page)
        job = parse_job(source, item, data, url=url, content_type=content_type, now=fetched)
        article = await self._workers.extract(job)
        if article.extraction.method == "none":
            code, *_ = article.extraction.warnings or ("no_article",)
            raise NoArticle("nothing that reads like an article", code=code, url=page.url)
        return extracted_article(source, item, url, article, fetched, asked=page.url)

    async def _read(self, page: SavedPage) -> tuple[bytes, str, str | None, datetime]:
        """Return bytes, address, content type and time of a page; fetch it if it has no body. Raises FetchError."""
        if page.body is not None:
            return page.body, page.url, page.content_type, page.fetched or self._now()
        answer = await self._network.get(page.url, kind="page", source=self._owners.of(page.url))
        if not isinstance(answer, Page):
            raise FetchError("nothing was asked conditionally", url=page.url)
        return answer.body, answer.final_url, answer.content_type, answer.fetched
