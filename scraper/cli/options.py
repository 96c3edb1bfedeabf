"""Define the options that several commands share, and check their values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from scraper.cli.terminal import Context, Parameter, option
from scraper.errors import ConfigError
from storage import location

DEFAULT_STORE = location.DEFAULT


def store_option(ctx: Context, parameter: Parameter, value: str) -> str:
    """Return a store's location, read from the file for ``@FILE``. Raises ConfigError for a password among the arguments."""
    name = parameter.name or ""
    if not value.strip():
        raise ConfigError(["--store: the value is empty; is a shell variable not set?"])
    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            raise ConfigError([f"{value}: {getattr(e, 'strerror', None) or 'not a text file'}"]) from None
    source = ctx.get_parameter_source(name)
    if source is not None and source.name == "COMMANDLINE" and location.has_password(value):
        where = "set PGPASSWORD, or put the URL into DARIAL_STORE or a file (@FILE)"
        raise ConfigError(
            [
                f"{location.shown(value)}: other users of this machine can read a password among the arguments; {where}"
            ]
        )
    return value


StoreDir = Annotated[
    str,
    option(
        "--store DIR|URL",
        "The store: a directory, postgresql://..., or @FILE with one of them in it.",
        envvar="DARIAL_STORE",
        callback=store_option,
    ),
]
Replay = Annotated[
    Path | None, option("--replay FILE", "Answer all requests from this WARC file, without network.")
]
MOST = 1_000_000_000  # the largest number of an option: databases count to 2^63 only
Json = Annotated[bool, option("--json", "Print JSON, for programs.")]
RecordsJson = Annotated[bool, option("--json", "Print the stored records, one a line.")]
DryRun = Annotated[bool, option("--dry-run", "Only show what would change.")]
BaseUrl = Annotated[str | None, option("--url URL", "The address of a file; makes its links absolute.")]


def existing(path: Path | None, option: str) -> Path | None:
    """Return the file of an option. Raises ConfigError if there is none."""
    if path is not None and not path.is_file():
        raise ConfigError([f"{option} {path}: {'not a file' if path.exists() else 'no such file'}"])
    return path


def recording(path: Path | None, option: str = "--replay") -> Path | None:
    """Return the WARC file of an option. Raises ConfigError for any other file: with it every source would seem to fail."""
    if existing(path, option) is not None:
        from scraper.warc import warc_file

        assert path is not None
        if not warc_file.is_recording(path):
            raise ConfigError([f"{option} {path}: not a WARC file"])
    return path


def writable(store: str) -> str:
    """Return a store that can be written or made. Raises ConfigError now instead of after the first fetch."""
    place = location.directory(store)
    if place is None:  # a database server reports it later
        return store
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise ConfigError([f"--store {store}: {place} is not a directory"])
    if not os.access(place, os.W_OK | os.X_OK):
        raise ConfigError([f"--store {store}: {place} cannot be written to"])
    return store


def directory_option(store: str, what: str) -> Path:
    """Return the directory of a store. Raises ConfigError for a store on a database server: ``what`` needs files."""
    place = location.directory(store)
    if place is None:
        raise ConfigError([f"--store {location.shown(store)}: {what} needs a store that is a directory"])
    return place
