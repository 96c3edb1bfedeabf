"""Add records that somebody else wrote: ``darial store import``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError
from storage import Outcome, open_store

SHOWN_REFUSALS = 20
SHOWN_NAMES = 30


def import_records(
    files: Annotated[list[Path], argument("FILE...", "JSON Lines, JSON or CSV; - is stdin.")],
    store: StoreDir = DEFAULT_STORE,
    names: Annotated[
        list[str] | None, option("--map THEIRS=OURS", "Read this key as that of a record; repeat for more.")
    ] = None,
    json: Json = False,
) -> None:
    r"""Add records of JSON Lines, JSON or CSV files.

    Reads exported records, or any objects with url or id, and title or body. The usual names of other tools are known
    (date, text, author, outlet ...); what is left out is counted and named. Known records are not stored again. The exit
    code is 1 if some lines are not records; the others are stored.

    \b
    Examples:
      darial store import archive.jsonl --store data
      darial store import table.csv --map day=published --map paper=source
    """
    from scraper.cli.import_files import objects
    from storage.foreign_fields import as_ours, given_names

    given = given_names(names or [])
    for path in files:
        if str(path) != "-" and not path.is_file():
            raise ConfigError([f"{path}: {'not a file' if path.exists() else 'no such file'}"])
    total = Outcome()
    refused: list[str] = []
    left_out: Counter[str] = Counter()

    def ours(path: Path, bar: Any) -> Iterator[Any]:
        for line in objects(path, terminal.log_line):
            bar.advance(0)
            if isinstance(line, Mapping):
                record, unread = as_ours(line, given)
                left_out.update(unread)
                yield record
            else:
                yield line

    with open_store(store) as opened, terminal.progress("records", None) as bar:
        for path in files:
            outcome = opened.add(ours(path, bar), now=clock.now())
            refused += [f"{path}: {why}" for why in outcome.refused]
            total += outcome
    _report(total, refused, left_out, json=json)
    if refused:
        raise terminal.Exit(1)


def _report(total: Outcome, refused: list[str], left_out: Counter[str], *, json: bool) -> None:
    for why in refused[:SHOWN_REFUSALS]:
        terminal.log_line(why)
    if len(refused) > SHOWN_REFUSALS:
        terminal.log_line(f"... and {len(refused) - SHOWN_REFUSALS} more")
    summary = {name: getattr(total, name) for name in ("new", "revised", "unchanged", "duplicates")}
    summary["refused"] = len(refused)
    if json:
        terminal.print_json({**summary, "left_out": dict(left_out.most_common())})
        return
    if left_out:
        named = ", ".join(f"{name} ({count})" for name, count in left_out.most_common(SHOWN_NAMES))
        terminal.log_line(
            f"left out, with no place in a record or not readable: {named}; --map names a place for a key"
        )
    terminal.log_line(", ".join(f"{count} {what}" for what, count in summary.items()))
