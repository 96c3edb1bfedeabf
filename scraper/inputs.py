"""Bytes of unknown kind to an Article: gzipped or not, HTML or plain text, any charset, told apart by content. Pure.

This is the one way in for pages, files and pasted text; ``workers`` runs it in processes, ``scraper`` exports it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import datetime

from scraper import article, charset, flat, language
from scraper.errors import BadResponse
from scraper.model import Article, Entry, Rules

MAX_PAGE_BYTES = 4 * 1024 * 1024  # decoded; a page larger than this is no article
_GZIP = b"\x1f\x8b\x08"
_TAG = re.compile(
    r"<(?:!doctype|html|head|body|meta|title|article|main|section|div|p|br|h[1-6]|span|table|ul|a|script)\b",
    re.I,
)
_SNIFF_CHARS = 4096


def extract(
    data: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    rules: Sequence[Rules] = (),
    entry: Entry | None = None,
    timezone: str = "UTC",
    languages: Sequence[str] = (),
    article_url: str | None = None,
    now: datetime | None = None,
) -> Article:
    """Parse one document. Raises ParseError (PageTooComplex ...) or BadResponse (too_large, truncated)."""
    text, _ = charset.decode(gunzip(data, url=url), content_type)
    if not is_html(text):
        return _with_language(flat.split_text(text), languages)
    return article.extract(
        text,
        url=url,
        rules=rules,
        published_hint=entry,
        timezone=timezone,
        languages=languages,
        now=now,
        article_url=article_url,
    )


def gunzip(data: bytes, *, url: str | None = None, limit: int = MAX_PAGE_BYTES) -> bytes:
    """The bytes themselves, gunzipped if they are gzip. Raises BadResponse: too_large, truncated."""
    if data.startswith(_GZIP):
        decoder = zlib.decompressobj(wbits=31)
        try:
            data = decoder.decompress(data, limit + 1)
        except zlib.error as error:
            raise BadResponse(f"not gzip after all: {error}", code="truncated", url=url) from error
        if not decoder.eof and len(data) <= limit:
            raise BadResponse("the gzip stream is cut short", code="truncated", url=url)
    if len(data) > limit:
        raise BadResponse(f"more than {limit} bytes", code="too_large", url=url)
    return data


def is_html(text: str) -> bool:
    """Whether a text is markup: a tag that only HTML has, near its beginning."""
    return _TAG.search(text, 0, _SNIFF_CHARS) is not None


def warm_up() -> None:
    """Load what is loaded lazily, so that the first page is not slower than the others."""
    language.detect("Президент прибыл в Тбилиси с официальным визитом")


def _with_language(found: Article, prior: Sequence[str]) -> Article:
    from scraper.codec import replace

    code, _ = language.detect("\n".join(found.body[:20]), prior=prior)
    return replace(found, language=code)
