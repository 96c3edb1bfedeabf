"""What is printed around the headline: short texts (where a date may stand) and bylines. Looked at only when nothing
declares them. The neighbourhood is searched outwards from the headline and ends where the article's text begins. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from scraper.extract.html import Node, Tree, numbers, select
from scraper.extract.meta_tags import Head
from scraper.extract.publication_date import Candidate
from scraper.text.normalize import clean, line

MAX_TEXT_CHARS = 140
# Levels; farther away only a line that is hardly more than a date or a name is taken for the article's
_NEAR = 3
_MAX_FAR_CHARS = 48
_PROSE_TEXTS = 2  # a standfirst may stand between headline and date, the article itself may not
_LEVELS = 5
_SIBLINGS_AFTER, _SIBLINGS_BEFORE = 8, 4
_DEPTH = 5
_MAX_CHILDREN, _MAX_SMALL = 40, 48
_MAX_BYLINES = 200
_SKIPPED = frozenset(
    numbers(
        ("script", "style", "noscript", "form", "svg", "img", "iframe", "button", "template", "-comment")
    ).values()
)
# In small letters: a pattern that need not fold letters is sought four times as fast.
_BYLINE = re.compile(r"author|byline|autor|yazar|muellif|avtor|journalist|reporter")
_BYLINE_LINK = re.compile(r"/(?:author|autor|avtor|yazar|journalist|muellif)")
_TITLES = 'h2,h3,[class*="title" i],[class*="headline" i],[itemprop="headline"]'
_MAX_TITLES = 60
_BYLINE_LEVELS = 7
_OTHERS = frozenset(numbers(("aside", "footer", "nav", "article")).values())
_LINK, _PARAGRAPH = numbers(("a", "p")).values()
_ELSEWHERE = re.compile(r"comment|related|sidebar|popular|recommend|latest|trending|newsletter")


_UPDATED = re.compile(
    r"updat|modif|edit|chang|aktualis|обновл|изменен|yenilən|güncel|թարմաց|განახლ", re.IGNORECASE
)
_MAX_TIMES = 12
_MAX_TIME_CHARS = 60


class Surroundings:
    """The neighbourhood of the headline; searched when asked for, once."""

    def __init__(self, tree: Tree, head: Head, title: str | None) -> None:
        self._tree = tree
        self._head = head
        self._title = title

    def texts(self) -> Iterator[str]:
        """Short texts, those nearest to the headline first, those after it before those in front of it."""
        yield from self._neighbourhood[0]

    def bylines(self) -> Iterator[tuple[str, bool]]:
        """Texts of elements that are called author, byline and the like, and whether the element is a sure one.

        The nearer to the headline in the tree, the earlier; none of comments, side columns and other articles.
        """
        nodes = {node.mem_id: node for node in [*self._neighbourhood[1], *self._head.authors[:_MAX_BYLINES]]}
        found: list[tuple[int, int, str, bool]] = []
        for order, node in enumerate(nodes.values()):
            level = _level(node, self._levels)
            text = clean(node.text(separator=" ")) or _named(node) if level is not None else ""
            if level is not None and text and len(text) <= MAX_TEXT_CHARS:
                attributes = node.attributes
                sure = node.tag == "a" or attributes.get("rel") == "author" or "itemprop" in attributes
                found.append((level, order, text, sure))
        yield from ((text, sure) for _, _, text, sure in sorted(found))

    @cached_property
    def _neighbourhood(self) -> tuple[list[str], list[Node]]:
        texts: list[str] = []
        bylines: list[Node] = []
        node = self._headline
        prose = 0
        for level in range(_LEVELS):
            if node is None or node.tag in ("body", "html"):
                break
            limit = MAX_TEXT_CHARS if level < _NEAR else _MAX_FAR_CHARS
            for sibling in _siblings(node, after=True) if prose < _PROSE_TEXTS else ():
                for text in _short_texts(sibling, _DEPTH, bylines):
                    prose += not text
                    if prose >= _PROSE_TEXTS:
                        break
                    if len(text) <= limit:
                        texts.append(text)
                if prose >= _PROSE_TEXTS:
                    break
            if level >= _NEAR and prose >= _PROSE_TEXTS:
                break
            # in front of the headline and far from it stands the page's own head, with today's date
            for sibling in _siblings(node, after=False) if level < _NEAR else ():
                texts.extend(text for text in _short_texts(sibling, _DEPTH, bylines) if len(text) <= limit)
            node = node.parent
        return list(filter(None, texts)), bylines

    def times(self) -> list[Candidate]:
        """Time elements of the headline's own block, those behind the headline first; none that says "updated"."""
        found: list[tuple[bool, bool, int, str]] = []
        for node, behind in self._head.times[:_MAX_TIMES]:
            attributes = node.attributes
            raw = attributes.get("datetime") or attributes.get("content") or clean(node.text(separator=" "))
            level = _level(node, self._levels) if raw and len(raw) <= _MAX_TIME_CHARS else None
            if (
                level is None
                or raw is None
                or _UPDATED.search(f"{attributes.get('class') or ''} {_class(node.parent)}")
            ):
                continue
            unnamed = "ublished" not in (attributes.get("itemprop") or attributes.get("property") or "")
            found.append((unnamed, not behind, level, raw))
        found.sort(key=lambda item: item[:3])
        return [
            Candidate(raw=raw, source="time", weak=unnamed and before) for unnamed, before, _, raw in found
        ]

    @cached_property
    def _levels(self) -> dict[int, int]:
        """The headline and its ancestors, by how far up they are."""
        levels: dict[int, int] = {}
        node = self._headline
        while node is not None and len(levels) < _BYLINE_LEVELS and node.tag != "html":
            levels[node.mem_id] = len(levels)
            node = node.parent
        return levels

    @cached_property
    def _headline(self) -> Node | None:
        """The element that prints the title: a heading, else whatever is called a title and says it."""
        title = self._title
        if not title:
            return None
        for heading, node in zip(self._head.headings, self._head.heading_nodes, strict=True):
            if title in heading.text:
                return node
        for node in select(self._tree, _TITLES)[:_MAX_TITLES]:
            if line(node.text(separator=" ")) == title:
                return node
        return None


