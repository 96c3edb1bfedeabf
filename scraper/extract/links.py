"""Links that may be headlines of other articles: their titles, their addresses, and a rank by what each alone looks like.

In: one block of a Layout. Out: Candidates. Which of them stand in a list is judged elsewhere. Pure.
"""

from __future__ import annotations

from scraper.codec import Struct
from scraper.extract import class_names, list_headings
from scraper.extract.block_scores import HEADINGS, goes_on_in_link, is_row
from scraper.extract.blocks import Block, Layout
from scraper.extract.headlines import PURE_STAMP, Addresses, clean_title
from scraper.model import Kind, Where

MAX_TITLE = 300
_MAX_ANNOUNCEMENT, _MAX_STAMP = 40, 30  # characters
_MIN_BREAKS = 3  # spaces of a headline among text


class Candidate(Struct, gc=False):
    block: Block
    title: str
    url: str
    words: int
    rank: int
    strong: bool
    foreign: bool
    label: tuple[str, Kind] | None  # printed in the link itself
    teased: bool  # the link opens a block that is mostly text


def candidates(
    layout: Layout, block: Block, addresses: Addresses, where: Where, *, trusted: bool
) -> list[Candidate]:
    """The links of a block that may be headlines. ``trusted``: the block is known to hold nothing else."""
    out: list[Candidate] = []
    if (
        where == "inline"
        and not trusted
        and block.linked < len(block.text) - 4
        and list_headings.lead_in(block.text) is None
        and not _is_kicked(block)
        and not _is_announced(layout, block)
        and not is_row(block)
    ):
        return out
    teased = block.linked < 0.5 * len(block.text)
    if teased and not (where == "trailing" and heads_teaser(block)):
        return out
    is_heading = (
        trusted or block.tag in HEADINGS or bool(layout.elements[block.element].flags & class_names.TITLE)
    )
    opening = None
    if where == "inline" and not trusted and len(block.links) == 1:
        opening = list_headings.lead_in(block.text)
    for link in block.links:
        title = link.title
        heading = is_heading or link.marked
        if not 4 <= len(title) <= MAX_TITLE or title[0] in ",;" or (" " not in title and not heading):
            continue
        title = clean_title(title)
        label = opening
        if label is None and link.title is not link.text and link.text.endswith(link.title):
            before = link.text[: -len(link.title)].strip()
            kind = list_headings.kind_of_heading(before)
            if kind is not None and kind != "section":
                label = before, kind
        if where == "inline" or ":" in title:
            labelled = list_headings.split_label(title.lstrip("(["))
            if labelled is not None:
                label = labelled[:2]
                title = labelled[2].rstrip(")]") if title[0] in "([" else labelled[2]
        words = title.count(" ") + 1
        if len(title) < 4 or (title[0].isdigit() and PURE_STAMP.match(title)):
            continue
        if words < 3 and not heading and (words < 2 or len(title) < 10):
            continue
        url = addresses.absolute(link.href)
        if url is None:
            continue
        possible, strong, foreign = addresses.judge(url)
        if not possible and not trusted:
            continue
        if heading:
            rank = 5 if words > 3 else 4 if words > 1 else 3 if len(title) > 5 else 0
        else:
            rank = 3 if words > 3 or (words > 2 and len(title) >= 18) else 1
        if title[-1] == "." and len(title) > 100 and not heading:
            rank = 0
        if not strong:
            rank -= 2 if words > 4 else 5
        if foreign:
            rank -= 1
        if trusted:
            rank = max(rank, 1)
        out.append(Candidate(block, title, url, words, rank, strong and not foreign, foreign, label, teased))
    return out


def _is_kicked(block: Block) -> bool:
    """An item of a list, or a heading, that is a link but for a kicker of a word or three before it."""
    if block.tag != "li" and block.tag not in HEADINGS:
        return False
    if goes_on_in_link(block):
        return False
    before = block.text.partition(block.links[0].text)[0].split()
    return len(before) <= 3 and len(block.text) - block.linked <= 30


def _is_announced(layout: Layout, block: Block) -> bool:
    """A link that a few words and a colon announce, and that ends the line: "On this site: Bridge reopens"."""
    link = block.links[0]
    before, _, after = block.text.partition(link.text)
    before = before.rstrip()
    if len(block.links) > 1 or len(after.strip(" .)]")) or not 2 < len(before) <= _MAX_ANNOUNCEMENT:
        return False
    return before[-1] in ":։՝" and (
        layout.elements[block.element].flags & class_names.RELATED > 0 or link.text.count(" ") >= _MIN_BREAKS
    )


def heads_teaser(block: Block) -> bool:
    """A linked headline and, in the same block, what the article says: a date may stand before it."""
    link = block.links[0]
    if len(block.links) > 1 or link.text.count(" ") < _MIN_BREAKS:
        return False
    before = block.text.partition(link.text)[0].rstrip(" |,–—-")
    return not before or (len(before) <= _MAX_STAMP and PURE_STAMP.match(before) is not None)
