"""How much of one text is in another: the exact check behind the sketch. Pure.

Word pairs of the shorter text are looked up in the longer one. An edited copy has them everywhere, with small gaps; a story
that borrows some sentences has long stretches of its own between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scraper.codec import Struct

# Chosen on stories mixed from real texts (bench/dedupe.py): of copies with 30 % of the words exchanged 99 % pass, of
# stories that share a third of their sentences 0.3 %.
MIN_CONTAINED = 0.36  # share of the shorter text's word pairs that is found in the longer text
MAX_OWN = 0.30  # share of the shorter text's word pairs that lie in stretches of its own
OWN_STRETCH_PAIRS = 8  # so many pairs in a row that are not in the longer text
MIN_SIZE_RATIO = 0.22  # a smaller part of another text is quoted, not copied: digests hold many such


class Likeness(Struct, frozen=True):
    """``similarity``: share of the shorter text found in the longer; ``a_in_b``, ``b_in_a``: share of each in the other."""

    similarity: float
    a_in_b: float
    b_in_a: float
    alike: bool


_NOTHING = Likeness(0.0, 0.0, 0.0, alike=False)


def pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(words))


def likeness(a: Sequence[str], b: Sequence[str]) -> Likeness:
    """Compare two texts given as folded words; symmetric: ``likeness(b, a)`` says the same with the shares exchanged."""
    in_a, in_b = pairs(a), pairs(b)
    if not in_a or not in_b:
        return _NOTHING
    swapped = (len(in_b), b) < (
        len(in_a),
        a,
    )  # of two equally long texts the same one is always called the shorter
    small, large = (in_b, in_a) if swapped else (in_a, in_b)
    of_large = set(large)
    found = [pair in of_large for pair in small]
    of_small = set(small)
    back = sum(pair in of_small for pair in large) / len(large)
    contained = sum(found) / len(found)
    alike = (
        contained >= MIN_CONTAINED and len(small) >= MIN_SIZE_RATIO * len(large) and _own(found) <= MAX_OWN
    )
    return Likeness(
        round(contained, 4),
        round(back if swapped else contained, 4),
        round(contained if swapped else back, 4),
        alike=alike,
    )


def _own(found: Sequence[bool]) -> float:
    """The share of pairs that lie in long stretches of which nothing was found."""
    own = stretch = 0
    for hit in (*found, True):
        if hit:
            own += stretch if stretch >= OWN_STRETCH_PAIRS else 0
            stretch = 0
        else:
            stretch += 1
    return own / len(found)
