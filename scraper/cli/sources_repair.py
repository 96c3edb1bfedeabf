"""Put into the sources file what polls have found in place of dead addresses: ``darial sources repair``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources, rewrite_file
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError
from scraper.text.human import counted, to_minute

if TYPE_CHECKING:
    from scraper.pipeline.remedy import Remedy


def repair_sources(
    ids: Annotated[list[str] | None, argument("[ID]...", "Ids of sources; default: all.")] = None,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    *,
    write: Annotated[bool, option("--write", "Write the addresses into the sources file.")] = False,
    json: Json = False,
) -> None:
    r"""Show the addresses that replace dead ones.

    When the configured addresses of a source give nothing, polls search another one and use it. This command lists what they have
    found, and feeds that have moved for good. With --write it puts them into the sources file, and what they replace into a comment
    above; the rest of the file stays as it is.

    \b
    Examples:
      darial sources repair
      darial sources repair valley-post --write
    """
    from scraper.pipeline.remedy import remedies_of
    from storage import open_store

    known = read_sources(sources)
    asked = known.select(ids) if ids else known.sources
    with open_store(store, read_only=True) as opened:
        states = opened.source_states()
    found = [
        remedy for source in asked if source.id in states for remedy in remedies_of(source, states[source.id])
    ]
    if json:
        for remedy in found:
            terminal.print_json(remedy)
    elif found:
        rows = [
            (
                r.source,
                r.words,
                to_minute(r.since) if r.since else "",
                " ".join(r.replaces),
                r.way.how,
                r.way.url,
            )
            for r in found
        ]
        terminal.print_table(None, ("source", "why", "since", "instead of", "now read", "address"), rows)
    if not found:
        terminal.log_line("nothing to repair: all sources are read as configured, or no other way was found")
    elif write:
        write_remedies(sources, found)
    else:
        terminal.log_line(f"{counted(len(found), 'repair')} found: --write puts them into {sources}")


def write_remedies(path: Path, remedies: Sequence[Remedy]) -> None:
    """Write remedies into the sources file, each on its own: an entry that cannot be edited is reported, the others are written."""
    from scraper.config import edit, load
    from scraper.pipeline.remedy import remedied

    day, written = f"{clock.now():%Y-%m-%d}", 0
    for remedy in remedies:

        def change(text: str, remedy: Remedy = remedy) -> str:
            (source,) = load.load_sources(text, path=str(path)).select([remedy.source])
            note = f"darial sources repair, {day}: instead of {', '.join(remedy.replaces)} ({remedy.words})"
            return edit.replace_addresses(text, remedied(source, remedy), note=note, path=str(path))

        try:
            rewrite_file(path, change)
        except ConfigError as error:
            for problem in error.problems:
                terminal.log_line(f"not written: {problem}")
        else:
            written += 1
    terminal.log_line(f"{counted(written, 'repair')} written to {path}; a running daemon reads it on SIGHUP")
