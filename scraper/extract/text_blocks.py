"""Select the blocks of one container that are its text, stage by stage. Pure.

In: a Choice: the layout, the weights, where the headline is printed, the container. Out: a Body. A block is refused by
the first row of REFUSE that holds; the row's name is the reason that is shown to who asks why.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from scraper.extract import boilerplate, breaks, class_names, list_headings
from scraper.extract.block_scores import HEADINGS, line_weight
from scraper.extract.blocks import Block, Layout
from scraper.extract.choice import Body, Choice
from scraper.extract.headlines import PURE_STAMP
from scraper.extract.thresholds import BODY

_SENTENCE_ENDS = ".!?։。！？"
_STAMP = re.compile(r"(?:19|20)\d\d|\d:\d\d|\d[./-]\d\d?[./-]\d")  # a year, a time, a day
_DIGITS = re.compile(r"\d")
# Named so, yet quotations and embedded posts stand in such boxes.
_SOFT = class_names.SOCIAL | class_names.ADVERT | class_names.SIDE | class_names.META | class_names.WIDGET
_NEVER_LEAD = (
    class_names.JUNK & ~(_SOFT | class_names.RELATED | class_names.FORM)
    | class_names.META
    | class_names.ASIDE
)
_CELLS = frozenset(("td", "th"))


def select_blocks(c: Choice) -> Body:
    """Return the text of a container: refuse, find its ends, cut what follows, widen to both sides, add the lead."""
    if c.container < 0:
        return Body(reasons={})
    blocks = c.layout.blocks
    root = c.layout.elements[c.container]
    total = c.weights.raw_sums[root.end] - c.weights.raw_sums[root.start]
    reasons = _refused(c, total)
    kept = [i for i in range(root.start, root.end) if i not in reasons]
    good = _paragraphs(c, kept, reasons)
    if not good:
        return Body(container=c.container, reasons=reasons)
    foreign = breaks.what_follows(c, good[0])
    reasons.update(foreign)
    kept = [i for i in kept if i not in foreign]
    good = [i for i in good if i not in foreign]
    first, last = good[0], good[-1]
    above = [i for i in c.titles if i < first + 3]
    title_at = max([i for i in above if blocks[i].tag == "h1"] or above, default=-1)
    parents = {c.layout.elements[blocks[i].element].parent for i in good}
    first = _opening(c, [i for i in kept if title_at < i <= last], first, parents)
    last = _closing(c, kept, last, parents)
    for i in kept:
        if i < first or i > last:
            reasons.setdefault(i, "before the text" if i < first else "after the text")
    chosen = [i for i in kept if first <= i <= last and i not in c.titles]
    chosen = _without_repeats(c.layout, chosen, reasons)
    lead = _lead(c, chosen, first, title_at, reasons)
    return Body(
        blocks=tuple(_limited(c.layout, sorted({*lead, *chosen}))),
        flow=chosen[0] if chosen else first,
        container=c.container,
        title_at=title_at,
        prose=total,
        reasons=reasons,
    )


def _refused(c: Choice, total: float) -> dict[int, str]:
    """Return why blocks of the container are no text, box by box and block by block; fill ``c.context``."""
    elements, blocks = c.layout.elements, c.layout.blocks
    root = elements[c.container]
    c.context = breaks.inner_context(c, total)
    plain = sum(
        [c.weights.raw[b.index] for b in blocks[root.start : root.end] if not c.context.get(b.element)]
    )
    reasons: dict[int, str] = {}
    for i, why in breaks.boxes(c, plain or total).items():
        reasons.update(dict.fromkeys(range(elements[i].start, elements[i].end), why))
    for block in blocks[root.start : root.end]:
        if block.index not in reasons:
            for name, longest, holds in REFUSE:
                if len(block.text) <= longest and holds(block, c):
                    reasons[block.index] = name
                    break
    return reasons


def _is_named(block: Block, c: Choice) -> bool:
    mask = c.context[block.element]
    if not mask:
        return False
    if mask & ~_SOFT or not c.weights.raw[block.index]:
        return True
    elements, e = c.layout.elements, block.element
    while e != c.container and elements[e].tag != "blockquote":
        e = elements[e].parent
    return e == c.container


def _is_read_also(block: Block, _: Choice) -> bool:
    return (
        block.linked > BODY.half * len(block.text)
        and list_headings.lead_in(block.text, block.links[0].text) is not None
    )


def _is_label(block: Block, _: Choice) -> bool:
    text = block.text
    return boilerplate.is_label(text) or boilerplate.is_comments(text) or boilerplate.is_player(text)


def _is_stamp_alone(block: Block, _: Choice) -> bool:
    """Return True for a date, or for figures without a word: times of a player, counters."""
    text = block.text
    if block.tag in _CELLS or _DIGITS.search(text) is None:
        return False
    return PURE_STAMP.match(text) is not None or not any(map(str.isalpha, text))


_ANY = sys.maxsize
Refusal = tuple[str, int, Callable[[Block, Choice], bool]]
# (name, the longest text it may refuse, test): the first that holds is the reason; order is meaning.
REFUSE: tuple[Refusal, ...] = (
    ("teaser", _ANY, lambda b, c: b.index in c.weights.teasers),
    ("named", _ANY, _is_named),
    ("link", _ANY, lambda b, _: b.linked > BODY.linked * len(b.text)),
    ("read also", _ANY, lambda b, c: b.linked > 0 and _is_read_also(b, c)),
    ("stamp", BODY.label, _is_stamp_alone),
    ("label", BODY.label, _is_label),
    ("heading of a list", BODY.label, lambda b, _: list_headings.kind_of_heading(b.text) is not None),
    ("caption", BODY.long_caption - 1, lambda b, _: boilerplate.is_caption(b.text)),
    ("notice", _ANY, lambda b, c: b.index in c.notices),
)


def _paragraphs(c: Choice, kept: list[int], reasons: dict[int, str]) -> list[int]:
    """Return the blocks between which the text stands: prose, without the calls at its end."""
    raw, run = c.weights.raw, c.run
    least = 0.0 if c.weights.weigh is line_weight else BODY.min_prose
    good = [i for i in kept if raw[i] > least and (run is None or run.start <= i < run.end)]
    while good and boilerplate.is_call(c.layout.blocks[good[-1]].text):
        reasons[good.pop()] = "call"
    while len(good) > 1 and _is_stamp(c.layout.blocks[good[0]].text):
        reasons[good.pop(0)] = "stamp"
    return good


def _opening(c: Choice, kept: list[int], first: int, parents: set[int]) -> int:
    """Return where the text begins with the short lines above its first paragraph: sub-headings, datelines."""
    blocks, elements = c.layout.blocks, c.layout.elements
    heads = {c.layout.look(i) for i in kept if first < i and blocks[i].tag in HEADINGS}
    for i in reversed([k for k in kept if k < first]):
        element = elements[blocks[i].element]
        if blocks[i].tag in HEADINGS and c.layout.look(i) in heads:
            first = i  # the first of several sub-headings
            continue
        inside = element.parent in parents or element.index == c.container
        if element.tag == "h1" or not inside or i < first - BODY.lines_above:
            break
        if not (boilerplate.is_call(blocks[i].text) or _is_stamp(blocks[i].text)):
            first = i
    return first


def _closing(c: Choice, kept: list[int], last: int, parents: set[int]) -> int:
    """Return where the text ends with what follows it while it is a list or a quotation, or ends like a sentence."""
    blocks, elements = c.layout.blocks, c.layout.elements
    for i in kept:
        if not last < i <= last + 3:
            continue
        text, element = blocks[i].text, elements[blocks[i].element]
        holder = elements[element.parent].parent if element.tag == "li" and element.parent >= 0 else -1
        near = element.parent in parents or holder in parents or c.container in (element.index, holder)
        if not near or boilerplate.is_call(text):
            break
        sentence = text[-1] in _SENTENCE_ENDS and len(text) > BODY.sentence and not blocks[i].links
        if element.tag in ("li", "blockquote") or sentence:
            last = i
    return last


def _lead(c: Choice, chosen: list[int], first: int, title_at: int, reasons: dict[int, str]) -> list[int]:
    """Return the blocks between the headline and the text that are its lead."""
    if title_at < 0:
        return []
    blocks = c.layout.blocks
    said = {blocks[i].text for i in chosen}
    found: list[int] = []
    for i in range(max(title_at + 1, first - BODY.lead_blocks), first):
        text = blocks[i].text
        if i not in c.titles and reasons.get(i) != "notice" and text not in said and _is_lead(c, i, first):
            said.add(text)
            found.append(i)
    return found


def _is_lead(c: Choice, i: int, first: int) -> bool:
    """Return True if a block says enough to be a lead, and nothing around it speaks against that."""
    block = c.layout.blocks[i]
    text = block.text
    if not BODY.min_lead <= len(text) <= BODY.max_lead or block.linked > BODY.half * len(text):
        return False
    if text.count(" ") < BODY.lead_breaks:
        return False
    mask = lead = images = 0
    e = block.element
    for _ in range(BODY.levels):
        if e < 0:
            break
        element = c.layout.elements[e]
        count = element.end - element.start
        if count > BODY.box_blocks or element.start <= first < element.end:
            break  # what holds the text as well says nothing of the lead
        mask |= element.flags & class_names.JUNK
        lead |= element.flags & class_names.LEAD
        images += element.images if count <= 2 else 0
        e = element.parent
    if images or _is_stamp(text) or boilerplate.is_call(text) or boilerplate.is_caption(text):
        return False
    if mask & ~(class_names.META if lead else 0):
        # Whatever its box is called: sentences right under the headline, alone in it, are a lead.
        return (
            not mask & _NEVER_LEAD
            and block.linked == 0
            and _is_right_under(c, i)
            and c.weights.raw[i] >= BODY.sure_lead
        )
    return bool(lead) or c.weights.raw[i] > BODY.lead_prose or block.tag in HEADINGS


def _is_right_under(c: Choice, i: int) -> bool:
    """Return True if nothing but short lines stand between the headline and a block."""
    above = max([t for t in c.titles if t < i], default=-1)
    blocks = c.layout.blocks
    return i - above <= BODY.near_title and all(len(b.text) < BODY.label for b in blocks[above + 1 : i])


def _is_stamp(text: str) -> bool:
    """Return True for a line that says when and who, and nothing else."""
    if (
        len(text) > BODY.long_stamp
        or text[-1] in _SENTENCE_ENDS
        or "。" in text
        or _STAMP.search(text) is None
    ):
        return False
    digits = len(_DIGITS.findall(text))
    return digits >= BODY.stamp_digits and (len(text) < BODY.stamp or digits * 8 > len(text))


def _limited(layout: Layout, chosen: list[int]) -> list[int]:
    """Return the blocks up to the length that a body may have."""
    size = 0
    for n, i in enumerate(chosen):
        size += len(layout.blocks[i].text)
        if size > BODY.max_chars:
            return chosen[:n]
    return chosen


def _without_repeats(layout: Layout, chosen: list[int], reasons: dict[int, str]) -> list[int]:
    """Drop a passage that is printed again at once, or elsewhere (pull quotes, hidden copies for a paywall).

    Repetition among siblings is the author's: an interview puts the same question to many.
    """
    seen: dict[str, tuple[str, str | None]] = {}
    kept: list[int] = []
    for i in chosen:
        block = layout.blocks[i]
        if len(block.text) > 60:
            parent = layout.elements[max(layout.elements[block.element].parent, 0)]
            holder = (parent.tag, parent.style)
            at_once = kept and layout.blocks[kept[-1]].text == block.text
            if seen.setdefault(block.text, holder) != holder or at_once:
                reasons[i] = "repeat"
                continue
        kept.append(i)
    return kept
