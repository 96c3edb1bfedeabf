"""A parsed page as a flat list of text blocks, in document order, over a small tree of the elements that hold them.

In: the tree. Out: a Layout (blocks, elements). One pass, no recursion; nothing is judged, and nothing is left out but
what never holds text (scripts, form controls) and, unless ``thorough``, menus, page footers and comments. Everything
after this works on the lists and never sees the parser. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from scraper import hints
from scraper.html import Node, Tree

_BLOCK, _INLINE, _SKIP, _TEXT, _BREAK, _LINK, _IMAGE, _PART = range(8)
_KIND_OF_TAG = {
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
# What ends a line that stands before a single <br>, so that the next line is a paragraph of its own.
_LINE_END = frozenset(".!?…:;։՜՞»”\"'。।")
_UNREAD = hints.NAV | hints.FOOTER | hints.COMMENT


class Link(NamedTuple):
    """A link: its target, its whole text, and the part of it that may be a headline (kickers and dates apart)."""

    href: str
    text: str
    title: str
    marked: bool  # the title stands in a part that is called so


class Block:
    """A run of text without a block boundary. ``links`` are its links; ``linked`` counts their characters."""

    __slots__ = ("element", "index", "linked", "links", "tag", "text")

    def __init__(self, index: int, text: str, element: int, tag: str, links: list[Link]) -> None:
        self.index = index
        self.text = text
        self.element = element
        self.tag = tag
        self.links = links
        self.linked = sum([len(link.text) for link in links]) if links else 0


class Element:
    """A block-level element: what it is called, and the half-open range of blocks that stand in it."""

    __slots__ = ("depth", "end", "flags", "images", "index", "names", "parent", "start", "style", "tag")

    def __init__(
        self,
        index: int,
        parent: int,
        depth: int,
        tag: str,
        names: str,
        flags: int,
        start: int,
        style: str | None,
    ) -> None:
        self.index = index
        self.parent = parent
        self.depth = depth
        self.tag = tag
        self.names = names
        self.style = style  # the class attribute as it stands: what looks alike is called alike
        self.flags = flags
        self.start = start
        self.end = start
        self.images = 0  # directly in it


class Skipped(NamedTuple):
    """A part of the page that was not read: where it would stand, what it is, how it begins."""

    before: int
    tag: str
    names: str
    text: str


class Layout:
    __slots__ = ("blocks", "elements", "marked", "skipped")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.marked: dict[int, str] = {}  # elements that the caller asked to find again
        self.skipped: list[tuple[int, Node]] = []  # what was not read, and before which block it stands

    def flags_around(self, index: int) -> int:
        """The flags of all elements in which a block stands."""
        found, i = 0, self.blocks[index].element
        while i >= 0:
            found |= self.elements[i].flags
            i = self.elements[i].parent
        return found

    def skipped_parts(self) -> list[Skipped]:
        return [
            Skipped(
                before,
                node.tag or "",
                hints.names_of(node.attributes),
                " ".join(node.text(separator=" ").split()),
            )
            for before, node in self.skipped
        ]


def _kinds() -> list[int]:
    """Kinds by the parser's own tag numbers: comparing those is twice as fast as reading names."""
    names = [name for name in _KIND_OF_TAG if name.isalnum()]
    numbers: dict[int, int] = {}
    for name in names:
        node: Node | None = Tree(b"", options=0).create_node(name)
        if node is not None:
            numbers[node.tag_id] = _KIND_OF_TAG[name]
    sample = Tree(b"<p>text<!-- comment -->").css_first("p")
    assert sample is not None
    text = sample.child
    assert text is not None
    comment = text.next
    assert comment is not None
    numbers[text.tag_id] = _TEXT
    numbers[comment.tag_id] = _SKIP
    return [numbers.get(number, _BLOCK) for number in range(max(numbers) + 1)]


