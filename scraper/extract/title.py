"""Choose the headline among all the titles that a page gives itself, without site name, section, kicker or date. Pure.

The page prints its headline in a heading; its metadata says it again, often with the outlet's name. Where both agree the
printed one is right; where they do not, what most of them say is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import unescape
from itertools import combinations

from scraper.codec import Struct
from scraper.text.normalize import clean_line, folded_words

MAX_CHARS = 500
_SURE_CHARS = 25
_MAX_BREAKS = 12
# How far a heading and a declared title must agree: to need no second look, to be the headline, to be on its subject
# although another line is the declared one, to be on its subject.
_SURE, _AGREED, _SAME_STORY, _RELATED = 0.8, 0.45, 0.3, 0.14
_DEMOTION = 0.6
_MORE = 0.9  # a heading that says more than metadata
_CLEARLY_BETTER = 0.05
_MAIN_SHARE = 0.5  # a part of a title that is no beginning of it must be the larger one
_NAME_SHARE = 2  # an outlet's name with as many letters again around it is a name still
_LONG_NAME_WORDS = 5
_MIN_NAME_CHARS, _MIN_PART_NAME_CHARS, _MIN_KEY_CHARS, _MIN_BARE_THE = 2, 4, 5, 6
_SHORT_TAIL_WORDS = 6  # of a section or an outlet's name behind a headline
_CHAIN_TAILS = 2
_LINK_WORDS = 3  # of one link in a chain of sections
_HEADLINE_WORDS, _FULL_HEADLINE_WORDS = 2, 4
_CJK_PER_WORD = 2
# What stands between a headline and the name of the outlet or section.
_SEPARATOR = re.compile(
    r"(?<!\s)\s+(?:[|¦•·»«›>:/\\~\-–—―*●➤►★→]+\s+|[|¦｜]\s*|::+\s*|[«»›]\s*)|[|¦｜]\s*|::+\s*|:\s+|\s?_+(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])-(?=[\u3400-\u9fff])"
)
_STRONG_SEPARATOR = re.compile(r"[|¦｜•·»›>\\_●➤►★→]|::|//")
_CHAIN = re.compile(r":\s+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-zа-я]{2,6}", re.IGNORECASE)
_CUT_KICKER = re.compile(r"^[:|·•»>/–—-]+\s*(?=\S)")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_ENTITY = re.compile(r"&(?:#\w{1,8}|[a-zA-Z]{2,10});")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_DATED = re.compile(r"\d:\d\d|(?:19|20)\d\d")
_MAX_STAMP_CHARS = 48
_GENERIC_WORDS = (
    "home news latest article newsletter search menu login error untitled video live новости новость главная "
    "xəbərlər haberler haber նորություններ լուրեր სიახლეები ახალი ამბები 404"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())


class Heading(Struct, frozen=True, kw_only=True):
    """An h1, or an h2 of a page whose h1 is none: its whole text, and that without what is known to be a kicker."""

    text: str
    bare: str
    parts: tuple[str, ...] = ()  # the texts of its children, where it has several
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


class _Match(Struct, frozen=True):
    score: float
    heading: Heading


def tidy(raw: str | None) -> str:
    """Return one line, entities resolved (twice where a template escaped twice), no markup, bounded."""
    if not raw:
        return ""
    for _ in range(2):
        if "&" not in raw or not _ENTITY.search(raw):
            break
        raw = unescape(raw)
    if "<" in raw:
        raw = re.sub(r"</?[a-zA-Z][^<>]{0,200}>", "", raw)
    return clean_line(raw)[:MAX_CHARS]


def choose_title(
    headings: Sequence[Heading],
    declared: Declared,
    *,
    sites: Iterable[str] = (),
    second: Callable[[], Sequence[Heading]] = tuple,
    lines: Callable[[], frozenset[str]] = frozenset,
) -> str | None:
    """Return the headline.

    ``sites`` are the names that the outlet goes by; ``second`` gives the lesser headings and ``lines`` the squeezed lines
    of the page: both are asked only where the first headings leave a doubt.
    """
    sources = declared.headline, declared.og, declared.twitter, declared.meta, declared.entry
    for heading in headings:  # what nearly every page does: one heading, and metadata that says the same
        bare = heading.bare
        if not heading.demoted and len(bare) > _SURE_CHARS and bare in map(tidy, sources):
            return bare
    metas = list(filter(None, map(tidy, sources)))
    document = tidy(declared.document)
    names = _names(sites, titles=(*metas, document))
    said = [_unsuffixed(v, names, [o for o in (*metas, document) if o and o != v]) for v in metas]
    said = [value for value in said if value and not _is_name(value, names)]
    whole = [value for value in (*metas, document) if value]
    told = [*said, document]

    best = _best(headings, (*said, *whole), names)
    if best is None or best.score < _SURE:
        rival = _best(second(), (*said, *whole), names)
        if rival is not None and rival.score >= _SURE:
            best = rival
    if best is not None and best.score >= _SURE:
        return _printed(best.heading, told, names)
    line = _printed_line([*said, document], names, lines)
    on_subject = best is not None and extent(best.heading.bare) >= _FULL_HEADLINE_WORDS
    if best is not None and on_subject and best.score >= (_SAME_STORY if line else _RELATED):
        # search engines are told another headline than readers, on the same subject
        return line if line and line in best.heading.bare else _printed(best.heading, told, names)
    if line:
        return line
    if best is not None and best.score >= _AGREED and not best.heading.second:
        return _printed(best.heading, told, names)
    free = [h for h in headings if not h.demoted and _is_headline(h.bare, names)]
    if len(free) == 1 and not said:
        return _printed(free[0], told, names)
    if said:
        keys = [_key(value) for value in (*said, document)]
        return max(
            said, key=lambda value: keys.count(_key(value))
        )  # the first, the most trusted, of those said most often
    if document:
        return _from_document(document, names) or None
    return free[0].bare if free else None


def tail(document: str, headline: str) -> str | None:
    """Return what the title element adds behind the headline: the outlet's name, mostly."""
    rest = tidy(document)
    if not rest.startswith(headline):
        return None
    parts = [part for part in _SEPARATOR.split(rest[len(headline) :]) if part.strip()]
    return parts[-1].strip() if parts else None


