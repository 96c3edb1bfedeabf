"""Read the names in one byline: no "By", roles, dates, addresses, places or credits. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from scraper.extract import vocabulary
from scraper.extract.publication_date import PUBLISHED, UPDATED
from scraper.extract.title import squeeze, tidy
from scraper.text.agencies import agency_named
from scraper.text.date_names import MONTHS, WEEKDAYS
from scraper.text.normalize import fold

_MAX_NAME_CHARS, _MAX_NAME_WORDS, _MAX_PRINTED_WORDS = 60, 5, 4
_PARTICLE_CHARS = 3  # "de", "van", "oğlu" are not capitalised
_DESCRIPTION_WORDS = 3
_MIN_BEFORE_DATE = 4
_EDGES = " -–—:.,|/•·'\"«»[]*@()"
_MAX_ROLE_WORDS = 5


def _words(purpose: str) -> str:
    """Return the alternatives of a list of phrases; a star stands for any ending, the longest come first."""
    found = sorted(vocabulary.phrases(purpose), key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in found)


_LEAD_WORDS = _words("byline.lead")
# "By" in front of a name: the label may stand behind a word or two ("Analysis by"), a sign or a blank ends it.
_PRESS_WORDS = _words("byline.press")
_LEAD = re.compile(
    rf"^(?:(?:(?:[a-z]+ ){{0,2}}by|{_LEAD_WORDS})\s*(?:[:：՝`․-]\s*|\s)|(?:{_PRESS_WORDS})\s*(?:[:：՝`․]\s*|\s))",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"^(?:{_LEAD_WORDS}|{_PRESS_WORDS})\s*[:：՝`․]\s*", re.IGNORECASE)
_PRESS = re.compile(rf"^(?:{_PRESS_WORDS})(?!\w)|(?<!\w)(?:{_PRESS_WORDS})$", re.IGNORECASE)
# "Text and photo:"
_BOTH = re.compile(
    rf"^(?:{_LEAD_WORDS})\s*(?:и|and|und|et|y|e|և|და|və|ve|[,/&+])\s*(?:{_words('byline.credit')})\s*[:：՝]\s*",
    re.IGNORECASE,
)
_PART_SIGNS = re.compile(r"\s*[|/;•]\s*")
_ROLE_SIGN = re.compile(r"\s*[,|/•·(]\s*|\s[-–—]\s")
_OTHER_HANDS = re.compile(rf"(?:{_words('byline.other_hands')})\b", re.IGNORECASE)
_SHORT_LEADS = frozenset(vocabulary.phrases("byline.short_lead"))
CREDIT = re.compile(
    rf"(?:^|[\s(\[|/,;•·–—-])(?:{_words('byline.credit')})\s*(?:[:：՝©/.]|\bby\b|$)|^(?:{_words('byline.credit')})\s",
    re.IGNORECASE,
)
_END = re.compile(rf"(?:^|[\s|•·,(–—-])(?:{_words('byline.end')})(?!\w)", re.IGNORECASE)
_NAMED_FIRST = re.compile(r"(\S+(?: \S+){1,2}) (?:in|on|at|for) ")  # "Ann Example in Tbilisi"
_ROLE = re.compile(rf"(?<!\w)(?:{_words('byline.role')}|{_PRESS_WORDS})(?!\w)", re.IGNORECASE)
_BESIDE = re.compile(rf"{_ROLE.pattern}|(?<!\w)(?:{_words('byline.newsroom')})(?!\w)", re.IGNORECASE)
COMPANY = re.compile(rf"(?<!\w)(?:{_words('byline.company')})(?!\w)", re.IGNORECASE)
_LABELS = frozenset(map(squeeze, vocabulary.phrases("byline.lead")))
_NOBODY = frozenset(map(squeeze, vocabulary.phrases("byline.nobody"))) | _LABELS
_CMS_USER = re.compile(
    r"(?:admin|editor|user|redaktor|author|reporter|news|web)[\W_]?\d*|.*admin", re.IGNORECASE
)
_AND = r"and|und|et|og|och|ja|en|ve|və|и|та|და|եւ|և|&|\+|dhe"
_SPLIT = re.compile(
    rf"\s*([,;،|/•·／]|(?<=\s)[-–—](?=\s))\s*|\s+(?:(?i:{_AND}))\s+|\s+(?:y|e|i)\s+(?=[A-ZÀ-Ž])|(?<=[a-zà-ž]{{3}})\.\s+(?=[A-Z])"
    r"|(?<=[\u0620-\u06ff])\s+و(?=[\u0620-\u06ff]{3,}\s[\u0620-\u06ff])"
)
_OUTER_AND = re.compile(rf"^(?:{_AND})\s+|\s+(?:{_AND})$", re.IGNORECASE)
_URL = re.compile(r"(?:https?:|www\.)\S*|(?<=\s)@\w+|\be-?mail\s*:|\S+@\S+", re.IGNORECASE)
_ADDRESS = re.compile(
    r"https?:|www\.|\S+@\S+|^@|\.(?:com|org|net|ru|am|ge|az|tr|info|news|pl|gr|html?)\b|^[\w-]+\.[a-zа-я]{2,3}$|[{}<>=]",
    re.IGNORECASE,
)
SIGNS = re.compile(r"[\[\]()：:（）]")
DIGITS = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]{3,}")
NO_NAME = frozenset(vocabulary.phrases("byline.no_name"))
_IN_BRACKETS = re.compile(r"\s*\([^()]{0,60}(?:\)|$)")
_LAST_WORD = re.compile(r"[\s,|/•·–—:(-]*([^\s,|/•·–—:(-]*)[\s,|/•·–—:(-]*$")
_ABBREVIATION = re.compile(r"^(?:[A-Z]{2,5}|[A-Z][a-z]?\.?[A-Z]\.?[A-Z]?\.?)$")  # MD, PhD, AFP


def names(raw: str | None, *, sites: frozenset[str] = frozenset()) -> list[str]:
    """Return the names in one declared or printed byline, in order."""
    text = tidy(raw)
    if not text or _ADDRESS.match(text) or squeeze(text) in _NOBODY:
        return []
    both = _BOTH.match(text)
    lead = both or _LEAD.match(text)
    others = _OTHER_HANDS.match(text) or CREDIT.match(text) or (lead and COMPANY.search(lead[0]))
    if others and not both:
        return []
    text = without_credits(_URL.sub(" ", text[lead.end() :] if lead is not None else text).strip())
    found: list[str] = []
    pieces = _SPLIT.split(text)  # name, sign or None, name, sign ...
    for index in range(0, len(pieces), 2):
        part = _part(pieces[index] or "", sites)
        if not _is_name(part):
            if found and len(part.split()) >= _DESCRIPTION_WORDS:  # of the one named last
                break
            continue
        # behind a sign stand other names, but also roles, degrees, places, agencies and the outlet
        if index > 0 and (_BESIDE.search(pieces[index]) or squeeze(part) in sites):
            continue
        if index > 0 and pieces[index - 1] is not None and found and _is_beside(part, found[0], sites):
            continue
        found.append(part)
    return [name for name in found if not _is_nobody(name)]


def looks_like_name(text: str) -> bool:
    """Return True for two to four words, all but particles capitalised where their script has capitals, none of a role."""
    parts = text.split()
    if not 2 <= len(parts) <= _MAX_PRINTED_WORDS or parts[0].lower() in NO_NAME or not parts[0][0].isalpha():
        return False
    if DIGITS.search(text) or SIGNS.search(text) or _BESIDE.search(text) or fold(parts[0]) in MONTHS:
        return False
    # any letter of a script that has no capitals in use begins a name
    firsts = [part[0] for part in parts if len(part) > _PARTICLE_CHARS]
    return all(char.isupper() or char.lower() == char.upper() or "ა" <= char <= "ჿ" for char in firsts)


def behind_label(text: str) -> str:
    """Return a line from "By" or "Author:" on: at its beginning or behind a sign ("4 March 2026 | By Ann Example")."""
    for start in (0, *(sign.end() for sign in _PART_SIGNS.finditer(text))):
        signed = text[start:]
        lead = _LEAD.match(signed)
        if lead and (lead[0].strip(" :").lower() not in _SHORT_LEADS or _LABEL.match(signed)):
            return signed
    return ""


def beside_role(text: str, outlet: frozenset[str]) -> str:
    """Return "Ann Example, correspondent" without the role: a name beside who writes for the press, or for whom, and nothing else."""
    sign = _ROLE_SIGN.search(text)
    if sign is None:
        name, role = _part(text, outlet), text
    else:
        name, role = text[: sign.start()], text[sign.end() :].strip(" )")
    if name == text or not looks_like_name(name) or len(role.split()) > _MAX_ROLE_WORDS:
        return ""
    return name if _PRESS.search(role) or squeeze(role) in outlet else ""


def beside_date(text: str, outlet: frozenset[str], once: Callable[[str], bool]) -> str:
    """Return the name in "Ann Example | 4 March 2026"; no place ("New York, 4 March 2026"), outlet or section, which the menu names too."""
    name = undated(text).strip(_EDGES)
    rest = text.replace(name, "", 1)
    labelled = UPDATED.search(rest) or PUBLISHED.search(rest)
    dated = DIGITS.search(rest) and (labelled or all(map(_is_date_word, _WORD.findall(rest))))
    lone = (
        name[:1].isupper()
        and not name.isupper()
        and name.replace(" ", "").isalpha()
        and looks_like_name(name)
    )
    place = text.startswith(name) and rest.lstrip().startswith(",")
    return name if dated and lone and not place and squeeze(name) not in outlet and once(name) else ""


def without_credits(text: str) -> str:
    """Return a byline up to the credit of a photo, a source or a date behind it; nothing where it begins with one."""
    parts = _PART_SIGNS.split(text)
    if len(parts) > 1:
        text = " / ".join(part for part in parts if not CREDIT.match(part))
    for pattern in (CREDIT, _END):
        if cut := pattern.search(text):
            text = text[: cut.start()].strip()
    return text


def undated(text: str) -> str:
    """Return a byline without the date: "By Ann Example on Monday, 3 May 2026", "Published 3 May 2026, 14:05 by Ann Example"."""
    digit = DIGITS.search(text)
    if digit is not None and (digit.start() < _MIN_BEFORE_DATE or _END.match(text)):
        behind = text[text.rindex(DIGITS.findall(text)[-1]) + 1 :].strip(_EDGES)
        return behind if _LEAD.match(behind) or looks_like_name(behind) else text
    kept = text[: digit.start()] if digit is not None else text
    while (last := _LAST_WORD.search(kept)) and len(kept) < len(text) and last.start() > 0:
        word = last[1]
        if word and not _is_date_word(word) and not (word.islower() and len(word) <= _PARTICLE_CHARS):
            break
        kept = kept[: last.start()]
    return kept


def _part(part: str, sites: frozenset[str]) -> str:
    part = _IN_BRACKETS.sub("", part).strip(_EDGES)
    part = _OUTER_AND.sub("", _LEAD.sub("", part))
    if place := _NAMED_FIRST.match(part):
        part = place[1]
    if (said := part.split())[: len(said) // 2] == said[len(said) // 2 :]:
        part = " ".join(said[: len(said) // 2])  # a name that is printed twice, for two widths of screen
    # "Ann Example Valley Post", "Reporter Ann Example", "Ann Example staff writer"
    for count in range(1, len(said) - 1):
        head, tail = " ".join(said[:-count]), " ".join(said[-count:])
        if squeeze(tail) in sites or (tail.islower() and _is_role(tail) and looks_like_name(head)):
            part = head
        elif _is_role(" ".join(said[:count])) and looks_like_name(rest := " ".join(said[count:])):
            part = rest
    return part.strip()


def _is_name(part: str) -> bool:
    if not part or len(part) > _MAX_NAME_CHARS or _ADDRESS.search(part) or not any(map(str.isalpha, part)):
        return False
    parts = part.split()
    if len(parts) > _MAX_NAME_WORDS or len(DIGITS.findall(part)) > 1:
        return False
    # a description ("professor of the faculty of ...") is mostly in small letters where its script has capitals
    small = sum(1 for word in parts if word[0].islower() and len(word) > _PARTICLE_CHARS)
    return not (len(parts) >= _DESCRIPTION_WORDS and small >= 2)


def _is_nobody(name: str) -> bool:
    """Return True for a user of the content management system, a weekday, a role without a person."""
    if squeeze(name) in _NOBODY or _CMS_USER.fullmatch(name) or _is_role(name):
        return True
    return all(map(_is_date_word, name.split()))


def _is_beside(part: str, name: str, sites: frozenset[str]) -> bool:
    """Return True for a degree, the outlet, a place or a description behind the name of a person."""
    if agency_named(part) is not None:
        return False
    key = squeeze(part)
    if _ABBREVIATION.match(part) or any(len(site) > _PARTICLE_CHARS - 1 and site in key for site in sites):
        return True
    return looks_like_name(name) and not (looks_like_name(part) or is_cjk_name(part))


def _is_date_word(word: str) -> bool:
    return fold(word) in MONTHS or fold(word) in WEEKDAYS


def _is_role(text: str) -> bool:
    return _ROLE.search(text) is not None and not any(map(str.isalpha, _ROLE.sub("", text)))


def is_cjk_name(name: str) -> bool:
    return 2 <= len(name) <= _MAX_PRINTED_WORDS and all("\u4e00" <= char <= "\u9fff" for char in name)
