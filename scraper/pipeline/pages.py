"""Fetch and parse the pages of announced articles: the network's part of reading an article.

convert.py makes what the store is given. The store is told of each parse, so that a page which kills its parser is found
out; no article is written here. A failure is a value: what a page does wrong costs that page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from scraper.codec import replace
from scraper.errors import DarialError, FetchError, HttpStatusError, NoArticle, WorkerLost
from scraper.feeds.entry_article import article_of_entry
from scraper.fetch.caching import validators_of
from scraper.guard import as_failure
from scraper.model import Article, Failure, NotModified, Page, Pending, Revisit, Source
from scraper.pipeline import pending
from scraper.pipeline.context import PollContext
from scraper.pipeline.convert import (
    extracted_article,
    feed_article,
    feed_content_job,
    is_feed_only,
    new_revisit,
    page_job,
    without_content,
)
from scraper.pipeline.outage import server_answered
from scraper.pipeline.readings import PageReading
from scraper.schedule import drift

MAX_LOST_WORKERS = 3  # parses of one page that took their worker down; then it is quarantined with its bytes
MAX_PARSE_ATTEMPTS = 9  # parses that our own process did not survive: mostly it was killed for other reasons
_WORKER_LOST = frozenset(("parser_crashed", "parser_timeout"))
PARSES_AHEAD = 4  # pages of one source that may be parsing while the next one is fetched
FEED_BODY_MIN_CHARS = 200  # markup included; a feed's content shorter than this is a teaser, not a body


async def read_pages(
    io: PollContext, source: Source, items: Iterable[Pending], *, on_trial: bool = False
) -> list[PageReading]:
    """Fetch one after the other (the host allows no more), parse what came while the next is under way.

    Items of another source that was removed are left out. While a source drifts its rules are ``on_trial``.
    """
    ahead = asyncio.Semaphore(PARSES_AHEAD)
    tasks: list[asyncio.Task[PageReading]] = []

    async def parse(owner: Source, item: Pending, page: Page | PageReading) -> PageReading:
        try:
            if isinstance(page, PageReading):
                return page
            if owner is source:
                return await _parse(io, source, item, page, on_trial=on_trial)
            # the other source's history and revisits are its own polls' concern
            return replace(await _parse(io, owner, item, page), sample=None, visit=None)
        finally:
            ahead.release()

    owned = [(owner, item) for item in items if (owner := io.source_of(item, source)) is not None]
    try:
        for owner, item in owned:
            fetched = await _fetch(io, owner, item)
            await ahead.acquire()
            tasks.append(asyncio.create_task(parse(owner, item, fetched)))
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


async def _fetch(io: PollContext, source: Source, item: Pending) -> Page | PageReading:
    """Return an article's page, or what became of asking for it. Whatever goes wrong costs this article."""
    url = pending.article_address(item.entry)
    if url is not None and is_feed_only(source, item):
        return await _read_entry(io, source, item, url)
    if url is None:
        failure = Failure(url=item.entry.url, code="bad_url", message="the entry has no address")
        return PageReading(failure=failure)
    try:
        try:
            page = await io.get(url, kind="page", source=source)
        except FetchError as error:
            return await _without_page(io, source, item, error)
        if isinstance(page, NotModified):
            raise TypeError("nothing was asked conditionally")
    except Exception as error:
        return _failed(io, item, as_failure(error, url))
    return page


def _failed(io: PollContext, item: Pending, error: DarialError) -> PageReading:
    """Return the reading of an article that could not be had this time; it is tried again."""
    again = pending.tried_again(item, error.code, now=io.now())
    return PageReading(failure=pending.failure_of(error, item.entry.url), again=again)


async def _parse(
    io: PollContext, source: Source, item: Pending, page: Page, *, on_trial: bool = False
) -> PageReading:
    """Return what a page says of its article. Whatever goes wrong costs this article."""
    try:
        return await _read(io, source, item, page, on_trial=on_trial)
    except Exception as error:
        failed = _failed(io, item, as_failure(error, page.url))
        await io.settled(page.url)
        return failed


