"""One line of flattened text: does it look like a headline, a sentence, a date, a credit? Pure; text in, ``TextLine`` out.

Nothing here knows the line's neighbours: what a run of lines means is decided in ``flat``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scraper.extract import vocabulary
from scraper.extract.list_headings import kind_of_heading, split_label
from scraper.model import Kind
from scraper.text.date_names import MONTHS, WEEKDAYS, date_key

# A headline is never longer; what lies beyond is not looked at, which keeps huge lines cheap.
LONG_CHARS = 250
_LOOK_CHARS = 400

_CLOSERS = "\"'»”’“‘)]}›*_|"
_OPENERS = "\"'«“‘„‚([{‹*_"
_STOPS = ".։。।؟۔"
_BREAK = re.compile(r"[.!?։…][»”’\"')\]]*\s+[«“„\"'(\[—–-]*\s*[^\W\d_a-zа-яё]")
_BREAK_ARMENIAN = re.compile(r"[։:!][»”’\"')\]]*\s+\w")
_INVITED = re.compile(r"(?:\.\.\.|…)$")
_DASH = re.compile(r"[-–—―]+\s|\w:\s")  # speech; "Q: ..."
_TOKEN = re.compile(r"[^\W\d_]+")
_TIME = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b")
_GLUE = r"[\s,|•·/\[\]()–—-]"
_NUMERIC_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{2}[./-]\d{2})"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_STAMP = rf"\[?(?:{_NUMERIC_DATE}(?:{_GLUE}{{1,4}}{_CLOCK})?|{_CLOCK}(?:{_GLUE}{{1,4}}{_NUMERIC_DATE})?)\]?"
_FIGURE_DATE = re.compile(rf"{_GLUE}*(?:(?:{_NUMERIC_DATE}|{_CLOCK}){_GLUE}*){{1,3}}")
_STAMP_AT_START = re.compile(rf"{_STAMP}(?:{_GLUE}*(?=[^\W\d_]|[«“„\"'‘#])|{_GLUE}*\s(?=\d))")
_STAMP_AT_END = re.compile(rf"{_GLUE}+{_STAMP}$")

# What stands below an article and is no headline: credits, addresses, hashtags, offices that sign.
_ADDRESS = re.compile(
    r"https?://|\bwww\.|[\w.+-]@[\w-]{1,64}\.\w|\w\w\.(?:com|org|net|ru|am|ge|az|tr)/|t\.me/|\(@\w",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:tel|phone|тел|հեռ|ტელ)\b[^\w]{0,4}[+(\d]|\+\d[\d\s()-]{7,}", re.IGNORECASE)
_HASHTAGS = re.compile(r"(?:[#@][^\s#@,]+[\s,]*)+$")
_CREDIT = re.compile(rf"[\s(\[©*—–-]*+(?:{vocabulary.pattern('foot_credit')})\b", re.IGNORECASE | re.VERBOSE)
_OFFICE = re.compile(
    r"\b(?:ministry|embassy|press service|press office|information department|министерств\w+|посольств\w+|пресс-служб\w+|администраци\w+|nazirliyi|səfirliyi|bakanlığı)\b",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset("of the and for in de и в по и".split())  # noqa: SIM905

# Words beside months and weekdays that dates are made of: a line of nothing else (and a digit) is a date line.
_DATE_WORDS = frozenset(vocabulary.phrases("date_word.whole"))
_DATE_STEMS = vocabulary.phrases("date_word.stem")
_MAX_DATE_CHARS = 48
_ARTICLES = frozenset(vocabulary.phrases("article_word"))


class TextLine(NamedTuple):
    """What a line's own text says. ``odds`` > 0 speaks for a headline, < 0 for body; ``end`` is how it ends."""

    text: str
    gap: int  # blank lines before it
    heading: Kind | None  # it heads a block
    labelled: tuple[str, Kind, str] | None  # "Read also: a headline"
    dated: bool  # a date or time and nothing else
    foot: bool  # a credit, address, hashtags: never a headline
    end: str  # "stop" "." | "soft" "?!…" | "open" ",;:" | "none"
    odds: float


def read_line(text: str, gap: int) -> TextLine:
    """Judge one cleaned, non-empty line."""
    if len(text) > _LOOK_CHARS:
        return TextLine(text, gap, None, None, dated=False, foot=False, end=_end(text), odds=-6.0)
    heading = kind_of_heading(text)
    labelled = None if heading else split_label(text)
    dated = not heading and is_date(text)
    end = _end(text)
    foot = not heading and not dated and labelled is None and is_foot(text)
    if heading or dated:
        odds = 0.0
    elif foot:
        odds = -4.0
    else:
        bare = without_stamp(text, at_end=False)
        odds = _odds(bare, end)
    return TextLine(text, gap, heading, labelled, dated=dated, foot=foot, end=end, odds=odds)


