"""Probe what a site offers to be polled: addresses to try, what became of each try, and the entry they make. Pure.

In: pages and errors that the caller fetched. Out: Probes, each with a verdict for a person, and a Source to be written down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urljoin, urlsplit

from scraper import error_messages
from scraper.codec import Struct, replace
from scraper.config import fields as read
from scraper.config.codes import COUNTRIES, LANGUAGES, OWN_COUNTRIES
from scraper.config.edit import free_id
from scraper.errors import DarialError
from scraper.extract import html
from scraper.feeds import listing as listings
from scraper.feeds import parse
from scraper.model import Feed, FeedRef, JsonList, Page, Source
from scraper.text import charset, language
from scraper.text.normalize import clean_line

FROZEN_AFTER = timedelta(days=30)
MAX_ANNOUNCED = 8
MAX_FEEDS = 4
MAX_NAME_CHARS = 60

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_XML_TYPES = tuple(
    f"{kind}/{form}" for kind in ("text", "application") for form in ("xml", "rss", "rss+xml", "x-rss+xml")
)
_MAY_ANNOUNCE = "link[rel~=alternate i][href], link[rel~=feed i][href], a[type][href]"
_CALLED_FEED = re.compile(
    r"(?:(?:our|наш[аи]?|все)\s)?(?:rss|atom|xml)(?:[\s:.-]*(?:2\.0|1\.0|feeds?|news|channel|лент[аы]|канал|новост(?:и|ей)|хроника|"
    r"лентасы|lenti|akışı|yayını|beslemesi|ახალი ამბები|არხი|հոսք|լրահոս))?|(?:news\s)?feed",
    re.IGNORECASE,
)
_FEED_ADDRESS = re.compile(r"/(?:rss|feed|atom)(?:\.xml|\.php)?/?\Z", re.IGNORECASE)
POSTS = 50
POST_FIELDS = "id,date,date_gmt,modified_gmt,guid,link,title,excerpt"
FEED_PATHS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json")
SITEMAP_PATHS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml")

Verdict = Literal["live", "empty", "frozen", "blocked", "gone", "html", "no feed", "unreachable"]
VERDICTS: tuple[Verdict, ...] = (  # the worst first
    "gone", "html", "no feed", "unreachable", "blocked", "frozen", "empty", "live"
)  # fmt: skip

_MEANT: dict[str, Verdict] = {
    **dict.fromkeys(("http_401", "http_402", "http_403", "http_429", "http_451", "robots_denied", "blocked_address"), "blocked"),
    **dict.fromkeys(("http_404", "http_410"), "gone"),
    **dict.fromkeys(("not_a_feed", "empty_document", "no_json_list"), "no feed"),
    "html_not_feed": "html",
}  # fmt: skip


class Probe(Struct, frozen=True, kw_only=True):
    """One address, tried once."""

    url: str
    verdict: Verdict
    why: str = ""
    kind: str | None = None
    entries: int = 0
    newest: datetime | None = None
    moved_to: str | None = None
    title: str | None = None
    language: str | None = None
    links: tuple[str, ...] = ()


def judge_feed(
    url: str, answer: Page | DarialError, *, now: datetime, listed: JsonList | None = None
) -> Probe:
    """Judge the answer of a feed or sitemap; ``listed`` as the source's entry describes it."""
    if isinstance(answer, Page):
        try:
            found = parse.parse_feed(
                answer.body, headers=answer.headers, url=answer.final_url, now=now, listed=listed
            )
        except DarialError as error:
            return _failed(url, error)
        moved = answer.permanent_url if answer.permanent_url != url else None
        return _found(url, found, moved, now)
    return _failed(url, answer)


def judge_listing(url: str, answer: Page | DarialError, *, now: datetime) -> Probe:
    """Judge a page that must be its own feed."""
    if not isinstance(answer, Page):
        return _failed(url, answer)
    text, _ = charset.decode_text(answer.body, answer.content_type)
    try:
        found = listings.parse_listing(text, url=answer.final_url, now=now)
    except DarialError as error:
        return _failed(url, error)
    probe = _found(url, found, None, now)
    why = "no links that look like an article's" if probe.verdict == "empty" else probe.why
    return replace(probe, title=None, why=why or "the page's own headlines")


def _failed(url: str, error: DarialError) -> Probe:
    verdict = _MEANT.get(error.code, "unreachable")
    return Probe(url=url, verdict=verdict, why=error_messages.explain_code(error.code))


def _found(url: str, found: Feed, moved: str | None, now: datetime) -> Probe:
    times = [entry.published for entry in found.entries if entry.published]
    newest = max(times, default=None)
    state: tuple[Verdict, str] = "live", ""
    if not found.entries and not found.sitemaps:
        state = "empty", "a valid feed without entries"
    elif newest and now - newest > FROZEN_AFTER:
        state = "frozen", f"nothing newer than {newest:%Y-%m-%d}"
    return Probe(
        url=url,
        verdict=state[0],
        why=state[1],
        kind=found.kind,
        entries=len(found.entries),
        newest=newest,
        moved_to=moved,
        title=clean_line(found.title) or None,
        language=_language(found),
        links=tuple(entry.url for entry in found.entries if entry.url),
    )


class HomePage(Struct, frozen=True, kw_only=True):
    """What a site's home page says: of itself, and of its feeds."""

    url: str
    name: str | None = None
    language: str | None = None
    feeds: tuple[str, ...] = ()
    posts: str | None = None  # where WordPress lists them itself


