"""What breaks an article's text: boxes inside its container, and what follows it, other articles and readers. Pure.

In: a Layout, Weights, the container. Out: which elements and blocks do not belong to the text, and why.
"""

from __future__ import annotations

import re
from itertools import accumulate

from scraper.extract import boilerplate, class_names
from scraper.extract.block_scores import HEADINGS, Weights
from scraper.extract.blocks import Block, Element, Layout
from scraper.extract.choice import Choice

_FLOW = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table", "dl", "q")
)
_KEPT_WHOLE = frozenset(("blockquote", "table"))  # whatever the box around them looks like
_MIN_FIRST_ARTICLE = 200  # characters before a second h1 may mean a second article
_MIN_COMMENTED = 150  # characters before comments may begin
_LONG_CAPTION = 400
_STAMP_CHARS = 80
_POSTED = re.compile(r"(?=.*\b(?:19|20)\d\d\b)(?=.*\b\d{1,2}:\d\d\b).*[^.!?]$")  # a day and a time of day
FOREIGN = frozenset(("another article", "comments"))


def inner_context(c: Choice, total: float) -> dict[int, int]:
    """Return the junk flags of the elements inside the container, inherited from the container down."""
    layout, weights, index = c.layout, c.weights, c.container
    elements, raw_sums = layout.elements, weights.raw_sums
    end = elements[index].end
    context = {index: 0}
    for i in range(index + 1, len(elements)):
        element = elements[i]
        if element.start >= end:
            break
        above = context.get(element.parent)
        if above is None:
            break
        own = element.flags & class_names.JUNK & ~weights.void
        if element.tag in HEADINGS:
            own &= ~(class_names.WIDGET | class_names.META)  # builders call any heading the title of a widget
        if (
            own
            and element.end - element.start > 1
            and raw_sums[element.end] - raw_sums[element.start] > 0.4 * total
        ):
            own = 0
        if own & class_names.HIDDEN and _unfolds(layout, weights, element):
            own &= ~class_names.HIDDEN
        context[i] = above | own
    return context


def _unfolds(layout: Layout, weights: Weights, element: Element) -> bool:
    """Return True for several hidden paragraphs right behind a shown one: a button unfolds the rest of the text."""
    raw, elements = weights.raw, layout.elements
    above = next((i for i in range(element.start)[-3:][::-1] if raw[i]), -1)
    parent = elements[layout.blocks[above].element].parent if above >= 0 else -1
    return (
        parent >= 0
        and element.parent in (parent, elements[parent].parent)
        and sum([weight > 0 for weight in raw[element.start : element.end]]) > 1
    )


def boxes(c: Choice, total: float) -> dict[int, str]:
    """Return the parts of the container that do not belong to the flow of its text: element -> why."""
    elements, blocks = c.layout.elements, c.layout.blocks
    first, last = elements[c.container].start, elements[c.container].end
    c.notices = [first + i for i in boilerplate.notices([b.text for b in blocks[first:last]])]
    page = _Boxes(c, total)
    found: dict[int, str] = {}
    for i, junk in c.context.items():
        element = elements[i]
        if i == c.container or element.parent not in page.spine or junk or element.tag in _FLOW:
            continue
        why = page.judge(element) if element.start < element.end else None
        if why is not None:
            found[i] = why
    # What most of the prose stands in is no caption, however it looks; nor is what is made like a part of the text.
    captions = [i for i, why in found.items() if why == "caption"]
    held = sum([page.mass(elements[i]) for i in captions])
    parts = {
        (elements[i].tag, elements[i].style) for i in page.spine if i != c.container and elements[i].style
    }
    for i in captions:
        if held > 0.4 * total or (elements[i].tag, elements[i].style) in parts:
            del found[i]
    return found


_Kind = tuple[str, str | None]


