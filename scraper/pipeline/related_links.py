"""Related headlines as a way to find articles: links that lead to articles of known outlets. Pure.

In: what was read of pages, whose they are, which outlets there are. Out: announcements that nobody else made, to be checked
against the store. Never follows what an outlet calls an advert, and takes no link whose address is not an article's.
"""

from __future__ import annotations

from collections.abc import Iterable

from scraper import urls
from scraper.feeds import listing
from scraper.model import Entry, ExtractedArticle, Pending, Source
from scraper.pipeline.source_lookup import Owners

MAX_LINKS = 500  # of one poll's pages; more are not worth the look into the store


def leads(found: Iterable[ExtractedArticle], own: Source, owners: Owners) -> dict[str, Pending]:
    """By identity key, in the order of the pages. ``source`` of an announcement names an outlet other than ``own``."""
    there: dict[str, Pending] = {}
    for each in found:
        for headline in each.article.related:
            if headline.url is None or headline.kind == "sponsored" or len(there) >= MAX_LINKS:
                continue
            owner = owners.owner(headline.url)
            if owner is None or not owner.enabled or not listing.is_article_address(headline.url, owner):
                continue
            keys = urls.identity_keys("", (headline.url,))
            if keys and keys[0] not in there:
                entry = Entry(url=headline.url, title=headline.title)
                there[keys[0]] = Pending(
                    entry=entry, found_by="related", source=None if owner.id == own.id else owner.id
                )
    return there
