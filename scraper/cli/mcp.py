"""``darial mcp``: the archive for assistants that speak the Model Context Protocol."""

from __future__ import annotations

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, StoreDir


def mcp(store: StoreDir = DEFAULT_STORE) -> None:
    r"""Let an assistant read the archive: an MCP server over stdin and stdout, read-only. Works while the daemon runs.

    Tools: search, article, related, clusters, changes. It is started by the assistant's program, whose settings name it.

    \b
    Example, as such settings have it:
      {"mcpServers": {"darial": {"command": "darial", "args": ["mcp", "--store", "/var/lib/darial"]}}}
    """
    from scraper import logs
    from scraper.cli.mcp_server import serve
    from storage import open_store

    logs.configure()  # before the SDK would: what a client says wrongly is one line, not a page
    with open_store(store, read_only=True) as opened:
        serve(opened)


def register(app: terminal.Group) -> None:
    app.command()(mcp)
