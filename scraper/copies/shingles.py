"""How much of one text is in another: the exact check behind the sketch. Pure.

Word pairs of the shorter text are looked up in the longer one. An edited copy has them everywhere, with small gaps; a story
that borrows some sentences has long stretches of its own between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import comb

from scraper.codec import Struct
from scraper.copies import calendar

Pair = tuple[str, str]

OPENING_SHARE, OPENING_PAIRS = 0.15, (10, 60)  # of the shorter text, at least and at most
OWN_STRETCH_PAIRS = 8  # so many pairs in a row that are not in the longer text are a stretch of its own


class Likeness(Struct, frozen=True, kw_only=True):
    """Two texts compared; the shares are of different word pairs, the rest is about the shorter text.

    ``own``: share of it in stretches of which nothing is in the longer text. ``numbers``: how many it has,
    ``numbers_kept``: how many stand as often after the same word in the longer text. ``words_kept``: share of its pairs
    without numbers that are there. ``opening``: of the two openings, the larger share found in the other text.
    ``of_other_days``: each begins with a day of which the other knows nothing.
    """

    similarity: float = 0.0  # share of the shorter text found in the longer
    a_in_b: float = 0.0
    b_in_a: float = 0.0
    pairs: int = 0
    size_ratio: float = 0.0
    own: float = 1.0
    numbers: int = 0
    numbers_kept: int = 0
    words_kept: float = 0.0
    opening: float = 0.0
    of_other_days: bool = False

    def chance_of_numbers(self, most: float = 0.97) -> float:
        """How likely so few numbers were kept, if editors changed numbers as readily as other words.

        Serial reports (rates, weather, roads) keep every word but the numbers; copies do not. ``most``: with what
        chance a number is kept where every word is.
        """
        kept, count, share = self.numbers_kept, self.numbers, min(self.words_kept, most)
        if kept >= count * share:
            return 1.0
        return sum(comb(count, i) * share**i * (1 - share) ** (count - i) for i in range(kept + 1))


_NOTHING = Likeness()
MAX_NUMBERS = 200  # more say nothing more


def likeness(a: Sequence[str], b: Sequence[str]) -> Likeness:
    """Compare two texts given as folded words; symmetric: ``likeness(b, a)`` says the same with the shares exchanged."""
    in_a = list(pairwise(a))
    of_a = set(in_a)
    if a is b or a == b:
        return _of_equals(a, len(of_a))
    in_b = list(pairwise(b))
    of_b = set(in_b)
    if not of_a or not of_b:
        return _NOTHING
    common = len(of_a & of_b)
    a_in_b, b_in_a = common / len(of_a), common / len(of_b)
    # of two texts with as many pairs the same one is always called the shorter
    b_is_shorter = (len(of_b), len(in_b), b) < (len(of_a), len(in_a), a)
    small, large, share = (in_b, in_a, b_in_a) if b_is_shorter else (in_a, in_b, a_in_b)
    of_small, of_large = (of_b, of_a) if b_is_shorter else (of_a, of_b)
    found = [pair in of_large for pair in small]
    least, most = OPENING_PAIRS
    opening = max(least, min(most, int(len(small) * OPENING_SHARE)))
    numerals = {word for word in set(b if b_is_shorter else a) if word[0].isdigit()}
    words = [
        hit
        for (word, following), hit in zip(small, found, strict=True)
        if word not in numerals and following not in numerals
    ]
    numbers, kept = _numbers(small, large, numerals)
    return Likeness(
        similarity=round(share, 4),
        a_in_b=round(a_in_b, 4),
        b_in_a=round(b_in_a, 4),
        pairs=min(len(of_a), len(of_b)),
        size_ratio=min(len(of_a), len(of_b)) / max(len(of_a), len(of_b)),
        own=_own(found),
        numbers=numbers,
        numbers_kept=kept,
        words_kept=sum(words) / len(words) if words else share,
        opening=max(_share(found[:opening]), _share([p in of_small for p in large[:opening]])),
        of_other_days=calendar.of_other_days(a, b),
    )


def _of_equals(words: Sequence[str], pairs: int) -> Likeness:
    """What comparing would find, where one text is printed at several addresses: so are most copies."""
    if not pairs:
        return _NOTHING
    numbers = min(sum([word[0].isdigit() for word in words[1:]]), MAX_NUMBERS) + words[0][0].isdigit()
    return Likeness(
        similarity=1.0,
        a_in_b=1.0,
        b_in_a=1.0,
        pairs=pairs,
        size_ratio=1.0,
        own=0.0,
        numbers=numbers,
        numbers_kept=numbers,
        words_kept=1.0,
        opening=1.0,
    )


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found)


def _numbers(small: Sequence[Pair], large: Sequence[Pair], numerals: set[str]) -> tuple[int, int]:
    """How many numbers a text has, and how many of them another has too: each counts once, after the same word.

    A number at the very beginning stands after nothing: it is looked for before its next word.
    """
    after = [pair for pair in small if pair[1] in numerals][:MAX_NUMBERS]
    there = Counter([pair for pair in large if pair[1] in numerals])
    kept = sum(min(times, there[pair]) for pair, times in Counter(after).items())
    first = small[0]
    if first[0] in numerals:
        return len(after) + 1, kept + (first in large)
    return len(after), kept


def _own(found: Sequence[bool]) -> float:
    """The share of pairs that lie in long stretches of which nothing was found."""
    own = stretch = 0
    for hit in (*found, True):
        if not hit:
            stretch += 1
        elif stretch:
            if stretch >= OWN_STRETCH_PAIRS:
                own += stretch
            stretch = 0
    return own / len(found)
