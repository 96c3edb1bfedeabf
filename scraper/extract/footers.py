"""What stands below an article and is no headline: credits, signatures, addresses, hashtags, the site's own notes. Pure."""

from __future__ import annotations

import re

from scraper.extract import vocabulary

_ADDRESS = re.compile(
    r"https?://|\bwww\.|[\w.+-]@[\w-]{1,64}\.\w|\w\w\.(?:com|org|net|ru|am|ge|az|tr)/|t\.me/|\(@\w",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:tel|phone|тел|հեռ|ტელ)\b[^\w]{0,4}[+(\d]|\+\d[\d\s()-]{7,}", re.IGNORECASE)
_HASHTAGS = re.compile(r"(?:[#@][^\s#@,]+[\s,]*)+$")
_TOKEN = re.compile(r"[^\W\d_]+")

_CREDIT = re.compile(rf"[\s(\[©*—–-]*+(?:{vocabulary.pattern('foot_credit')})\b", re.IGNORECASE | re.VERBOSE)
_BOILERPLATE = re.compile(vocabulary.pattern("foot_note"), re.IGNORECASE | re.VERBOSE)
_SIGNATURE = re.compile(vocabulary.pattern("signature"), re.IGNORECASE | re.VERBOSE)
_OFFICE = re.compile(
    r"\b(?:ministry|embassy|press service|press office|information department|министерств\w+|посольств\w+|пресс-служб\w+|администраци\w+|nazirliyi|səfirliyi|bakanlığı)\b",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset("of the and for in de и в по и".split())  # noqa: SIM905


def is_foot(text: str) -> bool:
    """Whether a line is one of these."""
    if _HASHTAGS.fullmatch(text) or _ADDRESS.search(text) or _PHONE.search(text):
        return True
    credit = _CREDIT.match(text)
    if credit:
        rest = text[credit.end() :].lstrip()
        if not rest or rest[0] in ":/|©-–—՝`.)" or (len(rest.split()) <= 3 and len(text) < 40):
            return True
    # Headlines speak of press services and of Facebook too; a signature is little else.
    if _BOILERPLATE.match(text):
        return True
    if len(text) < 90 and text.count(" ") < 9 and _SIGNATURE.match(text):
        return True
    office = _OFFICE.search(text) if len(text) < 120 else None
    if office and (
        office.start() < 5 or office.end() == len(text)
    ):  # "Statement of the Ministry ..." is a headline
        return all(w[0].isupper() or w in _SMALL_WORDS for w in _TOKEN.findall(text))
    return False
