"""Run the command ``darial``: turn what a command raises into an exit code and one line on stderr.

COMMANDS names every command and its function. Their modules import what is heavy only when a command runs.
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
from scraper.cli.terminal import option
from scraper.error_messages import missing_extra
from scraper.errors import ConfigError, DarialError, StoreError, StoreLocked
from scraper.version import __version__

OK, FAILED, USAGE = 0, 1, 2
BUG = 70  # EX_SOFTWARE of sysexits.h
LOCKED = 75  # EX_TEMPFAIL: try again later
INTERRUPTED = 130  # as a shell reports SIGINT
BROKEN_PIPE = 141  # as a shell reports SIGPIPE

# The wrong place, not a broken store
_STORE_USAGE = frozenset({"store_missing", "store_newer", "store_readonly", "store_unknown"})

GROUPS = {
    "watch": "Searches with a name, and alerts on them.",
    "sources": "Manage the sources in sources.toml.",
    "store": "Export, import, check and repair a store.",
    "store quarantine": "Show and retry pages that crashed the parser.",
    "stories": "List stories told by several sources.",
    "config": "Show the effective settings.",
}
# Each command and its function, in the order of the help.
COMMANDS = {
    "run": "run.run_command",
    "web": "web.web",
    "fetch": "fetch.fetch_command",
    "ingest": "ingest.ingest",
    "extract": "extract.extract_command",
    "feed": "feed.feed_command",
    "status": "status.status",
    "watch list": "watch.list_watches",
    "watch show": "watch.show_watch",
    "watch add": "watch.add_watch",
    "watch remove": "watch.remove_watch",
    "watch test": "watch.send_test",
    "demo": "demo.demo",
    "init": "init.init",
    "sources check": "sources.check_sources",
    "sources list": "sources.list_sources",
    "sources add": "sources_add.add_source",
    "sources probe": "sources_probe.probe_sources",
    "sources repair": "sources_repair.repair_sources",
    "sources test": "compare_rules.compare_source_rules",
    "sources export": "sources.export_opml",
    "sources import": "sources.import_opml",
    "store export": "export.export_command",
    "store import": "import_records.import_records",
    "store rebuild": "store.rebuild_command",
    "store upgrade": "store.upgrade_store",
    "store compact": "store.compact_store",
    "store purge": "purge.purge_articles",
    "store tail": "store.tail_changes",
    "store copy": "store.copy_command",
    "store project": "store.project_files",
    "store stats": "store.store_stats",
    "store verify": "store.verify_store",
    "store quarantine list": "quarantine.list_quarantine",
    "store quarantine show": "quarantine.show_quarantined",
    "store quarantine retry": "quarantine.retry_quarantined",
    "store reextract": "reextract.reextract",
    "search": "articles.search_command",
    "explain": "articles.explain_command",
    "diff": "articles.diff_command",
    "clusters": "articles.clusters_command",
    "related": "articles.related_command",
    "stories": "stories.list_stories",
    "stories build": "stories.build_stories",
    "stories judge": "stories.judge_stories",
    "stories score": "stories.score_stories",
    "trend": "trend.trend_command",
    "config show": "config.show_config",
    "doctor": "doctor.doctor",
    "backup": "backup.backup_command",
    "restore": "backup.restore_command",
    "mcp": "mcp.mcp",
}

HELP = r"""Gather press articles about the South Caucasus as JSON records.

A record has the clean body of an article; the related headlines of its page are kept apart. Data goes to stdout,
messages go to stderr.

\b
Examples:
  darial demo                          show how it works, without network
  darial init                          write a sources.toml that you can change
  darial fetch                         fetch all sources of sources.toml once, into data/
  darial run                           run the daemon
  darial store export | jq .title      print the titles of all articles

Exit codes: 0 success, 1 something failed, 2 wrong usage or configuration, 69 no server can be reached, 70 a bug of Darial,
75 another process uses the store. As in a shell: 130 after Ctrl-C, 141 if the reader of the output has gone, 143 after a
second SIGTERM.
"""


def build_commands() -> terminal.Group:
    """Return all commands in one group."""
    app = terminal.app(HELP, completion=True)

    @app.callback()
    def _top(
        version: Annotated[
            bool, option("--version", "Print the version.", is_eager=True, callback=_version)
        ] = False,
    ) -> None:
        pass

    groups = {"": app}
    for path, about in GROUPS.items():
        above, _, name = path.rpartition(" ")
        groups[path] = terminal.app(about)
        groups[above].add_typer(groups[path], name=name, no_args_is_help=path not in COMMANDS)
    for path, place in COMMANDS.items():
        above, _, name = path.rpartition(" ")
        module, _, function = place.rpartition(".")
        command = getattr(importlib.import_module(f"scraper.cli.{module}"), function)
        if path in GROUPS:  # a group that does something without a further word
            groups[path].callback(invoke_without_command=True, no_args_is_help=False)(command)
        else:
            groups[above].command(name)(command)
    return app


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. Never raises; prints a traceback only with DARIAL_DEBUG=1."""
    _open_streams()
    if args is None:
        # processes that we start must not take a pickle.py or a scraper/ of the current folder for their own
        os.environ["PYTHONSAFEPATH"] = "1"
    if args is None and terminal.COMPLETE in os.environ:
        terminal.complete(build_commands(), name="darial")
    try:
        code = _run(sys.argv[1:] if args is None else args)
        if not sys.stdout.closed:  # an MCP server closes it at its end
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone: `darial ... | head`
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
        while isinstance(error, ExceptionGroup):  # the other tasks were cancelled because of its first
            error = error.exceptions[0]
        if isinstance(error, BrokenPipeError):
            raise error from None
        if os.environ.get("DARIAL_DEBUG"):
            traceback.print_exception(error)
        return _complain(*_explain(error, args))


def _explain(error: Exception, args: Sequence[str]) -> tuple[list[str], int]:
    """Return the lines that explain an exception, one for each mistake, and the exit code."""
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
        case ModuleNotFoundError() if extra := missing_extra(error):
            return [extra], USAGE
        case OSError():
            why = error.strerror or str(error)
            return ([f"{error.filename}: {why}"], USAGE) if error.filename else ([why], FAILED)
    at = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(at.filename)}:{at.lineno}"  # noqa: PTH119 - only the name is wanted
    return [f"bug: {type(error).__name__}: {error} ({place}); DARIAL_DEBUG=1 shows more"], BUG


def _is_text(argument: str) -> bool:
    """Return False for an argument that was not UTF-8: Python reads such bytes as surrogates."""
    return not any("\ud800" <= c <= "\udfff" for c in argument)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"darial {__version__}")
        raise terminal.Exit


def _complain(problems: Sequence[str], code: int) -> int:
    """Print a line for each mistake on stderr and return the exit code."""
    from scraper.logs import escape

    for line in problems:
        try:
            print(f"darial: {escape(line)}", file=sys.stderr)
        except OSError:  # stderr is gone too; the exit code still tells
            _silence(sys.stderr)
    return code


def _open_streams() -> None:
    """Open closed standard streams: otherwise the next opened file, such as a database, would take the place of one.

    Writing to a stdout that was closed stays an error, as in other programs.
    """
    for number, (name, flags, mode) in enumerate(
        [("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")]
    ):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest free number is the one that is missing
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # for terminals that are not UTF-8; JSON is written as UTF-8 bytes anyway
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence(stream: TextIO) -> None:
    """Point a broken stream at /dev/null, so that the last flush of the interpreter succeeds."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