_KINDS = _kinds()
# Elements that only set type: they part no text.
_FORMATS = frozenset(
    node.tag_id
    for node in map(
        Tree(b"").create_node,
        "abbr b bdi bdo big cite code del em font i ins mark q s strong sub sup tt u var".split(),
    )
    if node is not None
)


def layout(tree: Tree, *, thorough: bool = False, marks: Mapping[int, str] | None = None) -> Layout:
    """Read the body of a page once. ``marks`` names nodes (by mem_id) whose elements the Layout shall know."""
    result = Layout()
    body = tree.body
    if body is None:
        return result
    blocks, elements, skipped = result.blocks, result.elements, result.skipped
    kinds, known = _KINDS, len(_KINDS)
    name_flags, names_of = hints.flags, hints.names_of
    related, unread = hints.RELATED, 0 if thorough else _UNREAD
    pieces: list[str] = []
    links: list[Link] = []
    parts: list[tuple[int, int]] = []  # inside the open link: where a part begins (its flags) or ends (-1)
    href: str | None = None  # of the open link, and where its text begins in pieces
    link_from = breaks = depth = 0
    current = -1  # the open element
    tag = "body"
    scoped = 0  # how many open elements say that they are an article
    stack: list[tuple[Node, int]] = []
    node: Node = body

    def flush() -> None:
        nonlocal links, link_from
        if href is not None:
            close_link()
        text = " ".join("".join(pieces).split())
        if text:
            blocks.append(Block(len(blocks), text, current, tag, links))
            links = []
        elif links:
            links = []
        pieces.clear()
        link_from = 0

    def close_link() -> None:
        text = " ".join("".join(pieces[link_from:]).split())
        if text:
            if parts:
                title, marked = _title(pieces, link_from, parts)
                links.append(Link(href or "", text, title or text, marked))
            else:
                links.append(Link(href or "", text, text, False))
        parts.clear()

    while True:
        number = node.tag_id
        kind = kinds[number] if number < known else _BLOCK
        mark = marks.get(node.mem_id) if marks else None
        if mark is not None and kind in (_INLINE, _LINK):
            kind = _BLOCK
        if kind == _TEXT:
            text = node.text_content or ""
            if pieces:
                if breaks and not text.isspace():
                    before = pieces[-1].rstrip()
                    if href is None and (breaks > 1 or before[-1:] in _LINE_END):
                        flush()
                    else:
                        pieces.append(" ")
                    breaks = 0
                pieces.append(text)
            elif not text.isspace():
                breaks = 0
                pieces.append(text)
        elif kind == _BLOCK:
            if pieces:
                flush()
            breaks = 0
            child = node.child
            if child is not None:
                name = node.tag or ""
                attributes = node.attributes
                if attributes:
                    names = names_of(attributes)
                    flags = name_flags(name, names)
                    if len(attributes) > 1 and hints.is_hidden(attributes):
                        flags |= hints.HIDDEN
                else:
                    names = ""
                    flags = name_flags(name, "")
                if flags & unread and not flags & related and _may_skip(node, name, flags, scoped):
                    skipped.append((len(blocks), node))
                else:
                    index = len(elements)
                    element = Element(
                        index, current, depth, name, names, flags, len(blocks), attributes.get("class")
                    )
                    elements.append(element)
                    if mark is not None:
                        result.marked[index] = mark
                    if href is None and child.is_text_node and child.next is None:
                        # Most blocks hold nothing but one text.
                        text = " ".join((child.text_content or "").split())
                        if text:
                            blocks.append(Block(len(blocks), text, index, name, []))
                            element.end = len(blocks)
                    else:
                        stack.append((node, _BLOCK))
                        current = index
                        tag = name
                        depth += 1
                        if flags & hints.SCOPE:
                            scoped += 1
                        node = child
                        continue
        elif kind == _BREAK:
            breaks += 1
        elif kind == _IMAGE:
            if current >= 0:
                elements[current].images += 1
        elif kind != _SKIP:
            child = node.child
            if child is not None:
                if kind == _LINK:
                    if href is None:
                        href = node.attributes.get("href") or ""
                        link_from = len(pieces)
                    else:
                        kind = _INLINE
                elif href is not None:
                    if (
                        breaks
                        or not child.is_text_node
                        or child.next is not None
                        or node.next is not None
                        or pieces
                    ):
                        flags = name_flags(node.tag or "", names_of(node.attributes))
                        if (node.tag or "") == "time":
                            flags |= hints.META
                        parts.append((len(pieces), flags))
                        kind = _PART
                elif not breaks and child.next is None and child.is_text_node:
                    text = child.text_content or ""
                    if pieces or not text.isspace():
                        pieces.append(text)
                    child = None
                if child is not None:
                    stack.append((node, kind))
                    node = child
                    continue
        after = node.next
        while after is None:
            if not stack:
                if pieces:
                    flush()
                return result
            node, kind = stack.pop()
            if kind == _BLOCK:
                if pieces:
                    flush()
                breaks = 0
                element = elements[current]
                element.end = len(blocks)
                if element.flags & hints.SCOPE:
                    scoped -= 1
                current = element.parent
                depth -= 1
                if current < 0:
                    return result
                tag = elements[current].tag
            elif kind == _LINK:
                if pieces:
                    close_link()
                href = None
                link_from = 0
                parts.clear()
            elif kind == _PART:
                parts.append((len(pieces), -1))
            after = node.next
        node = after


