"""Links that may be headlines of other articles: their titles, their addresses, and a rank by what each alone looks like.

In: one block of a Layout. Out: Candidates. Which of them stand in a list is judged elsewhere. Pure.
"""

from __future__ import annotations

import re

from scraper.codec import Struct
from scraper.extract import class_names, list_headings
from scraper.extract.block_scores import HEADINGS, goes_on_in_link, is_row
from scraper.extract.blocks import Block, Layout, Link
from scraper.extract.headlines import PURE_STAMP, Addresses, clean_title
from scraper.extract.thresholds import LINKS as LIMITS
from scraper.model import Kind, Where

_STAMP_SIGNS = " |,–—-•·:/"
_WORD = re.compile(r"\w+")
_DENSE = re.compile(r"[\u3040-\u9fff]")
_CONTINUES = frozenset(",;")
Label = tuple[str, Kind]


class Candidate(Struct, gc=False):
    block: Block
    title: str
    url: str
    words: int
    rank: int
    doubtful: bool  # nothing but its list can make it a headline
    strong: bool  # its address is an article's of this site
    foreign: bool
    label: Label | None  # printed in the link itself
    heading: bool  # it stands in a heading, or is called a title


def candidates(
    layout: Layout, block: Block, addresses: Addresses, where: Where, *, trusted: bool
) -> list[Candidate]:
    """Return the links of a block that may be headlines. ``trusted``: the block is known to hold nothing else."""
    teased = block.linked < LIMITS.linked * len(block.text)
    if where == "inline" and not trusted:
        if not _has_its_line(layout, block):
            return []
    elif teased and not trusted and not is_card_title(block):
        return []
    flags = layout.elements[block.element].flags
    is_heading = trusted or block.tag in HEADINGS or flags & class_names.TITLE > 0
    opening = (
        list_headings.lead_in(block.text, block.links[0].text)
        if where == "inline" and len(block.links) == 1
        else None
    )
    out: list[Candidate] = []
    for link in block.links[:1] if teased and not trusted else block.links:
        heading = is_heading or link.marked
        title, label = _title_and_label(link, opening, where)
        words = count_words(title)
        if not _may_be_title(title, words, heading=heading):
            continue
        url = addresses.absolute(link.href)
        if url is None:
            continue
        possible, strong, foreign = addresses.judge(url)
        if not possible and not trusted:
            continue
        rank = _rank(title, words, heading=heading) - foreign
        if not strong:
            enough = LIMITS.heading_words if heading else LIMITS.long_words
            rank -= LIMITS.weak_address if words >= enough else LIMITS.weak_short_address
        out.append(
            Candidate(
                block=block,
                title=title,
                url=url,
                words=words,
                rank=1 if rank < 1 and (trusted or len(_WORD.findall(title)) > 2) else rank,
                doubtful=rank <= 0,
                strong=strong and not foreign,
                foreign=foreign,
                label=label,
                heading=heading,
            )
        )
    return out


def count_words(title: str) -> int:
    """Return the number of words; in scripts that put no spaces between them, two signs count as one."""
    words = title.count(" ") + 1
    if words < LIMITS.long_words and not title.isascii():
        words = max(words, len(_DENSE.findall(title)) // 2)
    return words


def is_card_title(block: Block) -> bool:
    """Return True if a link opens a block that goes on with what the article says, or when and where it appeared."""
    first = block.links[0]
    breaks = first.text.count(" ")
    if breaks < (LIMITS.item_breaks if block.tag == "li" else LIMITS.title_breaks):
        return False
    if any(link.href != first.href and link.text.count(" ") > 1 for link in block.links[1:]):
        return False
    before = block.text.partition(first.text)[0].rstrip(_STAMP_SIGNS)
    return not before or (len(before) <= LIMITS.stamp_chars and PURE_STAMP.match(before) is not None)


def has_kicker(block: Block) -> bool:
    """Return True for an item of a list, or a heading, that is a link but for a kicker of a word or three before it."""
    if (block.tag != "li" and block.tag not in HEADINGS) or goes_on_in_link(block):
        return False
    before = block.text.partition(block.links[0].text)[0].split()
    return len(before) <= LIMITS.kicker_words and len(block.text) - block.linked <= LIMITS.kicker_chars


def _has_its_line(layout: Layout, block: Block) -> bool:
    """Return True if a block between paragraphs is nothing but a link, or a link that something announces."""
    return (
        block.linked >= len(block.text) - LIMITS.signs
        or list_headings.lead_in(block.text, block.links[0].text) is not None
        or has_kicker(block)
        or _is_announced(layout, block)
        or is_row(block)
    )


def _is_announced(layout: Layout, block: Block) -> bool:
    """Return True if a few words and a colon announce a link that ends the line: "On this site: Bridge reopens"."""
    link = block.links[0]
    before, _, after = block.text.partition(link.text)
    before = before.rstrip()
    if len(block.links) > 1 or after.strip(" .)]") or not 2 < len(before) <= LIMITS.announcement_chars:
        return False
    return before[-1] in ":։՝" and (
        layout.elements[block.element].flags & class_names.RELATED > 0
        or link.text.count(" ") >= LIMITS.title_breaks
    )


def _title_and_label(link: Link, opening: Label | None, where: Where) -> tuple[str, Label | None]:
    """Return a link's title without stamps and labels, and the label that stood before it in the link or the line."""
    title, label = clean_title(link.title), opening
    if label is None and link.title is not link.text and link.text.endswith(link.title):
        before = link.text[: -len(link.title)].strip()
        kind = list_headings.kind_of_heading(before)
        if kind is not None and kind != "section":
            label = before, kind
    if where == "inline" or ":" in title:
        split = list_headings.split_label(title.lstrip("(["))
        if split is not None:
            label = split[:2]
            title = split[2].rstrip(")]") if title[0] in "([" else split[2]
    return title, label


def _may_be_title(title: str, words: int, *, heading: bool) -> bool:
    if not LIMITS.min_title <= len(title) <= LIMITS.max_title or title[0] in _CONTINUES:
        return False
    if title[0].isdigit() and PURE_STAMP.match(title):
        return False
    return heading or words > 2 or (words == 2 and len(title) >= LIMITS.short_title)


def _rank(title: str, words: int, *, heading: bool) -> int:
    """Return how much a text alone looks like a headline, from 0 to 5."""
    if heading:
        return 5 if words > 3 else 4 if words > 1 else 3 if len(title) > LIMITS.long_word else 0
    if title[-1] == "." and len(title) > LIMITS.sentence:
        return 0
    return 3 if words > 3 or (words > 2 and len(title) >= LIMITS.three_words) else 1
