"""Judge if a regular expression from sources.toml is safe to run on any address. Pure; pattern text in, complaint or None out.

Python's ``re`` backtracks: what a part of a pattern can match in several ways is tried in all of them. The parsed pattern is
made into an automaton, which shows in how many ways it can read a text:

exponential  a way back to its beginning that differs from another one for the same text: ``(a|a)*``, ``(aA?)*`` without case
polynomial   a loop that can go on, or hand over to a later loop, for the same text: ``a*a*``. Each such pair multiplies the
             cost by the address's length; more than one pair in a row is too much: ``a*a*a*b``
"""

from __future__ import annotations

import re
import warnings
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from scraper.config.automaton import LOOPS, Automaton, TooComplex, alphabet

MAX_PATTERN_CHARS = 500
MAX_DEGREE = 2  # the cost of a search as a power of the address's length
MAX_WAYS = 100_000  # to read a text of one character, repeated

_FOR_EVER = "repeats a part that can match the same text in several ways, which may take for ever"
_SLOW = (
    "has several parts in a row that can match the same text, which is slow on long addresses (begin it with ^, part them by a "
    "character that they do not match)"
)
_COMPLEX = "is too complex to be judged"


def complaint(pattern: str) -> str | None:
    """Say what is wrong with a pattern, for its writer; None if it is safe."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"is longer than {MAX_PATTERN_CHARS} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
        tree = parser.parse(pattern)
        return _judge(tree, tree.state.flags)
    except re.error as e:
        return f"is no regular expression: {e}"
    except TooComplex:
        return _COMPLEX
    except (Warning, OverflowError, RecursionError) as e:
        return f"is no regular expression: {e or 'nested too deeply'}"


def _judge(tree: Any, flags: int) -> str | None:
    anchored = _is_anchored(tree)
    work = [
        (tree, flags, 0 if anchored else 1)
    ]  # parts, and how often each is begun as a power of the length
    while work:
        part, its_flags, begun = work.pop()
        automaton = Automaton(alphabet(tree))
        whole = automaton.sequence(part, its_flags, looped=False)
        is_top = part is tree
        if automaton.explodes():
            return _FOR_EVER
        if automaton.ways(whole, MAX_WAYS) > MAX_WAYS:
            return _FOR_EVER
        degree = automaton.degree(whole, search=is_top and not anchored, ends=is_top)
        if degree + (0 if is_top else begun) > MAX_DEGREE:
            return _SLOW
        work += [(aside, f, begun + looped) for aside, f, looped in automaton.asides]
    return None


def _is_anchored(items: Any) -> bool:
    """Return True if a search need not begin anew at each character; ``.*`` at the beginning is that search itself."""
    for op, given in items:
        if op is code.AT:
            return given in (code.AT_BEGINNING, code.AT_BEGINNING_STRING)
        if op in (code.ASSERT, code.ASSERT_NOT):
            continue
        if op is code.SUBPATTERN:
            return _is_anchored(given[3])
        if op is code.BRANCH:
            return all(map(_is_anchored, given[1]))
        return op in LOOPS and given[1] is code.MAXREPEAT and [one for one, _ in given[2]] == [code.ANY]
    return False
