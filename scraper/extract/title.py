"""All the titles that a page gives itself in; the headline as printed out, without site name, section or kicker. Pure.

The page prints its headline in an ``h1``; its metadata says it again, often with the outlet's name. Where both agree the
printed one is right; where they do not, what most of them say is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import unescape

from scraper.codec import Struct
from scraper.text.normalize import clean, words

MAX_CHARS = 500
_SURE_CHARS = 25
_MAX_BREAKS = 12
_SURE_AGREEMENT, _AGREEMENT, _WEAK_AGREEMENT = 0.8, 0.45, 0.14
# What stands between a headline and the name of the outlet or section.
_SEPARATOR = re.compile(r"\s+[|¦•·»«›:/\\~\-–—―]+\s+|\s*[|¦]\s*|\s*::+\s*|\s+[«»›]\s*")
_STRONG_SEPARATOR = re.compile(r"[|¦•·»›\\]|::")
_PRINTED_TAIL_WORDS = 6
_ENTITY = re.compile(r"&(?:#\w{1,8}|[a-zA-Z]{2,10});")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_GENERIC_WORDS = (
    "home news latest article newsletter search menu login error untitled video live новости новость главная "
    "xəbərlər haberler haber նորություններ լուրեր სიახლეები ახალი ამბები 404"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())


class Heading(Struct, frozen=True, kw_only=True):
    """An h1, or an h2 of a page without one: its whole text, and that without what is known to be a kicker."""

    text: str
    bare: str
    first: str | None = None  # the text of its first child element, which may be a kicker
    demoted: bool = False  # it stands where headlines do not: in a logo, a menu, a breadcrumb
    second: bool = False  # an h2


class Declared(Struct, frozen=True, kw_only=True):
    """What metadata calls the article. ``document`` is the title element, ``entry`` the feed's title."""

    headline: str | None = None  # JSON-LD or microdata
    og: str | None = None
    twitter: str | None = None
    meta: str | None = None
    document: str | None = None
    entry: str | None = None


def tidy(raw: str | None) -> str:
    """One line, entities resolved (twice where a template escaped twice), no markup, bounded."""
    if not raw:
        return ""
    for _ in range(2):
        if "&" not in raw or not _ENTITY.search(raw):
            break
        raw = unescape(raw)
    if "<" in raw:
        raw = re.sub(r"</?[a-zA-Z][^<>]{0,200}>", "", raw)
    return clean(raw)[:MAX_CHARS]


def choose(headings: Sequence[Heading], declared: Declared, *, sites: Iterable[str] = ()) -> str | None:
    """The headline. ``sites`` are the names that the outlet goes by (site name, publisher, host)."""
    sources = declared.headline, declared.og, declared.twitter, declared.meta, declared.entry
    for heading in headings:  # what nearly every page does: one heading, and metadata that says the same
        bare = heading.bare
        if not heading.demoted and len(bare) > _SURE_CHARS and bare in map(tidy, sources):
            return bare
    metas = list(map(tidy, sources))
    document = tidy(declared.document)
    names = _names(sites)
    said = [_unsuffixed(value, names, _others(value, [*metas, document])) for value in metas if value]
    said = [value for value in said if value and not _is_name(value, names)]
    whole = [value for value in (*metas, document) if value]

    best: tuple[float, str] | None = None
    for heading in headings:
        if not words(heading.bare) or _is_name(heading.bare, names):
            continue
        agreement = max((_agreement(heading, value) for value in (*said, *whole)), default=0.0)
        score = agreement - (0.6 if heading.demoted else 0.0)
        if heading.second and score < _SURE_AGREEMENT:
            continue
        if best is None or score > best[0] + 0.05:
            best = (score, _printed(heading, said, names))
    if best is not None and best[0] >= _AGREEMENT:
        return best[1]
    free = [
        heading
        for heading in headings
        if not (heading.demoted or heading.second) and _is_headline(heading.bare, names)
    ]
    if best is not None and best[0] >= _WEAK_AGREEMENT and len(words(best[1])) >= 4:
        return best[1]  # search engines are told another headline than readers, on the same subject
    if len(free) == 1 and not said:
        return _printed(free[0], said, names)
    if said:
        return _vote(said, document)
    if document:
        return _from_document(document, names) or None
    return free[0].bare if free else None


def tail(document: str, headline: str) -> str | None:
    """What the title element adds behind the headline: the outlet's name, mostly."""
    rest = tidy(document)
    if not rest.startswith(headline):
        return None
    parts = [part for part in _SEPARATOR.split(rest[len(headline) :]) if part.strip()]
    return parts[-1].strip() if parts else None


# ------------------------------------------------------------------------------------------ comparing


def _key(value: str) -> str:
    return " ".join(words(value))


