"""The addresses of a source, asked one after the other: the network's part of finding articles. What an answer announces is
for scraper.pipeline.feed_reading to say.

Writes nothing. A failure is a value: what a feed does wrong costs that feed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from scraper.codec import replace
from scraper.errors import FetchError, HttpStatusError, WorkerLost
from scraper.feeds import decode
from scraper.fetch.caching import validators_of
from scraper.fetch.protocol import Network
from scraper.guard import as_failure
from scraper.model import FeedState, NotModified, Source, SourceState
from scraper.parse_pool import ParsePool
from scraper.pipeline import feed_reading, pending
from scraper.pipeline.feed_reading import How, Reading
from scraper.pipeline.outage import Answers, reached
from scraper.schedule import interval

MAX_CHILD_SITEMAPS = 3  # of an index, in one poll
# A larger one is read where pages are: it may cost a second and 100 MB, and here the loop and all memory are everybody's.
MAX_OWN_BYTES = 500_000


class Asked(Reading, frozen=True, kw_only=True):
    """A Reading with what the schedule wants to know of its answer."""

    unchanged: bool = False
    headers: Mapping[str, str] | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, reading: Reading, *, headers: Mapping[str, str]) -> Asked:
        return cls(
            how=reading.how,
            state=reading.state,
            feed=reading.feed,
            failure=reading.failure,
            gap=reading.gap,
            headers=headers,
        )


class Asker:
    """Network and feed parsers, wired once."""

    def __init__(
        self, *, network: Network, workers: ParsePool, answers: Answers, now: Callable[[], datetime]
    ) -> None:
        self._network, self._workers, self._answers, self._now = network, workers, answers, now

    async def ask(self, source: Source, state: SourceState) -> list[Asked]:
        """Every address of the source, one after the other; the other ways too when a feed shows a gap."""
        old = {feed.url: feed for feed in state.feeds}
        readings: list[Asked] = []
        asked: set[str] = set()
        queue = feed_reading.addresses(source, all_ways=state.gap_since is not None)
        while queue:
            url, how = queue.pop(0)
            if url in asked:
                continue
            asked.add(url)
            before = old.get(url) or FeedState(url=url)
            force = interval.must_force(
                state.rhythm, last_new=state.last_new, forced=before.forced, now=self._now()
            )
            try:
                reading = await self._one(source, before, how, force=force)
            except Exception as error:
                failure = pending.failure(as_failure(error, url), url)
                reading = Asked(how=how, state=before, failure=failure)
            readings.append(reading)
            if reading.feed is not None and reading.feed.sitemaps:
                queue += [(child, "sitemap") for child in reading.feed.sitemaps[:MAX_CHILD_SITEMAPS]]
            if reading.gap:
                queue += feed_reading.addresses(source, all_ways=True)
        return readings

    async def _one(self, source: Source, old: FeedState, how: How, *, force: bool) -> Asked:
        """Ask one address. A failure is a value."""
        validators = feed_reading.validators_for(old, self._now(), force=force)
        try:
            answer = await self._network.get(
                feed_reading.address_of(old), kind="feed", validators=validators, source=source
            )
        except FetchError as error:
            self._answers.note(source, error)
            return Asked(
                how=how,
                state=old,
                failure=pending.failure(error, old.url),
                answered=reached(error),
                retry_after=error.retry_after if isinstance(error, HttpStatusError) else None,
            )
        self._answers.note(source)
        if isinstance(answer, NotModified):
            kept = replace(
                old, validators=validators_of(answer.headers, old.validators), asked=answer.fetched
            )
            return Asked(how=how, state=kept, unchanged=True, headers=answer.headers)
        fresh = validators_of(answer.headers)
        read = partial(
            feed_reading.read, how=how, source=source, old=old, validators=fresh, forced=validators is None
        )
        try:
            if is_large(answer.body):
                reading = await self._workers.run(read, answer, url=answer.url)
            else:
                reading = await asyncio.to_thread(read, answer)
        except WorkerLost as error:
            reading = Reading(how=how, state=old, failure=pending.failure(error, old.url))
        return Asked.of(reading, headers=answer.headers)


def is_large(body: bytes) -> bool:
    """Whether a feed may cost more than a moment: by its size, or because it is packed and its size is not known."""
    return len(body) > MAX_OWN_BYTES or body.startswith(decode.GZIP)
