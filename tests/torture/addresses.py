"""Addresses made by chance through every place that takes one: each is used, or refused with a code; nothing else is raised.

A part of ``python -m tests.torture network``, B17. What is pure is called as it is; what asks is given a network of hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from scraper import urls
from scraper.codec import encode
from scraper.config import fields, opml
from scraper.config.duplicates import same_address
from scraper.config.edit import free_id, source_entry
from scraper.config.load import load_sources
from scraper.errors import DarialError
from scraper.extract import extractor
from scraper.feeds import listing, markup
from scraper.fetch import redirects, robots, transport
from scraper.fetch.fetcher import Fetcher
from scraper.ingest import url_lists
from scraper.ingest.import_pages import PageImporter
from scraper.ingest.model import PageBatch, SavedPage
from scraper.ingest.page_url import saved_page_url
from scraper.model import Entry, FeedState, Page, Pending, Validators
from scraper.notify import post
from scraper.notify.message import WebhookMessage
from scraper.parse_pool import ParsePool
from scraper.pipeline import feed_reading, pending, probe_site
from scraper.pipeline.context import PollContext
from scraper.pipeline.convert import extracted_article
from scraper.pipeline.poll import fetch_urls, poll
from scraper.pipeline.readings import How
from scraper.pipeline.related_links import related_items
from scraper.pipeline.source_lookup import SourceLookup
from scraper.settings import Settings
from scraper.warc.transport import url_key
from storage import open_store
from tests.support import world
from tests.support.fake_network import Answer, FakeNetwork
from tests.support.hostile_addresses import addresses
from tests.torture.bugs import Bugs

COUNT = 40_000
AT_ONCE = 250  # addresses in one document
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
GOOD_PATH = b"/news/1-road"
OUTLET = world.source("courier")
KNOWN = (DarialError, fields.Wrong)

Part = dict[str, Any]


# ------------------------------------------------------------------------------------------ one address


def _owned(url: str) -> None:
    source = SourceLookup([OUTLET]).of(url)
    load_sources(source_entry(source))


def _found(url: str) -> None:
    article = extractor.extract_document(
        b"<article><h1>T</h1><p>One sentence of a page.</p></article>", url=url
    )
    item = Pending(entry=Entry(url=url, guid=url))
    made = extracted_article(OUTLET, item, url, article, NOW)
    related_items([made], OUTLET, SourceLookup([OUTLET]))


def _source(url: str) -> None:
    quoted = '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in url) + '"'
    outlet = f'id = "x1"\nname = "X"\nhomepage = {quoted}\ncountry = "ge"\nlanguages = ["en"]\nhosts = [{quoted}]\n'
    load_sources(
        f"[[source]]\n{outlet}feeds = [{{ url = {quoted} }}]\nsitemaps = [{quoted}]\nlistings = [{quoted}]\n"
    )


def _proposed(url: str) -> None:
    fields.url_value(url)
    source = probe_site.proposed_source(probe_site.HomePage(url=url), [OUTLET])
    load_sources(source_entry(source))
    free_id(source.homepage, {"a"})


ONE: dict[str, Callable[[str], object]] = {
    "check": redirects.check_url,
    "redirect": lambda url: redirects.redirect_target("https://a.example/b", url),
    "site": lambda url: redirects.site_asked(redirects.check_url(url)),
    "spelling": urls.canonicalise,
    "identity": lambda url: (urls.identity_keys("x", [url], url), urls.site_of(url), urls.host_of(url), urls.as_written(url)),
    "claim": lambda url: (urls.believable_canonical("https://a.example/news/1", url), urls.believable_canonical(url, url)),
    "printed link": lambda url: (markup.absolute_link(url, None), markup.absolute_link(url, "https://a.example/b/")),
    "sources.toml": _source,
    "sources.toml, host": fields.host,
    "sources.toml, private host": fields.private_host,
    "sources add": _proposed,
    "whose": _owned,
    "same address": same_address,
    "record": _found,
    "recording": url_key,
    "robots.txt rules": lambda url: robots.RobotsRules(f"User-agent: *\nDisallow: {url}\nSitemap: {url}".encode("utf-8", "replace")).allows(redirects.check_url(url)),
    "OPML": lambda url: opml.parse_opml(
        f'<opml><body><outline xmlUrl="{escape(url)}" htmlUrl="{escape(url)}"/></body></opml>'.encode("utf-8", "replace"), country="ge", language="en"
    ),
    "saved page": lambda url: saved_page_url(f'<!-- saved from url=(0019){url} --><link rel=canonical href="{escape(url)}"><meta property=og:url content="{escape(url)}">'),
}  # fmt: skip


# ------------------------------------------------------------------------------------------ a document of many


def _page(data: bytes, kind: str, url: str = "https://courier.example/") -> Page:
    return Page(url=url, final_url=url, status=200, headers={"content-type": kind}, body=data, fetched=NOW)


def _read(page: Page, how: How) -> None:
    state = FeedState(url=page.url)
    reading = feed_reading.read_answer(page, how, OUTLET, state, Validators(), forced=False)
    pending.merge_pending((), feed_reading.announced_by(reading))


def _feed_of(some: Sequence[str]) -> bytes:
    items = "".join(
        f"<item><title>A headline</title><link>{escape(u)}</link><guid>{escape(u)}</guid><enclosure url='{escape(u)}'/></item>"
        for u in some
    )
    xml = f"<rss version='2.0'><channel><link>{escape(some[0])}</link>{items}</channel></rss>"
    return xml.encode("utf-8", "replace")


def _rss(some: Sequence[str]) -> None:
    _read(_page(_feed_of(some), "application/rss+xml"), "feed")


def _atom(some: Sequence[str]) -> None:
    items = "".join(
        f"<entry xml:base='{escape(u)}'><title>A headline</title><link href='{escape(u)}'/><id>{escape(u)}</id></entry>"
        for u in some
    )
    xml = f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{escape(some[0])}'>{items}</feed>"
    _read(_page(xml.encode("utf-8", "replace"), "application/atom+xml"), "feed")


def _sitemap(some: Sequence[str]) -> None:
    items = "".join(f"<url><loc>{escape(u)}</loc></url>" for u in some)
    xml = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{items}</urlset>"
    _read(_page(xml.encode("utf-8", "replace"), "application/xml"), "sitemap")


def _html(some: Sequence[str]) -> None:
    """A page whose every link is one, as an article, as a listing, as a front page, and under such a base."""
    links = "".join(
        f"<li><a href='{escape(u)}'>A headline of so many words {n}</a><img src='{escape(u)}'></li>"
        for n, u in enumerate(some)
    )
    tags = "".join(
        f"<link rel=canonical href='{escape(u)}'><meta property=og:url content='{escape(u)}'><meta property=og:image content='{escape(u)}'>"
        f"<link rel=alternate type='application/rss+xml' href='{escape(u)}'><link rel='https://api.w.org/' href='{escape(u)}'>"
        for u in some[:20]
    )
    text = "".join(f"<p>{sentence}</p>" for sentence in world.SENTENCES)
    for base in ("", f"<base href='{escape(some[0])}'>"):
        body = f"<html><head>{base}{tags}<title>T</title></head><article><h1>T</h1>{text}</article><ul class=related>{links}</ul></html>"
        data = body.encode("utf-8", "replace")
        page = _page(data, "text/html; charset=utf-8")
        article = extractor.extract_document(data, url=page.url)
        item = Pending(entry=Entry(url=page.url))
        related_items(
            [extracted_article(OUTLET, item, page.url, article, NOW)], OUTLET, SourceLookup([OUTLET])
        )
        _read(page, "listing")
        probe_site.read_home_page(page)
        listing.parse_listing(body, url=page.url, now=NOW)


def _list(some: Sequence[str]) -> None:
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write("\n".join(some).encode("utf-8", "replace"))
        file.flush()
        list(url_lists.read_url_list(Path(file.name)))


MANY: dict[str, Callable[[Sequence[str]], None]] = {
    "RSS": _rss,
    "Atom": _atom,
    "JSON Feed": lambda some: _read(_page(_json(some), "application/feed+json"), "feed"),
    "sitemap": _sitemap,
    "page": _html,
    "list": _list,
}  # fmt: skip


def _json(some: Sequence[str]) -> bytes:
    plain = [u.encode("utf-8", "replace").decode() for u in some]
    items = [{"id": u, "url": u, "title": "A headline", "image": u} for u in plain]
    return encode(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "T",
            "home_page_url": plain[0],
            "items": items,
        }
    )


# ------------------------------------------------------------------------------------------ asked for


def _server(some: Sequence[str]) -> FakeNetwork:
    """A network on which every second robots.txt, and everything named /moved, leads to the next of the addresses."""
    left, turn = itertools.cycle(some), itertools.cycle((True, False))

    def answer(request: transport.Request) -> Answer:
        path = request.url.raw_path
        if path == b"/robots.txt" and next(turn):
            return 404, {}, b""
        if path in (b"/moved", b"/robots.txt"):
            return 302, {"Location": _header(next(left))}, b""
        if (
            path != GOOD_PATH and zlib.crc32(path) % 10
        ):  # an article each time would be a torture of the parser
            return 404, {}, b""
        return 200, {"Content-Type": "text/html"}, world.article(1)

    return FakeNetwork(answer)


def _header(url: str) -> str:
    return url.replace("\r", "").replace("\n", "").encode("utf-8", "replace").decode()


async def _asked(some: Sequence[str], uncaught: Uncaught) -> None:
    """Asked for directly, behind a redirect of a page and of robots.txt, and as a receiver of messages."""
    receiver = FakeNetwork(lambda _: (200, {}, b""))
    async with Fetcher(Settings(pace_seconds=0), transport=_server(some), polite=False) as fetcher:
        for number, url in enumerate(some):
            message = WebhookMessage(url=url, headers={}, body=b"x")
            for place, asking in (
                ("fetch", fetcher.get(url)),
                ("redirect of a page", fetcher.get(f"https://h{number}.example/moved")),
                ("webhook", post.post_webhook(message, receiver, now=lambda: NOW)),
            ):
                try:
                    await asking
                except KNOWN:
                    uncaught.refused += 1
                except Exception as error:
                    uncaught.note(place, url, error)


async def _whole_way(some: Sequence[str], uncaught: Uncaught) -> None:
    """A poll of a feed that announces them beside one good article, then each as if a person had named it, then as a list."""
    rss = _feed_of([*some, f"https://courier.example{GOOD_PATH.decode()}"])
    table = _server(some)
    asked = table.answers

    def answer(request: transport.Request) -> Answer:
        is_feed = request.url.raw_path == b"/feed.xml"
        if is_feed:
            return 200, {"Content-Type": "application/rss+xml"}, rss
        return asked(request)  # type: ignore[operator]

    table.answers = answer
    settings = Settings(pace_seconds=0, max_pages_per_poll=len(some) + 1)
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(open_store(Path(folder) / "s")) as store:
        async with Fetcher(settings, transport=table, polite=False) as fetcher, ParsePool(0) as workers:
            io = PollContext(network=fetcher, store=store, parser=workers, settings=settings)
            io.set_sources([OUTLET])
            pages = tuple(SavedPage(url=url, place=str(n)) for n, url in enumerate(some))
            importer = PageImporter(
                store=store, workers=workers, owners=SourceLookup([OUTLET]), network=fetcher, now=lambda: NOW
            )
            try:
                polled = await poll(io, OUTLET)
                single = await fetch_urls(io, some, [OUTLET])
                result = await importer.import_batch(PageBatch(after="", pages=pages))
            except Exception as error:
                uncaught.note("poll, fetch or ingest", some[0], error)
                return
    uncaught.refused += len(polled.failed)
    failures = [f for outcome in (polled, *single) for f in outcome.failed]
    bugs = [(f.url, f.message) for f in failures if f.code == "bug"]
    bugs += [(page.url, page.message) for page in result.refused if page.code == "bug"]
    for url, message in bugs:
        uncaught.note("poll, fetch or ingest", url or "", RuntimeError(message))
    if not polled.new:
        uncaught.note("poll", some[0], RuntimeError("the good article was not stored"))


# ------------------------------------------------------------------------------------------ all of it


class Uncaught:
    """What was raised that is no refusal, and how many refusals there were."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.places: Counter[str] = Counter()
        self.refused = 0

    def note(self, place: str, url: str, error: Exception) -> None:
        self.places[place] += 1
        if self.places[place] <= 5:
            self.faults.append(f"{place}: {url[:80]!a}: {type(error).__name__}: {str(error)[:120]!a}")

    def call(self, place: str, work: Callable[[Any], object], given: Any) -> None:
        try:
            work(given)
        except KNOWN:
            self.refused += 1
        except Exception as error:
            self.note(place, given if isinstance(given, str) else given[0], error)


def hostile(count: int = COUNT, seed: int = 1) -> Part:
    """Every address through every place, alone and in documents of many."""
    made = list(addresses(count, seed))
    uncaught, bugs = Uncaught(), Bugs()
    for url in made:
        for place, work in ONE.items():
            uncaught.call(place, work, url)
    for at in range(0, count, AT_ONCE):
        some = made[at : at + AT_ONCE]
        for place, read in MANY.items():
            uncaught.call(place, read, some)
        asyncio.run(_asked(some, uncaught))
        asyncio.run(_whole_way(some, uncaught))
        for line in bugs.taken():
            uncaught.note("spared, and logged", some[0], RuntimeError(line))
    places = len(ONE) + len(MANY) + 6
    said = f"{places} places, {uncaught.refused:,} refusals with a code, {sum(uncaught.places.values())} uncaught"
    return {
        "points": count,
        "uncaught": sum(uncaught.places.values()),
        "faults": uncaught.faults,
        "said": said,
    }
