"""Options that several commands share, so that they are called and explained the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from scraper.cli.terminal import Context, Option, Parameter
from scraper.errors import ConfigError
from storage import location

DEFAULT_STORE = location.DEFAULT


def store_option(ctx: Context, parameter: Parameter, value: str) -> str:
    """A store's location; ``@FILE`` is the one that a file holds. Raises ConfigError for a password that everybody may read."""
    name = parameter.name or ""
    if not value.strip():
        raise ConfigError(["--store: it is empty; was a variable not set?"])
    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            raise ConfigError([f"{value}: {getattr(e, 'strerror', None) or 'not a text file'}"]) from None
    source = ctx.get_parameter_source(name)
    if source is not None and source.name == "COMMANDLINE" and location.has_password(value):
        where = "PGPASSWORD, or the URL into DARIAL_STORE or a file (@FILE)"
        raise ConfigError(
            [f"{location.shown(value)}: everybody here can read arguments; the password belongs into {where}"]
        )
    return value


StoreDir = Annotated[
    str,
    Option(
        "--store",
        metavar="DIR|URL",
        help="Where the records are: a directory, postgresql://..., or @FILE that holds either.",
        envvar="DARIAL_STORE",
        callback=store_option,
    ),
]
Replay = Annotated[
    Path | None,
    Option("--replay", metavar="FILE", help="Answer every request from this WARC file; touch no network."),
]
MOST = 1_000_000_000  # no store holds more, and no database counts further than 2^63
Json = Annotated[bool, Option("--json", help="JSON on stdout, for programs.")]


def existing(path: Path | None, option: str) -> Path | None:
    """A file that an option names and that must be there."""
    if path is not None and not path.is_file():
        raise ConfigError([f"{option} {path}: {'not a file' if path.exists() else 'no such file'}"])
    return path


def recording(path: Path | None, option: str = "--replay") -> Path | None:
    """A WARC file that an option names. Anything else would answer no request, and every outlet would seem to fail."""
    if existing(path, option) is not None:
        from scraper.warc import warc_file

        assert path is not None
        if not warc_file.is_recording(path):
            raise ConfigError([f"{option} {path}: not a WARC file"])
    return path


def writable(store: str) -> str:
    """A store that can be written, or made. Raises ConfigError now, instead of after the first fetch."""
    place = location.directory(store)
    if place is None:  # a server says so when it is asked
        return store
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise ConfigError([f"--store {store}: {place} is not a directory"])
    if not os.access(place, os.W_OK | os.X_OK):
        raise ConfigError([f"--store {store}: {place} cannot be written to"])
    return store


def directory_option(store: str, what: str) -> Path:
    """The directory that a store is. Raises ConfigError for a database server's: ``what`` needs files."""
    place = location.directory(store)
    if place is None:
        raise ConfigError([f"--store {location.shown(store)}: {what} needs a store that is a directory"])
    return place
