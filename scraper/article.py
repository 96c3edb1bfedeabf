"""A page's text in, an Article out: body and headlines apart, with what the page says of itself. Pure.

The way of a page: html.parse, metadata.extract, blocks.layout, body.choose, related.extract, language.detect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scraper import blocks, body, html, language, related
from scraper.model import Article, Entry, Extraction, Rules


def extract(
    text: str,
    *,
    url: str | None = None,
    rules: Sequence[Rules] = (),  # noqa: ARG001
    published_hint: Entry | None = None,  # noqa: ARG001
    timezone: str = "UTC",  # noqa: ARG001
    languages: Sequence[str] = (),
    now: datetime | None = None,  # noqa: ARG001
    article_url: str | None = None,  # noqa: ARG001
) -> Article:
    """Everything that one page says. Raises PageTooComplex; any other page gives an Article, if need be an empty one."""
    tree = html.parse(text)
    layout = blocks.layout(tree)
    title = fallback_title(tree)
    chosen = body.choose(layout, title)
    paragraphs = tuple(layout.blocks[i].text for i in chosen.blocks)
    canonical = tree.css_first('link[rel="canonical"]')
    own = [canonical.attributes.get("href") or ""] if canonical else []
    headlines = related.extract(
        layout, chosen.blocks, url=url or (own[0] if own else None), own=own, title=title
    )
    code, _ = language.detect("\n".join(paragraphs[:20]), prior=languages)
    return Article(
        title=title,
        body=paragraphs,
        related=headlines,
        language=code,
        extraction=Extraction(
            method="generic" if paragraphs else "none", confidence=0.8 if paragraphs else 0.0
        ),
    )


def fallback_title(tree: html.Tree) -> str | None:
    og = tree.css_first('meta[property="og:title"]')
    said = body.fold_title(og.attributes.get("content") if og else "")
    element = tree.css_first("title")
    said_too = body.fold_title(element.text() if element else "")
    for tag in ("h1", "h2"):
        for node in tree.css(tag):
            heading = " ".join(node.text().split())
            if len(heading) > 10 and (
                body.fold_title(heading) in said or body.fold_title(heading) in said_too
            ):
                return heading
    return (og.attributes.get("content") if og else None) or (element.text().strip() if element else None)
