"""Print records for other programs: ``darial store export``."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.filters import (
    By,
    ClusterId,
    Countries,
    HasRelated,
    Languages,
    LeftOut,
    SourceIds,
    Until,
    moment_value,
    narrowed,
    unknown_names,
    unreached,
)
from scraper.cli.options import DEFAULT_STORE, MOST, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile
from scraper.cli.terminal import Option
from scraper.errors import ConfigError
from scraper.model import Record
from storage import open_store

FEED_ID = "urn:darial:export"


def export_command(
    store: StoreDir = DEFAULT_STORE,
    *,
    since: Annotated[
        str | None,
        Option(
            "--since",
            metavar="SEQ|TIME",
            help="Only what is after this seq, or of this time or later.",
        ),
    ] = None,
    until: Until = None,
    by: By = "published",
    source: SourceIds = None,
    country: Countries = None,
    language: Languages = None,
    cluster: ClusterId = None,
    has_related: HasRelated = False,
    sources: SourcesFile = DEFAULT_FILE,
    revisions: Annotated[
        bool,
        Option("--revisions", help="All revisions as they were published, not only the latest ones."),
    ] = False,
    form: Annotated[
        str,
        Option(
            "--format",
            metavar="jsonl|csv|parquet|atom",
            help="JSON Lines, a flat table, a Parquet file, or an Atom feed.",
        ),
    ] = "jsonl",
) -> None:
    r"""Print records as JSON, CSV, Parquet or Atom.

    Prints the latest revision of every article, with its cluster as it is now. A damaged line is named on stderr and left
    out; the exit code is then 1.

    \b
    Examples:
      darial store export --language ka --since 2026-11-01 | jq -r .title
      darial store export --country am --country az --has-related --format csv > articles.csv
      darial store export --format parquet > articles.parquet
    """
    if form not in FORMS:
        raise ConfigError([f"--format {form}: one of {', '.join(FORMS)}"])
    if form == "parquet" and sys.stdout.isatty():
        raise ConfigError(["--format parquet: a Parquet file is not text; redirect stdout to a file"])
    after = int(since) if since and since.isdecimal() else 0
    if after > MOST:
        raise ConfigError([f"--since {since}: no store has so many records"])
    filters = narrowed(
        source=source,
        country=country,
        sources=sources,
        language=language,
        since=None if after or since == "0" else moment_value(since),
        until=until,
        by=by,
        cluster=cluster,
        has_related=has_related,
    )
    with open_store(store, read_only=True) as opened:
        names = unknown_names(opened, source=source, language=language, cluster=cluster)
        for why in (*names, *unreached(opened, after)):
            terminal.log_line(why)
        choose = opened.change_lines if revisions else opened.latest_lines
        left_out = LeftOut()
        FORMS[form](choose(filters, after=after, damaged=left_out), sys.stdout.buffer)
    terminal.flush_stdout()
    left_out.judge()


def _jsonl(lines: Iterable[bytes], out: IO[bytes]) -> None:
    for line in lines:
        out.write(line + b"\n")


def _csv(lines: Iterable[bytes], out: IO[bytes]) -> None:
    """Write CSV (RFC 4180): a header, rows that end in CR LF, UTF-8."""
    import csv

    from scraper.cli.csv_rows import COLUMNS, csv_row

    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(csv_row(record) for record in _records(lines))
    text.flush()
    text.detach()


def _parquet(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.cli.parquet import write_parquet

    write_parquet(_records(lines), out)


def _atom(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.web.atom import AtomHead, atom_feed

    head = AtomHead(id=FEED_ID, title="Darial", updated=clock.now())
    for part in atom_feed(_records(lines), head):
        out.write(part)


def _records(lines: Iterable[bytes]) -> Iterator[Record]:
    from scraper.codec import decode

    return (decode(line, Record) for line in lines)


FORMS: dict[str, Callable[[Iterable[bytes], IO[bytes]], None]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
    "atom": _atom,
}