async def _read(io: PollContext, source: Source, item: Pending, page: Page, *, on_trial: bool) -> PageReading:
    """Read a page as an article. Rules on trial are measured on every page and used on none."""
    if await io.attempt(page.url) > MAX_PARSE_ATTEMPTS:
        return await _give_up(io, source, item, page, "our process ended each time it was parsed")
    try:
        article = measured = await io.extract(page, page_job(source, item, page, rules=not on_trial))
        if on_trial and source.rules:
            measured = await io.extract(page, page_job(source, item, page))
    except WorkerLost as error:
        if item.code in _WORKER_LOST and item.tries + 1 >= MAX_LOST_WORKERS:
            return await _give_up(io, source, item, page, str(error))
        return await _without_page(io, source, item, error)
    except DarialError as error:
        return await _without_page(io, source, item, error)
    sample = drift.page_sample(measured, source.rules)
    if article.extraction.method == "none":
        await io.settled(page.url)
        why = ", ".join(article.extraction.warnings) or "nothing that reads like an article"
        code = "challenge" if "captcha" in article.extraction.warnings else None
        nothing = NoArticle(f"no article: {why}", code=code, url=page.url)
        return replace(await _without_page(io, source, item, nothing), sample=sample)
    found = extracted_article(source, item, page.final_url, article, page.fetched, asked=page.url)
    return PageReading(found=found, sample=sample, visit=new_revisit(item, page, validators_of(page.headers)))


async def _give_up(io: PollContext, source: Source, item: Pending, page: Page, message: str) -> PageReading:
    """Quarantine a page: its bytes are kept, and it is not asked for again."""
    code, now = "quarantined", io.now()
    await asyncio.to_thread(
        io.store.quarantine, page.url, source=source.id, code=code, message=message, body=page.body, now=now
    )
    given_up = replace(item, tries=pending.MAX_TRIES, not_before=now, code=code)
    return PageReading(failure=Failure(url=page.url, code=code, message=message), again=given_up)


async def _without_page(io: PollContext, source: Source, item: Pending, error: DarialError) -> PageReading:
    """Put off an article whose page cannot be had, or take the body that the feed carries, and say so."""
    failed = PageReading(
        failure=pending.failure_of(error, item.entry.url),
        answered=server_answered(error),
        retry_after=error.retry_after if isinstance(error, HttpStatusError) else None,
    )
    lasting = not pending.is_transient(error.code) or item.tries >= 2
    if lasting and len(item.entry.content or "") >= FEED_BODY_MIN_CHARS:
        article = await _from_feed(io, source, item, error.code)
        if article is not None:
            url, now = pending.article_address(item.entry) or "", io.now()
            visit = Revisit(url=url, due=None, born=now, item=without_content(item))
            return replace(failed, found=extracted_article(source, item, url, article, now), visit=visit)
    return replace(failed, again=pending.tried_again(item, error.code, now=io.now()))


async def _from_feed(io: PollContext, source: Source, item: Pending, code: str | None) -> Article | None:
    """Return the article as the feed carries it; None if that is not readable."""
    try:
        article = await io.parser.extract(feed_content_job(source, item, io.now()))
    except DarialError:
        return None
    return feed_article(article, item, code) if article.body else None


async def _read_entry(io: PollContext, source: Source, item: Pending, url: str) -> PageReading:
    """Return the article that an entry is by itself. Its next edition is found by its feed, so no page is visited again."""
    entry = item.entry
    article = None
    if entry.post is None and len(entry.content or "") >= FEED_BODY_MIN_CHARS:
        article = await _from_feed(io, source, item, None)  # which knows what is no part of a text
    try:
        article = article or article_of_entry(entry, source.languages)
        if not (article.body or article.title):
            raise NoArticle("the entry has neither title nor text", url=url)
        return PageReading(found=extracted_article(source, item, url, article, io.now()))
    except Exception as error:
        return _failed(io, item, as_failure(error, url))
