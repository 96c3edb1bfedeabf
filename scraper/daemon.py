"""The daemon: how it starts, watches itself, re-reads its sources and stops; ``run`` is the composition root.

``Daemon`` knows its parts by seams (load, states, poll, engine, notifier), so that tests give it fakes. ``run`` opens the
store, the fetcher and the workers and gives them to it. No decision about an article is made here.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Protocol

from scraper import __version__, clock, logs
from scraper.engines import DRAIN_SECONDS, Engine, Setting
from scraper.engines.choice import engine_of
from scraper.errors import ConfigError, DarialError
from scraper.housekeeping import Housekeeping
from scraper.ingest.digest import Digester
from scraper.ingest.saved import Batch, Digested
from scraper.model import Failure, Source, SourceState
from scraper.net import pagearchive
from scraper.net.archive import ReplayTransport
from scraper.net.fetch import Fetcher
from scraper.net.network import LiveTransport
from scraper.net.pagearchive import keeping
from scraper.net.post import post
from scraper.notify.delivery import Notifications
from scraper.pipeline import Pipeline
from scraper.sources import config
from scraper.sources.owners import Owners
from scraper.sources.settings import WebSettings
from scraper.timing.drift import in_words
from scraper.urls import site_of
from scraper.vitals import STALL_SECONDS, Vitals
from scraper.workers import Workers
from storage import location, open_store

AUDIT_SECONDS = 60.0  # how often the wall clock is compared with the monotonic one
JUMP_SECONDS = 30.0  # a smaller difference between the two is a clock being disciplined
STOP_SECONDS = 8.0  # from the first signal to the end, whatever hangs (promised: 10)
FORCED = 128 + signal.SIGTERM  # exit code after a second signal, as a shell reports the signal

_NOTHING: Callable[[], None] = lambda: None  # noqa: E731


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


class Notifier:
    """systemd's sd_notify(3): states as datagrams to a socket. Says nothing where nobody listens."""

    def __init__(self, address: str | None = None, *, watchdog_usec: str | None = None) -> None:
        # A leading @ means the abstract namespace, which the kernel spells with a NUL.
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        usec = (
            int(watchdog_usec) if watchdog_usec and watchdog_usec.isascii() and watchdog_usec.isdigit() else 0
        )
        self.watchdog_seconds = usec / 1e6 if address else 0.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Notifier:
        """From what systemd sets; WATCHDOG_PID names another process where the watchdog is not ours to feed."""
        ours = environ.get("WATCHDOG_PID") in (None, "", str(os.getpid()))
        return cls(environ.get("NOTIFY_SOCKET"), watchdog_usec=environ.get("WATCHDOG_USEC") if ours else None)

    def send(self, *states: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.setblocking(False)  # a full or dead socket must not stop the loop that it reports on
            s.sendto("\n".join(states).encode(), self._address)


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
        notifier: Notifier | None = None,
        beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
        on_stop: Callable[[], None] = _NOTHING,
        abort: Callable[[], None] = _NOTHING,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = clock.monotonic,
        audit_seconds: float = AUDIT_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._load, self._states, self._poll, self._engine = load, states, poll, engine
        self._log, self._notifier = log, notifier or Notifier()
        self._on_stop, self._abort = on_stop, abort
        self._beside = beside  # what else lives as long as the daemon does
        self._now, self._monotonic = now, monotonic
        self._audit_seconds, self._stall_seconds = audit_seconds, stall_seconds
        self._sources: dict[str, Source] = {}
        self._stop, self._hup = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Live. Raises ConfigError if the sources cannot be read at the start."""
        self._sources = {source.id: source for source in await asyncio.to_thread(self._load)}
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
        done = await self._poll(source)
        for failure in done.failed:
            self._log.warning(
                "failed", source=source_id, code=failure.code, url=failure.url, why=failure.message
            )
        if done.drifting:
            self._log.warning("drift", source=source_id, what=in_words(done.drifting))
        if done.recovered:
            self._log.info("drift_over", source=source_id, what=in_words(done.recovered))
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
            stalled = self._engine.stalled_seconds()
            if stalled < self._stall_seconds:
                self._notifier.send("WATCHDOG=1")
            else:
                self._log.critical("stalled", seconds=round(stalled))
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


# ------------------------------------------------------------------------------------------ composition root


def run(
    *,
    load: Callable[[], config.Sources],
    store: str | Path,
    log_format: logs.Format,
    replay: Path | None = None,
    drain_seconds: float = DRAIN_SECONDS,
) -> None:
    """Be the daemon until told to stop, and end the process. Raises ConfigError and StoreLocked before anything has begun."""
    logs.configure(log_format)
    asyncio.run(_compose(load, store, replay, drain_seconds))


async def _compose(
    load: Callable[[], config.Sources], store_at: str | Path, replay: Path | None, drain_seconds: float
) -> None:
    log = logs.get()
    known = load()
    settings = known.settings
    transport = ReplayTransport(replay) if replay else None

    def on_error(source_id: str, error: BaseException) -> None:
        bug = not isinstance(
            error, DarialError
        )  # a DarialError here is the store's: a full disk, a lost mount
        log.error(
            "poll_broke", source=source_id, exc_info=error if bug else None, why=None if bug else str(error)
        )

    def reload() -> tuple[Source, ...]:
        nonlocal known
        known = load()
        return _some(known)

    def not_kept(error: OSError) -> None:
        log.warning("archive_failed", why=error.strerror or str(error))

    def on_lost(why: str) -> None:
        log.warning("database_lost", why=why)

    def site(source_id: str) -> str:
        source = known.get(source_id)
        return site_of(source.homepage) if source else source_id

    async def digest(batch: Batch) -> Digested:
        owners = Owners(known.sources)
        return await Digester(
            store=store, workers=workers, owners=owners, network=fetcher, now=clock.now
        ).digest(batch)

    engine = engine_of(
        Setting(
            location=str(store_at),
            now=clock.now,
            monotonic=clock.monotonic,
            on_error=on_error,
            on_lost=on_lost,
            site=site,
            digest=digest,
            drain_seconds=drain_seconds,
        )
    )
    with contextlib.closing(open_store(store_at)) as store, contextlib.ExitStack() as pages:
        store.settled("")  # makes and locks a new store now: a second daemon is to hear it at once
        async with (
            Fetcher(settings, transport=transport, turns=engine.turns) as fetcher,
            contextlib.aclosing(LiveTransport(allow_private_hosts=settings.allow_private_hosts)) as wire,
            Workers() as workers,
        ):
            network = keeping(fetcher, location.beside(store_at), settings.store, on_error=not_kept)
            hooks = Notifications(
                hooks=settings.notify,
                store=store,
                post=partial(post, transport=wire, now=clock.now),
                agent=settings.agent(),
                log=log,
                now=clock.now,
                jitter=random.random,
            )
            hooks.begin()
            house = Housekeeping(
                store=store,
                pages=location.beside(store_at) / pagearchive.FOLDER,
                settings=lambda: known.settings.store,
                log=log,
                now=clock.now,
            )
            pipeline = Pipeline(network=network, store=store, workers=workers, settings=settings)

            def vitals() -> Vitals:  # asked from the page's thread
                return Vitals(
                    counts=dict(fetcher.counts),
                    running=engine.running(),
                    stalled_seconds=engine.stalled_seconds(),
                    hooks=hooks.vitals(),
                )

            stop_web = pages.enter_context(_web(settings.web, store_at, lambda: known, log, vitals))

            def on_stop() -> None:
                _end_in_time()
                stop_web()  # its goodbyes take their time while the polls take theirs

            def load_and_tell() -> tuple[Source, ...]:
                sources = reload()
                pipeline.know(sources)
                return sources

            await Daemon(
                load=load_and_tell,
                states=store.source_states,
                poll=pipeline.poll,
                engine=engine,
                log=log,
                notifier=Notifier.of(os.environ),
                beside=[hooks.run, house.run],
                on_stop=on_stop,
                abort=lambda: _end(FORCED),
            ).run()
    # The store is closed, and nothing else is worth waiting for: threads that look up names, the interpreter's own end.
    _end(0)


@contextlib.contextmanager
def _web(
    settings: WebSettings,
    store_at: str | Path,
    sources: Callable[[], config.Sources],
    log: Any,
    vitals: Callable[[], Vitals],
) -> Iterator[Callable[[], None]]:
    """The page in the browser, in a thread of its own; what ends it. Polling goes on where it cannot be had."""
    if not settings.enabled:
        yield _NOTHING
        return
    from scraper.web import server

    try:
        site = server.Site(store_at, settings, sources, vitals=vitals)
    except DarialError as error:
        log.error("web_failed", why=str(error))  # noqa: TRY400  (the reason is enough)
        yield _NOTHING
        return
    log.info("web", url=site.url)
    with server.beside(site):
        yield site.stop


def _some(known: config.Sources) -> tuple[Source, ...]:
    """The enabled outlets. None at all is a mistake: an editor empties a file before it writes it anew."""
    if not known.enabled:
        raise ConfigError(["no outlet is enabled"])
    return known.enabled


def _end_in_time() -> None:
    """Whatever hangs (a thread cannot be cancelled), the process ends. The store is whole at every moment."""
    timer = threading.Timer(STOP_SECONDS, _end, [0])
    timer.daemon = True
    timer.start()


def _end(code: int) -> NoReturn:
    for child in multiprocessing.active_children():
        child.kill()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
