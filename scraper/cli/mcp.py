"""Serve a store to assistants over the Model Context Protocol: ``darial mcp``."""

from __future__ import annotations

from scraper.cli.options import DEFAULT_STORE, StoreDir


def mcp(store: StoreDir = DEFAULT_STORE) -> None:
    r"""Let an assistant read the store (MCP).

    An MCP server on stdin and stdout, read-only; works while the daemon runs. Tools: search, article, related, clusters,
    stories, changes. The program of the assistant starts it.

    \b
    Example of the settings of such a program:
      {"mcpServers": {"darial": {"command": "darial", "args": ["mcp", "--store", "/var/lib/darial"]}}}
    """
    from scraper import logs
    from scraper.cli.mcp_server import serve
    from storage import open_store

    logs.configure()  # before the SDK does: a wrong message of a client is logged in one line
    with open_store(store, read_only=True) as opened:
        serve(opened)
