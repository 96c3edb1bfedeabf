"""Fetch sources or single articles once: ``darial fetch``."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.inputs import is_url
from scraper.cli.options import DEFAULT_STORE, RecordsJson, Replay, StoreDir, recording, writable
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources, read_sources
from scraper.cli.terminal import Argument, Option
from scraper.errors import ConfigError
from scraper.text.human import counted
from storage import location, open_store

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.fetch.transport import Transport
    from scraper.model import Source
    from scraper.pipeline.poll import PollOutcome

MESSAGE_CHARS = 60  # of a failure's message in the table
# If a fetch has only such failures, our own network is down.
_LINE_DOWN = frozenset({"dns_failed", "connect_failed", "tls_failed", "connection_lost", "timeout"})


def fetch(
    what: Annotated[
        list[str] | None,
        Argument(metavar="[SOURCE_ID|URL]...", help="Sources or single articles; default: all sources."),
    ] = None,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    replay: Replay = None,
    record: Annotated[
        Path | None,
        Option("--record", metavar="FILE", help="Write every response to this WARC file (.warc.gz)."),
    ] = None,
    json: RecordsJson = False,
) -> None:
    r"""Fetch sources once and store what is new.

    Fetches all enabled sources, or the named ones, or single articles. The exit code is 1 if a source could not be read, or
    none of the articles that it announced; the others are stored.

    \b
    Examples:
      darial fetch
      darial fetch some-source --json | jq -r .title
      darial fetch https://news.example/2025/some-article
      darial fetch --record today.warc.gz
      darial fetch --replay today.warc.gz --store /tmp/again
    """
    recording(replay)
    writable(store)
    if record is not None and not record.absolute().parent.is_dir():
        raise ConfigError([f"--record {record}: {record.parent} is not a directory"])
    plan = make_plan(what or [], sources)
    found = asyncio.run(
        fetch_into_store(plan, store, replay=replay, record=record, show=_print_records if json else None)
    )
    terminal.flush_stdout()
    report_fetch(found)
    if found and all(_line_down(outcome) for outcome in found):
        terminal.log_line(
            "No server could be reached, so nothing was written. Without network, try: make demo"
        )
    if any(not outcome.ok for outcome in found):
        raise terminal.Exit(1)


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """Sources to poll and single addresses to fetch. ``known`` finds the source of an address."""

    known: Sources
    polls: tuple[Source, ...]
    urls: tuple[str, ...]


def make_plan(what: Sequence[str], path: Path) -> FetchPlan:
    """Return what to fetch. Raises ConfigError for a name that is neither a source nor an address."""
    urls = tuple(dict.fromkeys(name for name in what if is_url(name)))
    ids = tuple(dict.fromkeys(name for name in what if not is_url(name)))
    known = known_sources(path) if urls and not ids else read_sources(path)
    if what:
        return FetchPlan(known, known.select(ids), urls)
    if not known.enabled:
        raise ConfigError([f"{path}: no source is enabled"])
    return FetchPlan(known, known.enabled, ())


async def fetch_into_store(
    plan: FetchPlan,
    store: str | Path,
    *,
    replay: Path | None = None,
    record: Path | None = None,
    show: Callable[[PollOutcome], None] | None = None,
    processes: int | None = None,
) -> list[PollOutcome]:
    """Fetch what the plan says into the store; a process for each core parses. Raises StoreLocked."""
    from scraper.fetch.fetcher import Fetcher
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.context import PollContext
    from scraper.pipeline.poll import fetch_sources, fetch_urls
    from scraper.warc.page_archive import archiving

    settings = plan.known.settings
    with contextlib.closing(open_store(store)) as opened, _bar(len(plan.polls) + len(plan.urls)) as advance:

        def on_done(outcome: PollOutcome) -> None:
            advance(outcome)
            if show:
                show(outcome)

        async with (
            Fetcher(settings, transport=transport(plan.known, replay, record)) as fetcher,
            ParsePool(processes) as workers,
        ):
            network = archiving(fetcher, location.beside(store), settings.store, on_error=_not_kept)
            io = PollContext(network=network, store=opened, parser=workers, settings=settings)
            io.set_sources(plan.known.enabled)
            polled = await fetch_sources(io, plan.polls, on_done=on_done) if plan.polls else []
            single = await fetch_urls(io, plan.urls, plan.known.sources, on_done=on_done) if plan.urls else []
    return [*polled, *single]


def _not_kept(error: OSError) -> None:
    terminal.log_line(f"archive: {error.strerror or error}: the article is stored, but not its page")


def transport(known: Sources, replay: Path | None, record: Path | None) -> Transport | None:
    """Return a transport that replays, one that records, or None for the plain network."""
    if replay is None and record is None:
        return None
    from scraper.fetch.transport import LiveTransport
    from scraper.warc.transport import RecordingTransport, ReplayTransport

    inner: Transport = (
        ReplayTransport(replay)
        if replay
        else LiveTransport(allow_private_hosts=known.settings.allow_private_hosts)
    )
    return RecordingTransport(inner, record) if record else inner


def _print_records(outcome: PollOutcome) -> None:
    for item in outcome.records:
        terminal.print_json(item)


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[PollOutcome], None]]:
    """Show a bar with the numbers of new articles and failed sources so far."""
    bar = terminal.progress("fetching", total)
    new = failed = 0

    def advance(outcome: PollOutcome) -> None:
        nonlocal new, failed
        new += outcome.new
        failed += not outcome.ok
        said = f"{new} new" + (f", {failed} failed" if failed else "")
        bar.step(text=f"fetching: {said}")

    with bar:
        yield advance


def report_fetch(outcomes: Sequence[PollOutcome]) -> None:
    """Print a table with the result of every source."""
    rows = [
        (
            o.source,
            o.feeds,
            o.new,
            o.revised,
            o.duplicates,
            len(o.failed),
            "" if not o.failed else failure_summary(o),
        )
        for o in sorted(outcomes, key=lambda o: (o.ok, o.source))
    ]
    columns = ("source", "feeds", "new", "revised", "duplicates", "failed", "why")
    terminal.print_table(None, columns, rows, stderr=True)
    total = [sum(column) for column in zip(*(row[1:6] for row in rows), strict=True)] or [0] * 5
    bad = sum(not o.ok for o in outcomes)
    terminal.log_line(
        f"{counted(len(outcomes), 'source')}, {total[1]} new, {total[2]} revised, {counted(total[3], 'duplicate')}"
        + (f"; {bad} failed" if bad else "")
    )


def failure_summary(outcome: PollOutcome) -> str:
    """Return each code of failures with its count; if there is only one code, with its message."""
    counts = Counter(failure.code for failure in outcome.failed)
    codes = ", ".join(f"{code} x{n}" if n > 1 else code for code, n in counts.most_common())
    message = outcome.failed[0].message if len(counts) == 1 else ""
    if len(message) > MESSAGE_CHARS:
        message = message[: MESSAGE_CHARS - 1] + "…"
    return f"{codes}: {message}" if message else codes


def _line_down(outcome: PollOutcome) -> bool:
    return not outcome.ok and bool(outcome.failed) and all(f.code in _LINE_DOWN for f in outcome.failed)


def register(app: terminal.Group) -> None:
    app.command()(fetch)