class _Boxes:
    """What boxes of one container are judged by. ``spine`` are the elements that hold the flow of the text."""

    def __init__(self, c: Choice, total: float) -> None:
        self._c, self._total = c, total
        self._container = c.layout.elements[c.container]
        self.spine = {c.container}
        self._mass_of: dict[_Kind, float] = {}
        self._kind_of: dict[int, _Kind] = {}
        elements, blocks, raw = c.layout.elements, c.layout.blocks, c.weights.raw
        for i in c.context:
            element = elements[i]
            at = element.start
            if element.end - at == 1 and raw[at] and blocks[at].element == i:
                kind = self._kind_of[at] = c.layout.make(at)
                self._mass_of[kind] = self._mass_of.get(kind, 0.0) + raw[at]
        # Boxes stand in boxes: their characters are summed once, from the container's first block on.
        inside = blocks[self._container.start : self._container.end]
        self._lengths = [0, *accumulate([len(b.text) for b in inside])]
        self._links = [0, *accumulate([b.linked for b in inside])]

    def mass(self, element: Element) -> float:
        """Return the prose in an element."""
        sums = self._c.weights.raw_sums
        return sums[element.end] - sums[element.start]

    def judge(self, element: Element) -> str | None:
        """Return why an element is a box; put it on the spine if it belongs to the flow."""
        start, end, first = element.start, element.end, self._container.start
        mass, part = self.mass(element), 0.3 * self._total
        length = self._lengths[end - first] - self._lengths[start - first]
        if mass < part and any(start <= j < end for j in self._c.notices):
            return "notice"
        if element.images and end - start <= 2 and length < _LONG_CAPTION and mass < part:
            return "caption"
        if mass > 0.25 * self._total or self._is_made_like_text(start, end):
            self.spine.add(element.index)
            return None
        if end - start == 1:
            block = self._c.layout.blocks[start]
            # a paragraph in a wrapper, or one that is a div
            flows = mass or block.tag in _FLOW or block.element == element.index
            return None if flows else "box"
        linked = self._links[end - first] - self._links[start - first]
        inner = self._c.layout.elements[element.index + 1 : element.index + 4]
        if linked < 0.3 * length and any(e.tag in _KEPT_WHOLE and e.start < end for e in inner):
            self.spine.add(element.index)
            return None
        return "box"

    def _is_made_like_text(self, start: int, end: int) -> bool:
        raw = self._c.weights.raw
        alike: dict[_Kind, float] = {}
        for j in range(start, end):
            if j in self._kind_of:
                alike[self._kind_of[j]] = alike.get(self._kind_of[j], 0.0) + raw[j]
        return sum([self._mass_of[kind] - own for kind, own in alike.items()]) > 0.1 * self._total


def what_follows(c: Choice, first: int) -> dict[int, str]:
    """Return the blocks after the article on the same page: what readers wrote, and other articles."""
    layout, weights, index, titles = c.layout, c.weights, c.container, c.titles
    if layout.seen & class_names.LIVE:  # a live blog is made of articles
        return {}
    blocks, elements = layout.blocks, layout.elements
    found: dict[int, str] = {}
    end = elements[index].end
    length = until = 0
    holders: set[int] = set()  # of prose
    around: set[int] = set()  # of all blocks: an h1 among them is a sub-heading
    posts = _posts(layout, first, end)
    for i in range(first, end):
        block = blocks[i]
        if i < until:
            continue
        if length > _MIN_COMMENTED and (why := _opens_comments(block, posts)):
            until = _resumes(c, i, end, holders, alone=why == "label")
            found.update(dict.fromkeys(range(i, until), "comments"))
            continue
        if (
            block.tag == "h1"
            and i not in titles
            and length > _MIN_FIRST_ARTICLE
            and elements[block.element].parent not in around
            and _is_like_title(layout, block, titles)
        ):
            found.update(dict.fromkeys(range(i, end), "another article"))
            break
        length += len(block.text)
        around.add(elements[block.element].parent)
        if weights.raw[i]:
            holders.add(elements[block.element].parent)
    return found


def _opens_comments(block: Block, posts: int) -> str | None:
    """Return why comments begin with a block; a label may stand between two parts of a text, what is said of comments does not."""
    if block.index == posts or boilerplate.is_of_comments(block.text):
        return "posts"
    return "label" if not block.links and boilerplate.is_comments(block.text) else None


def _resumes(c: Choice, i: int, end: int, holders: set[int], *, alone: bool) -> int:
    """Return where the text goes on behind a box of comments that begins with a block, in the elements that hold it; else the end.

    ``alone``: also behind the block if no box holds more than it.
    """
    elements, blocks = c.layout.elements, c.layout.blocks
    e = box = blocks[i].element
    while elements[e].start == i and e != c.container:
        box, e = e, elements[e].parent
    if not alone and (elements[box].start < i or elements[box].end <= i + 1):
        return end
    behind = range(elements[box].end if elements[box].start == i else i + 1, end)
    return next(
        (j for j in behind if c.weights.raw[j] and elements[blocks[j].element].parent in holders), end
    )


def _posts(layout: Layout, first: int, end: int) -> int:
    """Return where readers' posts begin: lines of one make say who wrote when, and no heading stands between them. -1: nowhere."""
    stamped: dict[tuple[str, str | None], int] = {}
    for i in range(first + 1, end):
        block = layout.blocks[i]
        if block.tag in HEADINGS:
            stamped.clear()
        elif len(block.text) <= _STAMP_CHARS and _POSTED.match(block.text):
            start = stamped.setdefault(layout.make(i), i)
            if start < i - 1:
                return start
    return -1


def _is_like_title(layout: Layout, block: Block, titles: list[int]) -> bool:
    """Return True if a heading is made as the page's own headline is, or if that is not known."""
    elements = layout.elements

    def make(b: Block) -> tuple[str | None, ...]:
        element = elements[b.element]
        above = elements[max(element.parent, 0)]
        return element.tag, element.style, above.tag, above.style

    own = {make(layout.blocks[i]) for i in titles if layout.blocks[i].tag == "h1"}
    return not own or make(block) in own
