"""Parse sitemaps to a Feed: urlset, Google News and image extensions, sitemap index, plain lists of URLs. Pure, linear.

Tolerant: a cut or ill-formed file gives every <url> that is whole. Prefixes are ignored, containers tell whose title
a title is. The newest limits.MAX_ENTRIES are kept, in the order of the file.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from scraper.feeds import limits
from scraper.feeds.markup import absolute_link, to_text
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed
from scraper.text.dates import DateReader, date_reader, parse_date

MAX_CHILDREN = 50_000  # the protocol's own limit for an index
GENERATED_WITHIN_SECONDS = 3600.0  # dates so near to each other say when the index was made, not what is new
MAX_TOKENS = 320_000  # 50,000 <url>, the protocol's limit, with two fields each
# A leaf that holds nothing but text is one match: twice as fast as its two tags.
_TOKEN = re.compile(
    r"<(?:[\w.-]+:)?(loc|lastmod|publication_date|title|language|keywords)>([^<>]*+)</(?:[\w.-]+:)?\1\s*>|"
    r"<!\[CDATA\[|<!--|<(/?)(?:[\w.-]+:)?"
    r"(url|sitemap|loc|lastmod|news|image|video|publication|publication_date|title|language|keywords)(?=[\s>/])([^<>]*)>",
    re.IGNORECASE,
)
_END = re.compile(
    r"</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<(?:urlset|sitemapindex)[^<>]*/>", re.IGNORECASE
)
_CHILD = re.compile(r"<(?:[\w.-]+:)?sitemap[\s>]", re.IGNORECASE)
_NAME_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_/.]?(0[1-9]|1[0-2]|[1-9](?!\d))?(?:[-_/.]?([0-3]\d))?(?!\d)"
)
_LISTS = re.compile(
    r"posts-page|page-sitemap|pages?[._]|static|categor|tag|author|user|taxonom|rubric|section|image|video|photo"
)
_NEWEST = re.compile(r"news|latest|recent|today|current")
_CONTAINERS = frozenset(("news", "image", "video", "publication"))
_URL = re.compile(r"https?://\S+$", re.IGNORECASE)


class _Item(NamedTuple):
    fields: dict[str, str]
    images: tuple[str, ...]


def parse_sitemap(
    text: str, *, url: str | None = None, timezone: str | None = None, now: datetime | None = None
) -> Feed:
    """Parse a text with a <urlset> or a <sitemapindex>."""
    items = _items(text, "url")
    if not items and _CHILD.search(text) and (children := _items(text, "sitemap")):
        return _index(children, url)
    if "<sitemapindex" in text.lower() and not items:
        return Feed(kind="sitemap-index", entries=())
    entries, seen, when = [], set(), date_reader(timezone, now)
    is_news = False
    for item in items:
        loc = item.fields.get("loc")
        link = absolute_link(loc, url)
        if not link or link in seen:
            continue
        seen.add(link)
        is_news = is_news or "news.title" in item.fields or "news.publication_date" in item.fields
        if entry := read_or_skip(link, _entry, item, link, when):
            entries.append(entry)
    notes = limits.limit_notes(items=len(items), entries=len(entries))
    if len(entries) > limits.MAX_ENTRIES:
        entries = _newest(entries)
    if not _END.search(text[-400:]):
        notes.append("truncated")
    return Feed(kind="news-sitemap" if is_news else "sitemap", entries=tuple(entries), notes=tuple(notes))


def parse_url_list(text: str) -> Feed | None:
    """Parse a sitemap in its text form: one URL a line and nothing else; None if it is something else."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or not all(_URL.match(line) for line in lines):
        return None
    entries = [Entry(url=line) for line in dict.fromkeys(lines)]
    notes = limits.limit_notes(items=len(entries), entries=len(entries))
    return Feed(kind="sitemap", entries=tuple(entries[: limits.MAX_ENTRIES]), notes=tuple(notes))


def _items(text: str, name: str) -> list[_Item]:
    """Return the fields of every <name> element, keyed by their local name, in a container by "container.name"."""
    reader = _ItemReader(name)
    at = tokens = 0
    while (match := _TOKEN.search(text, at)) is not None and tokens < MAX_TOKENS:
        value_from, at = at, match.end()
        tokens += 1
        leaf, markup, slash, tag, rest = match.groups()
        if leaf:
            tokens += 1
            reader.leaf(leaf.lower(), markup)
        elif tag is None:
            closing = "]]>" if match[0] == "<![CDATA[" else "-->"
            end = text.find(closing, at)
            if end < 0:
                break
            reader.text(text[value_from : match.start()], text[at:end] if closing == "]]>" else "")
            at = end + len(closing)
        elif slash:
            reader.end(tag.lower(), text[value_from : match.start()])
        else:
            reader.begin(tag.lower(), is_empty=rest.endswith("/"))
    return reader.found


