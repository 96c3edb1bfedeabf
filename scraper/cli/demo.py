"""Run the whole pipeline on a small recording, without network: ``darial demo``."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.terminal import option
from scraper.text.human import counted
from storage import open_store

if TYPE_CHECKING:
    from scraper.model import Record
    from scraper.pipeline.poll import PollOutcome

RECORDINGS = Path(__file__).resolve().parent.parent / "data" / "demo"
POLLS = 2  # the recording holds two days of one feed: the second brings a new article and a correction


def demo(
    store: Annotated[Path | None, option("--store DIR", "Keep the records in this directory.")] = None,
) -> None:
    r"""Show how Darial works, without network.

    Polls a recording of six invented sources in six languages and prints some records.

    \b
    Examples:
      darial demo
      darial demo --store /tmp/demo && darial store export --store /tmp/demo | jq .title
    """
    with contextlib.ExitStack() as stack:
        where = (
            store or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="darial-demo-"))) / "data"
        )
        rounds = asyncio.run(replay(where))
        with open_store(where, read_only=True) as opened:
            records = list(opened.latest())
    for number, outcomes in enumerate(rounds, 1):
        new, revised = sum(o.new for o in outcomes), sum(o.revised for o in outcomes)
        known = sum(o.known for o in outcomes)
        terminal.log_line(
            f"Poll {number}: {counted(len(outcomes), 'source')}, {counted(new, 'new article')}, {revised} revised, {known} already known"
        )
    show_demo(records)
    at = f" --store {store}" if store else ""
    terminal.log_line(
        (
            f"\nAll records are in {store}: darial store export{at}"
            if store
            else "\nAll records: darial demo --store DIR"
        )
        + "\nNext steps:  darial init                write a sources.toml of your own"
        "\n             darial fetch               fetch its sources once into data/ (needs the network)"
        f"\n             darial search road{at}"
        "\n             darial extract PAGE.html   print a saved page as a record"
    )
    if any(not outcome.ok for outcomes in rounds for outcome in outcomes):
        raise terminal.Exit(1)


async def replay(store: Path, folder: Path = RECORDINGS) -> list[list[PollOutcome]]:
    """Poll the recorded sources twice into a store."""
    from scraper.config import load
    from scraper.fetch.fetcher import Fetcher
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.context import PollContext
    from scraper.pipeline.poll import fetch_sources
    from scraper.warc.transport import ReplayTransport

    recording, sources = folder / "demo.warc.gz", folder / "sources.toml"
    known = load.load_sources(sources.read_text(encoding="utf-8"), path=str(sources))
    with contextlib.closing(open_store(store)) as opened:
        async with Fetcher(transport=ReplayTransport(recording)) as fetcher, ParsePool(0) as workers:
            io = PollContext(network=fetcher, store=opened, parser=workers)
            return [await fetch_sources(io, known.enabled) for _ in range(POLLS)]


def show_demo(records: list[Record]) -> None:
    """Print all records as a table and two of them whole, to show that body and headlines are apart."""
    rows = [
        (r.source, r.language, r.title, len(r.body), len(r.related), remark(r))
        for r in sorted(records, key=lambda r: (r.source, r.seq))
    ]
    terminal.print_table(
        None, ("source", "language", "title", "body", "related", "remark"), rows, stderr=True
    )
    for record in pick(records):
        terminal.log_line("")
        terminal.print_json(record, indent=True)
        terminal.flush_stdout()


def remark(record: Record) -> str:
    if record.duplicate_of:
        return f"duplicate, similarity {record.similarity or 0:.0%}"
    return f"revision {record.revision}" if record.revision > 1 else ""


def pick(records: list[Record]) -> list[Record]:
    """Choose two records to print whole: one with headlines inside and after the body, and the duplicate."""
    inline = [
        r for r in records if {h.where for h in r.related} == {"inline", "trailing"} and r.language != "en"
    ]
    copy = [r for r in records if r.duplicate_of]
    return [*inline[:1], *copy[:1]] if inline and copy else records[:2]
