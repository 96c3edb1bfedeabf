"""Keep every fetched article page in WARC files that any WARC reader (and ``--replay``) understands.

``PageArchive`` writes ``YYYY-MM-DD-NNN.warc.gz`` files and removes the oldest when they grow too large; ``ArchivingTransport``
puts it between the network and the pipeline; ``archived_pages`` gives the pages back. A page that cannot be kept costs no article.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from scraper.codec import Struct
from scraper.fetch.protocol import Kind, Network
from scraper.model import NotModified, Page, Source
from scraper.settings import StoreSettings
from scraper.warc import warc_file
from scraper.warc.writer import message_head, warc_record

FOLDER = "archive"  # in the store's directory
# Of one file; a small archive has smaller ones, so that removing one is no loss of all
FILE_BYTES = 64 * 1024 * 1024
FILES_AT_LEAST = 10
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-(\d{3,})\.warc\.gz\Z")
_ASKED, _SOURCE, _FETCHED = "X-Darial-Asked", "X-Darial-Source", "X-Darial-Fetched"
# What the fetcher has taken off the body is told in the way that crawlers tell it.
_UNDONE = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"})


class ArchivedPage(Struct, frozen=True, kw_only=True):
    """A page of the archive and its source. ``read_bytes`` is how much of the file had been read with it."""

    page: Page
    source: str | None
    read_bytes: int = 0


class PageArchive:
    """Writes pages, oldest files removed beyond ``max_bytes``. Safe to call from threads; nothing exists before the first page."""

    def __init__(self, folder: Path, *, max_bytes: int, file_bytes: int | None = None) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._file_bytes = file_bytes or min(FILE_BYTES, max_bytes // FILES_AT_LEAST)
        self._lock = threading.Lock()
        self._path: Path | None = None  # the file to append to; None: to be found out
        self._size = 0

    def keep(self, page: Page, source: str | None = None) -> None:
        """Append one page. Raises OSError; what was half written is cut off before the next one."""
        data = _record(page, source)
        day = page.fetched.astimezone(UTC).strftime("%Y-%m-%d")
        with self._lock:
            path = self._ready(max(day, self._path.name[: len(day)]) if self._path else day, len(data))
            self._path = None
            with path.open("ab") as file:
                file.write(data)
            self._path, self._size = path, self._size + len(data)

    def _ready(self, day: str, size: int) -> Path:
        """Return the file to append to: the present one, the day's last one, or the next. Room is made before a file is begun."""
        if self._path is not None and self._path.name.startswith(day) and self._fits(self._size, size):
            return self._path
        self._folder.mkdir(parents=True, exist_ok=True)
        numbers = [
            int(m[2]) for p in archive_files(self._folder) if (m := _NAME.match(p.name)) and m[1] == day
        ]
        number = max(numbers, default=1)
        path = self._folder / f"{day}-{number:03}.warc.gz"
        self._size = 0
        if path.exists():
            if self._path is None:  # a crash, or a full disk, may have left half a page
                warc_file.cut_torn_tail(path)
            self._size = path.stat().st_size
            if not self._fits(self._size, size):
                path = self._folder / f"{day}-{number + 1:03}.warc.gz"
                self._size = 0
        self._make_room(path, size)
        return path

    def _fits(self, used: int, size: int) -> bool:
        return not used or used + size <= self._file_bytes

    def _make_room(self, keep: Path, size: int) -> None:
        """Remove the oldest files until a whole file more has room."""
        sizes = {path: path.stat().st_size for path in archive_files(self._folder) if path != keep}
        total = sum(sizes.values()) + max(self._file_bytes, size)
        for path, freed in sizes.items():
            if total <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= freed


class ArchivingTransport:
    """A network that archives article pages on their way to the pipeline."""

    def __init__(self, inner: Network, archive: PageArchive, on_error: Callable[[OSError], None]) -> None:
        self._inner, self._archive, self._on_error = inner, archive, on_error

    async def get(
        self, url: str, *, kind: Kind = "page", source: Source | None = None, **more: Any
    ) -> Page | NotModified:
        answer = await self._inner.get(url, kind=kind, source=source, **more)
        if kind == "page" and isinstance(answer, Page):
            try:
                await asyncio.to_thread(self._archive.keep, answer, source.id if source else None)
            except OSError as error:
                self._on_error(error)
        return answer


def archiving(
    network: Network, store: Path, settings: StoreSettings, *, on_error: Callable[[OSError], None]
) -> Network:
    """Return the network, with an archive behind it if the settings want one."""
    if not settings.archive:
        return network
    archive = PageArchive(store / FOLDER, max_bytes=int(settings.archive_max_mb * 1024 * 1024))
    return ArchivingTransport(network, archive, on_error)


# ------------------------------------------------------------------------------------------ reading


def archive_files(folder: Path) -> list[Path]:
    """Return the files of an archive, oldest first."""
    found = [(m[1], int(m[2]), p) for p in folder.glob("*.warc.gz") if (m := _NAME.match(p.name))]
    return [path for _, _, path in sorted(found)]


def forget_pages(folder: Path, before: datetime) -> int:
    """Remove the files whose pages were all fetched before a time. Returns how many."""
    day = before.astimezone(UTC).strftime("%Y-%m-%d")
    old = [path for path in archive_files(folder) if path.name[: len(day)] < day]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def archived_pages(path: Path) -> Iterator[ArchivedPage]:
    """Yield the pages of one file in the order of their writing. A torn end is no error."""
    for record in warc_file.scan(path):
        answer = warc_file.answer_of(record.block) if record.kind == "response" else None
        if answer is not None and (kept := _kept(record, answer)) is not None:
            yield kept


def _record(page: Page, source: str | None) -> bytes:
    """Write one page as one gzip member, so that it is appended at once or not at all."""
    headers = [
        (f"X-Crawler-{name}" if name in _UNDONE else name, value.encode("ascii", "replace").decode())
        for name, value in page.headers.items()
        if name != "content-length"
    ]
    headers.append(("Content-Length", str(len(page.body))))
    phrase = HTTPStatus(page.status).phrase if page.status in HTTPStatus._value2member_map_ else ""
    head = message_head(f"HTTP/1.1 {page.status} {phrase}".strip(), headers)
    fields = {
        "WARC-Target-URI": page.final_url,
        "WARC-Date": page.fetched.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        _FETCHED: page.fetched.isoformat(),
        _ASKED: page.url,
    }
    if source is not None:
        fields[_SOURCE] = source
    return warc_record("response", fields, page.body, head=head, gzip=True)


def _kept(record: warc_file.WarcRecord, answer: warc_file.HttpAnswer) -> ArchivedPage | None:
    told = record.told
    url, when = told("WARC-Target-URI"), told(_FETCHED) or told("WARC-Date")
    if not url or not when:
        return None
    size = answer.header("Content-Length")
    message = warc_file.message_of(record, answer)
    if size is not None and size.isdigit() and int(size) != len(message.body):
        return None  # cut short by a crash
    headers: dict[str, str] = {}
    for name, value in message.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    asked, fetched, body = told(_ASKED) or url, datetime.fromisoformat(when), message.body
    page = Page(url=asked, final_url=url, status=message.status, headers=headers, body=body, fetched=fetched)
    return ArchivedPage(page=page, source=told(_SOURCE), read_bytes=record.place.member)
