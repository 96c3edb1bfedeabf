"""Bytes of unknown kind to an Article: gzipped or not, HTML or plain text, any charset, told apart by content. Pure.

This is the one way in for pages, files and pasted text; ``workers`` runs it in processes, ``scraper`` exports it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Unpack

from scraper.codec import replace
from scraper.decompress import Decompressor
from scraper.errors import ParseError
from scraper.extract import article
from scraper.extract.article import Known
from scraper.model import Article
from scraper.text import charset, language

MAX_PAGE_BYTES = 4 * 1024 * 1024  # decoded; a page larger than this is no article
_TAG = re.compile(
    r"<(?:!doctype|html|head|body|meta|title|article|main|section|div|p|br|h[1-6]|span|table|ul|a|script)\b",
    re.IGNORECASE,
)
_TAG_BYTES = re.compile(_TAG.pattern.encode(), re.IGNORECASE)
_SNIFF_CHARS = 65_536


def extract_document(data: bytes, *, content_type: str | None = None, **known: Unpack[Known]) -> Article:
    """Parse one document; ``article.Known`` tells what may be known of it.

    Raises ParseError (PageTooComplex ...) or BadResponse (too_large, truncated).
    """
    url = known.get("url")
    page = charset.to_utf8(gunzip(data, url=url), content_type)
    if is_html(page):
        return article.extract_article(page, **known)
    text = page.decode("utf-8", "ignore")
    if charset.is_binary(text):
        raise ParseError("neither text nor markup", code="not_text", url=url)
    return _flat(text, known.get("languages", ()))


def gunzip(data: bytes, *, url: str | None = None, limit: int = MAX_PAGE_BYTES) -> bytes:
    """Return the bytes themselves, gunzipped if they are gzip. Raises BadResponse: too_large, truncated, bad_encoding."""
    body = Decompressor(coding=None, limit=limit, url=url)
    body.add(data)
    return body.finish()


def is_html(page: str | bytes) -> bool:
    """Whether a text is markup: a tag that only HTML has, near its beginning."""
    if isinstance(page, bytes):
        return _TAG_BYTES.search(page, 0, 2 * _SNIFF_CHARS) is not None
    return _TAG.search(page, 0, _SNIFF_CHARS) is not None


def warm_up() -> None:
    """Load what is loaded lazily, so that the first page is not slower than the others."""
    line = "Bakan resmî bir ziyaret için Tiflis'e geldi"
    language.detect_language(line)  # only statistics tell it, not letters alone
    _flat(line, ())


def _flat(text: str, prior: Sequence[str]) -> Article:
    from scraper.extract import plain_text  # pages do without it

    found = plain_text.split_text(text)
    code, _ = language.detect_language("\n".join(found.body[:20]), prior=prior)
    return replace(found, language=code)
