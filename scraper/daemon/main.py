"""The composition root of the daemon: ``run_service`` opens the store, the network and the workers, wires them, and ends the process.

The parts know each other by seams only; which engine goes with a store is ``scraper.engines.registry``'s to say.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from scraper import clock, logs
from scraper.config import load as config
from scraper.daemon.daemon import Daemon
from scraper.daemon.housekeeping import Housekeeping
from scraper.daemon.systemd import Notifier
from scraper.engines import DRAIN_SECONDS, EngineSetup
from scraper.engines.poll_health import PollHealth
from scraper.engines.registry import engine_of
from scraper.error_messages import explain_code
from scraper.errors import ConfigError, DarialError
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.transport import LiveTransport
from scraper.ingest.import_pages import PageImporter
from scraper.ingest.model import ImportResult, PageBatch
from scraper.model import Source, SourceState
from scraper.model.daemon_status import DaemonStatus
from scraper.notify.delivery import WebhookDelivery
from scraper.notify.post import post
from scraper.own_faults import own_fault
from scraper.parse_pool import ParsePool
from scraper.pipeline.context import PollContext
from scraper.pipeline.poll import poll
from scraper.pipeline.source_lookup import SourceLookup
from scraper.settings import WebSettings
from scraper.urls import site_of
from scraper.warc import page_archive
from scraper.warc.page_archive import archiving
from scraper.warc.transport import ReplayTransport
from storage import Store, location, open_store

STOP_SECONDS = 8.0  # from the first signal to the end, whatever hangs (promised: 10)
ORDERLY_SECONDS = 0.5
FORCED = 128 + signal.SIGTERM  # exit code after a second signal, as a shell reports the signal


def run_service(
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
    log = logs.get_logger()
    known = load()
    settings = known.settings
    transport = ReplayTransport(replay) if replay else None

    health = PollHealth()

    def on_error(source_id: str, error: BaseException) -> None:
        if fault := own_fault(error):
            log.warning("own_fault", source=source_id, what=fault.words, why=str(error))
            return
        bug = not isinstance(error, DarialError)  # which here is the store's: a damaged page of it
        log.error(
            "poll_broke", source=source_id, exc_info=error if bug else None, why=None if bug else str(error)
        )

    def not_kept(error: OSError) -> None:
        log.warning("archive_failed", why=error.strerror or str(error))

    def on_lost(why: str) -> None:
        log.warning("database_lost", why=why)

    def site(source_id: str) -> str:
        source = known.get(source_id)
        return site_of(source.homepage) if source else source_id

    async def digest(batch: PageBatch) -> ImportResult:
        owners = SourceLookup(known.sources)
        return await PageImporter(
            store=store, workers=workers, owners=owners, network=fetcher, now=clock.now
        ).digest(batch)

    engine = engine_of(
        EngineSetup(
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
            Fetcher(settings, transport=transport, limiter=engine.turns) as fetcher,
            contextlib.aclosing(LiveTransport(allow_private_hosts=settings.allow_private_hosts)) as wire,
            ParsePool() as workers,
        ):
            network = archiving(fetcher, location.beside(store_at), settings.store, on_error=not_kept)
            hooks = WebhookDelivery(
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
                pages=location.beside(store_at) / page_archive.FOLDER,
                settings=lambda: known.settings.store,
                log=log,
                now=clock.now,
            )
            io = PollContext(network=network, store=store, parser=workers, settings=settings)

            def vitals() -> DaemonStatus:  # asked from the page's thread
                return DaemonStatus(
                    counts=dict(fetcher.counts),
                    running=engine.running(),
                    stalled_seconds=engine.stalled_seconds(),
                    breaks=health.breaks,
                    broken=health.stalled,
                    own_fault=health.own_fault.words if health.own_fault else None,
                    hooks=hooks.vitals(),
                )

            stop_web = pages.enter_context(_web(settings.web, store_at, lambda: known, log, vitals))

            def on_stop() -> None:
                _end_in_time()
                stop_web()  # its goodbyes take their time while the polls take theirs

            def load_and_tell() -> tuple[Source, ...]:
                nonlocal known
                known = load()
                sources = _some(known)
                io.set_sources(sources)
                return sources

            await Daemon(
                load=load_and_tell,
                states=partial(_states, store, log),
                poll=partial(poll, io),
                engine=engine,
                log=log,
                health=health,
                notifier=Notifier.of(os.environ),
                beside=[hooks.run, house.run],
                on_stop=on_stop,
                abort=lambda: _end(FORCED),
            ).run()
    # The store is closed, and nothing else is worth waiting for: threads that look up names, the interpreter's own end.
    _end(0)


def _states(store: Store, log: Any) -> dict[str, SourceState]:
    """What is remembered of the sources; those that begin anew, since theirs cannot be read, are told."""
    states = store.source_states()
    for source in sorted(name for name, state in states.items() if state.lost):
        log.error("state_lost", source=source, why=explain_code("state_lost"))
    return states


@contextlib.contextmanager
def _web(
    settings: WebSettings,
    store_at: str | Path,
    sources: Callable[[], config.Sources],
    log: Any,
    vitals: Callable[[], DaemonStatus],
) -> Iterator[Callable[[], None]]:
    """The page in the browser, in a thread of its own; what ends it. Polling goes on where it cannot be had."""
    if not settings.enabled:
        yield lambda: None
        return
    from scraper.web import server

    try:
        site = server.WebServer(store_at, settings, sources, vitals=vitals)
    except DarialError as error:
        log.error("web_failed", why=str(error))  # noqa: TRY400  (the reason is enough)
        yield lambda: None
        return
    log.info("web", url=site.url)
    with server.serve_in_thread(site):
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
    # What multiprocessing does at an orderly end: without it, its helper complains of semaphores that are left
    orderly = threading.Thread(target=atexit._run_exitfuncs, daemon=True)  # noqa: SLF001
    with contextlib.suppress(RuntimeError):
        orderly.start()
        orderly.join(ORDERLY_SECONDS)
    logs.flush()
    os._exit(code)
