"""Find articles by related headlines: links that lead to articles of configured sources. Pure.

Never follows what a page calls an advert, and takes no link whose address does not look like an article's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
        for url, title in _links(each):
            owner = sources.find(url) if len(items) < MAX_LINKS else None
            if owner is None or not owner.enabled or not listing.is_article_address(url, owner):
                continue
            keys = urls.identity_keys("", (url,))
            if keys and keys[0] not in items:
                items[keys[0]] = Pending(
                    entry=Entry(url=url, title=title),
                    found_by="related",
                    source=None if owner.id == own.id else owner.id,
                )
    return items


def _links(found: ExtractedArticle) -> Iterator[tuple[str, str | None]]:
    """Yield the addresses that an article leads to: of its related headlines, and those that a post names."""
    for headline in found.article.related:
        if headline.url is not None and headline.kind != "sponsored":
            yield headline.url, headline.title
    for url in found.post.links if found.post else ():
        yield url, None
