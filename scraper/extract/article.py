"""Take a page's text and give an Article: body and headlines apart, with what the page says of itself. Pure.

html.parse            text or UTF-8    -> Tree               (raises PageTooComplex)
| metadata.extract    Tree             -> Metadata           title, date, authors ...
| outlet_rules        Tree, Rules      -> Applied            only where the outlet has rules
| block_reader.layout Tree             -> Layout             the page as a list of blocks; thorough: menus too
| body.choose         Layout, title    -> Body
| page_type.judge     Layout, Body     -> codes              no article, or an odd one
| related.extract     Layout, Body     -> headlines
| confidence          Body, evidence   -> how sure, and what speaks against it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from scraper.codec import Struct, replace
from scraper.extract import block_reader, body, confidence, html, metadata, outlet_rules, page_type, related
from scraper.extract.block_reader import Readings
from scraper.extract.blocks import Layout
from scraper.extract.body import Body
from scraper.extract.confidence import Evidence
from scraper.extract.metadata import Metadata
from scraper.extract.outlet_rules import Applied
from scraper.extract.related import Found
from scraper.extract.thresholds import BODY
from scraper.model import Article, Entry, Extraction, Headline, Rules
from scraper.text import dates, language

_LANGUAGE_PARAGRAPHS = 20


class Known(TypedDict, total=False):
    """Hold what is known of a page from outside: its address, the rules, zone and languages of its source, its feed entry.

    ``now`` is when the page was seen; where nobody knows, ``latest`` is a bound for its dates. ``timezone`` is the
    outlet's, None if nobody knows it; ``article_url`` is the outlet's pattern for addresses of articles.
    """

    url: str | None
    rules: Sequence[Rules]
    entry: Entry | None
    timezone: str | None
    languages: Sequence[str]
    now: datetime | None
    latest: datetime | None
    article_url: str | None


class PageInput(Struct, frozen=True, kw_only=True):
    """One page, and what is known of it (``Known`` tells what each field means)."""

    page: str | bytes
    url: str | None = None
    rules: Sequence[Rules] = ()
    entry: Entry | None = None
    timezone: str | None = None
    languages: Sequence[str] = ()
    now: datetime | None = None
    latest: datetime | None = None
    article_url: str | None = None

    @property
    def usable_url(self) -> str | None:
        return _usable(self.url)


class PageDraft(Struct, frozen=True, kw_only=True):
    """Everything that is known of one page before it is put into words."""

    layout: Layout
    meta: Metadata
    body: Body
    paragraphs: tuple[str, ...] = ()
    headlines: tuple[Headline, ...] = ()
    refused_links: Mapping[int, str] = {}  # by block: why its links are no headlines of other articles
    method: str = "none"
    confidence: float = 0.0
    warnings: tuple[str, ...] = ()
    applied: Applied | None = None


def extract_article(page: str | bytes, **known: Unpack[Known]) -> Article:
    """Return everything that one page says, given as text or as UTF-8.

    Raises PageTooComplex; any other page gives an Article, if need be an empty one.
    """
    given = PageInput(page=page, **known)
    return _article(given, read_page(given))


def _article(given: PageInput, found: PageDraft) -> Article:
    meta, applied = found.meta, found.applied
    title, authors = meta.title, meta.authors
    published, raw, source = meta.published, meta.published_raw, meta.published_from
    code, _ = language.detect_language(
        "\n".join(found.paragraphs[:_LANGUAGE_PARAGRAPHS]) or title or "",
        prior=given.languages or ((meta.language,) if meta.language else ()),
    )
    if applied is not None and (found.method == "rules" or not applied.rules.body):
        title, authors = applied.title or title, applied.authors or authors
        when = dates.parse_date(
            applied.date or "",
            timezone=given.timezone,
            language=code or meta.language,
            now=given.now,
            latest=given.latest,
        )
        if when is not None:
            published, raw, source = when, applied.date, "rules"
    return Article(
        title=title,
        body=found.paragraphs,
        related=found.headlines,
        authors=authors,
        credits=meta.credits,
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


def read_page(given: PageInput) -> PageDraft:
    """Read a page, stage by stage."""
    tree = html.parse(given.page)
    readings = Readings(tree)
    meta = metadata.extract_metadata(
        readings,
        url=given.usable_url,
        timezone=given.timezone,
        languages=given.languages,
        now=given.now,
        latest=given.latest,
        entry=given.entry,
    )
    applied = outlet_rules.try_in_order(tree, given.rules, meta.published.date() if meta.published else None)
    layout, found = _body(readings, meta, applied)
    found, method, doubted = outlet_rules.preferred(layout, found, applied)
    codes = page_type.judge(layout, found, meta)
    evidence = Evidence(meta.article_body)
    paragraphs = body.paragraphs(layout, found)
    if evidence and evidence.is_far_longer_than(paragraphs):
        paragraphs = evidence.paragraphs()
        codes = [c for c in codes if c != "no_body"] + ["body_from_json_ld"]
    if method != "rules" and not page_type.FATAL.isdisjoint(codes):
        warnings = tuple(dict.fromkeys([*codes, *meta.warnings, *doubted]))
        return PageDraft(layout=layout, meta=meta, body=Body(reasons={}), warnings=warnings, applied=applied)
    links = _headlines(given, layout, found, meta, applied if method == "rules" else None)
    own = _without_headlines(layout, found, links.headlines)
    if own is not found:
        found, paragraphs = own, body.paragraphs(layout, own)
    seen = confidence.Signs(
        layout=layout, body=found, texts=paragraphs, evidence=evidence, entry=given.entry, meta=meta
    )
    sureness, doubts = confidence.confidence(seen, method=method)
    return PageDraft(
        layout=layout,
        meta=meta,
        body=found,
        paragraphs=paragraphs,
        headlines=links.headlines,
        refused_links=links.reasons,
        method=method,
        confidence=sureness,
        warnings=tuple(dict.fromkeys([*codes, *doubts, *meta.warnings, *doubted])),
        applied=applied,
    )


def _body(readings: Readings, meta: Metadata, applied: Applied | None) -> tuple[Layout, Body]:
    """Choose the body on a careful reading; on a thorough one, menus and columns too, where the first may overlook it."""
    if applied is not None:
        marked = block_reader.layout(readings.tree, thorough=True, marks=applied.marks)
        return marked, body.choose_body(marked, meta.title)
    layout = readings.careful
    found = body.choose_body(layout, meta.title)
    if not layout.skipped:
        return layout, found
    length = sum([len(layout.blocks[i].text) for i in found.blocks])
    if found.prose < BODY.poor or layout.overlooks(length):
        again = body.choose_body(readings.thorough, meta.title)
        if body.better(layout, found, readings.thorough, again) is again:
            return readings.thorough, again
    return layout, found


def _headlines(given: PageInput, layout: Layout, found: Body, meta: Metadata, ruled: Applied | None) -> Found:
    return related.extract_related(
        layout,
        found.blocks,
        url=given.usable_url or _usable(meta.canonical),
        own=[u for u in (meta.canonical,) if u],
        title=meta.title,
        article_url=given.article_url,
        base=meta.base,
        only=ruled is not None and "related" in ruled.marks.values(),
    )


def _without_headlines(layout: Layout, found: Body, headlines: Sequence[Headline]) -> Body:
    """Keep body and lists disjoint: a line that is also the headline of another article is that headline."""
    printed = {headline.title for headline in headlines}
    doubled = [i for i in found.blocks if layout.blocks[i].text in printed]
    if not doubled:
        return found
    return replace(
        found,
        blocks=tuple(i for i in found.blocks if i not in doubled),
        reasons={**found.reasons, **dict.fromkeys(doubled, "headline of another article")},
    )


def _usable(url: str | None) -> str | None:
    try:
        return url if url and urlsplit(url).netloc else None
    except ValueError:
        return None
