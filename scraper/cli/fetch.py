"""Fetch sources or single articles once: ``darial fetch``."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.inputs import is_url
from scraper.cli.options import DEFAULT_STORE, RecordsJson, Replay, StoreDir, recording, writable
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources, read_sources
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError
from scraper.text.human import counted
from storage import location, lock

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.model import Source
    from scraper.pipeline.poll import PollOutcome

UNREACHABLE = 69  # EX_UNAVAILABLE of sysexits.h
REPORT_SECONDS = 5.0  # between two lines of progress where no terminal shows a bar
MESSAGE_CHARS = 60  # of a failure's message in the table
# If a fetch has only such failures, our own network is down.
_LINE_DOWN = frozenset({"dns_failed", "connect_failed", "tls_failed", "connection_lost", "timeout"})


def fetch_command(
    what: Annotated[
        list[str] | None, argument("[SOURCE_ID|URL]...", "Sources or single articles; default: all sources.")
    ] = None,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    replay: Replay = None,
    record: Annotated[
        Path | None, option("--record FILE", "Write every response to this WARC file (.warc.gz).")
    ] = None,
    json: RecordsJson = False,
) -> None:
    r"""Fetch sources once and store what is new.

    Fetches all enabled sources, or the named ones, or single articles. The exit code is 1 if a source could not be read, or
    none of the articles that it announced; the others are stored. It is 69 if no server at all could be reached.

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
    if folder := location.directory(store):
        lock.refuse_owned(folder / "lock")  # before anything is loaded or said
    if record is not None and not record.absolute().parent.is_dir():
        raise ConfigError([f"--record {record}: {record.parent} is not a directory"])
    plan = make_plan(what or [], sources)
    said = [counted(n, noun) for n, noun in ((len(plan.polls), "source"), (len(plan.urls), "article")) if n]
    terminal.log_line(f"fetching {' and '.join(said)} into {location.shown(store)}")
    found = _fetched(plan, store, replay, record, as_json=json)
    terminal.flush_stdout()
    report_fetch(found)
    if found and all(not o.ok and o.failed and {f.code for f in o.failed} <= _LINE_DOWN for o in found):
        terminal.log_line(
            "No server could be reached, so nothing was written. This works without network: darial demo"
        )
        raise terminal.Exit(UNREACHABLE)
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


def _fetched(
    plan: FetchPlan, store: str, replay: Path | None, record: Path | None, *, as_json: bool
) -> list[PollOutcome]:
    from scraper.pipeline.fetch_once import fetch_once, replaying

    def on_done(outcome: PollOutcome) -> None:
        advance(outcome)
        for item in outcome.records if as_json else ():
            terminal.print_json(item)

    def not_kept(error: OSError) -> None:
        terminal.log_line(f"archive: {error.strerror or error}: the article is stored, but not its page")

    private = plan.known.settings.allow_private_hosts
    with _bar(len(plan.polls) + len(plan.urls)) as advance:
        return asyncio.run(
            fetch_once(
                plan.known, plan.polls, plan.urls, store,
                transport=replaying(replay, record, private_hosts=private), on_done=on_done, on_lost_page=not_kept,
            )
        )  # fmt: skip


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[PollOutcome], None]]:
    """Show a bar with the numbers of new articles and failed sources so far; a line now and then where there is no terminal."""
    bar = terminal.progress("fetching", total)
    done = new = failed = 0
    said_at = -REPORT_SECONDS

    def advance(outcome: PollOutcome) -> None:
        nonlocal done, new, failed, said_at
        done += 1
        new += outcome.new
        failed += not outcome.ok
        said = f"{new} new" + (f", {failed} failed" if failed else "")
        bar.step(text=f"fetching: {said}")
        if bar.disable and done < total and time.monotonic() - said_at >= REPORT_SECONDS:
            said_at = time.monotonic()
            terminal.log_line(f"fetching: {done} of {total} done, {said}")

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
            failure_summary(o) if o.failed else "",
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
