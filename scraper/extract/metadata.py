"""A parsed page in; everything but its body out: title, authors, dates, language, pictures, tags, what kind of page it is.

One pass over the elements that carry metadata; JSON-LD, meta elements, microdata and RDFa, then what is printed around
the headline, and only where the rest is silent. It changes nothing in the tree and judges no body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

from scraper.codec import Struct
from scraper.extract import authors as byline
from scraper.extract import html, json_ld, vocabulary
from scraper.extract import publication_date as published
from scraper.extract import title as titles
from scraper.extract.block_reader import Readings
from scraper.extract.meta_tags import Head
from scraper.extract.near_headline import NearHeadline
from scraper.extract.publication_date import DateCandidate
from scraper.extract.title import Declared, tidy
from scraper.model import Entry, Image
from scraper.text.dates import called_utc, parse_date
from scraper.text.normalize import folded_words

MAX_SUMMARY_CHARS = 2_000
MAX_ADDRESS_CHARS = 2_000
MAX_IMAGES, MAX_TAGS, MAX_TAG_CHARS, MAX_SECTION_CHARS = 20, 40, 80, 60
_MIN_SUMMARY_CHARS, _MIN_LABEL_CHARS = 20, 4
_TITLE_SHARE, _MIN_TITLE_TAGS, _SENTENCE_TAGS, _SHORT_WORD = 0.8, 4, 3, 2
_ADDRESS = re.compile(r"https?://[^\s/?#\[\]]+(?:[/?#]|$)", re.IGNORECASE)
# What a picture's address says of its size, and names of parameters that do
_SIZE = re.compile(
    r"[-_]\d{2,4}x\d{2,4}(?=\.\w{3,4}$)|-scaled(?=\.)|@\dx(?=\.)|/(?:\d{2,4}x\d{2,4}|[wh]_?\d{2,4}\b[^/]*|thumbs?|small|medium|large|fit-in)(?=/)"
)
_SIZE_PARAMETERS = frozenset(
    "w h width height resize fit quality q crop ssl strip zoom dpr auto format size s rect".split()  # noqa: SIM905
)
_PAID_TIERS = frozenset(("metered", "locked", "Metered", "Locked"))
_PHOTON = re.compile(r"^https?://i\d\.wp\.com/")
_HOST = re.compile(r"\s*[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@\[\]]+)", re.IGNORECASE)


class Metadata(Struct, frozen=True, kw_only=True):
    """What a page says of itself. ``language`` is its own claim, ``types`` and ``og_type`` name its kind."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()  # agencies in the place of authors
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
    base: str | None = None  # what relative addresses of the page are relative to
    site: str | None = None
    article_body: str | None = None  # JSON-LD articleBody: evidence, not truth
    og_type: str | None = None
    types: tuple[str, ...] = ()  # JSON-LD types of the page and its main content, as spelt
    paid: bool = False  # it says that not everybody may read all of it
    warnings: tuple[str, ...] = ()


# Names under which pages declare things, the surest first (general practice, not one outlet's).
_NAMES = {purpose: tuple(names.split()) for purpose, names in vocabulary.table("meta").items()}
_CODES = dict(pair.split("=") for pair in vocabulary.table("language_code")["other"].split())


