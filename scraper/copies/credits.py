"""Which news agencies a text credits: a name beside a word of reporting, or in the dateline. Six languages. Pure.

A text about an agency is no credit to it: "the agency was founded in 1918" names no source. Reports copied from an agency
say so in their first paragraphs or in the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scraper.copies.agencies import AGENCIES, COMMON_WORDS

# One alternation of words that begin with a letter: the engine jumps from one such letter to the next.
_NAME = re.compile("|".join(AGENCIES.values()))
_WHICH = {name: re.compile(pattern) for name, pattern in AGENCIES.items()}
# endings of cases are small letters: ARMENPRESS-i, Արմենպրեսի, but APARAT is another word
_ENDING = re.compile(r"[^\W\dA-ZА-ЯԱ-Ֆ]{0,5}(?!\w)")

_REPORTING = re.compile(
    r"report(?:s|ed|ing)?\b|\binform(?:s|ed)\b|\bsa(?:ys|id)\b|\btold\b|according to|\bcit(?:es|ing|ed)\b|\bquot|\bwr(?:ites|ote)\b"
    r"|\blearned\b|contributed to this"
    r"|переда[её]?т|переда[её]тся|передал|сообщ|пишет|пишут|\bссылк|ссылаясь|информир|по данным|по информации|со слов|рассказал|заявил|цитирует"
    r"|հայտն|հաղորդ|փոխանց|տեղեկաց|տեղեկություն|գրում|գրել|զրույց|վկայակոչ|պատմել|ասաց|ասել|հղում|\bըստ\b"
    r"|xəbər|məlumat|bildir|yaz[ıd]|istinad|açıqla|deyib|söyləyib"
    r"|ცნობ|იტყობინ|ავრცელებ|გაავრცელ|წერს|უთხრ|განუცხად|ინფორმაცი|აცხადებ|იუწყებ|გადმოსცემ|გადმოგვცემ|ეუბნებ"
    r"|haber|aktar|yazdı|\bdedi|konuş|\bduyurdu|muhabir",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:\bsource|источник|աղբյուր\w*|mənbə|წყარო|kaynak)\s*[:՝]\s*[«\"„“(]*\Z", re.IGNORECASE
)
REACH_CHARS = 90  # how far the word of reporting may stand from the name
DATELINE_CHARS = 70  # "BAKU, 3 November, AGENCY." or "Yerevan /Agency/": a name set off near the start
_SET_OFF = re.compile(r"\s*[/.)\]»”:–—-]")
_AFTER_COMMA = re.compile(r"[,./(–—-]\s*\Z")
# Before a word like Report: an article, a capital word of the same name. After it: a year, what it is on, the word itself.
_CAPITAL = re.compile(r"[A-Z][\w-]*\s+\Z")
_ARTICLE = re.compile(r"\b(?:an?|the|this|that|its|his|her|their|our|new)\s+\Z", re.IGNORECASE)
_ITS_OBJECT = re.compile(r"\s+(?:\d|(?:on|of|for|that|finds?|says)\b)")
_AGENCY = re.compile(r"\W{1,3}(?:news |information |press )?agency", re.IGNORECASE)
HEAD_PARAGRAPHS, TAIL_PARAGRAPHS = 4, 2
MAX_PARAGRAPH_CHARS = 1500


def find(body: Sequence[str]) -> tuple[str, ...]:
    """The agencies that a text credits, in the order of their first mention."""
    ends = (
        body
        if len(body) <= HEAD_PARAGRAPHS + TAIL_PARAGRAPHS
        else (*body[:HEAD_PARAGRAPHS], *body[-TAIL_PARAGRAPHS:])
    )
    found: dict[str, None] = {}
    for i, paragraph in enumerate(ends):
        text = paragraph[:MAX_PARAGRAPH_CHARS]
        for match in _NAME.finditer(text):
            start, end = match.start(), match.end()
            if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
                continue
            ending = _ENDING.match(text, end)
            if ending is None:
                continue
            name = next(name for name, pattern in _WHICH.items() if pattern.match(text, start))
            if name not in found and _credited(text, start, ending.end(), name, first=i == 0):
                found[name] = None
    return tuple(found)


def _credited(text: str, start: int, end: int, name: str, *, first: bool) -> bool:
    if name in COMMON_WORDS and _is_a_word(text, start, end):
        return False
    return _reported(text, start, end) or (first and _dateline(text, start, end))


def _is_a_word(text: str, start: int, end: int) -> bool:
    """Whether a name that is also a word is one here: the Report, an Annual Report 2020, Report on."""
    if _AGENCY.match(text, end):
        return False
    before = text[max(0, start - 30) : start]
    if text[start:end].isupper() and not _ARTICLE.search(before):
        return False
    if _ARTICLE.search(before) or _CAPITAL.search(before) or _ITS_OBJECT.match(text, end):
        return True
    return start == 0 and text[end : end + 1] == ":" and text[start:end] == "Report"


def _reported(text: str, start: int, end: int) -> bool:
    """Whether a word of reporting stands near the name, in the same sentence."""
    before = text[max(0, start - REACH_CHARS) : start]
    if _SOURCE.search(before):
        return True
    after = text[end : end + REACH_CHARS]
    before = re.split(r"[.!?։:]\s", before)[-1]
    after = re.split(r"[.!?։:](?:\s|\Z)", after)[0]
    return _REPORTING.search(before) is not None or _REPORTING.search(after) is not None


def _dateline(text: str, start: int, end: int) -> bool:
    if start > DATELINE_CHARS:
        return False
    if end == len(text):
        return _AFTER_COMMA.search(text, 0, start) is not None
    return _SET_OFF.match(text, end) is not None