@lru_cache(maxsize=2048)
def squeeze(value: str) -> str:
    """Return letters and digits alone, folded: what titles and names are compared by."""
    return "".join(folded_words(value))


def extent(value: str) -> int:
    """Return how many words a title has; scripts that do not part words count two signs for one."""
    signs = len(_CJK.findall(value))
    return signs // _CJK_PER_WORD + sum(
        1 for word in folded_words(value) if not (signs and _CJK.search(word))
    )


# ------------------------------------------------------------------------------------------ comparing


@lru_cache(maxsize=512)
def _key(value: str) -> str:
    return " ".join(folded_words(value))


def _best(headings: Sequence[Heading], values: Sequence[str], names: frozenset[str]) -> _Match | None:
    """Return the heading that metadata confirms most; among equals the first."""
    best: _Match | None = None
    for heading in headings:
        if not folded_words(heading.bare) or _is_name(heading.bare, names):
            continue
        score = max((_agreement(heading.bare, value) for value in values), default=0.0)
        score -= _DEMOTION if heading.demoted else 0.0
        if best is None or score > best.score + _CLEARLY_BETTER:
            best = _Match(score, heading)
    return best


def _agreement(printed: str, value: str) -> float:
    """Return 1 where both say the same or the printed one says more; less the smaller the part is that it says."""
    ours, theirs = squeeze(printed), squeeze(value)
    if not ours or not theirs:
        return 0.0
    mine, others = set(folded_words(printed)), set(folded_words(value))
    if ours == theirs:
        return 1.0
    if theirs in ours and extent(value) > _HEADLINE_WORDS:
        return _MORE
    share = len(ours) / len(theirs)
    if extent(printed) >= _HEADLINE_WORDS and ours in theirs:
        if theirs.startswith(ours) and share < 1:
            rest = value[len(printed) :] if value.startswith(printed) else ""
            whole = bool(_SEPARATOR.match(rest)) or share > _MAIN_SHARE
            return _SURE if whole else _AGREED + (_SURE - _AGREED) * share
        return _SURE if share >= _MAIN_SHARE else 0.0
    if others <= mine and len(others) > _HEADLINE_WORDS:
        return 1.0
    return len(mine & others) / len(mine | others)


