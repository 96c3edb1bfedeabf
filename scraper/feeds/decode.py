"""Decode the bytes of a feed: gunzipped, cut at a limit, decoded. Pure, linear.

XML says more about its charset than HTML does, and feeds use more charsets; everything else is left to ``charset``.
"""

from __future__ import annotations

import re
import zlib

from scraper.text import charset, codepages

MAX_FEED_BYTES = 8 * 1024 * 1024  # decoded; more is cut (a sitemap may be as large)
GZIP = b"\x1f\x8b\x08"
# XML 1.0 appendix F: the first characters betray an encoding that is not a superset of ASCII.
_SNIFFS = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00{\x00", "utf-16-be"),
    (b"{\x00", "utf-16-le"),
)
_DECLARED = re.compile(rb"""<\?xml\s[^<>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{2,40})""")
_HTTP_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
# what servers say when they know nothing
_HTTP_DEFAULTS = ("cp1252", "iso8859-1", "latin-1", "ascii", "windows-1252")
_SHORT_CJK = ("gb", "big5", "euc", "cp949", "cp932", "johab", "shift")
_MAX_DOUBTFUL = 8


def decode_feed(data: bytes, content_type: str | None) -> str:
    """Decode the document, whatever its charset."""
    head = data.lstrip(b" \t\r\n")[:4] or b""
    for start, name in _SNIFFS:
        if head.startswith(start):
            return data.decode(name, "replace")
    return _decode_ascii_superset(data, content_type)


def _decode_ascii_superset(data: bytes, content_type: str | None) -> str:
    match = _DECLARED.search(data[:1024])
    in_xml = match[1].decode("ascii").lower() if match else ""
    name = codepages.encoding_name(in_xml) if in_xml else None
    if name and name.startswith(_SHORT_CJK) and (text := _short_cjk(data, name)) is not None:
        return text
    said = _HTTP_CHARSET.search(content_type or "")
    http = codepages.encoding_name(said[1]) if said else None
    if name and name != http and http in _HTTP_DEFAULTS:
        content_type = None  # the document knows better than its server
    return charset.decode_text(data, content_type)[0]


def _short_cjk(data: bytes, name: str) -> str | None:
    """Decode as the declared double-byte charset if only a few two-byte sequences make the bytes valid UTF-8, which may be chance."""
    try:
        strange = {c for c in data.decode("utf-8") if c > "\x7f"}
        if not strange or len(strange) > _MAX_DOUBTFUL or max(strange) > "\u07ff":
            return None
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def gunzip_feed(data: bytes) -> tuple[bytes, bool]:
    """Return the bytes, gunzipped if they are gzip, and True if they were cut (by our limit or by the sender)."""
    if not data.startswith(GZIP):
        return data[:MAX_FEED_BYTES], len(data) > MAX_FEED_BYTES
    decoder = zlib.decompressobj(wbits=31)
    parts, size = [], 0
    try:
        while data and size < MAX_FEED_BYTES and not decoder.eof:
            part = decoder.decompress(data, 1 << 20)
            parts.append(part)
            size += len(part)
            data = decoder.unconsumed_tail
    except zlib.error:
        pass
    return b"".join(parts)[:MAX_FEED_BYTES], not decoder.eof
