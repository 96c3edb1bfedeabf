"""Names of authors, as declared or printed, cleaned: no "By", roles, dates, addresses or outlet names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scraper.extract.json_ld import Person
from scraper.extract.title import tidy
from scraper.text.date_names import MONTHS, WEEKDAYS
from scraper.text.normalize import fold, words

MAX_AUTHORS = 12
MAX_BYLINE_CHARS = 100
_MAX_NAME_CHARS = 60
_MAX_NAME_WORDS = 5

# "By", "written by", "author" in the languages of our outlets and their neighbours, only in front of a name.
_LEAD = re.compile(
    r"^(?:(?:[a-z]+ ){0,2}by|author|authors|von|par|por|di|door|av|af|från|"
    r"autor(?:es|a|in)?|auteur|autore|foto|fotos|text|texte|redaktion|autorius|yazan|yazar|yazarı|haber|muhabir|müəllif|"
    r"автор(?:ы)?|текст|подготовил[аи]?|беседовал[аи]?|корреспондент|фото|"
    r"հեղինակ|տեքստ|ავტორი|ტექსტი)\s*(?:[:：՝-]\s*|\s)",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*([,;|/•·／])\s*|\s+(?:and|und|et|og|och|ja|en|ve|və|и|та|და|եւ|և|&|\+)\s+|\s+(?:y|e|i)\s+(?=[A-ZÀ-Ž])|(?<=[a-zà-ž])\.\s+(?=[A-Z])"
)
_ADDRESS = re.compile(
    r"https?:|www\.|\S+@\S+|^@|\.(?:com|org|net|ru|am|ge|az|tr|info|news|html?)\b|[{}<>=]", re.IGNORECASE
)
_DIGITS = re.compile(r"\d")
_ROLE = re.compile(
    r"\b(?:reporter|journalist|correspondent|editor|writer|columnist|contributor|staff|bureau|producer|photographer|professor|"
    r"director|manager|chief|senior|political|university|media|online|news(?:room|desk)?|redakt\w*|korrespondent|journaliste|"
    r"periodista|giornalista|muhabir\w*|editör\w*|корреспондент|журналист|редактор|обозреватель|լրագրող|ჟურნალისტი)\b",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    {
        "admin",
        "administrator",
        "webmaster",
        "root",
        "user",
        "superuser",
        "editor",
        "author",
        "unknown",
        "none",
        "null",
        "guest",
        "anonymous",
        "default",
        "system",
        "test",
    }
)
_ARTICLES = frozenset(
    {
        "the",
        "a",
        "an",
        "der",
        "die",
        "das",
        "le",
        "la",
        "les",
        "el",
        "los",
        "all",
        "more",
        "zur",
        "zum",
        "mehr",
        "see",
        "view",
        "read",
        "follow",
        "все",
        "другие",
        "bütün",
        "tüm",
    }
)
_NOT_BY = frozenset(
    {"foto", "fotos", "фото", "text", "texte", "di", "da", "en", "par", "por", "af", "av", "от"}
)
_HANDLE = re.compile(r"\s@\w+")
_IN_BRACKETS = re.compile(r"\s*\([^()]{0,60}\)\s*$")
_LAST_WORD = re.compile(r"[\s,|/•·–—:(-]*([^\s,|/•·–—:(-]*)[\s,|/•·–—:(-]*$")
_ABBREVIATION = re.compile(r"^(?:[A-Z]{2,5}|[A-Z][a-z]?\.?[A-Z]\.?[A-Z]?\.?)$")  # MD, PhD, AFP
_CAPITALS_FIRST = re.compile(r"^((?:[A-Z][A-Z'’.-]+\s+){1,3}[A-Z][A-Z'’.-]{2,})\s+[A-Z][a-z]")
_SLUG_SIGN = re.compile(r"[-_.]")
_SLUG = re.compile(r"^[a-z]+(?:[-_.][a-z]+)+$")


def names(raw: str | None, *, sites: frozenset[str] = frozenset()) -> list[str]:
    """The names in one declared or printed byline, in order."""
    text = tidy(raw)
    if not text:
        return []
    text = _LEAD.sub("", text).strip()
    if _ADDRESS.match(text):
        return []
    found: list[str] = []
    pieces = _SPLIT.split(text)  # name, sign or None, name, sign ...
    for index in range(0, len(pieces), 2):
        part = _part(pieces[index])
        if not _is_name(part):
            if found and len(part.split()) >= 3:  # a description of the one named last
                break
            continue
        # behind a comma stand other names, but also roles, degrees, agencies and the outlet
        behind = index > 0 and pieces[index - 1] is not None and bool(found)
        if index > 0 and (_ROLE.search(part) or squeeze(part) in sites):
            continue
        if behind and (
            _ABBREVIATION.match(part) or any(len(site) > 2 and site in squeeze(part) for site in sites)
        ):
            continue
        found.append(part)
    if not found and len(text) <= _MAX_NAME_CHARS and not _ADDRESS.search(text) and not _DIGITS.search(text):
        found = [text]
    return [name for name in found if name.lower() not in _NOBODY and not name.lower().endswith("admin")]


def choose(
    declared: Sequence[Person], others: Iterable[str], *, sites: Iterable[str] = ()
) -> tuple[str, ...]:
    """Declared authors first; where they are nobody, a slug or the outlet itself, what else the page says.

    ``others`` are further bylines in order of trust (meta elements, microdata); the first that names a person wins.
    """
    outlet = frozenset(squeeze(site) for site in sites if site)
    people = [(name, person.organisation) for person in declared for name in names(person.name, sites=outlet)]
    further = [names(other, sites=outlet) for other in others]
    if any(squeeze(name) not in outlet for name, _ in people):
        own = _unique(name for name, organisation in people if not (organisation and squeeze(name) in outlet))
        return tuple(_better(name, further) for name in own)[:MAX_AUTHORS]
    for group in further:
        if persons := [name for name in group if squeeze(name) not in outlet]:
            return tuple(map(_spelt, _unique(persons)))[:MAX_AUTHORS]
    # the outlet signs itself: a byline if it stands where a person would, no author if it is declared an organisation
    return tuple(_unique(name for name, organisation in people if not organisation))[:MAX_AUTHORS]


def printed(
    found: Iterable[tuple[str, bool]], texts: Iterable[str] = (), *, sites: Iterable[str] = ()
) -> tuple[str, ...]:
    """The first printed byline that reads like names.

    ``found`` pairs the text of an element that is called a byline with whether it is a sure one (a link to an author's
    page); ``texts`` are what else is printed around the headline, where only "By ..." makes a byline.
    """
    outlet = frozenset(squeeze(site) for site in sites if site)
    collected: list[str] = []
    for text, sure in found:
        group = [name for name in names(_undated(text), sites=outlet) if squeeze(name) not in outlet]
        good = all(map(looks_like_name, group)) or (len(group) == 1 and _is_signature(group[0], sure=sure))
        if group and good and (not collected or sure):
            collected += map(_capitalised, group)
        if collected and not sure:
            break
    if not collected:
        for text in texts:
            if (
                len(text) <= MAX_BYLINE_CHARS
                and (lead := _LEAD.match(text))
                and lead[0].strip(" :").lower() not in _NOT_BY
            ):
                group = names(_undated(text), sites=outlet)
                if group and all(map(looks_like_name, group)):
                    collected = [_capitalised(name) for name in group]
                    break
    return tuple(_unique(collected))[:MAX_AUTHORS]


def _undated(text: str) -> str:
    """Without the date behind the name: "By Ann Example on Monday, 3 May 2026", "Ann Example | 03.05.2026"."""
    digit = _DIGITS.search(text)
    kept = text[: digit.start()] if digit is not None and digit.start() >= 4 else text
    while (last := _LAST_WORD.search(kept)) and len(kept) < len(text) and last.start() > 0:
        word = fold(last[1])
        if not (word in MONTHS or word in WEEKDAYS or (last[1].islower() and len(word) <= 3) or not word):
            break
        kept = kept[: last.start()]
    return kept


def _capitalised(name: str) -> str:
    return name.title() if name.isupper() and " " in name and not "ა" <= name[0] <= "ჿ" else name


def squeeze(name: str) -> str:
    """For comparison: letters and digits alone."""
    return "".join(words(name))


def looks_like_name(text: str) -> bool:
    """For printed bylines that nothing declares: two to four words, all but particles capitalised."""
    parts = text.split()
    if (
        not 2 <= len(parts) <= 4
        or parts[0].lower() in _ARTICLES
        or _DIGITS.search(text)
        or _ROLE.search(text)
    ):
        return False
    return (
        all(part[0].isupper() or not part[0].isascii() or len(part) <= 3 for part in parts)
        and parts[0][0].isalpha()
    )


def _is_signature(name: str, *, sure: bool) -> bool:
    """Initials, a nickname, "Redaction": what a place made for authors may hold."""
    parts = name.split()
    if not 2 <= len(name) <= (30 if sure else 24) or _DIGITS.search(name) or len(parts) > 3:
        return False
    return parts[0].lower() not in _ARTICLES and (name[0].isupper() or sure)


def _part(part: str) -> str:
    part = _LEAD.sub("", _IN_BRACKETS.sub("", _HANDLE.sub("", part)).strip(" -–—:.,'\"«»[]*@"))
    if capitals := _CAPITALS_FIRST.match(part):
        part = capitals[1]  # "ANN EXAMPLE Example Press"
    return part.strip()


def _is_name(part: str) -> bool:
    if not part or len(part) > _MAX_NAME_CHARS or _ADDRESS.search(part):
        return False
    parts = part.split()
    if len(parts) > _MAX_NAME_WORDS or len(_DIGITS.findall(part)) > 1:
        return False
    # a description ("professor of the faculty of ...") is mostly in small letters where its script has capitals
    small = sum(1 for word in parts if word[0].islower() and len(word) > 3)
    return not (len(parts) >= 3 and small >= 2)


def _unique(found: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for name in found:
        key = squeeze(name)
        if key:
            seen.setdefault(key, name)
    return list(seen.values())


def _better(name: str, further: list[list[str]]) -> str:
    """The same name as another source prints it, where the first is a slug or has no capitals."""
    if name != name.lower() or not name.isascii():
        return _spelt(name)
    key = squeeze(name)
    start = _SLUG_SIGN.split(name)[0]
    for group in further:
        for other in group:
            same = squeeze(other) == key or (
                _SLUG.match(name) and squeeze(other).startswith(start) and " " in other
            )
            if same and other != other.lower():
                return other
    return _spelt(name)


def _spelt(name: str) -> str:
    if _SLUG.match(name):
        return _SLUG_SIGN.sub(" ", name).title()
    return name.title() if " " in name and name == name.lower() and name.isascii() else name
