"""Links that may be headlines of other articles: their titles, their addresses, and a rank by what each alone looks like.

In: one block of a Layout. Out: Candidates. Which of them stand in a list is judged elsewhere. Pure.
"""

from __future__ import annotations

from scraper.codec import Struct
from scraper.extraction import headings, hints
from scraper.extraction.blocks import Block, Layout
from scraper.extraction.headline import PURE_STAMP, Addresses, clean_title
from scraper.extraction.prose import HEADINGS, goes_on_in_link
from scraper.model import Where

MAX_TITLE = 300


class Candidate(Struct, gc=False):
    block: Block
    title: str
    url: str
    words: int
    rank: int
    strong: bool
    foreign: bool


def candidates(
    layout: Layout, block: Block, addresses: Addresses, where: Where, *, trusted: bool
) -> list[Candidate]:
    """The links of a block that may be headlines. ``trusted``: the block is known to hold nothing else."""
    out: list[Candidate] = []
    if (
        where == "inline"
        and not trusted
        and block.linked < len(block.text) - 4
        and headings.lead_in(block.text) is None
        and not _is_kicked(block)
    ):
        return out
    is_heading = trusted or block.tag in HEADINGS or bool(layout.elements[block.element].flags & hints.TITLE)
    for link in block.links:
        title = link.title
        heading = is_heading or link.marked
        if not 4 <= len(title) <= MAX_TITLE or (" " not in title and not heading):
            continue
        title = clean_title(title)
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
        out.append(Candidate(block, title, url, words, rank, strong and not foreign, foreign))
    return out


def _is_kicked(block: Block) -> bool:
    """An item of a list, or a heading, that is a link but for a kicker of a word or three before it."""
    if block.tag != "li" and block.tag not in HEADINGS:
        return False
    if goes_on_in_link(block):
        return False
    before = block.text.partition(block.links[0].text)[0].split()
    return len(before) <= 3 and len(block.text) - block.linked <= 30
