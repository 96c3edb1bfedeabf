"""The daemon: how it starts, watches itself, re-reads its sources and stops.

``Daemon`` knows its parts by seams (load, states, poll, engine, notifier), so that tests give it fakes;
``scraper.daemon.main`` gives it the real ones. No decision about an article is made here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from scraper import clock
from scraper.daemon.systemd import Notifier
from scraper.engines import Engine
from scraper.engines.poll_health import PollHealth
from scraper.errors import Bug, ConfigError, DarialError
from scraper.model import Failure, Source, SourceState
from scraper.model.daemon_status import STALL_SECONDS, stall_reason
from scraper.own_faults import own_fault
from scraper.schedule.drift import drift_in_words
from scraper.version import __version__

AUDIT_SECONDS = 60.0  # how often the wall clock is compared with the monotonic one
JUMP_SECONDS = 30.0  # a smaller difference between the two is a clock being disciplined


def _nothing() -> None:
    """For whoever has nothing to do then."""


class Done(Protocol):
    """What the daemon reads of a poll's outcome (pipeline.Outcome has more)."""

    @property
    def due(self) -> datetime: ...
    @property
    def feeds(self) -> int: ...
    @property
    def entries(self) -> int: ...
    @property
    def new(self) -> int: ...
    @property
    def revised(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def visited(self) -> int: ...
    @property
    def drifting(self) -> Sequence[str]: ...
    @property
    def recovered(self) -> Sequence[str]: ...
    @property
    def failed(self) -> Sequence[Failure]: ...


class Daemon:
    """Polls until SIGTERM or SIGINT; a second one calls ``abort``. SIGHUP calls ``load`` and keeps what was if it raises."""

    def __init__(
        self,
        *,
        load: Callable[[], Iterable[Source]],
        states: Callable[[], Mapping[str, SourceState]],
        poll: Callable[[Source], Awaitable[Done]],
        engine: Engine,
        log: Any,
        health: PollHealth | None = None,
        notifier: Notifier | None = None,
        beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
        on_stop: Callable[[], None] = _nothing,
        abort: Callable[[], None] = _nothing,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = clock.monotonic,
        audit_seconds: float = AUDIT_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._load, self._states, self._poll, self._engine = load, states, poll, engine
        self._log, self._notifier = log, notifier or Notifier()
        self._health = health or PollHealth()
        self._on_stop, self._abort = on_stop, abort
        self._beside = beside  # what else lives as long as the daemon does
        self._now, self._monotonic = now, monotonic
        self._audit_seconds, self._stall_seconds = audit_seconds, stall_seconds
        self._sources: dict[str, Source] = {}
        self._stop, self._hup = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Live. Raises ConfigError if the sources cannot be read at the start."""
        self._sources = {source.id: source for source in await asyncio.to_thread(self._load)}
        self._health.outlets = len(self._sources)
        due = due_times(self._sources, await asyncio.to_thread(self._states), self._now())
        with self._signals():
            engine = asyncio.create_task(self._engine.run(due, self._one, self._stop))
            await asyncio.sleep(0)  # the engine's first schedule
            self._notifier.send("READY=1", f"STATUS={len(due)} sources")
            self._log.info("ready", version=__version__, pid=os.getpid(), sources=len(due))
            tasks = (self._reloads, self._audit, self._watchdog, *self._beside)
            side = [asyncio.create_task(task()) for task in tasks]
            try:
                # A side task ends only by a bug. A daemon that nobody watches must not go on.
                await asyncio.wait([engine, *side], return_when=asyncio.FIRST_COMPLETED)
                self._stop.set()
                await engine
            finally:
                for task in side:
                    task.cancel()
                ends = await asyncio.gather(*side, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end
        self._log.info("stopped")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping, number.name)
        loop.add_signal_handler(signal.SIGHUP, self._hup.set)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _stopping(self, name: str) -> None:
        if self._stop.is_set():
            self._log.warning("stop_now", signal=name)
            self._abort()
            return
        self._log.info("stopping", signal=name, polls=self._engine.running())
        self._notifier.send("STOPPING=1", "STATUS=finishing the polls under way")
        self._stop.set()
        self._on_stop()

    async def _one(self, source_id: str) -> datetime:
        source = self._sources.get(source_id)
        if source is None:  # dropped while it waited for its turn
            return self._now()
        done = await self._judged(source)
        for failure in done.failed:
            self._log.warning(
                "failed", source=source_id, code=failure.code, url=failure.url, why=failure.message
            )
        if done.drifting:
            self._log.warning("drift", source=source_id, what=drift_in_words(done.drifting))
        if done.recovered:
            self._log.info("drift_over", source=source_id, what=drift_in_words(done.recovered))
        self._log.info(
            "polled",
            source=source_id,
            feeds=done.feeds,
            entries=done.entries,
            new=done.new,
            revised=done.revised,
            duplicates=done.duplicates,
            visited=done.visited,
            failed=len(done.failed),
            next_in_s=round((done.due - self._now()).total_seconds()),
        )
        return done.due

    async def _judged(self, source: Source) -> Done:
        """Poll one source, and note how it went: a poll that breaks ends too, but is no work."""
        try:
            done = await self._poll(source)
        except Exception as error:
            if fault := own_fault(error):
                self._health.met(fault)
            else:
                self._health.broke(source.id)
            raise
        stored = done.new + done.revised > 0
        if not stored and any(failure.code == Bug.code for failure in done.failed):
            self._health.broke(source.id)  # each bug cost one document, and together all that there was
        else:
            self._health.ended(source.id, stored=stored)
        return done

    async def _reloads(self) -> None:
        while True:
            await self._hup.wait()
            self._hup.clear()
            self._notifier.send("RELOADING=1", f"MONOTONIC_USEC={int(self._monotonic() * 1e6)}")
            try:
                new = {source.id: source for source in await asyncio.to_thread(self._load)}
            except (DarialError, OSError) as error:
                for problem in error.problems if isinstance(error, ConfigError) else [str(error)]:
                    self._log.warning("sources_refused", problem=problem)
                self._log.warning("sources_kept", sources=len(self._sources))
            else:
                old, self._sources = self._sources, new
                self._health.outlets = len(new)
                self._engine.update(due_times(new, await asyncio.to_thread(self._states), self._now()))
                self._log.info(
                    "sources_reloaded",
                    sources=len(new),
                    added=len(new.keys() - old.keys()),
                    removed=len(old.keys() - new.keys()),
                    changed=sum(old[i] != new[i] for i in new.keys() & old.keys()),
                )
            self._notifier.send("READY=1", f"STATUS={len(self._sources)} sources")

    async def _audit(self) -> None:
        wall, steady = self._now(), self._monotonic()
        while True:
            await asyncio.sleep(self._audit_seconds)
            before, wall = wall, self._now()
            passed, steady = self._monotonic() - steady, self._monotonic()
            jumped = (wall - before).total_seconds() - passed
            if abs(jumped) > JUMP_SECONDS:
                self._log.warning("clock_jumped", seconds=round(jumped))
                self._engine.clock_jumped(jumped)

    async def _watchdog(self) -> None:
        """Feeds systemd's watchdog while work gets done. As a task of the loop it also stops when the loop does."""
        while True:
            seconds = self._engine.stalled_seconds()
            why = stall_reason(seconds, self._health.stalled, self._stall_seconds)
            if why is None:
                self._notifier.send("WATCHDOG=1")
            else:
                self._notifier.send(f"STATUS=stalled: {why}")
                self._log.critical("stalled", why=why, seconds=round(seconds))
            await asyncio.sleep(self._notifier.watchdog_seconds / 3 or AUDIT_SECONDS)


def due_times(
    sources: Mapping[str, Source], states: Mapping[str, SourceState], now: datetime
) -> dict[str, datetime]:
    """When each source is due: as stored; at once if it never was polled, or was polled by a clock ahead of ours."""
    due = {}
    for source_id in sources:
        state = states.get(source_id)
        ahead = state is not None and state.last_poll is not None and state.last_poll > now
        due[source_id] = now if state is None or state.due is None or ahead else state.due
    return due
