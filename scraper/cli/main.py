"""The command ``darial``: puts the commands together and turns what they raise into an exit code and one clear line.

Each module of scraper.cli brings its commands with ``register(app)`` and imports what is heavy only when run.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, TextIO

from scraper.cli import terminal
from scraper.cli.terminal import Option
from scraper.errors import ConfigError, DarialError, StoreError, StoreLocked
from scraper.version import __version__

OK, FAILED, USAGE = 0, 1, 2
BUG = 70  # EX_SOFTWARE of sysexits.h
LOCKED = 75  # EX_TEMPFAIL: try again later
INTERRUPTED = 130  # as a shell reports SIGINT
BROKEN_PIPE = 141  # as a shell reports SIGPIPE

_STORE_USAGE = frozenset(
    {"store_missing", "store_newer", "store_readonly", "store_unknown"}
)  # the wrong place, not a broken store

MODULES = (
    "run",
    "web",
    "fetch",
    "ingest",
    "extract",
    "feed",
    "status",
    "demo",
    "sources",
    "store",
    "articles",
    "config",
    "doctor",
    "backup",
    "mcp",
)

HELP = r"""Gathers what the press prints about the South Caucasus: clean article bodies, and the related headlines apart
from them, as JSON records. stdout is data, stderr is talk.

\b
Examples:
  darial demo                          the whole pipeline on a small recording, offline
  darial fetch                         one fetch of all outlets of sources.toml into data/
  darial run                           the daemon
  darial store export | jq .title      what is in the store

Exit codes: 0 all well, 1 something failed, 2 usage or configuration, 70 a bug, 75 another process owns the store;
130, 141 and 143 as a shell has them: Ctrl-C, the reader of the output is gone, told twice to stop.
"""


def build_commands() -> terminal.Group:
    """All commands in one group."""
    app = terminal.app(HELP, completion=True)

    @app.callback()
    def _top(
        version: Annotated[
            bool, Option("--version", help="Print the version.", is_eager=True, callback=_version)
        ] = False,
    ) -> None:
        pass

    for name in MODULES:
        importlib.import_module(f"scraper.cli.{name}").register(app)
    return app


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code. Never raises, never prints a traceback (DARIAL_DEBUG=1 brings it back)."""
    _open_streams()
    if args is None and terminal.COMPLETE in os.environ:
        terminal.complete(build_commands(), name="darial")
    try:
        code = _run(sys.argv[1:] if args is None else args)
        if not sys.stdout.closed:  # what speaks a protocol over it closes it at its end
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone (`darial ... | head`); nobody is left to tell
        _silence(sys.stdout)
        code = BROKEN_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as error:  # a full disk shows at the last flush
        _silence(sys.stdout)
        code = _complain([error.strerror or str(error)], FAILED)
    return code


def _run(args: Sequence[str]) -> int:
    try:
        return terminal.invoke(build_commands(), args, name="darial")
    except Exception as error:
        error = _root(error)
        if isinstance(error, BrokenPipeError):
            raise error from None
        if os.environ.get("DARIAL_DEBUG"):
            traceback.print_exception(error)
        return _complain(*_verdict(error, args))


def _root(error: Exception) -> Exception:
    """The first cause in a group: what ran side by side was cancelled because of it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _verdict(error: Exception, args: Sequence[str]) -> tuple[list[str], int]:
    """What to say of an exception, a line for each mistake, and the exit code."""
    match error:
        case ConfigError():
            where = error.url or ""
            return [p if p.startswith(where) else f"{where}: {p}" for p in error.problems], USAGE
        case StoreLocked():
            return [str(error)], LOCKED
        case StoreError():
            return [str(error)], USAGE if error.code in _STORE_USAGE else FAILED
        case UnicodeEncodeError() if strange := [arg for arg in args if not _is_text(arg)]:
            return [f"not UTF-8: {arg!r}" for arg in strange], USAGE
        case DarialError():
            where = f" ({error.url})" if error.url and error.url not in str(error) else ""
            return [f"{error.code}: {error}{where}"], FAILED
        case OSError():
            why = error.strerror or str(error)
            return ([f"{error.filename}: {why}"], USAGE) if error.filename else ([why], FAILED)
    at = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(at.filename)}:{at.lineno}"  # noqa: PTH119 - only the name is wanted
    return [f"bug: {type(error).__name__}: {error} ({place}); DARIAL_DEBUG=1 shows more"], BUG


def _is_text(argument: str) -> bool:
    """Whether what a shell handed over is text: bytes that are no UTF-8 come as halves of characters."""
    return not any("\ud800" <= c <= "\udfff" for c in argument)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"darial {__version__}")
        raise terminal.Exit


def _complain(problems: Sequence[str], code: int) -> int:
    """Tell what is wrong on stderr, a line for each mistake, and give back the exit code."""
    from scraper.logs import escape

    for line in problems:
        try:
            print(f"darial: {escape(line)}", file=sys.stderr)
        except OSError:  # stderr is gone too; the exit code still tells
            _silence(sys.stderr)
    return code


def _open_streams() -> None:
    """Give every standard stream a file: without one, the next file opened (a database, say) would take its place.

    What is written to a stdout that was closed is an error, as it is for other programs.
    """
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest free number is the one that is missing
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # a terminal that knows only ASCII or one code page shows what it can; JSON is UTF-8 bytes all the same
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence(stream: TextIO) -> None:
    """Point a broken stream at nothing, so that the interpreter's last flush does not complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
