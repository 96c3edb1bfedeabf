"""Find what stands in a sources file twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from scraper.config import fields as read

_DEFAULT_PORTS = {("http", 80), ("https", 443)}


def listed_twice(tables: Sequence[Mapping[str, Any]], places: Sequence[str]) -> list[str]:
    """Return a problem for each id and feed address that stands in the file more than once."""
    problems: list[str] = []
    ids: dict[str, str] = {}
    feeds: dict[str, str] = {}
    for table, place in zip(tables, places, strict=True):
        id = table.get("id")  # noqa: A001
        if isinstance(id, str):
            if id in ids:
                problems.append(f"{place}: id: taken already, by {ids[id]}; every source needs its own")
            ids.setdefault(id, place)
        entries = table.get("feeds")
        for n, entry in enumerate(entries if isinstance(entries, list) else ()):
            url = entry.get("url") if isinstance(entry, dict) else None
            if isinstance(url, str):
                key = same_address(url)
                if key in feeds:
                    problems.append(
                        f"{place}: feeds[{n}].url: {read.show_value(url)} is listed already, by {feeds[key]}"
                    )
                feeds.setdefault(key, place)
    return problems


def same_address(url: str) -> str:
    """Return the same text for spellings that no server can tell apart. A trailing slash is one that it can: it stays."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    said = port is not None and (parts.scheme, port) not in _DEFAULT_PORTS
    netloc = f"{parts.hostname}:{port}" if said else parts.hostname or ""
    return parts._replace(netloc=netloc, path=parts.path or "/", fragment="").geturl()
