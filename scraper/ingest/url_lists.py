"""A list of addresses, one a line, to pages that are still to be fetched. (I/O: reads the file.)

What stands after the address on its line is not looked at; empty lines and lines that begin with # are nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scraper.errors import BadUrl
from scraper.fetch.redirects import check_url
from scraper.ingest.model import IngestStep, RefusedPage, SavedPage

MAX_LINE_BYTES = 16_384
SHOWN_CHARS = 100
MAX_URL_CHARS = 2048


def read_url_list(path: Path, start: str = "") -> Iterator[IngestStep]:
    """Yield the addresses of a list, each with the position after its line."""
    with path.open("rb") as file:
        file.seek(int(start or 0))
        while line := file.readline(MAX_LINE_BYTES):
            at = file.tell()
            words = line.decode("utf-8", "replace").lstrip("\ufeff").split(maxsplit=1)
            if words and not words[0].startswith("#"):
                page = _page(words[0], f"{path.name}:{at - len(line)}")
                yield IngestStep(after=str(at), page=page, done=at)


def _page(word: str, place: str) -> SavedPage | RefusedPage:
    if not word.startswith(("http://", "https://")):
        return RefusedPage(place=place, url=None, code="bad_url", message=f"no address: {word[:SHOWN_CHARS]}")
    try:
        check_url(word)
    except BadUrl as error:
        return RefusedPage(place=place, url=word[:MAX_URL_CHARS], code=error.code, message=str(error))
    return SavedPage(url=word, place=place)
