"""Which blocks of a page are the article's body.

In: a Layout and what is known of the title. Out: a verdict for every block. No selectors, no outlet rules: how much a
block reads like prose, where such blocks stand together, and what the elements around them are called. Pure.
"""

from __future__ import annotations

from itertools import accumulate

from scraper import headings, hints
from scraper.blocks import Block, Element, Layout

_SENTENCE_END = frozenset(".!?…:;։՜՞»”\"')]。।")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

# How much text counts that stands in an element so named (flags are inherited; the smallest factor wins).
_FACTORS = (
    (hints.COMMENT, 0.03),
    (hints.HIDDEN, 0.05),
    (hints.FORM, 0.1),
    (hints.NAV, 0.1),
    (hints.FOOTER, 0.1),
    (hints.RELATED, 0.1),
    (hints.SIDE, 0.2),
    (hints.WIDGET, 0.3),
    (hints.ADVERT, 0.2),
    (hints.CAPTION, 0.1),
    (hints.SOCIAL, 0.2),
    (hints.META, 0.3),
    (hints.ASIDE, 0.3),
)


def prose(block: Block) -> float:
    """How much a block alone reads like a paragraph: about its characters, less for what is short, linked or a heading."""
    text = block.text
    free = len(text) - block.linked
    if free < 20 or block.linked > free:
        return 0.0
    spaces = text.count(" ")
    if spaces < 3 and not _is_spaceless(text):
        return 0.0
    score = float(min(free, 500))
    if text[-1] not in _SENTENCE_END:
        score *= 0.25 if free < 80 else 0.7
    elif free < 40:
        score *= 0.5
    tag = block.tag
    if tag in _HEADINGS:
        score *= 0.2
    elif tag == "li":
        score *= 0.6
    elif tag == "td" and free < 100:
        score *= 0.5
    return score


def _is_spaceless(text: str) -> bool:
    """Chinese, Japanese, Thai: scripts that put no spaces between words."""
    return not text.isascii() and sum(
        ["\u0e00" <= c <= "\u0e7f" or "\u3040" <= c <= "\u9fff" for c in text]
    ) * 2 > len(text)


class Weights:
    """Prose of each block, raw and in its surroundings, summable over any range of blocks."""

    __slots__ = ("context", "factor", "lengths", "raw", "sums", "value")

    def __init__(self, layout: Layout) -> None:
        blocks, elements = layout.blocks, layout.elements
        self.raw = [prose(b) for b in blocks]
        raw_sums = [0.0, *accumulate(self.raw)]
        half = raw_sums[-1] * 0.6
        most = raw_sums[-1] * 0.9
        self.context: list[int] = []  # junk flags inherited from the ancestors
        context = self.context
        for element in elements:
            own = element.flags & hints.JUNK
            if own:
                mass = raw_sums[element.end] - raw_sums[element.start]
                # What holds most of the page's prose is not a box, whatever it is called.
                if mass > most or (mass > half and not own & (hints.COMMENT | hints.HIDDEN)):
                    own = 0
            context.append(own | context[element.parent] if element.parent >= 0 else own)
        factors: dict[int, float] = {}
        for mask in set(context):
            factors[mask] = min((f for flag, f in _FACTORS if mask & flag), default=1.0)
        self.factor = factors
        self.value = [
            r * factors[context[b.element]] if r else 0.0 for r, b in zip(self.raw, blocks, strict=True)
        ]
        self.sums = [0.0, *accumulate(self.value)]
        # Characters that compete with prose: those of blocks in boxes of no interest do not.
        self.lengths = [0, *accumulate([0 if context[b.element] else len(b.text) for b in blocks])]

    def length(self, start: int, end: int) -> int:
        return self.lengths[end] - self.lengths[start]

    def of(self, element: Element) -> float:
        return self.sums[element.end] - self.sums[element.start]


def container(layout: Layout, weights: Weights) -> int:
    """The element that holds the body: where prose stands densest, widened while its parent adds more of it. -1: none."""
    blocks, elements, values = layout.blocks, layout.elements, weights.value
    if weights.sums[-1] <= 0:
        return -1
    direct: dict[int, float] = {}
    for block, value in zip(blocks, values, strict=True):
        if not value:
            continue
        index = block.element
        # The paragraph itself, and wrappers that hold nothing else, are no containers.
        while index >= 0 and elements[index].end - elements[index].start == 1:
            index = elements[index].parent
        share = value
        for _ in range(3):
            if index < 0:
                break
            direct[index] = direct.get(index, 0.0) + share
            share *= 0.4
            index = elements[index].parent
    if not direct:
        return -1
    best = max(direct, key=lambda i: direct[i] * (1.1 if elements[i].flags & hints.BODY else 1.0))
    return _widen(layout, weights, best)


