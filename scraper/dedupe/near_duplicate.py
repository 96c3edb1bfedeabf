"""Judge if one of two articles has its text from the other, and what a member of a cluster is to its first article. Pure.

The similarity of two texts (``similarity``) and their context in, yes or no out: a function of the two alone, so that the
order in which they arrive cannot matter.

The thresholds were chosen on stories mixed from real texts with edits of known extent (bench/dedupe.py) and on 12,000 real
texts read by eye (docs/decisions/005-what-is-a-copy.md): of copies with 30 % of the words exchanged most pass, of stories
that share a third of their sentences 0.3 %, of serial reports and form letters next to none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from scraper.codec import Struct
from scraper.dedupe import similarity

Role = Literal["original", "reprint", "excerpt", "update"]

MAX_OWN = 0.30  # share of the shorter text in stretches of its own
MIN_SIZE_RATIO = 0.22  # a smaller part of another text is quoted, not copied: digests hold many such
RARE_CHANCE = 0.002  # numbers or names that differ against such odds were put in, not edited
# Two texts of whose openings the other has no more share a background, not a story; other sources' copies have new leads.
OWN_OPENING, MAX_OWN_BELOW = 0.2, 0.2
# A short text is mostly names and phrases that others have too, and of a tiny one that is all there is.
# A flash of one sentence is printed to the word within hours, or it is another one, or a placeholder.
FLASH_PAIRS, TINY_PAIRS, SHORT_PAIRS, LONG_PAIRS = 19, 35, 50, 100
NEWS_WITHIN = timedelta(days=10)  # other sources print a short text while it is news, a long one at any time
# a source repeats itself on one day; tomorrow comes the next of a series
REPEATED_WITHIN = timedelta(hours=16)
ANNIVERSARY = timedelta(days=300)  # a short text that is printed again so much later is of another year
# What must agree of a tiny, a short and a long text: at another source, at the same one on one day, and later.
OF_OTHERS, OF_ITS_OWN, LATER = (0.81, 0.72, 0.36), (0.9, 0.86, 0.5), (0.97, 0.97, 0.8)
SAME_OPENING, GROWN = 0.9, 0.6  # a story that goes on begins with what was known, and has grown
CORRECTED_NUMBERS, CORRECTED_SHARE = 5, 0.8  # a correction leaves most of the numbers of a long text
# a source that prints a text again later prints its numbers and names again
REPEATED_NUMBERS, REPEATED_NAMES, REPEATED_CHANCE = 0.9, 0.8, 0.05
CONTAINED = 0.8


class PairContext(Struct, frozen=True):
    """The context of two compared texts: same source or not, and how far apart in time (None: unknown). Within one source also:"""

    same_source: bool
    apart: timedelta | None
    differ_only_in_numbers: bool = False
    share_no_title_word: bool = False


def is_copy(like: similarity.Similarity, pair: PairContext) -> bool:
    """Return True if one of two articles has its text from the other (or both from a third). Symmetric."""
    if like.own > MAX_OWN or like.size_ratio < MIN_SIZE_RATIO or is_next_instalment(like):
        return False
    if like.opening <= OWN_OPENING and (pair.same_source or like.own > MAX_OWN_BELOW):
        return False
    repeated_soon = pair.apart is not None and pair.apart <= REPEATED_WITHIN
    if like.pairs < FLASH_PAIRS:
        return not pair.same_source and repeated_soon and like.similarity == 1 and _all_particulars(like)
    if not pair.same_source and (pair.apart is None or pair.apart <= NEWS_WITHIN or like.pairs >= LONG_PAIRS):
        if like.pairs < TINY_PAIRS and not _all_particulars(like):
            return False
        return like.similarity >= _by_length(like.pairs, *OF_OTHERS)
    if (pair.differ_only_in_numbers and not _corrected(like)) or (
        pair.share_no_title_word and like.pairs < TINY_PAIRS
    ):
        return False
    if pair.same_source and repeated_soon:
        goes_on = like.opening >= SAME_OPENING and like.size_ratio <= GROWN
        return like.similarity >= _by_length(like.pairs, *(OF_OTHERS if goes_on else OF_ITS_OWN))
    if like.pairs < SHORT_PAIRS and pair.apart is not None and pair.apart >= ANNIVERSARY:
        return False
    return _particulars_repeated(like) and like.similarity >= _by_length(like.pairs, *LATER)


def is_next_instalment(like: similarity.Similarity) -> bool:
    """Return True if two texts are of one form: each names a day of its own, or they differ by their numbers, or by their names."""
    return like.of_other_days or min(like.chance_of_numbers(), like.chance_of_names()) < RARE_CHANCE


def _particulars_repeated(like: similarity.Similarity) -> bool:
    if like.numbers_kept < REPEATED_NUMBERS * like.numbers or like.names_kept < REPEATED_NAMES * like.names:
        return False
    return min(like.chance_of_numbers(most=0.999), like.chance_of_names(most=0.999)) >= REPEATED_CHANCE


def _all_particulars(like: similarity.Similarity) -> bool:
    return like.numbers_kept == like.numbers and like.names_kept == like.names


def _corrected(like: similarity.Similarity) -> bool:
    """Return True if a figure of a long text was put right, title and all: a series has other numbers throughout."""
    if like.pairs < LONG_PAIRS or like.numbers < CORRECTED_NUMBERS:
        return False
    return like.numbers_kept >= CORRECTED_SHARE * like.numbers


def differ_only_in_numbers(title: Sequence[str], other: Sequence[str]) -> bool:
    """Return True if two titles, as folded words, differ by numbers only: "Rates on 3 November", "Rates on 4 November"."""
    if len(title) != len(other) or tuple(title) == tuple(other):
        return False
    return all(a == b or (a.isdecimal() and b.isdecimal()) for a, b in zip(title, other, strict=True))


def share_no_title_word(title: Sequence[str], other: Sequence[str]) -> bool:
    """Return True if two titles, as folded words, have no word in common."""
    return bool(title) and bool(other) and set(title).isdisjoint(other)


def _by_length(pairs: int, tiny: float, short: float, long: float) -> float:
    """Return a threshold between those for short and long texts; tiny texts must agree almost to the word."""
    if pairs < TINY_PAIRS:
        return tiny
    share = (pairs - SHORT_PAIRS) / (LONG_PAIRS - SHORT_PAIRS)
    return short + (long - short) * max(0.0, min(1.0, share))


def role_of(in_head: float, head_in: float) -> Role:
    """Return what a member is to the first article of its cluster, by the share of each text that is in the other: a part of it, a
    story that goes on where it ends, or the same.
    """
    if head_in < CONTAINED * in_head:
        return "excerpt"
    if in_head < CONTAINED * head_in:
        return "update"
    return "reprint"
