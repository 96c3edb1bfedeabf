"""A parsed page in; everything but its body out: title, authors, dates, language, pictures, tags, what kind of page it is.

One pass over the elements that carry metadata; JSON-LD, meta elements, microdata and RDFa, then what is printed around
the headline, and only where the rest is silent. It changes nothing in the tree and judges no body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urljoin

from scraper.codec import Struct
from scraper.extract import authors as byline
from scraper.extract import json_ld, near_headline
from scraper.extract import publication_date as published
from scraper.extract import title as titles
from scraper.extract.html import Tree
from scraper.extract.meta_tags import Head
from scraper.extract.publication_date import Candidate
from scraper.extract.title import Declared, tidy
from scraper.model import Entry, Image

MAX_SUMMARY_CHARS = 2_000
MAX_ADDRESS_CHARS = 2_000
MAX_IMAGES, MAX_TAGS = 20, 40
_ADDRESS = re.compile(r"https?://[^\s/?#\[\]]+(?:[/?#]|$)", re.IGNORECASE)
_HOST = re.compile(r"\s*[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@\[\]]+)", re.IGNORECASE)


class Metadata(Struct, frozen=True, kw_only=True):
    """What a page says of itself. ``language`` is its own claim, ``types`` and ``og_type`` name its kind."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_raw: str | None = None
    published_from: str | None = None  # "json-ld", "meta", "time", "feed", "url", "text"
    modified: datetime | None = None
    language: str | None = None
    summary: str | None = None
    images: tuple[Image, ...] = ()
    tags: tuple[str, ...] = ()
    section: str | None = None
    canonical: str | None = None
    site: str | None = None
    article_body: str | None = None  # JSON-LD articleBody: evidence, not truth
    og_type: str | None = None
    types: tuple[str, ...] = ()  # JSON-LD types of the page and its main content, as spelt
    warnings: tuple[str, ...] = ()


def extract(
    tree: Tree,
    *,
    url: str | None = None,
    timezone: str = "UTC",
    languages: Sequence[str] = (),
    now: datetime | None = None,
    entry: Entry | None = None,
) -> Metadata:
    """Metadata of one page. ``timezone`` and ``languages`` are the outlet's; ``entry`` is what its feed said."""
    page = Head(tree)
    site = page.first("og:site_name", "application-name", "twitter:app:name:iphone")
    linked = json_ld.read(
        page.scripts,
        url=url,
        titles=[*(heading.text for heading in page.headings), page.get("og:title") or ""],
    )
    sites = list(
        filter(
            None,
            [
                site,
                linked.publisher,
                linked.site,
                page.get("publisher"),
                *_host_names(url or page.get("og:url")),
            ],
        )
    )
    language = _language(page.language) or _language(linked.language) or _language(page.first(*_LANGUAGE))
    headline = titles.choose(
        page.headings,
        Declared(
            headline=linked.headline or page.headline or page.get("headline"),
            og=page.get("og:title"),
            twitter=page.get("twitter:title"),
            meta=page.first("title", "dc.title", "sailthru.title", "parsely-title"),
            document=page.title,
            entry=entry.title if entry else None,
        ),
        sites=sites,
    )
    around = near_headline.Surroundings(tree, page, headline)
    modified = _time(page.first(*_MODIFIED) or linked.modified, timezone, language, now)
    when = published.choose(
        list(_dates(page, around, linked, entry, url)),
        modified=modified,
        timezone=timezone,
        language=language or (languages[0] if languages else None),
        now=now,
    )
    if when.value is None or when.source == "url":
        when = published.printed(
            when,
            around.texts(),
            timezone=timezone,
            language=language or (languages[0] if languages else None),
            now=now,
        )
    if modified is not None and when.value is not None and modified < when.value:
        modified = None
    if headline and page.title and (tail := titles.tail(page.title, headline)):
        sites.append(tail)
    authors = byline.choose(linked.authors, _bylines(page), sites=sites) or byline.printed(
        around.bylines(), around.texts(), sites=sites
    )
    if not authors and entry is not None:
        authors = byline.choose((), entry.authors, sites=sites)
    base = url or page.get("og:url") or ""
    return Metadata(
        title=headline,
        authors=authors,
        published=when.value,
        published_raw=when.raw,
        published_from=when.source,
        modified=modified,
        language=language,
        summary=_summary(page, linked, headline),
        images=tuple(_images(page, linked, base)),
        tags=tuple(_tags(page, linked)),
        section=_section(page, linked, headline),
        canonical=_address(page.canonical, base) or _address(page.get("og:url"), base),
        site=tidy(site) or None,
        article_body=_plain(linked.body),
        og_type=page.get("og:type"),
        types=linked.types,
        warnings=when.warnings,
    )


# ------------------------------------------------------------------------------------------ dates

# Names under which pages declare the time of publication, the surest first (general practice, not one outlet's).
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "datepublished",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_time",
    "published",
    "pubdate",
    "pub_date",
    "publication_date",
    "date_published",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "citation_publication_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "content:publishdate",
    "displaydate",
)
_PUBLISHED_WEAK = (
    "datecreated",
    "date",
    "dc.date",
    "dcterms.date",
    "created",
    "ya:ovs:upload_date",
    "uploaddate",
)
_MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
)
_LANGUAGE = ("og:locale", "content-language", "inlanguage", "language", "dc.language", "lang")


