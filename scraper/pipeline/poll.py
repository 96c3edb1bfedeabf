"""Poll sources: from the addresses of sources.toml to one transaction in the store.

``poll`` tells the whole story. The steps that ask the network are in feeds.py, pages.py and revisits.py; those that choose
and judge are pure and in plan.py and decide.py. What a page or a feed does wrong costs that page or feed and is kept as a
Failure; an article that could not be had stays pending in its source's state and is tried again. Faults of our own are
raised, and so is a bug, which is also kept as its source's failure.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from datetime import datetime

from scraper.codec import Struct, replace
from scraper.errors import StoreError
from scraper.guard import as_failure
from scraper.model import Entry, Failure, Healing, Pending, PollDraft, Record, Source, SourceState
from scraper.own_faults import own_fault
from scraper.pipeline import pending
from scraper.pipeline.context import PollContext
from scraper.pipeline.decide import after_break, break_failure, decide_poll, decide_revisits
from scraper.pipeline.feeds import read_feeds
from scraper.pipeline.pages import read_pages
from scraper.pipeline.plan import (
    PollPlan,
    announced_items,
    due_revisits,
    former_keys,
    keys_of_links,
    max_related,
    merge_waiting,
    plan_pages,
    unknown_links,
)
from scraper.pipeline.readings import FeedReading, PageReading
from scraper.pipeline.related_links import related_items
from scraper.pipeline.revisits import recheck_pages
from scraper.pipeline.source_lookup import SourceLookup
from scraper.schedule import interval
from scraper.schedule.source_health import healing_in_words
from storage.model import Outcome as Stored

MAX_POLLS = 64  # sources polled side by side by a one-shot fetch; the fetcher bounds the requests


class PollOutcome(Struct, frozen=True, kw_only=True):
    """What one poll did. ``ok`` is False when no feed could be read, or none of the articles it announced."""

    source: str
    due: datetime
    ok: bool = True
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
    # in words, since this poll: another address is read instead of its own, or no longer
    rerouted: str | None = None
    failed: tuple[Failure, ...] = ()
    records: tuple[Record, ...] = ()
    held: PollDraft | None = None  # not stored, since nobody answered: it may be our own outage

    def with_stored(self, draft: PollDraft, stored: Stored) -> PollOutcome:
        """Return the outcome with one commit added."""
        return replace(
            self,
            due=draft.state.due or self.due,
            new=self.new + stored.new,
            revised=self.revised + stored.revised,
            unchanged=self.unchanged + stored.unchanged,
            duplicates=self.duplicates + stored.duplicates,
            failed=(*self.failed, *draft.failures),
            records=(*self.records, *stored.records),
        )


async def poll(
    io: PollContext, source: Source, state: SourceState | None = None, *, forced: bool = False
) -> PollOutcome:
    """Do all that is due for one source: read its feeds, fetch what is new, commit; then check stored pages again.

    ``forced`` reads the feeds before they are due; ``state`` spares a look into the store.
    """
    async with _break_kept(io, source):
        state = state or await io.state_of(source)
        outcome = PollOutcome(source=source.id, due=state.due or io.now())
        room = io.settings.max_pages_per_poll
        if forced or interval.feeds_are_due(state, now=io.now()):
            feeds = await read_feeds(io, source, state)
            plan = await _plan(io, source, state, feeds)
            pages = await read_pages(io, source, plan.chosen, on_trial=plan.on_trial)
            related = await _read_related(io, plan, feeds, pages)
            waiting = await io.revisits_of(source)
            draft = decide_poll(plan, feeds, pages, related, waiting, now=io.now(), chance=io.chance)
            outcome = _outcome(plan, feeds, draft)
            if not (_answered(feeds, pages, related) or io.outage.others_answered(source.id)):
                return _held(io, source, state, outcome, draft)
            outcome = outcome.with_stored(draft, await io.commit(draft))
            state, room = draft.state, room - len(plan.chosen) - len(related)
        waiting = await io.revisits_of(source)
        if due := due_revisits(state, waiting, room, io.now()):
            checked = await recheck_pages(io, source, due)
            draft = decide_revisits(
                source, state, io.settings, waiting, checked, now=io.now(), chance=io.chance
            )
            outcome = replace(outcome, visited=len(checked)).with_stored(draft, await io.commit(draft))
        return outcome


async def fetch_sources(
    io: PollContext, sources: Iterable[Source], *, on_done: Callable[[PollOutcome], None] = lambda _: None
) -> list[PollOutcome]:
    """Poll many sources side by side, whether they are due or not. Outcomes in the order of the sources.

    Sources that failed before any server had answered are judged at the end: if one did answer, the failure was
    theirs and is kept in the store; if none did, it is ours and nothing is written.
    """
    states = await asyncio.to_thread(io.store.source_states)
    room = asyncio.Semaphore(MAX_POLLS)

    async def one(source: Source) -> PollOutcome:
        async with room:
            try:
                state = states.get(source.id) or SourceState(source=source.id)
                outcome = await poll(io, source, state, forced=True)
            except StoreError:  # no poll can be kept
                raise
            except Exception as error:  # what one source brings out is that source's trouble alone
                fault = own_fault(error)
                ours = Failure(url=None, code="own_fault", message=fault.words) if fault else None
                outcome = _failed(io, source, ours or break_failure(error))
        on_done(outcome)
        return outcome

    outcomes = await _run_all(one(source) for source in sources)
    if io.outage.any_answered():
        for outcome in outcomes:
            if outcome.held is not None:
                await io.commit(outcome.held)
    return outcomes


async def fetch_urls(
    io: PollContext,
    addresses: Sequence[str],
    sources: Iterable[Source] = (),
    *,
    on_done: Callable[[PollOutcome], None] = lambda _: None,
) -> list[PollOutcome]:
    """Fetch and store single articles. A URL belongs to the source whose site it is on, else to one named by its host."""
    lookup = SourceLookup(sources)
    states = await asyncio.to_thread(io.store.source_states)

    async def one(url: str) -> PollOutcome:
        source = lookup.of(url)
        try:
            state = states.get(source.id) or SourceState(source=source.id)
            outcome = await _fetch_url(io, source, state, url)
        except Exception as error:  # costs this address alone
            outcome = _failed(io, source, pending.failure_of(as_failure(error, url), None))
        on_done(outcome)
        return outcome

    return await _run_all(one(url) for url in addresses)


async def _fetch_url(io: PollContext, source: Source, state: SourceState, url: str) -> PollOutcome:
    item = Pending(entry=Entry(url=url), found_by="url")
    (page,) = await read_pages(io, source, [item])
    failures = (page.failure,) if page.failure else ()
    if page.found is None:
        return replace(_failed(io, source, *failures), entries=1)
    draft = PollDraft(
        source=source.id, state=state, articles=(page.found,), failures=failures, polled=io.now()
    )
    outcome = PollOutcome(source=source.id, due=io.now(), entries=1)
    return outcome.with_stored(draft, await io.commit(draft))


# ------------------------------------------------------------------------------------------ steps


async def _plan(
    io: PollContext, source: Source, state: SourceState, feeds: Sequence[FeedReading]
) -> PollPlan:
    """Choose the pages to fetch, by what the store knows of what waited and what the feeds announce."""
    announced = announced_items(feeds)
    items = merge_waiting(state, announced)
    former = former_keys(source, items)
    known = {*await io.known([*items, *former.values()])}
    known |= {key for key, old in former.items() if old in known}
    return plan_pages(source, state, io.settings, announced=announced, items=items, known=known, now=io.now())


async def _read_related(
    io: PollContext, plan: PollPlan, feeds: Sequence[FeedReading], pages: Sequence[PageReading]
) -> list[PageReading]:
    """Fetch articles that the new ones link to and nobody announced. A bug here costs these alone."""
    source, most = plan.source, max_related(plan, feeds, io.now())
    try:
        lookup = io.sources or SourceLookup((source,))
        links = related_items((page.found for page in pages if page.found), source, lookup)
        new = [item for key, item in links.items() if key not in plan.items] if most else []
        known = await io.known(keys_of_links(new))
        read = await read_pages(io, source, unknown_links(new, known)[:most], on_trial=plan.on_trial)
    except Exception as error:
        failure = pending.failure_of(as_failure(error, source.homepage), source.homepage)
        return [PageReading(failure=failure)]
    # a recording holds what was fetched when it was made, and no more: that is no failure
    return [page for page in read if page.failure is None or page.failure.code != "not_recorded"]


@contextlib.asynccontextmanager
async def _break_kept(io: PollContext, source: Source) -> AsyncIterator[None]:
    """Keep a bug as its source's failure, for whoever looks at the store, and raise it. A store that cannot take it is not asked twice."""
    try:
        yield
    except Exception as error:
        if own_fault(error) is None:
            with contextlib.suppress(Exception):
                now = io.now()
                state = after_break(await io.state_of(source), now=now)
                failures = (break_failure(error),)
                await io.commit(PollDraft(source=source.id, state=state, failures=failures, polled=now))
        raise


