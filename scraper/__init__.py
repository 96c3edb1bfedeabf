"""Darial for other programs: four functions on bytes and text. They touch no network, no disk and no clock.

    >>> import scraper
    >>> article = scraper.extract_page(b"<html>...", url="https://news.example/1")
    >>> article.title, article.body, article.related

Stores are read with ``storage.open_store``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scraper.version import __version__

if TYPE_CHECKING:
    from scraper.model import Article, Feed, Rules

__all__ = ["__version__", "extract_page", "parse_date", "parse_feed", "split_text"]


def extract_page(
    data: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    rules: Rules | Sequence[Rules] | None = None,
    now: datetime | None = None,
) -> Article:
    """Extract an Article from one page (HTML or plain text, gzipped or not): body and related headlines, apart.

    ``url`` makes links absolute and helps to tell the article's own links from others; ``content_type`` is the HTTP
    header; ``rules`` are a source's selectors; ``now`` lets relative dates ("today 12:18") be resolved.
    A page that is no article gives ``extraction.method == "none"`` and a warning. Raises ``errors.ParseError`` for a
    page that is too complex to parse, ``errors.BadResponse`` for one that is too large or cut short.
    """
    from scraper import model
    from scraper.extract import extractor

    chosen = () if rules is None else (rules,) if isinstance(rules, model.Rules) else tuple(rules)
    return extractor.extract(data, url=url, content_type=content_type, rules=chosen, now=now)


def split_text(text: str) -> Article:
    """Split flattened text into an Article: body paragraphs first, then the bare headlines that trail it."""
    from scraper.extract import plain_text

    return plain_text.split_text(text)


def parse_feed(data: bytes, *, headers: Mapping[str, str] | None = None, url: str | None = None) -> Feed:
    """Parse a feed or sitemap in any dialect to its entries. Raises ``errors.NotAFeed``; never touches the network."""
    from scraper.feeds import parse

    return parse.parse_feed(data, headers=headers, url=url)


def parse_date(
    text: str, *, timezone: str | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """Parse a printed date to aware UTC, or return None: never a guess.

    A time without an offset is in ``timezone`` (an IANA name, default UTC). Relative dates and dates without a year
    need ``now``.
    """
    from scraper.text import dates

    return dates.parse_date(text, timezone=timezone, language=language, now=now)
