"""Darial for other programs: extract pages, read feeds and dates, poll sources, read a store.

    >>> import darial
    >>> article = darial.extract_page(page, "https://news.example/1")
    >>> article.title, article.text, article.related

    >>> with darial.open_store("data", read_only=True) as store:
    ...     for record in store.latest(darial.Filter(languages=("ka",))):
    ...         print(record.published, record.title)

See docs/api.md.
"""

from darial.polling import Source, Sources, fetch, open_sources
from scraper import extract_page, parse_date, parse_feed, split_text
from scraper.errors import (
    BadResponse,
    ConfigError,
    DarialError,
    FetchError,
    NoArticle,
    NotAFeed,
    PageTooComplex,
    ParseError,
    StoreError,
    StoreLocked,
)
from scraper.model import Article, Entry, Extraction, Feed, Headline, Image, Record, Rules
from scraper.version import __version__
from storage import Filter, Hit, Store, copy_store, open_store

__all__ = [
    "Article", "BadResponse", "ConfigError", "DarialError", "Entry", "Extraction", "Feed", "FetchError", "Filter", "Headline",
    "Hit", "Image", "NoArticle", "NotAFeed", "PageTooComplex", "ParseError", "Record", "Rules", "Source", "Sources", "Store",
    "StoreError", "StoreLocked", "__version__", "copy_store", "extract_page", "fetch", "open_sources", "open_store",
    "parse_date", "parse_feed", "split_text",
]  # fmt: skip
