"""``darial fetch``: the whole way of the data, once."""

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
from scraper.cli.options import DEFAULT_STORE, Replay, StoreDir, recording, writable
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import Argument, Option
from scraper.errors import ConfigError
from storage import location

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.fetch.transport import Transport
    from scraper.model import Source
    from scraper.pipeline.poll import PollOutcome

MESSAGE_CHARS = 60  # of a failure's message in the table
# Failures of the network itself: where they are all that a fetch got, it is our line that is down.
_LINE_DOWN = frozenset({"dns_failed", "connect_failed", "tls_failed", "connection_lost", "timeout"})


def fetch(
    what: Annotated[
        list[str] | None,
        Argument(metavar="[SOURCE_ID|URL]...", help="Outlets or single articles; all outlets if none."),
    ] = None,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    replay: Replay = None,
    record: Annotated[
        Path | None,
        Option("--record", metavar="FILE", help="Write every response to this WARC file (.warc.gz)."),
    ] = None,
    json: Annotated[bool, Option("--json", help="The stored records on stdout, one a line.")] = False,
) -> None:
    r"""Fetch all enabled outlets (or those named, or single articles) once, and store what is new.

    Exit code 1 means that some outlet could not be read, or nothing of what it announced; the others are stored.

    \b
    Examples:
      darial fetch
      darial fetch some-outlet --json | jq -r .title
      darial fetch https://news.example/2025/some-article
      darial fetch --record today.warc.gz
      darial fetch --replay today.warc.gz --store /tmp/again
    """
    recording(replay)
    writable(store)
    if record is not None and not record.absolute().parent.is_dir():
        raise ConfigError([f"--record {record}: {record.parent} is no directory"])
    plan = make_plan(what or [], sources)
    found = asyncio.run(
        fetch_into_store(plan, store, replay=replay, record=record, show=_printer(as_json=json))
    )
    terminal.flush()
    report_fetch(found)
    if found and all(_line_down(outcome) for outcome in found):
        terminal.log_line(
            "No server could be reached, so nothing was written. Without network, try: make demo"
        )
    if any(not outcome.ok for outcome in found):
        raise terminal.Exit(1)


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What to fetch: outlets to poll, and single addresses. ``known`` tells whose an address is."""

    known: Sources
    polls: tuple[Source, ...]
    urls: tuple[str, ...]


def make_plan(what: Sequence[str], path: Path) -> FetchPlan:
    """Sort out what was named. Raises ConfigError for what is neither an outlet nor an address."""
    from scraper.config.load import Sources

    urls = tuple(dict.fromkeys(name for name in what if is_url(name)))
    ids = tuple(dict.fromkeys(name for name in what if not is_url(name)))
    # An address alone can be fetched without a sources file.
    known = (
        Sources() if urls and not ids and path == DEFAULT_FILE and not path.exists() else read_sources(path)
    )
    if what:
        return FetchPlan(known, known.select(ids), urls)
    if not known.enabled:
        raise ConfigError([f"{path}: no outlet is enabled"])
    return FetchPlan(known, known.enabled, ())


async def fetch_into_store(
    plan: FetchPlan,
    store: str | Path,
    *,
    replay: Path | None = None,
    record: Path | None = None,
    show: Callable[[PollOutcome], None] = lambda _: None,
    processes: int | None = None,
) -> list[PollOutcome]:
    """Fetch what the plan says into the store, parsing in as many processes as there are cores. Raises StoreLocked."""
    from scraper.fetch.fetcher import Fetcher
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.context import PollContext
    from scraper.pipeline.poll import fetch_sources, fetch_urls
    from scraper.warc.page_archive import archiving
    from storage import open_store

    settings = plan.known.settings
    with contextlib.closing(open_store(store)) as opened, _bar(len(plan.polls) + len(plan.urls)) as advance:

        def on_done(outcome: PollOutcome) -> None:
            advance(outcome)
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
    terminal.log_line(f"archive: {error.strerror or error}: the page is not kept, its article is")


def transport(known: Sources, replay: Path | None, record: Path | None) -> Transport | None:
    """A recording instead of the network, a recording of it, or None for the plain network."""
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


def _printer(*, as_json: bool) -> Callable[[PollOutcome], None]:
    def show(outcome: PollOutcome) -> None:
        for item in outcome.records:
            terminal.print_json(item)

    return show if as_json else lambda _: None


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[PollOutcome], None]]:
    """A live bar that says what has come in so far."""
    bar = terminal.progress("fetching", total)
    new = failed = 0

    def advance(outcome: PollOutcome) -> None:
        nonlocal new, failed
        new += outcome.new
        failed += not outcome.ok
        said = f"{new} new" + (f", {failed} failed" if failed else "")
        bar.update(bar.task_ids[0], advance=1, description=f"fetching: {said}")

    with bar:
        yield advance


def report_fetch(outcomes: Sequence[PollOutcome]) -> None:
    """The closing table: what came of every source."""
    rows = [
        (o.source, o.feeds, o.new, o.revised, o.duplicates, len(o.failed), "" if not o.failed else why(o))
        for o in sorted(outcomes, key=lambda o: (o.ok, o.source))
    ]
    columns = ("source", "feeds", "new", "revised", "duplicates", "failed", "why")
    terminal.print_table(None, columns, rows)
    total = [sum(column) for column in zip(*(row[1:6] for row in rows), strict=True)] or [0] * 5
    bad = sum(not o.ok for o in outcomes)
    terminal.log_line(
        f"{len(outcomes)} sources, {total[1]} new, {total[2]} revised, {total[3]} duplicates"
        + (f"; {bad} failed" if bad else "")
    )


def why(outcome: PollOutcome) -> str:
    """The failures of one source in a few words: each code with its count; the message, if it is one code."""
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
