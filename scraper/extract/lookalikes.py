"""Lists at the end of an article that belong to it: results, programmes, names, verse. Pure; a run of lines in, yes or no out.

Each of their lines may pass for a headline; together they are too much alike, or too poor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scraper.extract.text_lines import TextLine, without_stamp
from scraper.text.date_names import MONTHS, date_key

SHORT_CHARS = 45  # a list of headlines has a longer one, or a colon, a quotation, a figure in one of them
LONG_ENOUGH_CHARS = 60
MIN_MEAN_ODDS = 0.8  # of a line; real lists of headlines have 2
_CLOCK_AT_START = re.compile(r"(?:[01]?\d|2[0-3])[:.]([0-5]\d)\b")
_MARKS = re.compile(r"[:\"«“„‘'?\d%$€]|\s[-–—]\s|\w-\w|[՞՝]|\((?!\w{1,12}\)$)|[A-ZА-ЯԱ-Ֆ]{3,}")


def is_list_of_body(rows: Sequence[TextLine]) -> bool:
    """Return True for a list that is part of the article: results, a programme, names, verse; its rows are alike."""
    if any(row.heading and row.heading != "section" for row in rows):
        return False
    judged = [row.odds for row in rows if not row.dated and not row.heading]
    if (len(judged) > 8 or not rows[0].gap) and sum(judged) < MIN_MEAN_ODDS * len(judged):
        return True
    plain = [without_stamp(row.text, at_end=True) for row in rows if row.odds > 0]
    if len(plain) < 2:
        return False
    clocks = [m for m in (_minute_at_start(row.text) for row in rows if not row.dated) if m is not None]
    if len(clocks) > 2 and len(clocks) >= 0.75 * len(plain) and all(m % 15 == 0 for m in clocks):
        return True  # "12:00 Opening, 13:30 Concert": news does not come by the quarter
    stamped = len(clocks) + sum(row.dated for row in rows) > 1
    short = max(map(len, plain)) < SHORT_CHARS and not stamped
    if short and (len(plain) > 3 or not rows[0].gap) and not any(map(_has_headline_marks, plain)):
        return True
    if len(plain) < 3:
        return False
    chars = sum(map(len, plain))
    numbered = [text for text in plain if any(c.isdigit() for c in text)]
    if len(numbered) >= 0.75 * len(plain):
        digits = sum(c.isdigit() for text in plain for c in text)
        dates_first = sum(_starts_with_figure(text) for text in plain)
        if digits >= 0.08 * chars or chars < 40 * len(plain) or dates_first >= 0.75 * len(plain):
            return True
    ends = Counter(text.casefold().split()[-1] for text in plain)
    return chars < LONG_ENOUGH_CHARS * len(plain) and ends.most_common(1)[0][1] >= 0.6 * len(plain)


def _minute_at_start(text: str) -> int | None:
    """Return the minutes of a time of day that a line begins with."""
    found = _CLOCK_AT_START.match(text)
    return int(found.group(1)) if found else None


def _has_headline_marks(text: str) -> bool:
    """Return True for a colon, a quotation, a figure, a dash, a question: what headlines are made with and verses seldom are."""
    return _MARKS.search(text) is not None


def _starts_with_figure(text: str) -> bool:
    """Return True for a number, a date or "June 10" comes first: a row of a programme or a ranking."""
    first = text.split(maxsplit=2)[:2]
    return first[0][0].isdigit() or (
        len(first) > 1 and first[1][0].isdigit() and date_key(first[0].strip(".,")) in MONTHS
    )
