"""Recognise an input by its content, and read it as steps and batches of pages. (I/O: reads files.)"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from scraper.errors import ConfigError
from scraper.ingest import html_folders, url_lists, warc_files
from scraper.ingest.model import (
    BATCH_BYTES,
    BATCH_PAGES,
    IngestInput,
    IngestStep,
    PageBatch,
    RefusedPage,
    SavedPage,
)
from scraper.warc import warc_file

KEY_BYTES = 65_536  # of a file's beginning: they identify it under another name, or when it has grown
READERS: Mapping[str, Callable[[Path, str], Iterator[IngestStep]]] = {
    "recording": warc_files.read_warc,
    "folder": html_folders.read_folder,
    "list": url_lists.read_url_list,
}


def classify_input(path: Path) -> IngestInput:
    """Recognise a file or folder by its content. Raises ConfigError if it is no input."""
    if path.is_dir():
        count = sum(1 for _ in html_folders.page_names(path))
        if not count:
            raise ConfigError([f"{path}: no saved page (.html, .htm, .xhtml, each also .gz) in this folder"])
        return IngestInput(key=f"folder:{path.resolve()}", name=str(path), kind="folder", size=count)
    with path.open("rb") as file:
        head = file.read(KEY_BYTES)
    lines = (line.strip() for line in head.decode("utf-8", "replace").lstrip("\ufeff").splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    kind = "recording" if warc_file.is_recording(path) else "list"
    if kind == "list" and not first.startswith(("http://", "https://")):
        raise ConfigError(
            [f"{path}: neither a WARC recording nor a list of addresses nor a folder of saved pages"]
        )
    key = f"{kind}:{hashlib.sha256(head).hexdigest()[:32]}"
    return IngestInput(key=key, name=str(path), kind=kind, size=path.stat().st_size)


def ingest_steps(source: IngestInput, start: str = "") -> Iterator[IngestStep]:
    return READERS[source.kind](Path(source.name), start)


def page_batches(
    read: Iterator[IngestStep], *, pages: int = BATCH_PAGES, size: int = BATCH_BYTES
) -> Iterator[PageBatch]:
    """Group steps into batches of so many pages or bytes. The last one may hold skipped pages only."""
    found: list[SavedPage] = []
    refused: list[RefusedPage] = []
    skipped: Counter[str] = Counter()
    held, last = 0, None
    for step in read:
        last = step
        match step.page:
            case SavedPage() as page:
                found.append(page)
                held += len(page.body or b"")
            case RefusedPage() as page:
                refused.append(page)
            case None if step.skipped:
                skipped[step.skipped] += 1
        if len(found) + len(refused) >= pages or held >= size:
            yield _batch(step, found, refused, skipped)
            found, refused, held, last = [], [], 0, None
            skipped.clear()
    if last is not None:
        yield _batch(last, found, refused, skipped)


def _batch(
    last: IngestStep, found: list[SavedPage], refused: list[RefusedPage], skipped: Mapping[str, int]
) -> PageBatch:
    return PageBatch(
        after=last.after, pages=tuple(found), refused=tuple(refused), skipped=dict(skipped), done=last.done
    )
