"""An answer made smaller, and named, so that it need not be sent twice. Pure, but for zstandard."""

from __future__ import annotations

import gzip
import hashlib
from typing import Literal

import zstandard

Coding = Literal["zstd", "gzip"]
WORTHWHILE_BYTES = 600  # below, compressing costs more than it saves
GZIP_LEVEL, ZSTD_LEVEL = 5, 3
_TEXT = ("text/", "application/json", "application/atom+xml", "application/xml", "application/feed+json", "image/svg+xml")  # fmt: skip
_TEXT_ENDS = ("+json", "+xml")


def chosen_coding(accept: str, media_type: str, size: int) -> Coding | None:
    """How to encode a body for whoever sent this Accept-Encoding (RFC 9110 section 12.5.3)."""
    kind = media_type.partition(";")[0].strip()
    if size < WORTHWHILE_BYTES or not (kind.startswith(_TEXT) or kind.endswith(_TEXT_ENDS)):
        return None
    wanted = {}
    for part in accept.lower().split(","):
        name, _, weight = part.partition(";")
        wanted[name.strip()] = _weight(weight)
    ours: tuple[Coding, ...] = ("zstd", "gzip")
    best = max(ours, key=lambda coding: wanted.get(coding, wanted.get("*", 0.0)))
    return best if wanted.get(best, wanted.get("*", 0.0)) > 0 else None


def _weight(text: str) -> float:
    key, _, value = text.strip().partition("=")
    if key.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def compressed(body: bytes, coding: Coding) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, GZIP_LEVEL, mtime=0)
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(body)


def etag_of(body: bytes) -> str:
    """A weak name of a body: it is the same however the body is encoded."""
    return f'W/"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether who asks has this very body (RFC 9110 section 13.1.2: weak comparison)."""
    if not if_none_match:
        return False
    bare = etag.removeprefix("W/")
    return any(
        part.strip() == "*" or part.strip().removeprefix("W/") == bare for part in if_none_match.split(",")
    )
