"""A list of addresses, one a line, to pages that are still to be fetched. (I/O: reads the file.)

What stands after the address on its line is not looked at; empty lines and lines that begin with # are nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scraper.ingest.saved import Refused, Saved, Step

MAX_LINE_BYTES = 16_384
SHOWN_CHARS = 100


def read(path: Path, start: str = "") -> Iterator[Step]:
    """The addresses of a list, each with the byte after its line."""
    with path.open("rb") as file:
        file.seek(int(start or 0))
        while line := file.readline(MAX_LINE_BYTES):
            at = file.tell()
            words = line.decode("utf-8", "replace").lstrip("\ufeff").split(maxsplit=1)
            if words and not words[0].startswith("#"):
                yield Step(after=str(at), page=_page(words[0], f"{path.name}:{at - len(line)}"), done=at)


def _page(word: str, place: str) -> Saved | Refused:
    if word.startswith(("http://", "https://")):
        return Saved(url=word, place=place)
    return Refused(place=place, url=None, code="bad_url", message=f"no address: {word[:SHOWN_CHARS]}")
