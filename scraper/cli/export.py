"""Print records for other programs: ``darial store export``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.export_forms import BINARY, FORMS, write_export
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
    refuse_unknown,
    unreached,
)
from scraper.cli.options import DEFAULT_STORE, MOST, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile
from scraper.cli.terminal import option
from scraper.errors import ConfigError
from storage import open_store
from storage.line import one_time_form, record_line

if TYPE_CHECKING:
    from storage import Store
    from storage.model import Filter


def export_command(
    store: StoreDir = DEFAULT_STORE,
    *,
    query: Annotated[
        str | None, option("--query QUERY", "Only what this search finds; see `darial search`.")
    ] = None,
    since: Annotated[
        str | None, option("--since SEQ|TIME", "Only after this seq, or since this time; also 7d, yesterday.")
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
        bool, option("--revisions", "All revisions as they were published, not only the latest ones.")
    ] = False,
    form: Annotated[
        str, option("--format", "JSON Lines, a table, or a feed.", metavar="|".join(FORMS))
    ] = "jsonl",
    out: Annotated[
        Path | None, option("--out PATH", "Write this file; or with parquet a folder by day.")
    ] = None,
    excel: Annotated[
        bool, option("--excel", "CSV for Excel: with a byte order mark, and ids kept as text.")
    ] = False,
) -> None:
    r"""Print records as JSON, CSV, XLSX and others.

    Prints the latest revision of every article, with its cluster as it is now. A damaged line is named on stderr and left
    out; the exit code is then 1.

    \b
    Examples:
      darial store export --language ka --since 2026-11-01 | jq -r .title
      darial store export --country ge --since yesterday --until today --format xlsx --out georgia.xlsx
      darial store export --country am --country az --has-related --format csv > articles.csv
      darial store export --format parquet --out articles/
    """
    if form not in FORMS:
        raise ConfigError([f"--format {form}: one of {', '.join(FORMS)}"])
    if excel and form != "csv":
        raise ConfigError(["--excel is for --format csv; --format xlsx writes a workbook"])
    if form in BINARY and out is None and sys.stdout.isatty():
        raise ConfigError([f"--format {form}: this file is not text; use --out PATH or redirect stdout"])
    if query is not None and revisions:
        raise ConfigError(["--query, --revisions: use one of them; a search finds the latest revisions"])
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
        refuse_unknown(opened, sources, source=source, language=language, cluster=cluster)
        for why in unreached(opened, after):
            terminal.log_line(why)
        left_out = LeftOut()
        choose = opened.change_lines if revisions else opened.latest_lines
        lines = (
            choose(filters, after=after, damaged=left_out)
            if query is None
            else _found(opened, query, filters, after)
        )
        write_export(form, map(one_time_form, lines), out, excel=excel)
    terminal.flush_stdout()
    left_out.judge()


def _found(store: Store, query: str, filters: Filter, after: int) -> Iterator[bytes]:
    """Yield the lines of all that a search finds, in the order of the store."""
    found = store.search(query, filters, limit=MOST)
    if not found.complete:
        terminal.log_line(
            f"--query: only the newest {found.ranked:,} of the articles that match; narrow it by --since and --until"
        )
    for record in sorted((hit.record for hit in found.hits), key=lambda record: record.seq):
        if record.seq > after:
            yield record_line(record)
