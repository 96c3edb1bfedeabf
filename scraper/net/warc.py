"""The WARC file format (ISO 28500): records out of a file and into it. The only import of warcio.

Each record of a .warc.gz is a gzip member of its own, so a crash costs the last one at most: reading ends there, and
``cut_torn_tail`` makes the file whole before more is appended.
"""

from __future__ import annotations

import contextlib
import io
import re
import zlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

__all__ = [
    "Message",
    "StatusAndHeaders",
    "Writer",
    "cut_torn_tail",
    "is_recording",
    "message",
    "record_at",
    "scan",
    "scan_on",
]

CHUNK_BYTES = 64 * 1024
FAILED = "X-Darial-Failure"  # "code message", on a response whose body ended in an error

Writer = WARCWriter

_CHUNKED = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]*)?\r\n")
_BROKEN = (ArchiveLoadFailed, zlib.error, EOFError)
_BEGINNING = re.compile(rb"\x1f\x8b\x08|WARC/1\.")
_HEAD_BYTES = 512  # enough of a gzip member to see what it holds
_HOP_BY_HOP = frozenset({"transfer-encoding", "connection", "keep-alive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    failure: str | None = None  # "code message" of the error that ended the body


def scan(path: Path) -> Generator[tuple[int, Any], None, None]:
    """Every record with its place. A torn tail ends the file; it is not an error."""
    with path.open("rb") as file, contextlib.suppress(*_BROKEN):
        yield from _records(file)


def scan_on(path: Path, start: int) -> Generator[tuple[int, Any], None, None]:
    """Every record from ``start`` (where one begins) on. What cannot be read is stepped over, and None stands for it."""
    with path.open("rb") as file:
        place: int | None = start
        while place is not None:
            file.seek(place)
            try:
                for place, record in _records(file):
                    yield place, record
            except _BROKEN:
                place = _next_record(file, place + 1)
                yield place if place is not None else file.seek(0, io.SEEK_END), None
            else:
                return


def _records(file: BinaryIO) -> Generator[tuple[int, Any], None, None]:
    records = ArchiveIterator(file)
    for record in records:
        offset = records.offset  # where this record begins, while it is not read to its end
        yield offset, record


def _next_record(file: BinaryIO, start: int) -> int | None:
    """Where, from ``start`` on, a record seems to begin: the name of the format, plain or at the head of a gzip member."""
    file.seek(start)
    kept, at = b"", start
    while chunk := file.read(CHUNK_BYTES):
        data = kept + chunk
        for match in _BEGINNING.finditer(data, 0, max(len(data) - _HEAD_BYTES, 1)):
            if _unzipped(data[match.start() : match.start() + _HEAD_BYTES]).startswith(b"WARC/"):
                return at + match.start()
        kept = data[-_HEAD_BYTES:]
        at += len(data) - len(kept)
    return None


def _unzipped(head: bytes) -> bytes:
    """The first bytes of what a gzip member holds; the bytes themselves if they are none."""
    if not head.startswith(b"\x1f\x8b"):
        return head
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(head, 16)
    return b""


def is_recording(path: Path) -> bool:
    """Whether the file begins like a recording: WARC, or ARC as older crawlers wrote it, gzipped or not."""
    with path.open("rb") as file:
        start = _unzipped(file.read(_HEAD_BYTES))
    return start.startswith((b"WARC/", b"filedesc:"))


def record_at(file: BinaryIO, offset: int) -> Any:
    file.seek(offset)
    with contextlib.suppress(ArchiveLoadFailed, StopIteration, zlib.error, EOFError):
        return next(ArchiveIterator(file))
    return None


def message(record: Any) -> Message:
    """A recorded HTTP message as a transport gives it: without transfer coding. Some crawlers undid that, some did not."""
    body = record.raw_stream.read()
    headers = [
        (name, value) for name, value in record.http_headers.headers if name.lower() not in _HOP_BY_HOP
    ]
    if "chunked" in (record.http_headers.get_header("Transfer-Encoding") or "").lower():
        body = _dechunk(body)
    headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return Message(
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(headers),
        body=body,
        failure=record.rec_headers.get_header(FAILED),
    )


def _dechunk(body: bytes) -> bytes:
    """The chunks of a body joined; the body itself if it does not consist of chunks."""
    parts: list[bytes] = []
    at = 0
    while (match := _CHUNKED.match(body, at)) is not None:
        size = int(match.group().split(b";")[0].strip(), 16)
        at = match.end()
        if size == 0:
            return b"".join(parts)
        parts.append(body[at : at + size])
        at += size + 2
    return b"".join(parts) if parts and at >= len(body) else body


def cut_torn_tail(path: Path) -> None:
    """Before appending: cut what a crash left of an unfinished record, so that the file stays readable to its end."""
    if path.suffix != ".gz":
        return
    end = _last_whole_member(path)
    if end < path.stat().st_size:
        with path.open("r+b") as file:
            file.truncate(end)


def _last_whole_member(path: Path) -> int:
    whole = at = 0
    with path.open("rb") as file:
        decoder = zlib.decompressobj(wbits=31)
        while chunk := file.read(CHUNK_BYTES):
            while chunk:
                try:
                    decoder.decompress(chunk)
                except zlib.error:
                    return whole
                used = len(chunk) - len(decoder.unused_data)
                at += used
                chunk = decoder.unused_data
                if not decoder.eof:
                    break
                whole = at
                decoder = zlib.decompressobj(wbits=31)
    return whole
