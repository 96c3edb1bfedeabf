"""Read a folder of saved pages (.html, .htm, .xhtml, each also as .gz) in the order of their names. (I/O: reads.)

A page's address comes from a listing beside the pages (``urls.tsv``: file, tab or comma or blanks, address; or ``urls.jsonl``
with ``file`` and ``url``), else from the page itself. A page without an address is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from scraper.codec import DecodeError, decode_any
from scraper.errors import BadResponse
from scraper.extract import extractor
from scraper.ingest.model import IngestStep, RefusedPage, SavedPage
from scraper.ingest.page_url import saved_page_url
from scraper.text import charset

LISTINGS = ("urls.tsv", "urls.csv", "urls.txt", "urls.jsonl")
MAX_FILE_BYTES = 16 * 1024 * 1024
_PAGE = re.compile(r"\.x?html?(?:\.gz)?\Z", re.IGNORECASE)
_ADDRESS = re.compile(r'https?://[^\s"]+')
_BETWEEN = ",; \t"  # a file's name and its address; both may be in quotes


def read_folder(folder: Path, start: str = "") -> Iterator[IngestStep]:
    """Yield the saved pages after the one named ``start``."""
    listed = url_listing(folder)
    after = _order(start)
    for number, name in enumerate(page_names(folder), 1):
        if not start or _order(name) > after:
            yield IngestStep(after=name, page=_page(folder / name, name, listed), done=number)


def page_names(folder: Path) -> Iterator[str]:
    """Yield the relative names of the pages below a folder, with one folder in memory at a time."""
    for at, folders, files in os.walk(folder):
        folders.sort()
        place = Path(at).relative_to(folder)
        # a folder's own pages come before those of the folders in it
        yield from (str(place / name) for name in sorted(files) if _PAGE.search(name))


def _order(name: str) -> list[tuple[bool, str]]:
    """Return a sort key for the order of ``page_names``: files before folders."""
    *folders, file = Path(name).parts or ("",)
    return [*((True, part) for part in folders), (False, file)]


def url_listing(folder: Path) -> Mapping[str, str]:
    """Read the listings beside the pages: file names to addresses."""
    found: dict[str, str] = {}
    for name in LISTINGS:
        path = folder / name
        if path.is_file():
            with path.open("rb") as file:
                for line in file:
                    if pair := _pair(line):
                        found[pair[0]] = pair[1]
    return found


def _pair(line: bytes) -> tuple[str, str] | None:
    text = line.decode("utf-8", "replace").strip().lstrip("\ufeff")
    if text.startswith("{"):
        try:
            item = decode_any(text)
        except DecodeError:
            return None
        file, url = item.get("file") or item.get("path"), item.get("url")
        return (file, url) if isinstance(file, str) and isinstance(url, str) else None
    for address in _ADDRESS.finditer(text):
        before = text[: address.start()].removesuffix('"')
        name = before.rstrip(_BETWEEN).strip('"').strip()
        if name and before.endswith(tuple(_BETWEEN)):
            return name, address[0]
    return None


def _page(path: Path, name: str, listed: Mapping[str, str]) -> SavedPage | RefusedPage:
    def refused(code: str, why: str) -> RefusedPage:
        return RefusedPage(place=name, url=None, code=code, message=why)

    try:
        facts = path.stat()
        if facts.st_size > MAX_FILE_BYTES:
            return refused("too_large", "larger than any page")
        body = extractor.gunzip(path.read_bytes())
    except OSError as error:
        return refused("unreadable", error.strerror or str(error))
    except BadResponse as error:
        return refused(error.code, str(error))
    text, _ = charset.decode_text(body, None)
    url = listed.get(name) or listed.get(path.name) or saved_page_url(text)
    if url is None:
        return refused("no_address", "the page does not say its address, and no list names it")
    when = datetime.fromtimestamp(facts.st_mtime, UTC)
    return SavedPage(url=url, place=name, body=body, content_type="text/html", fetched=when)
