"""The way of the data, from sources.toml to one transaction:

    sources.toml
    | config.load            pure   toml               -> Sources
    | fetch.get              I/O    feed URL           -> Page | NotModified        (raises FetchError)
    | discovery.read         pure   Page               -> entries
    | store.known            I/O    identity keys      -> unseen entries
    | fetch.get              I/O    entry URL          -> Page
    | workers.extract        pure   Page, rules        -> Article (body and headlines apart)
    | store.commit           I/O    PollResult         -> new | revised | duplicate, in one transaction
    | visitor.look           I/O    due Visits         -> what stored pages say now, committed in the same way
    | schedule.next_poll     pure   state, result      -> when to come back

One direction. What a page or a feed does wrong costs that page or feed and is kept as a Failure; an article that could
not be had stays pending in its source's state and is tried again. Raises faults of our own, and what is a bug, which is kept
as its source's failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta

from scraper import clock
from scraper.codec import Struct, replace
from scraper.errors import DarialError, StoreError
from scraper.fetch.protocol import Network
from scraper.guard import as_failure
from scraper.model import Entry, Failure, Pending, PollResult, Record, Source, SourceState
from scraper.own_faults import own_fault
from scraper.parse_pool import ParsePool
from scraper.pipeline import pending, state
from scraper.pipeline.collect import Gathered, Gatherer
from scraper.pipeline.outage import Answers
from scraper.pipeline.revisits import Visitor
from scraper.pipeline.source_lookup import Owners
from scraper.schedule import interval
from scraper.settings import Settings
from storage.protocol import Store

MAX_SAID_CHARS = 500  # of a bug
MAX_POLLS = 64  # sources polled side by side by a one-shot fetch; the fetcher bounds the requests


class Outcome(Struct, frozen=True, kw_only=True):
    """What one poll did. ``ok`` is False when no feed could be read, or none of the articles it announced."""

    source: str
    due: datetime
    ok: bool = True
    answered: bool = True  # some server answered
    feeds: int = 0
    entries: int = 0
    known: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicates: int = 0
    visited: int = 0  # pages of stored articles that were asked again
    drifting: tuple[str, ...] = ()  # what its pages no longer yield as they used to, since this poll
    recovered: tuple[str, ...] = ()  # and what they do again
    failed: tuple[Failure, ...] = ()
    records: tuple[Record, ...] = ()


class _Committed(Struct, frozen=True, kw_only=True):
    """The news of a poll are stored; this is what its source's state is now."""

    outcome: Outcome
    state: SourceState