def _agreement(heading: Heading, value: str) -> float:
    """1 where one contains the other, else the share of words that they have in common."""
    ours, theirs = set(words(heading.bare)), set(words(value))
    if not ours or not theirs:
        return 0.0
    if len(ours) >= 2 and (ours <= theirs or (theirs <= ours and len(theirs) >= 3)):
        return 1.0
    if ours == theirs:
        return 1.0
    return len(ours & theirs) / len(ours | theirs)


def _printed(heading: Heading, said: Sequence[str], names: frozenset[str]) -> str:
    """The heading's text; if metadata agrees that it ends earlier or begins later, what metadata says."""
    key = _key(heading.bare)
    if heading.first and (rest := _behind(heading, said)):
        return rest
    counts: dict[str, int] = {}
    for value in said:
        if not _CUT.search(value):
            counts[_key(value)] = counts.get(_key(value), 0) + 1
    for value in said:
        other = _key(value)
        agreed = other != key and counts.get(other, 0) >= 2 and len(other.split()) >= 3
        if agreed and (key.startswith(other + " ") or key.endswith(" " + other)):
            return value
    return _unsuffixed(heading.bare, names, []) or heading.bare


def _behind(heading: Heading, said: Sequence[str]) -> str | None:
    """The headline behind a kicker: metadata puts a sign between two parts that the page sets apart by design alone."""
    first = heading.first or ""
    rest = heading.text.removeprefix(first).strip()
    if not rest or rest[0] in ":|-–—":
        return None
    for value in said:
        after = value.removeprefix(first).strip()
        if after != value and after[:1] in (":", "|", "-", "–", "—") and _key(after) == _key(rest):
            return rest
    return None


def _vote(said: Sequence[str], document: str) -> str:
    """Without a printed headline: what is said most often; among equals the first (the most trusted source)."""
    keys = [_key(value) for value in said]
    title = _key(document)
    return max(
        said,
        key=lambda value: (
            sum(1 for key in keys if key == _key(value)) + (0.5 if title.startswith(_key(value)) else 0),
            -said.index(value),
        ),
    )


# ------------------------------------------------------------------------------------------ site names


def _names(sites: Iterable[str]) -> frozenset[str]:
    found = set()
    for site in sites:
        key = _squeeze(tidy(site))
        if len(key) >= 2:
            found.add(key)
            if key.startswith("the") and len(key) > 6:
                found.add(key[3:])
    return frozenset(found)


def _squeeze(value: str) -> str:
    return "".join(words(value))


def _is_name(value: str, names: frozenset[str]) -> bool:
    """The outlet's name, alone or with a word or two of claim or address around it."""
    key = _squeeze(value)
    if not key:
        return True
    if key in names:
        return True
    return any(
        (len(name) >= 4 and name in key and len(name) * 2 >= len(key))
        or (len(key) >= 5 and key in name and len(key) * 2 >= len(name))
        for name in names
    )


def _is_headline(value: str, names: frozenset[str]) -> bool:
    parts = words(value)
    return bool(parts) and not _is_name(value, names) and not set(parts) <= _GENERIC


def _others(value: str, all_values: Sequence[str]) -> list[str]:
    return [other for other in all_values if other and other != value]


def _unsuffixed(value: str, names: frozenset[str], others: Sequence[str]) -> str:
    """Without the trailing (or leading) parts that name the outlet; where another title is what remains, that."""
    keys = {_key(other) for other in others}
    breaks = list(_SEPARATOR.finditer(value))[:_MAX_BREAKS]
    for match in breaks:
        head, tail = value[: match.start()].strip(), value[match.end() :].strip()
        if not head or not tail:
            continue
        if _key(head) in keys and len(words(head)) >= 2:
            return head
        first = _SEPARATOR.split(tail, maxsplit=1)[0]
        if _is_name(tail, names) or _is_name(re.split(r",\s", first)[0], names):
            return head
    if breaks:
        match = breaks[0]
        head, tail = value[: match.start()].strip(), value[match.end() :].strip()
        if _is_name(head, names) and len(words(tail)) >= 3:
            return _unsuffixed(tail, names, ()) if len(breaks) > 1 else tail
    return value


def _from_document(value: str, names: frozenset[str]) -> str:
    """The title element alone: the outlet's name goes, then short parts behind signs that headlines do not use."""
    value = _unsuffixed(value, names, ())
    while match := _last(value):
        head, tail = value[: match.start()].strip(), value[match.end() :].strip()
        if not head or len(words(tail)) > _PRINTED_TAIL_WORDS or len(words(head)) <= len(words(tail)):
            break
        if not _STRONG_SEPARATOR.search(match[0]):
            break
        value = head
    return "" if _is_name(value, names) and names else value


def _last(value: str) -> re.Match[str] | None:
    breaks = list(_SEPARATOR.finditer(value))
    return breaks[-1] if breaks else None