def _siblings(node: Node, *, after: bool) -> Iterator[Node]:
    sibling = node.next if after else node.prev
    count = 0
    while sibling is not None and count < (_SIBLINGS_AFTER if after else _SIBLINGS_BEFORE):
        if not sibling.is_empty_text_node and sibling.tag_id not in _SKIPPED:
            count += 1
            yield sibling
        sibling = sibling.next if after else sibling.prev


def _short_texts(node: Node, depth: int, bylines: list[Node]) -> Iterator[str]:
    """The texts of a subtree, as large as they are short enough; prose (a long paragraph) is told by an empty text."""
    tag = node.tag_id
    if tag in _SKIPPED or _is_foreign(node):
        return
    text = _bounded(node, bylines)
    if text is not None:
        if text := clean(text):
            yield text
        return
    child = node.child
    if depth == 0 or child is None or tag == _PARAGRAPH:
        yield ""
        return
    count = 0
    while child is not None and count < _MAX_CHILDREN:
        count += 1
        yield from _short_texts(child, depth - 1, bylines)
        child = child.next


def _bounded(root: Node, bylines: list[Node]) -> str | None:
    """The text of a small subtree; None as soon as it turns out to be longer than a line, or not small."""
    parts: list[str] = []
    length = seen = 0
    stack = [root]
    while stack:
        node = stack.pop()
        seen += 1
        if seen > _MAX_SMALL:
            return None
        following = node.next if node is not root else None
        if following is not None:
            stack.append(following)
        if node.is_text_node:
            text = (node.text_content or "").strip()
            length += len(text) + 1
            if length > MAX_TEXT_CHARS:
                return None
            parts.append(text)
        elif (tag := node.tag_id) not in _SKIPPED:
            if _is_byline(node, tag):
                bylines.append(node)
            if (child := node.child) is not None:
                stack.append(child)
    return " ".join(parts)


def _is_byline(node: Node, tag: int) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    named = attributes.get("class")
    if named and _BYLINE.search(named.lower()):
        return True
    return tag == _LINK and _BYLINE_LINK.search(attributes.get("href") or "") is not None


def _is_foreign(node: Node) -> bool:
    """An element of another article, a side column, a comment."""
    if node.tag_id in _OTHERS:
        return True
    attributes = node.attributes
    named = attributes.get("class") or attributes.get("id")
    return named is not None and _ELSEWHERE.search(named.lower()) is not None


def _class(node: Node | None) -> str:
    return (node.attributes.get("class") or "") if node is not None else ""


def _named(node: Node) -> str:
    """Microdata may say the name in an element that prints nothing."""
    name = node.css_first('[itemprop="name"]') if "itemprop" in node.attributes else None
    return clean(name.attributes.get("content")) if name is not None else ""


def _level(node: Node | None, levels: dict[int, int]) -> int | None:
    """How far up from the headline the element that holds both stands; None for what belongs to something else."""
    while node is not None and node.tag != "html":
        level = levels.get(node.mem_id)
        if level is not None:
            return level
        if _is_foreign(node):
            return None
        node = node.parent
    return None
