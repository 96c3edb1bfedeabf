"""Mend the head of an HTTP answer so that a strict parser takes it: stray lines out, names trimmed. Pure.

Servers print warnings and misspelt names among their headers, which every browser skips (RFC 9112 section 5 says reject).
"""

from __future__ import annotations

import re

END = re.compile(rb"\n\r?\n")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})\b")


def mend_head(head: bytes) -> tuple[bytes, int]:
    """Return a head, from its status line to its blank line, and how many stray lines were left out of it."""
    status, *lines = head.lstrip(b"\r\n").replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    kept, stray, coded = [b" ".join(status.split(maxsplit=2))], 0, {b"identity"}
    for line in lines:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t"):  # goes on with the line before (RFC 9112 section 5.2)
            if len(kept) > 1:
                kept[-1] += b" " + _CONTROLS.sub(b" ", line.strip())
            continue
        name = name.rstrip()
        if not colon or not _TOKEN.fullmatch(name):
            stray += 1
            continue
        value = _CONTROLS.sub(b" ", value.strip())
        if name.lower() == b"transfer-encoding":
            codings = dict.fromkeys(c.strip().lower() for c in value.split(b","))
            value = b", ".join(c for c in codings if c not in coded)
            coded.update(codings)  # two programs said "chunked", one did it
            if not value:
                continue
        kept.append(name + b": " + value)
    return b"\r\n".join([*kept, b"", b""]), stray


def is_interim(head: bytes) -> bool:
    """Return whether a head is that of a 1xx answer, behind which the real one comes. 101 ends HTTP on the connection."""
    match = _STATUS.match(head)
    return match is not None and match[1].startswith(b"1") and match[1] != b"101"
