"""Serve the web pages and the HTTP interface of a store: ``darial web``."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import option
from scraper.errors import ConfigError


def web(
    store: StoreDir = DEFAULT_STORE,
    sources: SourcesFile = DEFAULT_FILE,
    host: Annotated[str | None, option("--host H", "Address to listen on.")] = None,
    port: Annotated[int | None, option("--port N", "Port; 0 for any free port.", min=0, max=65535)] = None,
    token: Annotated[
        str | None,
        option("--token TOKEN", "The token that visitors must give once.", envvar="DARIAL_WEB_TOKEN"),
    ] = None,
) -> None:
    r"""Serve a store as web pages and HTTP API.

    Read-only; works while the daemon runs. It listens on this machine only, unless --host says otherwise. Then visitors need
    a token; without --token a random one is made and printed on stdout. The other settings of [web], names and countries come from the
    sources file, if there is one. See docs/web.md.

    \b
    Examples:
      darial web
      darial web --store /var/lib/darial --port 8900
      DARIAL_WEB_TOKEN=$(cat /etc/darial/token) darial web --host 0.0.0.0
    """
    import secrets

    from scraper import logs
    from scraper.codec import replace
    from scraper.config.load import Sources, web_problems
    from scraper.settings import is_loopback
    from scraper.web.context import SourcesOnDisk
    from scraper.web.server import WebServer

    known = read_sources(sources) if sources.is_file() else Sources()
    chosen = {"host": host, "port": port, "token": token}
    settings = replace(
        known.settings.web, **{key: value for key, value in chosen.items() if value is not None}
    )
    made_up = settings.token is None and not is_loopback(settings.host)
    if made_up:
        settings = replace(settings, token=secrets.token_urlsafe(24))
    if problems := [f"--{key}: {what}" for key, what in web_problems(settings)]:
        raise ConfigError(problems)
    logs.configure()  # an error is one line then, without the values that might hold a token
    site = WebServer(store, settings, SourcesOnDisk(lambda: read_sources(sources), sources))
    for told in (signal.SIGINT, signal.SIGTERM):  # the server stops at a signal, then passes it on
        signal.signal(told, lambda *_: sys.exit(0))
    terminal.log_line(site.url)
    if made_up:
        print(f"{site.url}?token={settings.token}", flush=True)  # stdout: a secret has no place in a log
    site.serve()
