"""Day files, plain or packed with Zstandard: read line by line alike, packed piece by piece."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode
from scraper.errors import StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIX = ".zst"
LEVEL = 10  # of 22: a day of 10 MB takes half a second, and higher levels gain little
CHUNK_BYTES = 1 << 17


def pack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """One frame with a checksum: what every program that knows .zst reads."""
    packer = zstd.ZstdCompressor(
        options={
            zstd.CompressionParameter.compression_level: LEVEL,
            zstd.CompressionParameter.checksum_flag: 1,
        }
    )
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
    unpacker = zstd.ZstdDecompressor()
    with path.open("rb") as file:
        try:
            while not unpacker.eof and (data := file.read(CHUNK_BYTES)):
                yield unpacker.decompress(data)
        except zstd.ZstdError as e:
            raise StoreError(f"{path} cannot be unpacked: {e}", code="store_damaged") from e
        more = unpacker.unused_data or file.read(1)
    if not unpacker.eof or more:
        what = "more stands after its end" if more else "its end is missing"
        raise StoreError(f"{path} cannot be unpacked: {what}", code="store_damaged")


class _Seq(Struct, frozen=True):
    seq: int


def seq_of(raw: bytes) -> int | None:
    """Return the seq of a whole line; None for what is no such line."""
    try:
        return decode(raw, _Seq).seq
    except DecodeError:
        return None
