"""A parsed page as a flat list of text blocks, in document order, over a small tree of the elements that hold them.

In: the tree. Out: a Layout (blocks, elements). One pass, no recursion, nothing judged and nothing left out but what is
never text (scripts, styles, form controls). Everything after this works on the lists and never sees the parser. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from scraper import hints
from scraper.html import Node, Tree

_BLOCK, _INLINE, _SKIP, _TEXT, _BREAK, _LINK, _IMAGE, _PART = range(8)

_KINDS: dict[str, int] = {
    **dict.fromkeys(
        "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small"
        " span strike strong sub sup time tt u var wbr picture".split(),
        _INLINE,
    ),
    **dict.fromkeys(
        "script style noscript template svg iframe object embed video audio canvas map area select option optgroup"
        " textarea input datalist head title meta link base param source track button progress meter math"
        " frameset noframes -comment -doctype".split(),
        _SKIP,
    ),
    "-text": _TEXT,
    "br": _BREAK,
    "a": _LINK,
    "img": _IMAGE,
}


class Link(NamedTuple):
    """A link: its target, its whole text, and that of its parts which may be its headline (kickers and dates apart)."""

    href: str
    text: str
    title: str
    marked: bool  # the title stands in a part that is called so


class Block:
    """A run of text without a block boundary. ``links`` are its links; ``linked`` counts their characters."""

    __slots__ = ("element", "index", "linked", "links", "tag", "text")

    def __init__(self, index: int, text: str, element: int, tag: str) -> None:
        self.index = index
        self.text = text
        self.element = element
        self.tag = tag
        self.links: list[Link] = []
        self.linked = 0


class Element:
    """A block-level element: what it is called, and the half-open range of blocks that stand in it."""

    __slots__ = ("end", "flags", "index", "names", "parent", "start", "tag")

    def __init__(self, index: int, parent: int, tag: str, names: str, flags: int, start: int) -> None:
        self.index = index
        self.parent = parent
        self.tag = tag
        self.names = names
        self.flags = flags
        self.start = start
        self.end = start


class Layout:
    __slots__ = ("blocks", "elements")

    def __init__(self, blocks: list[Block], elements: list[Element]) -> None:
        self.blocks = blocks
        self.elements = elements


def layout(tree: Tree) -> Layout:
    """Read the body of a page once."""
    blocks: list[Block] = []
    elements: list[Element] = []
    body = tree.body
    if body is None:
        return Layout(blocks, elements)
    kinds = _KINDS.get
    pieces: list[str] = []
    links: list[Link] = []
    marks: list[tuple[int, int]] = []  # inside the open link: where a part begins (its flags) or ends (-1)
    href: str | None = None  # of the open link, and where its text begins in pieces
    link_from = 0
    breaks = 0
    current = -1  # index of the open element
    tag = "body"
    stack: list[tuple[Node, int]] = []
    node: Node | None = body

    def flush() -> None:
        nonlocal links, link_from, breaks
        breaks = 0
        if not pieces:
            return
        text = " ".join("".join(pieces).split())
        if text:
            if href is not None:
                close_link()
            block = Block(len(blocks), text, current, tag)
            if links:
                block.links = links
                block.linked = sum([len(link.text) for link in links])
                links = []
            blocks.append(block)
        elif links:
            links = []
        pieces.clear()
        link_from = 0
        marks.clear()

    def close_link() -> None:
        text = " ".join("".join(pieces[link_from:]).split())
        if text:
            if marks:
                title, marked = _title(pieces, link_from, marks)
                links.append(Link(href or "", text, title or text, marked))
            else:
                links.append(Link(href or "", text, text, False))
        marks.clear()

    while True:
        name = node.tag or ""
        kind = kinds(name, _BLOCK)
        if kind == _TEXT:
            text = node.text_content or ""
            if breaks and not text.isspace():
                if breaks > 1:
                    flush()
                else:
                    pieces.append("\n")
                    breaks = 0
            if pieces or not text.isspace():
                pieces.append(text)
        elif kind == _BREAK:
            breaks += 1
        elif kind != _SKIP:
            child = node.child
            if kind == _BLOCK:
                if pieces:
                    flush()
                breaks = 0
                if child is not None:
                    index = len(elements)
                    attributes = node.attributes
                    names = hints.names_of(attributes) if attributes else ""
                    flags = hints.flags(name, names)
                    if attributes and hints.is_hidden(attributes):
                        flags |= hints.HIDDEN
                    elements.append(Element(index, current, name, names, flags, len(blocks)))
                    stack.append((node, kind))
                    current = index
                    tag = name
                    node = child
                    continue
            elif child is not None:
                if kind == _LINK and href is None:
                    href = node.attributes.get("href") or ""
                    link_from = len(pieces)
                    stack.append((node, kind))
                elif href is not None:
                    if kind == _INLINE:
                        marks.append(
                            (
                                len(pieces),
                                hints.flags(name, hints.names_of(node.attributes))
                                | (hints.META if name == "time" else 0),
                            )
                        )
                        kind = _PART
                    stack.append((node, kind))
                else:
                    stack.append((node, _INLINE))
                node = child
                continue
        after = node.next
        while after is None:
            if not stack:
                if pieces:
                    flush()
                return Layout(blocks, elements)
            node, kind = stack.pop()
            if kind == _BLOCK:
                if pieces:
                    flush()
                breaks = 0
                element = elements[current]
                element.end = len(blocks)
                current = element.parent
                tag = elements[current].tag if current >= 0 else "body"
                if current < 0:
                    return Layout(blocks, elements)
            elif kind == _LINK:
                if pieces:
                    close_link()
                href = None
                link_from = 0
                marks.clear()
            elif kind == _PART:
                marks.append((len(pieces), -1))
            after = node.next
        node = after


_NO_TITLE = hints.HIDDEN | hints.META | hints.SOCIAL | hints.ADVERT


def _title(pieces: list[str], start: int, marks: list[tuple[int, int]]) -> tuple[str, bool]:
    """The headline among the parts of a link's text, and whether a part is called so.

    Parts are what the inline elements directly in the link hold, and the text between them.
    """
    parts: list[tuple[str, int]] = []
    depth = 0
    flags = 0
    at = start
    for position, mark in [*marks, (len(pieces), -2)]:
        position = max(position, start)
        if mark == -1:
            depth -= 1
            if depth > 0:
                continue
            if depth < 0:
                depth = 0
        elif mark >= 0:
            depth += 1
            if depth > 1:
                flags |= mark & hints.TITLE
                continue
        if position > at:
            text = " ".join("".join(pieces[at:position]).split())
            if text:
                parts.append((text, flags))
            at = position
        flags = max(mark, 0)
    for text, part in parts:
        if part & hints.TITLE and not part & hints.HIDDEN:
            return text, True
    kept = [text for text, part in parts if not part & _NO_TITLE] or [text for text, _ in parts]
    if not kept:
        return "", False
    if len(kept) > 1:
        for text in kept:
            if text.count(" ") >= 3:
                return text, False
    return " ".join(kept), False
