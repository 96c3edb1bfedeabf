"""Check, show and exchange the sources file: ``darial sources``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.filters import Countries, Languages
from scraper.cli.options import DryRun, Json
from scraper.cli.sources_file import (
    DEFAULT_FILE,
    SourcesFile,
    add_to_file,
    file_bytes,
    own_file,
    read_sources,
)
from scraper.cli.terminal import argument, option
from scraper.codec import replace
from scraper.errors import ConfigError
from scraper.text.human import counted


def check_sources(sources: SourcesFile = DEFAULT_FILE, json: Json = False) -> None:
    """Find all mistakes in the sources file.

    The exit code is 0 if there is none, else 2.

    Example: darial sources check --sources my-sources.toml
    """
    try:
        found = read_sources(sources)
    except ConfigError as error:
        if not json:
            raise
        terminal.print_json({"file": str(sources), "ok": False, "problems": error.problems})
        raise terminal.Exit(2) from None
    if json:
        counts = {"sources": len(found.sources), "enabled": len(found.enabled)}
        terminal.print_json({"file": str(sources), "ok": True, "problems": [], **counts})
        return
    feeds = [feed for source in found.sources for feed in source.feeds]
    rules = [rules for source in found.sources for rules in source.rules]
    terminal.log_line(
        f"{sources}: {counted(len(found.sources), 'source')} ({len(found.enabled)} enabled), "
        f"{counted(len(feeds), 'feed')} ({sum(f.enabled for f in feeds)} enabled), "
        f"{counted(len(rules), 'rule set')} ({sum(r.proved for r in rules)} proved): no mistakes"
    )
    if not found.settings.contact:
        terminal.log_line(
            f"{sources}: settings.contact is not set: servers cannot tell whom to ask about your requests"
        )


def list_sources(
    sources: SourcesFile = DEFAULT_FILE,
    country: Countries = None,
    language: Languages = None,
    enabled: Annotated[
        bool | None, option("--enabled/--disabled", "Only sources that are polled, or that are not.")
    ] = None,
    json: Json = False,
) -> None:
    """List the sources of the sources file.

    Example: darial sources list --country ge --enabled
    """
    found = [
        source
        for source in read_sources(sources).sources
        if (not country or source.country in country)
        and (not language or not set(language).isdisjoint(source.languages))
        and (enabled is None or source.enabled == enabled)
    ]
    if json:
        from scraper.fetch.proxy import parsed_proxy

        for source in found:
            shown = str(parsed_proxy(source.proxy)) if source.proxy else None  # without its password
            terminal.print_json(replace(source, proxy=shown))
        return
    rows = [
        (
            s.id, s.name, s.country, " ".join(s.languages),
            f"{sum(f.enabled for f in s.feeds)} of {len(s.feeds)}" if s.feeds else "none", "yes" if s.enabled else "no",
        )
        for s in found
    ]  # fmt: skip
    terminal.print_table(None, ("id", "name", "country", "languages", "feeds", "enabled"), rows)
    terminal.log_line(f"{counted(len(found), 'source')}, {sum(s.enabled for s in found)} enabled")


def export_opml(sources: SourcesFile = DEFAULT_FILE) -> None:
    """Print all feeds as OPML, for feed readers.

    Only feeds of enabled sources are printed.

    Example: darial sources export > sources.opml
    """
    from scraper.config import opml

    sys.stdout.write(opml.write_opml(read_sources(sources).sources))


def import_opml(
    file: Annotated[Path, argument(None, "An OPML file.")],
    sources: SourcesFile = DEFAULT_FILE,
    country: Annotated[str, option("CODE", "The country of sources that have none in the file.")] = "int",
    language: Annotated[str, option("CODE", "The language of feeds that have none in the file.")] = "en",
    dry_run: DryRun = False,
) -> None:
    """Add the feeds of an OPML file.

    Writes one source for each site to the sources file. Known feeds are left out.

    Example: darial sources import subscriptions.opml --country ge --language ka --dry-run
    """
    from scraper.config import edit, opml

    sources = own_file(sources)
    known = read_sources(sources).sources if sources.exists() else ()
    found, left_out = opml.parse_opml(file_bytes(file), country=country, language=language, path=str(file))
    new = opml.missing_feeds(found, known)
    for line in left_out:
        terminal.log_line(f"{file}: left out: {line}")
    if dry_run:
        sys.stdout.write("\n".join(map(edit.source_entry, new)))
    elif new:
        add_to_file(sources, new)
    feeds = sum(len(source.feeds) for source in new)
    terminal.log_line(
        f"{counted(len(new), 'source')} with {counted(feeds, 'feed')} "
        f"{'would be added' if dry_run else 'added'} to {sources}; check their languages, countries and time zones"
        if new
        else f"nothing to add: {sources} already has all feeds of {file}"
    )
