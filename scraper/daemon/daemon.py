"""Run the daemon: start it, watch it, reload its sources and stop it.

``Daemon`` gets its parts as arguments (load, states, poll, engine, notifier), so that tests can give it fakes;
``scraper.daemon.main`` gives it the real ones. No decision about an article is made here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scraper import clock
from scraper.daemon.systemd import Notifier
from scraper.engines import Engine
from scraper.engines.poll_health import PollHealth
from scraper.errors import Bug, ConfigError, DarialError
from scraper.model import Source, SourceState
from scraper.model.daemon_status import STALL_SECONDS, stall_reason
from scraper.own_faults import own_fault
from scraper.pipeline.poll import PollOutcome
from scraper.schedule.drift import drift_in_words
from scraper.version import __version__

AUDIT_SECONDS = 60.0  # how often the wall clock is compared with the monotonic one
JUMP_SECONDS = 30.0  # a smaller difference between the two is a clock being disciplined


@dataclass(kw_only=True)
class Daemon:
    """Polls until SIGTERM or SIGINT; a second one calls ``abort``. SIGHUP calls ``load``; if it raises, the sources stay.

    ``side_tasks`` run as long as the daemon does.
    """

    load: Callable[[], Iterable[Source]]
    states: Callable[[], Mapping[str, SourceState]]
    poll: Callable[[Source], Awaitable[PollOutcome]]
    engine: Engine
    log: Any
    health: PollHealth = field(default_factory=PollHealth)
    notifier: Notifier = field(default_factory=Notifier)
    side_tasks: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    on_stop: Callable[[], None] = lambda: None
    abort: Callable[[], None] = lambda: None
    now: Callable[[], datetime] = clock.now
    monotonic: Callable[[], float] = clock.monotonic
    audit_seconds: float = AUDIT_SECONDS
    stall_seconds: float = STALL_SECONDS

    def __post_init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._stop, self._hup = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Run until stopped. Raises ConfigError if the sources cannot be read at the start."""
        self._sources = {source.id: source for source in await asyncio.to_thread(self.load)}
        self.health.sources = len(self._sources)
        due = due_times(self._sources, await asyncio.to_thread(self.states), self.now())
        with self._signals():
            engine = asyncio.create_task(self.engine.run(due, self._poll_and_log, self._stop))
            await asyncio.sleep(0)  # the engine's first schedule
            self.notifier.send("READY=1", f"STATUS={len(due)} sources")
            self.log.info("ready", version=__version__, pid=os.getpid(), sources=len(due))
            tasks = (self._reloads, self._audit, self._watchdog, *self.side_tasks)
            side = [asyncio.create_task(task()) for task in tasks]
            try:
                # A side task ends only by a bug. A daemon that is not watched must not go on.
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
        self.log.info("stopped")

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
            self.log.warning("stop_now", signal=name)
            self.abort()
            return
        self.log.info("stopping", signal=name, polls=self.engine.running())
        self.notifier.send("STOPPING=1", "STATUS=waiting for the running polls")
        self._stop.set()
        self.on_stop()

    async def _poll_and_log(self, source_id: str) -> datetime:
        source = self._sources.get(source_id)
        if source is None:  # dropped while it waited
            return self.now()
        report = await self._poll_and_note(source)
        for failure in report.failed:
            self.log.warning(
                "failed", source=source_id, code=failure.code, url=failure.url, why=failure.message
            )
        if report.drifting:
            self.log.warning("drift", source=source_id, what=drift_in_words(report.drifting))
        if report.recovered:
            self.log.info("drift_over", source=source_id, what=drift_in_words(report.recovered))
        if report.rerouted:
            self.log.warning("rerouted", source=source_id, what=report.rerouted)
        names = ("feeds", "entries", "new", "revised", "duplicates", "visited")
        counts = {name: getattr(report, name) for name in names} | {"failed": len(report.failed)}
        left = round((report.due - self.now()).total_seconds())
        self.log.info("polled", source=source_id, **counts, next_in_s=left)
        return report.due

    async def _poll_and_note(self, source: Source) -> PollOutcome:
        """Poll one source, and note in ``health`` how it went."""
        try:
            report = await self.poll(source)
        except Exception as error:
            if fault := own_fault(error):
                self.health.own_fault_met(fault)
            else:
                self.health.poll_broke(source.id)
            raise
        stored = report.new + report.revised > 0
        if not stored and any(failure.code == Bug.code for failure in report.failed):
            self.health.poll_broke(source.id)  # each bug cost one document, and together all that there was
        else:
            self.health.poll_ended(source.id, stored=stored)
        return report

    async def _reloads(self) -> None:
        while True:
            await self._hup.wait()
            self._hup.clear()
            self.notifier.send("RELOADING=1", f"MONOTONIC_USEC={int(self.monotonic() * 1e6)}")
            try:
                new = {source.id: source for source in await asyncio.to_thread(self.load)}
            except (DarialError, OSError) as error:
                for problem in error.problems if isinstance(error, ConfigError) else [str(error)]:
                    self.log.warning("sources_refused", problem=problem)
                self.log.warning("sources_kept", sources=len(self._sources))
            else:
                old, self._sources = self._sources, new
                self.health.sources = len(new)
                self.engine.update(due_times(new, await asyncio.to_thread(self.states), self.now()))
                self.log.info(
                    "sources_reloaded",
                    sources=len(new),
                    added=len(new.keys() - old.keys()),
                    removed=len(old.keys() - new.keys()),
                    changed=sum(old[i] != new[i] for i in new.keys() & old.keys()),
                )
            self.notifier.send("READY=1", f"STATUS={len(self._sources)} sources")

    async def _audit(self) -> None:
        wall, steady = self.now(), self.monotonic()
        while True:
            await asyncio.sleep(self.audit_seconds)
            before, wall = wall, self.now()
            passed, steady = self.monotonic() - steady, self.monotonic()
            jumped = (wall - before).total_seconds() - passed
            if abs(jumped) > JUMP_SECONDS:
                self.log.warning("clock_jumped", seconds=round(jumped))
                self.engine.clock_jumped(jumped)

    async def _watchdog(self) -> None:
        """Feed systemd's watchdog while work gets done. As a task of the loop, it stops when the loop hangs."""
        while True:
            seconds = self.engine.stalled_seconds()
            why = stall_reason(seconds, self.health.stalled, self.stall_seconds)
            if why is None:
                self.notifier.send("WATCHDOG=1")
            else:
                self.notifier.send(f"STATUS=stalled: {why}")
                self.log.critical("stalled", why=why, seconds=round(seconds))
            await asyncio.sleep(self.notifier.watchdog_seconds / 3 or AUDIT_SECONDS)


def due_times(
    sources: Mapping[str, Source], states: Mapping[str, SourceState], now: datetime
) -> dict[str, datetime]:
    """Return when each source is due: as stored; now if it was never polled, or was polled by a clock ahead of ours."""
    due = {}
    for source_id in sources:
        state = states.get(source_id)
        ahead = state is not None and state.last_poll is not None and state.last_poll > now
        due[source_id] = now if state is None or state.due is None or ahead else state.due
    return due
