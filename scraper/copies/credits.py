"""Which news agencies a text credits: a name beside a word of reporting, or in the dateline. Six languages. Pure.

A text about an agency is no credit to it: "the agency was founded in 1918" names no source. Reports copied from an agency
say so in their first paragraphs or in the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# The name as it stands in `credits`, and how it is written. Names that are common words are matched as they are printed.
AGENCIES: dict[str, str] = {
    "Armenpress": r"Armenpress|ARMENPRESS|Արմենպրես|ԱՐՄԵՆՊՐԵՍ|Арменпресс|АРМЕНПРЕСС|არმენპრეს",
    "ArmInfo": r"ArmInfo|ARMINFO|ԱրմԻնֆո|Արմինֆո|АрмИнфо|Арминфо|АРМИНФО",
    "ARKA": r"ARKA|ԱՐԿԱ|АРКА",
    "Mediamax": r"Mediamax|MEDIAMAX|Մեդիամաքս|Медиамакс",
    "Azertag": r"Azertag|AZERTAG|AzerTAg|Azertac|AZERTAC|AzerTAc|AZƏRTAC|Azərtac|AzərTAc|АЗЕРТАДЖ|Азертадж|აზერტაჯ",
    "APA": r"APA|АПА",
    "Report": r"Report|Репорт",
    "Trend": r"Trend|Тренд",
    "Turan": r"Turan|Туран",
    "Interpressnews": r"InterPressNews|Interpressnews|INTERPRESSNEWS|IPN|ინტერპრესნიუს|Интерпрессньюс|ИнтерПрессНьюс",
    "Novosti-Georgia": r"Novosti-Georgia|Новости[-–—]Грузия",
    "Apsnypress": r"Apsnypress|Апсныпресс",
    "TASS": r"TASS|ТАСС|ՏԱՍՍ|ტასს",
    "RIA Novosti": r"RIA Novosti|РИА «?Новости|ՌԻԱ «?Նովոստի|რია ნოვოსტი",
    "Interfax": r"Interfax|INTERFAX|Интерфакс|ИНТЕРФАКС|Ինտերֆաքս|ინტერფაქს|İnterfaks",
    "AFP": r"AFP|АФП|France[- ]Presse|Франс[- ]Пресс",
    "Reuters": r"Reuters|REUTERS|Рейтер|Ռոյթերս|Ռեյթեր|როიტერ|Röyter|Reyter",
    "AP": r"Associated Press|Ассошиэйтед Пресс",
    "Bloomberg": r"Bloomberg|Блумберг|Bloomberq",
    "Anadolu": r"Anadolu|Анадолу|Անադոլու|ანადოლუ",
    "IRNA": r"IRNA|ИРНА|İRNA",
    "Xinhua": r"Xinhua|Синьхуа|Sinxua",
}
_ANY = "|".join(f"(?P<a{i}>{pattern})" for i, pattern in enumerate(AGENCIES.values()))
_INITIALS = "".join(sorted({name[0] for pattern in AGENCIES.values() for name in pattern.split("|")}))
_NAMES = tuple(AGENCIES)
# endings of cases are small letters: ARMENPRESS-i, Արմենպրեսի, but APARAT is another word
_AGENCY = re.compile(rf"(?<!\w)(?=[{_INITIALS}])(?:{_ANY})[^\W\dA-ZА-ЯԱ-Ֆ]{{0,5}}(?!\w)")

_REPORTING = re.compile(
    r"report(?:s|ed)?\b|inform(?:s|ed)\b|\bsa(?:ys|id)\b|\btold\b|according to|\bcit(?:es|ing|ed)\b|\bquot|\bwr(?:ites|ote)\b"
    r"|переда[её]?т|переда[её]тся|сообщ|пишет|\bссылк|информирует|по данным|со слов|рассказал|заявил"
    r"|հայտն|հաղորդ|փոխանց|տեղեկաց|գրում|գրել|զրույց|վկայակոչ|պատմել|ասաց|ասել"
    r"|xəbər|məlumat|bildir|yaz[ıd]|istinad|açıqla|deyib"
    r"|ცნობით|იტყობინ|ავრცელებ|წერს|უთხრ|განუცხად|ინფორმაცი|აცხადებ"
    r"|haber|aktar|yazdı|\bdedi",
    re.IGNORECASE,
)
REACH_CHARS = 90  # how far the word of reporting may stand from the name
DATELINE_CHARS = 70  # "BAKU, 3 November, AGENCY." or "Yerevan /Agency/": a name set off near the start
_SET_OFF = re.compile(r"\s*[/.)\]»”:–—-]")
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
        for match in _AGENCY.finditer(text):
            name = _NAMES[(match.lastindex or 1) - 1]
            if name not in found and (_reported(text, match) or (i == 0 and _dateline(text, match))):
                found[name] = None
    return tuple(found)


def _reported(text: str, match: re.Match[str]) -> bool:
    """Whether a word of reporting stands near the name, in the same sentence."""
    before = text[max(0, match.start() - REACH_CHARS) : match.start()]
    after = text[match.end() : match.end() + REACH_CHARS]
    before = re.split(r"[.!?։:]\s", before)[-1]
    after = re.split(r"[.!?։:](?:\s|\Z)", after)[0]
    return _REPORTING.search(before) is not None or _REPORTING.search(after) is not None


def _dateline(text: str, match: re.Match[str]) -> bool:
    return match.start() <= DATELINE_CHARS and _SET_OFF.match(text, match.end()) is not None
