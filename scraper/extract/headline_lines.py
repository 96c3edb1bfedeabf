"""Walk the lines of a page outwards from the block that prints its headline. Pure.

A line is a block, or a few in one small element ("By", "Ann Example"). What belongs to another article, a side column, a
comment, a form or a picture is stepped over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from scraper.codec import Struct
from scraper.extract import class_names, vocabulary
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Element, Layout
from scraper.extract.publication_date import PUBLISHED, UPDATED
from scraper.extract.title import squeeze

GLUED_CHARS = 80  # "Published: 04.03.2026 - 11:30 | Updated: 05.03.2026 - 12:00"
_JOINED_BLOCKS, _JOINED_CHARS = 2, 64
_MAX_LINES = 60
_MAX_LABEL_CHARS = 24
_DIGIT = re.compile(r"\d")
NO_HEADLINE = frozenset(("a", "li", "option", "nav", "title", "script", "style", "noscript"))
_OTHERS = frozenset(("aside", "footer", "nav", "article", "form", "figure", "button"))
# "bylineComments" holds the byline and a count of comments.
_ELSEWHERE = re.compile(r"(?<!byline)comment|related|sidebar|popular|recommend|latest|trending|newsletter")


_LABELS = frozenset(map(squeeze, vocabulary.phrases("byline.lead")))


class NearbyLine(Struct, frozen=True, gc=False):
    """Blocks near the headline, half open, how far up the element stands that holds both, and the box that holds them."""

    text: str
    start: int
    end: int
    level: int
    box: Element | None  # the largest element that does not hold the headline
    foreign: bool


class Around:
    """The neighbourhood of one block: ``path`` holds the elements around it, the innermost first, ``ranks`` how far up each is.

    Wrappers of the same blocks are one place.
    """

    __slots__ = ("_holders", "_sizes", "at", "layout", "path", "ranks")

    def __init__(self, layout: Layout, at: int) -> None:
        self.layout, self.at = layout, at
        self.path: list[int] = []
        self.ranks: list[int] = []
        e, size = layout.blocks[at].element if at >= 0 else -1, 0
        while e >= 0:
            element = layout.elements[e]
            grown = size and element.end - element.start != size
            self.path.append(e)
            self.ranks.append(self.ranks[-1] + bool(grown) if self.ranks else 0)
            e, size = element.parent, element.end - element.start
        self._holders = frozenset(self.path)
        self._sizes = [0, *accumulate([len(block.text) + 1 for block in layout.blocks])]

    def holds(self, e: int) -> bool:
        """Return True if an element holds the block."""
        return e in self._holders

    def after(self, levels: int, limit: int = _MAX_LINES) -> Iterator[NearbyLine]:
        """Yield the lines behind the block, at most ``levels`` up."""
        return self._walk(self.at + 1, 1, levels, limit)

    def before(self, levels: int) -> Iterator[NearbyLine]:
        """Yield the lines in front of the block, the nearest first."""
        return self._walk(self.at - 1, -1, levels, _MAX_LINES)

    def _walk(self, i: int, step: int, levels: int, limit: int) -> Iterator[NearbyLine]:
        """Yield lines from a block on, outwards, as large as they are short enough; nothing that belongs to something else."""
        blocks, elements, path = self.layout.blocks, self.layout.elements, self.path
        level = 0
        while path and 0 <= i < len(blocks) and limit:
            limit -= 1
            while level < len(path) and not elements[path[level]].start <= i < elements[path[level]].end:
                level += 1
            if level == len(path) or self.ranks[level] > levels:
                return
            line = self._labelled(i, self.ranks[max(level - 1, 0)], step)
            if not line.foreign:
                yield line
            i = line.end if step > 0 else line.start - 1

    def _labelled(self, i: int, level: int, step: int) -> NearbyLine:
        """Return the line at a block; a label in a line of its own is joined to the line behind it."""
        line = self._line(i, level)
        beside = line.end if step > 0 else line.start - 1
        if line.foreign or not 0 <= beside < len(self.layout.blocks):
            return line
        if step > 0 and len(line.text) > _MAX_LABEL_CHARS:
            return line
        other = self._line(beside, level)
        label, value = (line, other) if step > 0 else (other, line)
        if other.foreign or not _is_label(label.text, value.text):
            return line
        text = f"{label.text.rstrip(' :')}: {value.text}"
        return NearbyLine(text, label.start, value.end, level, value.box, foreign=False)

    def _line(self, i: int, level: int) -> NearbyLine:
        """Return the largest short part of the page around a block that does not hold the headline."""
        elements, sizes = self.layout.elements, self._sizes
        start, end, box, foreign = i, i + 1, None, False
        e = self.layout.blocks[i].element
        while e >= 0 and e not in self._holders:
            box = elements[e]
            around = elements[box.parent].tag if box.tag == "footer" else None
            foreign = foreign or is_foreign(box.tag, box.style or box.names, around)
            if foreign or (
                box.end - box.start <= _JOINED_BLOCKS and sizes[box.end] - sizes[box.start] <= _JOINED_CHARS
            ):
                start, end = box.start, box.end
            e = box.parent
        text = " ".join([block.text for block in self.layout.blocks[start:end]]) if not foreign else ""
        return NearbyLine(text, start, end, level, box, foreign)


def find_headline(layout: Layout, title: str) -> int:
    """Return the block that prints the headline: a heading, else what is called a title and says it, else whatever says it."""
    wanted, opening = squeeze(title), title[:4].casefold()
    found: list[tuple[int, int]] = []
    for block in layout.blocks if wanted else ():
        text = block.text
        if not len(wanted) <= len(text) <= 2 * len(title) + GLUED_CHARS:
            continue
        if block.tag not in HEADINGS and opening not in text.casefold():
            continue
        said = squeeze(text)
        if wanted not in said or len(said) > len(wanted) + GLUED_CHARS:
            continue
        if block.tag == "h1":
            # of two that say the same the later one: the first stands in the path to the page
            found.append((0, -block.index) if said == wanted else (1, block.index))
        elif block.tag in HEADINGS or layout.elements[block.element].flags & class_names.TITLE:
            found.append((2, block.index))
        elif block.tag not in NO_HEADLINE and block.linked < len(text):
            found.append((3, block.index))
    return abs(min(found)[1]) if found else -1


def _is_label(text: str, value: str) -> bool:
    """Return True for "By" and "Author:" in front of a short line, "Published" in front of a date."""
    if len(text) > _MAX_LABEL_CHARS or len(value) > _JOINED_CHARS or _DIGIT.search(text):
        return False
    if _DIGIT.search(value):
        return UPDATED.search(text) is not None or PUBLISHED.search(text) is not None
    return squeeze(text) in _LABELS and squeeze(value) not in _LABELS


def is_foreign(tag: str | None, names: str | None, around: str | None = None) -> bool:
    """Return True for an element of another article, a side column, a comment, a form, a picture; ``around`` is its parent's tag."""
    if tag in _OTHERS and not (tag == "footer" and around == "article"):
        return True
    return bool(names) and _stands_elsewhere(names)


@lru_cache(maxsize=4096)
def _stands_elsewhere(names: str) -> bool:
    return _ELSEWHERE.search(names.lower()) is not None
