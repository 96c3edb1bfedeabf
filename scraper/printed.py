"""What is printed around the headline: short texts (where a date may stand) and bylines. Looked at only when nothing
declares them. The neighbourhood is searched outwards from the headline and ends where the article's text begins. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scraper.head import Head
from scraper.html import Node, Tree, select
from scraper.text import clean

MAX_TEXT_CHARS = 140
_PROSE_TEXTS = 2  # a standfirst may stand between headline and date, the article itself may not
_LEVELS = 5
_SIBLINGS_AFTER, _SIBLINGS_BEFORE = 8, 4
_DEPTH = 5
_MAX_CHILDREN = 40
_MAX_BYLINES = 200
_SKIPPED = frozenset(
    {"script", "style", "noscript", "form", "svg", "img", "iframe", "button", "template", "-comment"}
)
_BYLINES = (
    '[rel~="author"],[itemprop~="author"],[class*="author" i],[class*="byline" i],[class*="autor" i],[class*="yazar"],'
    '[class*="muellif"],[class*="avtor"],[class*="journalist" i],[class*="writer" i],[class*="reporter" i],'
    'a[href*="/author"],a[href*="/autor"],a[href*="/avtor"],a[href*="/yazar"],a[href*="/journalist"]'
)
_BYLINE_LEVELS = 7
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|popular|recommend|latest|trending|teaser|newsletter", re.IGNORECASE
)


class Surroundings:
    """The neighbourhood of the headline; searched when asked for, once."""

    def __init__(self, tree: Tree, head: Head) -> None:
        self._tree = tree
        self._head = head
        self._texts: list[str] | None = None

    def texts(self) -> list[str]:
        """Short texts, those nearest to the headline first, those after it before those in front of it."""
        if self._texts is None:
            self._texts = list(self._search())
        return self._texts

    def _search(self) -> Iterator[str]:
        node = self._headline()
        prose = 0
        for _ in range(_LEVELS):
            if node is None or node.tag in ("body", "html"):
                return
            for sibling in _siblings(node, after=True) if prose < _PROSE_TEXTS else ():
                for text in _short_texts(sibling, _DEPTH):
                    prose += len(text) > MAX_TEXT_CHARS
                    if prose >= _PROSE_TEXTS:
                        break
                    if len(text) <= MAX_TEXT_CHARS:
                        yield text
                if prose >= _PROSE_TEXTS:
                    break
            for sibling in _siblings(node, after=False):
                yield from (text for text in _short_texts(sibling, _DEPTH) if len(text) <= MAX_TEXT_CHARS)
            node = node.parent

    def bylines(self) -> list[tuple[str, bool]]:
        """Texts of elements that are called author, byline and the like, and whether the element is a sure one.

        The nearer to the headline in the tree, the earlier; none of comments, side columns and other articles.
        """
        levels: dict[int, int] = {}
        node = self._headline()
        while node is not None and len(levels) < _BYLINE_LEVELS and node.tag not in ("body", "html"):
            levels[node.mem_id] = len(levels)
            node = node.parent
        found: list[tuple[int, int, str, bool]] = []
        for order, node in enumerate(select(self._tree, _BYLINES)[:_MAX_BYLINES] if levels else ()):
            level = _level(node, levels)
            text = clean(node.text(separator=" ")) or _named(node) if level is not None else ""
            if level is not None and text and len(text) <= MAX_TEXT_CHARS:
                attributes = node.attributes
                sure = node.tag == "a" or attributes.get("rel") == "author" or "itemprop" in attributes
                found.append((level, order, text, sure))
        return [(text, sure) for _, _, text, sure in sorted(found)]

    def _headline(self) -> Node | None:
        for heading, node in zip(self._head.headings, self._head.heading_nodes, strict=True):
            if not heading.demoted:
                return node
        return self._head.heading_nodes[0] if self._head.heading_nodes else None


def _siblings(node: Node, *, after: bool) -> Iterator[Node]:
    sibling = node.next if after else node.prev
    count = 0
    while sibling is not None and count < (_SIBLINGS_AFTER if after else _SIBLINGS_BEFORE):
        if sibling.tag not in _SKIPPED and not (sibling.tag == "-text" and not sibling.text().strip()):
            count += 1
            yield sibling
        sibling = sibling.next if after else sibling.prev


def _short_texts(node: Node, depth: int) -> Iterator[str]:
    """The texts of a subtree, as large as they are short enough; a long one (prose) ends the neighbourhood."""
    if node.tag in _SKIPPED:
        return
    text = " ".join(node.text(separator=" ").split())
    if len(text) <= MAX_TEXT_CHARS:
        if text := clean(text):
            yield text
        return
    child = node.child
    if depth == 0 or child is None or node.tag == "p":
        yield text
        return
    count = 0
    while child is not None and count < _MAX_CHILDREN:
        count += 1
        yield from _short_texts(child, depth - 1)
        child = child.next


def _named(node: Node) -> str:
    """Microdata may say the name in an element that prints nothing."""
    name = node.css_first('[itemprop="name"]') if "itemprop" in node.attributes else None
    return clean(name.attributes.get("content")) if name is not None else ""


def _level(node: Node | None, levels: dict[int, int]) -> int | None:
    """How far up from the headline the element that holds both stands; None for what belongs to something else."""
    while node is not None and node.tag not in ("body", "html"):
        level = levels.get(node.mem_id)
        if level is not None:
            return level
        if node.tag in ("aside", "footer", "nav") or _ELSEWHERE.search(
            f"{node.attributes.get('class') or ''} {node.id or ''}"
        ):
            return None
        node = node.parent
    return None
