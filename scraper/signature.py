"""Words to a short sketch by which near copies find each other: MinHash, the only import of rensa. Pure.

In go the folded words of a body, out come VALUES whole numbers; two texts share each of them with a chance equal to the
share of three-word shingles that they have in common. Never decides anything: shared numbers name candidates only.
"""

from __future__ import annotations

from collections.abc import Sequence

from rensa import RMinHash

SHINGLE_WORDS = 3
VALUES = 16
MIN_SHARED = 2  # candidates share at least so many of the VALUES
MIN_WORDS = 20  # shorter texts say too little to be called copies of each other
_SEED = 1864

# Kept with an index: sketches of another algorithm are not comparable, the index must be made anew.
ALGORITHM = f"rminhash-{RMinHash.ALGORITHM_VERSION}-{SHINGLE_WORDS}-{VALUES}-{_SEED}"


def sketch(words: Sequence[str]) -> tuple[int, ...]:
    """The keys under which a text is filed: position and value in one number each. Empty for texts that are too short."""
    if len(words) < MIN_WORDS:
        return ()
    shingles = {f"{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)}
    digest = RMinHash.digests_from_token_sets([shingles], VALUES, _SEED)[0]
    return tuple((i << 32) | value for i, value in enumerate(digest))
