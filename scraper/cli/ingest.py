"""Make records of recordings, saved pages and lists of addresses: ``darial ingest``."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir, writable
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError
from storage import open_store

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.ingest.model import IngestCounts, IngestInput
    from scraper.ingest.queue import IngestQueue


def ingest(
    what: Annotated[
        list[Path] | None,
        argument("[FILE.warc.gz|DIR|LIST]...", "Recordings, folders of saved pages, lists of addresses."),
    ] = None,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    again: Annotated[bool, option("--again", "Start at the beginning again.")] = False,
    refused: Annotated[
        bool, option("--refused", "Only list the pages that gave no record, with reasons.")
    ] = False,
    json: Json = False,
) -> None:
    r"""Make records of WARC files and saved pages.

    A recording is a WARC file of any crawler (Common Crawl news, Heritrix, wget, `darial fetch --record`). A folder has saved
    .html pages; their addresses are in the pages or in a file urls.tsv beside them. A list has one address a line; these
    pages are fetched. An address belongs to the source in the sources file with its host, else to its site. If you stop it
    and run it again, it continues. Nothing is stored twice.

    \b
    Examples:
      darial ingest CC-NEWS-20261101.warc.gz
      darial ingest saved-pages/ --sources sources.toml
      darial ingest addresses.txt
      darial ingest --refused --json | jq -r .url
    """
    if refused:
        asyncio.run(list_refused(store, as_json=json))
        return
    if not what:
        raise ConfigError(["name a recording, a folder or a list to ingest (see: darial ingest --help)"])
    from scraper.ingest.inputs import classify_input

    writable(store)
    inputs = [classify_input(path) for path in what]
    tallies = asyncio.run(ingest_inputs(inputs, known_sources(sources), store, again=again))
    report_ingest(tallies, as_json=json)


async def ingest_inputs(
    inputs: list[IngestInput],
    known: Sources,
    store: str,
    *,
    again: bool = False,
    processes: int | None = None,
) -> list[tuple[IngestInput, IngestCounts]]:
    """Ingest every input and return the counts of each, over all runs."""
    from scraper import clock
    from scraper.engines.registry import ingest_queue_of
    from scraper.fetch.fetcher import Fetcher
    from scraper.ingest.import_pages import PageImporter
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.source_lookup import SourceLookup

    with contextlib.closing(open_store(store)) as opened:
        async with (
            ingest_queue_of(store) as queue,
            Fetcher(known.settings, limiter=queue.rate_limiter) as fetcher,
            ParsePool(processes) as workers,
        ):
            owners = SourceLookup(known.sources)
            queue.begin(
                PageImporter(store=opened, workers=workers, owners=owners, network=fetcher, now=clock.now)
            )
            return [(source, await _take(source, queue, again=again)) for source in inputs]


async def _take(source: IngestInput, queue: IngestQueue, *, again: bool) -> IngestCounts:
    """Ingest one input from where the last run stopped."""
    from scraper.ingest import inputs as sorting

    if again:
        await queue.forget(source)
    start = await queue.position(source)
    read = sorting.page_batches(sorting.ingest_steps(source, start))
    batch = await asyncio.to_thread(next, read, None)
    if batch is None and start and source.kind == "folder":  # it may have new pages between the old ones
        await queue.forget(source)
        read = sorting.page_batches(sorting.ingest_steps(source))
        batch = await asyncio.to_thread(next, read, None)
    elif batch is None and start:
        terminal.log_line(f"{source.name}: already ingested; use --again to do it again")
    with terminal.progress(source.name, source.size, long=True) as bar:
        pages, began = 0, bar.get_time()
        while batch is not None:
            await queue.put(source, batch)
            pages += len(batch.pages)
            rate = pages / max(bar.get_time() - began, 0.001)
            said = f"{source.name}: {pages:,} pages, {rate:,.0f}/s"
            bar.step(batch.done, text=said)
            batch = await asyncio.to_thread(next, read, None)
        await queue.drain(source)
    return await queue.tally(source)


def report_ingest(tallies: list[tuple[IngestInput, IngestCounts]], *, as_json: bool) -> None:
    """Print the counts of each input, as a table or as JSON."""
    if as_json:
        for source, tally in tallies:
            terminal.print_json({"input": source.name, "kind": source.kind, "tally": tally})
        return
    rows = [
        (s.name, t.pages, t.new, t.revised, t.unchanged, t.duplicates, sum(t.reasons.values()))
        for s, t in tallies
    ]
    terminal.print_table(
        None, ("input", "pages", "new", "revised", "unchanged", "duplicates", "no record"), rows, stderr=True
    )
    reasons: Counter[str] = sum((Counter(tally.reasons) for _, tally in tallies), Counter())
    if reasons:
        said = ", ".join(f"{code} {count:,}" for code, count in reasons.most_common())
        terminal.log_line(f"no record: {said}; darial ingest --refused lists them")


async def list_refused(store: str, *, as_json: bool) -> None:
    """Print the pages that gave no record, one a line."""
    from scraper.engines.registry import ingest_queue_of

    async with ingest_queue_of(store) as queue:
        async for name, page in queue.refused():
            if as_json:
                brief = {
                    "input": name,
                    "place": page.place,
                    "url": page.url,
                    "code": page.code,
                    "why": page.message,
                }
                terminal.print_json(brief)
            else:
                terminal.print_row((page.code, page.url or "-", page.place, page.message))