def read_home_page(page: Page) -> HomePage:
    """Read a home page. Raises PageTooComplex."""
    text, _ = charset.decode_text(page.body, page.content_type)
    tree = html.parse(text)
    base = html.base_url(tree, page.final_url) or page.final_url
    nodes = [node for node in html.select(tree, _MAY_ANNOUNCE) if _announces_feed(node)]
    nodes += [node for node in html.select(tree, "a[href]") if _is_called_feed(node)]
    announced = dict.fromkeys(_feed_address(base, node.attributes.get("href")) for node in nodes)
    names = [node.attributes.get("content") for node in html.select(tree, 'meta[property="og:site_name"]')]
    names += [node.text() for node in html.select(tree, "head > title")]
    roots = html.select(tree, "html[lang]")
    return HomePage(
        url=page.final_url,
        name=next((name[:MAX_NAME_CHARS].strip() for name in map(clean_line, names) if name), None),
        language=_code(roots[0].attributes.get("lang")) if roots else None,
        feeds=tuple(filter(None, announced))[:MAX_ANNOUNCED],
        posts=_posts(tree, base),
    )


def _announces_feed(node: html.Node) -> bool:
    """Return whether a link says by its type that it is a feed, or, without one, by its title or address."""
    kind = (node.attributes.get("type") or "").partition(";")[0].strip().lower()
    if kind:
        return kind in FEED_TYPES or kind in _XML_TYPES
    return not node.attributes.get("hreflang") and _is_called_feed(node)


def _is_called_feed(node: html.Node) -> bool:
    """Return whether a link is called a feed and nothing else, or leads to where feeds are, as Bitrix and DLE print it."""
    said = node.attributes.get("title") or node.attributes.get("aria-label") or ""
    shown = [image.attributes.get("alt") for image in node.css("img[alt]")[:1]]
    if any(_CALLED_FEED.fullmatch(clean_line(text)) for text in (node.text(), said, *shown) if text):
        return True
    return _FEED_ADDRESS.search(node.attributes.get("href") or "") is not None


def _posts(tree: html.Tree, base: str) -> str | None:
    """Return the list of posts behind the interface that WordPress announces; only what finding needs, so that it stays small."""
    for node in html.select(tree, 'link[rel="https://api.w.org/"][href]'):
        if root := _feed_address(base, node.attributes.get("href")):
            # Without pretty addresses the root is /index.php?rest_route=/
            first = "&" if "?" in root else "?"
            return f"{root.rstrip('/')}/wp/v2/posts{first}per_page={POSTS}&_fields={POST_FIELDS}"
    return None


def common_paths(url: str, paths: Sequence[str]) -> list[str]:
    return [urljoin(url, path) for path in paths]


def _feed_address(base: str, href: str | None) -> str | None:
    """Return an announced feed, absolute; not the feed of readers' comments that every WordPress page announces too."""
    found = absolute_address(base, (href or "").strip().removeprefix("feed:"))
    return None if found is None or "/comments/" in urlsplit(found).path else found


def absolute_address(base: str, printed: str | None) -> str | None:
    """Return an absolute address that can be asked for, or None where ``printed`` is none."""
    try:
        found: str = read.url_value(urljoin(base, (printed or "").strip()))
    except (read.Wrong, ValueError):
        return None
    return found


def choose_feeds(probes: Iterable[Probe]) -> list[Probe]:
    """Return the live feeds, without those that only repeat what another one brings."""
    chosen: list[Probe] = []
    for probe in probes:
        links = set(probe.links)
        repeats = any(links <= set(other.links) for other in chosen)
        if probe.verdict == "live" and not repeats and len(chosen) < MAX_FEEDS:
            chosen.append(probe)
    return chosen


def proposed_source(
    found: HomePage,
    known: Sequence[Source],
    *,
    feeds: Sequence[Probe] = (),
    sitemaps: Sequence[Probe] = (),
    listing: Probe | None = None,
    country: str | None = None,
    spoken: str | None = None,
) -> Source:
    """Return an entry for a site: what it says of itself, and what sources of the same country have."""
    parts = urlsplit(found.url)
    host = (parts.hostname or "").removeprefix("www.")
    where = country or _country(host)
    zones = Counter(source.timezone for source in known if source.country == where)
    named = [name for name in (found.name, *(probe.title for probe in feeds)) if name]
    offers = [*feeds, *sitemaps, *([listing] if listing else ())]
    languages = [spoken, *(probe.language for probe in offers), found.language]
    return Source(
        id=free_id(host, {source.id for source in known}),
        name=named[0] if named else host,
        homepage=f"{parts.scheme}://{parts.netloc}/",
        country=where,
        languages=tuple(dict.fromkeys(filter(None, languages))) or ("en",),
        timezone=zones.most_common(1)[0][0] if zones else "UTC",
        feeds=tuple(FeedRef(url=probe.moved_to or probe.url, language=probe.language) for probe in feeds),
        sitemaps=tuple(probe.url for probe in sitemaps),
        listings=(listing.url,) if listing else (),
    )


def _country(host: str) -> str:
    """Return the country by the last part of the host name; .ab and .os are no top-level domains, .int is one of another kind."""
    last = host.rpartition(".")[2]
    return last if last in COUNTRIES and last not in OWN_COUNTRIES else "int"


def _code(tag: str | None) -> str | None:
    """Return the language of a tag like en-US."""
    code = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else None


def _language(found: Feed) -> str | None:
    """Return the language that a feed says, that most of its entries say, else that of their titles."""
    said = Counter(code for entry in found.entries if (code := _code(entry.language)))
    most = said.most_common(1)[0][0] if said else None
    if spoken := _code(found.language) or most:
        return spoken
    titles = " ".join(entry.title for entry in found.entries if entry.title)
    code, confidence = language.detect_language(titles[:2000])
    return code if confidence > 0.5 and code in LANGUAGES else None
