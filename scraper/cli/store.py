"""``darial store ...``: what other programs and operators ask of a store."""

from __future__ import annotations

import codecs
import gzip
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from scraper import clock
from scraper.cli import terminal
from scraper.cli.filters import LeftOut, beyond
from scraper.cli.options import DEFAULT_STORE, MOST, Json, StoreDir, directory_option, store_option
from scraper.cli.terminal import Argument, Option
from scraper.errors import ConfigError, StoreError
from storage import Store, location

SHOWN_REFUSALS = 20
SECOND_LOOK_SECONDS = 1.0  # for a writer to finish what it is writing
GZIP_MAGIC = b"\x1f\x8b"


def import_records(
    files: Annotated[list[Path], Argument(metavar="FILE.jsonl...", help="JSON Lines files; - is stdin.")],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Take records in: our own lines, or any objects with url or id, and title or body. Known ones are not stored again.

    Exit 1 if some lines were no records (the others are stored).

    \b
    Example: darial store import archive.jsonl --store data
    """
    from storage import Outcome, open_store

    for path in files:
        if str(path) != "-" and not path.is_file():
            raise ConfigError([f"{path}: {'not a file' if path.exists() else 'no such file'}"])
    total = Outcome()
    refused: list[str] = []
    with open_store(store) as opened, terminal.progress("records", None) as bar:
        for path in files:
            outcome = opened.add(_objects(path, bar), now=clock.now())
            refused += [f"{path}: {why}" for why in outcome.refused]
            total += outcome
    for why in refused[:SHOWN_REFUSALS]:
        terminal.log_line(why)
    if len(refused) > SHOWN_REFUSALS:
        terminal.log_line(f"... and {len(refused) - SHOWN_REFUSALS} more")
    summary = {
        "new": total.new,
        "revised": total.revised,
        "unchanged": total.unchanged,
        "duplicates": total.duplicates,
        "refused": len(refused),
    }
    if json:
        terminal.print_json(summary)
    else:
        terminal.log_line(", ".join(f"{count} {what}" for what, count in summary.items()))
    if refused:
        raise terminal.Exit(1)


def _objects(path: Path, bar: Any) -> Iterator[Any]:
    """The JSON values of a file, gzipped or not, one a line; None for an empty line, an error for one that is no JSON."""
    from scraper.codec import DecodeError, decode_any

    for raw in _lines(path):
        bar.advance(0)
        if isinstance(raw, StoreError) or not raw.strip():
            yield raw if isinstance(raw, StoreError) else None
            continue
        try:
            yield decode_any(raw.removeprefix(codecs.BOM_UTF8))
        except DecodeError as e:
            yield StoreError(f"it is no JSON: {e}", code="bad_record")


def _lines(path: Path) -> Iterator[bytes | StoreError]:
    """The lines of a file, and an error in place of the rest where it cannot be read on."""
    stream: Any = sys.stdin.buffer if str(path) == "-" else path.open("rb")
    with stream:
        if stream.peek(2).startswith(GZIP_MAGIC):
            stream = gzip.GzipFile(fileobj=stream)
        try:
            yield from stream
        except (EOFError, OSError, zlib.error) as e:  # cut short, spoilt, a disk that fails
            yield StoreError(f"from here on the file cannot be read: {e}", code="bad_record")


def rebuild_command(
    store: StoreDir = DEFAULT_STORE,
    database: Annotated[
        bool,
        Option("--database", help="The other way round: a lost or damaged database from the JSON files."),
    ] = False,
    search: Annotated[
        bool, Option("--search", help="Only the search index, from the lines in the database.")
    ] = False,
) -> None:
    r"""Write the JSON files anew from the database; or one of the other two ways. `store verify` says which is wanted.

    \b
    Examples:
      darial store rebuild --database --store data
      darial store rebuild --search
    """
    from storage import open_store

    if database and search:
        raise ConfigError(["--database, --search: one of them; the database comes with its index"])
    if database:
        from storage.rebuild import rebuild_database

        lines = rebuild_database(directory_option(store, "--database"))
        terminal.log_line(f"{lines} lines restored from the JSON files")
        return
    with open_store(store, create=False) as opened:
        if search:
            terminal.log_line(f"{opened.rebuild_search()} articles in the search index")
        else:
            terminal.log_line(f"{opened.rebuild()} lines written")


def upgrade_store(store: StoreDir = DEFAULT_STORE) -> None:
    r"""Bring a store that an older Darial wrote up to date. Every command that writes does the same by itself.

    \b
    Example: darial store upgrade --store data
    """
    from storage import open_store

    with open_store(store, create=False) as opened:
        terminal.log_line(f"{location.shown(store)} is up to date: {opened.stats().articles} articles")


def compact_store(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Pack the JSON files of days that are over: YYYY-MM-DD.jsonl.zst, about a fifth in size, read by every command.

    \b
    Example: darial store compact && zstdcat data/articles/2026-11-23.jsonl.zst | jq .title
    """
    from storage import open_store

    with open_store(store, create=False) as opened:
        done = opened.compact()
    if json:
        terminal.print_json(done)
    else:
        terminal.log_line(f"{done.files} files packed: {done.before:,} bytes are {done.after:,} now")


def store_stats(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""The store in numbers.

    \b
    Example: darial store stats --json
    """
    from scraper.codec import field_names
    from storage import open_store

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
    terminal.print_table(None, ["what", "value"], rows, to_stdout=True)


def named_twice(look: Callable[[], Iterable[str]], *, pause: Callable[[], None]) -> list[str]:
    """What is named by a look and again by one after a pause; a writer's line or purge under way is gone by then."""
    first = list(look())
    if not first:
        return []
    pause()
    again = set(look())
    return [problem for problem in first if problem in again]


def _count(opened: Store) -> int | None:
    """The lines of a store, be it damaged."""
    try:
        return opened.stats().revisions
    except StoreError:
        return None


def verify_store(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Prove that the database is whole and agrees with the JSON files, line by line. Exit 1 if not, naming what differs.

    What differs is looked at twice, a second apart, so that a daemon may be writing meanwhile.

    \b
    Example: darial store verify --store data
    """
    from scraper.logs import escape
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        problems = named_twice(opened.verify, pause=lambda: time.sleep(SECOND_LOOK_SECONDS))
        lines = _count(opened)
    if json:
        terminal.print_json({"ok": not problems, "lines": lines, "problems": problems})
    else:
        for problem in problems:
            print(escape(problem))
        counted = "lines that cannot be counted" if lines is None else f"{lines} lines"
        terminal.log_line(f"{counted}, {len(problems)} problems")
    if problems:
        raise terminal.Exit(1)


def tail_changes(
    store: StoreDir = DEFAULT_STORE,
    since: Annotated[
        int | None,
        Option(
            "--since", metavar="SEQ", min=0, max=MOST, help="Begin after this seq; without it, at the end."
        ),
    ] = None,
    follow: Annotated[bool, Option("--follow", "-f", help="Wait for more, until interrupted.")] = False,
) -> None:
    r"""Print the change log as JSON Lines from a seq on: every revision once, whole, in order. Keep the last seq you took.

    \b
    Example: darial store tail --since 1024 --follow
    """
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        after = opened.seq() if since is None else since
        for why in beyond(opened, after):
            terminal.log_line(why)
        left_out = LeftOut()
        lines = (
            opened.follow_lines(after, damaged=left_out)
            if follow
            else opened.change_lines(after=after, damaged=left_out)
        )
        for line in lines:
            sys.stdout.buffer.write(line + b"\n")
            if follow:
                terminal.flush()
    terminal.flush()
    left_out.judge()


def copy_command(
    source: Annotated[
        str,
        Argument(
            metavar="FROM", help="The store that is there: a directory, a URL, @FILE.", callback=store_option
        ),
    ],
    target: Annotated[
        str,
        Argument(
            metavar="TO", help="Where no store is yet: a directory, a URL, @FILE.", callback=store_option
        ),
    ],
    json: Json = False,
) -> None:
    r"""Copy a whole store to another place, between SQLite and PostgreSQL either way, and compare the two at the end.

    Nobody writes to FROM meanwhile. Interrupted, the same command goes on where it was. Pages that were kept of the web stay
    where they are.

    \b
    Example: darial store copy data postgresql://darial@db.example/press
    """
    from storage import copy_store

    with terminal.long_progress("rows", 1) as bar:
        moved = copy_store(
            source, target, lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total)
        )
    if json:
        terminal.print_json(moved)
    else:
        terminal.log_line(f"{moved.articles} articles, {moved.lines} lines: the two stores are equal")


def project_files(
    out: Annotated[Path, Option("--out", metavar="DIR", help="Where the JSON files are, or are to be.")],
    store: StoreDir = DEFAULT_STORE,
) -> None:
    r"""Bring the JSON files in another folder up to date: a file a day, the lines as they were published.

    A store on a server has no files of its own; any machine may write them, one at a time. Run it as often as they are to
    be fresh; interrupted, it goes on where it was.

    \b
    Example: darial store project --store postgresql://darial@db.example/press --out articles
    """
    from storage import open_store

    with open_store(store, create=False) as opened:
        terminal.log_line(f"{opened.project(out)} lines written to {out}")


def register(app: terminal.Group) -> None:
    from scraper.cli import quarantine, reextract
    from scraper.cli.export import export_command
    from scraper.cli.purge import purge

    group = terminal.app("The store: export, import, repair, numbers.")
    group.command("export")(export_command)
    group.command("import")(import_records)
    group.command("rebuild")(rebuild_command)
    group.command("upgrade")(upgrade_store)
    group.command("compact")(compact_store)
    group.command("purge")(purge)
    group.command("tail")(tail_changes)
    group.command("copy")(copy_command)
    group.command("project")(project_files)
    group.command("stats")(store_stats)
    group.command("verify")(verify_store)
    quarantine.register(group)
    reextract.register(group)
    app.add_typer(group, name="store")
