"""Correct what is a link in blocks that have just been read: counters, paragraphs inside a link, cards with a button. Pure."""

from __future__ import annotations

from scraper.extract import boilerplate
from scraper.extract.blocks import Block, Link

# What ends a line that stands before a single <br>, so that the next line is a paragraph of its own.
LINE_END = frozenset(".!?…:;։՜՞»“”\"'。।")
LINKED_TEXT = 80  # characters
_LONG_LINKED_TEXT = 500  # longer than a headline with its teaser
_LONG_BUTTON = 20
_LONG_HEAD = 120
_COUNTER = 5  # characters


def without_counters(text: str, links: list[Link]) -> str:
    """Drop linked counters that are glued to a paragraph: they are none of its words."""
    first = links[0].text
    if (
        len(first) < _COUNTER
        and first.isdigit()
        and text.startswith(first)
        and text[len(first) :][:1].strip()
    ):
        text = text[len(first) :]
        del links[0]
    last = links[-1].text if links else ""
    if len(last) < _COUNTER and last.lstrip("+#").isdigit() and text.endswith(last):
        rest = text.removesuffix(last)
        if len(rest) > LINKED_TEXT and not rest[-1].isspace():
            text = rest
            del links[-1]
    return text


def free_linked_text(blocks: list[Block]) -> None:
    """Take the links from paragraphs that are one link to one address: it was never closed, or holds an article."""
    wrapped: dict[str, list[Block]] = {}
    for block in blocks:
        if (
            len(block.links) == 1
            and block.linked == len(block.text) >= LINKED_TEXT
            and block.text[-1] in LINE_END
        ):
            wrapped.setdefault(block.links[0].href, []).append(block)
    for group in wrapped.values():
        if len(group) > 2 or sum([block.linked for block in group]) > _LONG_LINKED_TEXT:
            for block in group:
                block.links, block.linked = [], 0


def link_cards(blocks: list[Block]) -> None:
    """Let the line that heads a card be its link where the card's own link only says "read more", and the page has several."""
    found: list[tuple[Block, Link]] = []
    for block in blocks:
        button = _button(block)
        if button is not None and (head := _head_of_card(blocks, block)) is not None:
            found.append((head, button))
    if len({button.href for _, button in found}) > 1:
        for head, button in found:
            head.links, head.linked = [Link(button.href, head.text, head.text, False)], len(head.text)


def _button(block: Block) -> Link | None:
    """Return the last link of a block if it only says "read more" and leads to another page."""
    last = block.links[-1] if block.links else None
    if (
        last is None
        or len(last.text) > _LONG_BUTTON
        or "#" in last.href
        or not boilerplate.is_more(last.text)
    ):
        return None
    return last


def _head_of_card(blocks: list[Block], block: Block) -> Block | None:
    """Return the line above a card's last block that heads it; a teaser may stand between, or in that block before the button."""
    above = block.index - 1
    if above >= 0 and block.linked == len(block.text) and _is_teaser(blocks[above]):
        above -= 1
    head = blocks[above] if above >= 0 else None
    if head is None or head.links or head.tag == "h1" or len(head.text) > _LONG_HEAD or " " not in head.text:
        return None
    return head


def _is_teaser(block: Block) -> bool:
    return block.text[-1] in ".…" or len(block.text) > _LONG_HEAD
