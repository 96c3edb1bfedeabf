"""Read the sources file and add entries to it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli.terminal import Context, Parameter, option
from scraper.errors import ConfigError

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.model import Source

MAX_FILE_BYTES = 16 << 20
DEFAULT_FILE = Path("sources.toml")
PACKAGED_FILE = Path(__file__).resolve().parent.parent / "data" / DEFAULT_FILE


def default_places(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield where a sources file is looked for if none is named, in order, with a name for each place."""
    yield "current folder", DEFAULT_FILE
    config = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not config.is_absolute():  # as the XDG specification wants it
        config = Path(environ.get("HOME", "/")) / ".config"
    yield "XDG_CONFIG_HOME", config / "darial" / DEFAULT_FILE
    yield "/etc/darial", Path("/etc/darial") / DEFAULT_FILE
    yield "package", PACKAGED_FILE


def default_file(environ: Mapping[str, str]) -> tuple[str, Path]:
    """Return the first of these files that exists, and the name of its place. The package always has one."""
    return next((place, path) for place, path in default_places(environ) if path.is_file())


def sources_option(ctx: Context, parameter: Parameter, value: Path) -> Path:
    """Return the sources file: the named one, else the first that exists."""
    named = ctx.get_parameter_source(parameter.name or "")
    return default_file(os.environ)[1] if named is not None and named.name == "DEFAULT" else value


SourcesFile = Annotated[
    Path,
    option(
        "--sources FILE",
        "The sources file. Default: see darial config show.",
        envvar="DARIAL_SOURCES",
        show_default=False,
        callback=sources_option,
    ),
]


def read_sources(path: Path = DEFAULT_FILE) -> Sources:
    """Return the checked content of a sources file. Raises ConfigError, also for a file that cannot be read."""
    from scraper.config.load import load_sources

    data = file_bytes(path, hint=" (use --sources FILE for another file)")
    return load_sources(_decode(data, path), path=str(path), environ=os.environ)


def own_file(path: Path) -> Path:
    """Return the file that sources are added to: a new one in the current folder instead of the one in the package."""
    return DEFAULT_FILE if path == PACKAGED_FILE else path


def known_sources(path: Path) -> Sources:
    """Return the sources of a file, or none if the default file does not exist: then only the environment's settings hold."""
    from scraper.config.load import load_sources

    if path == DEFAULT_FILE and not path.exists():
        return load_sources("", environ=os.environ)
    return read_sources(path)


def file_bytes(path: Path, *, hint: str = "") -> bytes:
    """Return the content of a file. Raises ConfigError if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as e:
        raise ConfigError([f"{path}: {(e.strerror or str(e)).lower()}{hint}"]) from e
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError([f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB"])
    return data


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise ConfigError([f"{path}:{line}: not UTF-8; TOML files must be UTF-8"]) from e


def add_to_file(path: Path, new: list[Source]) -> None:
    """Append sources to a file, all or none; the file may be new. Raises ConfigError."""
    from scraper.config import edit

    rewrite_file(path, lambda old: edit.append_sources(old, new, path=str(path)))


def rewrite_file(path: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file in one step; it may be new. Raises ConfigError, and then the file is as before."""
    from storage.files.disk import Files

    text = change(_decode(file_bytes(path), path) if path.exists() else "")
    path = path.resolve()  # a link stays a link
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
        Files().sync_directory(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
