"""Parse a listing page (home page, section, "latest news") to a Feed: its article links with their headlines and dates. Pure.

With the source's ``article_url`` the links that match it are the articles. Without one, structure decides: same site, an
address shaped like an article's (number, date, long slug) and a text shaped like a headline.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from scraper.extract.html import Node, base_url, parse, select
from scraper.feeds import limits
from scraper.feeds.markup import absolute_link
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed, Source
from scraper.text.dates import DateReader, date_reader, parse_date
from scraper.text.normalize import clean_line
from scraper.text.user_regex import search_regex
from scraper.urls import canonical_or_none, site_of

MAX_LINKS = 5000
MAX_TITLE_CHARS = 300
MAX_CARD_CHARS = 1200  # a container with more text than this holds more than one teaser
MAX_CLIMB = 5
MIN_HEADLINE_CHARS = 20
MIN_HEADLINE_WORDS = 3
MIN_LONG_CHARS = 25
MIN_LONG_WORDS = 4
MIN_COMPANY = 3  # links of one shape that make a doubtful shape an article's

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HEADING = "h1,h2,h3,h4,h5,h6,[class*=title],[class*=headline],[itemprop=headline]"
_DATE = "time,[class*=date],[class*=time],[itemprop=datePublished]"
_CLOCK = re.compile(r"(?:^|\s)\d{1,2}:\d{2}(?:\s|$)")
_LEADING_TIME = re.compile(r"^(?:\d{1,2}[./]\d{1,2}[./]\d{2,4},?\s)?\d{1,2}:\d{2}\s+(?=\S)")
_DATED_PATH = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])[/-]?(?:[0-3]?\d)?(?=[/-]|$)")
_NUMBER = re.compile(r"\d{4,}")
_NOT_ARTICLES = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|page|search|rss|feed|login|about|contacts?|topics?|rubrics?|wp-admin|wp-content|user|comment-page-\d+)(?:/|$)"
    r"|\.(?:jpe?g|png|gif|webp|pdf|mp3|mp4|xml|zip|docx?)$",
    re.IGNORECASE,
)
_FURNITURE = frozenset(("nav", "footer", "form"))


class _Link:
    """An article's address with all the link elements that lead there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.nodes: list[Node] = []
        self.title, self.rank = "", 0


def parse_listing(
    html: str,
    *,
    url: str,
    article_url: str | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
) -> Feed:
    """Parse a listing page. Raises PageTooComplex only; a page without article links is a Feed without entries."""
    tree = parse(html)
    base = base_url(tree, url) or url
    links = _links(tree.body or tree.root, base, page=url)
    if article_url:
        chosen = [link for link in links if search_regex(article_url, link.url)]
    else:
        chosen = _by_structure(links, url)
    counted, read_date = {link.url for link in chosen}, date_reader(timezone, now)
    entries = [
        entry
        for link in chosen[: limits.MAX_ENTRIES]
        if (entry := read_or_skip(link.url, _entry, link, counted, base, read_date))
    ]
    title = tree.css_first("title")
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or "").strip() if root else ""
    return Feed(
        kind="listing",
        entries=tuple(entries),
        title=clean_line(title.text()) or None if title else None,
        language=language or None,
        link=url,
        notes=tuple(limits.limit_notes(items=len(chosen), entries=len(chosen))),
    )


def is_article_address(url: str, source: Source) -> bool:
    """Return True if an address can be an article's of a source: by the source's pattern, else by its shape."""
    if source.article_url:
        return search_regex(source.article_url, url)
    return _certain_shape(url) and not _NOT_ARTICLES.search(urlsplit(url).path)


def _links(root: Node | None, base: str, *, page: str) -> list[_Link]:
    """Return every linked address once, in the order of the page, with its best title."""
    found: dict[str, _Link] = {}
    here = canonical_or_none(page)
    for node in select(root, "a[href]")[:MAX_LINKS] if root else ():
        target = absolute_link(node.attributes.get("href"), base)
        if not target or not target.startswith(("http://", "https://")):
            continue
        target = target.partition("#")[0]
        key = canonical_or_none(target)
        if key is None or key == here:
            continue
        link = found.setdefault(key, _Link(target))
        link.nodes.append(node)
        rank, title = _title(node)
        if (rank, len(title)) > (link.rank, len(link.title)):
            link.rank, link.title = rank, title
    return list(found.values())


def _title(node: Node) -> tuple[int, str]:
    """Return what a link calls its target, and its quality: 4 heading, 3 text, 2 attribute, 1 picture, 0 nothing."""
    headings = select(node, _HEADING)
    for heading in headings:
        if (text := _printed(heading)) and _is_headline(text):
            return 4, text
    text = _printed(node)
    if _is_headline(text):
        return (4 if node.parent is not None and node.parent.tag in _HEADINGS else 3), text
    for name in ("title", "aria-label"):
        if _is_headline(label := clean_line(node.attributes.get(name))):
            return 2, label[:MAX_TITLE_CHARS]
    picture = node.css_first("img[alt]")
    if picture is not None and _is_headline(alt := clean_line(picture.attributes.get("alt"))):
        return 1, alt[:MAX_TITLE_CHARS]
    return 0, text


