"""Which blocks of a page are the article's body.

In: a Layout and the headline. Out: the chosen blocks, and why each other block near them is not. No selectors, no outlet
rules: how much a block reads like prose, where such blocks stand together, what looks alike, and what the elements
around them are called. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scraper.codec import Struct
from scraper.extract import boilerplate, breaks, class_names, list_headings
from scraper.extract.block_scores import HEADINGS, Weights, container, goes_on_in_link, is_row
from scraper.extract.blocks import Layout
from scraper.extract.headlines import GLUED_STAMP, key
from scraper.text.normalize import clean

_WORDS = re.compile(r"\w+")
_DIGITS = re.compile(r"\d")

# Named so, yet quotations and embedded posts stand in such boxes.
_SOFT = class_names.SOCIAL | class_names.ADVERT | class_names.SIDE | class_names.META | class_names.WIDGET
_MIN_PROSE = 15.0
_LONG_CAPTION = 400
_MAX_BODY_CHARS = 500_000
POOR = 250.0  # prose: with less than this, look also where articles seldom stand


class Body(Struct, frozen=True, kw_only=True):
    """The chosen blocks in order, the element that holds most of them (-1: none), and why other blocks were left out."""

    blocks: tuple[int, ...] = ()
    flow: int = 0  # where the text itself begins, after a lead that stands apart
    container: int = -1
    title_at: int = -1
    prose: float = 0.0
    reasons: dict[int, str]


def _find_title(layout: Layout, title: str | None) -> frozenset[int]:
    """The blocks that print the headline: one on most pages, all of them on a page made to cost much."""
    folded = key(title)
    if title is None or len(folded) < 4:
        return frozenset()
    low, high = len(title) * 0.7, len(title) * 1.5 + 40
    start = title[:4].casefold()
    found = []
    for block in [block for block in layout.blocks if low <= len(block.text) <= high]:
        heads = block.tag in HEADINGS
        if heads or block.text[:4].casefold() == start:
            said = key(block.text)
            if said == folded or (heads and folded in said):
                found.append(block.index)
    return frozenset(found)


def choose(layout: Layout, title: str | None, evidence: Callable[[str], bool] | None = None) -> Body:
    """The body of a page, or an empty one. ``evidence`` tells of a text whether the page's metadata has it too."""
    blocks, elements = layout.blocks, layout.elements
    if not blocks:
        return Body(reasons={})
    titles = _find_title(layout, title)
    weights = Weights(layout, titles)
    index = container(layout, weights, titles)
    if index < 0:
        return Body(reasons={})
    root = elements[index]
    total = weights.raw_sums[root.end] - weights.raw_sums[root.start]
    context = breaks.inner_context(layout, weights, index, total)
    boxes = breaks.boxes(layout, weights, index, context, total)
    boxed: dict[int, str] = {}
    for i, why in boxes.items():
        for j in range(elements[i].start, elements[i].end):
            boxed[j] = why
    reasons: dict[int, str] = {}
    kept: list[int] = []
    for i in range(root.start, root.end):
        refusal = boxed.get(i) or _refuse(layout, weights, context, i, index)
        if refusal:
            reasons[i] = refusal
        else:
            kept.append(i)
    good = [i for i in kept if weights.raw[i] > _MIN_PROSE]
    while good and boilerplate.is_call(blocks[good[-1]].text):
        reasons[good.pop()] = "call"
    if not good:
        return Body(container=index, reasons=reasons)
    first, last = good[0], good[-1]
    foreign = breaks.what_follows(layout, context, index, first, titles)
    if foreign:
        reasons.update(foreign)
        kept = [i for i in kept if i not in foreign]
        good = [i for i in good if i not in foreign]
        last = good[-1]
    above = [i for i in titles if i < first + 3]
    title_at = max([i for i in above if blocks[i].tag == "h1"] or above, default=-1)
    parents = {elements[blocks[i].element].parent for i in good}
    for i in reversed([k for k in kept if k < first]):
        element = elements[blocks[i].element]
        if (
            i <= title_at
            or element.tag == "h1"
            or not (element.parent in parents or element.index == index)
            or i < first - 6
        ):
            break
        if boilerplate.is_call(blocks[i].text) or _is_stamp(blocks[i].text):
            continue
        first = i
    for i in kept:
        # What follows the last paragraph belongs to the text while it is a list or a quotation, or ends like a sentence.
        if last < i <= last + 3:
            block = blocks[i]
            element = elements[block.element]
            holder = elements[element.parent].parent if element.tag == "li" and element.parent >= 0 else -1
            near = element.parent in parents or holder in parents or index in (element.index, holder)
            if not near or boilerplate.is_call(block.text):
                break
            if element.tag in ("li", "blockquote") or (block.text[-1] in ".!?։。" and len(block.text) > 11):
                last = i
    chosen = [i for i in kept if first <= i <= last and i not in titles]
    for i in kept:
        if i < first:
            reasons[i] = "before the text"
        elif i > last and i not in reasons:
            reasons[i] = "after the text"
    chosen = _without_repeats(layout, chosen, reasons)
    if evidence is not None:
        chosen = _confirmed(layout, chosen, reasons, evidence)
    deck: list[int] = []
    if title_at >= 0:
        places = range(max(title_at + 1, first - 30), first)
        deck = [i for i in places if i not in titles and _is_deck(layout, weights, i)]
    flow = chosen[0] if chosen else first
    if deck:
        said = {blocks[i].text for i in chosen}
        deck = [i for i in deck if blocks[i].text not in said]
    chosen = sorted({*deck, *chosen})
    size, cut = 0, len(chosen)
    for n, i in enumerate(chosen):
        size += len(blocks[i].text)
        if size > _MAX_BODY_CHARS:
            cut = n
            break
    return Body(
        blocks=tuple(chosen[:cut]),
        flow=flow,
        container=index,
        title_at=title_at,
        prose=total,
        reasons=reasons,
    )


