"""Find which news agencies a text credits: a name beside a word of reporting, or in the dateline. Six languages. Pure.

A text about an agency is no credit to it: "the agency was founded in 1918" names no source. Reports copied from an agency
say so in their first paragraphs or in the last, or are signed by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scraper.text.agencies import AGENCIES, COMMON_WORDS, WRITTEN

_WHICH = {name: re.compile(pattern) for name, pattern in AGENCIES.items()}
# endings of cases are small letters: ARMENPRESS-i, Արմենպրեսի, but APARAT is another word
_ENDING = re.compile(r"[^\W\dA-ZА-ЯԱ-Ֆ]{0,5}(?!\w)")

_REPORTING = re.compile(
    r"report(?:s|ed|ing)?\b|\binform(?:s|ed)\b|\bsa(?:ys|id)\b|\btold\b|according to|\bcit(?:es|ing|ed)\b|\bquot|\bwr(?:ites|ote)\b"
    r"|\blearned\b|contributed to this"
    r"|распростран|переда[её]?т|переда[её]тся|передал|сообщ|пишет|пишут|\bссылк|ссылаясь|информир|по данным|по информации|со слов|сказал|заявил|цитирует"
    r"|հայտն|հաղորդ|փոխանց|տեղեկաց|տեղեկություն|գրում|գրել|զրույց|վկայակոչ|պատմել|ասաց|ասել|հղում|հարցին|հարցազրույց|\bըստ\b"
    r"|xəbər|məlumat|bildir|yaz[ıd]|yayıb|istinad|açıqla|deyib|söyləyib"
    r"|ცნობ|იტყობინ|ავრცელებ|გაავრცელ|წერს|უთხრ|განუცხად|ინფორმაცი|აცხადებ|იუწყებ|გადმოსცემ|გადმოგვცემ|ეუბნებ"
    r"|haber|aktar|yazdı|\bdedi|konuş|\bduyurdu|muhabir",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:\bsource|источник|աղբյուր\w*|mənbə|წყარო|kaynak)\s*[:՝]\s*[«\"„“(]*\Z", re.IGNORECASE
)
REACH_CHARS = 90  # how far the word of reporting may stand from the name
BEFORE_CHARS = 80  # where what a name is signed with, or stands for in brackets, is looked for
DATELINE_CHARS = 70  # "BAKU, 3 November, AGENCY." or "Yerevan /Agency/": a name set off near the start
_SET_OFF = re.compile(r"\s*[/)\]:–—-]")
_STOP = re.compile(r"\s*[.։»”]")
_AFTER_MARK = re.compile(r"(?:\A|[,./(–—-])\s*[«\"„“]?\Z")
_AFTER_DASH = re.compile(r"[/–—-]\s*\Z")
# the last words of a text, or a line of its own: "(AGENCY)", "– Agency", "(AGENCY, Other/Third)"
_OTHERS = r"(?:[\w .-]{2,20}[/,]\s*){0,4}"
_SIGN = re.compile(rf"(?:\A|[/([–—©-]\s*+){_OTHERS}\W*\Z")
_NOTHING_MORE = re.compile(r"(?:[/,]\s*[\w .-]{2,20}){0,4}\W*\Z")
_INITIALS = re.compile(r"((?:[^\W\d_][\w’'-]*\s){2,6})\(\Z")
# Before a word like Report: an article, a capital word of the same name. After it: a year, what it is on, the word itself.
_CAPITAL = re.compile(r"\b[A-Z][A-Za-z-]*\s+\Z")
_ARTICLE = re.compile(r"\b(?:an?|the|this|that|its|his|her|their|our|new)\s+\Z", re.IGNORECASE)
_ITS_OBJECT = re.compile(r"\s+(?:\d|(?:on|of|for|by|from|that|finds?|says|на|к|сезона|года)\b)")
# an ending set off: "Report-un", "“Report”a"
_CASE = re.compile(r"[-’'»”\"]{1,2}(?:[dy]?[aə]|n?[ıiuü]n|[dt][aə]n)\b")
_AGENCY = re.compile(r"\W{1,3}(?:news |information |press )?agency", re.IGNORECASE)
HEAD_PARAGRAPHS, TAIL_PARAGRAPHS = 4, 2
MAX_PARAGRAPH_CHARS = 1500


def credited_agencies(body: Sequence[str]) -> tuple[str, ...]:
    """Return the agencies that a text credits, in the order of their first mention."""
    ends = (*body[:HEAD_PARAGRAPHS], *body[HEAD_PARAGRAPHS:][-TAIL_PARAGRAPHS:])
    found: dict[str, None] = {}
    opening = True  # short lines at the top: a dateline may follow a byline
    for i, paragraph in enumerate(ends):
        text = paragraph[:MAX_PARAGRAPH_CHARS]
        for match in WRITTEN.finditer(text):
            start, end = match.start(), match.end()
            if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
                continue
            ending = _ENDING.match(text, end)
            if ending is None:
                continue
            name = next(name for name, pattern in _WHICH.items() if pattern.match(text, start))
            if name in found:
                continue
            last = i >= len(ends) - TAIL_PARAGRAPHS
            if _credited(text, start, ending.end(), name, first=opening, last=last):
                found[name] = None
        opening = opening and len(paragraph) <= DATELINE_CHARS
    return tuple(found)


def _credited(text: str, start: int, end: int, name: str, *, first: bool, last: bool) -> bool:
    if name in COMMON_WORDS and _is_a_word(text, start, end):
        return False
    if _reported(text, start, end) or (first and _dateline(text, start, end)):
        return True
    signed = _NOTHING_MORE.match(text, end) and _SIGN.search(text[max(0, start - BEFORE_CHARS) : start])
    return last and bool(signed)


def _is_a_word(text: str, start: int, end: int) -> bool:
    """Return True if a name that is also a word is one here: the Report, an Annual Report 2020, Report on."""
    if _AGENCY.match(text, end) or _CASE.match(text, end):
        return False
    before = text[max(0, start - 30) : start]
    if _abbreviates(text[start:end], text[max(0, start - BEFORE_CHARS) : start]):
        return True
    if text[start:end].isupper() and not _ARTICLE.search(before):
        return False
    if _ARTICLE.search(before) or _CAPITAL.search(before) or _ITS_OBJECT.match(text, end):
        return True
    return start == 0 and text[end : end + 1] == ":" and text[start:end] == "Report"


def _abbreviates(name: str, before: str) -> bool:
    """Return True if a name in brackets stands for the words before it: the American Psychological Association (APA)."""
    phrase = _INITIALS.search(before)
    if phrase is None or re.search("press|news|haber", phrase[1], re.IGNORECASE):
        return False
    return "".join(word[0] for word in phrase[1].split()[-len(name) :]) == name


def _reported(text: str, start: int, end: int) -> bool:
    """Return True if a word of reporting stands near the name, in the same sentence."""
    before = text[max(0, start - REACH_CHARS) : start]
    if _SOURCE.search(before):
        return True
    after = text[end : end + REACH_CHARS]
    before = re.split(r"[.!?։:;]\s", before)[-1]
    after = re.split(r"[.!?։:;](?:\s|\Z)", after)[0]
    return _REPORTING.search(before) is not None or _REPORTING.search(after) is not None


def _dateline(text: str, start: int, end: int) -> bool:
    if start > DATELINE_CHARS:
        return False
    if end == len(text) or _STOP.match(text, end):
        return _AFTER_MARK.search(text, 0, start) is not None
    if text[end] == ",":  # "Baku, 3 November – AGENCY, Name of the correspondent."
        return _AFTER_DASH.search(text, 0, start) is not None
    return _SET_OFF.match(text, end) is not None