def extract_metadata(
    readings: Readings,
    *,
    url: str | None = None,
    timezone: str | None = None,
    languages: Sequence[str] = (),
    now: datetime | None = None,
    latest: datetime | None = None,
    entry: Entry | None = None,
) -> Metadata:
    """Return the metadata of one page.

    ``timezone`` and ``languages`` are the outlet's; ``now`` is when the page was seen, ``latest`` a bound where that is
    unknown; ``entry`` is what its feed said.
    """
    page = Head(readings.tree)
    titles_of_page = [*(heading.text for heading in page.headings), page.get("og:title") or ""]
    linked = json_ld.read_json_ld(page.scripts, url=url, titles=titles_of_page)
    site = page.first(*_NAMES["site"])
    hosts = _host_names(url or page.get("og:url"))
    sites = [name for name in (site, linked.publisher, linked.site, page.get("publisher"), *hosts) if name]
    language = next(
        filter(None, map(_language, (page.language, linked.language, page.first(*_NAMES["language"])))), None
    )
    headline = _headline(page, linked, entry, sites)
    if headline and page.title and (tail := titles.tail(page.title, headline)):
        sites.append(tail)
    near = NearHeadline(readings, page, headline)
    address = url or page.canonical or page.get("og:url")
    reader = published.DateReader(
        timezone=timezone,
        language=language or next(iter(languages), None),
        now=now,
        latest=latest,
        day=published.url_day(address),
    )
    modified = reader.parse(next(page.named(*_NAMES["modified"]), [linked.modified or ""])[0])
    when = published.choose_date(
        list(_dates(page, near, linked, entry, reader.day)), reader, modified=modified
    )
    bare = when.source == "meta" and published.is_day(when.raw or "") and reader.day is None
    if when.value is None or when.source == "url" or bare:
        month = published.url_month(address)
        when = published.printed(when, near.dates(beside=bare), reader, modified=modified, month=month)
    signed = byline.choose_authors(
        linked.authors,
        map("; ".join, page.named(*_NAMES["author"])),
        near.bylines(),
        near.signatures(),
        entry.authors if entry else (),
        sites=sites,
        owners=page.owners,
        once=page.says_once,
    )
    base = html.base_url(readings.tree, url or _address(page.get("og:url"), ""))
    return Metadata(
        title=headline,
        authors=signed.authors,
        credits=signed.credits,
        published=when.value,
        published_raw=when.raw,
        published_from=when.source,
        modified=modified if modified is None or when.value is None or modified >= when.value else None,
        language=language,
        summary=_summary(page, linked, headline),
        images=tuple(_images(page, linked, base or "")),
        tags=tuple(_tags(page, linked, headline)),
        section=_section(page, linked, headline),
        canonical=_address(page.canonical, base or "") or _address(page.get("og:url"), base or ""),
        base=base,
        site=tidy(site) or None,
        article_body=linked.body
        if linked.body and len(linked.body) > titles.MAX_CHARS
        else tidy(linked.body) or None,
        og_type=page.get("og:type"),
        types=linked.types,
        paid=linked.paid or page.get("article:content_tier") in _PAID_TIERS,
        warnings=_warned(when, reader),
    )


def _headline(
    page: Head, linked: json_ld.LinkedData, entry: Entry | None, sites: Sequence[str]
) -> str | None:
    declared = Declared(
        headline=linked.headline or page.headline or page.get("headline"),
        og=page.get("og:title"),
        twitter=page.get("twitter:title"),
        meta=page.first(*_NAMES["title"]),
        document=page.title,
        entry=entry.title if entry else None,
    )
    return titles.choose_title(
        page.headings, declared, sites=sites, second=page.second_headings, lines=page.lines
    )


def _dates(
    page: Head, near: NearHeadline, linked: json_ld.LinkedData, entry: Entry | None, day: date | None
) -> Iterable[DateCandidate]:
    """Yield what declares a date of publication, the surest first."""
    for values in page.named(*_NAMES["published"]):
        yield DateCandidate(raw=values[0], source="meta")
        break
    if linked.published:
        yield DateCandidate(raw=linked.published, source="json-ld")
    yield from near.times()[:1]
    if linked.page_published and not linked.published:
        yield DateCandidate(raw=linked.page_published, source="json-ld", weak=True)
    for value in filter(None, map(page.get, _NAMES["published_weak"])):
        yield DateCandidate(raw=value, source="meta", weak=True)
    if entry is not None and (at := entry.published) is not None:
        yield DateCandidate(raw=entry.published_raw or at.isoformat(), at=at, source="feed")
    if day is not None:
        yield DateCandidate(raw=day.isoformat(), source="url")


def _warned(when: published.Published, reader: published.DateReader) -> tuple[str, ...]:
    """Return the warnings of a date: a local time of nobody knows where was read as UTC, or one called UTC as the outlet's."""
    if when.source == "feed" and called_utc(when.raw) and when.value != parse_date(when.raw or ""):
        return (*when.warnings, "local_time_called_utc")
    own = when.source not in ("feed", "url") and when.raw is not None
    if own and reader.timezone is None and reader.names_no_zone(when.raw or ""):
        return (*when.warnings, "local_time_as_utc")
    return when.warnings


