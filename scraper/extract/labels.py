"""Tell under which heading a headline stands, and what kind of list that heading announces. Pure.

In: a Layout, which blocks are body, the place of a headline. Out: the heading and its kind, each None if there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from collections.abc import Set as AbstractSet

from scraper.extract import boilerplate, class_names, list_headings
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Block, Layout
from scraper.extract.headlines import key
from scraper.extract.thresholds import LINKS, RELATED
from scraper.model import Kind

Label = tuple[str | None, Kind | None]
_NO_LABEL: Label = None, None
_KICKERS = frozenset((None, "section", "latest"))


class Labels:
    """Headings of one page's lists, each read once."""

    __slots__ = ("_body", "_layout", "_lines", "_openings", "_own_title")

    def __init__(self, layout: Layout, body: AbstractSet[int], own_title: str) -> None:
        self._layout = layout
        self._body = body
        self._own_title = own_title
        self._openings: dict[int, tuple[int, Label]] = {}  # of elements: where, what
        self._lines: dict[int, Label | None] = {}  # of blocks: the heading that each is

    def of(self, block: Block, anchor: int, first: int, held: Mapping[int, Sized]) -> Label:
        """Return the heading of the list in which a block stands, and its kind if it is one that we know.

        ``first`` is the first block of the list where no element holds it, else the block itself. ``held``: how many
        headlines stand in an element. What heads a single one is its kicker, unless nothing heads the list.
        """
        if block.linked < len(block.text):
            opening = list_headings.lead_in(block.text, block.links[0].text)
            if opening is not None:
                return opening
        elements, i = self._layout.elements, block.index
        e = top = block.element
        kicker, count = _NO_LABEL, 1
        while e >= 0:
            element = elements[e]
            if element.start <= anchor < element.end:
                # Where the heading is a sibling of the list, next to the text itself.
                start = min(first, elements[top].start if top != e else i)
                above = (
                    self._heading(j) for j in range(start - 1, max(anchor, start - RELATED.label_blocks), -1)
                )
                return next((heading for heading in above if heading is not None), kicker)
            here = held.get(e)
            count = count if here is None else len(here)
            if element.start < i:
                if e not in self._openings:
                    self._openings[e] = self._opening(element.start, element.end)
                at, heading = self._openings[e]
            else:
                at, heading = i, _NO_LABEL
            if at < i and heading[0] is not None:
                if heading[1] not in _KICKERS or (count > 1 and not self._heads_one(at, held)):
                    return heading
                if kicker[0] is None:
                    kicker = heading
            top = e
            e = element.parent
        return kicker

    def _heads_one(self, j: int, held: Mapping[int, Sized]) -> bool:
        """Return True if a line shares an element with one headline before it does with more."""
        e = self._layout.blocks[j].element
        while e >= 0 and e not in held:
            e = self._layout.elements[e].parent
        return e >= 0 and len(held[e]) == 1

    def _opening(self, start: int, end: int) -> tuple[int, Label]:
        """Return where a range of blocks has the heading with which it opens, and the heading."""
        for j in range(start, min(end, start + RELATED.label_blocks)):
            heading = self._heading(j)
            if heading is not None:
                return j, heading
            block = self._layout.blocks[j]
            if block.linked >= LINKS.linked * len(block.text) and block.text.count(" ") >= LINKS.title_breaks:
                break  # a headline: what follows it heads no list
        return end, _NO_LABEL

    def _heading(self, j: int) -> Label | None:
        if j not in self._lines:
            self._lines[j] = self._read_heading(j)
        return self._lines[j]

    def _read_heading(self, j: int) -> Label | None:
        block = self._layout.blocks[j]
        text = block.text
        if len(text) > RELATED.label_chars or j in self._body or boilerplate.is_advert(text):
            return None
        kind = list_headings.kind_of_heading(text) or list_headings.kind_of(text)
        if kind is not None:
            return text, kind
        titled = block.tag in HEADINGS or self._layout.elements[block.element].flags & class_names.TITLE
        if block.linked > LINKS.linked * len(text) or not titled:
            return None
        return None if block.tag in ("h1", "h2") and key(text) == self._own_title else (text, None)
