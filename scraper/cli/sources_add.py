"""Add a site to the sources file after its feeds and sitemaps were tried: ``darial sources add``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from scraper.cli import terminal
from scraper.cli.options import DryRun, Replay, recording
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, add_to_file, own_file, read_sources
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError, DarialError, NotAFeed
from scraper.text.human import to_minute

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.fetch.fetcher import Fetcher
    from scraper.fetch.protocol import Network
    from scraper.model import JsonList, Page, Source
    from scraper.pipeline.probe_site import Probe

COLUMNS = ("verdict", "entries", "newest", "address", "remark")


def add_source(
    url: Annotated[str, argument("URL", "The front page of the source, or one of its feeds.")],
    sources: SourcesFile = DEFAULT_FILE,
    *,
    country: Annotated[
        str | None, option("CODE", "The country of the source; default: from its host name.")
    ] = None,
    language: Annotated[str | None, option("CODE", "Its main language; default: as its pages say.")] = None,
    dry_run: DryRun = False,
    replay: Replay = None,
) -> None:
    r"""Add a site to the sources file.

    Tries its feeds, its sitemaps and the headlines of its front page, and writes an entry for what works.

    \b
    Examples:
      darial sources add https://news.example/ --country ge
      darial sources add news.example --dry-run
    """
    from scraper import urls
    from scraper.config import edit
    from scraper.config.load import Sources

    recording(replay)
    sources = own_file(sources)
    known = read_sources(sources) if sources.exists() else Sources()
    address = _address(url)
    site = urls.site_of(address)
    if old := next((source for source in known.sources if urls.site_of(source.homepage) == site), None):
        raise ConfigError([f'{sources}: the site of {address} is already there, as source "{old.id}"'])
    tried, source = asyncio.run(_explore(address, known, replay, country=country, spoken=language))
    terminal.print_table(None, COLUMNS, map(probe_row, tried), stderr=True)
    if isinstance(source, DarialError):
        raise source
    edit.append_sources("", [source])  # report a wrong --country or --language before writing
    if dry_run:
        sys.stdout.write(edit.source_entry(source))
        return
    add_to_file(sources, [source])
    terminal.log_line(f'added to {sources} as "{source.id}"; next: darial fetch {source.id}')
    for line in edit.source_entry(source).splitlines():
        terminal.log_line(f"  {line}")


def _address(url: str) -> str:
    """Return a URL typed as in a browser, with the missing scheme and last slash. Raises ConfigError."""
    from scraper.config import fields as read

    try:
        address = read.url_value(url if "://" in url else f"https://{url}")
    except read.Wrong as wrong:
        raise ConfigError([f"{url}: {what}" for _, what in wrong.problems]) from None
    return address if address.count("/") > 2 else f"{address}/"


async def _explore(
    url: str, known: Sources, replay: Path | None, *, country: str | None, spoken: str | None
) -> tuple[list[Probe], Source | DarialError]:
    """Return what was tried, and the entry that it makes or the reason why it makes none."""
    from scraper import clock
    from scraper.model import Page
    from scraper.pipeline import probe_site

    async with site_fetcher(known, replay) as fetcher:
        page = await _answer(fetcher, url)
        given = probe_site.judge_feed(url, page, now=clock.now())
        if given.kind:  # the address is a feed itself
            usable = (link for link in given.links if probe_site.absolute_address(link, link))
            origin = probe_site.HomePage(url=next(usable, url))
            return [given], probe_site.proposed_source(
                origin, known.sources, feeds=[given], country=country, spoken=spoken
            )
        if not isinstance(page, Page) and given.verdict != "blocked":
            return [given], page
        # some servers refuse the front page to programs and give them the feed
        found = probe_site.read_home_page(page) if isinstance(page, Page) else probe_site.HomePage(url=url)
        tried = await _probe(fetcher, found.feeds)
        feeds = probe_site.choose_feeds(tried)
        if not feeds and not any(probe.verdict == "blocked" for probe in tried):
            more = [
                a for a in probe_site.common_paths(found.url, probe_site.FEED_PATHS) if a not in found.feeds
            ]
            tried += await _probe(fetcher, more)
            feeds = probe_site.choose_feeds(tried)
        if not feeds and found.posts and not any(probe.verdict == "blocked" for probe in tried):
            tried += await _probe(fetcher, [found.posts])
            feeds = probe_site.choose_feeds(tried)
        maps = await _probe(fetcher, await _named_sitemaps(fetcher, found.url))
        if not feeds and not maps and isinstance(page, Page):
            maps = await _probe(fetcher, probe_site.common_paths(found.url, probe_site.SITEMAP_PATHS))
    tried += maps
    live = [probe for probe in maps if probe.verdict == "live"][:1]
    listing = None
    if not feeds and not live:
        listing = probe_site.judge_listing(found.url, page, now=clock.now())
        tried.append(listing)
        if not isinstance(page, Page):
            return tried, page
        if listing.verdict != "live":
            return tried, NotAFeed(
                "found no feed, no sitemap and no page of headlines", code="nothing_to_poll", url=url
            )
    return tried, probe_site.proposed_source(
        found, known.sources, feeds=feeds, sitemaps=live, listing=listing, country=country, spoken=spoken
    )


def site_fetcher(known: Sources, replay: Path | None) -> Fetcher:
    """Return the way out to the network, or to a recording."""
    from scraper.fetch.fetcher import Fetcher
    from scraper.warc.transport import ReplayTransport

    return Fetcher(known.settings, transport=ReplayTransport(replay) if replay else None)


async def _probe(fetcher: Fetcher, urls: Iterable[str]) -> list[Probe]:
    """Probe addresses one after the other until the server forbids one."""
    tried: list[Probe] = []
    for url in urls:
        tried.append(await probe_address(fetcher, url))
        if tried[-1].verdict == "blocked":
            break
    return tried


async def probe_address(
    fetcher: Network,
    url: str,
    source: Source | None = None,
    *,
    listed: JsonList | None = None,
    listing: bool = False,
) -> Probe:
    """Ask an address once, and judge the answer; ``listing`` for a page of headlines."""
    from scraper import clock
    from scraper.pipeline import probe_site

    answer = await _answer(fetcher, url, source)
    if listing:
        return probe_site.judge_listing(url, answer, now=clock.now())
    return probe_site.judge_feed(url, answer, now=clock.now(), listed=listed)


async def _answer(
    fetcher: Network, url: str, source: Source | None = None, *, kind: Literal["feed", "robots"] = "feed"
) -> Page | DarialError:
    from scraper.model import Page

    try:
        answer = await fetcher.get(url, kind=kind, source=source, force=True)
    except DarialError as error:
        return error
    if isinstance(answer, Page):
        return answer
    return DarialError("the server says that nothing changed", code="unasked_304", url=url)


async def _named_sitemaps(fetcher: Fetcher, url: str) -> list[str]:
    """Return the sitemaps that robots.txt names, those for news first."""
    from urllib.parse import urljoin

    from scraper.fetch import robots
    from scraper.pipeline import probe_site

    page = await _answer(fetcher, urljoin(url, "/robots.txt"), kind="robots")
    if isinstance(page, DarialError):
        return []
    named = [probe_site.absolute_address(url, printed) for printed in robots.RobotsRules(page.body).sitemaps]
    return sorted(dict.fromkeys(filter(None, named)), key=lambda address: "news" not in address)[:3]


def probe_row(result: Probe) -> tuple[object, ...]:
    """Return the cells of an address in a table, as COLUMNS names them."""
    newest = to_minute(result.newest) if result.newest else ""
    remarks = filter(None, (result.why, result.moved_to and f"moved to {result.moved_to}"))
    return result.verdict, result.entries or "", newest, result.url, "; ".join(remarks)
