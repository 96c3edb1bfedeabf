"""A parsed page as a flat list of text blocks, in document order, over a small tree of the elements that hold them.

In: the tree. Out: a Layout (blocks, elements). One pass, no recursion; nothing is judged, and nothing is left out but
what never holds text (scripts, form controls) and, unless ``thorough``, menus, page footers and comments. Everything
after this works on the lists and never sees the parser. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from scraper.codec import Struct
from scraper.errors import PageTooComplex
from scraper.extract import class_names
from scraper.extract.html import MAX_DEPTH, Node, Tree, numbers
from scraper.extract.link_titles import CLOSE, EMPHASIS, title_of
from scraper.text.normalize import one_line

_BLOCK, _INLINE, _SKIP, _TEXT, _BREAK, _LINK, _IMAGE, _PART = range(8)
_INLINE_TAGS = (
    "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q ruby s samp small"
    " span strike strong sub sup time tt u var wbr picture"
)
_TEXTLESS_TAGS = (
    "rp rt script style noscript template svg iframe object embed video audio canvas map area select option optgroup"
    " textarea input datalist head title meta link base param source track button progress meter math"
    " frameset noframes -comment -doctype"
)
_FORMAT_TAGS = "abbr b bdi bdo big cite code del em font i ins mark q s strong sub sup tt u var"
_KIND_OF_TAG = {
    **dict.fromkeys(_INLINE_TAGS.split(), _INLINE),
    **dict.fromkeys(_TEXTLESS_TAGS.split(), _SKIP),
    "-text": _TEXT,
    "br": _BREAK,
    "a": _LINK,
    "img": _IMAGE,
}
# What ends a line that stands before a single <br>, so that the next line is a paragraph of its own.
_LINE_END = frozenset(".!?…:;։՜՞»“”\"'。।")
_SURELY_SKIPPED = frozenset(("nav", "footer", "ul", "ol", "li", "menu"))
_LINKED_TEXT = 80  # characters
_LONG_LINKED_TEXT = 500  # longer than a headline with its teaser
_COUNTER = 5  # digits
_FEW_NODES = 16
_FEW, _MUCH, _FAR_MORE = 3, 600, 2.5  # paragraphs and characters: more than a menu has; times what was found
_UNREAD = class_names.NAV | class_names.FOOTER | class_names.COMMENT | class_names.SIDE


class Link(Struct, frozen=True, gc=False):
    """A link: its target, its whole text, and the part of it that may be a headline (kickers and dates apart)."""

    href: str
    text: str
    title: str
    marked: bool  # the title stands in a part that is called so


class Block(Struct, gc=False):
    """A run of text without a block boundary. ``links`` are its links; ``linked`` counts their characters."""

    index: int
    text: str
    element: int
    tag: str
    links: list[Link]
    linked: int = 0


class Element(Struct, gc=False):
    """A block-level element: what it is called, and the half-open range of blocks that stand in it."""

    index: int
    parent: int
    tag: str
    names: str
    style: str | None  # the class attribute as it stands: what looks alike is called alike
    flags: int
    start: int
    end: int
    images: int = 0  # directly in it


class Skipped(Struct, frozen=True):
    """A part of the page that was not read: where it would stand, what it is, how it begins."""

    before: int
    tag: str
    names: str
    text: str


class Layout:
    __slots__ = ("blocks", "elements", "images", "marked", "seen", "skipped")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.images = 0
        self.seen = 0  # all flags of all elements
        self.marked: dict[int, str] = {}  # elements that the caller asked to find again
        self.skipped: list[tuple[int, Node]] = []  # what was not read, and before which block it stands

    def flags_around(self, index: int) -> int:
        """Return the flags of all elements in which a block stands."""
        found, i = 0, self.blocks[index].element
        while i >= 0:
            found |= self.elements[i].flags
            i = self.elements[i].parent
        return found

    def look(self, index: int) -> tuple[str, str | None]:
        """Return the tag and the class of a block's own element."""
        element = self.elements[self.blocks[index].element]
        return element.tag, element.style

    def make(self, index: int) -> tuple[str, str | None]:
        """Return what a block looks like: its element's tag and class, or its parent's where it has no class."""
        element = self.elements[self.blocks[index].element]
        if not element.style and element.parent >= 0:
            element = self.elements[element.parent]
        return element.tag, element.style

    def images_in(self, index: int) -> int:
        """Return how many images stand in an element."""
        count = 0
        if index >= 0:
            end = self.elements[index].end
            for element in self.elements[index:]:
                if element.start >= end or (element.index > index and element.parent < index):
                    break
                count += element.images
        return count

    def blocks_marked(self, mark: str) -> frozenset[int]:
        """Return the blocks inside elements that the caller asked to find again under this name."""
        marked = (self.elements[index] for index, name in self.marked.items() if name == mark)
        return frozenset(i for element in marked for i in range(element.start, element.end))

    def overlooks(self, chars: int, *, headed: bool) -> bool:
        """Return True if a part that was not read might hold the article: its headline, or far more text than was found."""
        for _, node in self.skipped:
            if node.tag in _SURELY_SKIPPED:
                continue
            if not headed and node.css_first("h1") is not None:
                return True
            flags = class_names.flags(node.tag or "", class_names.names_of(node.attributes))
            if flags & class_names.COMMENT and chars > _MUCH:
                continue
            if len(node.css("p")) > _FEW and len(node.text()) > max(_MUCH, _FAR_MORE * chars):
                return True
        return False

    def skipped_parts(self) -> list[Skipped]:
        return [
            Skipped(
                before,
                node.tag or "",
                class_names.names_of(node.attributes),
                one_line(node.text(separator=" ")),
            )
            for before, node in self.skipped
        ]


