"""Tell what stands beside an article from what stands in its own column or below it. Pure.

No style sheet is read. Two elements that share a parent, one with the text and one without, are beside each other if
names, widths or tags say so; the first test of BESIDE that holds is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from scraper.codec import Struct
from scraper.extract import class_names
from scraper.extract.blocks import Element, Layout

_CARD_BLOCKS = 3  # a part of a card, no column
_NARROW = 0.7  # of the width of the text's column
_SIDE_PIXELS = 100, 340
_SIDE_COLUMNS = 5  # of the twelve of a grid: no text takes so few

_SIDES = r"(?:right|rgt|left|lft|side|aside|small|narrow|secondary|extra|beta|gamma|one(?:third|quarter|fourth|fifth|sixth))"
_COLUMNS = (
    r"(?:col|column|clmn|content|section|block|panel|part|bar|box|rail|side|sidebar|area|wrap|wrapper|main|inner|layout|page"
    r"|container)"
)
_SIDE_NAME = re.compile(
    rf"(?:(?!text|border)[\w-]*[-_]|[\w-]*{_COLUMNS})?{_SIDES}(?:[-_]*{_COLUMNS}s?)?(?:new)?[-_]?\d*"
    r"|(?:[\w-]*[-_])?(?:[rl]|second|third)[-_]?(?:col|column|side|bar|block|panel)[-_]?\d*(?:_area)?"
    r"|(?:[a-z]{1,3}-)?(?:col|column|clmn)[-_]?[2-9]"
    r"|(?:right|left|side)[a-z]{0,6}(?:col|bar|rail)[a-z]{0,3}[-_]?\d*",  # "siderbar2", "righttallcolum": spelt as they are
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"([\w-]*(?:col|column|clmn|content)[-_]?)([1-9a-d])|([a-d])[-_]?(col|column)")
_BELOW = re.compile(r"full|bottom|below|foot")
# "col-md-4", "span-8", "w30", "col_300", "s4of12": in what it is counted, and how much it is.
_WIDTH = re.compile(
    r"((?:[a-z]+-)*?(?:cols?|columns?|span|grid|is|width|w|g|s|c)[-_]?)(?:(?:md|lg|xl|xxl|desktop|tablet)[-_])?(\d{1,4})(?:of\d+|px|pc|p)?",
    re.IGNORECASE,
)


class Neighbours(Struct, frozen=True):
    """Two children of one element: ``text`` holds the article, ``other`` does not."""

    parent: Element
    text: Element
    other: Element


def _is_table_column(n: Neighbours) -> bool:
    return n.parent.tag == "tr" and n.other.tag == n.text.tag == "td"


def _is_named_side(n: Neighbours) -> bool:
    sides = _side_words(n.other.names)
    if sides and sides != _side_words(n.text.names):
        return not n.other.flags & class_names.RELATED  # "sidebar-related" may stand anywhere
    texts, others = _column_numbers(n.text.names), _column_numbers(n.other.names)
    return any(name in texts and texts[name] < number for name, number in others.items())


def _is_narrower(n: Neighbours) -> bool:
    """Return True if the other's width is a part of the text's, or, where the text has none, less than half of a grid."""
    texts, others = _widths(n.text.names), _widths(n.other.names)
    if texts.keys() & others.keys():
        return any(width < _NARROW * texts[unit] for unit, width in others.items() if unit in texts)
    return any(
        "col" in unit and (width <= _SIDE_COLUMNS or _SIDE_PIXELS[0] <= width <= _SIDE_PIXELS[1])
        for unit, width in others.items()
    )


def _is_aside(n: Neighbours) -> bool:
    """Return True for an aside next to a part of the page; after a whole ``article``, or as wide as the page, it stands below."""
    if n.other.tag != "aside" or _BELOW.search(n.other.names):
        return False
    return n.text.tag != "article" or "col" in n.other.names or n.other.flags & class_names.SIDE > 0


BESIDE: tuple[tuple[str, Callable[[Neighbours], bool]], ...] = (
    ("table column", _is_table_column),
    ("named side", _is_named_side),
    ("narrower column", _is_narrower),
    ("aside", _is_aside),
)


@lru_cache(maxsize=4096)
def _side_words(names: str) -> frozenset[str]:
    """Return the names that say on which side an element stands."""
    return frozenset(name.lower() for name in names.split() if _SIDE_NAME.fullmatch(name))


@lru_cache(maxsize=4096)
def _column_numbers(names: str) -> dict[str, int]:
    """Return the numbers or letters of columns that names count: "content-col2"."""
    found = (_NUMBERED.fullmatch(name) for name in names.lower().split())
    return {match[1] or match[4]: ord(match[2] or match[3]) for match in found if match is not None}


@lru_cache(maxsize=4096)
def _widths(names: str) -> dict[str, int]:
    """Return the widths that class names tell, by what they are counted in; the least of those that are told twice."""
    found: dict[str, int] = {}
    for name in names.split():
        width = _WIDTH.fullmatch(name)
        if width is not None:
            unit, size = width[1].lower(), int(width[2])
            found[unit] = min(size, found.get(unit, size))
    return found


def _is_part_of_card(element: Element) -> bool:
    return element.end - element.start <= _CARD_BLOCKS and class_names.is_column(element.tag, element.names)


class Surroundings:
    """The elements around places of one page, seen from one block of its text (``anchor``); each is read once."""

    __slots__ = ("_holders", "_known", "_layout", "anchor")

    def __init__(self, layout: Layout, anchor: int) -> None:
        self._layout, self.anchor = layout, anchor
        self._known: dict[
            int, tuple[int, str | None]
        ] = {}  # of elements: flags, and why it is beside the text
        self._holders: dict[int, int] = {}  # of elements that hold the anchor: the child that does
        child, e = -1, layout.blocks[anchor].element
        while e >= 0:
            self._holders[e] = child
            child, e = e, layout.elements[e].parent

    def holds(self, e: int) -> bool:
        """Return True if an element holds the anchor."""
        return e in self._holders

    def flags(self, e: int) -> int:
        """Return the flags of an element and of those around it that do not hold the anchor as well."""
        return self._read(e)[0]

    def beside(self, e: int) -> str | None:
        """Return the reason why an element stands beside the text; None if it stands in its column or below."""
        return self._read(e)[1]

    def _read(self, e: int) -> tuple[int, str | None]:
        elements, known = self._layout.elements, self._known
        found = known.get(e)
        if found is not None:
            return found
        path: list[int] = []
        flags, reason = 0, None
        while e >= 0 and e not in self._holders:
            found = known.get(e)
            if found is not None:
                flags, reason = found
                break
            path.append(e)
            e = elements[e].parent
        else:
            if path and e >= 0 and (child := self._holders[e]) >= 0:
                neighbours = Neighbours(elements[e], elements[child], elements[path[-1]])
                reason = next((name for name, holds in BESIDE if holds(neighbours)), None)
        for e in reversed(path):
            element = elements[e]
            own = element.flags
            if own & class_names.SIDE and _is_part_of_card(element):
                own &= ~class_names.SIDE
            flags |= own
            if flags & class_names.SIDE and reason is None and not flags & class_names.RELATED:
                reason = "called a side column"
            known[e] = flags, reason
        return known[path[0]] if path else (flags, reason)
