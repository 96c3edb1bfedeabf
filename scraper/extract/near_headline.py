"""Find what is printed around the headline and below the text: lines where a date may stand, and bylines.

Looked at only when nothing declares them. The search goes outwards from the headline; what belongs to another article, a
side column, a comment or the head of the whole page is left out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from scraper.extract.html import Node, Tree, numbers, select
from scraper.extract.meta_tags import Head
from scraper.extract.publication_date import COPYRIGHT, DATE_LIKE, PUBLISHED, UPDATED, Candidate
from scraper.extract.short_texts import (
    MAX_CHILDREN,
    MAX_PARAGRAPHS,
    MAX_SIBLINGS,
    MAX_TEXT_CHARS,
    bounded_text,
    is_foreign,
    short_texts,
    siblings,
)
from scraper.extract.title import squeeze
from scraper.text.date_names import MONTHS, WEEKDAYS, date_key
from scraper.text.normalize import clean_line

# Levels; farther away only a line that is hardly more than a date or a name is taken for the article's
_NEAR, _LEVELS, _BYLINE_LEVELS = 3, 6, 7
_MAX_FAR_CHARS = 48
_PROSE_TEXTS = 2  # a standfirst may stand between headline and date, the article itself may not
_DEPTH = 5
_MAX_BYLINES, _MAX_TIMES, _MAX_DATED = 200, 12, 60
_MAX_TIME_CHARS, _LINK_TITLE_CHARS = 60, 15
_MAX_TEXT_NODES, _MAX_TITLES = 4_000, 150
# Words beside a date: in a line below the text, in one near the headline, in one with a label
_FEW_WORDS, _SOME_WORDS, _MANY_WORDS = 3, 8, 14
_TITLES = 'h2,h3,h4,h5,[class*="title" i],[class*="headline" i],[id*="title" i],[itemprop="headline"]'
_DATED = '[class*="date" i],[class*="time" i],[class*="publi" i],[class*="posted" i],[id*="date" i]'
_HEADINGS = frozenset(numbers(("h1", "h2", "h3", "h4")).values())
_HEADER = numbers(("header",))["header"]
_PAGE_HEAD = re.compile(
    r"(?:^|[\s_-])(?:top|header|masthead|top-?(?:bar|line|menu)|head-?(?:er|bar|line)?-?(?:top|info)|nav\w*|menu|weather|today|current)(?:$|[\s_-])"
)
_DATE_NAME = re.compile(r"date|time|publ|posted|meta|created|info")
_NOT_IN = frozenset(("a", "li", "option", "nav", "title", "script", "style", "noscript"))
_TIME_OF_DAY = re.compile(r"\d:\d\d|\d\s?[ap]\.?m\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_ENDS_IN_DATE = re.compile(r"\d(?:\s?[ap]\.?m\.?)?(?:\s[A-Z]{2,4})?\W*$", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?:[^\W\d_]+[\W_]+){4,}.*\([^()]*\d{4}\)$"
)  # "What others wrote (The Paper, 8 January 2026)"
_DATELINE = re.compile(
    r"\W*([^\W\d_]{3,9}\.? \d{1,2}, \d{4}|\d{1,2} [^\W\d_]{3,9}\.? \d{4})\s*(?:--|[–—/-])\s"
)
_STORY = re.compile(r"article|post|story|news|entry")


class NearHeadline:
    """The neighbourhood of the headline; searched when asked for, once."""

    def __init__(self, tree: Tree, head: Head, title: str | None) -> None:
        self._tree = tree
        self._head = head
        self._title = title

    def signatures(self) -> Iterator[str]:
        """Yield lines that may name the author: those near the headline, then those below the text."""
        yield from self._neighbourhood[0]
        yield from self._behind_text

    def dates(self) -> Iterator[str]:
        """Yield lines that may say when the article was published, the surest place first."""
        for find in (self._in_headline, self._beside, self._below, self._named):
            yield from (text for text in find() if DATE_LIKE.search(text))

    def bylines(self) -> Iterator[tuple[str, bool]]:
        """Yield texts of elements that are called author, byline and the like, and whether the element is a sure one.

        The nearer to the headline in the tree, the earlier; none of comments, side columns and other articles.
        """
        nodes = {node.mem_id: node for node in [*self._neighbourhood[1], *self._head.authors[:_MAX_BYLINES]]}
        found: list[tuple[int, int, str, bool]] = []
        for order, node in enumerate(nodes.values()):
            level = _level(node, self._levels)
            if level is not None and self._is_of_another(node):
                continue
            text = clean_line(node.text(separator=" ")) or _named(node) if level is not None else ""
            if level is not None and text and len(text) <= MAX_TEXT_CHARS:
                attributes = node.attributes
                sure = node.tag == "a" or attributes.get("rel") == "author" or "itemprop" in attributes
                found.append((level, order, text, sure))
        yield from ((text, sure) for _, _, text, sure in sorted(found))

    def times(self) -> list[Candidate]:
        """Return time elements of the headline's own block, those behind the headline first; none that says "updated"."""
        found: list[tuple[bool, bool, int, str]] = []
        for node, behind in self._head.times[:_MAX_TIMES]:
            attributes = node.attributes
            raw = (
                attributes.get("datetime")
                or attributes.get("content")
                or (node.tag == "abbr" and attributes.get("title"))
                or clean_line(node.text(separator=" "))
            )
            level = _level(node, self._levels) if raw and len(raw) <= _MAX_TIME_CHARS else None
            if (
                level is None
                or not raw
                or UPDATED.search(f"{attributes.get('class') or ''} {_class(node.parent)}")
            ):
                continue
            unnamed = "ublished" not in (attributes.get("itemprop") or attributes.get("property") or "")
            found.append((unnamed, not behind, level, raw))
        found.sort(key=lambda item: item[:3])
        return [
            Candidate(raw=raw, source="time", weak=unnamed and before) for unnamed, before, _, raw in found
        ]

    def _is_of_another(self, node: Node) -> bool:
        """Return True for a byline in front of the headline, in the page's head or in a box that links to another text."""
        holders = []
        at: Node | None = node
        while at is not None and at.mem_id not in self._levels:
            holders.append(at)
            at = at.parent
        if not holders or not self._is_before(holders[-1]):
            return False
        if any(map(_is_page_head, holders)):
            return True
        own = clean_line(node.text())
        links = [clean_line(link.text()) for link in select(holders[-1], "a[href]")[:MAX_SIBLINGS]]
        return any(
            len(text) > _LINK_TITLE_CHARS and _strange(text) > _FEW_WORDS and text not in own
            for text in links
        )

    def _is_before(self, box: Node) -> bool:
        """Return True if an element stands in front of the headline's own branch, beside it."""
        sibling = box.next
        for _ in range(MAX_CHILDREN):
            if sibling is None:
                return False
            if sibling.mem_id in self._levels:
                return True
            sibling = sibling.next
        return False

    # -------------------------------------------------------------------------------------- places of dates

    def _in_headline(self) -> Iterator[str]:
        """Return a date glued to the headline, in one element with it."""
        if self._headline is not None and self._title:
            text = clean_line(self._headline.text(separator=" "))
            if text != self._title and len(text) <= len(self._title) + _MAX_FAR_CHARS:
                yield text.replace(self._title, "").strip()

    def _beside(self) -> Iterator[str]:
        """Lines between the headline and the text, and in front of the headline where that is not the page's head."""
        for text in self._neighbourhood[0]:
            rest = text.replace(self._title or "", "")
            sure = PUBLISHED.search(rest) or _ENDS_IN_DATE.search(rest)
            if _strange(rest) <= (_MANY_WORDS if sure else _SOME_WORDS) and not _REFERENCE.search(rest):
                yield rest
        if opening := _DATELINE.match(self._opening):
            yield opening[1]

    def _below(self) -> Iterator[str]:
        """Return a line behind the text that says little but a date; where several dates stand, one with a label or a time."""
        lines = [t for t in self._behind_text if DATE_LIKE.search(t) and not COPYRIGHT.search(t)]
        for text in lines:
            labelled = PUBLISHED.search(text) is not None
            limit = _SOME_WORDS if labelled else _FEW_WORDS
            if _strange(text) <= limit and (labelled or len(lines) == 1 or _TIME_OF_DAY.search(text)):
                yield text

    def _named(self) -> Iterator[str]:
        """Elements that are called a date, if all of them say the same."""
        found: dict[str, None] = {}
        for node in select(self._tree, _DATED)[:_MAX_DATED]:
            text = bounded_text(node)
            if text and len(text) <= _MAX_FAR_CHARS and DATE_LIKE.search(text) and not _is_inside(node):
                found[clean_line(text)] = None
        if len(found) == 1:
            yield from found

    # -------------------------------------------------------------------------------------- walking

    @cached_property
    def _opening(self) -> str:
        """The beginning of the first paragraph behind the headline."""
        node = self._headline
        for _ in range(_NEAR):
            for sibling in siblings(node, after=True) if node is not None else ():
                if not is_foreign(sibling) and bounded_text(sibling) is None:
                    return clean_line(sibling.text(separator=" ")[:MAX_TEXT_CHARS])
            node = node.parent if node is not None else None
        return ""

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
            for sibling in siblings(node, after=True) if prose < _PROSE_TEXTS else ():
                for text in short_texts(sibling, _DEPTH, bylines):
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
            for sibling in siblings(node, after=False) if level < _NEAR else ():
                if level and _is_page_head(sibling):
                    continue
                bare_day = not level or _STORY.search(_class(node.parent).lower())
                near = short_texts(sibling, _DEPTH, bylines)
                texts += [text for text in near if len(text) <= limit and (bare_day or not _is_today(text))]
            node = node.parent
        return list(filter(None, texts)), bylines

    @cached_property
    def _behind_text(self) -> list[str]:
        """Lines behind the text that may hold a date or a name."""
        return list(self._lines_behind())

    def _lines_behind(self) -> Iterator[str]:
        """Short lines behind the first paragraph, up to the next heading, in the headline's own containers."""
        node = self._headline
        prose = 0
        for _ in range(_NEAR + 1):
            if node is None or node.tag in ("body", "html"):
                return
            for sibling in siblings(node, after=True, limit=MAX_PARAGRAPHS):
                if prose and sibling.tag_id in _HEADINGS:
                    return
                for text in short_texts(sibling, _DEPTH, None, MAX_PARAGRAPHS):
                    prose += not text
                    if prose and text and len(text) <= MAX_TEXT_CHARS:
                        yield text
            node = node.parent

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
        """The element that prints the title: a heading, else what is called a title and says it, else whatever says it."""
        if not self._title:
            return None
        title, wanted = self._title, squeeze(self._title)
        headings = list(zip(self._head.headings, self._head.heading_nodes, strict=True))
        for exact in (True, False):
            # of two that say the same the later one: the first stands in the path to the page
            for heading, node in reversed(headings) if exact else headings:
                if (heading.bare == title) if exact else (title in heading.text):
                    return node
        for node in select(self._tree, _TITLES)[:_MAX_TITLES]:
            text = bounded_text(node, limit=MAX_TEXT_CHARS + len(title))
            if text and wanted in (said := squeeze(text)) and len(said) <= len(wanted) + _MAX_FAR_CHARS:
                return node
        body = self._tree.body
        for count, node in enumerate(body.traverse(include_text=True) if body is not None else ()):
            if count > _MAX_TEXT_NODES:
                break
            if node.is_text_node and title[: _MAX_TIME_CHARS // 4] in (node.text_content or ""):
                parent = node.parent
                if (
                    parent is not None
                    and parent.tag not in _NOT_IN
                    and wanted in squeeze(node.text_content or "")
                ):
                    return parent
        return None


# ------------------------------------------------------------------------------------------ what a line or element is


def _strange(text: str) -> int:
    """Return how many words of a line are no part of a date."""
    bare = _URL.sub("", UPDATED.split(text)[0] or text)
    return sum(1 for word in _WORD.findall(date_key(bare)) if word not in MONTHS and word not in WEEKDAYS)


def _is_today(text: str) -> bool:
    """Return True for a day without a time or a label: so the head of a page says what day it is."""
    return bool(DATE_LIKE.search(text)) and not (_TIME_OF_DAY.search(text) or PUBLISHED.search(text))


def _is_page_head(node: Node) -> bool:
    """Return True for the bar on top of a page, which has today's date."""
    attributes = node.attributes
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()
    return node.tag_id == _HEADER or _PAGE_HEAD.search(named) is not None


def _is_inside(node: Node) -> bool:
    """Return True for an element of a list, a link, a page's head or something foreign."""
    at: Node | None = node
    while at is not None and at.tag not in ("body", "html"):
        if at.tag in _NOT_IN or is_foreign(at) or _is_page_head(at):
            return True
        at = at.parent
    return False


def _class(node: Node | None) -> str:
    return (node.attributes.get("class") or "") if node is not None else ""


def _named(node: Node) -> str:
    """Return the name that microdata says in an element that prints nothing."""
    name = node.css_first('[itemprop="name"]') if "itemprop" in node.attributes else None
    return clean_line(name.attributes.get("content")) if name is not None else ""


def _level(node: Node | None, levels: dict[int, int]) -> int | None:
    """Return how far up from the headline the element that holds both stands; None for what belongs to something else."""
    while node is not None and node.tag != "html":
        level = levels.get(node.mem_id)
        if level is not None:
            return level
        if is_foreign(node):
            return None
        node = node.parent
    return None