def _printed(heading: Heading, said: Sequence[str], names: frozenset[str]) -> str:
    """Return the heading's text; if metadata agrees that it ends earlier or begins later, what metadata says."""
    if rest := _among_parts(heading.parts, [*said, _unsuffixed(said[-1], names, said[:-1])]):
        return rest
    bare = _CUT_KICKER.sub("", heading.bare)
    solid = bare.replace(" ", "")
    # elements of the heading part words where no space is printed
    bare = next((value for value in said if value.replace(" ", "") == solid), bare)
    for value in filter(None, said):  # a date glued to the headline
        rest = bare.removeprefix(value) if bare.startswith(value) else bare.removesuffix(value)
        if (
            rest != bare
            and len(rest) <= _MAX_STAMP_CHARS
            and _DATED.search(rest)
            and extent(rest) <= _SHORT_TAIL_WORDS
        ):
            return value
    key = _key(bare)
    whole = [_key(value) for value in said if not _CUT.search(value)]
    for value in said:
        other = _key(value)
        agreed = other != key and whole.count(other) > 1 and extent(value) > _HEADLINE_WORDS
        if agreed and (key.startswith(other + " ") or key.endswith(" " + other)):
            return value
    return _unsuffixed(bare, names, said, strong=True) or bare


def _among_parts(parts: Sequence[str], said: Sequence[str]) -> str | None:
    """Return the part of a heading that metadata calls the title: beside a few words, or behind the kicker and a sign."""
    for i, j in combinations(range(len(parts) + 1), 2):
        text, before, after = (" ".join(run) for run in (parts[i:j], parts[:i], parts[j:]))
        few = extent(before) <= _LINK_WORDS and extent(after) <= _LINK_WORDS and after[:1] != ":"
        if not (before or after) or extent(text) <= _HEADLINE_WORDS or text[0] in ":|-–—":
            continue
        for value in said:
            rest = value.removeprefix(before).strip() if before and not after else value
            signed = rest != value and rest[:1] in (":", "|", "-", "–", "—")
            if (few or signed) and _key(text) == _key(rest if signed else value):
                return _CUT_KICKER.sub("", text)
    return None


def _printed_line(
    values: Sequence[str], names: frozenset[str], lines: Callable[[], frozenset[str]]
) -> str | None:
    """Return the longest beginning, else end, of a declared title that is a line of the page: a headline in no heading."""
    printed: frozenset[str] | None = None
    for value in filter(None, values):
        breaks = list(_SEPARATOR.finditer(value))[:_MAX_BREAKS]
        heads = [value[: match.start()] for match in reversed(breaks)]
        tails = [value[match.end() :] for match in breaks]
        for part in map(str.strip, (value, *heads, *tails)):
            if extent(part) <= _HEADLINE_WORDS or _is_name(part, names):
                continue
            printed = lines() if printed is None else printed
            if squeeze(part) in printed:
                return part
    return None


# ------------------------------------------------------------------------------------------ site names


