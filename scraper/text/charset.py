"""Decode bytes: bytes and a Content-Type in; text and the name of its encoding out. Pure, linear, never raises.

A byte order mark decides; then bytes that are valid UTF-8 are UTF-8 whatever was declared (chance does not write valid
sequences); then what HTTP or the page declares, if it decodes and the letters do not speak against it; then the letters.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections import Counter

from scraper.text import codepages, doublebyte

_HEAD_BYTES = 4096  # declarations stand in the first 1,024 bytes by the standard; real heads begin later
_SAMPLE_BYTES = 65_536
_PIECE = 32_768
_META = re.compile(rb"<meta\b[^<>]{0,400}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_HTTP = re.compile(r"\bcharset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_UNSEEN = ((b"<script", b"</script"), (b"<style", b"</style"), (b"<!--", b"-->"))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKS = tuple(mark for mark, _ in _BOMS)
_ASCII_BYTES = bytes(range(0x80))

# A declaration loses against the letters if, by it, a byte is this much less likely (nats) and all of them together
# this much, over at least so many bytes.
_LIE_NATS = 0.6
_LIE_NATS_TOTAL = 8.0
_LIE_BYTES = 4
# Bytes less likely than this by the best code page are of no alphabet (known ones: above -3.5)
_STRANGE_NATS = -4.5
# UTF-8 with broken bytes: at least so many whole sequences for each broken one; fewer where UTF-8 is declared.
_WHOLE_PER_BROKEN = 4
_WHOLE_PER_BROKEN_DECLARED = 2
_WHOLE_PER_BROKEN_WIDE = 40


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_BINARY_CHARS = 2048
_BINARY_SHARE = 0.02


def decode_text(data: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return the text of a page or feed, and its encoding by WHATWG's name. Bytes that mean nothing become U+FFFD."""
    return (data.decode("utf-8"), "utf-8") if _stands(data) else _otherwise(data, content_type)


def to_utf8(data: bytes, content_type: str | None = None) -> bytes:
    """Return the text in UTF-8, as the parser wants it: for most pages the bytes that came."""
    return data if _stands(data) else _otherwise(data, content_type)[0].encode("utf-8", "ignore")


def is_binary(text: str) -> bool:
    """Return True if decoded bytes were no text at all: control characters and undecodable bytes abound near the beginning."""
    head = text[:_BINARY_CHARS]
    return len(_CONTROLS.findall(head)) > len(head) * _BINARY_SHARE


def _stands(data: bytes) -> bool:
    """Return True if bytes are plain UTF-8: no byte order mark, no escapes, not encoded twice."""
    if data.startswith(_MARKS) or _wide(data):
        return False
    if data.isascii():
        return b"\x1b" not in data
    return _is_utf8(data) and _twice(data) is None


