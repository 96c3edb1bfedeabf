"""Extract stored pages again with today's code and rules: what to parse, and the revision that comes of it. Pure.

In: a page as it was kept, the Record that was made of it, its source. Out: a job, then an ExtractedArticle if the clean text is
another one now. It keeps the article's addresses, origin and times: nobody but us changed anything.
"""

from __future__ import annotations

from scraper import urls
from scraper.codec import replace
from scraper.dedupe import decide, fingerprint
from scraper.model import Article, Entry, ExtractedArticle, Page, Record, Source
from scraper.parse_pool import ParseJob


def is_current(page: Page, record: Record) -> bool:
    """Return whether the record's latest text is that of this page, not of a later one."""
    return page.fetched >= record.fetched or record.extraction.method == "feed"


def reextraction_job(page: Page, record: Record, source: Source | None) -> ParseJob:
    """Return the job that parses the page as if it came in today; what only the feed knew is taken from the record."""
    from_feed = record.published_from == "feed"
    return ParseJob(
        data=page.body,
        url=page.final_url,
        content_type=page.content_type,
        rules=source.rules if source else (),
        entry=Entry(
            url=record.url,
            guid=record.feed.guid,
            title=record.title,
            published=record.published if from_feed else None,
            published_raw=record.published_raw if from_feed else None,
        ),
        timezone=source.timezone if source else None,
        languages=source.languages if source else (),
        article_url=source.article_url if source else None,
        now=page.fetched,
    )


def reextracted(page: Page, record: Record, article: Article) -> ExtractedArticle | None:
    """Return the article as it is to be stored now, marked as our own doing; None if its clean text is what is stored."""
    if article.extraction.method == "none" or not article.body:
        return None
    if fingerprint.fingerprint(article.title, article.body).hash == record.hash:
        return None
    marked = dict.fromkeys((*article.extraction.warnings, decide.REEXTRACTED))
    return ExtractedArticle(
        source=record.source,
        country=record.country,
        url=record.url,
        link=record.link,
        urls=record.urls,
        keys=urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid),
        article=replace(article, extraction=replace(article.extraction, warnings=tuple(marked))),
        fetched=max(page.fetched, record.fetched) if record.extraction.method == "feed" else page.fetched,
        feed=record.feed,
        found_by=record.found_by or "import",
        status=record.status,
        moved_to=record.moved_to,
    )
