"""A parsed page in; everything but its body out: title, authors, dates, language, pictures, tags, what kind of page it is.

One pass over the elements that carry metadata; JSON-LD, meta elements, microdata and RDFa, then what is printed around
the headline, and only where the rest is silent. It changes nothing in the tree and judges no body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from scraper import byline, jsonld, published
from scraper import title as titles
from scraper.codec import Struct
from scraper.html import Node, Tree, select
from scraper.model import Entry, Image
from scraper.published import Candidate
from scraper.text import clean
from scraper.title import Declared, Heading, tidy

MAX_SUMMARY_CHARS = 2_000
MAX_IMAGES, MAX_TAGS = 20, 40


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
    page = _Page(tree)
    site = _first(page, "og:site_name", "application-name", "twitter:app:name:iphone")
    linked = jsonld.read(
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
    language = _language(page.language) or _language(linked.language) or _language(_first(page, *_LANGUAGE))
    modified = _time(_first(page, *_MODIFIED) or linked.modified, timezone, language, now)
    when = published.choose(
        list(_dates(page, linked, entry, url)),
        modified=modified,
        timezone=timezone,
        language=language or (languages[0] if languages else None),
        now=now,
    )
    if when.value is None:
        when = _printed_date(
            tree, timezone=timezone, language=language or (languages[0] if languages else None), now=now
        )
    if modified is not None and when.value is not None and modified < when.value:
        modified = None
    headline = titles.choose(
        page.headings,
        Declared(
            headline=linked.headline or page.item("headline"),
            og=page.get("og:title"),
            twitter=page.get("twitter:title"),
            meta=_first(page, "title", "dc.title", "sailthru.title", "parsely-title"),
            document=page.title,
            entry=entry.title if entry else None,
        ),
        sites=sites,
    )
    authors = byline.choose(linked.authors, _bylines(page), sites=sites) or _printed_authors(tree, sites)
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


# ------------------------------------------------------------------------------------------ one pass over the page

_ELEMENTS = (
    'meta,link[rel="canonical"],title,h1,time,script[type*="ld+json"],'
    '[itemprop="datePublished"],[itemprop="author"],[itemprop="headline"],[property="schema:datePublished"]'
)
_KICKER = re.compile(
    r"kicker|overline|eyebrow|dachzeile|roofline|supertitle|suptitle|surtitle|topline|antetitulo|category|rubric|label|flag|badge|hidden",
    re.IGNORECASE,
)
_NOT_A_HEADLINE = re.compile(
    r"logo|brand|site-?(?:title|name)|breadcrumb|masthead|navbar|nav-|menu", re.IGNORECASE
)
_NOT_A_PLACE = frozenset({"nav", "li", "footer", "aside"})
_UPDATED = re.compile(
    r"updat|modif|edit|chang|aktualis|обновл|изменен|yenilən|güncel|թարմաց|განახლ", re.IGNORECASE
)


class _Page:
    """What one walk over the tree found, unjudged."""

    def __init__(self, tree: Tree) -> None:
        self.meta: dict[str, list[str]] = {}
        self.scripts: list[str] = []
        self.headings: list[Heading] = []
        self.times: list[Candidate] = []
        self.canonical: str | None = None
        self.title: str | None = None
        self.items: dict[str, list[Node]] = {}
        self._before: list[Candidate] = []
        root = tree.root
        self.language = (
            root.attributes.get("lang") or root.attributes.get("xml:lang") if root is not None else None
        )
        last = 0
        for node in select(tree, _ELEMENTS):
            if node.mem_id == last:  # it matched two of the selectors
                continue
            last = node.mem_id
            tag = node.tag
            if tag == "meta":
                self._meta(node)
            elif tag == "script":
                self.scripts.append(node.text())
            elif tag == "h1":
                self._heading(node)
            elif tag == "time":
                self._time(node)
            elif tag == "link":
                self.canonical = self.canonical or node.attributes.get("href")
            elif tag == "title":
                self.title = self.title or node.text()
            if tag not in ("meta", "script", "link", "title"):
                name = node.attributes.get("itemprop") or node.attributes.get("property")
                if name:
                    self.items.setdefault(name.removeprefix("schema:"), []).append(node)

    def get(self, key: str) -> str | None:
        values = self.meta.get(key)
        return values[0] if values else None

    def item(self, name: str) -> str | None:
        nodes = self.items.get(name)
        return nodes[0].text(separator=" ") if nodes else None

    def _meta(self, node: Node) -> None:
        attributes = node.attributes
        value = attributes.get("content")
        key = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("itemprop")
            or attributes.get("http-equiv")
        )
        if key and value and (value := value.strip()):
            self.meta.setdefault(key.lower(), []).append(value)

    def _heading(self, node: Node) -> None:
        whole = clean(node.text(separator=" "))
        if not whole:
            return
        demoted = bool(_NOT_A_HEADLINE.search(f"{node.attributes.get('class') or ''} {node.id or ''}"))
        parent = node.parent
        for _ in range(3):
            if parent is None or demoted:
                break
            demoted = parent.tag in _NOT_A_PLACE
            parent = parent.parent
        self.headings.append(Heading(text=whole, bare=_without_kicker(node) or whole, demoted=demoted))

    def _time(self, node: Node) -> None:
        """Times near the headline: those before the first heading count as much, those of other articles do not."""
        attributes = node.attributes
        parent = node.parent
        words = f"{attributes.get('class') or ''} {parent.attributes.get('class') or '' if parent is not None else ''}"
        raw = attributes.get("datetime") or attributes.get("content") or clean(node.text(separator=" "))
        if raw and len(raw) <= 60 and not _UPDATED.search(words):
            self.times.append(Candidate(raw=raw, source="time", weak=not self.headings))


def _without_kicker(node: Node) -> str | None:
    """A heading's text without its first part, if that is an element of its own and called a kicker."""
    parts: list[tuple[str, bool]] = []
    child = node.child
    while child is not None:
        text = clean(child.text(separator=" ")) if child.tag != "-comment" else ""
        if text:
            kicker = child.tag not in ("-text", "a") and bool(
                _KICKER.search(child.attributes.get("class") or "")
            )
            parts.append((text, kicker))
        child = child.next
    kept = [text for text, kicker in parts if not kicker]
    if len(kept) == len(parts) or not kept:
        return None
    return clean(" ".join(kept))


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
    page: _Page, linked: jsonld.LinkedData, entry: Entry | None, url: str | None
) -> Iterable[Candidate]:
    for key in _PUBLISHED:
        if value := page.get(key):
            yield Candidate(raw=value, source="meta")
            break
    for node in page.items.get("datePublished", ())[:1]:
        raw = (
            node.attributes.get("datetime")
            or node.attributes.get("content")
            or clean(node.text(separator=" "))
        )
        if raw and len(raw) <= 60:
            yield Candidate(raw=raw, source="time" if node.tag == "time" else "meta")
    if linked.published:
        yield Candidate(raw=linked.published, source="json-ld")
    yield from page.times[:1] if page.headings else ()
    if linked.page_published and not linked.published:
        yield Candidate(raw=linked.page_published, source="json-ld")
    for key in _PUBLISHED_WEAK:
        if value := page.get(key):
            yield Candidate(raw=value, source="meta", weak=True)
    if entry is not None and entry.published is not None:
        yield Candidate(raw=entry.published.isoformat(), source="feed")
    if day := published.url_day(url or page.canonical or page.get("og:url")):
        yield Candidate(raw=day, source="url")


