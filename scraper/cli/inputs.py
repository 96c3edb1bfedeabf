"""Read what is named on the command line: a file, an address, or - for standard input."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scraper.errors import ParseError

if TYPE_CHECKING:
    from scraper.config.load import Sources

MAX_FILE_BYTES = 64 * 1024 * 1024  # of a file; parsers have limits of their own
# An address without its scheme, or a file in such a folder
_HOST_AND_PATH = re.compile(r"(?:[\w-]+\.)+[^\W\d]{2,}/")


class CliInput(NamedTuple):
    """The bytes of an input. ``headers`` are those of an HTTP response."""

    name: str
    data: bytes
    url: str | None
    headers: dict[str, str]


def shown_name(name: str) -> str:
    """Return a file name that can be printed: names need not be UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def is_url(name: str) -> bool:
    return name.startswith(("http://", "https://"))


def sources_for(names: Iterable[str], path: Path) -> Sources:
    """Return the sources file with whose settings addresses are fetched; nothing is read where all names are files."""
    from scraper.cli.sources_file import known_sources
    from scraper.config.load import Sources

    return known_sources(path) if any(map(is_url, names)) else Sources()


def read_input(name: str, known: Sources, *, url: str | None = None, kind: str = "page") -> CliInput:
    """Read one input; an address by the settings of ``known``. Raises FetchError for an address, ParseError for a file,
    and ParseError if it is empty.
    """
    given = asyncio.run(_fetch(name, kind, known)) if is_url(name) else _file(name, url)
    if not given.data.strip():
        raise ParseError(f"{name}: the document is empty", code="empty_document")
    return given


def _file(name: str, url: str | None) -> CliInput:
    try:
        if name == "-":
            return CliInput(name, sys.stdin.buffer.read(MAX_FILE_BYTES + 1), url, {})
        with Path(name).open("rb") as file:
            return CliInput(name, file.read(MAX_FILE_BYTES + 1), url, {})
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if isinstance(error, FileNotFoundError) and _HOST_AND_PATH.match(name):
            why += " (an address begins with https://)"
        raise ParseError(f"{name}: {why}", code="unreadable") from error


async def _fetch(name: str, kind: str, known: Sources) -> CliInput:
    from scraper.fetch.fetcher import Fetcher
    from scraper.model import Page
    from scraper.pipeline.source_lookup import SourceLookup

    async with Fetcher(known.settings) as fetcher:
        source = SourceLookup(known.sources).find(name)
        page = await fetcher.get(name, kind="feed" if kind == "feed" else "page", source=source)
    assert isinstance(page, Page)  # the request was not conditional
    return CliInput(name, page.body, page.final_url, page.headers)
