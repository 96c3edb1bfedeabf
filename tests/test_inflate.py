"""Bodies in pieces: however the network cuts them, the same comes out, and what is missing is noticed."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.decompress import Decompressor
from scraper.errors import BadResponse

LIMIT = 10_000


def read(
    data: bytes, coding: str | None = None, *, pieces: int = 7, limit: int = LIMIT, cut: bool = False
) -> bytes | str:
    body = Decompressor(coding=coding, limit=limit, cut=cut)
    try:
        for at in range(0, len(data), pieces):
            body.add(data[at : at + pieces])
        return body.finish()
    except BadResponse as error:
        return error.code


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


@given(st.binary(max_size=300).map(lambda b: b"<p>" + b), st.integers(min_value=1, max_value=400))
def test_any_cutting_gives_the_same(data, pieces):
    """Plain, gzip (asked for or not), two members, zlib and raw deflate, in pieces of any size."""
    assert read(data, pieces=pieces) == data
    assert read(gzip.compress(data, mtime=0), "gzip", pieces=pieces) == data
    assert read(gzip.compress(data, mtime=0), pieces=pieces) == data
    assert (
        read(gzip.compress(data, mtime=0) + gzip.compress(data, mtime=0) + b"\0\0", "gzip", pieces=pieces)
        == data + data
    )
    assert read(zlib.compress(data), "deflate", pieces=pieces) == data
    assert read(raw_deflate(data), "deflate", pieces=pieces) == data


@given(st.binary(min_size=20, max_size=300), st.integers(min_value=1, max_value=200))
def test_any_truncation_of_gzip_is_noticed(data, lost):
    """A gzip body that lost its end is an error wherever it was cut."""
    whole = gzip.compress(data, mtime=0)
    kept = whole[: max(len(whole) - lost, 1)]
    assert read(kept, "gzip") == "truncated"


@pytest.mark.parametrize(
    "size, pieces", [(LIMIT, 7), (LIMIT, LIMIT), (LIMIT + 1, 7), (LIMIT + 1, LIMIT * 2), (LIMIT * 50, 999)]
)
def test_the_limit_is_exact(size, pieces):
    """As much as the limit is fine, one byte more is not, coded or plain; with ``cut`` the beginning is kept."""
    data = b"<" + b"x" * (size - 1)
    expected = data if size <= LIMIT else "too_large"
    assert read(data, pieces=pieces) == expected
    assert read(gzip.compress(data, mtime=0), "gzip", pieces=pieces) == expected
    assert read(raw_deflate(data), "deflate", pieces=pieces) == expected
    assert read(data, pieces=pieces, cut=True) == data[:LIMIT]
    assert read(gzip.compress(data, mtime=0), "gzip", pieces=pieces, cut=True) == data[:LIMIT]


@pytest.mark.parametrize("data, coding, expected", [
    (b"", None, b""), (b"", "gzip", b""), (b"", "br", b""), (b"a", None, b"a"), (b"\x1f", "gzip", "truncated"),
    (b"a", "gzip", "bad_encoding"), (b"<p>", "gzip", b"<p>"), (b' {"a": 1}', "br", b' {"a": 1}'), (b"\x0b\x02\x80", "br", "unsupported_encoding"),
    (gzip.compress(b"a", mtime=0), "gzip, gzip", b"a"), (gzip.compress(b"a", mtime=0), "gzip, deflate", b"a"), (gzip.compress(gzip.compress(b"a", mtime=0), mtime=0), "gzip, x-gzip", "unsupported_encoding"), (b"\x0b\x02\x80", "gzip, br", "unsupported_encoding"), (gzip.compress(b"a", mtime=0), "identity, gzip", b"a"),
    (gzip.compress(b"a", mtime=0), "GZIP ", b"a"), (gzip.compress(b"a", mtime=0), "x-gzip", b"a"), (b"abc" * 20, "utf-8", b"abc" * 20),
    (gzip.compress(b"", mtime=0) * 2000, "gzip", "bad_encoding"), (b"\x00" * 50, "deflate", "bad_encoding"),
])  # fmt: skip
def test_codings(data, coding, expected):
    """What the header may say, and what the first bytes say against it."""
    assert read(data, coding) == expected
