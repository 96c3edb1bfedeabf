"""Find what is printed around the headline and below the text: lines where a date may stand, and bylines.

Looked at only when nothing declares them. The search goes outwards from the headline over the blocks of the page; what
belongs to another article, a side column, a comment or the head of the whole page is left out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from scraper.extract.block_reader import Readings
from scraper.extract.block_scores import HEADINGS
from scraper.extract.headline_lines import (
    GLUED_CHARS,
    NO_HEADLINE,
    Around,
    NearbyLine,
    find_headline,
    is_foreign,
)
from scraper.extract.html import Node, select
from scraper.extract.meta_tags import Head
from scraper.extract.publication_date import COPYRIGHT, DATE_LIKE, PUBLISHED, UPDATED, DateCandidate
from scraper.text.date_names import MONTHS, WEEKDAYS, date_key
from scraper.text.normalize import clean_line

MAX_TEXT_CHARS = 140  # a longer block is prose
# How far up from the headline lines and bylines are looked for
_NEAR, _BEHIND, _BYLINE_LEVELS = 3, 2, 5
_MAX_FAR_CHARS = 48
_PROSE_TEXTS = 2  # a standfirst may stand between headline and date, the article itself may not
_MAX_LINES = 400  # behind the text
_MAX_BYLINES, _MAX_TIMES, _MAX_DATED, _MAX_LINKS, _MAX_NODES = 200, 12, 60, 8, 48
_MAX_TIME_CHARS, _LINK_TITLE_CHARS, _LABEL_LEVELS = 60, 15, 3
_CARD_CHARS, _CARD_LEVELS = 800, 5  # of a box with another article's headline, teaser and byline
# Words beside a date: in a line below the text, in one near the headline, in one with a label
_FEW_WORDS, _SOME_WORDS, _MANY_WORDS = 3, 8, 14
_DATED = '[class*="date" i],[class*="time" i],[class*="publi" i],[class*="posted" i],[id*="date" i]'
# In small letters: a pattern that need not fold letters is sought four times as fast.
_BYLINE = re.compile(r"author|byline|autor|yazar|muellif|avtor|journalist|reporter")
_BYLINE_LINK = re.compile(r"/(?:author|autor|avtor|yazar|journalist|muellif)")
_PAGE_HEAD = re.compile(
    r"(?:^|[\s_-])(?:top|header|masthead|top-?(?:bar|line|menu)|head-?(?:er|bar|line)?-?(?:top|info)|nav\w*|menu|weather|today|current)(?:$|[\s_-])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TIME_OF_DAY = re.compile(r"\d:\d\d|\d\s?[ap]\.?m\b", re.IGNORECASE)
_CLOCK = re.compile(r"\W*\d{1,2}[:.]\d\d\W*")
_MANY_CLOCKS = 3  # of rows of results, or of a list of news
_WITH_YEAR = re.compile(r"\d{4}|\d[./-]\d{1,2}[./-]\d")
_WORD = re.compile(r"[^\W\d_]{2,}")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_OTHER_LABEL = re.compile(r"[^\d:]*[^\W\d_]:\s(?!\S*/)\D*\d")  # "The next meeting: 4 March 2026"
_ENDS_IN_DATE = re.compile(r"\d(?:\s?[ap]\.?m\.?)?(?:\s[A-Z]{2,4})?\W*$", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?:[^\W\d_]+[\W_]+){4,}.*\([^()]*\d{4}\)$"
)  # "What others wrote (The Paper, 8 January 2026)"
# "TBILISI, March 4, 2026 - The road", "4 March 2026 18:20The road"
_DATELINE = re.compile(
    r"(?:[^\W\d_][^\W\d_ .'-]{1,24}[,:]\s*)?\W*"
    r"((?:[^\W\d_]{3,9}\.? \d{1,2}, \d{4}|\d{1,2}(?:st|nd|rd|th)? [^\W\d_]{3,9}\.? \d{4})(?=\s*(?:--|[–—/-])\s)"
    r"|\d{1,2} [^\W\d_]{3,9} \d{4},? \d{1,2}:\d\d(?=[^\W\d_]))"
)
_STORY = re.compile(r"article|post|story|news|entry")


class NearHeadline:
    """The neighbourhood of the headline; searched when asked for, once."""

    def __init__(self, readings: Readings, head: Head, title: str | None) -> None:
        self._readings, self._head = readings, head
        self._title = title or ""

    def signatures(self) -> Iterator[tuple[str, bool]]:
        """Yield lines that may name the author, those near the headline first; with each whether it stands above the text, unlinked."""
        blocks = self._around.layout.blocks
        for lines, near in ((self._neighbours, True), (self._behind_text, False)):
            for line in lines:
                own = blocks[line.start : line.end]
                plain = near and line.start > self._around.at and not any(block.linked for block in own)
                yield " | ".join([block.text for block in own]), plain

    def dates(self, *, beside: bool = False) -> Iterator[str]:
        """Yield lines that may say when the article was published, the surest place first; ``beside``: near the headline only."""
        for find in (self._in_headline, self._beside, self._below, self._named)[: 2 if beside else None]:
            texts = [text for text in find() if DATE_LIKE.search(text)]
            clocks = sum(1 for text in texts if _CLOCK.fullmatch(text))
            yield from (text for text in texts if clocks < _MANY_CLOCKS or not _CLOCK.fullmatch(text))

    def bylines(self) -> Iterator[tuple[int, str, bool]]:
        """Yield how far from the headline an element stands that is called a byline, its text, and whether it is a sure one.

        The nearest first; none of comments, side columns and other articles.
        """
        at, end = self._around.at, self._opening_at
        between = [n for line in self._neighbours if at < line.start < end for n in self._called(line)]
        others = [line for line in self._neighbours if not at < line.start < end] + self._behind_text
        elsewhere = [n for line in others for n in self._called(line)] + self._head.authors[:_MAX_BYLINES]
        own = {node.mem_id for node in between}
        nodes = {node.mem_id: node for node in [*between, *elsewhere]}
        found: list[tuple[int, int, str, bool]] = []
        for order, node in enumerate(nodes.values()):
            level = _level(node, self._levels)
            if level is None or (node.mem_id not in own and self._is_of_another(node)):
                continue
            sign = " | " if node.css_first("br") is not None else " "
            text = clean_line(node.text(separator=sign)) or _named(node)
            if text and len(text) <= MAX_TEXT_CHARS:
                attributes = node.attributes
                sure = node.tag == "a" or attributes.get("rel") == "author" or "itemprop" in attributes
                found.append((level, order, text, sure))
        yield from ((level, text, sure) for level, _, text, sure in sorted(found))

    def times(self) -> list[DateCandidate]:
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
            if not raw or len(raw) > _MAX_TIME_CHARS or (level := _level(node, self._levels)) is None:
                continue
            if UPDATED.search(f"{attributes.get('class') or ''} {_class(node.parent)}") or _is_called_update(
                node
            ):
                continue
            unnamed = "ublished" not in (attributes.get("itemprop") or attributes.get("property") or "")
            found.append((unnamed, not behind, level, raw))
        found.sort(key=lambda item: item[:3])
        return [
            DateCandidate(raw=raw, source="time", weak=unnamed and before)
            for unnamed, before, _, raw in found
        ]

    def _is_of_another(self, node: Node) -> bool:
        """Return True for a byline in the page's head, or in a small box that links to another text."""
        own = clean_line(node.text())
        holders: list[Node] = []
        at: Node | None = node
        while at is not None and at.mem_id not in self._levels:
            holders.append(at)
            at = at.parent
        for holder in holders[:_CARD_LEVELS]:
            if len(clean_line(holder.text())) > _CARD_CHARS:
                break
            for link in select(holder, "a[href]")[:_MAX_LINKS]:
                text = clean_line(link.text())
                headed = link.parent is not None and link.parent.tag in HEADINGS
                if (
                    len(text) > _LINK_TITLE_CHARS
                    and text not in own
                    and (headed or _strange(text) > _FEW_WORDS)
                ):
                    return True
        if not holders or not self._is_before(holders[-1]):
            return False
        return any(_is_page_head(holder.tag, f"{_class(holder)} {holder.id or ''}") for holder in holders)

    def _is_before(self, box: Node) -> bool:
        """Return True if an element stands in front of the headline's own branch, beside it."""
        sibling = box.next
        while sibling is not None:
            if sibling.mem_id in self._levels:
                return True
            sibling = sibling.next
        return False

    # -------------------------------------------------------------------------------------- places of dates

    def _in_headline(self) -> Iterator[str]:
        """Yield a date glued to the headline, in one element with it."""
        if self._around.at >= 0:
            text = self._around.layout.blocks[self._around.at].text
            if text != self._title and len(text) <= len(self._title) + GLUED_CHARS:
                yield text.replace(self._title, "").strip()

    def _beside(self) -> Iterator[str]:
        """Yield lines between the headline and the text, and in front of the headline where that is not the page's head."""
        for line in self._neighbours:
            rest = line.text.replace(self._title, "")
            sure = PUBLISHED.search(rest) or _ENDS_IN_DATE.search(rest)
            if _strange(rest) <= (_MANY_WORDS if sure else _SOME_WORDS) and not _REFERENCE.search(rest):
                yield rest
            elif opening := _DATELINE.match(rest):
                yield opening[1]
        for block in self._around.layout.blocks[self._opening_at :][:1]:
            if opening := _DATELINE.match(block.text[:MAX_TEXT_CHARS]):
                yield opening[1]

    def _below(self) -> Iterator[str]:
        """Yield a line behind the text that says little but a date; where several dates stand, one with a label or a time."""
        said = (line.text for line in self._behind_text if _WITH_YEAR.search(line.text))
        lines = list(dict.fromkeys(text for text in said if not COPYRIGHT.search(text)))
        timed = [
            text for text in lines if _TIME_OF_DAY.search(text)
        ]  # several are of other articles, or comments
        for text in lines:
            labelled = PUBLISHED.search(text) is not None
            limit = _SOME_WORDS if labelled else -1 if _OTHER_LABEL.match(text) else _FEW_WORDS
            if _strange(text) <= limit and (labelled or len(lines) == 1 or timed == [text]):
                yield text

    def _named(self) -> Iterator[str]:
        """Yield what elements say that are called a date, if all of them say the same."""
        found: dict[str, None] = {}
        for node in select(self._readings.tree, _DATED)[:_MAX_DATED]:
            text = clean_line(node.text(separator=" "))
            if len(text) <= _MAX_FAR_CHARS and _WITH_YEAR.search(text) and not _is_inside(node):
                found[text] = None
        if len(found) == 1:
            yield from found

    # -------------------------------------------------------------------------------------- walking

    @cached_property
    def _around(self) -> Around:
        """The headline in the page as far as it is needed: menus and columns too, where they hold it."""
        careful = self._readings.careful
        at = find_headline(careful, self._title)
        if at >= 0 and (careful.blocks[at].tag in HEADINGS or not careful.overlooks_headline()):
            return Around(careful, at)
        thorough = self._readings.thorough
        return Around(thorough, at if thorough is careful else find_headline(thorough, self._title))

    @cached_property
    def _levels(self) -> dict[int, int]:
        """The headline and its ancestors in the tree, by how far up they are."""
        nodes = self._around.layout.nodes
        ranked = zip(self._around.path, self._around.ranks, strict=True)
        return {nodes[e].mem_id: rank for e, rank in ranked if rank < _BYLINE_LEVELS}

    @cached_property
    def _neighbours(self) -> list[NearbyLine]:
        return sorted([*self._after(), *self._before()], key=lambda line: line.level)

    def _after(self) -> Iterator[NearbyLine]:
        """Yield lines behind the headline, up to the text."""
        prose = 0
        for line in self._around.after(_NEAR):
            prose += len(line.text) > MAX_TEXT_CHARS
            if prose >= _PROSE_TEXTS:
                break
            if len(line.text) <= MAX_TEXT_CHARS:
                yield line

    def _before(self) -> Iterator[NearbyLine]:
        """Yield lines in front of the headline; far from it stands the page's own head, with today's date."""
        elements, around = self._around.layout.elements, self._around
        for line in around.before(_NEAR):
            box, level = line.box, line.level
            if len(line.text) > MAX_TEXT_CHARS or (level and box and _is_page_head(box.tag, box.names)):
                continue
            holders = [e for e, rank in zip(around.path, around.ranks, strict=True) if rank == level + 1]
            own = not level or any(_STORY.search((elements[e].style or "").lower()) for e in holders)
            if own or not _is_today(line.text):
                yield line

    @cached_property
    def _behind_text(self) -> list[NearbyLine]:
        """Short lines behind the first paragraph, up to the next heading, in the headline's own containers."""
        found: list[NearbyLine] = []
        prose = 0
        for line in self._around.after(_BEHIND, _MAX_LINES):
            if prose and line.box is not None and line.box.tag in HEADINGS:
                break
            prose += len(line.text) > MAX_TEXT_CHARS
            if prose and len(line.text) <= MAX_TEXT_CHARS:
                found.append(line)
        return found

    @cached_property
    def _opening_at(self) -> int:
        """The block of the first paragraph behind the headline; the number of blocks if there is none."""
        long = (line.start for line in self._around.after(_NEAR) if len(line.text) > MAX_TEXT_CHARS)
        return next(long, len(self._around.layout.blocks))

    def _called(self, line: NearbyLine) -> Iterator[Node]:
        """Yield the elements of a line, block or inline, that are called a byline."""
        elements, nodes = self._around.layout.elements, self._around.layout.nodes
        own = {block.element for block in self._around.layout.blocks[line.start : line.end]}
        for first in sorted(own):
            e = first
            while e >= 0 and not self._around.holds(e):
                if _is_byline(nodes[e]):
                    yield nodes[e]
                e = elements[e].parent
            yield from filter(_is_byline, _inline(nodes[first]))


