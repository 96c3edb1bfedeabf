"""Find the days that a text names, to tell the bulletin of one day from that of another. Pure.

Folded words in; (month, day) of every date among them out, in the order of the text; years are ignored. Weekdays likewise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scraper.text.date_names import MONTHS, WEEKDAY_STEMS

Day = tuple[int, int]  # month, day

OPENING_WORDS = 60  # a bulletin says near its beginning of which day it is
# may stand between day and month: "3-го ноября", "13-ին նոյեմբերի", "3 th of"
_ENDINGS = frozenset("го е й ое ого ին ի ს st nd rd th of cı ci cu cü də da".split())  # noqa: SIM905
_WEEKDAY = re.compile(rf"({'|'.join(sorted(WEEKDAY_STEMS, key=len, reverse=True))})\w{{0,4}}\Z")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_DAYS, _MONTHS = range(1, 32), range(1, 13)


def named_days(words: Sequence[str]) -> list[Day]:
    """Return dates such as "3 November", "November 3", "3-го ноября", "նոյեմբերի 3-ին", "03.11.2026"."""
    found: list[Day] = []
    for i, word in enumerate(words):
        if (month := MONTHS.get(word)) is not None:
            before = 2 if i >= 2 and words[i - 1] in _ENDINGS else 1
            around = (*words[max(0, i - before) : i], *words[i + 1 : i + 2])
            found += [(month, day) for near in around if (day := _as_day(near)) in _DAYS][:1]
        elif i >= 2 and _YEAR.match(word):
            day, month = _as_day(words[i - 2]), _as_day(words[i - 1])
            if day in _DAYS and month in _MONTHS:
                found.append((month, day))
    return found


def _as_day(word: str) -> int:
    return int(word) if len(word) <= 2 and word.isdecimal() else 0


def weekdays(words: Sequence[str]) -> list[int]:
    """Return the weekdays that are named, Monday = 0, in the order of the text."""
    return [WEEKDAY_STEMS[match[1]] for word in words if (match := _WEEKDAY.match(word))]


def of_other_days(a: Sequence[str], b: Sequence[str]) -> bool:
    """Return True if each of two texts begins with a day that the other does not name. Symmetric."""
    return _begin_differently(named_days, a, b) or _begin_differently(weekdays, a, b)


def _begin_differently(
    read: Callable[[Sequence[str]], Sequence[object]], a: Sequence[str], b: Sequence[str]
) -> bool:
    first_a, first_b = read(a[:OPENING_WORDS])[:1], read(b[:OPENING_WORDS])[:1]
    if not first_a or not first_b or first_a == first_b:
        return False
    return first_a[0] not in read(b) and first_b[0] not in read(a)