_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol p plaintext pre search section"
    " summary table tbody td tfoot th thead tr ul xmp"
)
_BY_NUMBER = {
    number: name
    for name, number in numbers(
        name
        for name in (*_KIND_OF_TAG, *_BLOCK_TAGS.split())
        if name.isalnum() or name in ("-text", "-comment")
    ).items()
}
_NAMES = [_BY_NUMBER.get(number, "") for number in range(max(_BY_NUMBER) + 1)]
# A number in the gaps belongs to a tag that nobody uses: a block.
_KINDS = [_KIND_OF_TAG.get(name, _BLOCK) for name in _NAMES]
_FLAGS = [class_names.OF_TAGS.get(name, 0) for name in _NAMES]
_TIME, _TEXT_NUMBER = _NAMES.index("time"), _NAMES.index("-text")
# Elements that only set type: they part no text.
_FORMATS = frozenset(_NAMES.index(name) for name in _FORMAT_TAGS.split())
_EMPHATIC = frozenset(_NAMES.index(name) for name in ("b", "strong", "em", "i"))
_NO_LINKS: list[Link] = []


def layout(tree: Tree, *, thorough: bool = False, marks: Mapping[int, str] | None = None) -> Layout:
    """Read the body of a page once. ``marks`` names nodes (by mem_id) whose elements the Layout shall know."""
    result = Layout()
    body = tree.body
    if body is None:
        return result
    blocks, elements = result.blocks, result.elements
    kinds, known, names_by_number, flags_by_number = _KINDS, len(_KINDS), _NAMES, _FLAGS
    whole_page, flags_of, names_of = class_names.WHOLE_PAGE, class_names.of_names, class_names.names_of
    only_class = class_names.TELLING.isdisjoint
    related, unread = class_names.RELATED, 0 if thorough else _UNREAD
    scope, text_flag = class_names.SCOPE, class_names.BODY
    nested = scope | text_flag
    text_number = _TEXT_NUMBER
    pieces: list[str] = []
    links: list[Link] = []
    parts: list[tuple[int, int]] = []  # inside the open link: where a part begins (its flags) or ends (-1)
    href: str | None = None  # of the open link, and where its text begins in pieces
    link_from = breaks = images = seen = 0
    scoped = inside = 0  # open elements that are called an article, and an article's text
    current = -1  # the open element
    tag = "body"
    stack: list[tuple[Node, int]] = []
    node: Node = body

    def flush() -> None:
        nonlocal links, link_from
        if len(stack) > MAX_DEPTH:
            raise PageTooComplex(f"text stands {len(stack)} elements deep")
        if href is not None:
            close_link()
        text = one_line("".join(pieces))
        if text:
            if links:
                counter = links[0].text
                size = len(counter)
                if (
                    size < _COUNTER
                    and counter.isdigit()
                    and text.startswith(counter)
                    and text[size : size + 1].strip()
                ):
                    text = text[size:]  # a counter glued to a paragraph is none of its words
                    del links[0]
            if links:
                linked = len(links[0].text) if len(links) == 1 else sum([len(link.text) for link in links])
                blocks.append(Block(len(blocks), text, current, tag, links, linked))
                links = []
            else:
                blocks.append(Block(len(blocks), text, current, tag, _NO_LINKS))
        elif links:
            links = []
        pieces.clear()
        link_from = 0

    def close_link() -> None:
        text = one_line("".join(pieces[link_from:]))
        if text:
            if parts:
                title, marked = title_of(text, pieces, link_from, parts)
                links.append(Link(href or "", text, title or text, marked))
            else:
                links.append(Link(href or "", text, text, False))
        parts.clear()

    while True:
        number = node.tag_id
        if number == text_number:
            if pieces:
                text = node.text_content or ""
                if breaks and not text.isspace():
                    before = pieces[-1].rstrip()
                    if (
                        href is None
                        and (
                            breaks > 1
                            or before[-1:] in _LINE_END
                            or (len(links) == 1 and one_line("".join(pieces)) == links[0].text)
                        )
                    ) or (breaks > 1 and len(before) > _LINKED_TEXT):
                        flush()
                    else:
                        pieces.append(" ")
                        if href is not None:
                            parts += ((len(pieces), EMPHASIS), (len(pieces), CLOSE))
                    breaks = 0
                pieces.append(text)
            elif not node.is_empty_text_node:  # half of all nodes are the white space between tags
                breaks = 0
                pieces.append(node.text_content or "")
        elif (kind := kinds[number] if number < known else _BLOCK) == _BLOCK or (
            marks is not None and kind in (_INLINE, _LINK) and node.mem_id in marks
        ):
            if pieces:
                flush()
            breaks = 0
            child = node.child
            if child is not None:
                if number < known:
                    name, flags = names_by_number[number], flags_by_number[number]
                else:
                    name, flags = node.tag or "", 0
                attributes = node.attributes
                if attributes:
                    style = attributes.get("class")
                    if only_class(attributes):
                        names = style or ""
                        hidden = "hidden" in names and class_names.hides(names)
                    else:
                        names = names_of(attributes)
                        hidden = class_names.is_hidden(attributes)
                    if names and name not in whole_page:
                        flags |= flags_of(names)
                    if hidden:
                        flags |= class_names.HIDDEN
                else:
                    style, names = None, ""
                if (
                    flags & unread
                    and not flags & related
                    and _may_skip(flags, scoped, inside)
                    and not (
                        flags & class_names.SIDE and class_names.is_column(name, names) and _is_small(child)
                    )
                ):
                    result.skipped.append((len(blocks), node))
                else:
                    index, at = len(elements), len(blocks)
                    element = Element(index, current, name, names, style, flags, at, at)
                    elements.append(element)
                    seen |= flags
                    if marks is not None and (mark := marks.get(node.mem_id)) is not None:
                        result.marked[index] = mark
                    if href is None and child.is_text_node and child.next is None:
                        # Most blocks hold nothing but one text.
                        text = one_line(child.text_content or "")
                        if text:
                            blocks.append(Block(at, text, index, name, _NO_LINKS))
                            element.end = at + 1
                    else:
                        stack.append((node, _BLOCK))
                        current = index
                        tag = name
                        if flags & nested:
                            scoped += flags & scope > 0
                            inside += flags & text_flag > 0
                        node = child
                        continue
        elif kind == _INLINE:
            child = node.child
            if child is not None:
                if href is not None:
                    if number in _EMPHATIC:
                        parts.append((len(pieces), EMPHASIS))
                        kind = _PART
                    elif number not in _FORMATS:
                        flags = class_names.META if number == _TIME else 0
                        if names := names_of(node.attributes):
                            flags |= flags_of(names)
                        parts.append((len(pieces), flags))
                        kind = _PART
                elif not breaks and child.is_text_node and child.next is None:
                    if pieces or not child.is_empty_text_node:
                        pieces.append(child.text_content or "")
                    child = None
                if child is not None:
                    stack.append((node, kind))
                    node = child
                    continue
        elif kind == _LINK:
            child = node.child
            if child is not None:
                if href is None:
                    href = node.attrs.get("href") or ""  # half of what a dict of all attributes costs
                    link_from = len(pieces)
                    if not breaks and child.is_text_node and child.next is None:
                        if pieces or not child.is_empty_text_node:
                            text = child.text_content or ""
                            pieces.append(text)
                            text = one_line(text)
                            if text:
                                links.append(Link(href, text, text, False))
                        href = None
                        link_from = 0
                        child = None
                else:
                    kind = _INLINE
                if child is not None:
                    stack.append((node, kind))
                    node = child
                    continue
        elif kind == _BREAK:
            breaks += 1
        elif kind == _IMAGE:
            images += 1
            if current >= 0:
                elements[current].images += 1
        after = node.next
        while after is None:
            if not stack:
                if pieces:
                    flush()
                result.images, result.seen = images, seen
                _free_linked_text(blocks)
                return result
            node, kind = stack.pop()
            if kind == _BLOCK:
                if pieces:
                    flush()
                breaks = 0
                element = elements[current]
                element.end = len(blocks)
                if element.flags & nested:
                    scoped -= element.flags & scope > 0
                    inside -= element.flags & text_flag > 0
                current = element.parent
                if current < 0:
                    result.images, result.seen = images, seen
                    _free_linked_text(blocks)
                    return result
                tag = elements[current].tag
            elif kind == _LINK:
                if pieces:
                    close_link()
                href = None
                link_from = 0
                parts.clear()
            elif kind == _PART:
                parts.append((len(pieces), CLOSE))
            after = node.next
        node = after


