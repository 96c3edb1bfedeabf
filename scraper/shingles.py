"""How much of one text is in another: the exact check behind the sketch. Pure.

Word pairs of the shorter text are looked up in the longer one, stretch by stretch: an edited copy has a share of them
everywhere, a story that borrows some sentences has all of them in a few places and none in the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scraper.codec import Struct

STRETCHES = 8
MIN_CONTAINED = 0.42  # of the shorter text's word pairs, found in the longer text
MIN_MEDIAN = 0.30  # of the word pairs of the middle stretch
MIN_SIZE_RATIO = 0.3  # a text that is a smaller part of another is quoted, not copied: digests hold many such


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
        contained >= MIN_CONTAINED
        and len(small) >= MIN_SIZE_RATIO * len(large)
        and _middle(found) >= MIN_MEDIAN
    )
    return Likeness(
        round(contained, 4),
        round(back if swapped else contained, 4),
        round(contained if swapped else back, 4),
        alike=alike,
    )


def _middle(found: Sequence[bool]) -> float:
    """The lower median over stretches of the share found in each."""
    size = len(found)
    shares = []
    for i in range(STRETCHES):
        start, end = size * i // STRETCHES, size * (i + 1) // STRETCHES
        if end > start:
            shares.append(sum(found[start:end]) / (end - start))
    return sorted(shares)[(len(shares) - 1) // 2]
