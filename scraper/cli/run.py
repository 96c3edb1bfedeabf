"""Run the daemon in the foreground: ``darial run``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from scraper.cli.options import DEFAULT_STORE, Replay, StoreDir, recording, writable
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import option


class LogFormat(StrEnum):
    console = "console"
    json = "json"


def run_command(
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    log_format: Annotated[
        LogFormat, option("--log-format", "The format of log lines on stderr.", envvar="DARIAL_LOG_FORMAT")
    ] = LogFormat.console,
    replay: Replay = None,
) -> None:
    r"""Run the daemon: poll all enabled sources.

    It runs until SIGTERM or Ctrl-C, and then finishes its work in at most 10 seconds; a second signal ends it at once.
    SIGHUP reads the sources file again; a file with mistakes is refused. Under systemd it reports readiness and feeds the
    watchdog.

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
        lock.refuse_owned(folder / "lock")  # before the modules of the daemon are loaded
    from scraper.daemon import main

    main.run_service(
        load=lambda: read_sources(sources), store=store, log_format=log_format.value, replay=replay
    )