def _may_skip(node: Node, tag: str, flags: int, scoped: int) -> bool:
    """Whether a menu, footer or comment list may go unread: not if the article itself might stand in it."""
    if flags & hints.FOOTER and scoped:
        return False  # an article's own footer may hold its related list
    if flags & hints.BODY:
        return False
    return tag == "nav" or node.css_first("h1,article,main") is None


_NO_TITLE = hints.HIDDEN | hints.META | hints.SOCIAL | hints.ADVERT


def _title(pieces: list[str], start: int, marks: list[tuple[int, int]]) -> tuple[str, bool]:
    """The headline among the parts of a link's text, and whether a part is called so.

    Parts are what the inline elements directly in the link hold, and the text between them; an element that holds all
    of it is looked into.
    """
    marks = [(max(at, start), mark) for at, mark in marks]
    outer = 0
    parts: list[tuple[str, int]] = []
    for _ in range(5):
        parts = _parts(pieces, start, marks, outer)
        if len(parts) != 1 or len(marks) < 3 or marks[0][1] < 0:
            break
        outer |= marks[0][1] & hints.TITLE
        depth = 0
        for n, (_at, mark) in enumerate(marks):
            depth += 1 if mark >= 0 else -1
            if depth == 0:
                marks = marks[1:n] + marks[n + 1 :]
                break
        else:
            marks = marks[1:]
    for text, part in parts:
        if part & hints.TITLE and not part & (hints.HIDDEN | hints.META):
            return text, True
    kept = [text for text, part in parts if not part & _NO_TITLE] or [text for text, _ in parts]
    if len(kept) > 1:
        for text in kept:
            if text.count(" ") >= 3:
                return text, False
    return " ".join(kept), False


def _parts(pieces: list[str], start: int, marks: list[tuple[int, int]], outer: int) -> list[tuple[str, int]]:
    """The texts that the outermost marks part, with their flags."""
    found: list[tuple[str, int]] = []
    depth, flags, at = 0, outer, start
    for position, mark in [*marks, (len(pieces), -2)]:
        if mark == -1:
            depth = max(depth - 1, 0)
            if depth:
                continue
        elif mark >= 0:
            depth += 1
            if depth > 1:
                flags |= mark & hints.TITLE
                continue
        if position > at:
            text = " ".join("".join(pieces[at:position]).split())
            if text:
                found.append((text, flags))
            at = position
        flags = max(mark, 0) | outer
    return found