def is_date(text: str) -> bool:
    """Nothing but a date or a time of day."""
    if len(text) > _MAX_DATE_CHARS or not any(c.isdigit() for c in text):
        return False
    words = _TOKEN.findall(date_key(text))
    if not words:
        # Figures alone: a time, or three groups of digits; "1,003" and "2025" are text.
        return _FIGURE_DATE.fullmatch(text) is not None
    return len(words) <= 7 and all(
        w in _DATE_WORDS or w in MONTHS or w in WEEKDAYS or w.startswith(_DATE_STEMS) for w in words
    )


def is_foot(text: str) -> bool:
    """Return True for a credit, an address, hashtags, an office that signs."""
    if _HASHTAGS.fullmatch(text) or _ADDRESS.search(text) or _PHONE.search(text):
        return True
    credit = _CREDIT.match(text)
    if credit:
        rest = text[credit.end() :].lstrip()
        if not rest or rest[0] in ":/|©-–—՝`.)" or (len(rest.split()) <= 3 and len(text) < 40):
            return True
    office = _OFFICE.search(text) if len(text) < 120 else None
    if office and (
        office.start() < 5 or office.end() == len(text)
    ):  # "Statement of the Ministry ..." is a headline
        return all(w[0].isupper() or w in _SMALL_WORDS for w in _TOKEN.findall(text))
    return False


def without_stamp(text: str, *, at_end: bool) -> str:
    """Return the headline without a time or date glued to its start, and to its end where the list shows that this is its habit."""
    found = _STAMP_AT_START.match(text) if text[:1].isdigit() or text[:1] == "[" else None
    bare = text[found.end() :] if found else text
    if at_end and (last := _stamp_at_end(bare)):
        bare = bare[: last.start()]
    return bare or text


def has_stamp_at_end(text: str) -> bool:
    return _stamp_at_end(text) is not None


def _stamp_at_end(text: str) -> re.Match[str] | None:
    return _STAMP_AT_END.search(text, max(0, len(text) - _MAX_DATE_CHARS))


def _end(text: str) -> str:
    tail = text[-40:].rstrip()
    bare = tail.rstrip(_CLOSERS + " ")
    if not bare:
        return "none"
    last = bare[-1]
    if _INVITED.search(bare):
        return "soft"
    if last in _STOPS:
        return "stop"
    if last == ":" and _is_armenian(bare):  # typed for the Armenian full stop
        return "stop"
    if last in "!?‼⁉":
        return "soft"
    return "open" if last in ",;:՝`—–-" else "none"


def _odds(text: str, end: str) -> float:
    n, words = len(text), text.count(" ") + 1
    odds = {
        "stop": -4.0,
        "soft": 0.9 if text.rstrip(_CLOSERS)[-1:] == "?" else 0.3,
        "open": -4.0,
        "none": 2.0,
    }[end]
    odds += (
        -5.0
        if n > LONG_CHARS
        else -3.0
        if n > 180
        else -1.0
        if n > 140
        else 0.5
        if n >= 25
        else 0.0
        if n >= 12
        else -0.5
    )
    if words <= 5 and _names_only(text):
        odds -= 2.0 if words <= 3 else 1.0
    elif words <= 2:
        odds -= 1.0
    letters = sum(map(str.isalpha, text[:LONG_CHARS]))
    if letters < 0.5 * min(n, LONG_CHARS):
        odds -= 3.0  # figures: a row of a table
    start = text.lstrip(_OPENERS + " ")[:1]
    if (
        start.islower() and not text[1:2].isupper() and not "ა" <= start <= "ჿ"
    ):  # Georgian has no capitals in text
        odds -= 1.5
    if _DASH.match(text):
        odds -= 3.0
    if end != "stop":
        # In Armenian a point is a colon, and a headline's speaker stands after it.
        breaks = _BREAK_ARMENIAN if _is_armenian(text) else _BREAK
        odds -= 0.6 * min(2, len(breaks.findall(text)))
    return odds


def _names_only(text: str) -> bool:
    """Return True for a few capitalised words, of which one at most is not: a signature, a person of a list, a place."""
    words = _TOKEN.findall(text)
    if not words or text.isupper() or words[0] in _ARTICLES:
        return False
    small = sum(not w[0].isupper() for w in words)
    return small == 0 if len(words) <= 3 else small <= 1


def _is_armenian(text: str) -> bool:
    return any("Ա" <= c <= "և" for c in text)
