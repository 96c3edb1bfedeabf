"""How much of one text is in another: the exact check behind the sketch. Pure.

Word pairs of the shorter text are looked up in the longer one. An edited copy has them everywhere, with small gaps; a story
that borrows some sentences has long stretches of its own between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import comb

from scraper.codec import Struct

OWN_STRETCH_PAIRS = 8  # so many pairs in a row that are not in the longer text are a stretch of its own


class Likeness(Struct, frozen=True, kw_only=True):
    """Two texts compared; the shares are of different word pairs, the rest is about the shorter text.

    ``own``: share of it in stretches of which nothing is in the longer text. ``numbers``: how many it has (years aside),
    ``numbers_kept``: how many stand after the same word in the longer text.
    """

    similarity: float = 0.0  # share of the shorter text found in the longer
    a_in_b: float = 0.0
    b_in_a: float = 0.0
    pairs: int = 0
    size_ratio: float = 0.0
    own: float = 1.0
    numbers: int = 0
    numbers_kept: int = 0

    @property
    def chance_of_numbers(self) -> float:
        """How likely so few numbers were kept, if editors changed numbers as readily as other words.

        Serial reports (rates, weather, roads) keep every word but the numbers; copies do not.
        """
        kept, count, share = self.numbers_kept, self.numbers, min(self.similarity, 0.99)
        if kept >= count * share:
            return 1.0
        return sum(comb(count, i) * share**i * (1 - share) ** (count - i) for i in range(kept + 1))


_NOTHING = Likeness()
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
MAX_NUMBERS = 200  # more say nothing more


def likeness(a: Sequence[str], b: Sequence[str]) -> Likeness:
    """Compare two texts given as folded words; symmetric: ``likeness(b, a)`` says the same with the shares exchanged."""
    in_a, in_b = list(pairwise(a)), list(pairwise(b))
    of_a, of_b = set(in_a), set(in_b)
    if not of_a or not of_b:
        return _NOTHING
    common = len(of_a & of_b)
    a_in_b, b_in_a = common / len(of_a), common / len(of_b)
    # of two texts with as many pairs the same one is always called the shorter
    b_is_shorter = (len(of_b), len(in_b), b) < (len(of_a), len(in_a), a)
    small, large, share = (in_b, of_a, b_in_a) if b_is_shorter else (in_a, of_b, a_in_b)
    found = [pair in large for pair in small]
    numbers = [
        hit
        for (_, word), hit in zip(small, found, strict=True)
        if word[0].isdigit() and not _YEAR.match(word)
    ][:MAX_NUMBERS]
    return Likeness(
        similarity=round(share, 4),
        a_in_b=round(a_in_b, 4),
        b_in_a=round(b_in_a, 4),
        pairs=min(len(of_a), len(of_b)),
        size_ratio=min(len(of_a), len(of_b)) / max(len(of_a), len(of_b)),
        own=_own(found),
        numbers=len(numbers),
        numbers_kept=sum(numbers),
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