class _ItemReader:
    """Collects the <name> elements of a sitemap from its tags."""

    def __init__(self, name: str) -> None:
        self.found: list[_Item] = []
        self._name = name
        self._fields: dict[str, str] | None = None
        self._images: list[str] = []
        self._inside: list[str] = []  # containers
        self._leaf = ""  # the open element, whose text is in parts
        self._parts: list[str] = []

    def begin(self, tag: str, *, is_empty: bool) -> None:
        if tag == self._name:  # an unclosed one before it is lost only if it had no loc
            self._fields, self._images, self._inside = {}, [], []
        elif tag in _CONTAINERS and not is_empty:
            self._inside.append(tag)
        self._leaf, self._parts = tag, []

    def text(self, *parts: str) -> None:
        if self._leaf:
            self._parts += parts

    def end(self, tag: str, before: str) -> None:
        if tag == self._name:
            if self._fields is not None:
                self.found.append(_Item(self._fields, tuple(self._images)))
            self._fields = None
        elif self._inside and tag == self._inside[-1]:
            self._inside.pop()
        elif tag == self._leaf:
            self.leaf(tag, "".join([*self._parts, before]))
        self._leaf = ""

    def leaf(self, tag: str, markup: str) -> None:
        """Add a field to the item, or the address of a picture to its images."""
        self._leaf = ""
        if self._fields is None:
            return
        value, inside = to_text(markup), self._inside
        if inside and inside[-1] == "image" and tag == "loc":
            self._images.append(value)
        elif value:
            self._fields.setdefault(f"{inside[0]}.{tag}" if inside else tag, value)


def _entry(item: _Item, link: str, when: DateReader) -> Entry:
    fields = item.fields
    printed = fields.get("news.publication_date")
    changed = fields.get("lastmod")
    raw = printed or changed
    language = fields.get("news.language")
    return Entry(
        url=link,
        title=fields.get("news.title"),
        published=when(raw),
        published_raw=raw,
        modified=when(changed) if printed else None,
        tags=tuple(dict.fromkeys(t.strip() for t in fields.get("news.keywords", "").split(",") if t.strip())),
        language=language.lower() if language and len(language) <= 16 else None,
        images=tuple(dict.fromkeys(item.images)),
    )


def _index(children: list[_Item], base: str | None) -> Feed:
    """Return the children, what a poll looks for first: by lastmod, else as ``_guess`` orders them, and a note that it is a guess."""
    dated: dict[str, float] = {}
    for child in children[:MAX_CHILDREN]:
        loc, changed = child.fields.get("loc"), child.fields.get("lastmod")
        if loc and (link := absolute_link(loc, base)):
            when = parse_date(changed) if changed else None
            dated.setdefault(link, when.timestamp() if when else 0.0)
    links, times = list(dated), set(dated.values())
    if times and max(times) - min(times) > GENERATED_WITHIN_SECONDS and 0.0 not in times:
        return Feed(kind="sitemap-index", entries=(), sitemaps=tuple(sorted(links, key=lambda u: -dated[u])))
    guessed = sorted(enumerate(links), key=_guess, reverse=True)
    if max(times, default=0.0) - min(times, default=0.0) > GENERATED_WITHIN_SECONDS:  # some are dated
        guessed.sort(key=lambda each: -dated[each[1]])
    ordered = tuple(link for _, link in guessed)
    return Feed(kind="sitemap-index", entries=(), sitemaps=ordered, notes=("newest_unknown",))


def _guess(child: tuple[int, str]) -> tuple[int, str, int, int]:
    """Return how likely a child without a date holds what is new: news before articles before lists of pages and tags, then by
    the date in its name, the number in it, its place. Most programs write the newest last.
    """
    place, link = child
    name = link.lower().partition("://")[2].partition("/")[2]
    kind = 0 if _LISTS.search(name) else 2 if _NEWEST.search(name) else 1
    dates = ["".join(part.zfill(2) for part in m.groups(default="")) for m in _NAME_DATE.finditer(name)]
    numbers = re.findall(r"\d{1,9}", name)
    return kind, max(dates, default=""), int(numbers[-1]) if numbers else 0, place


def _newest(entries: list[Entry]) -> list[Entry]:
    """Return the newest entries in their old order; the first ones if none is dated."""
    times = [entry.modified or entry.published for entry in entries]
    ages = [-when.timestamp() if when else 0.0 for when in times]
    return [
        entries[i] for i in sorted(sorted(range(len(entries)), key=ages.__getitem__)[: limits.MAX_ENTRIES])
    ]
