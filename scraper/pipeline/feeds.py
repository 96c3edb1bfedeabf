"""Read the addresses of a source one after the other: the network's part of finding articles.

feed_reading.py says what an answer announces. Writes nothing. A failure is a value: what a feed does wrong costs that feed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from scraper.codec import replace
from scraper.errors import FetchError, HttpStatusError, WorkerLost
from scraper.feeds import decode
from scraper.fetch.caching import validators_of
from scraper.guard import as_failure
from scraper.model import Fallback, FeedState, NotModified, Page, Source, SourceState
from scraper.pipeline import fallbacks, feed_reading, healing, pending
from scraper.pipeline.context import FeedContext
from scraper.pipeline.outage import server_answered
from scraper.pipeline.readings import Address, FeedReading, How
from scraper.schedule import interval

MAX_OLDER_PAGES = 10  # of a channel, in one poll, back to what is known
# A larger one is parsed where pages are: it may cost a second and 100 MB, which all sources would pay for here.
MAX_OWN_BYTES = 500_000


async def read_feeds(
    io: FeedContext, source: Source, state: SourceState, *, most_tries: int = healing.MAX_TRIES
) -> list[FeedReading]:
    """Read every address of the source; its sitemaps and listings too when a feed shows a gap.

    Where what is configured gives nothing, others are tried until one works: in a poll two at most; with more, until a feed does.
    """
    old = {feed.url: feed for feed in state.feeds}
    readings: dict[tuple[str, bool], FeedReading] = {}
    in_turn: set[str] = set()
    queue = healing.first_addresses(source, state, now=io.now())
    while queue or (
        queue := healing.next_addresses(source, state, [*readings.values()], now=io.now(), most=most_tries)
    ):
        url, how, way = address = queue.pop(0)
        if (url, way is None) in readings:
            continue
        before = old.get(url) or FeedState(url=url)
        force = interval.must_force(state, forced=before.forced, now=io.now())
        try:
            reading = await _read_address(io, source, state, address, before, force=force)
        except Exception as error:
            failure = pending.failure_of(as_failure(error, url), url)
            reading = FeedReading(how=how, state=before, failure=failure, way=way)
        # its turn is over, whatever it gave; it may be one of many, so its keys are not kept
        if url in in_turn:
            reading = replace(reading, state=replace(reading.state, keys=(), asked=io.now()), gap=False)
        readings[url, way is None] = reading
        if reading.feed is not None and reading.feed.sitemaps:
            children = feed_reading.next_sitemaps(reading.feed, old)
            queue += [Address(child, "sitemap", way) for child in children]
            in_turn.update(children[1:] if "newest_unknown" in reading.feed.notes else ())
        if reading.gap:
            queue += feed_reading.addresses(source, all_ways=True)
    return [
        await _with_older(io, source, reading, old)
        if reading.gap and reading.feed and reading.feed.older
        else reading
        for reading in readings.values()
    ]


async def _with_older(
    io: FeedContext, source: Source, reading: FeedReading, old: Mapping[str, FeedState]
) -> FeedReading:
    """Return the reading of a channel with its older pages, up to what was known; a hole that they fill is none."""
    known = set(old[reading.state.url].keys) if reading.state.url in old else set()
    found, older = reading.feed, reading.feed.older if reading.feed else None
    for _ in range(MAX_OLDER_PAGES):
        if found is None or older is None:
            break
        page = (await _read_feed(io, source, FeedState(url=older), "feed", force=True)).feed
        if page is None:
            break
        found, older = replace(found, entries=(*found.entries, *page.entries)), page.older
        if known & {key for entry in page.entries if (key := pending.key_of(entry))}:
            return replace(reading, feed=found, gap=False)
    return replace(reading, feed=found)


async def _read_address(
    io: FeedContext, source: Source, state: SourceState, address: Address, before: FeedState, *, force: bool
) -> FeedReading:
    """Read one address. Of one that is not configured, only what is the source's own."""
    how, way = address.how, address.way
    if way is None:
        return await _read_feed(io, source, before, how, force=force)
    if way.how == "robots":
        return await _read_robots(io, source, way)
    if way != state.healing.in_use:  # a try is to show all that there is
        before, force = replace(before, body_hash=None), True
    reading = await _read_feed(io, source, before, how, force=force, loose=True)
    return healing.settle_try(replace(reading, way=way), source, state, io.sources)


async def _read_robots(io: FeedContext, source: Source, way: Fallback) -> FeedReading:
    """Read which sitemaps a robots.txt names."""
    state = FeedState(url=way.url)
    try:
        answer = await io.get(way.url, kind="robots", source=source)
    except FetchError as error:
        failure = pending.failure_of(error, way.url)
        answered = server_answered(error)
        return FeedReading(how="sitemap", state=state, failure=failure, answered=answered, way=way)
    offers = fallbacks.named_by_robots(answer) if isinstance(answer, Page) else ()
    return FeedReading(how="sitemap", state=state, way=way, offers=offers)


async def _read_feed(
    io: FeedContext, source: Source, old: FeedState, how: How, *, force: bool, loose: bool = False
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
    forced, validators = validators is None, validators_of(answer.headers)
    read = partial(
        feed_reading.read_answer,
        how=how,
        source=source,
        old=old,
        validators=validators,
        forced=forced,
        loose=loose,
    )
    try:
        if is_large(answer.body):
            return await io.parser.run(read, answer, url=answer.url)
        return await asyncio.to_thread(read, answer)
    except WorkerLost as error:
        return FeedReading(how=how, state=old, failure=pending.failure_of(error, old.url))


def is_large(body: bytes) -> bool:
    """Return whether a feed may cost more than a moment: by its size, or because it is packed and its size is not known."""
    return len(body) > MAX_OWN_BYTES or body.startswith(decode.GZIP)
