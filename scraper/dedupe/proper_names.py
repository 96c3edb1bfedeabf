"""Find the words of a text that are names: with a capital letter where no sentence begins. Pure.

Paragraphs in as they were printed; folded words out, to be looked up among the folded words of a body. The first word of a
sentence counts if it is a name elsewhere. Georgian has no capitals, so its texts yield no names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher

from scraper.dedupe.fingerprint import title_words
from scraper.text.agencies import WRITTEN
from scraper.text.date_names import MONTHS

_CAPITAL = "A-ZÀ-ÖØ-ÞĀĂĆČĎĐĒĖĘĚĞĢĪİĶĹĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŹŻŽƏΑ-ΩА-ЯЁІЇЄҐԱ-Ֆ"
_WITH_CAPITAL = rf"[«„“”\"'‘’(\[]?(?=([{_CAPITAL}]\w+))"
_NAME = re.compile(rf"[^\s.!?։:…]\s{_WITH_CAPITAL}")
_FIRST = re.compile(rf"(?:\A|[.!?։:…]\s){_WITH_CAPITAL}")
STEM = 4  # letters by which the first word of a sentence is known for a name that stands elsewhere
MAX_SHARE = 0.5  # a paragraph with more of them is a headline in capitals
SAME_NAME = 0.7  # of the letters of two spellings: Hovakimyan and Hovakimian, Макрон and Макроном


def proper_names(body: Iterable[str]) -> frozenset[str]:
    """Return the folded names of a text, without months and agencies: dates and credits are compared elsewhere."""
    found: set[str] = set()
    first: set[str] = set()
    for paragraph in body:
        here = _NAME.findall(paragraph.lstrip("–—- "))  # a dash at the beginning is a speaker's
        if here and len(here) <= MAX_SHARE * (paragraph.count(" ") + 1):
            found.update(name for name in here if not WRITTEN.match(name))
            first.update(_FIRST.findall(paragraph))
    stems = {name[:STEM] for name in found if len(name) >= STEM}
    found.update(word for word in first if word[:STEM] in stems)
    return frozenset(title_words(" ".join(found))) - MONTHS.keys()


def exchanged(mine: AbstractSet[str], theirs: AbstractSet[str]) -> int:
    """Count the names of one text that stand for others in another, of those that only one of them has.

    A name that is spelt in two ways is one; a name that was left out stands for nothing.
    """
    if not mine or not theirs:
        return 0
    left, others = set(mine), set(theirs)
    for name in sorted(left):
        alike = next((other for other in sorted(others) if _same(name, other)), None)
        if alike is not None:
            left.remove(name)
            others.remove(alike)
    return min(len(left), len(others))


def _same(name: str, other: str) -> bool:
    first, second = sorted((name, other))
    match = SequenceMatcher(None, first, second, autojunk=False)
    # each at most the one before it, and more costly
    bounds = (match.real_quick_ratio, match.quick_ratio, match.ratio)
    return all(bound() >= SAME_NAME for bound in bounds)
