"""Outlet rules (selectors from sources.toml) applied to one page. Pure.

In: the tree, the Rules, the article's date. Out: which nodes the rules name, and what they say of title, date, author.
A rule that matches nothing says nothing; who is right in the end is decided in article.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from scraper.codec import Struct, replace
from scraper.extract import boilerplate, list_headings
from scraper.extract.block_scores import prose
from scraper.extract.blocks import Layout
from scraper.extract.body import Body
from scraper.extract.html import Node, Tree, select
from scraper.model import Rules
from scraper.text.normalize import clean_line

_MAX_TITLE = 1_000
_ENOUGH = 0.5  # of the prose that is found without rules
DROPPED = "dropped by the source's rules"


class Applied(Struct, frozen=True, kw_only=True):
    """What one set of rules found. ``marks`` maps nodes (by mem_id) to "body", "lead", "related" or "drop"."""

    rules: Rules
    marks: dict[int, str]
    title: str | None = None
    date: str | None = None
    authors: tuple[str, ...] = ()

    @property
    def has_body(self) -> bool:
        return "body" in self.marks.values()


def in_force(rules: Sequence[Rules], published: dt.date | None) -> tuple[Rules, ...]:
    """Return the layouts of the article's time, to be tried in order: those that end first on or after that day, else those without an end."""
    current = tuple(r for r in rules if r.until is None)
    ends = sorted({r.until for r in rules if r.until is not None})
    later = [end for end in ends if published is not None and published <= end]
    end = later[0] if later else ends[-1] if ends and not current else None
    return current if end is None else tuple(r for r in rules if r.until == end)


def try_in_order(tree: Tree, rules: Sequence[Rules], published: dt.date | None) -> Applied | None:
    """Return what the first layout says whose body is on the page; if there is none, what the first one says."""
    first: Applied | None = None
    for layout in in_force(rules, published):
        applied = apply(tree, layout)
        if applied.has_body:
            return applied
        first = first or applied
    return first


def apply(tree: Tree, rules: Rules) -> Applied:
    """Find what the rules name. In each list the first selector that matches wins; ``drop`` and ``related`` use all."""
    marks: dict[int, str] = {}
    for name, selectors in (("lead", rules.lead), ("body", rules.body)):
        for node in _first(tree, selectors):
            marks[node.mem_id] = name
    for name, selectors in (("related", rules.related), ("drop", rules.drop)):
        for selector in selectors:
            for node in select(tree, selector):
                marks[node.mem_id] = name
    return Applied(
        rules=rules,
        marks=marks,
        title=next((t for n in _first(tree, rules.title) if (t := _text(n))), None),
        date=next((t for n in _first(tree, rules.date) if (t := _stamp(n))), None),
        authors=tuple(dict.fromkeys(t for n in _first(tree, rules.author) if (t := _text(n)))),
    )


def preferred(layout: Layout, found: Body, applied: Applied | None) -> tuple[Body, str, list[str]]:
    """Return the body that the rules give, or else the one that was found; which method gave it; what to warn of."""
    if applied is None:
        return found, "generic", []
    ruled = body(layout, title_at=found.title_at) if applied.has_body else Body(reasons={})
    if ruled.blocks and ruled.prose >= _ENOUGH * found.prose:
        return ruled, "rules", []
    doubted = ["rules_no_match" if not ruled.blocks else "rules_disagree"] if applied.rules.body else []
    return without_dropped(layout, found), "generic", doubted


def body(layout: Layout, *, title_at: int = -1) -> Body:
    """Return the body as marks in the layout name it: "body" and "lead" without "drop" and without the headline."""
    names: dict[int, str] = {}
    for element in layout.elements:
        mark = layout.marked.get(element.index) or names.get(element.parent)
        if mark is not None:
            names[element.index] = mark
    lead: list[int] = []
    chosen: list[int] = []
    reasons: dict[int, str] = {}
    amount = 0.0
    for block in layout.blocks:
        mark = names.get(block.element)
        if block.index == title_at:
            reasons[block.index] = "headline"
        elif mark == "drop":
            reasons[block.index] = DROPPED
        elif mark == "body":
            text = block.text
            if block.linked > 0.8 * len(text) or (block.linked and list_headings.lead_in(text) is not None):
                reasons[block.index] = "link"
            elif boilerplate.is_label(text):
                reasons[block.index] = "label"
            else:
                chosen.append(block.index)
                amount += prose(block)
        elif mark == "lead":
            lead.append(block.index)
    while chosen and boilerplate.is_call(layout.blocks[chosen[-1]].text):
        reasons[chosen.pop()] = "call"
    return Body(
        blocks=tuple(sorted({*lead, *chosen})),
        flow=chosen[0] if chosen else 0,
        title_at=title_at,
        prose=amount,
        reasons=reasons,
    )


def without_dropped(layout: Layout, found: Body) -> Body:
    """Return a body that the rules did not choose, without what they drop. Unchanged where that would be most of it."""
    dropped = layout.blocks_marked("drop").intersection(found.blocks)
    amount = sum(prose(layout.blocks[i]) for i in dropped)
    if not dropped or amount > 0.5 * sum(prose(layout.blocks[i]) for i in found.blocks):
        return found
    return replace(
        found,
        blocks=tuple(i for i in found.blocks if i not in dropped),
        prose=found.prose - amount,
        reasons={**found.reasons, **dict.fromkeys(dropped, DROPPED)},
    )


def _first(tree: Tree, selectors: Sequence[str]) -> list[Node]:
    for selector in selectors:
        found = select(tree, selector)
        if found:
            return found
    return []


def _text(node: Node) -> str:
    attributes = node.attributes
    return clean_line(attributes.get("content") or node.text())[:_MAX_TITLE]


def _stamp(node: Node) -> str:
    """Return a date as an attribute gives it, else as printed."""
    attributes = node.attributes
    return clean_line(attributes.get("datetime") or attributes.get("content") or node.text())[:_MAX_TITLE]