def _widen(layout: Layout, weights: Weights, index: int) -> int:
    elements, blocks = layout.elements, layout.blocks
    current = index
    while True:
        mass = weights.of(elements[current])
        parent, chosen = elements[current].parent, -1
        for _ in range(4):
            if parent < 0 or elements[parent].tag == "body":
                break
            element = elements[parent]
            gain = weights.of(element) - mass
            if gain > max(0.12 * mass, 100.0):
                inner = elements[current]
                outside = weights.length(element.start, inner.start) + weights.length(inner.end, element.end)
                if gain > 0.5 * outside:
                    chosen = parent
                break
            parent = element.parent
        if chosen < 0:
            return current
        current = chosen


_SOFT = (
    hints.SOCIAL | hints.ADVERT | hints.SIDE | hints.META
)  # named so, yet quotations and tweets stand in such boxes
_MIN_PROSE = 15.0


def inner_context(layout: Layout, weights: Weights, index: int) -> dict[int, int]:
    """Junk flags of the elements inside the container, inherited from the container down."""
    elements = layout.elements
    root = elements[index]
    total = sum(weights.raw[root.start : root.end])
    context: dict[int, int] = {index: 0}
    for i in range(index + 1, len(elements)):
        element = elements[i]
        if element.start >= root.end:
            break
        above = context.get(element.parent)
        if above is None:
            break
        own = element.flags & hints.JUNK
        if (
            own
            and element.end - element.start > 1
            and sum(weights.raw[element.start : element.end]) > 0.4 * total
        ):
            own = 0
        context[i] = above | own
    return context


def fold_title(text: str | None) -> str:
    return "".join(c for c in (text or "").casefold() if c.isalnum())


def choose(layout: Layout, title: str | None, why: dict[int, str] | None = None) -> dict[int, str]:
    weights = Weights(layout)
    index = container(layout, weights)
    chosen: dict[int, str] = {}
    if index < 0:
        return chosen
    blocks, elements = layout.blocks, layout.elements
    root = elements[index]
    context = inner_context(layout, weights, index)
    folded = fold_title(title)

    def keep(i: int) -> bool:
        block = blocks[i]
        mask = context[block.element]
        if mask:
            if mask & ~_SOFT or not weights.raw[i]:
                return False
            e = block.element
            while e != index and elements[e].tag != "blockquote":
                e = elements[e].parent
            if e == index:
                return False
        return block.linked <= 0.8 * len(block.text) or (
            block.linked < len(block.text) - 3 and weights_ok(block)
        )

    def weights_ok(block: Block) -> bool:
        """A sentence that is mostly a link, yet a sentence: it begins or goes on outside the link."""
        return (
            block.text[-1] in ".!?։"
            and block.linked < len(block.text) - 1
            and headings.lead_in(block.text) is None
        )

    kept = [i for i in range(root.start, root.end) if keep(i)]
    good = [i for i in kept if weights.raw[i] > _MIN_PROSE]
    if not good:
        return chosen
    first, last = good[0], good[-1]
    # Headline inside the container: what stands before it is no body.
    at_title = -1
    if folded:
        for i in range(min(first + 3, len(blocks)) - 1, -1, -1):
            if fold_title(blocks[i].text) == folded:
                at_title = i
                break
    parents: dict[int, int] = {}
    for i in good:
        p = elements[blocks[i].element].parent
        parents[p] = parents.get(p, 0) + 1
    for i in reversed([k for k in kept if k < first]):
        block = blocks[i]
        e = elements[block.element]
        if i <= at_title or e.tag == "h1" or not (e.parent in parents or e.index == index) or i < first - 6:
            break
        first = i
    chosen = {i: blocks[i].text for i in kept if first <= i <= last}
    deck = (
        [i for i in range(max(at_title + 1, first - 30), first) if _is_deck(layout, weights, i)]
        if at_title >= 0
        else []
    )
    return {**{i: blocks[i].text for i in deck}, **chosen}


def _is_deck(layout: Layout, weights: Weights, i: int) -> bool:
    block = layout.blocks[i]
    text = block.text
    if len(text) < 25 or len(text) > 1200 or block.linked > 0.5 * len(text) or text.count(" ") < 4:
        return False
    mask = lead = 0
    e = block.element
    for _ in range(6):
        if e < 0:
            break
        element = layout.elements[e]
        if element.end - element.start > 25:
            break
        mask |= element.flags & hints.JUNK
        lead |= element.flags & hints.LEAD
        e = element.parent
    if mask & ~hints.META:
        return False
    if lead:
        return True
    return not mask and (weights.raw[i] > 25 or block.tag in _HEADINGS)
