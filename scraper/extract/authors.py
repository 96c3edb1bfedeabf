"""Choose the authors among all that a page declares and prints: no outlets, no makers of sites. Pure.

Agencies in the place of authors are credits. What metadata declares for the page as a whole (a meta element) is believed
only where it reads like a person: templates put the outlet, its owner or the studio that built the site there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from scraper.codec import Struct
from scraper.extract.bylines import (
    COMPANY,
    CREDIT,
    DIGITS,
    NO_NAME,
    SIGNS,
    behind_label,
    beside_date,
    beside_role,
    is_cjk_name,
    looks_like_name,
    names,
    undated,
    without_credits,
)  # fmt: skip
from scraper.extract.json_ld import Person
from scraper.extract.title import squeeze
from scraper.text.agencies import WRITTEN_OR_SIGNED, agency_named

MAX_AUTHORS = 12
MAX_BYLINE_CHARS = 100
_MAX_SIGNATURE_CHARS, _MAX_SURE_CHARS, _MAX_SIGNATURE_WORDS = 24, 30, 3
_MAX_LIST = 4  # more names than this in one meta element are regions, topics or a studio's credits
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
    if COMPANY.search(raw):
        return []
    found = [name for name in names(raw, sites=outlet) if squeeze(name) not in outlet]
    plausible = all(
        looks_like_name(_spelt(name)) or agency_named(name) or is_cjk_name(name) for name in found
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
        group = [name for name in names(undated(text), sites=outlet) if squeeze(name) not in outlet]
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
            source = CREDIT.match(text)
            signature = text[source.end() :] if source is not None else without_credits(undated(text))
            if agency_named(signature):
                found = found or [signature]
                continue
        signed = (
            behind_label(text)
            or behind_label(undated(text))
            or beside_role(text, outlet)
            or (plain and beside_date(text, outlet, once))
        )
        group = names(undated(signed), sites=outlet) if signed else []
        if group and all(looks_like_name(name) or agency_named(name) for name in group):
            return found + [_capitalised(name) for name in group]
    return found


def _own_signature(declared: Sequence[Person], outlet: frozenset[str]) -> list[str]:
    """Return the outlet that signs itself: a byline where a person would stand, no author if it is declared an organisation."""
    return [
        name
        for person in declared
        if not person.organisation
        for name in names(person.name, sites=outlet)
        if squeeze(name) in outlet
    ]


def _is_signature(name: str, *, sure: bool) -> bool:
    """Return True for initials, a nickname, "Redaction": what a place made for authors may hold."""
    parts = name.split()
    longest = _MAX_SURE_CHARS if sure else _MAX_SIGNATURE_CHARS
    if not 2 <= len(name) <= longest or DIGITS.search(name) or len(parts) > _MAX_SIGNATURE_WORDS:
        return False
    return parts[0].lower() not in NO_NAME and (name[0].isupper() or sure) and not SIGNS.search(name)


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
