"""What else says something about the body: the page's own metadata, the feed. Evidence, not truth. Pure.

In: the JSON-LD articleBody, the feed's entry, the body that was found. Out: which paragraphs they confirm, how sure the
body is, and what speaks against it.
"""

from __future__ import annotations

from scraper.extract.blocks import Layout
from scraper.extract.body import Body
from scraper.extract.metadata import Metadata
from scraper.model import Entry
from scraper.text.normalize import clean

_EVIDENCE_CHARS = 300  # a shorter articleBody proves nothing
_PROBE_CHARS = 40


class Evidence:
    """The body as the page's own metadata gives it: believed where it agrees with what is printed, not otherwise."""

    __slots__ = ("_at", "_known", "_text", "length")

    def __init__(self, text: str | None) -> None:
        self._text = " ".join(text.split()) if text else ""
        self._at = 0  # paragraphs come in order: look from the last one on first
        self._known: dict[str, bool] = {}
        self.length = len(self._text)

    def __bool__(self) -> bool:
        return self.length >= _EVIDENCE_CHARS

    def has(self, text: str) -> bool:
        """Whether a paragraph stands in it, judged by a piece from its beginning."""
        found = self._known.get(text)
        if found is None:
            probe = text[:_PROBE_CHARS]
            at = self._text.find(probe, self._at)
            if at >= 0:
                self._at = at
                found = True
            else:
                found = probe in self._text or text[_PROBE_CHARS // 2 : _PROBE_CHARS + 20] in self._text
            self._known[text] = found
        return found

    def paragraphs(self) -> tuple[str, ...]:
        return (clean(self._text),)


def confidence(
    found: Body,
    layout: Layout,
    *,
    length: int,
    evidence: Evidence,
    entry: Entry | None,
    meta: Metadata,
    method: str,
) -> tuple[float, list[str]]:
    """How sure the body is, 0 to 1, and what speaks against it."""
    doubts: list[str] = []
    score = 0.9 if method == "rules" else 0.85
    if length < 200:
        score -= 0.25
    elif length < 500:
        score -= 0.1
    if found.title_at < 0:
        score -= 0.1
    if evidence and found.blocks:
        texts = [layout.blocks[i].text for i in found.blocks]
        total = sum([len(t) for t in texts])
        agreed = sum([len(t) for t in texts if evidence.has(t)])
        if agreed < 0.5 * min(total, evidence.length):
            doubts.append("body_disagrees")
            score -= 0.35
        else:
            score += 0.1
    summary = (entry.summary if entry else None) or ""
    content = len(entry.content) if entry and entry.content else 0
    if length < 0.6 * len(summary) or (content > 1_500 and length < 0.2 * content):
        doubts.append("body_short")
        score -= 0.3
    summary = summary or meta.summary or ""
    if summary and length < len(summary):
        score -= 0.1
    return round(min(max(score, 0.05), 1.0), 2), doubts
