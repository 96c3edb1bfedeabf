"""Find articles by related headlines: links that lead to articles of configured sources. Pure.

Never follows what a page calls an advert, and takes no link whose address does not look like an article's.
"""

from __future__ import annotations

from collections.abc import Iterable

from scraper import urls
from scraper.feeds import listing
from scraper.model import Entry, ExtractedArticle, Pending, Source
from scraper.pipeline.source_lookup import SourceLookup

MAX_LINKS = 500  # of one poll's pages; more are not worth asking the store about


def related_items(
    found: Iterable[ExtractedArticle], own: Source, sources: SourceLookup
) -> dict[str, Pending]:
    """Return announcements by identity key, in the order of the pages. Their ``source`` names one other than ``own``."""
    items: dict[str, Pending] = {}
    for each in found:
        for headline in each.article.related:
            if headline.url is None or headline.kind == "sponsored" or len(items) >= MAX_LINKS:
                continue
            owner = sources.find(headline.url)
            if owner is None or not owner.enabled or not listing.is_article_address(headline.url, owner):
                continue
            keys = urls.identity_keys("", (headline.url,))
            if keys and keys[0] not in items:
                items[keys[0]] = Pending(
                    entry=Entry(url=headline.url, title=headline.title),
                    found_by="related",
                    source=None if owner.id == own.id else owner.id,
                )
    return items
