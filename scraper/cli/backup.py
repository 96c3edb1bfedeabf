"""Copy a store to one file and back: ``darial backup|restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.terminal import argument
from scraper.errors import ConfigError
from scraper.text.human import byte_size, counted
from storage import location

if TYPE_CHECKING:
    from storage.backup import Copied


def backup_command(
    target: Annotated[
        Path, argument("FILE|DIR", "A new file, or a directory for a file named after the time.")
    ],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Copy the store to one file and verify it.

    Works while the daemon writes. The JSON files are not copied: restore writes them again, byte for byte. Copy the page
    archive (archive/) as files. An existing file is never overwritten.

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
        done = copying.backup(folder, target, progress=bar.step)
    _say(done, json=json, what="backed up and verified")


def restore_command(
    file: Annotated[Path, argument("FILE", "A file made by darial backup.")],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Make a store from a backup and verify it.

    The directory must not have a store yet. The JSON files are written as they were.

    \b
    Example: darial restore /mnt/backup/darial-2026-11-24T060000Z.db --store /var/lib/darial
    """
    from storage import backup as copying

    folder = _folder(store, "pg_restore --dbname=URL FILE")
    with terminal.progress("pages", None) as bar:
        done = copying.restore(file, folder, progress=bar.step)
    _say(done, json=json, what="restored and verified")


def _folder(store: str, instead: str) -> Path:
    """Return the directory of a store; for a database server, name the tool to use instead. Raises ConfigError."""
    folder = location.directory(store)
    if folder is None:
        raise ConfigError([f"{location.shown(store)} is a PostgreSQL database; use: {instead}"])
    return folder


def _say(done: Copied, *, json: bool, what: str) -> None:
    if json:
        terminal.print_json(done)
    else:
        terminal.log_line(
            f"{done.path}: {counted(done.articles, 'article')}, {counted(done.revisions, 'revision')} up to seq {done.seq}, "
            f"{byte_size(done.bytes)}, {what}"
        )
