"""``darial run``: the daemon in the foreground."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Replay, StoreDir, recording, writable
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import Option


class LogFormat(StrEnum):
    console = "console"
    json = "json"


def run_command(
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    log_format: Annotated[
        LogFormat,
        Option("--log-format", help="One log line an event, on stderr.", envvar="DARIAL_LOG_FORMAT"),
    ] = LogFormat.console,
    replay: Replay = None,
) -> None:
    r"""Poll all enabled outlets until told to stop.

    SIGTERM or Ctrl-C finishes what is under way, in 10 seconds at most; a second one ends at once. SIGHUP reads the
    sources file again; a bad one is refused. Under systemd it reports readiness and feeds the watchdog.

    \b
    Examples:
      darial run
      darial run --sources sources.toml --store /var/lib/darial --log-format json
      kill -HUP $PID
    """
    from storage import location, lock

    recording(replay)
    writable(store)
    if folder := location.directory(store):
        lock.refuse_owned(folder / "lock")  # before all that a daemon is has been loaded
    from scraper.daemon import main

    main.run_service(
        load=lambda: read_sources(sources), store=store, log_format=log_format.value, replay=replay
    )


def register(app: terminal.Group) -> None:
    app.command("run")(run_command)
