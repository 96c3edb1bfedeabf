"""Tell which of the six languages a word may be of, by its script. Pure."""

from __future__ import annotations

LATIN = ("en", "az", "tr")
_SCRIPTS = (("ა", "ჿ", ("ka",)), ("ա", "և", ("hy",)), ("а", "ӿ", ("ru",)))


def languages_of(word: str) -> tuple[str, ...]:
    """Return the languages whose rules may fit a word, by its script; none for a number."""
    last = word[-1:]
    if "a" <= last <= "z":
        return LATIN
    if last.isdigit():
        return ()
    for first, end, codes in _SCRIPTS:
        if first <= last <= end:
            return codes
    return LATIN
