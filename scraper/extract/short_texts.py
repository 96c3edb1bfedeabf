"""Walk the short texts of a part of a page: as large as they are short enough, without what belongs to something else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scraper.extract.html import Node, numbers
from scraper.text.normalize import clean_line

MAX_SIBLINGS, MAX_PARAGRAPHS = 8, 150
MAX_CHILDREN, _MAX_SMALL = 40, 48
_SKIPPED = frozenset(
    numbers(
        "script style noscript form svg img iframe button template figure select -comment".split()  # noqa: SIM905
    ).values()
)
# In small letters: a pattern that need not fold letters is sought four times as fast.
_BYLINE = re.compile(r"author|byline|autor|yazar|muellif|avtor|journalist|reporter")
_BYLINE_LINK = re.compile(r"/(?:author|autor|avtor|yazar|journalist|muellif)")
_OTHERS = frozenset(numbers(("aside", "footer", "nav", "article")).values())
_ELSEWHERE = re.compile(r"comment|related|sidebar|popular|recommend|latest|trending|newsletter")
MAX_TEXT_CHARS = 140
_LINK, _PARAGRAPH = numbers(("a", "p")).values()


def siblings(node: Node, *, after: bool, limit: int = MAX_SIBLINGS) -> Iterator[Node]:
    sibling = node.next if after else node.prev
    count = 0
    while sibling is not None and count < limit:
        if not sibling.is_empty_text_node and sibling.tag_id not in _SKIPPED:
            count += 1
            yield sibling
        sibling = sibling.next if after else sibling.prev


def short_texts(
    node: Node, depth: int, bylines: list[Node] | None, limit: int = MAX_CHILDREN
) -> Iterator[str]:
    """Yield the texts of a subtree, as large as they are short enough; an empty text tells prose (a long paragraph)."""
    tag = node.tag_id
    if tag in _SKIPPED or is_foreign(node):
        return
    text = bounded_text(node, bylines)
    if text is not None:
        if text := clean_line(text):
            yield text
        return
    child = node.child
    if depth == 0 or child is None or tag == _PARAGRAPH:
        yield ""
        return
    count = 0
    while child is not None and count < limit:
        count += 1
        yield from short_texts(child, depth - 1, bylines, limit)
        child = child.next


def bounded_text(root: Node, bylines: list[Node] | None = None, limit: int = MAX_TEXT_CHARS) -> str | None:
    """Return the text of a small subtree; None as soon as it turns out to be longer than a line, or not small.

    ``bylines`` collects the elements in it that are called one.
    """
    first = root.child
    if first is not None and first.is_text_node and first.next is None and bylines is None:
        text = (first.text_content or "").strip()  # what most elements hold
        return text if len(text) < limit else None
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
            if length > limit:
                return None
            parts.append(text)
        elif (tag := node.tag_id) not in _SKIPPED:
            if bylines is not None and _is_byline(node, tag):
                bylines.append(node)
            if (child := node.child) is not None:
                stack.append(child)
    return " ".join(parts)


def is_foreign(node: Node) -> bool:
    """Return True for an element of another article, a side column, a comment."""
    if node.tag_id in _OTHERS:
        return True
    attributes = node.attributes
    named = attributes.get("class") or attributes.get("id")
    return named is not None and _ELSEWHERE.search(named.lower()) is not None


def _is_byline(node: Node, tag: int) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    named = attributes.get("class")
    if named and _BYLINE.search(named.lower()):
        return True
    return tag == _LINK and _BYLINE_LINK.search(attributes.get("href") or "") is not None
