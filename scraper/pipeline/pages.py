"""The pages of announced articles, fetched and parsed: the network's part of reading an article. What the store is given of
one is for scraper.pipeline.convert to say.

Tells the store of each parse, so that a page which kills its parser is found out; writes no article. A failure is a value:
what a page does wrong costs that page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from scraper.codec import Struct, replace
from scraper.errors import DarialError, FetchError, HttpStatusError, NoArticle, WorkerLost
from scraper.fetch.caching import validators_of
from scraper.fetch.protocol import Network
from scraper.guard import as_failure
from scraper.model import Article, ExtractedArticle, Failure, NotModified, Page, Pending, Revisit, Source
from scraper.parse_pool import ParsePool
from scraper.pipeline import pending
from scraper.pipeline.convert import (
    content_as_article,
    found_of,
    job_of,
    job_of_content,
    visit_of,
    without_content,
)
from scraper.pipeline.outage import Answers, reached
from scraper.schedule import drift
from storage.protocol import Store

MAX_LOST_WORKERS = 3  # parses of one page that took their worker down; then it is quarantined with its bytes
MAX_PARSE_ATTEMPTS = 9  # parses that our own process did not survive: mostly it was killed for other reasons
_WORKER_LOST = frozenset(("parser_crashed", "parser_timeout"))
PARSES_AHEAD = 4  # pages of one source that may be parsing while the next one is fetched
FEED_BODY_MIN_CHARS = 200  # markup included; a feed's content shorter than this is a teaser, not a body


class Result(Struct, frozen=True, kw_only=True):
    """What became of one announced article."""

    found: ExtractedArticle | None = None
    visit: Revisit | None = None  # how to ask for it again; when is not decided yet
    # What the page gave, for the outlet's history; None if no page was parsed
    sample: drift.PageSample | None = None
    failure: Failure | None = None
    again: Pending | None = None
    answered: bool = True
    retry_after: float | None = None


class Pages:
    """Network, parsers and the count of parses, wired once."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        workers: ParsePool,
        answers: Answers,
        now: Callable[[], datetime],
    ) -> None:
        self._network, self._store, self._workers = network, store, workers
        self._answers, self._now = answers, now

    async def articles(
        self, source: Source, items: Sequence[tuple[Source, Pending]], *, on_trial: bool
    ) -> list[Result]:
        """Fetch one after the other (the host allows no more), parse what came while the next is under way.

        Each item comes with the outlet that it is of; ``source`` is the one whose poll found it.
        """
        ahead = asyncio.Semaphore(PARSES_AHEAD)
        tasks: list[asyncio.Task[Result]] = []

        async def parse(owner: Source, item: Pending, page: Page) -> Result:
            try:
                if owner is source:
                    return await self._parse(source, item, page, on_trial=on_trial)
                # the other outlet's history and visits are its own polls' concern
                return replace(await self._parse(owner, item, page), sample=None, visit=None)
            finally:
                ahead.release()

        try:
            for owner, item in items:
                fetched = await self._fetch(owner, item)
                await ahead.acquire()
                if isinstance(fetched, Page):
                    tasks.append(asyncio.create_task(parse(owner, item, fetched)))
                else:
                    ahead.release()
                    tasks.append(asyncio.create_task(_value(fetched)))
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def article(self, source: Source, item: Pending) -> Result:
        fetched = await self._fetch(source, item)
        return await self._parse(source, item, fetched) if isinstance(fetched, Page) else fetched

    async def _fetch(self, source: Source, item: Pending) -> Page | Result:
        """The page of an article, or what became of asking for it. Whatever goes wrong costs this article."""
        try:
            return await self._ask(source, item)
        except Exception as error:
            return self._failed(item, as_failure(error, item.entry.url))

    def _failed(self, item: Pending, error: DarialError) -> Result:
        """Nothing came of an article this time; it is tried again."""
        again = pending.retry(item, error.code, now=self._now())
        return Result(failure=pending.failure(error, item.entry.url), again=again)

    async def _ask(self, source: Source, item: Pending) -> Page | Result:
        url = pending.address(item.entry)
        if url is None:
            failure = Failure(url=item.entry.url, code="bad_url", message="the entry has no address")
            return Result(failure=failure)
        try:
            page = await self._network.get(url, kind="page", source=source)
        except FetchError as error:
            self._answers.note(source, error)
            return await self._without_page(source, item, error)
        if isinstance(page, NotModified):
            raise TypeError("nothing was asked conditionally")
        self._answers.note(source)
        return page

    async def _parse(self, source: Source, item: Pending, page: Page, *, on_trial: bool = False) -> Result:
        """A page as what became of its article. Whatever goes wrong costs this article."""
        try:
            return await self._read(source, item, page, on_trial=on_trial)
        except Exception as error:
            failed = self._failed(item, as_failure(error, page.url))
            await asyncio.to_thread(self._store.settled, page.url)
            return failed

    async def _read(self, source: Source, item: Pending, page: Page, *, on_trial: bool) -> Result:
        """A page as an article. Its parse is counted first, so that a page that kills everything is found out.

        While an outlet drifts its rules are on trial: what they give is measured on every page and used on none.
        """
        if await asyncio.to_thread(self._store.attempt, page.url, now=self._now()) > MAX_PARSE_ATTEMPTS:
            return await self._give_up(source, item, page, "our process ended each time it was parsed")
        try:
            article = measured = await self._extract(source, item, page, rules=not on_trial)
            if on_trial and source.rules:
                measured = await self._extract(source, item, page, rules=True)
        except WorkerLost as error:
            if item.code in _WORKER_LOST and item.tries + 1 >= MAX_LOST_WORKERS:
                return await self._give_up(source, item, page, str(error))
            return await self._without_page(source, item, error)
        except DarialError as error:
            await asyncio.to_thread(self._store.settled, page.url)
            return await self._without_page(source, item, error)
        except OSError:  # no process to parse in: our trouble, and nothing against the page
            await asyncio.to_thread(self._store.settled, page.url)
            raise
        sample = drift.page_sample(measured, source.rules)
        if article.extraction.method == "none":
            await asyncio.to_thread(self._store.settled, page.url)
            why = ", ".join(article.extraction.warnings) or "nothing that reads like an article"
            code = "challenge" if "captcha" in article.extraction.warnings else None
            nothing = NoArticle(f"no article: {why}", code=code, url=page.url)
            return replace(await self._without_page(source, item, nothing), sample=sample)
        found = found_of(source, item, page.final_url, article, page.fetched, asked=page.url)
        return Result(found=found, sample=sample, visit=visit_of(item, page, validators_of(page.headers)))

    async def _give_up(self, source: Source, item: Pending, page: Page, message: str) -> Result:
        """Quarantine a page: its bytes are kept, and it is not asked for again."""
        await asyncio.to_thread(
            self._store.quarantine,
            page.url,
            source=source.id,
            code="quarantined",
            message=message,
            body=page.body,
            now=self._now(),
        )
        failure = Failure(url=page.url, code="quarantined", message=message)
        given_up = replace(item, tries=pending.MAX_TRIES, not_before=self._now(), code="quarantined")
        return Result(failure=failure, again=given_up)

    async def _extract(self, source: Source, item: Pending, page: Page, *, rules: bool) -> Article:
        return await self._workers.extract(
            job_of(
                source,
                item,
                page.body,
                url=page.final_url,
                content_type=page.content_type,
                rules=rules,
                now=page.fetched,
            )
        )

    async def _without_page(self, source: Source, item: Pending, error: DarialError) -> Result:
        """The page cannot be had: try again later, or take the body that the feed carries, and say so."""
        failure = pending.failure(error, item.entry.url)
        answered = reached(error)
        retry_after = error.retry_after if isinstance(error, HttpStatusError) else None
        lasting = not pending.is_transient(error.code) or item.tries >= 2
        if lasting and item.entry.content and len(item.entry.content) >= FEED_BODY_MIN_CHARS:
            article = await self._from_feed(source, item, error)
            if article is not None:
                url = pending.address(item.entry) or ""
                now = self._now()
                found = found_of(source, item, url, article, now)
                visit = Revisit(url=url, due=None, born=now, item=without_content(item))
                return Result(
                    found=found, failure=failure, answered=answered, retry_after=retry_after, visit=visit
                )
        again = pending.retry(item, error.code, now=self._now())
        return Result(failure=failure, again=again, answered=answered, retry_after=retry_after)

    async def _from_feed(self, source: Source, item: Pending, error: DarialError) -> Article | None:
        """The body as the feed carries it."""
        try:
            article = await self._workers.extract(job_of_content(source, item, self._now()))
        except DarialError:
            return None
        return content_as_article(article, item, error.code) if article.body else None


async def _value(result: Result) -> Result:
    return result
