"""Read the objects of a file that somebody else wrote: JSON Lines, one JSON document, or a table in CSV."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

from scraper.codec import DecodeError, decode_any
from scraper.errors import ConfigError, StoreError
from scraper.text.charset import decode_text

GZIP_MAGIC = b"\x1f\x8b"
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
MAX_DOCUMENT_BYTES = 512 << 20  # of what has to be in memory at once
MAX_CELL_CHARS = 10 << 20
# where a document keeps its list
LIST_KEYS = ("articles", "items", "results", "data", "records", "docs", "entries")
# What is refused, by how it begins, and what to do instead
BINARY = {
    b"PK\x03\x04": "an Excel or zip file; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV UTF-8",
    b"PAR1": "a Parquet file; write it as JSON Lines first, for example with DuckDB: COPY (FROM 'x.parquet') TO 'x.jsonl' (FORMAT json)",
    b"SQLite format 3": "a database; `darial store copy` copies a store",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; unpack it first: zstd -d",
}

Say = Callable[[str], None]
Object = dict[str, Any] | StoreError | None  # None holds the place of an empty line


def objects(path: Path, say: Say) -> Iterator[Any]:
    """Yield the objects of a file in any of the forms, an error for what cannot be read, None for an empty line.

    ``say`` is told what the file was taken for, unless it is JSON Lines. Raises ConfigError for what is none of them.
    """
    stream: Any = sys.stdin.buffer if str(path) == "-" else path.open("rb")
    with stream:
        start = stream.peek(4)
        if start.startswith(GZIP_MAGIC):
            stream = io.BufferedReader(cast("Any", gzip.GzipFile(fileobj=stream)))
            start = _peek(stream)
        for magic, what in BINARY.items():
            if start.startswith(magic):
                raise ConfigError([f"{path}: this is {what}"])
        if start[:2] in WIDE:
            say(f"{path}: read as UTF-16")
            stream = io.BytesIO(stream.read().decode("utf-16", "replace").encode())
        try:
            while not (first := stream.readline()).strip() and first:
                yield None
        except (EOFError, OSError, zlib.error) as e:
            yield _unreadable(e)
            return
        yield from _of_kind(first.removeprefix(codecs.BOM_UTF8), stream, path, say)


def _peek(stream: io.BufferedReader) -> bytes:
    try:
        return stream.peek(16)
    except (EOFError, OSError, zlib.error):
        return b""  # said where the lines are read


def _of_kind(first: bytes, stream: BinaryIO, path: Path, say: Say) -> Iterator[Any]:
    """Tell the kind of a file by its first line that is not empty."""
    head = first.lstrip()
    if b"\0" in head:
        raise ConfigError([f"{path}: this is a binary file, not JSON or CSV"])
    if head.startswith(b"<"):
        raise ConfigError(
            [f"{path}: this is HTML or XML; `darial ingest` reads pages, `darial feed` reads feeds"]
        )
    if head.startswith(b"[") or (head.startswith(b"{") and not _is_json(head)):
        yield from _document(first, stream, path, say)
    elif not head or head.startswith(b"{") or not _looks_like_a_header(head):
        yield from _json_lines(chain([first], _lines(stream)))
    else:
        yield from _table(first, stream, path, say)


def _is_json(line: bytes) -> bool:
    try:
        decode_any(line)
    except DecodeError:
        return False
    return True


def _looks_like_a_header(line: bytes) -> bool:
    """Return True if a line names columns: at least two short cells without braces."""
    cells = line.decode("utf-8", "replace").strip()
    mark = max(",;\t|", key=cells.count)
    return cells.count(mark) > 0 and "{" not in cells and all(len(c) < 60 for c in cells.split(mark))


def _lines(stream: BinaryIO) -> Iterator[bytes | StoreError]:
    try:
        yield from stream
    except (EOFError, OSError, zlib.error) as e:  # truncated, damaged, a failing disk
        yield _unreadable(e)


def _unreadable(error: Exception) -> StoreError:
    return StoreError(f"the rest of the file cannot be read: {error}", code="bad_record")


def _json_lines(lines: Iterator[bytes | StoreError] | chain[Any]) -> Iterator[Any]:
    for raw in lines:
        if isinstance(raw, StoreError) or not raw.strip():
            yield raw if isinstance(raw, StoreError) else None
            continue
        try:
            yield decode_any(raw.removeprefix(codecs.BOM_UTF8))
        except DecodeError as e:
            yield StoreError(f"not JSON: {e}", code="bad_record")


def _whole(first: bytes, stream: BinaryIO, path: Path) -> bytes:
    data = first + stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise ConfigError(
            [
                f"{path}: a document of over {MAX_DOCUMENT_BYTES >> 20} MiB; make it JSON Lines: jq -c '.[]' {path}"
            ]
        )
    return data


def _document(first: bytes, stream: BinaryIO, path: Path, say: Say) -> Iterator[Any]:
    """Yield the objects of a JSON array, or of the list in an object; an object without a list is one record."""
    try:
        document = decode_any(_whole(first, stream, path))
    except (DecodeError, EOFError, OSError, zlib.error) as e:
        raise ConfigError([f"{path}: neither JSON Lines nor one JSON document: {e}"]) from None
    if isinstance(document, dict):
        lists = (document[key] for key in LIST_KEYS if isinstance(document.get(key), list))
        document = next(lists, [document])
    say(f"{path}: read as one JSON document")
    yield from document if isinstance(document, list) else [document]


def _table(first: bytes, stream: BinaryIO, path: Path, say: Say) -> Iterator[Any]:
    text, encoding = decode_text(_whole(first, stream, path))
    csv.field_size_limit(MAX_CELL_CHARS)
    mark = max(",;\t|", key=first.decode("utf-8", "replace").count)
    say(f"{path}: read as CSV with {'tabs' if mark == chr(9) else repr(mark)} between cells, {encoding}")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, restkey="")
    for row in rows:
        yield {name.strip(): cell.strip() for name, cell in row.items() if name and isinstance(cell, str)}
