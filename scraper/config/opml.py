"""Exchange sources as OPML 2.0, the format of feed readers' subscriptions. Pure; bytes of any encoding in.

Read with expat's events and without a tree: nesting costs nothing, and a document type that declares anything (the way to entity bombs) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape, unescape
from urllib.parse import urlsplit
from xml.parsers import expat

from scraper.codec import replace
from scraper.config import fields as read
from scraper.config.codes import COUNTRIES, LANGUAGES
from scraper.config.duplicates import same_address
from scraper.config.edit import free_id
from scraper.errors import ConfigError
from scraper.feeds.decode import decode_feed
from scraper.model import FeedRef, Source

MAX_FEEDS = 10_000
_BEFORE = re.compile(r"(?:<\?xml[^<>]*>|<!doctype[^<>\[]*>|[\s\ufeff])*<opml[\s>]", re.IGNORECASE)
_OUTLINE = re.compile(r"""<outline\s((?:"[^"]{0,2000}"|'[^']{0,2000}'|[^<>"'])*)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:.-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_FEED_SCHEME = re.compile(r"^feed:(?://)?(https?://)?", re.IGNORECASE)


def write_opml(sources: Iterable[Source], *, title: str = "Darial's sources") -> str:
    """Write the enabled feeds of the enabled sources, grouped by country; lists in JSON and channels are left out, since feed readers cannot read them."""
    groups: dict[str, list[str]] = {}
    for source in sources:
        for feed in source.feeds:
            if source.enabled and feed.enabled and feed.json is None and feed.kind is None:
                spoken = feed.language or source.languages[0]
                told = {"type": "rss", "text": source.name, "title": source.name, "xmlUrl": feed.url}
                told |= {"htmlUrl": source.homepage, "language": spoken, "category": f"/{source.country}"}
                attributes = " ".join(f'{key}="{escape(value)}"' for key, value in told.items())
                groups.setdefault(source.country, []).append(f"      <outline {attributes}/>")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["  <head>", f"    <title>{escape(title)}</title>", "  </head>", "  <body>"]
    for country, outlines in groups.items():
        lines += [f'    <outline text="{escape(country)}">', *outlines, "    </outline>"]
    return "\n".join([*lines, "  </body>", "</opml>"]) + "\n"


def parse_opml(
    data: bytes, *, country: str, language: str, path: str = "OPML"
) -> tuple[list[Source], list[str]]:
    """Return the sources of an OPML file, one for each site, and a line for each feed that was left out.

    ``country`` and ``language`` are for what the file does not say. Raises ConfigError for what is no OPML.
    """
    sources: dict[str, Source] = {}
    left_out: list[str] = []
    seen: set[str] = set()
    for attributes in _feeds(data, path):
        try:
            # "feed:" stands for http where it stands alone
            printed = _FEED_SCHEME.sub(lambda match: match[1] or "http://", attributes["xmlurl"].strip())
            address = read.url_value(printed)
        except read.Wrong as wrong:
            left_out += [what for _, what in wrong.problems]
            continue
        if same_address(address) in seen:
            continue
        seen.add(same_address(address))
        parts = urlsplit(address)
        home = _address(attributes.get("htmlurl")) or f"{parts.scheme}://{parts.netloc}/"
        spoken = attributes.get("language", "").strip().lower().replace("_", "-").partition("-")[0]
        where = re.split(r"[/,]", attributes.get("category", "").strip("/, ").lower())[0]
        feed = FeedRef(url=address, language=spoken if spoken in LANGUAGES else None)
        site = (urlsplit(home).hostname or "").removeprefix("www.")
        if site in sources:
            old = sources[site]
            more = (feed.language,) if feed.language and feed.language not in old.languages else ()
            sources[site] = replace(old, feeds=(*old.feeds, feed), languages=(*old.languages, *more))
            continue
        sources[site] = Source(
            id=free_id(site, {source.id for source in sources.values()}),
            name=_name(attributes) or site,
            homepage=home,
            country=where if where in COUNTRIES else country,
            languages=(feed.language or language,),
            feeds=(feed,),
        )
    return list(sources.values()), left_out


def missing_feeds(found: Sequence[Source], known: Sequence[Source]) -> list[Source]:
    """Return the found sources whose feeds are not all known, without the known feeds, under ids that are free."""
    feeds = {same_address(feed.url) for source in known for feed in source.feeds}
    ids = {source.id for source in known}
    new: list[Source] = []
    for source in found:
        left = tuple(feed for feed in source.feeds if same_address(feed.url) not in feeds)
        if left:
            new.append(replace(source, id=free_id(source.id, ids), feeds=left))
            ids.add(new[-1].id)
    return new


def _name(attributes: Mapping[str, str]) -> str:
    text = unescape(attributes.get("title") or attributes.get("text") or "")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _address(text: str | None) -> str | None:
    try:
        return read.url_value((text or "").strip())
    except read.Wrong:
        return None


def _feeds(data: bytes, path: str) -> list[dict[str, str]]:
    """Return the attributes of every outline that has a feed's address, with names in lower case."""
    try:
        found = _outlines(data, path)
    except expat.ExpatError as error:
        found = _tags(decode_feed(data, None))
        if not found:
            raise ConfigError([f"{path}: not OPML: {error}"]) from None
    if len(found) > MAX_FEEDS:
        raise ConfigError([f"{path}: more than {MAX_FEEDS} feeds"])
    return found


def _tags(text: str) -> list[dict[str, str]]:
    """Return the outlines of a file that is no XML, but was meant to be OPML: what programs and people write all the same."""
    text = "".join(part.partition("-->")[2] if at else part for at, part in enumerate(text.split("<!--")))
    found = []
    for tag in _OUTLINE.finditer(text) if _BEFORE.match(text) else ():
        parts = reversed(_ATTRIBUTE.findall(tag[1]))
        values = {name.lower(): unescape(double or single or bare) for name, double, single, bare in parts}
        if values.get("xmlurl", "").strip():
            found.append(values)
    return found


def _outlines(data: bytes | str, path: str) -> list[dict[str, str]]:
    """Return the outlines of a file that is XML. Raises ExpatError, ConfigError for another root or a document type."""
    found: list[dict[str, str]] = []
    names: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        names.append(name.lower())
        if names[0] != "opml":
            raise ConfigError([f"{path}: not OPML: it begins with <{name[:40]}>"])
        lower = {key.lower(): value for key, value in attributes.items()}
        if names[-1] == "outline" and lower.get("xmlurl", "").strip():
            found.append(lower)

    def end(_: str) -> None:
        if len(names) > 1:  # the root's name stays: what follows it is still judged by it
            names.pop()

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse(path)
    try:
        parser.Parse(data, True)
    except (ValueError, LookupError) as error:
        raise ConfigError([f"{path}: not OPML: {error}"]) from None
    return found


def _refuse(path: str) -> Callable[[str, str | None, str | None, int], None]:
    def doctype(_: str, system: str | None, __: str | None, has_entities: int) -> None:
        """Refuse a document type that declares something or names a file; a plain one says nothing."""
        if has_entities or (system or "").lower().startswith("file:"):
            raise ConfigError([f"{path}: has a document type, which OPML files do not need"])

    return doctype
