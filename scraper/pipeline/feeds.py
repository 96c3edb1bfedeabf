"""Read the addresses of a source one after the other: the network's part of finding articles.

feed_reading.py says what an answer announces. Writes nothing. A failure is a value: what a feed does wrong costs that feed.
"""

from __future__ import annotations

import asyncio
from functools import partial

from scraper.codec import replace
from scraper.errors import FetchError, HttpStatusError, WorkerLost
from scraper.feeds import decode
from scraper.fetch.caching import validators_of
from scraper.guard import as_failure
from scraper.model import FeedState, NotModified, Page, Source, SourceState
from scraper.pipeline import feed_reading, pending
from scraper.pipeline.context import PollContext
from scraper.pipeline.outage import server_answered
from scraper.pipeline.readings import FeedReading, How
from scraper.schedule import interval

MAX_CHILD_SITEMAPS = 3  # of an index, in one poll
# A larger one is parsed where pages are: it may cost a second and 100 MB, which all sources would pay for here.
MAX_OWN_BYTES = 500_000


async def read_feeds(io: PollContext, source: Source, state: SourceState) -> list[FeedReading]:
    """Read every address of the source; its sitemaps and listings too when a feed shows a gap."""
    old = {feed.url: feed for feed in state.feeds}
    readings: dict[str, FeedReading] = {}
    queue = feed_reading.addresses(source, all_ways=state.gap_since is not None)
    while queue:
        url, how = queue.pop(0)
        if url in readings:
            continue
        before = old.get(url) or FeedState(url=url)
        force = interval.must_force(state, forced=before.forced, zone=source.timezone, now=io.now())
        try:
            reading = await _read_feed(io, source, before, how, force=force)
        except Exception as error:
            reading = FeedReading(
                how=how, state=before, failure=pending.failure_of(as_failure(error, url), url)
            )
        readings[url] = reading
        if reading.feed is not None:
            queue += [(child, "sitemap") for child in reading.feed.sitemaps[:MAX_CHILD_SITEMAPS]]
        if reading.gap:
            queue += feed_reading.addresses(source, all_ways=True)
    return list(readings.values())


async def _read_feed(
    io: PollContext, source: Source, old: FeedState, how: How, *, force: bool
) -> FeedReading:
    validators = feed_reading.validators_for(old, io.now(), force=force)
    try:
        answer = await io.get(feed_reading.address_of(old), kind="feed", validators=validators, source=source)
    except FetchError as error:
        return FeedReading(
            how=how,
            state=old,
            failure=pending.failure_of(error, old.url),
            answered=server_answered(error),
            retry_after=error.retry_after if isinstance(error, HttpStatusError) else None,
        )
    if isinstance(answer, NotModified):
        kept = replace(old, validators=validators_of(answer.headers, old.validators), asked=answer.fetched)
        return FeedReading(how=how, state=kept, headers=answer.headers)
    fresh = validators_of(answer.headers)
    read = partial(
        feed_reading.read_answer, how=how, source=source, old=old, validators=fresh, forced=validators is None
    )
    try:
        return await _run(io, read, answer)
    except WorkerLost as error:
        return FeedReading(how=how, state=old, failure=pending.failure_of(error, old.url))


async def _run(io: PollContext, read: partial[FeedReading], page: Page) -> FeedReading:
    if is_large(page.body):
        return await io.parser.run(read, page, url=page.url)
    return await asyncio.to_thread(read, page)


def is_large(body: bytes) -> bool:
    """Return whether a feed may cost more than a moment: by its size, or because it is packed and its size is not known."""
    return len(body) > MAX_OWN_BYTES or body.startswith(decode.GZIP)