def _time(raw: str | None, timezone: str, language: str | None, now: datetime | None) -> datetime | None:
    return published.parse(raw, timezone=timezone, language=language, now=now) if raw else None


def _printed_date(
    tree: Tree, *, timezone: str, language: str | None, now: datetime | None
) -> published.Published:
    """The date that stands beside the headline, where nothing declares one."""
    return published.Published()


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


def _bylines(page: _Page) -> list[str]:
    found = ["; ".join(page.meta[key]) for key in _AUTHOR if key in page.meta]
    return found + [node.text(separator=" ") for node in page.items.get("author", ())[:3]]


def _printed_authors(tree: Tree, sites: Sequence[str]) -> tuple[str, ...]:
    """The byline as printed, where nothing declares one."""
    return ()


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


def _first(page: _Page, *keys: str) -> str | None:
    return next((value for key in keys if (value := page.get(key))), None)


def _host_names(url: str | None) -> list[str]:
    """The host, and its name without www and suffix: how an outlet is often called."""
    host = (urlsplit(url).hostname or "") if url and "://" in url else ""
    host = host.removeprefix("www.")
    labels = host.split(".")
    return [host, *(label for label in labels[:-1] if len(label) > 3)] if len(labels) > 1 else []


def _plain(raw: str | None) -> str | None:
    if not raw:
        return None
    return raw if len(raw) > titles.MAX_CHARS else tidy(raw)


def _summary(page: _Page, linked: jsonld.LinkedData, headline: str | None) -> str | None:
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
    if not raw or len(raw) > 2_000:
        return None
    try:
        address = urljoin(base, raw.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def _images(page: _Page, linked: jsonld.LinkedData, base: str) -> Iterable[Image]:
    captions = {url: caption for url, caption in linked.images}
    raws = [*page.meta.get("og:image", ()), *captions, *page.meta.get("twitter:image", ())]
    seen: set[str] = set()
    for raw in raws:
        address = _address(raw, base)
        if address and address not in seen and len(seen) < MAX_IMAGES:
            seen.add(address)
            yield Image(url=address, caption=tidy(captions.get(raw)) or None)


def _tags(page: _Page, linked: jsonld.LinkedData) -> list[str]:
    tags = page.meta.get("article:tag") or list(linked.keywords)
    if not tags:
        tags = (_first(page, "news_keywords", "keywords", "parsely-tags") or "").split(",")
    elif len(tags) == 1:
        tags = tags[0].split(",")
    found = dict.fromkeys(tag for raw in tags[: 2 * MAX_TAGS] if 0 < len(tag := tidy(raw)) <= 80)
    return list(found)[:MAX_TAGS]


def _section(page: _Page, linked: jsonld.LinkedData, headline: str | None) -> str | None:
    for raw in (page.get("article:section"), linked.section, page.get("parsely-section")):
        text = tidy(raw)
        if text and len(text) <= 60 and not (headline or "").startswith(text):
            return text
    return None
