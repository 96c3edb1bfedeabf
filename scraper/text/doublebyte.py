"""Guess the East Asian charset of bytes that declare none. Pure, linear.

Single-byte text hardly ever decodes as one of these: each run of its letters would have to be of even length.
"""

from __future__ import annotations

import re

_SAMPLE_BYTES = 65_536
_MIN_CHARS = 8
_KANA_SHARE = 0.15  # no Japanese text has less
_USUAL_SHARE = 0.8  # of Hangul in Korean, of the first level of characters in Chinese
_STRANGE = re.compile(r"[^\x00-\x7f]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_GB_LEVEL_1 = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
_BIG5_LEVEL_1 = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")


def guess_double_byte(data: bytes) -> str | None:
    """Return the name of the charset that Japanese, Korean or Chinese text is in, or None."""
    sample = data[:_SAMPLE_BYTES]
    for name in ("euc-jp", "shift-jis"):
        if (strange := _decoded(sample, name)) and len(_KANA.findall(strange)) >= _KANA_SHARE * len(strange):
            return name
    korean = _decoded(sample, "euc-kr")
    if korean and len(_HANGUL.findall(korean)) >= _USUAL_SHARE * len(korean):
        return "euc-kr"
    for name, level in (("gb2312", _GB_LEVEL_1), ("big5", _BIG5_LEVEL_1)):
        if (strange := _decoded(sample, name)) and len(level.findall(sample)) >= _USUAL_SHARE * len(strange):
            return name
    return None


def _decoded(sample: bytes, name: str) -> str:
    """Return the characters beyond ASCII that the bytes stand for; "" if there are too few, or they do not decode."""
    for cut in (len(sample), len(sample) - 1):  # the sample may end within a character
        try:
            strange = "".join(_STRANGE.findall(sample[:cut].decode(name)))
        except UnicodeDecodeError:
            continue
        return strange if len(strange) >= _MIN_CHARS else ""
    return ""
