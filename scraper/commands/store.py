"""``darial store ...``: what other programs and operators ask of a store."""

from __future__ import annotations

import codecs
import gzip
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from scraper import clock, terminal
from scraper.codec import to_builtins
from scraper.commands.filters import beyond
from scraper.commands.options import DEFAULT_STORE, MOST, Json, StoreDir, directory, place
from scraper.errors import ConfigError, StoreError
from scraper.terminal import Argument, Option
from storage import location

SHOWN_REFUSALS = 20
SECOND_LOOK_SECONDS = 1.0  # for a writer to finish what it is writing
GZIP_MAGIC = b"\x1f\x8b"


def import_(
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
        terminal.talk(why)
    if len(refused) > SHOWN_REFUSALS:
        terminal.talk(f"... and {len(refused) - SHOWN_REFUSALS} more")
    summary = {
        "new": total.new,
        "revised": total.revised,
        "unchanged": total.unchanged,
        "duplicates": total.duplicates,
        "refused": len(refused),
    }
    if json:
        terminal.out(summary)
    else:
        terminal.talk(", ".join(f"{count} {what}" for what, count in summary.items()))
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


def rebuild(
    store: StoreDir = DEFAULT_STORE,
    database: Annotated[
        bool,
        Option("--database", help="The other way round: a lost or damaged database from the JSON files."),
    ] = False,
) -> None:
    r"""Write the JSON files anew from the database.

    \b
    Example: darial store rebuild --database --store data
    """
    from storage import open_store

    if database:
        from storage.restore import rebuild_database

        lines = rebuild_database(directory(store, "--database"))
        terminal.talk(f"{lines} lines restored from the JSON files")
        return
    with open_store(store, create=False) as opened:
        terminal.talk(f"{opened.rebuild()} lines written")


def upgrade(store: StoreDir = DEFAULT_STORE) -> None:
    r"""Bring a store that an older Darial wrote up to date. Every command that writes does the same by itself.

    \b
    Example: darial store upgrade --store data
    """
    from storage import open_store

    with open_store(store, create=False) as opened:
        terminal.talk(f"{location.shown(store)} is up to date: {opened.stats().articles} articles")


def compact(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Pack the JSON files of days that are over: YYYY-MM-DD.jsonl.zst, about a fifth in size, read by every command.

    \b
    Example: darial store compact && zstdcat data/articles/2026-11-23.jsonl.zst | jq .title
    """
    from storage import open_store

    with open_store(store, create=False) as opened:
        done = opened.compact()
    if json:
        terminal.out(done)
    else:
        terminal.talk(f"{done.files} files packed: {done.before:,} bytes are {done.after:,} now")


def purge(
    older_than: Annotated[
        str,
        Option(
            "--older-than", metavar="AGE", help="Whose last revision was fetched so long ago: 365d, 52w, 36h."
        ),
    ],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Delete old articles everywhere: database, indexes, JSON files, page archive. They do not come back as new.

    Each leaves one line in the change log that names the lines that are gone (`purged`), for whoever keeps a copy.

    \b
    Example: darial store purge --older-than 365d
    """
    from scraper.net import pagearchive
    from storage import open_store

    now = clock.now()
    before = now - age_value(older_than, "--older-than")
    with open_store(store, create=False) as opened:
        done = opened.purge(before=before, now=now)
    pages = pagearchive.forget(location.beside(store) / pagearchive.FOLDER, before)
    if json:
        terminal.out({**to_builtins(done), "archive_files": pages})
        return
    terminal.talk(
        f"{done.articles} articles with {done.lines} lines deleted, {done.files} JSON files written anew,"
        f" {pages} files of the page archive removed"
    )


def age_value(text: str, option: str) -> timedelta:
    """An option's age: a number of hours, days or weeks."""
    # 99999 weeks ago there was a year, some digits more and there was none.
    match = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if match is None:
        raise ConfigError([f"{option} {text}: not an age like 365d, 52w or 36h"])
    return int(match[1]) * _AGES[match[2]]


_AGES = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def stats(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""The store in numbers.

    \b
    Example: darial store stats --json
    """
    from scraper.codec import field_names
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        found = opened.stats()
    if json:
        terminal.out(found)
        return
    rows = []
    for field in field_names(type(found)):
        value = getattr(found, field.name)
        if isinstance(value, dict):
            value = ", ".join(
                f"{name} {count}" for name, count in sorted(value.items(), key=lambda i: (-i[1], i[0]))
            )
        rows.append([field.name.replace("_", " "), "" if value is None else str(value)])
    terminal.table(None, ["what", "value"], rows, to_stdout=True)


def named_twice(look: Callable[[], Iterable[str]], *, pause: Callable[[], None]) -> list[str]:
    """What is named by a look and again by one after a pause; a writer's line or purge under way is gone by then."""
    first = list(look())
    if not first:
        return []
    pause()
    again = set(look())
    return [problem for problem in first if problem in again]


def verify(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Prove that the database is whole and agrees with the JSON files, line by line. Exit 1 if not, naming what differs.

    What differs is looked at twice, a second apart, so that a daemon may be writing meanwhile.

    \b
    Example: darial store verify --store data
    """
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        problems = named_twice(opened.verify, pause=lambda: time.sleep(SECOND_LOOK_SECONDS))
        found = opened.stats()
    if json:
        terminal.out({"ok": not problems, "lines": found.revisions, "problems": problems})
    else:
        for problem in problems:
            print(problem)
        terminal.talk(f"{found.revisions} lines, {len(problems)} problems")
    if problems:
        raise terminal.Exit(1)


def tail(
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
            terminal.talk(why)
        lines = opened.follow_lines(after) if follow else opened.change_lines(after=after)
        for line in lines:
            sys.stdout.buffer.write(line + b"\n")
            if follow:
                terminal.flush()
    terminal.flush()


def copy(
    source: Annotated[
        str,
        Argument(metavar="FROM", help="The store that is there: a directory, a URL, @FILE.", callback=place),
    ],
    target: Annotated[
        str, Argument(metavar="TO", help="Where no store is yet: a directory, a URL, @FILE.", callback=place)
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
        terminal.out(moved)
    else:
        terminal.talk(f"{moved.articles} articles, {moved.lines} lines: the two stores are equal")


def project(
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
        terminal.talk(f"{opened.project(out)} lines written to {out}")


def register(app: terminal.Group) -> None:
    from scraper.commands import quarantine, reextract
    from scraper.commands.export import export

    group = terminal.app("The store: export, import, repair, numbers.")
    group.command("export")(export)
    group.command("import")(import_)
    group.command("rebuild")(rebuild)
    group.command("upgrade")(upgrade)
    group.command("compact")(compact)
    group.command("purge")(purge)
    group.command("tail")(tail)
    group.command("copy")(copy)
    group.command("project")(project)
    group.command("stats")(stats)
    group.command("verify")(verify)
    quarantine.register(group)
    reextract.register(group)
    app.add_typer(group, name="store")
