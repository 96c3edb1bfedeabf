"""Recordings with one bad record among good ones, in each form that recordings have, and every kind of damage by its name.

``HEADS`` change one record before it is written; ``BYTES`` change the file where that record lies in it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
import re
from collections.abc import Callable, Sequence

FORMS = ("plain", "members", "one member", "blocks")  # blocks: cut into members anywhere, as bgzip does


def record(url: str, body: bytes, *, digest: bool = False) -> bytes:
    """One response as a crawler writes it."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    told = (
        b"WARC-Block-Digest: sha1:"
        + base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest())
        + b"\r\n"
    )
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: %s\r\nWARC-Date: 2026-11-01T10:00:00Z\r\n%sContent-Length: %d\r\n\r\n"
    return head % (url.encode(), told if digest else b"", len(block)) + block + b"\r\n\r\n"


def written(records: Sequence[bytes], form: str) -> tuple[bytes, list[int]]:
    """A file of records, and where each begins in it (in one member: where the member does)."""
    if form == "plain":
        return b"".join(records), [sum(map(len, records[:i])) for i in range(len(records))]
    if form == "members":
        members = [gzip.compress(one, mtime=0) for one in records]
        return b"".join(members), [sum(map(len, members[:i])) for i in range(len(members))]
    whole = b"".join(records)
    if form == "one member":
        return gzip.compress(whole, mtime=0), [0] * len(records)
    blocks = [gzip.compress(whole[at : at + 700], mtime=0) for at in range(0, len(whole), 700)]
    return b"".join(blocks), [0] * len(records)


def _length(change: Callable[[int], object]) -> Callable[[bytes], bytes]:
    return lambda one: re.sub(
        rb"(?<=\nContent-Length: )\d+", lambda m: str(change(int(m[0]))).encode(), one, count=1
    )


def _line(new: bytes) -> Callable[[bytes], bytes]:
    return lambda one: one.replace(b"WARC-Date:", new + b"WARC-Date:", 1)


def _instead(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda one: one.replace(old, new, 1)


HEADS: dict[str, Callable[[bytes], bytes]] = {
    "no length": lambda one: re.sub(rb"Content-Length: \d+\r\n", b"", one, count=1),
    "a bit of the length's name": _instead(b"Content-Length", b"Content-Lengtl"),
    "length cut": _length(lambda n: n // 100),
    "length a little small": _length(lambda n: n - 7),
    "length much too small": _length(lambda _: 3),
    "length zero": _length(lambda _: 0),
    "length a little large": _length(lambda n: n + 7),
    "length twice": _length(lambda n: n * 2),
    "length of gigabytes": _length(lambda _: 99_999_999_999),
    "length of nobody": _length(lambda _: 10**40),
    "length negative": _length(lambda n: -n),
    "length in words": _length(lambda _: "many"),
    "length with a sign": _length(lambda n: f"+{n}"),
    "length in other digits": _length(lambda _: "١٢"),
    "length twice, differing": _line(b"Content-Length: 5\r\n"),
    "address twice, differing": _line(b"WARC-Target-URI: http://other.example/\r\n"),
    "no type": _instead(b"WARC-Type: response\r\n", b""),
    "no address": lambda one: re.sub(rb"WARC-Target-URI: \S+\r\n", b"", one, count=1),
    "a header without colon": _line(b"WARC-Nothing\r\n"),
    "zeros in the head": _line(b"\0" * 50 + b"\r\n"),
    "random bytes in the head": _line(random.Random(1).randbytes(300) + b"\r\n"),
    "a version that is none": _instead(b"WARC/1.0", b"WARK/1.0"),
    "a blank line in the head": _instead(b"WARC-Date:", b"\r\nWARC-Date:"),
    "impossible address": lambda one: re.sub(rb"(?<=WARC-Target-URI: )\S+", b"http://[", one, count=1),
    "no host": lambda one: re.sub(rb"(?<=WARC-Target-URI: )\S+", b"http://", one, count=1),
    "half a character in the address": lambda one: re.sub(rb"(?<=WARC-Target-URI: )\S+", b"http://\xed\xa0\x80/", one, count=1),
    "no HTTP": _instead(b"HTTP/1.1 200 OK", b"HTTQ/1.1 200 OK"),
    "long header line": _line(b"X-Long: " + b"x" * 300_000 + b"\r\n"),
    "many header lines": _line(b"X-Y: z\r\n" * 30_000),
    "header lines without end": lambda one: one.split(b"\r\n\r\n", 1)[0] + b"\r\n" + b"X-Y: z\r\n" * 30_000,
}  # fmt: skip

BYTES: dict[str, Callable[[bytes], bytes]] = {
    "random bytes at its beginning": lambda one: random.Random(2).randbytes(40) + one[40:],
    "zeros at its beginning": lambda one: b"\0" * 40 + one[40:],
    "its beginning lost": lambda one: one[40:],
    "its end lost": lambda one: one[:-90],
    "its end random": lambda one: one[:-90] + random.Random(3).randbytes(90),
    "lost but for its beginning": lambda one: one[:60],
    "a wrong sum": lambda one: one[:-6] + bytes([one[-6] ^ 255]) + one[-5:],
    "random bytes in the middle": lambda one: one[: len(one) // 2] + random.Random(4).randbytes(300) + one[len(one) // 2 + 300 :],
}  # fmt: skip
JUNK = {
    "garbage": random.Random(5).randbytes(500),
    "text": b"503 Service Unavailable\n" * 20,
    "a header of gzip": b"\x1f\x8b\x08\x00" + b"\xff" * 40,
    "the name of the format": b"WARC/1.0\r\n" * 3,
    "a tag": b"<html>\r\n\r\n",
}
PADDING = {
    "zeros": b"\0" * 5000,
    "blank lines": b"\r\n" * 50,
    "nothing": b"",
}


def line_ends(one: bytes, how: str) -> bytes:
    """A record whose head has other line ends; its separator as well."""
    head, _, block = one.removesuffix(b"\r\n\r\n").partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if how == "LF":
        return b"\n".join(lines) + b"\n\n" + block + b"\n\n"
    if how == "mixed":
        return (
            b"".join(line + (b"\n" if i % 2 else b"\r\n") for i, line in enumerate(lines))
            + b"\n"
            + block
            + b"\r\n\n"
        )
    if how == "no separator":
        return head + b"\r\n\r\n" + block
    return head + b"\r\n\r\n" + block + b"\n"
