"""Compare a source's rules with generic extraction on one page: do they match, and what do they change? Pure.

In: a page's text, the Rules, and the Articles that both ways made of it. Out: a Comparison.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from scraper.codec import Struct
from scraper.dedupe import similarity as shingles
from scraper.extract import html, outlet_rules
from scraper.model import Article, Rules
from scraper.text.normalize import folded_words

RulesVerdict = Literal["match", "no match", "disagree", "no rules"]

_KEYS = ("title", "lead", "body", "date", "author", "related", "drop")


class Side(Struct, frozen=True, kw_only=True):
    """What one way made of the page."""

    title: str | None
    published: dt.datetime | None
    authors: tuple[str, ...]
    paragraphs: int
    characters: int
    headlines: int


class Comparison(Struct, frozen=True, kw_only=True):
    """One page both ways. ``similarity`` is the share of the shorter body found in the other; ``silent`` keys select nothing."""

    url: str
    verdict: RulesVerdict
    silent: tuple[str, ...]
    similarity: float
    only_rules: tuple[str, ...]  # paragraphs that only the rules keep
    only_generic: tuple[str, ...]
    rules: Side
    generic: Side

    @property
    def differs(self) -> tuple[str, ...]:
        """Return what the rules change, by name."""
        ours, theirs = self.rules, self.generic
        told = {
            "title": ours.title != theirs.title,
            "date": ours.published != theirs.published,
            "authors": ours.authors != theirs.authors,
            "body": bool(self.only_rules or self.only_generic),
            "headlines": ours.headlines != theirs.headlines,
        }
        return tuple(name for name, differs in told.items() if differs)


def compare_extractions(
    text: str, *, url: str, rules: Sequence[Rules], ruled: Article, generic: Article
) -> Comparison:
    """Put both side by side. The rules are those of the page's time. Raises PageTooComplex."""
    day = generic.published.date() if generic.published else None
    tree = html.parse(text)
    applied = outlet_rules.try_in_order(tree, rules, day)
    silent = _silent(tree, applied.rules) if applied is not None else ()
    bodies = [folded_words(" ".join(article.body)) for article in (ruled, generic)]
    ours, theirs = set(ruled.body), set(generic.body)
    return Comparison(
        url=url,
        verdict=_verdict(applied, silent, ruled),
        silent=silent,
        similarity=1.0 if bodies[0] == bodies[1] else shingles.similarity_of(*bodies).similarity,
        only_rules=tuple(p for p in ruled.body if p not in theirs),
        only_generic=tuple(p for p in generic.body if p not in ours),
        rules=_side(ruled),
        generic=_side(generic),
    )


def _verdict(applied: outlet_rules.Applied | None, silent: Sequence[str], ruled: Article) -> RulesVerdict:
    if applied is None:
        return "no rules"
    if "rules_disagree" in ruled.extraction.warnings:
        return "disagree"
    # drop and related may select nothing on a page that has no adverts; a title or a body every page has
    if any(key in silent for key in ("title", "body")):
        return "no match"
    return "match"


def _silent(tree: html.Tree, rules: Rules) -> tuple[str, ...]:
    """Return the keys none of whose selectors finds anything on this page."""
    return tuple(
        key
        for key in _KEYS
        if (selectors := getattr(rules, key)) and not any(html.select(tree, s) for s in selectors)
    )


def _side(article: Article) -> Side:
    return Side(
        title=article.title,
        published=article.published,
        authors=article.authors,
        paragraphs=len(article.body),
        characters=sum(map(len, article.body)),
        headlines=sum(h.where != "elsewhere" for h in article.related),
    )