def _is_utf8(data: bytes) -> bool:
    """Return True if bytes are valid UTF-8. Checked piece by piece: decoding it all at once would empty the processor's cache."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            decoder.decode(data[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _otherwise(data: bytes, content_type: str | None) -> tuple[str, str]:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), name
    wide = _wide(data)
    if wide is not None:
        return data.decode(wide, "replace"), wide
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy(data, content_type)
    if data.isascii():
        for name in declared(data, content_type) if b"\x1b" in data else ():
            if name.startswith("iso2022"):
                return data.decode(name, "replace"), name
        return text, "utf-8"
    # UTF-8 that was taken for a code page and written as UTF-8 again is undone if *all* of the text converts back
    twice = _twice(data)
    return (_back(text, twice) if twice else None) or text, "utf-8"


def declared(data: bytes, content_type: str | None) -> list[str]:
    """Return the encodings that HTTP, the XML declaration and the meta element name, in that order, known ones only."""
    said, head = _HTTP.search(content_type or ""), data[:_HEAD_BYTES]
    printed = [
        match[1].decode("ascii", "ignore") for match in (_XML.search(head), _META.search(head)) if match
    ]
    known = map(codepages.encoding_name, [said[1], *printed] if said else printed)
    return list(dict.fromkeys(name for name in known if name and not name.startswith(("utf-16", "utf-32"))))


def _wide(data: bytes) -> str | None:
    """Return the name of UTF-16 without a byte order mark: ASCII markup with a zero byte beside each character."""
    head = data[:512]
    zeros = head.count(0)
    if zeros * 3 < len(head) or len(head) < 4:
        return None
    if head[1::2].count(0) * 10 >= 9 * zeros:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) * 10 >= 9 * zeros else None


def _legacy(data: bytes, content_type: str | None) -> tuple[str, str]:
    names = declared(data, content_type)
    if _mostly_utf8(data, likely="utf-8" in names):
        return data.decode("utf-8", "replace"), "utf-8"
    counts = _high_bytes(data)
    ranking = codepages.guess_code_page(counts)
    scores = {name: score for score, name in ranking}
    for name in names:
        nats, count = ranking[0][0] - scores.get(name, ranking[0][0]), counts.total()
        is_lie = count >= _LIE_BYTES and nats > _LIE_NATS and nats * count > _LIE_NATS_TOTAL
        if name != "utf-8" and not is_lie:
            decode_as = codepages.decoder_of(name)
            try:
                return decode_as(data, "strict"), name
            except UnicodeError:
                text = decode_as(data, "replace")
            # a stray byte in a page of the declared code page; for wide ones the share of what is broken tells
            if name in scores or text.count("\ufffd") * _WHOLE_PER_BROKEN_WIDE < counts.total():
                return text, name
    wide = (
        codepages.encoding_name(doublebyte.guess_double_byte(data)) if ranking[0][0] < _STRANGE_NATS else None
    )
    best = wide or ranking[0][1]
    return codepages.decoder_of(best)(data, "replace"), best


def _mostly_utf8(data: bytes, *, likely: bool) -> bool:
    """Return True if bytes are UTF-8 with a few broken ones: whole sequences outnumber them, or the only broken one is cut off at the end."""
    broken = data.decode("utf-8", "replace").count("\ufffd")
    high = len(data.translate(None, _ASCII_BYTES))
    whole = (high - broken) // 2  # sequences are of two to four bytes; broken ones counted as one byte each
    if whole == 0:
        return broken == 1 and data[:-3].isascii() and data[-1] >= 0x80
    return whole >= broken * (_WHOLE_PER_BROKEN_DECLARED if likely else _WHOLE_PER_BROKEN)


def _high_bytes(data: bytes) -> Counter[int]:
    """Return the histogram of bytes above ASCII in the visible text; where there are none, in everything."""
    sample = data[:_SAMPLE_BYTES]
    high = _TAG.sub(b" ", _visible(sample)).translate(None, _ASCII_BYTES)
    if len(high) < 64:
        high = data.translate(None, _ASCII_BYTES)[:_SAMPLE_BYTES]
    return Counter(high)


def _visible(sample: bytes) -> bytes:
    """Remove scripts, styles and comments that end."""
    for opening, closing in _UNSEEN:
        lower, at, parts = sample.lower(), 0, []
        while (start := lower.find(opening, at)) >= 0 and (end := lower.find(closing, start)) >= 0:
            parts.append(sample[at:start])
            at = end + len(closing)
        sample = b" ".join([*parts, sample[at:]])
    return sample


# ------------------------------------------------------------------------------------------ encoded twice

_TWICE_LATIN = (
    b"\xc3\x83", b"\xc3\x90", b"\xc3\x91", b"\xc3\x95", b"\xc3\x96", b"\xc3\x84", b"\xc3\x85", b"\xc3\xa1\xc6\x92", b"\xc3\xa1\xc2\x83"
)  # fmt: skip
_TWICE_CYRILLIC = (b"\xd0\xa0", b"\xd0\xa1")
_TWICE_WINDOW = 16_384
_TWICE_MIN = 8


def _twice(data: bytes) -> str | None:
    """Return the code page for which UTF-8 seems to have been taken, by its signature."""
    high = data[:_TWICE_WINDOW].translate(None, _ASCII_BYTES)
    if len(high) < 4 * _TWICE_MIN:
        return None
    latin = sum(map(high.count, _TWICE_LATIN))
    cyrillic = sum(map(high.count, _TWICE_CYRILLIC))
    if latin >= _TWICE_MIN and latin * 12 >= len(high):
        return "windows-1252"
    return "windows-1251" if cyrillic >= _TWICE_MIN and cyrillic * 8 >= len(high) else None


def _back(text: str, name: str) -> str | None:
    # the bytes that the code page leaves free came through as C1 controls
    for errors in ("strict", "darial-c1"):
        with contextlib.suppress(UnicodeError):
            return text.encode(name, errors).decode("utf-8")
    return None


def _c1(error: UnicodeError) -> tuple[bytes, int]:
    if isinstance(error, UnicodeEncodeError):
        chars = error.object[error.start : error.end]
        if all("\x80" <= char <= "\x9f" for char in chars):
            return chars.encode("latin-1"), error.end
    raise error


codecs.register_error("darial-c1", _c1)
