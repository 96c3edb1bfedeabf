"""Score how likely two articles tell of one event: by their vectors, their names, numbers and what they are about. Pure.

The weights and thresholds were chosen on one half of two sets of labelled texts (docs/decisions/050-stories.md); ``python -m bench
stories`` measures them on whatever half is at hand.
"""

from __future__ import annotations

from functools import cache

from scraper.codec import Struct
from scraper.stories.concepts import lexicon
from scraper.stories.keys import Keys, name_weight

NAMES, NAMES_HALF = 0.6, 16.0  # at most so much for shared names; half of it at this weight
ANY_WORD = 0.5  # of what long words tell where any word may be a name
CONCEPTS, CONCEPTS_HALF = 0.25, 12.0  # of what both are about; half of it if that is one common concept
NUMBERS, MOST_NUMBERS = 0.1, 2.0
SAME_LANGUAGE = 0.05  # less: words that two texts of one language share by chance
OTHER_PLACE, OTHER_NAME, OTHER_NUMBER, OTHER_DAY = 0.2, 0.1, 0.1, 0.4  # less: see _contradictions
NOTHING_SHARED = 0.2  # less: no name, no number, one concept at most ("a man was arrested", anywhere)
SAME_STORY = 0.57  # on average with the members of a group
POSSIBLY = 0.45  # shown as "possibly also"
NEAR = 0.25  # cosine below which nothing is compared


class PairScore(Struct, frozen=True, kw_only=True):
    """How alike two articles are, and the evidence: skeletons of shared names, shared numbers and concepts, what contradicts."""

    score: float
    cosine: float
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def pair_score(cosine: float, a: Keys, b: Keys, *, same_source: bool = False) -> PairScore:
    """Return the score of two articles by the cosine of their vectors and their keys. Symmetric.

    It is 0 for a digest, which tells of many events, and for a title that its source prints again and again.
    """
    if a.digest or b.digest or (same_source and a.title == b.title):
        return PairScore(score=0.0, cosine=round(cosine, 4), against=("a form",))
    names = sorted(a.names & b.names)
    shared = a.numbers & b.numbers
    about = a.concepts & b.concepts
    against = _contradictions(a, b)
    if not names and not shared and len(about) <= 1:
        against["nothing shared"] = NOTHING_SHARED
    both_any = a.any_word and b.any_word
    weight = sum(map(name_weight, names)) if not both_any else ANY_WORD * sum(map(_long_word, names))
    score = (
        cosine
        + NAMES * weight / (weight + NAMES_HALF)
        + CONCEPTS * _share(about, a.concepts, b.concepts)
        + NUMBERS * min(sum(map(_number_weight, shared)), MOST_NUMBERS)
        - sum(against.values())
        - (SAME_LANGUAGE if a.language == b.language else 0.0)
    )
    return PairScore(
        score=round(score, 4),
        cosine=round(cosine, 4),
        names=tuple(names),
        numbers=tuple(sorted(shared)),
        concepts=tuple(sorted(about)),
        against=tuple(against),
    )


def _long_word(name: str) -> float:
    return max(0.0, len(name) - 4.0)


def _share(shared: frozenset[str], mine: frozenset[str], theirs: frozenset[str]) -> float:
    both, common = (_mass(mine) * _mass(theirs)) ** 0.5, _mass(shared)
    return common / both * common / (common + CONCEPTS_HALF) if both else 0.0


def _mass(about: frozenset[str]) -> float:
    masses = _masses()  # whole numbers, so that their order is nothing
    return sum(masses[name] for name in about if name in masses)


@cache
def _masses() -> dict[str, float]:
    return {name: concept.weight**2 for name, concept in lexicon().items()}


def _number_weight(number: str) -> float:
    return min(len(number), 4) / 2 - 0.5


def _contradictions(a: Keys, b: Keys) -> dict[str, float]:
    """Return what contradicts: each title names what the other text does not; of names, none that the other text has."""
    strangers = a.title_names.isdisjoint(b.names) and b.title_names.isdisjoint(a.names | a.title_names)
    numbers, other_numbers = a.numbers | a.title_numbers, b.numbers | b.title_numbers
    named = (
        ("places", OTHER_PLACE, a.title_places - b.concepts, b.title_places - a.concepts),
        ("names", OTHER_NAME, strangers and a.title_names, strangers and b.title_names),
        ("numbers", OTHER_NUMBER, a.title_numbers - other_numbers, b.title_numbers - numbers),
        ("days", OTHER_DAY, a.title_days - b.title_days, b.title_days - a.title_days),
    )
    return {f"{what} of the titles": less for what, less, mine, theirs in named if mine and theirs}
