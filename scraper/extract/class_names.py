"""What class and id names say of an element: words that page builders all over the world use for the same things.

In: a tag and its attributes. Out: a set of flags. General words only; no outlet's own names. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scraper.extract import vocabulary

COMMENT = 1
RELATED = 2
SIDE = 4
SOCIAL = 8
ADVERT = 16
META = 32
CAPTION = 64
FORM = 128
NAV = 256
HIDDEN = 512
ASIDE = 1024  # a box beside the flow: fact boxes, pull quotes
FOOTER = 2048
WIDGET = 65536
LIVE = 131072  # a live blog
BODY = 4096  # says that it is the article's text
TITLE = 8192
LEAD = 16384
SCOPE = 32768  # an article element or class

OF_TAGS = {
    "aside": ASIDE,
    "nav": NAV,
    "menu": NAV,
    "footer": FOOTER,
    "figure": CAPTION,
    "figcaption": CAPTION,
    "caption": CAPTION,
    "address": META,
    "dialog": FORM,
    "article": SCOPE,
    "main": SCOPE,
}

_JUNK_NAMES = {
    COMMENT: "comments",
    RELATED: "related",
    SIDE: "side column",
    SOCIAL: "sharing",
    ADVERT: "advertising",
    META: "byline or tags",
    CAPTION: "caption",
    FORM: "form or dialog",
    NAV: "navigation",
    HIDDEN: "hidden",
    ASIDE: "aside",
    FOOTER: "footer",
    WIDGET: "widget",
}
JUNK = sum(_JUNK_NAMES)
_NAMES = _JUNK_NAMES | {BODY: "text", TITLE: "title", LEAD: "lead", SCOPE: "article", LIVE: "live blog"}
_WORDS = {
    word: flag for flag, name in _NAMES.items() for word in vocabulary.table("class_name")[name].split()
}

_PAIRED = frozenset(first for first, sign, _ in (word.partition("-") for word in _WORDS) if sign)

# Words run together: sought inside longer words that the table does not know.
_PARTS = tuple(
    (flag, re.compile(pattern))
    for flag, pattern in (
        (COMMENT, r"^comment(?!ar)|comments$|^(?:coment|koment|kommentar)|disqus"),
        (
            RELATED,
            r"^related|^recommend|^similar|mostread|mostpopular|trending|readmore|seealso|readalso|alsoread",
        ),
        (SIDE, r"sidebar|rightcol|leftcol"),
        (SOCIAL, r"^share(?!d)|^social|^addthis"),
        (ADVERT, r"^advert|^adsense|^sponsor|banner"),
        (META, r"^byline|^breadcrumb|^author|postmeta$|^timestamp"),
        (CAPTION, r"caption"),
        (FORM, r"newsletter|^subscri|^cookie|^modal|^popup|consent"),
        (ADVERT, r"^paywall"),
        (NAV, r"^navbar|^navig|menu$"),
        (FOOTER, r"^footer|footer$"),
        (BODY, r"(?:article|story|entry|post|news|page|main)(?:body|content|text)|bodytext|textbody"),
        (TITLE, r"headline$|(?<!pre)(?<!sub)(?<!sup)(?<!over)(?<!ante)(?<!super)title$"),
    )
)
_ANY_PART = re.compile("|".join([pattern.pattern for _, pattern in _PARTS]))  # most words hold none
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NUMBERS = re.compile(r"\d+")
_SMALL = re.compile(r"[a-z]+")
_SHORTEST, _LONGEST = 2, 200  # characters of a name worth reading
_KNOWN_CHARS = 6  # words run together are longer
_NAMING = ("id", "itemprop", "role")
TELLING = frozenset((*_NAMING, "style", "hidden", "aria-hidden"))
_ROLES = frozenset(("navigation", "search", "dialog", "menu", "menubar", "tooltip"))
_WORDPRESS = frozenset(("hentry", "type-post", "status-publish"))
WHOLE_PAGE = frozenset(("html", "body", "main"))
_PARTS_OF_ARTICLE = frozenset(
    ("article", "content", "entry", "post", "story", "card", "item", "body", "news")
)
_ABSENCE = frozenset(("no", "has", "with", "without", "hide", "open", "enabled", "disable", "noprint"))


@lru_cache(maxsize=16384)
def _word(word: str) -> int:
    flag = _WORDS.get(word)
    if flag is not None:
        return flag
    if len(word) > _KNOWN_CHARS and _ANY_PART.search(word):
        for flag, pattern in _PARTS:
            if pattern.search(word):
                return flag
    return 0


@lru_cache(maxsize=32768)
def _name(name: str) -> int:
    """Return the flags of one class or id, such as "related-posts__title"."""
    if len(name) < _SHORTEST or len(name) > _LONGEST or ":" in name:
        return 0  # with a colon it is a variant of a utility class, such as "print:mt-0"
    found = 0
    before = ""
    absent = False  # "has-gemini-ad" says nothing of what the element itself is
    parts = _SMALL.findall(name) if name.islower() else [part.lower() for part in _PART.findall(name)]
    for word in parts:
        flag = _WORDS.get(word)
        if flag is None:
            flag = _word(word) if len(word) > _KNOWN_CHARS else 0
        if flag and not (absent or (flag == FOOTER and before in _PARTS_OF_ARTICLE)):
            found |= flag
        if before in _PAIRED:
            found |= _WORDS.get(f"{before}-{word}", 0)
        absent = absent or word in _ABSENCE
        before = word
    return found


@lru_cache(maxsize=16384)
def of_names(names: str) -> int:
    """Return the flags of an element whose class, id, role and itemprop read ``names``."""
    parts = names.split()
    if ("category-" in names or "tag-" in names) and not _WORDPRESS.isdisjoint(parts):
        # WordPress names an article after its categories and tags.
        parts = [name for name in parts if not name.startswith(("category-", "tag-"))]
    found = 0
    for name in parts:
        found |= _name(name)
    return found


def flags(tag: str, names: str) -> int:
    """Return the flags of a tag that calls itself ``names``."""
    return OF_TAGS.get(tag, 0) | (of_names(names) if names and tag not in WHOLE_PAGE else 0)


def is_column(tag: str, names: str) -> bool:
    """Whether what is called a side may be that of a card: a left or right column, no sidebar."""
    return tag != "aside" and "bar" not in names and "rail" not in names


@lru_cache(maxsize=16384)
def without_numbers(names: str) -> str:
    """Return a class attribute as it looks on all elements of one make: numbers in it only count them."""
    return _NUMBERS.sub("", names)


def names_of(attributes: dict[str, str | None]) -> str:
    """Return what an element calls itself."""
    names = attributes.get("class") or ""
    for key in _NAMING:
        if key in attributes:
            value = attributes[key]
            if value and (key != "role" or value in _ROLES):
                names = f"{names} {value}"
    return names


def read_class_names(tag: str, attributes: dict[str, str | None]) -> tuple[str, int]:
    """Return what an element calls itself, and the flags of that."""
    if TELLING.isdisjoint(attributes):  # nothing but a class, as a rule
        names = attributes.get("class") or ""
        hidden = "hidden" in names and hides(names)
    else:
        names, hidden = names_of(attributes), is_hidden(attributes)
    found = of_names(names) if names and tag not in WHOLE_PAGE else 0
    return names, found | HIDDEN if hidden else found


def is_hidden(attributes: dict[str, str | None]) -> bool:
    """Hidden by its own attributes (what style sheets hide is not known here)."""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if hides(attributes.get("class") or ""):
        return True
    style = (attributes.get("style") or "").lower()
    if not ("none" in style or "hidden" in style):
        return False
    style = style.replace(" ", "")
    return "display:none" in style or "visibility:hidden" in style


def hides(names: str) -> bool:
    """Whether a class attribute hides what bears it."""
    return "hidden" in names and ":" not in names and "hidden" in names.split()


def describe(found: int) -> str:
    """Return flags in words, for a person who asks why."""
    return ", ".join([name for flag, name in _JUNK_NAMES.items() if found & flag])
