"""Convert an announced article to the job that parses its page, and the parsed article to what the store is given. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from scraper import urls
from scraper.codec import replace
from scraper.model import (
    Article,
    ExtractedArticle,
    Extraction,
    FeedOrigin,
    Page,
    Pending,
    Revisit,
    Source,
    Validators,
)
from scraper.parse_pool import ParseJob
from scraper.pipeline import pending


def parse_job(
    source: Source,
    item: Pending,
    data: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    rules: bool = True,
    now: datetime,
) -> ParseJob:
    """Return the job for one document of a source, with all that is known of it. ``url`` is where it was found in the end."""
    return ParseJob(
        data=data,
        url=url or pending.article_address(item.entry),
        content_type=content_type,
        rules=source.rules if rules else (),
        entry=item.entry,
        timezone=source.timezone,
        languages=(item.entry.language,) if item.entry.language in source.languages else source.languages,
        article_url=source.article_url,
        now=now,
    )


def page_job(source: Source, item: Pending, page: Page, *, rules: bool = True) -> ParseJob:
    """Return the job for a page that was fetched."""
    return parse_job(
        source,
        item,
        page.body,
        url=page.final_url,
        content_type=page.content_type,
        rules=rules,
        now=page.fetched,
    )


def feed_content_job(source: Source, item: Pending, now: datetime) -> ParseJob:
    """Return the job for the body that a feed carries, as a document of its own."""
    markup = f"<!doctype html><meta charset=utf-8><article>{item.entry.content}</article>"
    data = markup.encode("utf-8", "replace")
    return parse_job(source, item, data, content_type="text/html; charset=utf-8", rules=False, now=now)


def is_feed_only(source: Source, item: Pending) -> bool:
    """Return whether an entry is the record: no page says more, or the source's pages are not to be asked."""
    channels = [ref.url for ref in source.feeds if ref.kind is not None]
    return (
        item.entry.post is not None or item.feed in channels or (not source.pages and item.found_by == "feed")
    )


def feed_article(article: Article, item: Pending, code: str | None) -> Article:
    """Return what such a document gave, with what the feed says beside it; marked with why there is no page, if one was wanted."""
    entry = item.entry
    extraction = Extraction(
        method="feed",
        confidence=min(article.extraction.confidence, 0.7 if code else 0.9),
        warnings=(*article.extraction.warnings, *([f"page_{code}"] if code else ())),
    )
    return replace(
        article,
        title=entry.title or article.title,
        authors=entry.authors or article.authors,
        published=entry.published or article.published,
        published_raw=entry.published_raw or article.published_raw,
        published_from="feed" if entry.published else article.published_from,
        summary=entry.summary or article.summary,
        tags=entry.tags or article.tags,
        extraction=extraction,
    )


def extracted_article(
    source: Source,
    item: Pending,
    address: str,
    article: Article,
    fetched: datetime,
    *,
    asked: str | None = None,
) -> ExtractedArticle:
    """Return an extracted article on its way to the store, under the address that names it and all others that led there."""
    canonical = urls.believable_canonical(address, article.canonical) or urls.canonicalise(address)
    others = (address, asked, pending.article_address(item.entry))
    aliases = tuple(dict.fromkeys(u for u in others if u and u != canonical))
    return ExtractedArticle(
        source=source.id,
        country=source.country,
        url=canonical,
        link=address,
        urls=aliases,
        keys=urls.identity_keys(source.id, (canonical, *aliases), item.entry.guid),
        article=article,
        fetched=fetched,
        feed=FeedOrigin(url=item.feed, guid=item.entry.guid),
        found_by=item.found_by,
        media=item.entry.media,
        post=item.entry.post,
    )


def new_revisit(item: Pending, page: Page, validators: Validators) -> Revisit:
    """Return how to ask again for an article whose page was just read. schedule/revisits.py says when."""
    return Revisit(
        url=page.final_url,
        due=None,
        born=page.fetched,
        item=without_content(item),
        validators=validators,
        body_hash=body_hash(page),
    )


def without_content(item: Pending) -> Pending:
    """Return an announcement without what is too much to be kept for a week."""
    return replace(item, entry=replace(item.entry, content=None), tries=0, not_before=None, code=None)


def body_hash(page: Page) -> str:
    return hashlib.sha256(page.body).hexdigest()[:32]
