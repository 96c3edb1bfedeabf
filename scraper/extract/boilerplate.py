"""Lines that stand in articles without belonging to them: calls to subscribe, photo credits, advertisement labels. Pure.

Words of the region's languages and of the wire's; matched on whole short lines or at their beginnings and ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scraper.extract import vocabulary
from scraper.text.normalize import fold

_LABELS = frozenset(map(fold, vocabulary.phrases("label")))
_MORE = frozenset(map(fold, vocabulary.phrases("more_label")))
_ADVERTS = frozenset(map(fold, vocabulary.phrases("advert_label")))
# In small letters, i with its dot: a pattern that need not fold letters tries no alternative whose first letter is another.
_CALL = re.compile(rf"(?x)^(?:{vocabulary.pattern('call')})")
_NOTICE = re.compile(rf"(?x){vocabulary.pattern('notice').replace('ı', 'i')}")
_NOTICE_SIGNS = vocabulary.phrases("notice_sign")
_PLAYER = re.compile(
    rf"(?x)\W*(?:{vocabulary.pattern('audio').replace('ı', 'i')})\W*(?:\d{{1,2}}:\d\d(?::\d\d)?)?\W*"
)
# What such lines say after words that may be any.
_CALL_LATE = re.compile(
    r"(?:please\s+)?(?:(?:\S+\s+){1,8}by\s+clicking\s+here$|(?:\w+\s+){1,5}(?:is|are)\s+not\s+responsible\s+for\s+the\s+(?:opinions|content|views|comments))"
)
_COMMENTS = re.compile(vocabulary.pattern("comments"), re.IGNORECASE | re.VERBOSE)
_COMMENTS_RULES = re.compile(rf"(?x)\W*(?:{vocabulary.pattern('comments_rules')})")
MAX_COMMENTS = 60
_CREDIT_START = re.compile(vocabulary.pattern("caption_start"), re.IGNORECASE | re.VERBOSE)
_CREDIT_INITIALS = frozenset("pifфլֆფşzbиc©(℗")
_CREDIT_END = re.compile(vocabulary.pattern("caption_end"), re.IGNORECASE | re.VERBOSE)
_TAIL = 80  # characters: the longest credit at the end of a caption
_MAX_CAPTION = 300
_MAX_CREDIT = 60  # a line that is nothing but a credit
_MAX_CALL = 400
_MAX_ADVERT = 20


def is_label(text: str) -> bool:
    """Return True for a line that only labels something which is not text: an advertisement, a button."""
    return text[-1:] not in "?!" and fold(text.strip(" .:-–—…↓»>|*()[]")) in _LABELS


def is_more(text: str) -> bool:
    """Return True for a link that says no more than that more is to be read."""
    return len(text) <= _MAX_ADVERT and fold(text.strip(" .:-–—…→>»[]()")) in _MORE


def is_advert(text: str) -> bool:
    """Return True for a line that says no more than that an advertisement stands there, or stood."""
    return len(text) <= _MAX_ADVERT and fold(text.strip(" .:-–—()[]")) in _ADVERTS


def is_call(text: str) -> bool:
    """Return True for a line that asks the reader for something, or states rights: it ends an article without being part of it."""
    if len(text) > _MAX_CALL:
        return False
    small = _small(text)
    if _CALL.match(small):
        return True
    return ("clicking" in small or "responsible" in small) and _CALL_LATE.match(small) is not None


def notices(texts: Sequence[str]) -> list[int]:
    """Return which texts are notices of the site, wherever they stand: how to report a mistake, how to quote."""
    whole = _small("\n".join([text if len(text) <= _MAX_CALL else "" for text in texts]))
    signs = [sign for sign in _NOTICE_SIGNS if sign in whole]  # most pages have none
    return [
        i
        for i, text in enumerate(whole.split("\n") if signs else ())
        if any(sign in text for sign in signs) and _NOTICE.search(text)
    ]


def is_player(text: str) -> bool:
    """Return True for the label of a player: "Listen to the story 5:47"."""
    return len(text) <= MAX_COMMENTS and _PLAYER.fullmatch(_small(text)) is not None


def _small(text: str) -> str:
    small = text.lower()
    return small if small.isascii() else small.replace("i\u0307", "i").replace("ı", "i")


def is_comments(text: str) -> bool:
    """Return True for the heading under which readers write: "12 comments", "Leave a reply"."""
    return len(text) <= MAX_COMMENTS and _COMMENTS.match(text) is not None


def is_of_comments(text: str) -> bool:
    """Return True for a line that says how comments are handled: they stand right below it."""
    return len(text) <= _MAX_CALL and _COMMENTS_RULES.match(_small(text)) is not None


def is_caption(text: str) -> bool:
    """Return True for a picture's caption or credit, by its own words."""
    length = len(text)
    if length >= _MAX_CAPTION:
        return False
    if text[:1].lower() in _CREDIT_INITIALS and _CREDIT_START.match(text):
        return True
    last = text[-1:]
    if last in ".)]" and not ("(" in text or "/" in text or "©" in text or length < _MAX_CREDIT):
        return False  # a sentence
    if last in ")]." or last.isalpha():
        return _CREDIT_END.search(text, max(0, length - _TAIL)) is not None
    return False
