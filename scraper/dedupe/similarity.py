"""Measure how much of one text is in another: the exact check behind the sketch. Pure.

Word pairs of the shorter text are looked up in the longer one. An edited copy has them everywhere, with small gaps; a story
that borrows some sentences has long stretches of its own between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise, takewhile
from math import comb

from scraper.codec import Struct, replace
from scraper.dedupe import dates_named
from scraper.dedupe import proper_names as names

Pair = tuple[str, str]

OPENING_SHARE, OPENING_PAIRS = 0.15, (10, 60)  # of the shorter text, at least and at most
OWN_STRETCH_PAIRS = 8  # so many pairs in a row that are not in the longer text are a stretch of its own


class Similarity(Struct, frozen=True, kw_only=True):
    """The comparison of two texts; the shares are of different word pairs, the rest is about the shorter text.

    ``own``: share of it in stretches of which nothing is in the longer text. ``numbers``: how many it has,
    ``numbers_kept``: how many stand as often after the same word in the longer text. ``words_kept``: share of its pairs
    without numbers and names that are there. ``names``: how many different ones it has, ``names_kept``: how many of them
    no other name stands for in the longer text (both 0 unless asked for with ``with_names``). ``opening``: of the two
    openings, the larger share found in the other text. ``of_other_days``: each begins with a day of which the other knows
    nothing.
    """

    similarity: float = 0.0  # share of the shorter text found in the longer
    a_in_b: float = 0.0
    b_in_a: float = 0.0
    pairs: int = 0
    size_ratio: float = 0.0
    own: float = 1.0
    numbers: int = 0
    numbers_kept: int = 0
    names: int = 0
    names_kept: int = 0
    words_kept: float = 0.0
    opening: float = 0.0
    of_other_days: bool = False

    def chance_of_numbers(self, most: float = 0.97) -> float:
        """Return how likely so few numbers were kept, if editors changed numbers as readily as other words.

        Serial reports (rates, weather, roads) keep every word but the numbers; copies do not. ``most``: with what
        chance a number is kept where every word is.
        """
        return _chance(self.numbers_kept, self.numbers, min(self.words_kept, most))

    def chance_of_names(self, most: float = 0.97) -> float:
        """Return how likely so few names were kept: form letters (congratulations, telephone calls, accidents) change only the names."""
        return _chance(self.names_kept, self.names, min(self.words_kept, most))


def _chance(kept: int, count: int, share: float) -> float:
    """Return the chance that at most ``kept`` of ``count`` are kept, where each is kept with the chance ``share``."""
    if kept >= count * share:
        return 1.0
    return sum(comb(count, i) * share**i * (1 - share) ** (count - i) for i in range(kept + 1))


_THOUSAND = 3  # digits in a group
_NOTHING = Similarity()
MAX_NUMBERS = 200  # more say nothing more


def similarity_of(a: Sequence[str], b: Sequence[str]) -> Similarity:
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
    numbers, kept = _numbers(*((b, a) if b_is_shorter else (a, b)))
    return Similarity(
        similarity=round(share, 4),
        a_in_b=round(a_in_b, 4),
        b_in_a=round(b_in_a, 4),
        pairs=min(len(of_a), len(of_b)),
        size_ratio=min(len(of_a), len(of_b)) / max(len(of_a), len(of_b)),
        own=_own(found),
        numbers=numbers,
        numbers_kept=kept,
        words_kept=_words_kept(small, found, frozenset(), share),
        opening=max(_share(found[:opening]), _share([p in of_small for p in large[:opening]])),
        of_other_days=dates_named.of_other_days(a, b),
    )


def _of_equals(words: Sequence[str], pairs: int) -> Similarity:
    """Return what comparing would find for one text printed at several addresses, as most copies are."""
    if not pairs:
        return _NOTHING
    numbers, _ = _numbers(words, words)
    return Similarity(
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


def with_names(like: Similarity, a: Sequence[str], b: Sequence[str], known: frozenset[str]) -> Similarity:
    """Return the comparison with the names counted: asked of likely copies only, since it costs as much again."""
    in_a, in_b = known.intersection(a), known.intersection(b)
    if in_a <= in_b or in_b <= in_a:
        return like  # none stands for another
    small, large = list(pairwise(a)), list(pairwise(b))
    of_small, of_large = set(small), set(large)
    if (len(of_large), len(large), b) < (len(of_small), len(small), a):
        small, large, of_small, of_large, in_a, in_b = large, small, of_large, of_small, in_b, in_a
    found = [pair in of_large for pair in small]
    lost = (in_a - in_b) & _in_short_gaps(small, found)
    others = (in_b - in_a) & _in_short_gaps(large, [pair in of_small for pair in large])
    count = len(in_a & in_b) + len(lost)
    return replace(
        like,
        names=count,
        names_kept=count - names.exchanged(lost, others),
        words_kept=_words_kept(small, found, known, like.words_kept),
    )


def _words_kept(
    small: Sequence[Pair], found: Sequence[bool], known: frozenset[str], otherwise: float
) -> float:
    """Return the share of the pairs found, of those with no number and no name."""
    particular = known | {word for word in (small[0][0], *(pair[1] for pair in small)) if word[0].isdigit()}
    if not particular:
        return _share(found)
    plain = [
        hit
        for (first, second), hit in zip(small, found, strict=True)
        if first not in particular and second not in particular
    ]
    return _share(plain) if plain else otherwise


def _in_short_gaps(pairs: Sequence[Pair], found: Sequence[bool]) -> set[str]:
    """Return the words that were exchanged for a few others.

    What a text begins and ends with is left out: there stand credits and bylines.
    """
    words: set[str] = set()
    start = 0
    for hit, run in groupby(found):
        end = start + len(list(run))
        if not hit and start > 0 and end < len(found) and end - start < OWN_STRETCH_PAIRS:
            words.update(word for pair in pairs[start:end] for word in pair)
        start = end
    return words


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found)


def _numbers(small: Sequence[str], large: Sequence[str]) -> tuple[int, int]:
    """Count the numbers of a text, and those that the other text has too: each counts once, after the same word.

    A number does not count where the other text has none after that word: "hired 40" says nothing against "hired forty".
    """
    there = Counter(_figures(large))
    told = {before for before, _ in there}
    count = kept = 0
    for figure, times in Counter(figure for figure in _figures(small) if figure[0] in told).items():
        count += times * len(figure[1])
        kept += min(times, there[figure]) * len(figure[1])
        if count >= MAX_NUMBERS:
            break
    return count, kept


def _figures(words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every number with the word before it: "dollar 381 20", decimals and clock times in one. A lone 1 is no figure."""
    places = [i for i, word in enumerate(words) if word[0].isdigit()]
    for _, run in groupby(enumerate(places), key=lambda numbered: numbered[1] - numbered[0]):
        (_, first), *more = run
        number = _written(words[first : first + 1 + len(more)])
        if number != ("1",):
            yield words[first - 1] if first else "", number


def _written(number: Sequence[str]) -> tuple[str, ...]:
    """Write thousands in one piece and without their last zeros: 3,200 is 3 200, and 12.000 is 12 thousand."""
    if len(number) > 1 and number[0].isdecimal() and number[0][0] != "0" and len(number[0]) <= _THOUSAND:
        groups = len(list(takewhile(lambda part: part.isdecimal() and len(part) == _THOUSAND, number[1:])))
        number = ("".join(number[: 1 + groups]), *number[1 + groups :])
    whole = number[0]
    if len(whole) > _THOUSAND and whole.endswith("000") and whole.isdecimal():
        number = (whole[:-3], *number[1:])
    return tuple(number)


def _own(found: Sequence[bool]) -> float:
    """Return the share of pairs that lie in long stretches of which nothing was found."""
    own = stretch = 0
    for hit in (*found, True):
        if not hit:
            stretch += 1
        elif stretch:
            if stretch >= OWN_STRETCH_PAIRS:
                own += stretch
            stretch = 0
    return own / len(found)