def _names(sites: Iterable[str], titles: Sequence[str]) -> frozenset[str]:
    """Return the outlet's names; a long one that every title repeats is a headline in the wrong place."""
    said = {squeeze(title) for title in titles if extent(title) > _LONG_NAME_WORDS}
    found = set()
    for site in sites:
        key = squeeze(tidy(site))
        if len(key) >= _MIN_NAME_CHARS and key not in said:
            found.add(key)
            if key.startswith("the") and len(key) > _MIN_BARE_THE:
                found.add(key[3:])
    return frozenset(found)


def _is_name(value: str, names: frozenset[str]) -> bool:
    """Return True for the outlet's name or address, alone or with a word or two of claim around it."""
    key = squeeze(value)
    if not key or key in names or _DOMAIN.fullmatch(value):
        return True
    return any(
        (len(name) >= _MIN_PART_NAME_CHARS and name in key and len(name) * _NAME_SHARE >= len(key))
        or (len(key) >= _MIN_KEY_CHARS and key in name and len(key) * _NAME_SHARE >= len(name))
        for name in names
    )


def _is_headline(value: str, names: frozenset[str]) -> bool:
    parts = folded_words(value)
    return bool(parts) and not _is_name(value, names) and not set(parts) <= _GENERIC


def _unsuffixed(value: str, names: frozenset[str], others: Sequence[str], *, strong: bool = False) -> str:
    """Return the title without the trailing (or leading) parts that name the outlet; what another title says it is.

    With ``strong``, other titles decide only at signs that headlines do not use.
    """
    keys = {_key(other) for other in others}
    breaks = list(_SEPARATOR.finditer(value))[:_MAX_BREAKS]
    for match in breaks:
        head, tail = value[: match.start()].strip(), value[match.end() :].strip()
        if not head or not tail:
            continue
        sure = not strong or _STRONG_SEPARATOR.search(match[0])
        if sure and _key(head) in keys and extent(head) >= _HEADLINE_WORDS:
            return head
        first = _SEPARATOR.split(tail, maxsplit=1)[0]
        if _CHAIN.fullmatch(match[0]):
            if _is_name(tail, names):
                return head
        elif _is_name(tail, names) or _is_name(re.split(r",\s", first)[0], names):
            return head
    if breaks:
        match = breaks[0]
        head, tail = value[: match.start()].strip(), value[match.end() :].strip()
        if _is_name(head, names) and extent(tail) > _HEADLINE_WORDS:
            return _unsuffixed(tail, names, ()) if len(breaks) > 1 else tail
    return value


def _unchained(value: str, names: frozenset[str]) -> str:
    """Return the headline of "Headline: Section: Region: Outlet": behind it one sign parts nothing but short names."""
    breaks = list(_SEPARATOR.finditer(value))[:_MAX_BREAKS]
    if not breaks:
        return value
    sign = breaks[-1][0].strip()
    tails, head = 0, value
    for match in reversed(breaks):
        tail = head[match.end() :]
        if match[0].strip() != sign or not (_is_name(tail, names) or extent(tail) <= _LINK_WORDS):
            break
        tails += 2 if _is_name(tail, names) else 1  # with the outlet's name one more link is a chain
        head = head[: match.start()].strip()
    return head if tails >= _CHAIN_TAILS and extent(head) >= _FULL_HEADLINE_WORDS else value


def _from_document(value: str, names: frozenset[str]) -> str:
    """Return the title element without the outlet's name and the short parts behind signs that headlines do not use."""
    value = _unchained(value, names)
    value = _unsuffixed(value, names, ())
    while breaks := list(_SEPARATOR.finditer(value)):
        match = breaks[-1]
        head, tail = value[: match.start()].strip(), value[match.end() :].strip()
        if not head or extent(tail) > _SHORT_TAIL_WORDS or extent(head) <= extent(tail):
            break
        if not _STRONG_SEPARATOR.search(match[0]) and not (
            _CJK.search(head) and _CHAIN.fullmatch(match[0]) is None
        ):
            break
        value = head
    return "" if _is_name(value, names) and names else value