def _printed(node: Node) -> str:
    """Return the text of a link without the time that stands beside or before the headline."""
    parts = [clean_line(part) for part in node.text(separator="\x1f").split("\x1f")]
    # "<": the markup inside noscript
    kept = [p for p in parts if p and not p.startswith("<") and not _is_stamp(p)]
    return _LEADING_TIME.sub("", clean_line(" ".join(kept)))[:MAX_TITLE_CHARS]


def _is_stamp(text: str) -> bool:
    return len(text) <= 30 and bool(_CLOCK.search(text) or parse_date(text) is not None)


def _is_headline(text: str) -> bool:
    return len(text) >= MIN_HEADLINE_CHARS or (len(text) >= 10 and text.count(" ") + 1 >= MIN_HEADLINE_WORDS)


def _is_long_headline(text: str) -> bool:
    """Return True if a text is too long for a section's name, where nothing else tells an article from a section."""
    return len(text) >= MIN_LONG_CHARS or text.count(" ") + 1 >= MIN_LONG_WORDS


# ------------------------------------------------------------------------------------------ without a pattern


def _by_structure(links: list[_Link], page: str) -> list[_Link]:
    """Choose links to this site whose address and text are both an article's; a doubtful shape needs others like it."""
    site = site_of(page)
    likely = [k for k in links if site_of(k.url) == site and not _NOT_ARTICLES.search(urlsplit(k.url).path)]
    headlines = [
        k
        for k in likely
        if k.rank
        and _is_long_headline(k.title)
        and not any(parent.tag in _FURNITURE for parent in _parents(k.nodes[0], 30))
    ]
    certain = {k.url for k in headlines if _certain_shape(k.url)}
    company = Counter(_shape(k.url) for k in headlines)
    known = Counter(_shape(url) for url in certain)

    def is_usual(k: _Link) -> bool:
        slug = re.search(r"\w[-_]\w|\d|%", urlsplit(k.url).path.strip("/"))
        return slug is not None and max(known[_shape(k.url)], company[_shape(k.url)]) >= MIN_COMPANY

    return [k for k in headlines if k.url in certain or (k.rank >= 3 and is_usual(k))]


def _certain_shape(url: str) -> bool:
    parts = urlsplit(url)
    last = [s for s in parts.path.split("/") if s][-1:] or [""]
    words = [w for w in re.split(r"[-_]", last[0]) if w]
    numbered = _NUMBER.search(parts.path) or _NUMBER.search(parts.query)
    return bool(_DATED_PATH.search(parts.path) or numbered or len(words) >= 5)


def _shape(url: str) -> tuple[str, ...]:
    """Return the path with its numbers and slugs made equal: /ru/news/#/slug."""
    segments = [s for s in urlsplit(url).path.split("/") if s]
    return tuple(
        "#" if s.isdigit() else "slug" if i == len(segments) - 1 or "-" in s or "_" in s else s
        for i, s in enumerate(segments)
    )


def _parents(node: Node, limit: int) -> Iterator[Node]:
    parent = node.parent
    while parent is not None and limit:
        yield parent
        parent, limit = parent.parent, limit - 1


# ------------------------------------------------------------------------------------------ the card around a link


def _entry(link: _Link, articles: set[str], base: str, read_date: DateReader) -> Entry:
    printed, when = _date(link, articles, base, read_date)
    pictures = (img for node in link.nodes for img in select(node, "img[src]"))
    images = [absolute_link(img.attributes.get("src"), base) for img in pictures]
    return Entry(
        url=link.url,
        title=link.title or None,
        published=when,
        published_raw=printed,
        images=tuple(dict.fromkeys(i for i in images if i and i.startswith("http"))),
    )


def _date(
    link: _Link, articles: set[str], base: str, read_date: DateReader
) -> tuple[str | None, datetime | None]:
    """Return the date printed in the link or in the card around it (the widest container that holds no other article)."""
    for node in link.nodes:
        for holder in (node, *_card(node, link.url, articles, base)):
            for place in select(holder, _DATE)[:5]:
                said = place.attributes
                for printed in (said.get("datetime"), said.get("content"), place.text()):
                    text = clean_line(printed)[:120]
                    if when := read_date(text):
                        return text, when
        for part in node.text(separator="\x1f").split("\x1f"):
            text = clean_line(part)
            if 5 <= len(text) <= 40 and (when := read_date(text)):
                return text, when
        if (leading := _LEADING_TIME.match(clean_line(node.text()))) and (when := read_date(leading[0])):
            return leading[0].strip(), when
    return None, None


def _card(node: Node, url: str, articles: set[str], base: str) -> Iterator[Node]:
    for parent in _parents(node, MAX_CLIMB):
        if parent.tag in ("body", "html", "main"):
            return
        for other in select(parent, "a[href]")[:40]:
            target = absolute_link(other.attributes.get("href"), base)
            target = target.partition("#")[0] if target else target
            if target != url and target in articles:
                return
        if len(parent.text()) > MAX_CARD_CHARS:
            return
        yield parent
