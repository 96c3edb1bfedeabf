"""From an announced article to the Job that parses its page, and from the parsed Article to what the store is given. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from scraper import urls
from scraper.codec import replace
from scraper.feeds import discovery
from scraper.model import Article, FeedOrigin, Found, Page, Pending, Source, Validators, Visit
from scraper.workers import Job


def job_of(
    source: Source,
    item: Pending,
    data: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    rules: bool = True,
    now: datetime,
) -> Job:
    """One document of an outlet, with all that is known of it. ``url`` is where it was found in the end."""
    return Job(
        data=data,
        url=url or discovery.address(item.entry),
        content_type=content_type,
        rules=source.rules if rules else (),
        entry=item.entry,
        timezone=source.timezone,
        languages=(item.entry.language,) if item.entry.language in source.languages else source.languages,
        article_url=source.article_url,
        now=now,
    )


def found_of(
    source: Source,
    item: Pending,
    address: str,
    article: Article,
    fetched: datetime,
    *,
    asked: str | None = None,
) -> Found:
    """An extracted article on its way to the store, under the address that names it and all others that led there."""
    canonical = urls.believable_canonical(address, article.canonical) or urls.canonicalise(address)
    others = (address, asked, discovery.address(item.entry))
    aliases = tuple(dict.fromkeys(u for u in others if u and u != canonical))
    return Found(
        source=source.id,
        url=canonical,
        urls=aliases,
        keys=urls.identity_keys(source.id, (canonical, *aliases), item.entry.guid),
        article=article,
        fetched=fetched,
        feed=FeedOrigin(url=item.feed, guid=item.entry.guid),
        found_by=item.found_by,
    )


def visit_of(item: Pending, page: Page, validators: Validators) -> Visit:
    """How to ask for an article again whose page was just read; when is for scraper.timing.visits to say."""
    return Visit(
        url=page.final_url,
        due=None,
        born=page.fetched,
        item=without_content(item),
        validators=validators,
        body_hash=body_hash(page),
    )


def without_content(item: Pending) -> Pending:
    """An announcement without what is too much to be kept for a week."""
    return replace(item, entry=replace(item.entry, content=None), tries=0, not_before=None, code=None)


def body_hash(page: Page) -> str:
    return hashlib.sha256(page.body).hexdigest()[:32]
