"""Darial's functions on bytes and text. They touch no network, no disk and no clock. Programs import them from ``darial``.

    >>> import darial
    >>> article = darial.extract_page(b"<html>...", "https://news.example/1")
    >>> article.title, article.text, article.related

A data argument may be bytes, as they came over the network, or a str. A wrong argument raises ConfigError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scraper.version import __version__

if TYPE_CHECKING:
    from scraper.model import Article, Feed, Rules

__all__ = ["__version__", "extract_page", "parse_date", "parse_feed", "split_text"]


def extract_page(
    data: bytes | str,
    url: str | None = None,
    *,
    content_type: str | None = None,
    rules: Rules | Mapping[str, Any] | Sequence[Rules | Mapping[str, Any]] | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
) -> Article:
    """Extract an Article from one page (HTML or plain text, gzipped or not): body and related headlines, apart.

    Args:
        data: the page.
        url: its address. It makes links absolute and helps to tell the article's own links from others.
        content_type: the HTTP header.
        rules: selectors of its layout, as in sources.toml: ``{"body": [".text p"], "drop": [".ad"]}``; of several
            layouts the first that matches is taken.
        timezone: the IANA name of the zone of printed times that name none. Default: UTC.
        now: when the page was fetched; relative dates ("today 12:18") need it.

    Returns:
        The article. A page that is no article gives ``extraction.method == "none"`` and a warning.

    Raises:
        ParseError: the page is too complex to parse (PageTooComplex), or no text at all.
        BadResponse: the page is too large, or its gzip is cut short.
        ConfigError: rules, timezone or the type of data are wrong.
    """
    from scraper.codec import replace
    from scraper.extract import extractor

    article = extractor.extract_document(
        _bytes(data),
        url=url,
        content_type=content_type,
        rules=_rules(rules),
        timezone=_zone(timezone),
        now=now,
    )
    return replace(article, url=url or article.canonical)


def split_text(text: str) -> Article:
    """Split flattened text into an Article: body paragraphs first, then the bare headlines that trail it.

    Args:
        text: an article copied out of a page, one paragraph or headline a line.
    """
    from scraper.extract import plain_text

    return plain_text.split_text(_text(text))


def parse_feed(
    data: bytes | str, url: str | None = None, *, headers: Mapping[str, str] | None = None
) -> Feed:
    """Parse a feed or sitemap in any dialect to its entries: RSS, Atom, JSON Feed, sitemaps.

    Args:
        data: the feed.
        url: its address. It makes links absolute.
        headers: the HTTP headers of the response, in lower case.

    Raises:
        NotAFeed: this is no feed.
        ConfigError: the type of data is wrong.
    """
    from scraper.feeds import parse

    return parse.parse_feed(_bytes(data), headers=headers, url=url)


def parse_date(
    text: str, *, timezone: str | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """Parse a printed date, to aware UTC, or return None: never a guess.

    Args:
        text: the date as printed.
        timezone: the zone of a time that names none: an IANA name, or an offset like +04:00. Default: UTC.
        language: "en-US" for dates with the month first.
        now: when it was printed; relative dates and dates without a year need it.

    Raises:
        ConfigError: there is no such time zone.
    """
    from scraper.text import dates

    return dates.parse_date(text, timezone=_zone(timezone), language=language, now=now)


def _bytes(data: Any) -> bytes:
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    return _text(data, "bytes or str").encode("utf-8", "replace")


def _text(text: Any, wanted: str = "str") -> str:
    if isinstance(text, str):
        return text
    from scraper.errors import ConfigError

    raise ConfigError([f"the first argument must be {wanted}, not {type(text).__name__}"])


def _zone(name: str | None) -> str | None:
    """Check a time zone: in a page, an unknown one is taken for UTC."""
    if name is None or re.fullmatch(r"[+-]([01]\d|2[0-3]):?[0-5]\d", name):
        return name
    from scraper.config import fields
    from scraper.errors import ConfigError

    try:
        return fields.timezone(name)
    except fields.Wrong as wrong:
        raise ConfigError([f"timezone: {what}" for _, what in wrong.problems]) from None


def _rules(rules: Any) -> tuple[Rules, ...]:
    if rules is None:
        return ()
    from scraper.config.load import rules_of
    from scraper.model import Rules

    several = [rules] if isinstance(rules, Rules | Mapping) else rules
    return tuple(one if isinstance(one, Rules) else rules_of(one) for one in several)
