r"""Search with the regular expressions that users write, by RE2: in time that grows with the text alone, whatever the pattern.

RE2 takes no look-arounds and no references to groups. What it would read otherwise than Python, it gets as Python reads it:
``\w`` is any letter or digit, not only an English one, and ``{,3}`` counts.
"""

from __future__ import annotations

import re
from functools import lru_cache

import re2

_WORD = r"\pL\pN_"
_PYTHON_ONLY = ("invalid perl operator", "invalid escape sequence", "bad repetition operator")
_REMEDY = "; RE2 reads it, which has no look-arounds, no references to groups, no ++ and \\z for \\Z: say what the address has"
_SIGNS = re.compile(r"\\.|\[\^?\]?|\]|\{,(?=\d+\})", re.DOTALL)


def search_regex(pattern: str, text: str) -> bool:
    """Return True if the pattern matches somewhere in the text. Raises re2.error for what ``regex_error`` complains of."""
    return _compiled(pattern).search(text.encode("utf-8", "surrogatepass")) is not None


def regex_error(pattern: str) -> str | None:
    """Say what is wrong with a pattern, for its writer; None if it can be used."""
    try:
        _compiled(pattern)
    except re2.error as error:
        said = error.args[0].decode(errors="replace")
        return f"is no regular expression: {said}{_REMEDY if said.startswith(_PYTHON_ONLY) else ''}"
    return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(_as_python_reads_it(pattern).encode("utf-8", "surrogatepass"), options)


def _as_python_reads_it(pattern: str) -> str:
    inside = False  # a class of characters

    def one(found: re.Match[str]) -> str:
        nonlocal inside
        sign = found[0]
        if sign == r"\w":
            return _WORD if inside else f"[{_WORD}]"
        if sign == "{," and not inside:
            return "{0,"
        if sign[0] in "[]":
            inside = sign[0] == "[" and not (inside and sign.endswith("]"))
        return sign

    return _SIGNS.sub(one, pattern)
