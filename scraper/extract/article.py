"""A page's text in, an Article out: body and headlines apart, with what the page says of itself. Pure.

html.parse            text or UTF-8    -> Tree               (raises PageTooComplex)
| metadata.extract    Tree             -> Metadata           title, date, authors ...
| rules.apply         Tree, Rules      -> Applied            only where the outlet has rules
| blocks.layout       Tree             -> Layout             the page as a list of blocks
| body.choose         Layout, title    -> Body
| related.extract     Layout, Body     -> headlines
| pagekind.judge      Layout, Body     -> codes              no article, or an odd one
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from scraper.codec import Struct, replace
from scraper.extract import blocks, body, class_names, html, metadata, outlet_rules, page_type, related
from scraper.extract.blocks import Layout
from scraper.extract.body import Body
from scraper.extract.confidence import Evidence, confidence
from scraper.extract.headlines import clean_title
from scraper.extract.metadata import Metadata
from scraper.model import Article, Entry, Extraction, Headline, Rules
from scraper.text import dates, language

_LANGUAGE_PARAGRAPHS = 20


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of one block of a page, and why. ``where`` is the element it stands in, as tag.class."""

    block: int
    verdict: Literal["body", "related", "dropped"]
    why: str
    text: str
    where: str = ""


class _Reading(Struct, frozen=True, kw_only=True):
    """Everything that is known of one page before it is put into words."""

    layout: Layout
    meta: Metadata
    body: Body
    paragraphs: tuple[str, ...]
    headlines: tuple[Headline, ...]
    method: str
    confidence: float
    warnings: tuple[str, ...]
    applied: outlet_rules.Applied | None = None


def extract(
    page: str | bytes,
    *,
    url: str | None = None,
    rules: Sequence[Rules] = (),
    published_hint: Entry | None = None,
    timezone: str = "UTC",
    languages: Sequence[str] = (),
    now: datetime | None = None,
    article_url: str | None = None,
) -> Article:
    """Everything that one page says, given as text or as UTF-8.

    Raises PageTooComplex; any other page gives an Article, if need be an empty one.
    """
    found = _read(
        page,
        url,
        rules=rules,
        entry=published_hint,
        timezone=timezone,
        languages=languages,
        now=now,
        article_url=article_url,
    )
    meta, applied = found.meta, found.applied
    title, authors = meta.title, meta.authors
    published, raw, source = meta.published, meta.published_raw, meta.published_from
    code, _ = language.detect(
        "\n".join(found.paragraphs[:_LANGUAGE_PARAGRAPHS]) or title or "",
        prior=languages or ((meta.language,) if meta.language else ()),
    )
    if applied is not None and (found.method == "rules" or not applied.rules.body):
        title = applied.title or title
        authors = applied.authors or authors
        if applied.date:
            when = dates.parse_date(applied.date, timezone=timezone, language=code or meta.language, now=now)
            if when is not None:
                published, raw, source = when, applied.date, "rules"
    return Article(
        title=title,
        body=found.paragraphs,
        related=found.headlines,
        authors=authors,
        published=published,
        published_raw=raw,
        published_from=source,
        modified=meta.modified,
        language=code or meta.language,
        summary=meta.summary,
        images=meta.images,
        tags=meta.tags,
        section=meta.section,
        canonical=meta.canonical,
        extraction=Extraction(method=found.method, confidence=found.confidence, warnings=found.warnings),
    )


def explain(text: str, *, url: str | None = None, rules: Sequence[Rules] = ()) -> tuple[Verdict, ...]:
    """Every block of a page with its verdict: nothing is dropped without a reason."""
    found = _read(
        text, url, rules=rules, entry=None, timezone="UTC", languages=(), now=None, article_url=None
    )
    layout = found.layout
    chosen = set(found.body.blocks)
    titles = {headline.title: headline for headline in found.headlines}
    skipped = sorted(layout.skipped_parts(), key=lambda part: part.before)
    verdicts: list[Verdict] = []
    for block in layout.blocks:
        while skipped and skipped[0].before <= block.index:
            part = skipped.pop(0)
            verdicts.append(_unread(part))
        element = layout.elements[block.element]
        where = element.tag + (f".{'.'.join(element.names.split())}" if element.names else "")
        headline = next((titles[t] for link in block.links if (t := clean_title(link.title)) in titles), None)
        verdict: Literal["body", "related", "dropped"] = "dropped"
        if block.index in chosen:
            verdict, why = "body", "lead" if block.index < found.body.flow else "text"
        elif headline is not None:
            verdict, why = (
                "related",
                f"{headline.where}, {headline.kind}" + (f": {headline.label}" if headline.label else ""),
            )
        else:
            why = found.body.reasons.get(block.index) or (
                "headline" if block.index == found.body.title_at else _outside(found, block.index)
            )
        verdicts.append(Verdict(block=block.index, verdict=verdict, why=why, text=block.text, where=where))
    verdicts += [_unread(part) for part in skipped]
    return tuple(verdicts)


