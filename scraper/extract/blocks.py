"""Hold a page as a flat list of text blocks, in document order, over a small tree of the elements that hold them. Pure.

``block_reader`` fills a Layout; everything after it works on the lists and never sees the parser.
"""

from __future__ import annotations

from scraper.codec import Struct
from scraper.extract import class_names
from scraper.extract.html import Node
from scraper.text.normalize import one_line

_SURELY_SKIPPED = frozenset(("nav", "footer", "ul", "ol", "li", "menu"))
_FEW, _MUCH, _FAR_MORE = 3, 600, 2.5  # paragraphs and characters: more than a menu has; times what was found


class Link(Struct, frozen=True, gc=False):
    """A link: its target, its whole text, and the part of it that may be a headline (kickers and dates apart)."""

    href: str
    text: str
    title: str
    marked: bool  # the title stands in a part that is called so


class Block(Struct, gc=False):
    """A run of text without a block boundary. ``links`` are its links; ``linked`` counts their characters."""

    index: int
    text: str
    element: int
    tag: str
    links: list[Link]
    linked: int = 0


class Element(Struct, gc=False):
    """A block-level element: what it is called, and the half-open range of blocks that stand in it."""

    index: int
    parent: int
    tag: str
    names: str
    style: str | None  # the class attribute without its numbers: what looks alike is called alike
    flags: int
    start: int
    end: int
    images: int = 0  # directly in it


class Skipped(Struct, frozen=True):
    """A part of the page that was not read: where it would stand, what it is, how it begins."""

    before: int
    tag: str
    names: str
    text: str


class Layout:
    __slots__ = ("blocks", "elements", "marked", "nodes", "seen", "skipped")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.nodes: list[Node] = []  # the parser's own, of each element
        self.seen = 0  # all flags of all elements
        self.marked: dict[int, str] = {}  # elements that the caller asked to find again
        self.skipped: list[tuple[int, Node]] = []  # what was not read, and before which block it stands

    def flags_around(self, index: int) -> int:
        """Return the flags of all elements in which a block stands."""
        found, i = 0, self.blocks[index].element
        while i >= 0:
            found |= self.elements[i].flags
            i = self.elements[i].parent
        return found

    def look(self, index: int) -> tuple[str, str | None]:
        """Return the tag and the class of a block's own element."""
        element = self.elements[self.blocks[index].element]
        return element.tag, element.style

    def make(self, index: int) -> tuple[str, str | None]:
        """Return what a block looks like: its element's tag and class, or its parent's where it has no class."""
        element = self.elements[self.blocks[index].element]
        if not element.style and element.parent >= 0:
            element = self.elements[element.parent]
        return element.tag, element.style

    def images_in(self, index: int) -> int:
        """Return how many images stand in an element."""
        count = 0
        if index >= 0:
            end = self.elements[index].end
            for element in self.elements[index:]:
                if element.start >= end or (element.index > index and element.parent < index):
                    break
                count += element.images
        return count

    def blocks_marked(self, mark: str) -> frozenset[int]:
        """Return the blocks inside elements that the caller asked to find again under this name."""
        marked = (self.elements[index] for index, name in self.marked.items() if name == mark)
        return frozenset(i for element in marked for i in range(element.start, element.end))

    def overlooks_headline(self) -> bool:
        """Return True if a part that was not read holds a heading of the first rank."""
        return any(
            node.tag not in _SURELY_SKIPPED and node.css_first("h1") is not None for _, node in self.skipped
        )

    def overlooks(self, chars: int) -> bool:
        """Return True if a part that was not read might hold the article: it has far more text than was found."""
        return any(
            node.tag not in _SURELY_SKIPPED
            and len(node.text()) > max(_MUCH, _FAR_MORE * chars)
            and len(node.css("p")) > _FEW
            for _, node in self.skipped
        )

    def skipped_parts(self) -> list[Skipped]:
        return [
            Skipped(
                before,
                node.tag or "",
                class_names.names_of(node.attributes),
                one_line(node.text(separator=" ")),
            )
            for before, node in self.skipped
        ]
