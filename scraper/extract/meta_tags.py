"""One walk over a parsed page: meta elements, JSON-LD scripts, headings, times, microdata; collected, not judged. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from scraper.extract.html import Node, Tree, numbers, select
from scraper.extract.title import MAX_CHARS, Heading, squeeze
from scraper.text.normalize import clean_line

ELEMENTS = (
    'meta,link[rel="canonical"],title,h1,time,script[type*="ld+json"],'
    '[itemprop],[property="schema:datePublished"],[rel~="author"],abbr[class~="published"]'  # one test of itemprop costs less than three
)
_KICKER = re.compile(
    r"kicker|overline|eyebrow|dachzeile|roofline|supertitle|suptitle|surtitle|topline|antetitulo|category|rubric|label|flag|badge|hidden",
    re.IGNORECASE,
)
_NOT_A_HEADLINE = re.compile(
    r"logo|brand|site-?(?:title|name)|breadcrumb|masthead|navbar|nav-|menu", re.IGNORECASE
)
_MIN_PRINTED_CHARS = 5
_COPYRIGHTS, _OWNER_CHARS = ("©", "(c)", "(C)", "opyright", "OPYRIGHT"), 150
_MAX_OWNERS, MAX_LINE_CHARS = 6, 200
_MAX_HEADINGS, _MAX_SECOND_HEADINGS, _MAX_PARTS = 24, 12, 6
_NOT_A_PLACE = frozenset({"nav", "li", "footer", "aside"})
_META, _SCRIPT, _TITLE, _LINK, _H1, _TIME, _ABBR = numbers(
    ("meta", "script", "title", "link", "h1", "time", "abbr")
).values()


class Head:
    """What one walk over the tree found, unjudged."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.meta: dict[str, list[str]] = {}
        self._tails: dict[
            str, list[str]
        ] = {}  # by what stands behind a prefix: article:author, vr:author, dcterms.creator
        self.scripts: list[str] = []
        self.headings: list[Heading] = []
        self.heading_nodes: list[Node] = []
        self.times: list[tuple[Node, bool]] = []  # and whether a heading stands in front of it
        self.canonical: str | None = None
        self.title: str | None = None
        self.headline: str | None = None  # microdata
        self.authors: list[Node] = []
        root = tree.root
        self.language = (
            root.attributes.get("lang") or root.attributes.get("xml:lang") if root is not None else None
        )
        last = 0
        for node in select(tree, ELEMENTS):
            if (at := node.mem_id) == last:  # it matched two of the selectors
                continue
            last = at
            tag = node.tag_id
            if tag == _META:
                self._meta(node)
            elif tag == _SCRIPT:
                self.scripts.append(node.text())
            elif tag == _LINK:
                if self.canonical is None and (attributes := node.attributes).get("rel") == "canonical":
                    self.canonical = attributes.get("href")
            elif tag == _TITLE:
                self.title = self.title or node.text()
            else:
                if tag == _H1:
                    self._heading(node)
                self._marked(node, tag)

    def second_headings(self) -> list[Heading]:
        """Return the lesser headings, added to those that are known: asked for where no h1 is the headline."""
        first = len(self.headings)
        for node in select(self._tree, "h2")[:_MAX_SECOND_HEADINGS]:
            self._heading(node, second=True)
        return self.headings[first:]

    @cached_property
    def _text(self) -> str:
        body = self._tree.body
        return body.text(separator="\n", skip_empty=True) if body is not None else ""

    def lines(self) -> frozenset[str]:
        """Return every printed line of the page, squeezed."""
        texts = set(self._text.split("\n"))
        return frozenset(squeeze(text) for text in texts if _MIN_PRINTED_CHARS < len(text) < MAX_LINE_CHARS)

    def says_once(self, name: str) -> bool:
        """Return True if no second line of the page begins with a name, as that of a section does in the menu."""
        return sum(text.lstrip().startswith(name) for text in self._text.split("\n")) <= 1

    def owners(self) -> str:
        """Return what stands behind the copyright signs of the page, squeezed into one."""
        text = self._text
        found: list[str] = []
        for sign in _COPYRIGHTS:
            at = text.find(sign)
            while at >= 0 and len(found) < _MAX_OWNERS:
                found.append(text[at : at + _OWNER_CHARS])
                at = text.find(sign, at + 1)
        return squeeze(" ".join(found))

    def get(self, key: str) -> str | None:
        values = self.meta.get(key)
        return values[0] if values else None

    def first(self, *keys: str) -> str | None:
        return next((value for key in keys if (value := self.get(key))), None)

    def named(self, *keys: str) -> Iterator[list[str]]:
        """Yield the values of each name, bare ones before those with a prefix."""
        return (found[key] for key in keys for found in (self.meta, self._tails) if key in found)

    def _meta(self, node: Node) -> None:
        attributes = node.attributes
        value = attributes.get("content")
        key = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("itemprop")
            or attributes.get("http-equiv")
        )
        if key and value and (value := value.strip()):
            key = key.lower()
            self.meta.setdefault(key, []).append(value)
            if (tail := key.rpartition(":")[2].rpartition(".")[2]) != key:
                self._tails.setdefault(tail, []).append(value)

    def _marked(self, node: Node, tag: int) -> None:
        """Return a time element, or one that microdata, RDFa or a link relation marks."""
        attributes = node.attributes
        item = attributes.get("itemprop") or ""
        if (
            tag in (_TIME, _ABBR)
            or item == "datePublished"
            or "ublished" in (attributes.get("property") or "")
        ):
            self.times.append((node, bool(self.headings)))
        elif item == "headline":
            self.headline = self.headline or node.text(separator=" ")
        elif tag != _H1 and ("author" in item.split() or "author" in (attributes.get("rel") or "").split()):
            self.authors.append(node)

    def _heading(self, node: Node, *, second: bool = False) -> None:
        if len(self.headings) >= _MAX_HEADINGS:
            return
        whole = clean_line(node.text(separator=" "))[:MAX_CHARS]
        if not whole:
            return
        demoted = bool(_NOT_A_HEADLINE.search(f"{node.attributes.get('class') or ''} {node.id or ''}"))
        parent = node.parent
        for _ in range(3):
            if parent is None or demoted:
                break
            demoted = parent.tag in _NOT_A_PLACE
            parent = parent.parent
        self.heading_nodes.append(node)
        parts = _parts(node)
        kept = [text for text, kicker in parts if not kicker]
        bare = clean_line(" ".join(kept))[:MAX_CHARS] if kept and len(kept) < len(parts) else whole
        several = tuple(text for text, _ in parts) if 1 < len(parts) <= _MAX_PARTS and bare == whole else ()
        self.headings.append(Heading(text=whole, bare=bare, parts=several, demoted=demoted, second=second))


def _parts(node: Node) -> list[tuple[str, bool]]:
    """Return the texts of a heading's children, and whether the child is an element of its own that is called a kicker."""
    parts: list[tuple[str, bool]] = []
    child = node.child
    while child is not None:
        text = clean_line(child.text(separator=" ")) if child.tag != "-comment" else ""
        if text:
            kicker = child.tag not in ("-text", "a") and bool(
                _KICKER.search(child.attributes.get("class") or "")
            )
            parts.append((text, kicker))
        child = child.next
    return parts
