"""A page's text in, an Article out: body and headlines apart, with what the page says of itself. Pure.

html.parse            text             -> Tree               (raises PageTooComplex)
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

from scraper import blocks, body, dates, hints, html, language, metadata, pagekind, related, rules as outlet
from scraper.blocks import Layout
from scraper.body import Body
from scraper.codec import Struct
from scraper.metadata import Metadata
from scraper.model import Article, Entry, Extraction, Headline, Rules
from scraper.text import clean

_EVIDENCE_CHARS = 300  # a shorter articleBody proves nothing
_PROBE_CHARS = 40
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
    applied: outlet.Applied | None = None


def extract(
    text: str,
    *,
    url: str | None = None,
    rules: Sequence[Rules] = (),
    published_hint: Entry | None = None,
    timezone: str = "UTC",
    languages: Sequence[str] = (),
    now: datetime | None = None,
    article_url: str | None = None,
) -> Article:
    """Everything that one page says. Raises PageTooComplex; any other page gives an Article, if need be an empty one."""
    found = _read(text, url, rules, published_hint, timezone, languages, now, article_url, thorough=False)
    meta, applied = found.meta, found.applied
    title, authors = meta.title, meta.authors
    published, raw, source = meta.published, meta.published_raw, meta.published_from
    code, _ = language.detect(
        "\n".join(found.paragraphs[:_LANGUAGE_PARAGRAPHS]) or title or "",
        prior=languages or ((meta.language,) if meta.language else ()),
    )
    if applied is not None and found.method == "rules":
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


def explain(
    text: str, *, url: str | None = None, rules: Sequence[Rules] = (), article_url: str | None = None
) -> tuple[Verdict, ...]:
    """Every block of a page with its verdict: nothing is dropped without a reason."""
    found = _read(text, url, rules, None, "UTC", (), None, article_url, thorough=False)
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
        headline = next(
            (titles[t] for link in block.links if (t := related.clean_title(link.title)) in titles), None
        )
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
    return Verdict(block=-1, verdict="dropped", why="menu, footer or comments", text=part.text, where=where)


def _outside(found: _Reading, index: int) -> str:
    if not found.body.blocks:
        return ", ".join(found.warnings) or "no body"
    names = hints.describe(found.layout.flags_around(index))
    place = "before the text" if index < found.body.blocks[0] else "after the text"
    return f"{place} ({names})" if names else place


def _read(
    text: str,
    url: str | None,
    rules: Sequence[Rules],
    entry: Entry | None,
    timezone: str,
    languages: Sequence[str],
    now: datetime | None,
    article_url: str | None,  # noqa: ARG001 -- the list of headlines is judged by its own company
    *,
    thorough: bool,
) -> _Reading:
    url = _usable(url)
    tree = html.parse(text)
    meta = metadata.extract(tree, url=url, timezone=timezone, languages=languages, now=now, entry=entry)
    applied = _rules(tree, rules, meta)
    layout = blocks.layout(
        tree, thorough=thorough or applied is not None, marks=applied.marks if applied else None
    )
    evidence = _Evidence(meta.article_body)
    found = body.choose(layout, meta.title, evidence.has if evidence else None)
    if (
        not thorough
        and applied is None
        and layout.skipped
        and (found.prose < body.POOR or (found.title_at < 0 and layout.overlooks()))
    ):
        layout = blocks.layout(tree, thorough=True)
        found = body.choose(layout, meta.title, evidence.has if evidence else None)
    warnings = list(meta.warnings)
    method = "generic"
    if applied is not None:
        ruled = body.by_rules(layout) if applied.has_body else Body()
        if ruled.blocks and ruled.prose >= 0.5 * found.prose:
            found, method = ruled, "rules"
        else:
            warnings.append("rules_no_match" if not ruled.blocks else "rules_disagree")
    codes = pagekind.judge(layout, found, meta.title, meta.types, meta.og_type)
    paragraphs = body.paragraphs(layout, found)
    if evidence and not paragraphs and "no_body" in codes:
        paragraphs = evidence.paragraphs()
        codes = [c for c in codes if c != "no_body"] + ["body_from_json_ld"]
    fatal = [c for c in codes if c in pagekind.FATAL]
    if fatal and method != "rules":
        return _Reading(
            layout=layout,
            meta=meta,
            body=Body(),
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
        only=applied is not None and method == "rules" and "related" in applied.marks.values(),
    )
    length = sum([len(p) for p in paragraphs])
    confidence, doubts = _confidence(found, layout, length, evidence, entry, meta, method)
    return _Reading(
        layout=layout,
        meta=meta,
        body=found,
        paragraphs=paragraphs,
        headlines=headlines,
        method=method,
        confidence=confidence,
        warnings=tuple(dict.fromkeys([*codes, *doubts, *warnings])),
        applied=applied,
    )


def _usable(url: str | None) -> str | None:
    try:
        return url if url and urlsplit(url).netloc else None
    except ValueError:
        return None


def _rules(tree: html.Tree, rules: Sequence[Rules], meta: Metadata) -> outlet.Applied | None:
    if not rules:
        return None
    chosen = outlet.choose(rules, meta.published.date() if meta.published else None)
    return outlet.apply(tree, chosen) if chosen is not None else None


class _Evidence:
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


def _confidence(
    found: Body,
    layout: Layout,
    length: int,
    evidence: _Evidence,
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
