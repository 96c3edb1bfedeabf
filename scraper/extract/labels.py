"""The heading under which a headline stands: which line it is, and what kind of list it announces. Pure.

In: a Layout, which blocks are body, the place of a headline. Out: the heading and its kind, each None if there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from collections.abc import Set as AbstractSet

from scraper.extract import boilerplate, class_names, list_headings
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Block, Layout
from scraper.extract.headlines import key
from scraper.model import Kind

_MAX_LABEL = 80
_MIN_BREAKS = 3  # spaces of a headline
_KICKERS = frozenset((None, "section", "latest"))


class Labels:
    """Headings of one page's lists, each read once."""

    __slots__ = ("_body", "_layout", "_lines", "_openings", "_own_title")

    def __init__(self, layout: Layout, body: AbstractSet[int], own_title: str) -> None:
        self._layout = layout
        self._body = body
        self._own_title = own_title
        self._openings: dict[int, tuple[int, str | None, Kind | None]] = {}  # of elements: where, what
        self._lines: dict[int, tuple[str, Kind | None] | None] = {}  # of blocks: the heading that each is

    def of(
        self, block: Block, anchor: int, first: int, company: Mapping[int, Sized]
    ) -> tuple[str | None, Kind | None]:
        """The heading of the list in which a block stands, and its kind if it is one that we know.

        ``first`` is the first block of the list where no element holds it, else the block itself. ``company``: how many
        headlines stand in an element. What heads a single one is its kicker, unless nothing heads the list.
        """
        if block.linked < len(block.text):
            opening = list_headings.lead_in(block.text)
            if opening is not None:
                return opening
        elements, i = self._layout.elements, block.index
        e = top = block.element
        kicker: tuple[str | None, Kind | None] = None, None
        count = 1
        while e >= 0:
            element = elements[e]
            if element.start <= anchor < element.end:
                # Where the heading is a sibling of the list, next to the text itself.
                start = min(first, elements[top].start if top != e else i)
                for j in range(start - 1, max(anchor, start - 3), -1):
                    heading = self._heading(j)
                    if heading is not None:
                        return heading
                break
            if e not in self._openings:
                self._openings[e] = self._opening(element.start, element.end)
            at, label, kind = self._openings[e]
            here = company.get(e)
            count = count if here is None else len(here)
            if at < i and label is not None:
                if kind not in _KICKERS or (count > 1 and not self._heads_one(at, company)):
                    return label, kind
                if kicker[0] is None:
                    kicker = label, kind
            top = e
            e = element.parent
        return kicker

    def _heads_one(self, j: int, company: Mapping[int, Sized]) -> bool:
        """Whether a line shares an element with one headline before it does with more."""
        e = self._layout.blocks[j].element
        while e >= 0:
            here = company.get(e)
            if here is not None:
                return len(here) == 1
            e = self._layout.elements[e].parent
        return False

    def _opening(self, start: int, end: int) -> tuple[int, str | None, Kind | None]:
        """The heading with which a range of blocks opens, and where."""
        for j in range(start, min(end, start + 3)):
            heading = self._heading(j)
            if heading is not None:
                return j, *heading
            block = self._layout.blocks[j]
            if block.links and block.linked >= 0.5 * len(block.text) and block.text.count(" ") >= _MIN_BREAKS:
                break  # a headline: what follows it heads no list
        return end, None, None

    def _heading(self, j: int) -> tuple[str, Kind | None] | None:
        if j not in self._lines:
            self._lines[j] = self._read_heading(j)
        return self._lines[j]

    def _read_heading(self, j: int) -> tuple[str, Kind | None] | None:
        block = self._layout.blocks[j]
        text = block.text
        if len(text) > _MAX_LABEL or j in self._body or boilerplate.is_advert(text):
            return None
        kind = list_headings.kind_of_heading(text) or list_headings.kind_of(text)
        if kind is not None:
            return text, kind
        if block.tag in ("h1", "h2") and key(text) == self._own_title:
            return None
        if block.linked <= 0.5 * len(text) and (
            block.tag in HEADINGS or self._layout.elements[block.element].flags & class_names.TITLE
        ):
            return text, None
        return None
