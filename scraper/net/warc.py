"""The WARC file format (ISO 28500): records out of a file and into it. The only import of warcio.

Each record of a .warc.gz is a gzip member of its own, so a crash costs the last one at most: reading ends there, and
``cut_torn_tail`` makes the file whole before more is appended.
"""

from __future__ import annotations

import contextlib
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
]

CHUNK_BYTES = 64 * 1024
FAILED = "X-Darial-Failure"  # "code message", on a response whose body ended in an error

Writer = WARCWriter

_CHUNKED = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]*)?\r\n")
_HOP_BY_HOP = frozenset({"transfer-encoding", "connection", "keep-alive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    failure: str | None = None  # "code message" of the error that ended the body


def scan(path: Path) -> Generator[tuple[int, Any], None, None]:
    """Every record with its place. A torn tail ends the file; it is not an error."""
    with path.open("rb") as file, contextlib.suppress(ArchiveLoadFailed, zlib.error, EOFError):
        records = ArchiveIterator(file)
        for record in records:
            offset = records.offset  # where this record begins, while it is not read to its end
            yield offset, record


def is_recording(path: Path) -> bool:
    """Whether the file begins like a recording: WARC, or ARC as older crawlers wrote it, gzipped or not."""
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"\x1f\x8b"):
        with contextlib.suppress(zlib.error):
            start = zlib.decompressobj(wbits=31).decompress(start, 16)
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