def _unread(part: blocks.Skipped) -> Verdict:
    where = part.tag + (f".{'.'.join(part.names.split())}" if part.names else "")
    return Verdict(
        block=-1,
        verdict="dropped",
        why=f"not read ({class_names.describe(class_names.flags(part.tag, part.names))})",
        text=part.text,
        where=where,
    )


def _outside(found: _Reading, index: int) -> str:
    if not found.body.blocks:
        return ", ".join(found.warnings) or "no body"
    names = class_names.describe(found.layout.flags_around(index))
    place = "before the text" if index < found.body.blocks[0] else "after the text"
    return f"{place} ({names})" if names else place


def _read(
    page: str | bytes,
    url: str | None,
    *,
    rules: Sequence[Rules],
    entry: Entry | None,
    timezone: str,
    languages: Sequence[str],
    now: datetime | None,
    article_url: str | None,
) -> _Reading:
    url = _usable(url)
    tree = html.parse(page)
    meta = metadata.extract(tree, url=url, timezone=timezone, languages=languages, now=now, entry=entry)
    applied = _rules(tree, rules, meta)
    layout = blocks.layout(tree, thorough=applied is not None, marks=applied.marks if applied else None)
    evidence = Evidence(meta.article_body)
    found = body.choose(layout, meta.title, evidence.has if evidence else None)
    if (
        applied is None
        and layout.skipped
        and (found.prose < body.POOR or (found.title_at < 0 and layout.overlooks()))
    ):
        layout = blocks.layout(tree, thorough=True)
        found = body.choose(layout, meta.title, evidence.has if evidence else None)
    warnings = list(meta.warnings)
    method = "generic"
    if applied is not None:
        ruled = outlet_rules.body(layout, title_at=found.title_at) if applied.has_body else Body(reasons={})
        if ruled.blocks and ruled.prose >= 0.5 * found.prose:
            found, method = ruled, "rules"
        else:
            found = outlet_rules.without_dropped(layout, found)
            if applied.rules.body:
                warnings.append("rules_no_match" if not ruled.blocks else "rules_disagree")
    codes = page_type.judge(layout, found, meta.title, meta.types, meta.og_type)
    paragraphs = body.paragraphs(layout, found)
    if evidence and not paragraphs and "no_body" in codes:
        paragraphs = evidence.paragraphs()
        codes = [c for c in codes if c != "no_body"] + ["body_from_json_ld"]
    fatal = [c for c in codes if c in page_type.FATAL]
    if fatal and method != "rules":
        return _Reading(
            layout=layout,
            meta=meta,
            body=Body(reasons={}),
            paragraphs=(),
            headlines=(),
            method="none",
            confidence=0.0,
            warnings=tuple(dict.fromkeys(codes + warnings)),
            applied=applied,
        )
    headlines = related.extract(
        layout,
        found.blocks,
        url=url or _usable(meta.canonical),
        own=[u for u in (meta.canonical,) if u],
        title=meta.title,
        article_url=article_url,
        only=applied is not None and method == "rules" and "related" in applied.marks.values(),
    )
    # Disjoint by construction: a line that is also the headline of another article is that headline.
    printed = {headline.title for headline in headlines}
    doubled = {i for i in found.blocks if layout.blocks[i].text in printed}
    if doubled:
        found = replace(
            found,
            blocks=tuple(i for i in found.blocks if i not in doubled),
            reasons={**found.reasons, **dict.fromkeys(doubled, "headline of another article")},
        )
        paragraphs = body.paragraphs(layout, found)
    length = sum([len(p) for p in paragraphs])
    sureness, doubts = confidence(
        found, layout, length=length, evidence=evidence, entry=entry, meta=meta, method=method
    )
    return _Reading(
        layout=layout,
        meta=meta,
        body=found,
        paragraphs=paragraphs,
        headlines=headlines,
        method=method,
        confidence=sureness,
        warnings=tuple(dict.fromkeys([*codes, *doubts, *warnings])),
        applied=applied,
    )


def _usable(url: str | None) -> str | None:
    try:
        return url if url and urlsplit(url).netloc else None
    except ValueError:
        return None


def _rules(tree: html.Tree, rules: Sequence[Rules], meta: Metadata) -> outlet_rules.Applied | None:
    if not rules:
        return None
    return outlet_rules.try_in_order(tree, rules, meta.published.date() if meta.published else None)
