"""Poll sources from a program: ``fetch`` and the sources that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scraper.codec import replace
from scraper.config.load import Sources, source_of
from scraper.model import Source

if TYPE_CHECKING:
    from scraper.pipeline.poll import PollOutcome

__all__ = ["Source", "Sources", "fetch", "open_sources"]


def open_sources(path: str | Path | None = None) -> Sources:
    """Read a sources file: ``.sources``, ``.enabled``, ``.get(id)``, ``.settings``.

    Args:
        path: the file; by default the one that the command ``darial`` would take, in the end the list in the package.

    Raises:
        ConfigError: the file is missing or wrong; ``problems`` names every mistake with its line.
    """
    import os

    from scraper.cli.sources_file import default_file, read_sources

    return read_sources(default_file(os.environ)[1] if path is None else Path(path))


def fetch(
    sources: Sequence[Source | Mapping[str, Any]] = (),
    store: str | Path = "data",
    *,
    urls: Sequence[str] = (),
    contact: str | None = None,
    replay: str | Path | None = None,
    processes: int = 0,
) -> list[PollOutcome]:
    """Poll sources and fetch single articles once, and store what is new. Like the command ``darial fetch``.

    robots.txt is obeyed, each host is asked one thing at a time, and what the store knows is not fetched again. This call
    waits until all is done. Inside a running event loop call it in a thread: ``await asyncio.to_thread(fetch, ...)``.

    Args:
        sources: sources of ``open_sources()``, or tables with the keys of sources.toml.
        store: a directory, made if needed, or a postgresql:// URL.
        urls: addresses of single articles.
        contact: an address that is sent to the servers, so that their owners can reach you.
        replay: a WARC file that answers all requests, instead of the network.
        processes: how many processes parse pages; 0 for none but this one. With more, the program needs the usual
            ``if __name__ == "__main__":`` of multiprocessing.

    Returns:
        An outcome for each source and address: ``.source``, ``.ok``, ``.new``, ``.records``, ``.failed``.

    Raises:
        ConfigError: a source is wrong.
        StoreLocked: another process writes to the store.
    """
    from scraper.pipeline.fetch_once import fetch_once
    from scraper.warc.transport import ReplayTransport

    polled = [source if isinstance(source, Source) else source_of(source) for source in sources]
    known = Sources(sources=tuple(polled))
    if contact is not None:
        known = replace(known, settings=replace(known.settings, contact=contact))
    transport = None if replay is None else ReplayTransport(Path(replay))
    return asyncio.run(fetch_once(known, polled, urls, store, transport=transport, processes=processes))
