"""Import, check, repair and copy stores: ``darial store ...``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.filters import LeftOut, unreached
from scraper.cli.options import DEFAULT_STORE, MOST, Json, StoreDir, directory_option, store_option
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError, StoreError
from scraper.text.human import byte_size, counted
from storage import copy_store, location, open_store

SECOND_LOOK_SECONDS = 1.0  # a writer finishes its line meanwhile


def rebuild_command(
    store: StoreDir = DEFAULT_STORE,
    database: Annotated[
        bool, option("--database", "Rebuild a lost or damaged database from the JSON files.")
    ] = False,
    search: Annotated[bool, option("--search", "Rebuild only the search index.")] = False,
) -> None:
    r"""Rebuild the JSON files, database or index.

    Without options the JSON files are written again from the database. `darial store verify` says what needs a rebuild.

    \b
    Examples:
      darial store rebuild --database --store data
      darial store rebuild --search
    """
    if database and search:
        raise ConfigError(["--database, --search: use one of them; --database also builds the search index"])
    if database:
        from storage.rebuild import rebuild_database

        lines = rebuild_database(directory_option(store, "--database"))
        terminal.log_line(f"{counted(lines, 'line')} restored from the JSON files")
        return
    with open_store(store, create=False) as opened:
        if search:
            terminal.log_line(f"{counted(opened.rebuild_search(), 'article')} in the search index")
        else:
            terminal.log_line(f"{counted(opened.rebuild(), 'line')} written")


def upgrade_store(store: StoreDir = DEFAULT_STORE) -> None:
    r"""Upgrade a store of an older Darial.

    Every command that writes does this by itself.

    \b
    Example: darial store upgrade --store data
    """
    with open_store(store, create=False) as opened:
        terminal.log_line(
            f"{location.shown(store)} is up to date: {counted(opened.stats().articles, 'article')}"
        )


def compact_store(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Compress the JSON files of past days.

    Writes YYYY-MM-DD.jsonl.zst, about a fifth of the size. Every command reads these files too.

    \b
    Example: darial store compact && zstdcat data/articles/2026-11-23.jsonl.zst | jq .title
    """
    with open_store(store, create=False) as opened:
        done = opened.compact()
    if json:
        terminal.print_json(done)
    else:
        terminal.log_line(
            f"{counted(done.files, 'file')} compressed: {byte_size(done.before)} before, {byte_size(done.after)} now"
        )


def store_stats(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Show the store in numbers.

    \b
    Example: darial store stats --json
    """
    from scraper.codec import field_names

    with open_store(store, read_only=True) as opened:
        found = opened.stats()
    if json:
        terminal.print_json(found)
        return
    rows = []
    for field in field_names(type(found)):
        value = getattr(found, field.name)
        if isinstance(value, dict):
            value = ", ".join(
                f"{name} {count}" for name, count in sorted(value.items(), key=lambda i: (-i[1], i[0]))
            )
        rows.append([field.name.replace("_", " "), "" if value is None else str(value)])
    terminal.print_table(None, ["what", "value"], rows)


def found_twice(look: Callable[[], Iterable[str]], *, pause: Callable[[], None]) -> list[str]:
    """Return what is found twice, before and after a pause: what a writer is just changing is found once only."""
    first = list(look())
    if not first:
        return []
    pause()
    again = set(look())
    return [problem for problem in first if problem in again]


def verify_store(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Check the database and the JSON files.

    Reads everything and compares the two line by line. Names each difference; the exit code is then 1. A difference is
    checked again after a second, so a daemon may write meanwhile.

    \b
    Example: darial store verify --store data
    """
    from scraper.logs import escape

    with open_store(store, read_only=True) as opened:
        problems = found_twice(opened.verify, pause=lambda: time.sleep(SECOND_LOOK_SECONDS))
        try:
            lines = opened.stats().revisions
        except StoreError:  # a damaged database
            lines = None
    if json:
        terminal.print_json({"ok": not problems, "lines": lines, "problems": problems})
    else:
        for problem in problems:
            print(escape(problem))
        read = "lines that cannot be counted" if lines is None else counted(lines, "line")
        terminal.log_line(f"{read}, {counted(len(problems), 'problem')}")
    if problems:
        raise terminal.Exit(1)


def tail_changes(
    store: StoreDir = DEFAULT_STORE,
    since: Annotated[
        int | None, option("--since SEQ", "Begin after this seq; default: at the end.", min=0, max=MOST)
    ] = None,
    follow: Annotated[bool, option("--follow -f", "Wait for more, until Ctrl-C.")] = False,
) -> None:
    r"""Print the change log as JSON Lines.

    Prints every revision after a seq once, whole and in order. Keep the last seq you have read for the next call.

    \b
    Example: darial store tail --since 1024 --follow
    """
    with open_store(store, read_only=True) as opened:
        after = opened.seq() if since is None else since
        for why in unreached(opened, after):
            terminal.log_line(why)
        left_out = LeftOut()
        changes = (
            opened.follow_lines(after, damaged=left_out)
            if follow
            else opened.change_lines(after=after, damaged=left_out)
        )
        for line in changes:
            sys.stdout.buffer.write(line + b"\n")
            if follow:
                terminal.flush_stdout()
    terminal.flush_stdout()
    left_out.judge()


def copy_command(
    source: Annotated[
        str, argument("FROM", "An existing store: a directory, a URL or @FILE.", callback=store_option)
    ],
    target: Annotated[
        str, argument("TO", "The new store: a directory, a URL or @FILE.", callback=store_option)
    ],
    json: Json = False,
) -> None:
    r"""Copy a store to another place and compare.

    Copies between SQLite and PostgreSQL in either direction. No process may write to FROM meanwhile. After an interruption
    the same command continues. The page archive is not copied.

    \b
    Example: darial store copy data postgresql://darial@db.example/press
    """
    with terminal.progress("rows", 1, long=True) as bar:
        moved = copy_store(source, target, bar.step)
    if json:
        terminal.print_json(moved)
    else:
        terminal.log_line(
            f"{counted(moved.articles, 'article')}, {counted(moved.lines, 'line')}: the two stores are equal"
        )


def project_files(
    out: Annotated[Path, option("--out DIR", "The directory of the JSON files.")],
    store: StoreDir = DEFAULT_STORE,
) -> None:
    r"""Write new lines to JSON files elsewhere.

    Writes one file a day, for a store on a database server, which has no files of its own. Run it as often as you need new
    lines, on one machine at a time. After an interruption it continues.

    \b
    Example: darial store project --store postgresql://darial@db.example/press --out articles
    """
    with open_store(store, create=False) as opened:
        terminal.log_line(f"{counted(opened.project(out), 'line')} written to {out}")
