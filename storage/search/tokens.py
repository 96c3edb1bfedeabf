"""Folded text to the tokens that SQLite's ``unicode61 remove_diacritics 2`` makes of it, so that both stores find the same. Pure.

A token is a run of letters and digits; Latin letters lose their marks, combining marks between letters vanish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from scraper.codec import Struct

# The combining marks that do not end a token (the others do).
_MARKS = "".join(
    map(chr, (*range(0x300, 0x305), *range(0x306, 0x30D), 0x30F, 0x311, 0x31B, *range(0x323, 0x329), 0x32D, 0x32E, 0x330, 0x331))
)  # fmt: skip
# Signs that are younger than the tables of that tokenizer (Unicode 6.1), which takes what it does not know for letters.
_YOUNG = """
    2065-2069 2072-2073 208f 209d-209f 20ba-20cf 20f1-20ff 218a-218f 23f4-23ff 2427-243f 244b-245f 2700 2b4d-2b4f 2b5a-2bff
    1f02c-1f02f 1f094-1f09f 1f0af-1f0b0 1f0bf-1f0c0 1f0d0 1f0e0-1f0ff 1f10d-1f10f 1f12f 1f16c-1f16f 1f19b-1f1e5 1f203-1f20f
    1f23b-1f23f 1f249-1f24f 1f252-1f2ff 1f321-1f32f 1f336 1f37d-1f37f 1f394-1f39f 1f3c5 1f3cb-1f3df 1f3f1-1f3ff 1f43f 1f441
    1f4f8 1f4fd-1f4ff 1f53e-1f53f 1f544-1f54f 1f568-1f5fa 1f641-1f644 1f650-1f67f 1f6c6-1f6ff 1f774-1fbef 1fbfa-1fbff
"""
_SIGNS = "".join("-".join(chr(int(end, 16)) for end in span.split("-")) for span in _YOUNG.split())
_TOKEN = re.compile(rf"[\w{_SIGNS}][\w{_SIGNS}{_MARKS}]*")
_KEPT = "ǡ"  # overlooked there


def _bare(letter: str) -> str | None:
    """Return the ASCII letter under a Latin letter's marks."""
    apart = unicodedata.normalize("NFD", letter)
    base, marks = apart[0], apart[1:]
    if marks and base.isascii() and all(unicodedata.combining(mark) for mark in marks):
        return base
    return None


_BARE: dict[int, str | None] = {
    c: base
    for c in range(0xC0, 0x1F00)
    if (base := _bare(chr(c))) is not None and chr(c).islower() and chr(c) != _KEPT
}
_BARE |= dict.fromkeys(map(ord, _MARKS), None)
_MARKED = re.compile(f"[{''.join(map(chr, _BARE))}]")


def apart(folded: str) -> str:
    """Return a text with blanks for signs that only some take for letters: with ʼ an ending would be a part of the word."""
    return folded.replace("_", " ").replace("ʼ", " ").replace("ʻ", " ")


def tokens(folded: str) -> list[str]:
    """Return the tokens in their order."""
    found = _TOKEN.findall(apart(folded))
    if folded.isascii() or not _MARKED.search(folded):
        return found
    return [token if token.isascii() else token.translate(_BARE) for token in found]


def spaced(found: Sequence[str]) -> str:
    """Tokens as text in which every token, and every phrase, stands between blanks of its own."""
    return f" {'  '.join(found)} " if found else ""


class Phrase(Struct, frozen=True):
    """Words of the index in a row; with ``prefix`` the last is only the beginning of one."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def needle(self) -> str:
        """Return what stands in a text, as ``tokens.spaced`` makes it, where this occurs."""
        return spaced(self.words)[: -1 if self.prefix else None]
