"""Write WARC records (ISO 28500).

Each record of a .warc.gz is a gzip member of its own, so a crash costs the last one at most.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from uuid import uuid4

_CONTENT_TYPES = {
    "warcinfo": "application/warc-fields",
    "request": "application/http; msgtype=request",
    "response": "application/http; msgtype=response",
}


def new_record_id() -> str:
    """Return an id for a record."""
    return f"<urn:uuid:{uuid4()}>"


def message_head(first_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return the head of an HTTP message, with the empty line that ends it."""
    lines = [first_line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def warc_record(
    kind: str, fields: Mapping[str, str], payload: bytes, *, head: bytes = b"", gzip: bool = False
) -> bytes:
    """Return one record. ``fields`` name its date, its URL and what else it has; ``head`` goes before the payload in its block."""
    block = head + payload
    named = {
        "WARC-Type": kind,
        "WARC-Record-ID": new_record_id(),
        "Content-Type": _CONTENT_TYPES.get(kind, ""),
    }
    named |= fields
    if kind != "warcinfo":
        named["WARC-Payload-Digest"] = _digest(payload)
    named |= {"WARC-Block-Digest": _digest(block), "Content-Length": str(len(block))}
    lines = ["WARC/1.0", *(f"{name}: {' '.join(value.split())}" for name, value in named.items()), "", ""]
    data = "\r\n".join(lines).encode() + block + b"\r\n\r\n"
    if not gzip:
        return data
    member = zlib.compressobj(9, zlib.DEFLATED, 31)
    return member.compress(data) + member.flush()


def _digest(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
