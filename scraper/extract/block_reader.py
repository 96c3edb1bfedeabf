"""Read a parsed page into a Layout: one pass, no recursion, nothing judged. Pure.

Nothing is left out but what never holds text (scripts, form controls) and, unless ``thorough``, menus, page footers and
comments. A block is a run of text between two boundaries: of block-level elements, of lines that a ``br`` ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from scraper.errors import PageTooComplex
from scraper.extract import class_names
from scraper.extract.block_links import LINE_END, LINKED_TEXT, free_linked_text, link_cards, without_counters
from scraper.extract.blocks import Block, Element, Layout, Link
from scraper.extract.html import MAX_DEPTH, Node, Tree, numbers
from scraper.extract.link_titles import CLOSE, EMPHASIS, title_of
from scraper.text.normalize import one_line

_BLOCK, _INLINE, _LINK, _BREAK, _IMAGE, _SKIP, _TEXT, _PART = range(8)
_TAGS_OF_KIND = {
    _BLOCK: "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol p plaintext pre search section"
    " summary table tbody td tfoot th thead tr ul xmp",
    _INLINE: "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q ruby s samp small"
    " span strike strong sub sup time tt u var wbr picture",
    _SKIP: "rp rt script style noscript template svg iframe object embed video audio canvas map area select option optgroup"
    " textarea input datalist head title meta link base param source track button progress meter math"
    " frameset noframes -comment",
    _TEXT: "-text",
    _BREAK: "br",
    _LINK: "a",
    _IMAGE: "img",
}
_FORMAT_TAGS = "abbr b bdi bdo big cite code del em font i ins mark q s strong sub sup tt u var"
# The parser's numbers of tags: names are read from them. One in the gaps belongs to a tag that nobody uses: a block.
_NUMBERS = numbers(tag for tags in _TAGS_OF_KIND.values() for tag in tags.split())
_KNOWN = max(_NUMBERS.values()) + 1
_KINDS, _NAMES = [_BLOCK] * _KNOWN, [""] * _KNOWN
for _kind, _tags in _TAGS_OF_KIND.items():
    for _tag in _tags.split():
        _KINDS[_NUMBERS[_tag]], _NAMES[_NUMBERS[_tag]] = _kind, _tag
_FLAGS = [class_names.OF_TAGS.get(name, 0) for name in _NAMES]
_TEXT_NUMBER, _TIME = _NUMBERS["-text"], _NUMBERS["time"]
# Elements that only set type: they part no text.
_FORMATS = frozenset(_NUMBERS[name] for name in _FORMAT_TAGS.split())
_EMPHATIC = frozenset(_NUMBERS[name] for name in ("b", "strong", "em", "i"))

_FEW_NODES = 16
_UNREAD = class_names.NAV | class_names.FOOTER | class_names.COMMENT | class_names.SIDE
_NESTED = class_names.SCOPE | class_names.BODY
_NO_LINKS: list[Link] = []


def layout(tree: Tree, *, thorough: bool = False, marks: Mapping[int, str] | None = None) -> Layout:
    """Read the body of a page once. ``marks`` names nodes (by mem_id) whose elements the Layout shall know."""
    found = Layout()
    if tree.body is not None:
        _Reader(found, 0 if thorough else _UNREAD, marks or {}).read(tree.body)
        free_linked_text(found.blocks)
        link_cards(found.blocks)
    return found


class Readings:
    """The two readings of one page, each made when it is asked for, once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    @cached_property
    def careful(self) -> Layout:
        """The page without menus, page footers, side columns and comments."""
        return layout(self.tree)

    @cached_property
    def thorough(self) -> Layout:
        """The page with all of them."""
        return layout(self.tree, thorough=True) if self.careful.skipped else self.careful


