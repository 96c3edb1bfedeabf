"""Second looks at the pages of stored articles: the network's part of a revisit. What a look means is for revisit.py to say.

Asks the store for the article as it is and counts parses; writes nothing. A failure is a value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from scraper.codec import Struct, replace
from scraper.errors import DarialError, FetchError, HttpStatusError, WorkerLost
from scraper.fetch.caching import validators_of
from scraper.fetch.protocol import Network
from scraper.guard import as_failure
from scraper.model import (
    ExtractedArticle,
    Failure,
    NotModified,
    Page,
    Record,
    Revisit,
    Source,
    SourceState,
    Validators,
)
from scraper.parse_pool import ParsePool
from scraper.pipeline import pending, revisit_decision
from scraper.pipeline.convert import body_hash, job_of
from scraper.pipeline.outage import Answers, reached
from scraper.pipeline.pages import MAX_PARSE_ATTEMPTS
from scraper.pipeline.revisit_decision import Seen
from scraper.pipeline.state import woken
from scraper.schedule import revisits as visits
from scraper.schedule.revisits import RevisitOutcome
from scraper.settings import Settings
from storage.protocol import Store

# Visits in a row that a server did not answer, or put off: the others wait for another time
MAX_UNWILLING = 2
_BUSY = frozenset((429, 503))


class Look(Struct, frozen=True, kw_only=True):
    """One visit made: ``before`` as it was due, ``visit`` with what it learned of the page."""

    before: Revisit
    visit: Revisit
    seen: Seen
    willing: bool = True  # the server answered, and would answer more


class Visited(Struct, frozen=True, kw_only=True):
    """A round of visits, ready to be committed."""

    at: datetime
    state: SourceState
    visits: tuple[Revisit, ...]  # those that follow the ones made
    found: tuple[ExtractedArticle, ...]
    failures: tuple[Failure, ...]


class Visitor:
    """Network and parsers, wired once."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        workers: ParsePool,
        settings: Settings,
        answers: Answers,
        now: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._network, self._store, self._workers = network, store, workers
        self._settings, self._answers = settings, answers
        self._now, self._chance = now, chance

    async def visit(self, source: Source, state: SourceState, room: int) -> Visited | None:
        """Make the visits that are due, as many as there is room for; None if there are none. A source that fails has them wait."""
        now = self._now()
        waiting = await self._waiting(source)
        due = [] if state.failures else [visit for visit in waiting if visits.is_revisit_due(visit, now)]
        if not due or room < 1:
            return None
        looks = await self.look(source, due[:room])
        now, hours = self._now(), self._settings.revisits(source)
        after = []
        for look in looks:
            outcome = look.seen.outcome
            state = replace(state, edits=visits.update_edit_rate(state.edits, look.before, outcome, hours))
            after.append(
                visits.next_revisit(look.visit, outcome, hours, state.edits, now=now, chance=self._chance)
            )
        made = {look.before.url for look in looks}
        rest = [visit for visit in waiting if visit.url not in made]
        floor, _ = self._settings.poll_minutes(source)
        return Visited(
            at=now,
            state=woken(state, (*rest, *after), floor_minutes=floor, now=now),
            visits=tuple(after),
            found=tuple(look.seen.found for look in looks if look.seen.found),
            failures=tuple(look.seen.failure for look in looks if look.seen.failure),
        )

    async def woken(
        self, source: Source, state: SourceState, begun: Sequence[Revisit], now: datetime
    ) -> SourceState:
        """The state with its next due time, ``begun`` being visits that the store does not have yet."""
        waiting = await self._waiting(source)
        floor, _ = self._settings.poll_minutes(source)
        return woken(state, (*waiting, *begun), floor_minutes=floor, now=now)

    async def _waiting(self, source: Source) -> list[Revisit]:
        """The next visits of a source, a few more than one poll may make."""
        if not self._settings.revisits(source):
            return []
        limit = self._settings.max_pages_per_poll + 1
        return await asyncio.to_thread(self._store.visits, source.id, limit=limit)

    async def look(self, source: Source, due: Sequence[Revisit]) -> list[Look]:
        """Ask for these pages, one after the other. Ends early where the host does not answer."""
        looks: list[Look] = []
        for visit in due:
            try:
                looks.append(await self._one(source, visit))
            except Exception as error:
                looks.append(_failed(visit, as_failure(error, visit.url)))
            if len(looks) >= MAX_UNWILLING and not any(look.willing for look in looks[-MAX_UNWILLING:]):
                break
        return looks

    async def _one(self, source: Source, visit: Revisit) -> Look:
        record = await asyncio.to_thread(self._store.get, visit.url)
        if record is None:  # purged since
            return Look(before=visit, visit=replace(visit, due=None), seen=Seen())
        try:
            page = await self._network.get(visit.url, kind="page", validators=visit.validators, source=source)
        except FetchError as error:
            self._answers.note(source, error)
            if error.code in revisit_decision.GONE:
                return _look(visit, revisit_decision.gone(visit, record, self._now()))
            busy = isinstance(error, HttpStatusError) and error.status in _BUSY
            return _failed(visit, error, willing=reached(error) and not busy)
        self._answers.note(source)
        if isinstance(page, NotModified):
            known = replace(visit, validators=validators_of(page.headers, visit.validators))
            return Look(before=visit, visit=known, seen=Seen())
        if body_hash(page) == visit.body_hash and page.final_url == visit.url:
            known = replace(visit, validators=validators_of(page.headers))
            return Look(before=visit, visit=known, seen=Seen())
        return await self._read(source, visit, record, page)

    async def _read(self, source: Source, visit: Revisit, record: Record, page: Page) -> Look:
        if await asyncio.to_thread(self._store.attempt, page.url, now=self._now()) > MAX_PARSE_ATTEMPTS:
            return Look(
                before=visit, visit=replace(visit, due=None), seen=Seen(outcome=RevisitOutcome(failed=True))
            )
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
        except OSError:  # no process to parse in: our trouble, and nothing against the page
            await asyncio.to_thread(self._store.settled, page.url)
            raise
        await asyncio.to_thread(self._store.settled, page.url)
        return _look(visit, revisit_decision.read(visit, record, page, article), page)


def _look(visit: Revisit, seen: Seen, page: Page | None = None) -> Look:
    """What is kept to compare the next answer with: nothing of a page that is not what it was, so that its return is seen."""
    known = visit
    if seen.found is not None and seen.found.status != "published":
        known = replace(visit, validators=Validators(), body_hash=None)
    elif seen.found is not None and page is not None:
        known = replace(visit, validators=validators_of(page.headers), body_hash=body_hash(page))
    return Look(before=visit, visit=known, seen=seen)


def _failed(visit: Revisit, error: DarialError, *, willing: bool = True) -> Look:
    seen = Seen(outcome=RevisitOutcome(failed=True), failure=pending.failure(error, visit.url))
    return Look(before=visit, visit=visit, seen=seen, willing=willing)
