"""Put the parts of the daemon together: ``run_service`` opens the store, the network and the parsers, and runs ``Daemon``."""

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
from scraper.daemon.story_backlog import StoryBacklog
from scraper.daemon.systemd import Notifier
from scraper.engines import DRAIN_SECONDS, Engine, EngineSetup
from scraper.engines.poll_health import PollHealth
from scraper.engines.registry import engine_of
from scraper.error_messages import explain_code, missing_extra
from scraper.errors import ConfigError, DarialError
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.transport import LiveTransport
from scraper.ingest.import_pages import PageImporter
from scraper.ingest.model import ImportResult, PageBatch
from scraper.model import Source, SourceState
from scraper.model.daemon_status import DaemonStatus
from scraper.notify.delivery import WebhookDelivery
from scraper.notify.post import post_webhook
from scraper.notify.send_alert import send_alert
from scraper.notify.watch_delivery import WatchDelivery
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
    """Run the daemon until it is told to stop, then end the process. Raises ConfigError and StoreLocked at the start."""
    logs.configure(log_format)
    asyncio.run(_run(load, store, replay, drain_seconds))


async def _run(
    load: Callable[[], config.Sources], store_at: str | Path, replay: Path | None, drain_seconds: float
) -> None:
    log = logs.get_logger()
    known = load()
    settings = known.settings

    def site(source_id: str) -> str:
        source = known.get(source_id)
        return site_of(source.homepage) if source else source_id

    async def import_batch(batch: PageBatch) -> ImportResult:
        owners = SourceLookup(known.sources)
        importer = PageImporter(store=store, workers=workers, owners=owners, network=fetcher, now=clock.now)
        return await importer.import_batch(batch)

    engine = engine_of(
        EngineSetup(
            location=str(store_at),
            now=clock.now,
            monotonic=clock.monotonic,
            on_error=partial(_log_poll_error, log),
            on_lost=lambda why: log.warning("database_lost", why=why),
            site=site,
            import_batch=import_batch,
            drain_seconds=drain_seconds,
        )
    )
    transport = ReplayTransport(replay) if replay else None
    with contextlib.closing(open_store(store_at)) as store, contextlib.ExitStack() as pages:
        store.settled("")  # makes and locks a new store now: a second daemon must fail at once
        async with (
            Fetcher(settings, transport=transport, limiter=engine.rate_limiter) as fetcher,
            contextlib.aclosing(LiveTransport(allow_private_hosts=settings.allow_private_hosts)) as wire,
            ParsePool() as workers,
        ):
            network = archiving(
                fetcher, location.beside(store_at), settings.store,
                on_error=lambda error: log.warning("archive_failed", why=error.strerror or str(error)),
            )  # fmt: skip
            hooks = WebhookDelivery(
                settings=settings,
                store=store,
                post=partial(post_webhook, transport=wire, now=clock.now),
                log=log,
                now=clock.now,
                jitter=random.random,
            )
            hooks.begin()
            alerts = WatchDelivery(
                settings.watch, known.sources, store=store, send=send_alert, log=log, now=clock.now
            )
            alerts.begin()
            housekeeping = Housekeeping(
                store=store,
                pages=location.beside(store_at) / page_archive.FOLDER,
                settings=lambda: known.settings.store,
                log=log,
                now=clock.now,
            )
            backlog = StoryBacklog(store=store, parser=workers, log=log, now=clock.now)
            io = PollContext(network=network, store=store, parser=workers, settings=settings)
            health = PollHealth()
            status = partial(_status, fetcher, engine, health, hooks)  # called in the web server's thread
            stop_web = pages.enter_context(_web(settings.web, store_at, lambda: known, log, status))

            def on_stop() -> None:
                _end_in_time()
                stop_web()  # at the same time as the polls

            def reload() -> tuple[Source, ...]:
                nonlocal known
                known = load()
                if not known.enabled:  # an editor empties a file before it writes it anew
                    raise ConfigError(["no source is enabled"])
                io.set_sources(known.enabled)
                return known.enabled

            await Daemon(
                load=reload,
                states=partial(_states, store, log),
                poll=partial(poll, io),
                engine=engine,
                log=log,
                health=health,
                notifier=Notifier.from_environment(os.environ),
                side_tasks=[hooks.run, alerts.run, housekeeping.run, backlog.run],
                on_stop=on_stop,
                abort=lambda: _end(FORCED),
            ).run()
    # The store is closed, and nothing else is worth waiting for: threads that look up names, the interpreter's own end.
    _end(0)


def _log_poll_error(log: Any, source_id: str, error: BaseException) -> None:
    if fault := own_fault(error):
        log.warning("own_fault", source=source_id, what=fault.words, why=str(error))
    elif isinstance(error, DarialError):  # a damaged page of the store
        log.error("poll_broke", source=source_id, exc_info=None, why=str(error))
    else:
        log.error("poll_broke", source=source_id, exc_info=error, why=None)


def _status(fetcher: Fetcher, engine: Engine, health: PollHealth, hooks: WebhookDelivery) -> DaemonStatus:
    return DaemonStatus(
        counts=dict(fetcher.counts),
        running=engine.running(),
        stalled_seconds=engine.stalled_seconds(),
        breaks=health.breaks,
        broken=health.stalled,
        own_fault=health.own_fault.words if health.own_fault else None,
        hooks=hooks.states,
    )


def _states(store: Store, log: Any) -> dict[str, SourceState]:
    """Read the states of the sources, and log those that are lost: these sources start anew."""
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
    daemon_status: Callable[[], DaemonStatus],
) -> Iterator[Callable[[], None]]:
    """Run the web server in a thread; yield a function that stops it. If it cannot start, polling goes on without it."""
    if not settings.enabled:
        yield lambda: None
        return
    try:
        from scraper.web import server

        site = server.WebServer(store_at, settings, sources, daemon_status=daemon_status)
    except (DarialError, ModuleNotFoundError) as error:
        extra = missing_extra(error) if isinstance(error, ModuleNotFoundError) else None
        log.error("web_failed", why=extra or str(error))  # noqa: TRY400  (the reason is enough)
        yield lambda: None
        return
    log.info("web", url=site.url)
    with server.serve_in_thread(site):
        yield site.stop


def _end_in_time() -> None:
    """End the process in time whatever hangs: threads cannot be cancelled. The store is consistent at every moment."""
    timer = threading.Timer(STOP_SECONDS, _end, [0])
    timer.daemon = True
    timer.start()


def _end(code: int) -> NoReturn:
    for child in multiprocessing.active_children():
        child.kill()
    # Do what multiprocessing does at exit; otherwise its helper process complains about leaked semaphores
    orderly = threading.Thread(target=atexit._run_exitfuncs, daemon=True)  # noqa: SLF001
    with contextlib.suppress(RuntimeError):
        orderly.start()
        orderly.join(ORDERLY_SECONDS)
    logs.flush_logs()
    os._exit(code)
