"""Read names of authors, as declared or printed: no "By", roles, dates, addresses, outlets or makers of sites. Pure.

Agencies in the place of authors are credits. What metadata declares for the page as a whole (a meta element) is believed
only where it reads like a person: templates put the outlet, its owner or the studio that built the site there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from scraper.codec import Struct
from scraper.extract import vocabulary
from scraper.extract.json_ld import Person
from scraper.extract.publication_date import PUBLISHED, UPDATED
from scraper.extract.title import squeeze, tidy
from scraper.text.agencies import WRITTEN_OR_SIGNED, agency_named
from scraper.text.date_names import MONTHS, WEEKDAYS
from scraper.text.normalize import fold

MAX_AUTHORS = 12
MAX_BYLINE_CHARS = 100
_MAX_NAME_CHARS, _MAX_NAME_WORDS, _MAX_PRINTED_WORDS = 60, 5, 4
_PARTICLE_CHARS = 3  # "de", "van", "oğlu" are not capitalised
_DESCRIPTION_WORDS = 3
_MAX_SIGNATURE_CHARS, _MAX_SURE_CHARS, _MAX_SIGNATURE_WORDS = 24, 30, 3
_MIN_BEFORE_DATE = 4
_PART_EDGES = " -–—:.,|/•·'\"«»[]*@()"
_MAX_ROLE_WORDS = 5
_MAX_LIST = 4  # more names than this in one meta element are regions, topics or a studio's credits


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
_CREDIT = re.compile(
    rf"(?:^|[\s(\[|/,;•·–—-])(?:{_words('byline.credit')})\s*(?:[:：՝©/.]|\bby\b|$)|^(?:{_words('byline.credit')})\s",
    re.IGNORECASE,
)
_END = re.compile(rf"(?:^|[\s|•·,(–—-])(?:{_words('byline.end')})(?!\w)", re.IGNORECASE)
_NAMED_FIRST = re.compile(r"(\S+(?: \S+){1,2}) (?:in|on|at|for) ")  # "Ann Example in Tbilisi"
_ROLE = re.compile(rf"(?<!\w)(?:{_words('byline.role')})(?!\w)", re.IGNORECASE)
_BESIDE = re.compile(rf"{_ROLE.pattern}|(?<!\w)(?:{_words('byline.newsroom')})(?!\w)", re.IGNORECASE)
_ROLE_ALONE = re.compile(rf"(?:(?:{_words('byline.role')}|{_PRESS_WORDS})\s?)+", re.IGNORECASE)
_COMPANY = re.compile(rf"(?<!\w)(?:{_words('byline.company')})(?!\w)", re.IGNORECASE)
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
_SIGNS = re.compile(r"[\[\]()：:（）]")
_DIGITS = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ARTICLES = frozenset(vocabulary.phrases("byline.no_name"))
_IN_BRACKETS = re.compile(r"\s*\([^()]{0,60}(?:\)|$)")
_LAST_WORD = re.compile(r"[\s,|/•·–—:(-]*([^\s,|/•·–—:(-]*)[\s,|/•·–—:(-]*$")
_ABBREVIATION = re.compile(r"^(?:[A-Z]{2,5}|[A-Z][a-z]?\.?[A-Z]\.?[A-Z]?\.?)$")  # MD, PhD, AFP
_SLUG_SIGN = re.compile(r"[-_.]")
_SLUG = re.compile(r"^[a-z]+(?:[-_.][a-z]+)+$")


class Signed(Struct, frozen=True):
    """Who signed an article: people (or the outlet, if it signs as they do) and the agencies beside them."""

    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()


def choose_authors(
    declared: Sequence[Person],
    others: Iterable[str],
    printed: Iterable[tuple[int, str, bool]] = (),
    texts: Iterable[tuple[str, bool]] = (),
    feed: Sequence[str] = (),
    *,
    sites: Iterable[str] = (),
    owners: Callable[[], str] = str,
    once: Callable[[str], bool] = bool,
) -> Signed:
    """Return declared authors; where they are nobody or the outlet itself, what else names a person.

    ``others`` are bylines of meta elements, ``printed`` texts of elements that are called a byline, each with whether it
    is a sure one, ``owners`` the squeezed copyright lines of the page, ``texts`` other lines around the article, each with whether a name and a date alone sign it if ``once`` is true of the name, ``feed`` what the feed says: each is asked if those before it
    name nobody.
    """
    outlet = frozenset(squeeze(site) for site in sites if site)
    found: list[str] = []
    sources: tuple[Callable[[], list[str]], ...] = (
        lambda: _declared(declared, outlet),
        lambda: next((found for other in others if (found := _of_page(other, outlet, owners))), []),
        lambda: _of_elements(printed, outlet),
        lambda: _labelled(texts, outlet, once),
        lambda: [name for raw in feed for name in names(raw, sites=outlet) if squeeze(name) not in outlet],
        lambda: _own_signature(declared, outlet),
    )
    for source in sources:
        found += source()
        if any(agency_named(name) is None for name in found):
            break
    unique = _unique(found)
    agencies = {raw: name for raw in unique if (name := agency_named(raw)) is not None}
    # an agency that the page declares for its author stays one, beside being credited
    meant = {squeeze(name) for person in declared if not person.organisation for name in names(person.name)}
    authors = [name for name in unique if name not in agencies or squeeze(name) in meant]
    return Signed(tuple(authors[:MAX_AUTHORS]), tuple(dict.fromkeys(agencies.values())))


def names(raw: str | None, *, sites: frozenset[str] = frozenset()) -> list[str]:
    """Return the names in one declared or printed byline, in order."""
    text = tidy(raw)
    if not text or _ADDRESS.match(text) or squeeze(text) in _NOBODY:
        return []
    both = _BOTH.match(text)
    lead = both or _LEAD.match(text)
    others = _OTHER_HANDS.match(text) or _CREDIT.match(text) or (lead and _COMPANY.search(lead[0]))
    if others and not both:
        return []
    text = _without_credits(_URL.sub(" ", text[lead.end() :] if lead is not None else text).strip())
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
    if (
        not 2 <= len(parts) <= _MAX_PRINTED_WORDS
        or parts[0].lower() in _ARTICLES
        or not parts[0][0].isalpha()
    ):
        return False
    if (
        _DIGITS.search(text)
        or _SIGNS.search(text)
        or _BESIDE.search(text)
        or any(fold(part) in MONTHS for part in parts[:1])
    ):
        return False
    return all(_begins_name(part[0]) or len(part) <= _PARTICLE_CHARS for part in parts)


def _begins_name(char: str) -> bool:
    """Return True for a capital, and for any letter of a script that has none in use."""
    return char.isupper() or char.lower() == char.upper() or "ა" <= char <= "ჿ"


# ------------------------------------------------------------------------------------------ sources, in order of trust


def _declared(declared: Sequence[Person], outlet: frozenset[str]) -> list[str]:
    """Names of JSON-LD; none if the outlet alone is named."""
    people = [(name, person.organisation) for person in declared for name in names(person.name, sites=outlet)]
    if all(squeeze(name) in outlet for name, _ in people):
        return []
    own = _unique(name for name, organisation in people if not (organisation and squeeze(name) in outlet))
    return [*map(_spelt, own)]


def _of_page(raw: str, outlet: frozenset[str], owners: Callable[[], str]) -> list[str]:
    """Names of a meta element: people or agencies, and nothing that built or owns the site."""
    if _COMPANY.search(raw):
        return []
    found = [name for name in names(raw, sites=outlet) if squeeze(name) not in outlet]
    plausible = all(
        looks_like_name(_spelt(name)) or agency_named(name) or _is_cjk_name(name) for name in found
    )
    domain = "." in raw and " " not in raw.strip()
    if not found or not plausible or domain or len(found) > _MAX_LIST:
        return []
    if any(squeeze(name) in site for name in found for site in outlet):
        return []
    lines = owners()  # of copyright
    return [] if any(squeeze(name) in lines for name in found) else [*map(_spelt, found)]


def _of_elements(found: Iterable[tuple[int, str, bool]], outlet: frozenset[str]) -> list[str]:
    """Return the first printed byline that reads like names, and the sure ones at the same place."""
    collected: list[str] = []
    place = 0
    for level, text, sure in found:
        if collected and (level > place or not sure):
            break
        group = [name for name in names(_undated(text), sites=outlet) if squeeze(name) not in outlet]
        people = [name for name in group if looks_like_name(name) or agency_named(name)]
        if "/" in text and people and agency_named(people[0]):  # "AFP / Ann Example" signs a picture
            people = [name for name in people if agency_named(name)]
        if not people and len(group) == 1 and _is_signature(group[0], sure=sure):
            people = group
        collected += map(_capitalised, people)
        place = level
    return collected


def _labelled(
    texts: Iterable[tuple[str, bool]], outlet: frozenset[str], once: Callable[[str], bool]
) -> list[str]:
    """Return the first line that says "By ..." or "Author: ...", the label in a line of its own or not, and the first agency."""
    found: list[str] = []
    for text, plain in texts:
        if len(text) > MAX_BYLINE_CHARS:
            continue
        if WRITTEN_OR_SIGNED.search(text):
            source = _CREDIT.match(text)
            signature = text[source.end() :] if source is not None else _without_credits(_undated(text))
            if agency_named(signature):
                found = found or [signature]
                continue
        signed = (
            _behind_label(text) or _beside_role(text, outlet) or (plain and _beside_date(text, outlet, once))
        )
        group = names(_undated(signed), sites=outlet) if signed else []
        if group and all(looks_like_name(name) or agency_named(name) for name in group):
            return found + [_capitalised(name) for name in group]
    return found


def _behind_label(text: str) -> str:
    """Return a line from "By" or "Author:" on: at its beginning or behind a sign ("4 March 2026 | By Ann Example")."""
    for start in (0, *(sign.end() for sign in _PART_SIGNS.finditer(text))):
        lead = _LEAD.match(text[start:])
        if lead is not None and (
            lead[0].strip(" :").lower() not in _SHORT_LEADS or _LABEL.match(text[start:])
        ):
            return text[start:]
    return ""


def _beside_role(text: str, outlet: frozenset[str]) -> str:
    """Return "Ann Example, correspondent" without the role: a name beside who writes for the press, or for whom, and nothing else."""
    sign = _ROLE_SIGN.search(text)
    if sign is None:
        name, role = _part(text, outlet), text
    else:
        name, role = text[: sign.start()], text[sign.end() :].strip(" )")
    if name == text or not looks_like_name(name) or len(role.split()) > _MAX_ROLE_WORDS:
        return ""
    return name if _PRESS.search(role) or squeeze(role) in outlet else ""


def _beside_date(text: str, outlet: frozenset[str], once: Callable[[str], bool]) -> str:
    """Return the name in "Ann Example | 4 March 2026"; no place ("New York, 4 March 2026"), outlet or section, which the menu names too."""
    name = _undated(text).strip(_PART_EDGES)
    rest = text.replace(name, "", 1)
    words = [word for word in _WORD.findall(fold(rest)) if not (word in MONTHS or word in WEEKDAYS)]
    dated = _DIGITS.search(rest) and not (
        words and UPDATED.search(rest) is None and PUBLISHED.search(rest) is None
    )
    lone = (
        name[:1].isupper()
        and not name.isupper()
        and looks_like_name(name)
        and name.replace(" ", "").isalpha()
    )
    place = text.startswith(name) and rest.lstrip().startswith(",")
    return name if dated and lone and not place and squeeze(name) not in outlet and once(name) else ""


def _own_signature(declared: Sequence[Person], outlet: frozenset[str]) -> list[str]:
    """Return the outlet that signs itself: a byline where a person would stand, no author if it is declared an organisation."""
    return [
        name
        for person in declared
        if not person.organisation
        for name in names(person.name, sites=outlet)
        if squeeze(name) in outlet
    ]


# ------------------------------------------------------------------------------------------ reading one name


def _without_credits(text: str) -> str:
    """Return a byline up to the credit of a photo, a source or a date behind it; nothing where it begins with one."""
    parts = _PART_SIGNS.split(text)
    if len(parts) > 1:
        text = " / ".join(part for part in parts if not _CREDIT.match(part))
    for pattern in (_CREDIT, _END):
        if cut := pattern.search(text):
            text = text[: cut.start()].strip()
    return text


def _undated(text: str) -> str:
    """Return a byline without the date: "By Ann Example on Monday, 3 May 2026", "Published 3 May 2026, 14:05 by Ann Example"."""
    digit = _DIGITS.search(text)
    if digit is not None and (digit.start() < _MIN_BEFORE_DATE or _END.match(text)):
        behind = text[text.rindex(_DIGITS.findall(text)[-1]) + 1 :].strip(_PART_EDGES)
        return behind if _LEAD.match(behind) or looks_like_name(behind) else text
    kept = text[: digit.start()] if digit is not None else text
    while (last := _LAST_WORD.search(kept)) and len(kept) < len(text) and last.start() > 0:
        word = fold(last[1])
        if not (
            word in MONTHS
            or word in WEEKDAYS
            or (last[1].islower() and len(word) <= _PARTICLE_CHARS)
            or not word
        ):
            break
        kept = kept[: last.start()]
    return kept


def _part(part: str, sites: frozenset[str]) -> str:
    part = _IN_BRACKETS.sub("", part).strip(_PART_EDGES)
    part = _OUTER_AND.sub("", _LEAD.sub("", part))
    if place := _NAMED_FIRST.match(part):
        part = place[1]
    if (said := part.split())[: len(said) // 2] == said[len(said) // 2 :]:
        part = " ".join(said[: len(said) // 2])  # a name that is printed twice, for two widths of screen
    for count in range(
        1, len(said) - 1
    ):  # "Ann Example Valley Post", "Reporter Ann Example", "Ann Example staff writer"
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
    if len(parts) > _MAX_NAME_WORDS or len(_DIGITS.findall(part)) > 1:
        return False
    # a description ("professor of the faculty of ...") is mostly in small letters where its script has capitals
    small = sum(1 for word in parts if word[0].islower() and len(word) > _PARTICLE_CHARS)
    return not (len(parts) >= _DESCRIPTION_WORDS and small >= 2)


def _is_nobody(name: str) -> bool:
    """Return True for a user of the content management system, a weekday, a role without a person."""
    if (
        squeeze(name) in _NOBODY
        or _CMS_USER.fullmatch(name)
        or all(fold(word) in MONTHS or fold(word) in WEEKDAYS for word in name.split())
    ):
        return True
    return _ROLE.search(name) is not None and not any(map(str.isalpha, _ROLE.sub("", name)))


def _is_beside(part: str, name: str, sites: frozenset[str]) -> bool:
    """Return True for a degree, the outlet, a place or a description behind the name of a person."""
    if agency_named(part) is not None:
        return False
    key = squeeze(part)
    if _ABBREVIATION.match(part) or any(len(site) > _PARTICLE_CHARS - 1 and site in key for site in sites):
        return True
    return looks_like_name(name) and not (looks_like_name(part) or _is_cjk_name(part))


def _is_role(text: str) -> bool:
    return _ROLE_ALONE.fullmatch(text) is not None


def _is_cjk_name(name: str) -> bool:
    return 2 <= len(name) <= _MAX_PRINTED_WORDS and all("\u4e00" <= char <= "\u9fff" for char in name)


def _is_signature(name: str, *, sure: bool) -> bool:
    """Return True for initials, a nickname, "Redaction": what a place made for authors may hold."""
    parts = name.split()
    longest = _MAX_SURE_CHARS if sure else _MAX_SIGNATURE_CHARS
    if not 2 <= len(name) <= longest or _DIGITS.search(name) or len(parts) > _MAX_SIGNATURE_WORDS:
        return False
    return parts[0].lower() not in _ARTICLES and (name[0].isupper() or sure) and not _SIGNS.search(name)


def _capitalised(name: str) -> str:
    return (
        name.title().replace("i̇", "i")
        if name.isupper() and " " in name and not "ა" <= name[0] <= "ჿ"
        else name
    )


def _unique(found: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for name in found:
        key = squeeze(name)
        if key:
            seen.setdefault(key, name)
    # "Associated Press Ann Example" beside "Ann Example"
    return [name for key, name in seen.items() if not any(other in key and other != key for other in seen)]


def _spelt(name: str) -> str:
    if _SLUG.match(name):
        return _SLUG_SIGN.sub(" ", name).title()
    return name.title() if " " in name and name == name.lower() and name.isascii() else name
