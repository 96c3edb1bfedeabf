"""Find the language that an address names: in its query, its path or its host. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

_CODES = """
    hy=hy am arm arme hye hay armenian armenia; hyw=hyw; ka=ka ge geo kat georgian; az=az aze azj azeri azerbaijani
    ru=ru rus russian; en=en eng english; tr=tr tur turkish; ab=ab abk; os=os oss; fr=fr fra french; de=de deu ger
    es=es spa; it=it ita; fa=fa fas per; ar=ar ara; uk=uk ukr ua; el=el; ku=ku kmr; lat=lat latn latin
    kir=kir cyr cyrl kiril cyrillic
"""
_LANGUAGES = {
    name: group.partition("=")[0].strip()
    for group in re.split(r"[;\n]", _CODES)
    if "=" in group
    for name in group.partition("=")[2].split()
}
# So clearly a language that it may stand anywhere in a path; "it", "am" or "es" may also be a section or a word.
_CLEAR = frozenset("hy hye arm ka kat geo az aze ru rus en eng tr tur".split())  # noqa: SIM905
_TAG = re.compile(r"([a-z]{2,3})[-_](?:([a-z]{2})|(latn?|cyrl?|kir))")
_CALLED = re.compile(r"(?:lang|language)[-_=](?=[a-z])")
_FILE = re.compile(r".*?(?:[._]|\d-)([a-z]{2,3})(?:\.[a-z]{3,5})?")
_ANY_VALUE = frozenset("lang language lng langid lang_id language_id locale".split())  # noqa: SIM905
_CODE_VALUE = frozenset("l hl ln lan dil".split())  # noqa: SIM905


def language_named(subdomains: Sequence[str], segments: Sequence[str], query: str) -> str:
    """Return the language or script that an address names, "" if none. ``subdomains`` are labels before the site's own domain."""
    for name, value in parse_qsl(query.lower()):
        if name in _ANY_VALUE or ((name in _CODE_VALUE or "lang" in name) and _code(value)):
            return _code(value) or value
    for at, segment in enumerate(s.lower() for s in segments):
        if (at < 2 or segment in _CLEAR or _TAG.fullmatch(segment)) and (code := _code(segment)):
            return code
    if segments and (match := _FILE.fullmatch(segments[-1].lower())) and match[1] in _CLEAR:
        return _code(match[1])
    return next((code for label in subdomains if (code := _code(label.lower()))), "")


def _code(text: str) -> str:
    """Return the language of a folder, host label or value: "eng" and "en-us" are en, "az-cyrl" is not az."""
    text = _CALLED.sub("", text)
    if text in _LANGUAGES:
        return _LANGUAGES[text]
    if (match := _TAG.fullmatch(text)) and match[1] in _LANGUAGES:
        script = match[3] or ""
        return _LANGUAGES[match[1]] + ("-cyrl" if script.startswith(("c", "k")) else "")
    return ""
