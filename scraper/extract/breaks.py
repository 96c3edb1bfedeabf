"""What breaks an article's text: boxes inside its container, and what follows it, other articles and readers. Pure.

In: a Layout, Weights, the container. Out: which elements and blocks do not belong to the text, and why.
"""

from __future__ import annotations

from itertools import accumulate

from scraper.extract import boilerplate, class_names
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Block, Layout
from scraper.extract.choice import Choice

_FLOW = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table", "dl", "q")
)
_KEPT_WHOLE = frozenset(("blockquote", "table"))  # whatever the box around them looks like
_TOP_HEADINGS = frozenset(("h1", "h2", "h3"))
_MIN_FIRST_ARTICLE = 200  # characters before a second h1 may mean a second article
_MIN_COMMENTED = 150  # characters before comments may begin
_LONG_CAPTION = 400
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
        context[i] = above | own
    return context


def boxes(c: Choice, total: float) -> dict[int, str]:
    """Return the parts of the container that do not belong to the flow of its text: element -> why."""
    layout, weights, index, context = c.layout, c.weights, c.container, c.context
    elements, blocks, raw = layout.elements, layout.blocks, weights.raw
    mass_of: dict[tuple[str, str | None], float] = {}
    kind_of: dict[int, tuple[str, str | None]] = {}
    for i in context:
        element = elements[i]
        if element.end - element.start == 1 and raw[element.start] and blocks[element.start].element == i:
            # What looks alike: the paragraph's own class, or else its parent's.
            holder = elements[element.parent] if not element.style and element.parent >= 0 else element
            kind = (holder.tag, holder.style)
            kind_of[element.start] = kind
            mass_of[kind] = mass_of.get(kind, 0.0) + raw[element.start]
    # Boxes stand in boxes: their characters are summed once, from the container's first block on.
    first, last = elements[index].start, elements[index].end
    lengths = [0, *accumulate([len(b.text) for b in blocks[first:last]])]
    links = [0, *accumulate([b.linked for b in blocks[first:last]])]
    spine = {index}
    found: dict[int, str] = {}
    c.notices = [first + i for i in boilerplate.notices([b.text for b in blocks[first:last]])]
    for i, junk in context.items():
        element = elements[i]
        if i == index or element.parent not in spine or junk or element.tag in _FLOW:
            continue
        start, end = element.start, element.end
        count = end - start
        if not count:
            continue
        mass = weights.raw_sums[end] - weights.raw_sums[start]
        length = lengths[end - first] - lengths[start - first]
        linked = links[end - first] - links[start - first]
        if mass < 0.3 * total and c.notices and any(start <= j < end for j in c.notices):
            found[i] = "notice"
            continue
        if element.images and count <= 2 and length < _LONG_CAPTION and mass < 0.3 * total:
            found[i] = "caption"
            continue
        if mass > 0.25 * total:
            spine.add(i)
            continue
        before = weights.raw_sums[start] - weights.raw_sums[elements[index].start]
        alike: dict[tuple[str, str | None], float] = {}
        for j in range(start, end):
            if j in kind_of:
                alike[kind_of[j]] = alike.get(kind_of[j], 0.0) + raw[j]
        outside = sum([mass_of[kind] - own for kind, own in alike.items()])
        if outside > 0.1 * total:
            spine.add(i)
            continue
        if count == 1:
            if mass or blocks[start].tag in _FLOW or blocks[start].element == i:
                continue  # a paragraph in a wrapper, or one that is a div
        elif (
            linked < 0.3 * length
            and any(e.tag in _KEPT_WHOLE and e.start < end for e in elements[i + 1 : i + 4])
        ) or (
            before < 0.8 * total
            and linked < 0.25 * length
            and ((mass > 0.7 * length and length > 70 * count) or _is_list(blocks[start:end], length, linked))
        ):
            spine.add(i)
            continue
        found[i] = "box"
    # What most of the prose stands in is no caption, however it looks; nor is what is made like a part of the text.
    captions = [i for i, why in found.items() if why == "caption"]
    held = sum([weights.raw_sums[elements[i].end] - weights.raw_sums[elements[i].start] for i in captions])
    parts = {(elements[i].tag, elements[i].style) for i in spine if i != index and elements[i].style}
    for i in captions:
        if held > 0.4 * total or (elements[i].tag, elements[i].style) in parts:
            del found[i]
    return found


def _is_list(inside: list[Block], length: int, linked: int) -> bool:
    """Return True for steps, ingredients, facts: items of text, not of links."""
    items = sum([b.tag == "li" for b in inside])
    return items > 2 and linked < 0.1 * length and length > 25 * len(inside)


def what_follows(c: Choice, first: int) -> dict[int, str]:
    """Return the blocks after the article on the same page: what readers wrote, and other articles."""
    layout, weights, index, context, titles = c.layout, c.weights, c.container, c.context, c.titles
    if layout.seen & class_names.LIVE:  # a live blog is made of articles
        return {}
    blocks, elements = layout.blocks, layout.elements
    found: dict[int, str] = {}
    for i in context:
        element = elements[i]
        if element.tag == "article" and i != index and element.start > first:
            inside = blocks[element.start : element.end]
            if any(
                (b.tag == "h1" and _is_like_title(layout, b, titles))
                or (b.tag in _TOP_HEADINGS and _is_linked(b))
                for b in inside
            ):
                found.update(dict.fromkeys(range(element.start, element.end), "another article"))
    end = elements[index].end
    length = 0
    holders: set[int] = set()  # of prose
    around: set[int] = set()  # of all blocks: an h1 among them is a sub-heading
    for i in range(first, end):
        block = blocks[i]
        why = None
        if (
            length > _MIN_COMMENTED
            and not block.links
            and boilerplate.is_comments(block.text)
            and not _goes_on(c, blocks[i + 1 : end], holders, length)
        ):
            why = "comments"
        elif (
            block.tag == "h1"
            and i not in titles
            and length > _MIN_FIRST_ARTICLE
            and elements[block.element].parent not in around
            and _is_like_title(layout, block, titles)
        ):
            why = "another article"
        if why is not None:
            found.update(dict.fromkeys(range(i, end), why))
            break
        length += len(block.text)
        around.add(elements[block.element].parent)
        if weights.raw[i]:
            holders.add(elements[block.element].parent)
    return found


def _is_linked(block: Block) -> bool:
    return block.linked >= 0.9 * len(block.text)


def _is_like_title(layout: Layout, block: Block, titles: list[int]) -> bool:
    """Return True if a heading is made as the page's own headline is, or if that is not known."""
    elements = layout.elements

    def make(b: Block) -> tuple[str | None, ...]:
        element = elements[b.element]
        above = elements[max(element.parent, 0)]
        return element.tag, element.style, above.tag, above.style

    own = {make(layout.blocks[i]) for i in titles if layout.blocks[i].tag == "h1"}
    return not own or make(block) in own


def _goes_on(c: Choice, rest: list[Block], holders: set[int], length: int) -> bool:
    """Return True if prose goes on in the elements that hold the prose before, and as densely as there."""
    alike = others = chars = 0
    for block in rest:
        if c.weights.raw[block.index] and c.layout.elements[block.element].parent in holders:
            alike += 1
            chars += len(block.text)
        elif len(block.text) < _LONG_CAPTION:
            others += 1
    return alike > 0 and chars >= 0.5 * length and others <= max(alike, 2)
