"""Second looks at the pages of stored articles: the network's part of a revisit. What a look means is for revisit.py to say.

Asks the store for the article as it is and counts parses; writes nothing. A failure is a value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from scraper import revisit
from scraper.codec import Struct, replace
from scraper.errors import DarialError, FetchError, HttpStatusError, WorkerLost
from scraper.feeds import discovery
from scraper.finding import body_hash, job_of
from scraper.gather import MAX_PARSE_ATTEMPTS, Network, reached
from scraper.model import NotModified, Page, Record, Source, Validators, Visit
from scraper.net.fetch import validators_of
from scraper.revisit import Seen
from scraper.timing.visits import Outcome
from scraper.workers import Workers
from storage.protocol import Store

MAX_UNWILLING = (
    2  # visits in a row that a server did not answer, or put off: the others wait for another time
)
_BUSY = frozenset((429, 503))


class Look(Struct, frozen=True, kw_only=True):
    """One visit made: ``before`` as it was due, ``visit`` with what it learned of the page."""

    before: Visit
    visit: Visit
    seen: Seen
    willing: bool = True  # the server answered, and would answer more


class Visitor:
    """Network and parsers, wired once. ``note`` hears of every answer, and of every error in its stead."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        workers: Workers,
        note: Callable[[Source, DarialError | None], None],
        now: Callable[[], datetime],
    ) -> None:
        self._network, self._store, self._workers = network, store, workers
        self._note, self._now = note, now

    async def look(self, source: Source, visits: Sequence[Visit]) -> list[Look]:
        """Ask for these pages, one after the other. Ends early where the host does not answer."""
        looks: list[Look] = []
        for visit in visits:
            looks.append(await self._one(source, visit))
            if len(looks) >= MAX_UNWILLING and not any(look.willing for look in looks[-MAX_UNWILLING:]):
                break
        return looks

    async def _one(self, source: Source, visit: Visit) -> Look:
        record = await asyncio.to_thread(self._store.get, visit.url)
        if record is None:  # purged since
            return Look(before=visit, visit=replace(visit, due=None), seen=Seen())
        try:
            page = await self._network.get(visit.url, kind="page", validators=visit.validators, source=source)
        except FetchError as error:
            self._note(source, error)
            if error.code in revisit.GONE:
                return _look(visit, revisit.gone(visit, record, self._now()))
            busy = isinstance(error, HttpStatusError) and error.status in _BUSY
            return _failed(visit, error, willing=reached(error) and not busy)
        self._note(source, None)
        if isinstance(page, NotModified):
            known = replace(visit, validators=validators_of(page.headers, visit.validators))
            return Look(before=visit, visit=known, seen=Seen())
        if body_hash(page) == visit.body_hash and page.final_url == visit.url:
            known = replace(visit, validators=validators_of(page.headers))
            return Look(before=visit, visit=known, seen=Seen())
        return await self._read(source, visit, record, page)

    async def _read(self, source: Source, visit: Visit, record: Record, page: Page) -> Look:
        if await asyncio.to_thread(self._store.attempt, page.url, now=self._now()) > MAX_PARSE_ATTEMPTS:
            return Look(before=visit, visit=replace(visit, due=None), seen=Seen(outcome=Outcome(failed=True)))
        job = job_of(
            source,
            visit.item,
            page.body,
            url=page.final_url,
            content_type=page.content_type,
            # as it was read before: another way of reading is no edit of the outlet
            rules=record.extraction.method in ("rules", "feed"),
            now=page.fetched,
        )
        try:
            article = await self._workers.extract(job)
        except WorkerLost as error:
            return _failed(visit, error)
        except DarialError as error:
            await asyncio.to_thread(self._store.settled, page.url)
            return _failed(visit, error)
        await asyncio.to_thread(self._store.settled, page.url)
        return _look(visit, revisit.read(visit, record, page, article), page)


def _look(visit: Visit, seen: Seen, page: Page | None = None) -> Look:
    """What is kept to compare the next answer with: nothing of a page that is not what it was, so that its return is seen."""
    known = visit
    if seen.found is not None and seen.found.status != "published":
        known = replace(visit, validators=Validators(), body_hash=None)
    elif seen.found is not None and page is not None:
        known = replace(visit, validators=validators_of(page.headers), body_hash=body_hash(page))
    return Look(before=visit, visit=known, seen=seen)


def _failed(visit: Visit, error: DarialError, *, willing: bool = True) -> Look:
    seen = Seen(outcome=Outcome(failed=True), failure=discovery.failure(error, visit.url))
    return Look(before=visit, visit=visit, seen=seen, willing=willing)
