"""Day files, plain or packed with Zstandard: read line by line alike, packed piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import zstandard

from scraper.codec import DecodeError, Struct, decode
from scraper.errors import StoreError

SUFFIX = ".zst"
LEVEL = 10  # of 22: a day of 10 MB takes half a second, and higher levels gain little
CHUNK_BYTES = 1 << 17


def pack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """One frame with a checksum: what every program that knows .zst reads."""
    packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
    for chunk in chunks:
        if data := packer.compress(chunk):
            yield data
    yield packer.flush()


def lines(path: Path) -> Iterator[bytes]:
    """Return the lines of a file with their ends. Raises StoreError (store_damaged) where a packed one is cut short or spoilt."""
    if path.suffix != SUFFIX:
        with path.open("rb") as file:
            yield from file
        return
    rest = b""
    for data in _unpacked(path):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


def _unpacked(path: Path) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    with path.open("rb") as file:
        try:
            while data := file.read(CHUNK_BYTES):
                yield unpacker.decompress(data)
        except zstandard.ZstdError as e:
            raise StoreError(f"{path} cannot be unpacked: {e}", code="store_damaged") from e
    if not unpacker.eof or unpacker.unused_data:
        what = "its end is missing" if not unpacker.eof else "more stands after its end"
        raise StoreError(f"{path} cannot be unpacked: {what}", code="store_damaged")


class _Seq(Struct, frozen=True):
    seq: int


def seq_of(raw: bytes) -> int | None:
    """Return the seq of a whole line; None for what is no such line."""
    try:
        return decode(raw, _Seq).seq
    except DecodeError:
        return None
