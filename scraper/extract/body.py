"""Choose the blocks of a page that are the article's body, and arbitrate where two estimates of it disagree.

In: a Layout and the headline. Out: the chosen blocks, and why each other block near them is not. The first choice hears
what elements are called; ``prose_run`` estimates, blind to names, where a text stands. Where the first keeps less than
that, it is chosen again without names, and the better one is taken. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from scraper.codec import replace
from scraper.extract import breaks, class_names, prose_run
from scraper.extract.block_scores import HEADINGS, Weights, container, line_weight
from scraper.extract.blocks import Layout
from scraper.extract.choice import Body, Choice
from scraper.extract.headlines import GLUED_STAMP, key
from scraper.extract.prose_run import ProseRun
from scraper.extract.text_blocks import select_blocks
from scraper.extract.thresholds import BODY
from scraper.text.normalize import clean_line

__all__ = ["Body", "better", "choose_body", "paragraphs"]

_MOST_TITLES = 32  # what is printed more often is no headline, and each is looked up for every block
_ANY_NAME = class_names.JUNK & ~prose_run.APART


def choose_body(layout: Layout, title: str | None) -> Body:
    """Return the body of a page, or an empty one."""
    if not layout.blocks:
        return Body(reasons={})
    titles = _find_title(layout, title)
    weights = Weights(layout, titles)
    found = select_blocks(Choice(layout, weights, titles, container(layout, weights, titles)))
    run = prose_run.find_prose_run(layout, weights, titles)
    least = BODY.of_run * _own_part(found, run, weights.raw)
    if (
        _kept(found, run, weights.raw) < least
        or _left_above(found, run, weights.raw) > BODY.above_run * run.prose
    ):
        blind = Weights(layout, titles, _ANY_NAME)
        near = select_blocks(Choice(layout, blind, titles, container(layout, blind, titles)))
        found = better(layout, found, layout, near)
        if _kept(found, run, weights.raw) < least:
            whole = select_blocks(Choice(layout, blind, titles, _common(layout, run), run))
            found = better(layout, found, layout, whole)
    if found.prose < BODY.poor and run.prose < BODY.poor and titles:
        # Results, winners, programmes: lines that are no prose count together where hardly any prose stands.
        lines = Weights(layout, titles, _ANY_NAME & ~class_names.CAPTION, line_weight)
        run = prose_run.find_prose_run(layout, lines, titles)
        if run.end - run.start >= BODY.few_lines:
            listed = select_blocks(Choice(layout, lines, titles, _common(layout, run), run))
            found = better(layout, found, layout, listed)
    if not found.blocks:
        # Nothing is lost by reading what is called comments or a page's foot, where there is nothing else.
        named = Weights(layout, titles, class_names.JUNK & ~class_names.HIDDEN)
        found = select_blocks(Choice(layout, named, titles, container(layout, named, titles)))
    return replace(found, estimate=_own_part(found, run, weights.raw), weights=weights.raw)


def _own_part(found: Body, run: ProseRun, raw: Sequence[float]) -> float:
    """Return the prose of a run without other articles and comments that follow a text which is more than a scrap."""
    if _kept(found, run, raw) < BODY.scrap * run.prose:
        return run.prose
    return sum([raw[i] for i in range(run.start, run.end) if found.reasons.get(i) not in breaks.FOREIGN])


def _kept(found: Body, run: ProseRun, raw: Sequence[float]) -> float:
    return sum([raw[i] for i in found.blocks if run.start <= i < run.end])


def _left_above(found: Body, run: ProseRun, raw: Sequence[float]) -> float:
    chosen = set(found.blocks)
    return sum([raw[i] for i in range(run.start, min(run.end, found.flow)) if i not in chosen])


def better(layout: Layout, first: Body, other: Layout, second: Body) -> Body:
    """Return the second choice if it holds most of the first and far more, or stands nearer to the headline."""
    if not second.blocks or not first.blocks:
        return first if first.blocks or not second.blocks else second
    one = {layout.blocks[i].text for i in first.blocks}
    shared = [i for i in second.blocks if other.blocks[i].text in one]
    had, has = sum(map(len, one)), _chars(other, second.blocks)
    common, lead = _chars(other, shared), _chars(other, [i for i in shared if i < second.flow])
    if lead > BODY.half * had and had > min(BODY.tiny_part * has, BODY.long_caption):
        return first  # what follows a lead that is a whole text is another one
    if common >= BODY.contained * had and had < BODY.of_run * has:
        return second if _is_continued(other, second, shared, had, same=layout is other) else first
    if second.title_at >= 0 and common < BODY.half * had and _is_nearer(layout, first, other, second):
        return second
    return first


def _chars(layout: Layout, indexes: Sequence[int]) -> int:
    return sum([len(layout.blocks[i].text) for i in indexes])


def _is_continued(other: Layout, second: Body, shared: Sequence[int], had: int, *, same: bool) -> bool:
    """Return True if what is added behind a text is made like it, the more so the more it is, or the text was a mere scrap."""
    last, has = max(shared), _chars(other, second.blocks)
    behind = [i for i in second.blocks if i > last]
    if had < BODY.scrap * has and (not behind or behind[0] - last <= BODY.many_breaks):
        return True
    make = other.look if same and had > BODY.large_part * has else other.make
    own = {make(i) for i in shared}
    strange = _chars(other, [i for i in behind if make(i) not in own])
    return has - strange > had / BODY.of_run


def _is_nearer(layout: Layout, first: Body, other: Layout, second: Body) -> bool:
    """Return True if another text stands nearer to the headline, or under one that is a heading, and is not much shorter."""
    had, has = _chars(layout, first.blocks), _chars(other, second.blocks)
    headed = first.title_at >= 0
    named = first.container >= 0 and layout.elements[first.container].flags & class_names.BODY
    part = BODY.part_of_named if named else BODY.tiny_part if headed else BODY.half
    if has <= max(part * had, BODY.min_chars):
        return False
    near = second.flow - second.title_at
    far = first.flow - first.title_at if headed else len(layout.blocks)
    if near < far or (near == far and has > 2 * had):
        return True
    unheaded = not headed or layout.blocks[first.title_at].tag not in HEADINGS
    return unheaded and other.blocks[second.title_at].tag in HEADINGS


def _common(layout: Layout, run: ProseRun) -> int:
    """Return the smallest element that holds a run of blocks."""
    if run.start >= run.end:
        return -1
    elements = layout.elements
    index = layout.blocks[run.start].element
    while index >= 0 and not elements[index].start <= run.start <= run.end <= elements[index].end:
        index = elements[index].parent
    return index


def _find_title(layout: Layout, title: str | None) -> list[int]:
    """Return the blocks that print the headline."""
    folded = key(title)
    if title is None or len(folded) < 4:
        return _only_h1(layout)
    low, high = len(title) * 0.7, len(title) * 1.5 + 40
    start = title[:4].casefold()
    found = []
    for block in [block for block in layout.blocks if low <= len(block.text) <= high]:
        heads = block.tag in HEADINGS
        if heads or block.text[:4].casefold() == start:
            said = key(block.text)
            if said == folded or (heads and folded in said):
                found.append(block.index)
    return found[:_MOST_TITLES] or _only_h1(layout)


def _only_h1(layout: Layout) -> list[int]:
    """Return the one h1 of a page: it prints its headline, though it may read otherwise than the metadata does."""
    found = [b.index for b in layout.blocks if b.tag == "h1"]
    if len(found) != 1:
        return []
    block = layout.blocks[found[0]]
    return found if not block.links and block.text.count(" ") > 1 else []


def paragraphs(layout: Layout, found: Body) -> tuple[str, ...]:
    """Return the chosen blocks as text. Cells of one table row make one line."""
    elements = layout.elements
    lines: list[str] = []
    row = -1
    for i in found.blocks:
        block = layout.blocks[i]
        element = elements[block.element]
        text = block.text
        if not text.isprintable():  # no soft hyphens, zero-width marks, control characters
            text = clean_line(text)
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