def _free_linked_text(blocks: list[Block]) -> None:
    """Paragraphs that are one link to one address are text: of a link that was never closed, or that holds an article."""
    wrapped: dict[str, list[Block]] = {}
    for block in blocks:
        whole = block.linked == len(block.text) >= _LINKED_TEXT and len(block.links) == 1
        if whole and block.text[-1] in _LINE_END:
            wrapped.setdefault(block.links[0].href, []).append(block)
    for group in wrapped.values():
        if len(group) > 2 or sum([block.linked for block in group]) > _LONG_LINKED_TEXT:
            for block in group:
                block.links, block.linked = [], 0


def _is_small(child: Node) -> bool:
    """Whether an element holds as little as half a card: beside a picture, not beside an article."""
    left = _FEW_NODES
    nodes = [child]
    while nodes:
        node: Node | None = nodes.pop()
        while node is not None:
            if node.child is not None:
                nodes.append(node.child)
            left -= 1
            if not left:
                return False
            node = node.next
    return True


def _may_skip(flags: int, scoped: int, inside: int) -> bool:
    """Not what is called an article's text; not its own footer and boxes, which may hold its related lists."""
    if flags & class_names.BODY:
        return False
    return not ((flags & class_names.FOOTER and scoped) or (flags & class_names.SIDE and inside))
