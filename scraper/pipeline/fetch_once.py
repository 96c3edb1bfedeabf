"""Fetch sources and single articles once into a store: network, parsers and store put together for one run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from scraper.config.load import Sources
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.transport import LiveTransport, Transport
from scraper.model import Source
from scraper.parse_pool import ParsePool
from scraper.pipeline.context import PollContext
from scraper.pipeline.poll import PollOutcome, fetch_sources, fetch_urls
from scraper.warc.page_archive import archiving
from scraper.warc.transport import RecordingTransport, ReplayTransport
from storage import location, open_store


async def fetch_once(
    known: Sources,
    polls: Sequence[Source],
    urls: Sequence[str],
    store: str | Path,
    *,
    transport: Transport | None = None,
    processes: int | None = None,
    on_done: Callable[[PollOutcome], None] = lambda _: None,
    on_lost_page: Callable[[OSError], None] = lambda _: None,
) -> list[PollOutcome]:
    """Fetch sources and addresses, store what is new, and return an outcome for each.

    ``known`` has the settings, and the sources that addresses may belong to. ``processes`` parse pages: None for one a core, 0
    for none but this one. ``on_lost_page`` hears why a page could not be kept in the archive. Raises StoreLocked.
    """
    settings = known.settings
    with contextlib.closing(open_store(store)) as opened:
        async with Fetcher(settings, transport=transport) as fetcher, ParsePool(processes) as workers:
            network = archiving(fetcher, location.beside(store), settings.store, on_error=on_lost_page)
            io = PollContext(network=network, store=opened, parser=workers, settings=settings)
            io.set_sources(known.enabled)
            polled = await fetch_sources(io, polls, on_done=on_done) if polls else []
            single = await fetch_urls(io, urls, known.sources, on_done=on_done) if urls else []
    return [*polled, *single]


def replaying(
    replay: Path | None, record: Path | None, *, private_hosts: tuple[str, ...]
) -> Transport | None:
    """Return a transport that replays a WARC file, one that records into one, or None for the plain network."""
    if replay is None and record is None:
        return None
    inner: Transport = ReplayTransport(replay) if replay else LiveTransport(allow_private_hosts=private_hosts)
    return RecordingTransport(inner, record) if record else inner