def _language(raw: str | None) -> str | None:
    """Return a claim such as ``en-US``, ``az_AZ`` or ``eng`` as ISO 639-1."""
    code = re.split(r"[-_ ,;]", (raw or "").strip().lower(), maxsplit=1)[0]
    code = str(_CODES.get(code, code))
    return code if len(code) == len("en") and code.isalpha() else None


def _host_names(url: str | None) -> list[str]:
    """Return the host, and its name without www and suffix: how an outlet is often called."""
    found = _HOST.match(url) if url else None
    host = found[1].lower().removeprefix("www.") if found is not None else ""
    labels = host.split(".")
    return (
        [host, *(label for label in labels[:-1] if len(label) >= _MIN_LABEL_CHARS)] if len(labels) > 1 else []
    )


def _summary(page: Head, linked: json_ld.LinkedData, headline: str | None) -> str | None:
    described = (
        page.get("og:description"),
        page.get("description"),
        linked.description,
        page.get("twitter:description"),
    )
    texts = (tidy(raw[:MAX_SUMMARY_CHARS]) for raw in described if raw)
    return next((text for text in texts if len(text) > _MIN_SUMMARY_CHARS and text != headline), None)


def _address(raw: str | None, base: str) -> str | None:
    """Return an absolute http(s) address, or None."""
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
    """Yield each picture once, whatever sizes of it the page names."""
    captions = dict(linked.images)
    seen: set[str] = set()
    for raw in (*page.meta.get("og:image", ()), *captions, *page.meta.get("twitter:image", ())):
        address = _address(raw, base)
        if address and (key := _picture(address)) not in seen and len(seen) < MAX_IMAGES:
            seen.add(key)
            yield Image(url=address, caption=tidy(captions.get(raw)) or None)


def _picture(address: str) -> str:
    """Return what the addresses of one picture in several sizes have in common."""
    try:
        parts = urlsplit(_PHOTON.sub("https://", address))
    except ValueError:
        return address
    kept = [
        f"{name}={value}" for name, value in parse_qsl(parts.query) if name.lower() not in _SIZE_PARAMETERS
    ]
    return "?".join((parts.netloc.removeprefix("www.") + _SIZE.sub("", parts.path), *kept))


def _tags(page: Head, linked: json_ld.LinkedData, headline: str | None) -> list[str]:
    """Return the topics; where tags repeat the title word by word, those words are none."""
    tags = page.meta.get("article:tag") or list(linked.keywords) or [page.first(*_NAMES["tags"]) or ""]
    if len(tags) == 1:
        tags = tags[0].split(",")
    found = dict.fromkeys(tag for raw in tags[: 2 * MAX_TAGS] if 0 < len(tag := tidy(raw)) <= MAX_TAG_CHARS)
    title = set(folded_words(headline or ""))
    single = {tag for tag in found if len(folded_words(tag)) == 1}
    repeated = {tag for tag in single if folded_words(tag)[0] in title}
    short = sum(1 for tag in single if len(tag) <= _SHORT_WORD and tag.islower())
    if short >= _SENTENCE_TAGS:  # "and", "of": a sentence taken apart
        repeated = single
    elif len(repeated) < max(_MIN_TITLE_TAGS, _TITLE_SHARE * sum(1 for w in title if len(w) > _SHORT_WORD)):
        repeated = set()
    found = {
        tag: None
        for tag in found
        if tag not in repeated and folded_words(tag) != folded_words(headline or "")
    }
    return list(found)[:MAX_TAGS]


def _section(page: Head, linked: json_ld.LinkedData, headline: str | None) -> str | None:
    texts = map(tidy, (page.get("article:section"), linked.section, page.get("parsely-section")))
    return next(
        (t for t in texts if t and len(t) <= MAX_SECTION_CHARS and not (headline or "").startswith(t)), None
    )
