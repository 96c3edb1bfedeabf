"""``darial backup|restore``: a store to one file and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.terminal import Argument
from scraper.errors import ConfigError
from storage import location

if TYPE_CHECKING:
    from storage.backup import Copied


def backup_command(
    target: Annotated[
        Path,
        Argument(metavar="FILE|DIR", help="A new file, or a directory that gets a file named by the time."),
    ],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Copy the store to one file, also while the daemon writes, and verify the copy line by line.

    The JSON files need no copy: restore writes them anew, byte for byte. The page archive (archive/) can be copied as files.
    An existing file is never overwritten.

    \b
    Examples:
      darial backup /mnt/backup/ --store /var/lib/darial
      darial backup darial.db && zstd --rm darial.db
    """
    from storage import backup as copying

    if target.is_dir():
        target /= copying.name_for(clock.now())
    elif not target.parent.is_dir():
        raise ConfigError([f"{target.parent}: no such directory"])
    folder = _folder(store, "pg_dump --format=custom --file=FILE URL")
    with terminal.progress("pages", None) as bar:
        done = copying.backup(folder, target, progress=_follow(bar))
    _say(done, json=json, what="backed up and verified")


def restore_command(
    file: Annotated[Path, Argument(metavar="FILE", help="What darial backup wrote.")],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Make a store of a backup, in a directory that has none, and verify it. The JSON files are written as they were.

    \b
    Example: darial restore /mnt/backup/darial-2026-11-24T060000Z.db --store /var/lib/darial
    """
    from storage import backup as copying

    folder = _folder(store, "pg_restore --dbname=URL FILE")
    with terminal.progress("pages", None) as bar:
        done = copying.restore(file, folder, progress=_follow(bar))
    _say(done, json=json, what="restored and verified")


def _folder(store: str, instead: str) -> Path:
    """The directory that a store is; a server has tools of its own for this."""
    folder = location.directory(store)
    if folder is None:
        raise ConfigError([f"{location.shown(store)} is kept by PostgreSQL: {instead}"])
    return folder


def _follow(bar: terminal.Bar) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        bar.update(bar.task_ids[0], completed=done, total=total)

    return progress


def _say(done: Copied, *, json: bool, what: str) -> None:
    from scraper.cli.doctor_checks import size

    if json:
        terminal.print_json(done)
    else:
        terminal.log_line(
            f"{done.path}: {done.articles} articles, {done.revisions} revisions up to seq {done.seq}, "
            f"{size(done.bytes)}, {what}"
        )


def register(app: terminal.Group) -> None:
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)
