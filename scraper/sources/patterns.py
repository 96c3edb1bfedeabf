"""Is a regular expression from sources.toml safe to run on any address? Pure; pattern text in, complaint or None out.

Python's ``re`` backtracks: ``(a+)+$`` takes for ever on thirty letters. What is refused is a repeated part that
can match one text in several ways, and more than two open-ended ``.*``: each multiplies the cost by the address's length.
"""

from __future__ import annotations

import re
import string
import warnings
from typing import NamedTuple

MAX_PATTERN_CHARS = 500
MAX_BROAD_REPEATS = 2

# One of each kind of character that addresses are made of, as matched by \w, \d, \s or a class.
_SAMPLE = string.printable + "éşəяჯժ中"
_ALL = frozenset(_SAMPLE)
_BROAD = frozenset("az/-")  # a part that takes all of these is open-ended in an address
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(?=[\d,])(\d*)(?:(,)(\d*))?\})[?+]?")
_GROUP = re.compile(r"\((?:\?(?:[aiLmsux-]*:|[=!>]|<[=!]|P<\w+>))?")
_NO_WIDTH = re.compile(r"\^|\$|\\[AZbB]|\(\?[aiLmsux]+\)|\(\?#[^)]*\)")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class _Part(NamedTuple):
    """One atom with its quantifier: what it can match, and its branches if it is a group."""

    chars: frozenset[str]
    varies: bool  # can match texts of different lengths
    optional: bool
    repeats: bool
    unbounded: bool
    branches: tuple[tuple[_Part, ...], ...] = ()


def complaint(pattern: str) -> str | None:
    """What is wrong with a pattern, for the person who wrote it; None if nothing is."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"is longer than {MAX_PATTERN_CHARS} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except re.error as e:
        return f"is no regular expression: {e}"
    except (Warning, OverflowError, RecursionError) as e:
        return f"is no regular expression: {e or 'nested too deeply'}"
    branches, _ = _branches(pattern, 0)
    if any(_ambiguous(part) for branch in branches for part in branch):
        return "repeats a part that can match the same text in several ways, which may take for ever"
    if _broad(branches) > MAX_BROAD_REPEATS:
        return f'has more than {MAX_BROAD_REPEATS} parts like ".*", which is slow on long addresses'
    return None


def _branches(text: str, at: int) -> tuple[tuple[tuple[_Part, ...], ...], int]:
    """The alternatives from ``at`` to the group's end (or the text's), and where that is."""
    branches: list[tuple[_Part, ...]] = []
    parts: list[_Part] = []
    while at < len(text) and text[at] != ")":
        if text[at] == "|":
            branches.append(tuple(parts))
            parts, at = [], at + 1
        elif skip := _NO_WIDTH.match(text, at):
            at = skip.end()
        else:
            part, at = _part(text, at)
            parts.append(part)
    return (*branches, tuple(parts)), at


def _part(text: str, at: int) -> tuple[_Part, int]:
    inner: tuple[tuple[_Part, ...], ...] = ()
    if group := _GROUP.match(text, at):
        inner, end = _branches(text, group.end())
        at = end + 1
        chars = frozenset().union(*(part.chars for branch in inner for part in branch))
        varies = len(inner) > 1 or any(part.varies for part in inner[0])
    else:
        atom = _ESCAPE.match(text, at) or _CLASS.match(text, at)
        source = atom.group() if atom else text[at]
        at = atom.end() if atom else at + 1
        # A back reference matches whatever its group did: anything.
        chars = _ALL if re.fullmatch(r"\\[1-9]\d*", source) else _chars(source)
        varies = False
    low, high = 1, 1.0
    if quantifier := _QUANTIFIER.match(text, at):
        at = quantifier.end()
        sign, least, comma, most = quantifier.groups()
        low = {"*": 0, "+": 1, "?": 0}[sign] if sign else int(least or 0)
        high = (
            {"*": float("inf"), "+": float("inf"), "?": 1}[sign]
            if sign
            else float(most or ("inf" if comma else least))
        )
    return _Part(chars, varies or low != high, low == 0, high > 1, high == float("inf"), inner), at


def _chars(atom: str) -> frozenset[str]:
    one = re.compile(atom if len(atom) > 1 or atom == "." else re.escape(atom))
    return frozenset(filter(one.fullmatch, _SAMPLE))


def _ambiguous(part: _Part) -> bool:
    """A repeated group is clear if its branches begin differently and each has a fixed separator (as in ``([a-z]+/)+``)."""
    if part.repeats and part.branches:
        first: set[str] = set()
        for branch in part.branches:
            varying = [p for p in branch if p.varies]
            fixed = [p for p in branch if not p.varies and not p.optional]
            taken = frozenset().union(*(p.chars for p in varying))
            if varying and not any(p.chars.isdisjoint(taken) for p in fixed):
                return True
            start = _first(branch)
            if not first.isdisjoint(start):
                return True
            first |= start
    return any(_ambiguous(inner) for branch in part.branches for inner in branch)


def _first(branch: tuple[_Part, ...]) -> set[str]:
    start: set[str] = set()
    for part in branch:
        start |= part.chars
        if not part.optional:
            break
    return start


def _broad(branches: tuple[tuple[_Part, ...], ...]) -> int:
    """The most open-ended parts that one way through the pattern meets."""
    return max(
        sum(_broad(p.branches) if p.branches else int(p.unbounded and p.chars >= _BROAD) for p in branch)
        for branch in branches
    )