def _dates(
    page: Head,
    around: near_headline.Surroundings,
    linked: json_ld.LinkedData,
    entry: Entry | None,
    url: str | None,
) -> Iterable[Candidate]:
    for key in _PUBLISHED:
        if value := page.get(key):
            yield Candidate(raw=value, source="meta")
            break
    if linked.published:
        yield Candidate(raw=linked.published, source="json-ld")
    yield from around.times()[:1]
    if linked.page_published and not linked.published:
        yield Candidate(raw=linked.page_published, source="json-ld", weak=True)
    for key in _PUBLISHED_WEAK:
        if value := page.get(key):
            yield Candidate(raw=value, source="meta", weak=True)
    if entry is not None and entry.published is not None:
        yield Candidate(
            raw=entry.published_raw or entry.published.isoformat(), at=entry.published, source="feed"
        )
    if day := published.url_day(url or page.canonical or page.get("og:url")):
        yield Candidate(raw=day, source="url")


def _time(raw: str | None, timezone: str, language: str | None, now: datetime | None) -> datetime | None:
    return published.parse(raw, timezone=timezone, language=language, now=now) if raw else None


# ------------------------------------------------------------------------------------------ authors

_AUTHOR = (
    "author",
    "article:author",
    "articleauthor",
    "og:article:author",
    "og:author",
    "parsely-author",
    "byl",
    "byline",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "analytics:author",
)


def _bylines(page: Head) -> list[str]:
    return ["; ".join(page.meta[key]) for key in _AUTHOR if key in page.meta]


# ------------------------------------------------------------------------------------------ the rest

_LANGUAGE_CODES = {
    "eng": "en",
    "rus": "ru",
    "hye": "hy",
    "arm": "hy",
    "kat": "ka",
    "geo": "ka",
    "aze": "az",
    "tur": "tr",
    "deu": "de",
    "fra": "fr",
    "spa": "es",
    "ge": "ka",
    "am": "hy",
    "iw": "he",
}


def _language(raw: str | None) -> str | None:
    """A claim such as ``en-US``, ``az_AZ`` or ``eng`` as ISO 639-1."""
    if not raw:
        return None
    code = re.split(r"[-_ ,;]", raw.strip().lower(), maxsplit=1)[0]
    code = _LANGUAGE_CODES.get(code, code)
    return code if len(code) == 2 and code.isalpha() else None


def _host_names(url: str | None) -> list[str]:
    """The host, and its name without www and suffix: how an outlet is often called."""
    found = _HOST.match(url) if url else None
    host = found[1].lower().removeprefix("www.") if found is not None else ""
    labels = host.split(".")
    return [host, *(label for label in labels[:-1] if len(label) > 3)] if len(labels) > 1 else []


def _plain(raw: str | None) -> str | None:
    if not raw:
        return None
    return raw if len(raw) > titles.MAX_CHARS else tidy(raw)


def _summary(page: Head, linked: json_ld.LinkedData, headline: str | None) -> str | None:
    for raw in (
        page.get("og:description"),
        page.get("description"),
        linked.description,
        page.get("twitter:description"),
    ):
        text = tidy(raw[:MAX_SUMMARY_CHARS]) if raw else ""
        if len(text) > 20 and text != headline:
            return text
    return None


def _address(raw: str | None, base: str) -> str | None:
    """An absolute http(s) address, or None."""
    if not raw or len(raw) > MAX_ADDRESS_CHARS:
        return None
    raw = raw.strip()
    if not raw.startswith(("https://", "http://")):
        try:
            raw = urljoin(base, raw)
        except ValueError:
            return None
    return raw if _ADDRESS.match(raw) else None


def _images(page: Head, linked: json_ld.LinkedData, base: str) -> Iterable[Image]:
    captions = dict(linked.images)
    raws = [*page.meta.get("og:image", ()), *captions, *page.meta.get("twitter:image", ())]
    seen: set[str] = set()
    for raw in raws:
        address = _address(raw, base)
        if address and address not in seen and len(seen) < MAX_IMAGES:
            seen.add(address)
            yield Image(url=address, caption=tidy(captions.get(raw)) or None)


def _tags(page: Head, linked: json_ld.LinkedData) -> list[str]:
    tags = page.meta.get("article:tag") or list(linked.keywords)
    if not tags:
        tags = (page.first("news_keywords", "keywords", "parsely-tags") or "").split(",")
    elif len(tags) == 1:
        tags = tags[0].split(",")
    found = dict.fromkeys(tag for raw in tags[: 2 * MAX_TAGS] if 0 < len(tag := tidy(raw)) <= 80)
    return list(found)[:MAX_TAGS]


def _section(page: Head, linked: json_ld.LinkedData, headline: str | None) -> str | None:
    for raw in (page.get("article:section"), linked.section, page.get("parsely-section")):
        text = tidy(raw)
        if text and len(text) <= 60 and not (headline or "").startswith(text):
            return text
    return None