async def _run_all(jobs: Iterable[Coroutine[object, object, PollOutcome]]) -> list[PollOutcome]:
    """Run all; the first exception (a broken store) cancels the rest."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
    return [task.result() for task in tasks]


# ------------------------------------------------------------------------------------------ outcomes


def _answered(*readings: Sequence[FeedReading] | Sequence[PageReading]) -> bool:
    """Return whether some server answered."""
    return any(reading.answered for group in readings for reading in group)


def _outcome(plan: PollPlan, feeds: Sequence[FeedReading], draft: PollDraft) -> PollOutcome:
    """Return what a poll found, before it is stored."""
    was, drift = plan.state.yields.drift, draft.state.yields.drift
    read = any(reading.failure is None for reading in feeds)
    return PollOutcome(
        source=draft.source,
        due=draft.state.due or draft.polled,
        ok=read and (bool(draft.articles) or not plan.chosen),
        feeds=draft.feeds,
        entries=draft.entries,
        known=draft.known,
        drifting=tuple(name for name in drift if name not in was),
        recovered=tuple(name for name in was if name not in drift),
        rerouted=_rerouted(plan.state.healing, draft.state.healing),
    )


def _rerouted(old: Healing, new: Healing) -> str | None:
    """Return what changed in how the source is read."""
    return healing_in_words(new) if (old.used, old.over) != (new.used, new.over) and new.used else None


def _held(
    io: PollContext, source: Source, state: SourceState, outcome: PollOutcome, draft: PollDraft
) -> PollOutcome:
    """Return the outcome of a poll that nobody answered: nothing is counted against anyone, nothing is written."""
    due = interval.due_in_outage(state, floor_minutes=io.settings.poll_minutes(source)[0], now=io.now())
    return replace(
        outcome, due=due, drifting=(), recovered=(), rerouted=None, failed=draft.failures, held=draft
    )


def _failed(io: PollContext, source: Source, *failures: Failure) -> PollOutcome:
    """Return the outcome of a source of which nothing came."""
    return PollOutcome(source=source.id, due=io.now(), ok=False, failed=failures)
