"""Make an Article of an entry alone, for what has no page: a channel's post, a podcast, a feed with full texts. Pure."""

from __future__ import annotations

import re

from scraper.feeds.markup import to_text
from scraper.model import Article, Entry, Extraction, Image
from scraper.text.language import detect_language

CONFIDENCE = 0.9  # the outlet's own words, with nothing around them
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|blockquote|pre|table|tr|section|article|figure|figcaption)\b[^<>]*>",
    re.IGNORECASE,
)


def article_of_entry(entry: Entry, languages: tuple[str, ...]) -> Article:
    """Return what an entry says. ``languages`` are the source's, which decide where the text is short."""
    body = tuple(text for part in _BLOCK.split(entry.content or "") if (text := to_text(part)))
    body = body or ((entry.summary,) if entry.summary else ())
    prior = (entry.language,) if entry.language in languages else languages
    language, _ = detect_language("\n".join((entry.title or "", *body)), prior=prior)
    return Article(
        title=entry.title,
        body=body,
        authors=entry.authors,
        published=entry.published,
        published_raw=entry.published_raw,
        published_from="feed" if entry.published else None,
        modified=entry.modified,
        language=language,
        summary=entry.summary if entry.content else None,
        images=tuple(Image(url=url) for url in entry.images),
        tags=entry.tags,
        extraction=Extraction(method="feed", confidence=CONFIDENCE if body else 0.3),
    )
