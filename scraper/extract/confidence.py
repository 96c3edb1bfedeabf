"""Say how sure the body is, and what speaks against it: a table of named doubts, each with its price. Pure.

In: the body that was found, the estimate of the page's prose, the page's own metadata, the feed's entry. Out: 0 to 1, and
the doubts that a person should hear of. Calibrated on pages that the extractor was not made for (docs/quality.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from scraper.codec import Struct
from scraper.extract import vocabulary
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Layout
from scraper.extract.body import Body
from scraper.extract.metadata import Metadata
from scraper.extract.thresholds import CONFIDENCE
from scraper.model import Entry
from scraper.text.normalize import clean_line

_PAGE_OF = re.compile(rf"(?x){vocabulary.pattern('page_of')}")

_SECOND = re.compile(r"\W*2\s*(?:of|/|из)\s*\d")


class Evidence:
    """The body as the page's own metadata gives it: believed where it agrees with what is printed, not otherwise."""

    __slots__ = ("_at", "_known", "_lines", "_text", "length")

    def __init__(self, text: str | None) -> None:
        self._lines = (text or "").splitlines()
        self._text = " ".join(text.split()) if text else ""
        self._at = 0  # paragraphs come in order: look from the last one on first
        self._known: dict[str, bool] = {}
        self.length = len(self._text)

    def __bool__(self) -> bool:
        return self.length >= CONFIDENCE.evidence_chars

    def has(self, text: str) -> bool:
        """Return True if a paragraph stands in it, judged by a piece from its beginning."""
        found = self._known.get(text)
        if found is None:
            size = CONFIDENCE.probe_chars
            probe = text[:size]
            at = self._text.find(probe, self._at)
            if at >= 0:
                self._at = at
                found = True
            else:
                found = probe in self._text or text[size // 2 : size + size // 2] in self._text
            self._known[text] = found
        return found

    def is_far_longer_than(self, paragraphs: tuple[str, ...]) -> bool:
        """Return True if the page prints a small part of it: the rest is left to a script."""
        return sum(map(len, paragraphs)) < CONFIDENCE.of_evidence * self.length

    def paragraphs(self) -> tuple[str, ...]:
        return tuple(text for line in self._lines if (text := clean_line(line)))


class Signs(Struct, frozen=True, kw_only=True):
    """What the doubts are judged by."""

    layout: Layout
    body: Body
    texts: tuple[str, ...]
    evidence: Evidence
    entry: Entry | None
    meta: Metadata

    @property
    def chars(self) -> int:
        return sum(map(len, self.texts))

    @property
    def prose(self) -> float:
        """Return the prose of the chosen blocks."""
        raw = self.body.weights
        return sum([raw[i] for i in self.body.blocks]) if raw else self.body.prose

    @property
    def all_prose(self) -> float:
        """Return the prose of the page."""
        return sum(self.body.weights) if self.body.weights else self.body.prose


def _disagrees(s: Signs) -> bool:
    if not s.evidence or not s.body.blocks:
        return False
    texts = [s.layout.blocks[i].text for i in s.body.blocks]
    agreed = sum([len(t) for t in texts if s.evidence.has(t)])
    return agreed < 0.5 * min(sum(map(len, texts)), s.evidence.length)


def _is_shorter_than_feed(s: Signs) -> bool:
    summary = (s.entry.summary if s.entry else None) or ""
    content = len(s.entry.content) if s.entry and s.entry.content else 0
    return s.chars < CONFIDENCE.of_summary * len(summary) or (
        content > CONFIDENCE.long_content and s.chars < CONFIDENCE.of_content * content
    )


def _keeps_less(s: Signs) -> bool:
    """Less of the page's prose than stands where a text stands, or none of what stands nearest to the headline."""
    return s.prose < CONFIDENCE.of_estimate * s.body.estimate or (
        s.body.title_at >= 0 and s.body.flow - s.body.title_at > CONFIDENCE.far_blocks
    )


def _is_part(s: Signs) -> bool:
    """Return True if the page says that it is one of several, ends in a pager, or is the beginning of what is sold."""
    if s.meta.paid and s.chars < CONFIDENCE.of_paid:
        return True
    first, last = max(s.body.title_at, 0), max(s.body.blocks, default=-CONFIDENCE.blocks_below)
    near = [
        b
        for b in s.layout.blocks[first : last + CONFIDENCE.blocks_below]
        if len(b.text) < CONFIDENCE.page_of_chars
    ]
    slides = any(
        _SECOND.match(b.text) for b in near
    )  # pictures are counted as pages are, but all on one page
    return (not slides and any(_PAGE_OF.search(b.text.lower()) for b in near)) or any(
        one.text == "1" and two.text == "2" and two.links for one, two in pairwise(near)
    )


def _is_unheaded(s: Signs) -> bool:
    at = s.body.title_at
    return at < 0 or s.layout.blocks[at].tag not in HEADINGS


def _is_listed(s: Signs) -> bool:
    """Many short lines: a table, a shop's list."""
    return len(s.texts) > CONFIDENCE.many_lines and s.chars < CONFIDENCE.short_line * len(s.texts)


Doubt = tuple[str, float, Callable[[Signs], bool]]
DOUBTS: tuple[Doubt, ...] = (  # (name, price, test): prices add up
    ("body_disagrees", 0.35, _disagrees),
    ("body_short", 0.3, _is_shorter_than_feed),
    ("body_doubtful", 0.35, _keeps_less),
    ("body_partial", 0.35, _is_part),
    ("listed", 0.3, _is_listed),
    ("tiny", 0.15, lambda s: s.chars < CONFIDENCE.tiny),
    ("brief", 0.1, lambda s: s.chars < CONFIDENCE.brief),
    (
        "few",
        0.1,
        lambda s: len(s.texts) <= CONFIDENCE.few_paragraphs and s.chars < CONFIDENCE.few_chars,
    ),
    ("unheaded", 0.1, _is_unheaded),
    ("little of the page", 0.1, lambda s: s.prose < CONFIDENCE.of_page * s.all_prose),
)
WARNINGS = frozenset(("body_disagrees", "body_short", "body_doubtful", "body_partial"))


def confidence(found: Signs, *, method: str) -> tuple[float, list[str]]:
    """Return how sure the body is, 0 to 1, and the doubts that a person should hear of."""
    held = [(name, price) for name, price, test in DOUBTS if test(found)]
    names = [name for name, _ in held]
    score = CONFIDENCE.ruled if method == "rules" else CONFIDENCE.generic
    if found.evidence and found.body.blocks and "body_disagrees" not in names:
        score += CONFIDENCE.confirmed
    score -= sum([price for _, price in held])
    return round(min(max(score, 0.05), 1.0), 2), [name for name in names if name in WARNINGS]
