"""Text in, parsed page out: guard, parse, select. The only module that knows the HTML parser. Pure.

``guard`` refuses pages that would cost quadratic time; ``parse`` calls it. ``Tree`` and ``Node`` are the parser's own
types: callers may use ``css``, ``css_first``, ``attributes``, ``child``, ``next``, ``parent``, ``tag``, ``text()``, and
must not change the tree: one parse serves metadata, body and headlines.
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser as Tree
from selectolax.lexbor import LexborNode as Node
from selectolax.lexbor import SelectolaxError

from scraper.errors import PageTooComplex

__all__ = ["Node", "Tree", "guard", "parse", "select", "selector_error"]

# A tag of one name left open this many times deep makes lexbor quadratic (50,000 nested divs: 3.5 s).
MAX_OPEN = 5_000


def guard(text: str) -> None:
    """Raise PageTooComplex for a page that would cost the parser quadratic time. Linear itself."""
    if text.count("<") > 2_000_000:
        raise PageTooComplex("the page has too many tags")


def parse(text: str) -> Tree:
    """Guard, then parse as a browser that runs scripts does: the content of noscript stays text.

    (With noscript parsed as markup, a tracking image in the head's noscript would end the head.)
    """
    guard(text)
    return Tree(text.encode("utf-8", "ignore"), scripting=True)


def select(root: Tree | Node, selector: str) -> list[Node]:
    """All matches, in document order; a selector that does not parse matches nothing."""
    try:
        return root.css(selector)
    except SelectolaxError:
        return []


def selector_error(selector: str) -> str | None:
    """Why a selector cannot be used, or None."""
    if not selector.strip():
        return "empty selector"
    try:
        _PROBE.css(selector)
    except SelectolaxError as error:
        return str(error)
    return None


_PROBE = Tree(b"<p></p>")