def _confirmed(
    layout: Layout, chosen: list[int], reasons: dict[int, str], evidence: Callable[[str], bool]
) -> list[int]:
    """Where the page's metadata gives the same text, it also says where that text ends and what belongs to it."""
    blocks = layout.blocks
    confirmed = {i for i in chosen if evidence(blocks[i].text)}
    length = sum([len(blocks[i].text) for i in chosen])
    if not confirmed or sum([len(blocks[i].text) for i in confirmed]) < 0.8 * length:
        return chosen
    last = max(confirmed)
    for i in chosen:
        if i > last:
            reasons[i] = "not in the text that the metadata gives"
    kept = [i for i in chosen if i <= last]
    for i, why in list(reasons.items()):
        if (
            why in ("box", "named", "label", "call", "link")
            and len(blocks[i].text) > 60
            and i > chosen[0] - 3
            and evidence(blocks[i].text)
        ):
            del reasons[i]
            kept.append(i)
    return sorted(kept)


def paragraphs(layout: Layout, found: Body) -> tuple[str, ...]:
    """The chosen blocks as text. Cells of one table row make one line."""
    elements = layout.elements
    lines: list[str] = []
    row = -1
    for i in found.blocks:
        block = layout.blocks[i]
        element = elements[block.element]
        text = block.text
        if not text.isprintable():  # no soft hyphens, zero-width marks, control characters
            text = clean(text)
            if not text:
                continue
        if not lines and text[0].isdigit():
            text = GLUED_STAMP.sub("", text, count=1)
        if element.tag in ("td", "th") and element.end - element.start == 1 and element.parent >= 0:
            if element.parent == row:
                lines[-1] = f"{lines[-1]} | {text}"
                continue
            row = element.parent
        else:
            row = -1
        lines.append(text)
    return tuple(lines)


def _is_stamp(text: str) -> bool:
    """A line that says when and who, and nothing else."""
    return len(text) < 80 and text[-1] not in ".!?" and len(_DIGITS.findall(text)) >= 5


def _refuse(layout: Layout, weights: Weights, context: dict[int, int], i: int, index: int) -> str | None:
    """Why a block inside the container is not body; None if it is."""
    block = layout.blocks[i]
    text = block.text
    if i in weights.teasers:
        return "teaser"
    mask = context[block.element]
    if mask:
        if mask & ~_SOFT or not weights.raw[i]:
            return "named"
        elements, e = layout.elements, block.element
        while e != index and elements[e].tag != "blockquote":
            e = elements[e].parent
        if e == index:
            return "named"
    length = len(text)
    if block.linked > 0.8 * length:
        # A sentence that is mostly a link is a sentence still: it begins or goes on outside the link.
        if not (
            block.linked < length - 1
            and (text[-1] in ".!?։" or goes_on_in_link(block))
            and not is_row(block)
            and list_headings.lead_in(text) is None
        ):
            return "link"
    elif block.linked > 0.5 * length and list_headings.lead_in(text) is not None:
        return "read also"
    if length <= 60:
        if boilerplate.is_label(text):
            return "label"
        if list_headings.kind_of_heading(text) is not None:
            return "heading of a list"
    if length < _LONG_CAPTION and boilerplate.is_caption(text):
        return "caption"
    return None


def _without_repeats(layout: Layout, chosen: list[int], reasons: dict[int, str]) -> list[int]:
    """A passage printed again elsewhere (pull quotes, hidden copies for a paywall) counts once.

    Repetition among siblings is the author's: an interview puts the same question to many.
    """
    seen: dict[str, tuple[str, str | None]] = {}
    kept = []
    for i in chosen:
        block = layout.blocks[i]
        if len(block.text) > 60:
            parent = layout.elements[max(layout.elements[block.element].parent, 0)]
            holder = (parent.tag, parent.style)
            if seen.setdefault(block.text, holder) != holder:
                reasons[i] = "repeat"
                continue
        kept.append(i)
    return kept


def _is_deck(layout: Layout, weights: Weights, i: int) -> bool:
    """Whether a block between the headline and the text is a lead."""
    block = layout.blocks[i]
    text = block.text
    if len(text) < 25 or len(text) > 1200 or block.linked > 0.5 * len(text) or text.count(" ") < 4:
        return False
    mask = lead = images = 0
    e = block.element
    for _ in range(6):
        if e < 0:
            break
        element = layout.elements[e]
        if element.end - element.start > 25:
            break
        mask |= element.flags & class_names.JUNK
        lead |= element.flags & class_names.LEAD
        if element.end - element.start <= 2:
            images += element.images
        e = element.parent
    if (
        mask & ~class_names.META
        or images
        or boilerplate.is_call(text)
        or boilerplate.is_caption(text)
        or _is_stamp(text)
    ):
        return False
    if lead:
        return True
    return not mask and (weights.raw[i] > 25 or block.tag in HEADINGS)
