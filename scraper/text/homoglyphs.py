"""Bring words of two alphabets into one: a Latin "o" in a Russian word looks right and compares wrong. Pure.

For folded (lower-case) text. Only words that mix the alphabets are touched; the letters that exist in one of them only say
which one was meant. The Azerbaijani ə is often typed as the Cyrillic ә: among Latin letters it is made one of them.
"""

from __future__ import annotations

import re

_LATIN, _CYRILLIC = "aceopxykmthbiə", "асеорхукмтнвіә"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_SEAM = re.compile(r"[a-zçğıöşü][а-яёіјә]|[а-яёіјә][a-zçğıöşü]|ə[а-яёіј]|[а-яёіј]ə")
_ANY_LATIN, _ANY_CYRILLIC = re.compile("[a-z]"), re.compile("[а-яёіјә]")
_WORD = re.compile(r"\w+")
_ONLY_CYRILLIC = re.compile(r"[бгджзийлпфцчшщъыьэюяё]")


def unmix(text: str) -> str:
    """Return the text with every mixed word in one alphabet."""
    if text.isascii() or not (_ANY_CYRILLIC.search(text) and _ANY_LATIN.search(text)):
        return text  # most texts are of one alphabet, and a seam is sought five times as long as a letter
    return _WORD.sub(_one_alphabet, text) if _SEAM.search(text) else text


def _one_alphabet(match: re.Match[str]) -> str:
    word = match[0]
    if not _SEAM.search(word):
        return word
    cyrillic = sum("а" <= letter <= "я" or letter in "ёіј" for letter in word)
    latin = sum("a" <= letter <= "z" for letter in word)
    if _ONLY_CYRILLIC.search(word) or cyrillic >= latin:
        return word.translate(_TO_CYRILLIC)
    return word.translate(_TO_LATIN)
