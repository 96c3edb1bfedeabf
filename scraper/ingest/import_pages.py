"""Saved pages to records: each is parsed as its outlet's, and all of a batch are stored in one transaction.

What gives no article is a Refused with the reason. The state of no source is touched: this is no poll. Doing a batch
again, or two workers doing it at once, changes nothing more.
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
from storage.protocol import Store
from storage.records import compose

Line = dict[str, Any]  # a record on its way to the store
Parsed = tuple[SavedPage, Line | RefusedPage | None]  # None: an address that is stored already


class PageImporter:
    """Parsers, network and store, wired once. ``network`` is asked for pages that come without a body."""

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

    async def digest(self, batch: PageBatch) -> ImportResult:
        return await self.keep(batch, await self.parse(batch))

    async def parse(self, batch: PageBatch) -> list[Parsed]:
        """Every page of the batch, parsed side by side."""
        unread = [page.url for page in batch.pages if page.body is None]
        known = await asyncio.to_thread(self._known, unread) if unread else set()
        wanted = [None if page.url in known else self._one(page) for page in batch.pages]
        results = iter(await asyncio.gather(*(one for one in wanted if one is not None)))
        return [
            (page, None if one is None else next(results))
            for page, one in zip(batch.pages, wanted, strict=True)
        ]

    async def keep(self, batch: PageBatch, parsed: Sequence[Parsed]) -> ImportResult:
        """Store what was found. Raises StoreError."""
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
        tally = IngestCounts(
            pages=len(batch.pages) + len(batch.refused) + sum(batch.skipped.values()),
            new=stored.new,
            revised=stored.revised,
            unchanged=stored.unchanged,
            duplicates=stored.duplicates,
            reasons=dict(reasons),
        )
        return ImportResult(tally=tally, refused=tuple(refused))

    def _known(self, addresses: Sequence[str]) -> set[str]:
        """Which addresses need not be fetched, because their articles are stored."""
        keys = {url: next(iter(identity_keys("", [url])), "") for url in addresses}
        known = self._store.known([key for key in keys.values() if key])
        return {url for url, key in keys.items() if key in known}

    async def _one(self, page: SavedPage) -> Line | RefusedPage:
        """The record of a page, or why it gave none. Whatever goes wrong costs this page."""
        try:
            return _line(await self._found(page))
        except Exception as error:
            failure = as_failure(error, page.url)
            return RefusedPage(place=page.place, url=page.url, code=failure.code, message=str(failure))

    async def _found(self, page: SavedPage) -> ExtractedArticle:
        source = self._owners.of(page.url)
        item = Pending(entry=Entry(url=page.url), found_by="url" if page.body is None else "import")
        data, url, content_type, fetched = await self._read(page)
        article = await self._workers.extract(
            parse_job(source, item, data, url=url, content_type=content_type, now=fetched)
        )
        if article.extraction.method == "none":
            code, *_ = article.extraction.warnings or ("no_article",)
            raise NoArticle("nothing that reads like an article", code=code, url=page.url)
        return extracted_article(source, item, url, article, fetched, asked=page.url)

    async def _read(self, page: SavedPage) -> tuple[bytes, str, str | None, datetime]:
        """Bytes, address, content type and time of a page; fetched now if nobody kept it. Raises FetchError."""
        if page.body is not None:
            return page.body, page.url, page.content_type, page.fetched or self._now()
        answer = await self._network.get(page.url, kind="page", source=self._owners.of(page.url))
        if not isinstance(answer, Page):
            raise FetchError("nothing was asked conditionally", url=page.url)
        return answer.body, answer.final_url, answer.content_type, answer.fetched


def _line(found: ExtractedArticle) -> Line:
    line: Line = to_builtins(compose(found), builtin_types=(datetime,))
    return line
