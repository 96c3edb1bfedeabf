"""How much the blocks of a page read like prose, and which element holds most of it.

In: a Layout and the blocks that print the headline. Out: Weights, sums over any range of blocks, and a container.
No selectors, no outlet rules. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from scraper.extract import boilerplate, class_names
from scraper.extract.blocks import Block, Element, Layout

_SENTENCE_END = frozenset(".!?…:;։՜՞»“”\"')]。।")
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

_PARTS = frozenset(("section", "div"))
_ROW_SHARE = 0.8
_MIN_BREAKS = 3  # spaces of a headline among text

_HARD = class_names.COMMENT | class_names.HIDDEN | class_names.FORM | class_names.FOOTER
_JUNK_FACTOR = 0.1  # how much prose counts in an element that is called something else than text


def prose(block: Block) -> float:
    """How much a block alone reads like a paragraph: about its characters, less for what is short, linked, a heading."""
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
    if tag in HEADINGS:
        score *= 0.2
    elif tag == "li":
        score *= 0.6
    elif tag == "td" and free < 100:
        score *= 0.5
    return score


def line_weight(block: Block) -> float:
    """How much a block weighs on a page of short lines: results, winners, prices."""
    free = len(block.text) - block.linked
    return 0.0 if block.linked > free or block.tag == "figcaption" else float(free)


def goes_on_in_link(block: Block) -> bool:
    """Whether a sentence that has begun before a link goes on in it: "Your list of readers will grow", no kicker and title."""
    first = block.links[0].text
    if len(block.links) > 1 or not is_small(first[:1]):
        return False
    before = block.text.partition(first)[0].rstrip()
    return before != "" and before[-1] not in ":|–—-"


def is_small(letter: str) -> bool:
    """Return True for a small letter of a script that has capitals in use: Georgian has none."""
    return letter.islower() and not "\u10d0" <= letter <= "\u10ff"


def is_row(block: Block) -> bool:
    """Several headlines in a line, with no more than signs and a word or two between them."""
    return (
        len(block.links) > 1
        and block.linked >= _ROW_SHARE * len(block.text)
        and all(link.text.count(" ") >= _MIN_BREAKS for link in block.links)
    )


def _is_spaceless(text: str) -> bool:
    """Chinese, Japanese, Thai: scripts that put no spaces between words."""
    if text.isascii():
        return False
    return sum(["\u0e00" <= c <= "\u0e7f" or "\u3040" <= c <= "\u9fff" for c in text]) * 2 > len(text)


_LONG_TEASER = 500  # characters
_FEW_LINES = 2
_CARD_CHARS = 15
_CARD_BLOCKS = 6  # picture line, kicker, headline, teaser, date, button
_MOST_IN_CARDS = 0.7  # of a page's prose: with more, it is a digest
_TEASER_FACTOR = 0.2
_NEAR = 25  # blocks after the headline in which the text begins
_OPENING_PROSE = 25.0


class Weights:
    """Prose of each block, raw and in its surroundings, summable over any range of blocks."""

    __slots__ = ("context", "lengths", "raw", "raw_sums", "sums", "teasers", "value", "void", "weigh")

    def __init__(
        self,
        layout: Layout,
        titles: Sequence[int] = (),
        void: int = 0,
        weigh: Callable[[Block], float] = prose,
    ) -> None:
        blocks, elements = layout.blocks, layout.elements
        self.void, self.weigh = void, weigh
        self.raw = [weigh(b) for b in blocks]
        self.raw_sums = raw_sums = [0.0, *accumulate(self.raw)]
        some, most = raw_sums[-1] * 0.4, raw_sums[-1] * 0.9
        heading = next((i for i in titles if blocks[i].tag == "h1"), -1)
        context: list[int] = []  # junk flags inherited from the ancestors
        junk = class_names.JUNK & ~void
        for element in elements:
            own = element.flags & junk
            if own and element.end - element.start > 1:
                mass = raw_sums[element.end] - raw_sums[element.start]
                # What holds the headline, or most of the page's prose, is not a box, whatever it is called.
                if mass > most or element.start <= heading < element.end:
                    own = 0
                elif mass > some:
                    own &= _HARD
            context.append(own | context[element.parent] if element.parent >= 0 else own)
        self.context = context
        self.teasers = _teasers(layout, titles, self.raw)
        self.value = [
            r * _JUNK_FACTOR if context[b.element] else r for r, b in zip(self.raw, blocks, strict=True)
        ]
        for i in self.teasers:
            self.value[i] *= _TEASER_FACTOR
        self.sums = [0.0, *accumulate(self.value)]
        # Characters that compete with prose: those of boxes of no interest do not.
        self.lengths = [0, *accumulate([0 if context[b.element] else min(len(b.text), 500) for b in blocks])]

    def of(self, element: Element) -> float:
        return self.sums[element.end] - self.sums[element.start]


_Make = tuple[str, str | None, str, str | None]  # tag and class of an element, and of the one around it


def _teasers(layout: Layout, titles: Sequence[int], raw: list[float]) -> set[int]:
    """Return the texts of cards: paragraphs under a linked heading, where two boxes or three lines of one make hold such."""
    blocks, elements = layout.blocks, layout.elements
    boxes: dict[tuple[str, str | None], dict[int, list[int]]] = {}
    lines: dict[_Make, list[int]] = {}
    buttons: list[int] = []
    plain: dict[_Make, int] = {}
    heads = {b.index for b in blocks if b.links and _is_linked_heading(layout, b)}.difference(titles)
    for i, r in enumerate(raw):
        if not r or len(blocks[i].text) >= _LONG_TEASER or blocks[i].tag in HEADINGS:
            continue
        if _leads_on(blocks, i) and i - 1 not in titles:
            buttons.append(i)
        box = _card(layout, i, heads, raw) if heads else None
        if box is not None:
            boxes.setdefault((box.tag, box.style), {}).setdefault(box.index, []).append(i)
        element = elements[blocks[i].element]
        above = elements[max(element.parent, 0)]
        make = (element.tag, element.style, above.tag, above.style)
        if _opens_with_link(blocks[i]) or (i and _is_headline_link(blocks[i - 1]) and i - 1 not in titles):
            lines.setdefault(make, []).append(i)
        else:
            plain[make] = plain.get(make, 0) + 1
    found = {i for alike in boxes.values() if len(alike) > 1 for texts in alike.values() for i in texts}
    found.update(buttons if sum([raw[i] for i in buttons]) < _MOST_IN_CARDS * sum(raw) else ())
    for make, group in lines.items():
        if len(group) > _FEW_LINES and plain.get(make, 0) <= 0.25 * len(group):
            found.update(group)
    return found


def _leads_on(blocks: list[Block], i: int) -> bool:
    """Return True for what stands between a headline and a link to the same address that says "read more"."""
    if not i or not _is_headline_link(blocks[i - 1]):
        return False
    links = blocks[i].links or (blocks[i + 1].links if i + 1 < len(blocks) else ())
    return (
        len(links) > 0
        and links[-1].href == blocks[i - 1].links[0].href
        and boilerplate.is_more(links[-1].text)
    )


def _opens_with_link(block: Block) -> bool:
    """Return True for a headline and its teaser in one block: a link that begins it, and a sentence right behind, no sign between."""
    if not block.links or block.linked > 0.8 * len(block.text):
        return False
    first = block.links[0].text
    before, found, after = block.text.partition(first)
    after = after.lstrip(' «“„‘"')
    return (
        found != ""
        and len(first) >= _CARD_CHARS
        and len(after) >= _CARD_CHARS
        and first[-1].isalnum()
        and not any(map(str.isalpha, before))
        and after[0].isalpha()
        and not is_small(after[0])
    )


def _is_headline_link(block: Block) -> bool:
    return block.linked >= 0.7 * len(block.text) and block.text.count(" ") > 1


def _is_linked_heading(layout: Layout, block: Block) -> bool:
    return (
        block.linked >= 0.9 * len(block.text)
        and block.text.count(" ") >= 2
        and (block.tag in HEADINGS or layout.elements[block.element].flags & class_names.TITLE > 0)
    )


def _card(layout: Layout, i: int, heads: set[int], raw: list[float]) -> Element | None:
    """Return the small box in which a paragraph stands under one of the linked headings, if there is one."""
    elements = layout.elements
    e = elements[layout.blocks[i].element].parent
    for _ in range(3):
        if e < 0 or elements[e].end - elements[e].start > _CARD_BLOCKS:
            return None
        for j in range(elements[e].start, i):
            if raw[j] > _OPENING_PROSE:
                return None  # a text with a linked heading in it
            if j in heads:
                return elements[e]
        e = elements[e].parent
    return None


def container(layout: Layout, weights: Weights, titles: list[int]) -> int:
    """Return the element that holds the body: where prose stands densest, widened while its parent adds more of it. -1: none."""
    blocks, elements = layout.blocks, layout.elements
    direct: dict[int, float] = {}
    for block, value in zip(blocks, weights.value, strict=True):
        if not value:
            continue
        index = home_of(elements, block)
        share = value
        for _ in range(3):
            if index < 0:
                break
            direct[index] = direct.get(index, 0.0) + share
            share *= 0.4
            index = elements[index].parent
    if not direct:
        return -1
    heading = next((i for i in titles if blocks[i].tag == "h1"), titles[0] if titles else -1)
    home = _first_home(layout, weights, heading) if heading >= 0 else -1
    worth = {
        # What is called the text, and what holds the first paragraph under the headline, is worth more.
        i: score * (2.0 if elements[i].flags & class_names.BODY else 1.0) * (3.0 if i == home else 1.0)
        for i, score in direct.items()
    }
    return _widen(layout, weights, max(worth, key=worth.__getitem__))


def home_of(elements: list[Element], block: Block) -> int:
    """Return the element that holds a paragraph among others: the paragraph itself, and wrappers of it alone, do not count."""
    index = block.element
    while index > 0 and elements[index].end - elements[index].start == 1:
        index = elements[index].parent
    return index


def _first_home(layout: Layout, weights: Weights, heading: int) -> int:
    """Where the first paragraph after the headline stands that is no lead."""
    blocks, elements = layout.blocks, layout.elements
    for i in range(heading + 1, min(heading + _NEAR, len(blocks))):
        if weights.value[i] <= _OPENING_PROSE or blocks[i].tag in HEADINGS:
            continue
        return home_of(elements, blocks[i])
    return -1


def _widen(layout: Layout, weights: Weights, index: int) -> int:
    elements = layout.elements
    current = index
    while True:
        inner = elements[current]
        mass = weights.of(inner)
        parent, chosen = inner.parent, -1
        for _ in range(12):
            if parent < 0 or elements[parent].tag == "body":
                break
            element = elements[parent]
            gain = weights.of(element) - mass
            if gain > max(0.12 * mass, 100.0):
                gain = _alike(layout, weights, inner, element)
                lengths = weights.lengths
                outside = (
                    lengths[element.end] - lengths[inner.end] + lengths[inner.start] - lengths[element.start]
                )
                if gain > 0.5 * outside or _in_parts(layout, weights, inner, element) > 0.5 * mass:
                    chosen = parent
                break
            parent = element.parent
        if chosen < 0:
            return current
        current = chosen


def _in_parts(layout: Layout, weights: Weights, inner: Element, outer: Element) -> float:
    """Prose in elements made like the inner one that follow it: a text that advertisements cut into parts.

    What begins with an h1 or a linked heading is another article.
    """
    names = set((inner.style or "").split())
    if not names or inner.parent != outer.index or inner.tag not in _PARTS:
        return 0.0
    total = 0.0
    for element in layout.elements[inner.index + 1 :]:
        if element.start >= outer.end:
            break
        if (
            element.parent == outer.index
            and element.tag == inner.tag
            and element.start < element.end
            and not names.isdisjoint((element.style or "").split())
        ):
            opening = layout.blocks[element.start]
            if opening.tag not in HEADINGS or (opening.tag != "h1" and not opening.linked):
                total += weights.of(element)
    return total


def _alike(layout: Layout, weights: Weights, inner: Element, outer: Element) -> float:
    """Return how much of the prose around the inner element looks like it, or stands beside it in no box; of the rest, less than a third."""
    value, make = weights.value, layout.make
    own = {make(i) for i in range(inner.start, inner.end) if value[i]}
    around = (*range(outer.start, inner.start), *range(inner.end, outer.end))
    total = 0.0
    for i in around:
        if value[i]:
            alike = make(i) in own or layout.blocks[i].element == inner.parent
            total += value[i] if alike else 0.3 * value[i]
    return total