class _Reader:
    """The state of the pass: what is open, and the text of the block that is being read."""

    def __init__(self, found: Layout, unread: int, marks: Mapping[int, str]) -> None:
        self._layout, self._unread, self._marks = found, unread, marks
        self._blocks, self._elements = found.blocks, found.elements
        self._stack: list[tuple[Node, int]] = []
        self._current = -1  # the open element
        self._scoped = self._inside = 0  # open elements that are called an article, and an article's text
        self._pieces: list[str] = []
        self._breaks = 0
        self._links: list[Link] = []
        self._href: str | None = None  # of the open link, and where its text begins in pieces
        self._link_from = 0
        self._parts: list[
            tuple[int, int]
        ] = []  # in the open link: where a part begins (its flags) or ends (CLOSE)

    def read(self, body: Node) -> None:
        """Visit every node; what is opened and has children goes on a stack."""
        opened = self._open_block, self._open_inline, self._open_link, self._break, self._image
        marks, pieces, add_text = self._marks, self._pieces, self._add_text
        kinds, text, nothing = _KINDS, _TEXT_NUMBER, _SKIP
        node: Node | None = body
        while node is not None:
            number = node.tag_id
            if number == text:
                if (
                    pieces or not node.is_empty_text_node
                ):  # half of all nodes are the white space between tags
                    add_text(node)
            else:
                kind = kinds[number] if number < _KNOWN else _BLOCK
                if marks and kind in (_INLINE, _LINK) and node.mem_id in marks:
                    kind = _BLOCK
                if kind < nothing and (child := opened[kind](node, number)) is not None:
                    node = child
                    continue
            node = node.next or self._after()

    def _after(self) -> Node | None:
        """Close what ends here; return what follows it."""
        stack = self._stack
        while stack:
            node, kind = stack.pop()
            if kind == _BLOCK:
                if self._pieces:
                    self._flush()
                self._breaks = 0
                element = self._elements[self._current]
                element.end = len(self._blocks)
                if element.flags & _NESTED:
                    self._nest(element.flags, -1)
                self._current = element.parent
                if self._current < 0:
                    break
            elif kind == _LINK:
                if self._pieces:
                    self._close_link()
                self._href, self._link_from = None, 0
                self._parts.clear()
            elif kind == _PART:
                self._parts.append((len(self._pieces), CLOSE))
            if (after := node.next) is not None:
                return after
        return None

    # -------------------------------------------------------------------------------------- block-level elements

    def _open_block(self, node: Node, number: int) -> Node | None:
        if self._pieces:
            self._flush()
        self._breaks = 0
        child = node.child
        if child is None:
            return None
        name, flags = (_NAMES[number], _FLAGS[number]) if number < _KNOWN else (node.tag or "", 0)
        style, names = None, ""
        if attributes := node.attributes:
            if style := attributes.get("class"):
                style = class_names.without_numbers(style)
            names, said = class_names.read_class_names(name, attributes)
            flags |= said
        if flags & self._unread and self._may_skip(name, names, flags, child):
            self._layout.skipped.append((len(self._blocks), node))
            return None
        index, at = len(self._elements), len(self._blocks)
        element = Element(index, self._current, name, names, style, flags, at, at)
        self._elements.append(element)
        self._layout.nodes.append(node)
        if flags:
            self._layout.seen |= flags
        if self._marks and (mark := self._marks.get(node.mem_id)) is not None:
            self._layout.marked[index] = mark
        if self._href is None and child.is_text_node and child.next is None:
            # Most blocks hold nothing but one text.
            if text := one_line(child.text_content or ""):
                self._blocks.append(Block(at, text, index, name, _NO_LINKS))
                element.end = at + 1
            return None
        self._stack.append((node, _BLOCK))
        self._current = index
        if flags & _NESTED:
            self._nest(flags, 1)
        return child

    def _nest(self, flags: int, step: int) -> None:
        self._scoped += step * bool(flags & class_names.SCOPE)
        self._inside += step * bool(flags & class_names.BODY)

    def _may_skip(self, name: str, names: str, flags: int, child: Node) -> bool:
        """Not what is called an article's text, or a list of its own; not its own footer and boxes, which may hold such."""
        if flags & (class_names.BODY | class_names.RELATED) or (flags & class_names.FOOTER and self._scoped):
            return False
        if flags & class_names.SIDE:
            return not self._inside and not (class_names.is_column(name, names) and _is_small(child))
        return True

    # -------------------------------------------------------------------------------------- text and what formats it

    def _add_text(self, node: Node) -> None:
        text = node.text_content or ""
        if not self._pieces:
            self._breaks = 0
        elif self._breaks and not text.isspace():
            self._end_line()
            self._breaks = 0
        self._pieces.append(text)

    def _end_line(self) -> None:
        """Take one or several <br> for the end of a paragraph, or for a blank."""
        before = self._pieces[-1].rstrip()
        if self._href is None:
            ends = self._breaks > 1 or before[-1:] in LINE_END or self._is_one_link()
        else:
            ends = self._breaks > 1 and len(before) > LINKED_TEXT
        if ends:
            self._flush()
            return
        self._pieces.append(" ")
        if self._href is not None:
            self._parts += ((len(self._pieces), EMPHASIS), (len(self._pieces), CLOSE))

    def _is_one_link(self) -> bool:
        return len(self._links) == 1 and one_line("".join(self._pieces)) == self._links[0].text

    def _open_inline(self, node: Node, number: int) -> Node | None:
        child = node.child
        if child is None:
            return None
        kind = _INLINE
        if self._href is None:
            if number not in _FORMATS and _is_unseen(node):
                return None
            if not self._breaks and child.is_text_node and child.next is None:
                if self._pieces or not child.is_empty_text_node:
                    self._pieces.append(child.text_content or "")
                return None
        elif number in _EMPHATIC:
            self._parts.append((len(self._pieces), EMPHASIS))
            kind = _PART
        elif number not in _FORMATS:
            flags = class_names.META if number == _TIME else 0
            if names := class_names.names_of(node.attributes):
                flags |= class_names.of_names(names)
            self._parts.append((len(self._pieces), flags))
            kind = _PART
        self._stack.append((node, kind))
        return child

    def _open_link(self, node: Node, _number: int) -> Node | None:
        child = node.child
        if child is None:
            return None
        kind = _INLINE
        if self._href is None:
            if self._breaks and self._pieces:  # they end the line before the link, not one in it
                self._end_line()
                self._breaks = 0
            kind = _LINK
            self._href = node.attrs.get("href") or ""  # half of what a dict of all attributes costs
            self._link_from = len(self._pieces)
            if not self._breaks and child.is_text_node and child.next is None:
                if self._pieces or not child.is_empty_text_node:
                    text = child.text_content or ""
                    self._pieces.append(text)
                    if text := one_line(text):
                        self._links.append(Link(self._href, text, text, False))
                self._href, self._link_from = None, 0
                return None
        self._stack.append((node, kind))
        return child

    def _close_link(self) -> None:
        if text := one_line("".join(self._pieces[self._link_from :])):
            title, marked = text, False
            if self._parts:
                title, marked = title_of(text, self._pieces, self._link_from, self._parts)
            self._links.append(Link(self._href or "", text, title or text, marked))
        self._parts.clear()

    def _break(self, _node: Node, _number: int) -> None:
        self._breaks += 1

    def _image(self, _node: Node, _number: int) -> None:
        self._elements[self._current].images += 1

    def _flush(self) -> None:
        """End a block."""
        if len(self._stack) > MAX_DEPTH:
            raise PageTooComplex(f"text stands {len(self._stack)} elements deep")
        if self._href is not None:
            self._close_link()
        text, links = one_line("".join(self._pieces)), self._links
        if links:
            text = without_counters(text, links)
            self._links = []
        if text:
            linked = sum([len(link.text) for link in links]) if links else 0
            tag = self._elements[self._current].tag
            self._blocks.append(
                Block(len(self._blocks), text, self._current, tag, links or _NO_LINKS, linked)
            )
        self._pieces.clear()
        self._link_from = 0


def _is_unseen(node: Node) -> bool:
    """Return True for a part of a line that is hidden, or shown to a pointer alone: not for a text that a button unfolds."""
    if (
        not (attributes := node.attributes)
        or not class_names.read_class_names("", attributes)[1] & class_names.HIDDEN
    ):
        return False
    return len(node.text()) - sum([len(link.text()) for link in node.css("a")]) < LINKED_TEXT


def _is_small(child: Node) -> bool:
    """Return True for an element that holds as little as half a card: it stands beside a picture, not beside an article."""
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