class Pipeline:
    """Network, parsers and store, wired once; each method runs the whole way for its arguments."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        workers: ParsePool,
        settings: Settings | None = None,
        now: Callable[[], datetime] = clock.now,
        rng: random.Random | None = None,
    ) -> None:
        self._store = store
        self._settings = settings or Settings()
        self._now = now
        self._rng = rng or random.Random()
        self._answers = answers = Answers(now)
        self._gatherer = Gatherer(
            network=network, store=store, workers=workers, settings=self._settings, answers=answers, now=now
        )
        self._visitor = Visitor(
            network=network,
            store=store,
            workers=workers,
            settings=self._settings,
            answers=answers,
            now=now,
            chance=self._rng.random,
        )

    def know(self, sources: Iterable[Source]) -> None:
        """The outlets that there are: links between their articles are followed."""
        self._gatherer.know(Owners(source for source in sources if source.enabled))

    # ------------------------------------------------------------------------------------------ sources

    async def poll(self, source: Source, state: SourceState | None = None) -> Outcome:
        """Everything that is due for one source: its feeds, what they announce, visits. ``state`` spares a look into the store."""
        try:
            return await self._poll(source, state)
        except Exception as error:
            if own_fault(error) is None:
                await self._note_break(source, error)
            raise

    async def _poll(self, source: Source, state: SourceState | None) -> Outcome:
        if state is None:
            state = await self._state(source)
        if not interval.feeds_are_due(state, now=self._now()):
            idle = Outcome(source=source.id, due=state.due or self._now())
            return await self._revisit(
                source, _Committed(outcome=idle, state=state), self._settings.max_pages_per_poll
            )
        gathered = await self._gatherer.gather(source, state)
        if not gathered.answered and not self._answers.of_others(source.id):
            # Nobody answers: it may be our own network. Nothing is counted against anyone, nothing is written.
            return self._uncommitted(source, gathered)
        return await self._finish(source, state, gathered)

    async def _state(self, source: Source) -> SourceState:
        states = await asyncio.to_thread(self._store.source_states, [source.id])
        return states.get(source.id) or SourceState(source=source.id)

    async def _note_break(self, source: Source, error: Exception) -> Failure:
        """Write a bug down as its source's failure, for whoever looks at the store. A store that cannot take it has been heard of."""
        said = f"{type(error).__name__}: {error}"[:MAX_SAID_CHARS]
        failure = Failure(url=None, code=interval.POLL_BROKE, message=said)
        with contextlib.suppress(Exception):
            now = self._now()
            broken = state.after_break(await self._state(source), now=now)
            poll = PollResult(source=source.id, state=broken, articles=(), failures=(failure,), polled=now)
            await asyncio.to_thread(self._store.commit, poll, now=now)
        return failure

    async def fetch_sources(
        self,
        sources: Iterable[Source],
        *,
        on_done: Callable[[Outcome], None] = lambda _: None,
    ) -> list[Outcome]:
        """Poll many sources side by side, whether they are due or not. Outcomes in the order of the sources.

        Sources that failed before any server had answered are judged at the end: if one did answer, the failure was
        theirs and is kept in the store; if none did, it is ours and nothing is written.
        """
        states = await asyncio.to_thread(self._store.source_states)
        room = asyncio.Semaphore(MAX_POLLS)
        unjudged: list[tuple[Source, SourceState, Gathered]] = []

        async def one(source: Source) -> Outcome:
            async with room:
                try:
                    outcome = await polled(source)
                except StoreError:  # nobody's poll can be kept
                    raise
                except Exception as error:  # what one outlet brings out is that outlet's trouble alone
                    fault = own_fault(error)
                    ours = Failure(url=None, code="own_fault", message=fault.words) if fault else None
                    failure = ours or await self._note_break(source, error)
                    outcome = Outcome(source=source.id, due=self._now(), ok=False, failed=(failure,))
            on_done(outcome)
            return outcome

        async def polled(source: Source) -> Outcome:
            state = states.get(source.id) or SourceState(source=source.id)
            gathered = await self._gatherer.gather(source, state)
            if gathered.answered or self._answers.of_others(source.id):
                return await self._finish(source, state, gathered)
            unjudged.append((source, state, gathered))
            return self._uncommitted(source, gathered)

        outcomes = await _gather_tasks([one(source) for source in sources])
        if self._answers.of_any():
            for source, state, gathered in unjudged:
                await self._commit(source, state, gathered)
        return outcomes

    # ------------------------------------------------------------------------------------------ single pages

    async def fetch_urls(
        self,
        addresses: Sequence[str],
        sources: Iterable[Source] = (),
        *,
        on_done: Callable[[Outcome], None] = lambda _: None,
    ) -> list[Outcome]:
        """Fetch and store single articles. A URL belongs to the source whose site it is on, else to one named by its host."""
        owners = Owners(sources)
        states = await asyncio.to_thread(self._store.source_states)

        async def one(url: str) -> Outcome:
            try:
                done = await article(url)
            except Exception as error:  # costs this address alone
                done = self._broken(owners.of(url).id, as_failure(error, url))
            on_done(done)
            return done

        async def article(url: str) -> Outcome:
            source = owners.of(url)
            state = states.get(source.id) or SourceState(source=source.id)
            item = Pending(entry=Entry(url=url), found_by="url")
            result = await self._gatherer.article(source, item)
            found = (result.found,) if result.found else ()
            failures = (result.failure,) if result.failure else ()
            done = Outcome(source=source.id, due=self._now(), ok=bool(found), entries=1, failed=failures)
            if found:
                poll = PollResult(
                    source=source.id, state=state, articles=found, failures=failures, polled=self._now()
                )
                done = await self._store_poll(poll, done)
            return done

        return await _gather_tasks([one(url) for url in addresses])

    # ------------------------------------------------------------------------------------------ commit

    async def _finish(self, source: Source, old: SourceState, gathered: Gathered) -> Outcome:
        """Store the news, then look after what was stored before."""
        committed = await self._commit(source, old, gathered)
        room = self._settings.max_pages_per_poll - gathered.tried - gathered.followed
        return await self._revisit(source, committed, room)

    async def _commit(self, source: Source, old: SourceState, gathered: Gathered) -> _Committed:
        now, chance = self._now(), self._rng.random
        new = state.after_poll(old, gathered, source=source, settings=self._settings, now=now, chance=chance)
        begun = state.first_visits(gathered, new, self._settings.revisits(source), chance)
        new = await self._visitor.woken(source, new, begun, now)
        poll = PollResult(
            source=source.id,
            state=new,
            articles=tuple(found for found, _ in gathered.found),
            failures=gathered.failures,
            visits=begun,
            polled=now,
            feeds=len(gathered.readings),
            entries=gathered.entries,
            known=gathered.known,
        )
        done = replace(
            self._uncommitted(source, gathered, due=new.due),
            drifting=tuple(name for name in new.yields.drift if name not in old.yields.drift),
            recovered=tuple(name for name in old.yields.drift if name not in new.yields.drift),
        )
        outcome = await self._store_poll(poll, done)
        return _Committed(outcome=outcome, state=new)

    async def _revisit(self, source: Source, done: _Committed, room: int) -> Outcome:
        """Make the visits that are due, as many as there is room for."""
        visited = await self._visitor.visit(source, done.state, room)
        if visited is None:
            return done.outcome
        poll = PollResult(
            source=source.id,
            state=visited.state,
            articles=visited.found,
            failures=visited.failures,
            visits=visited.visits,
            polled=visited.at,
        )
        outcome = replace(
            done.outcome,
            due=visited.state.due or done.outcome.due,
            visited=len(visited.visits),
            failed=(*done.outcome.failed, *visited.failures),
        )
        return await self._store_poll(poll, outcome)

    async def _store_poll(self, poll: PollResult, done: Outcome) -> Outcome:
        stored = await asyncio.to_thread(self._store.commit, poll, now=self._now())
        return replace(
            done,
            new=done.new + stored.new,
            revised=done.revised + stored.revised,
            unchanged=done.unchanged + stored.unchanged,
            duplicates=done.duplicates + stored.duplicates,
            records=(*done.records, *stored.records),
        )

    def _broken(self, source: str, error: DarialError) -> Outcome:
        """Nothing came of a source for a reason that nobody expected."""
        return Outcome(source=source, due=self._now(), ok=False, failed=(pending.failure(error, None),))

    def _uncommitted(self, source: Source, gathered: Gathered, due: datetime | None = None) -> Outcome:
        floor, _ = self._settings.poll_minutes(source)
        return Outcome(
            source=source.id,
            due=due or self._now() + timedelta(minutes=floor),
            ok=gathered.ok and (bool(gathered.found) or not gathered.tried),
            answered=gathered.answered,
            feeds=len(gathered.readings),
            entries=gathered.entries,
            known=gathered.known,
            failed=gathered.failures,
        )


async def _gather_tasks(jobs: Iterable[Coroutine[object, object, Outcome]]) -> list[Outcome]:
    """Run all; the first exception (a broken store) cancels the rest."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
    return [task.result() for task in tasks]