# ------------------------------------------------------------------------------------------ what a line or element is


def _inline(root: Node) -> Iterator[Node]:
    """Yield the elements in a small part of the tree."""
    stack = [root.child]
    left = _MAX_NODES
    while stack and left:
        node = stack.pop()
        while node is not None and left:
            left -= 1
            if not node.is_text_node:
                yield node
                stack.append(node.child)
            node = node.next


def _is_byline(node: Node) -> bool:
    attributes = node.attributes
    if _BYLINE.search((attributes.get("class") or "").lower()):
        return True
    return node.tag == "a" and _BYLINE_LINK.search(attributes.get("href") or "") is not None


def _is_called_update(node: Node) -> bool:
    """Return True if "last updated" stands before a time, in a line that holds little else."""
    own, at = clean_line(node.text()), node.parent
    for _ in range(_LABEL_LEVELS):
        line = clean_line(at.text()) if at is not None else ""
        if at is None or not own or len(line) > MAX_TEXT_CHARS:
            return False
        label = line.partition(own)[0]
        if label:
            return _strange(label) <= _SOME_WORDS and UPDATED.search(PUBLISHED.split(label)[-1]) is not None
        at = at.parent
    return False


def _strange(text: str) -> int:
    """Return how many words of a line are no part of a date."""
    bare = _URL.sub("", UPDATED.split(text)[0] or text)
    return sum(1 for word in _WORD.findall(date_key(bare)) if word not in MONTHS and word not in WEEKDAYS)


def _is_today(text: str) -> bool:
    """Return True for a day without a time or a label: so the head of a page says what day it is."""
    return bool(DATE_LIKE.search(text)) and not (_TIME_OF_DAY.search(text) or PUBLISHED.search(text))


def _is_page_head(tag: str | None, names: str) -> bool:
    """Return True for the bar on top of a page, which has today's date."""
    return tag == "header" or _PAGE_HEAD.search(_CAMEL.sub("-", names).lower()) is not None


def _is_inside(node: Node) -> bool:
    """Return True for an element of a list, a link, a page's head or something foreign."""
    at: Node | None = node
    while at is not None and at.tag not in ("body", "html"):
        if (
            at.tag in NO_HEADLINE
            or is_foreign(at.tag, _class(at) or at.id)
            or _is_page_head(at.tag, f"{_class(at)} {at.id or ''}")
        ):
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
        if is_foreign(
            node.tag, _class(node) or node.id, node.parent.tag if node.parent is not None else None
        ):
            return None
        node = node.parent
    return None
