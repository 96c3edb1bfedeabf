"""``darial sources add`` and ``darial sources probe``: ask servers what they have to offer, politely."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from scraper.cli import terminal
from scraper.cli.options import Json, Replay, recording
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, add_to_file, read_sources
from scraper.cli.terminal import Argument, Option
from scraper.errors import ConfigError, DarialError, NotAFeed

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.fetch.fetcher import Fetcher
    from scraper.model import FeedRef, JsonList, Page, Source
    from scraper.pipeline.probe_site import Probe

COLUMNS = ("verdict", "entries", "newest", "address", "remark")


def add_source(
    url: Annotated[str, Argument(metavar="URL", help="The outlet's front page, or one of its feeds.")],
    sources: SourcesFile = DEFAULT_FILE,
    *,
    country: Annotated[
        str | None, Option(help="Whose perspective it is; by the host's name if not given.", metavar="CODE")
    ] = None,
    language: Annotated[
        str | None, Option(help="Its main language; as it says itself if not given.", metavar="CODE")
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Print the entry, write nothing.")] = False,
    replay: Replay = None,
) -> None:
    r"""Look at a site, try its feeds, sitemaps and headlines, and write an entry to the sources file.

    \b
    Examples:
      darial sources add https://news.example/ --country ge
      darial sources add news.example --dry-run
    """
    from scraper.config import edit
    from scraper.config.load import Sources
    from scraper.pipeline import probe_site

    recording(replay)
    known = read_sources(sources) if sources.exists() else Sources()
    address = _address(url)
    if old := probe_site.configured_source(address, known.sources):
        raise ConfigError([f'{sources}: the site of {address} is there already, as outlet "{old.id}"'])
    tried, source = asyncio.run(_explore(address, known, replay, country=country, spoken=language))
    _table(tried)
    if isinstance(source, DarialError):
        raise source
    edit.append_sources("", [source])  # a wrong code of the command line shows before anything is written
    if dry_run:
        sys.stdout.write(edit.source_entry(source))
        return
    add_to_file(sources, [source])
    terminal.log_line(f'added to {sources} as "{source.id}"; next: darial fetch {source.id}')
    for line in edit.source_entry(source).splitlines():
        terminal.log_line(f"  {line}")


def _address(url: str) -> str:
    """As typed into a browser: the scheme and the last slash may be missing. Raises ConfigError."""
    from scraper.config import fields as read

    try:
        address = read.url_value(url if "://" in url else f"https://{url}")
    except read.Wrong as wrong:
        raise ConfigError([f"{url}: {what}" for _, what in wrong.problems]) from None
    return address if address.count("/") > 2 else f"{address}/"


async def _explore(
    url: str, known: Sources, replay: Path | None, *, country: str | None, spoken: str | None
) -> tuple[list[Probe], Source | DarialError]:
    """All that was tried, and the entry it makes, or why it makes none."""
    from scraper import clock
    from scraper.model import Page
    from scraper.pipeline import probe_site

    async with _fetcher(known, replay) as fetcher:
        page = await _answer(fetcher, url)
        given = probe_site.judge_feed(url, page, now=clock.now())
        if given.kind:  # the address is a feed itself
            origin = probe_site.HomePage(url=next(filter(probe_site.is_usable, given.links), url))
            return [given], probe_site.proposed_source(
                origin, known.sources, feeds=[given], country=country, spoken=spoken
            )
        if not isinstance(page, Page) and given.verdict != "blocked":
            return [given], page
        # some servers refuse a program the front page and give it the feed, which is there for programs
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


def probe_sources(
    ids: Annotated[list[str] | None, Argument(metavar="[ID]...", help="Outlets; all if none.")] = None,
    sources: SourcesFile = DEFAULT_FILE,
    *,
    json: Json = False,
    replay: Replay = None,
) -> None:
    """Ask every feed and sitemap once, disabled ones too, and say which live, moved, are empty, frozen or blocked.

    Nothing is stored or changed. Exit code 1 means that a feed that is enabled does not live.

    Example: darial sources probe valley-post gorge-times
    """
    from scraper.model import FeedRef

    recording(replay)
    known = read_sources(sources)
    asked = known.select(ids) if ids else known.sources
    jobs = [
        (source, ref, on)
        for source in asked
        for ref, on in [
            *((ref, ref.enabled and source.enabled) for ref in source.feeds),
            *((FeedRef(url=address), False) for address in source.sitemaps),
        ]
    ]
    found = asyncio.run(_probe_all(known, jobs, replay))
    if json:
        for (source, _, on), result in zip(jobs, found, strict=True):
            fields = {key: getattr(result, key) for key in result.__struct_fields__ if key != "links"}
            terminal.print_json({"source": source.id, "enabled": on, **fields})
        terminal.flush()
    else:
        rows = [
            (source.id, "" if on else "off", *_row(result))
            for (source, _, on), result in zip(jobs, found, strict=True)
        ]
        terminal.print_table(None, ("outlet", "", *COLUMNS), rows, to_stdout=True)
        live = sum(result.verdict == "live" for result in found)
        terminal.log_line(f"{live} of {len(found)} addresses live")
    if any(on and result.verdict != "live" for (_, _, on), result in zip(jobs, found, strict=True)):
        raise terminal.Exit(1)


async def _probe_all(
    known: Sources, jobs: Sequence[tuple[Source, FeedRef, bool]], replay: Path | None
) -> list[Probe]:
    bar = terminal.progress("asking", len(jobs))
    with bar:

        def done() -> None:
            bar.advance(bar.task_ids[0])

        async with _fetcher(known, replay) as fetcher:
            return list(
                await asyncio.gather(
                    *(_one(fetcher, ref.url, source, done, listed=ref.json) for source, ref, _ in jobs)
                )
            )


def _fetcher(known: Sources, replay: Path | None) -> Fetcher:
    from scraper.cli.fetch import transport
    from scraper.fetch.fetcher import Fetcher

    return Fetcher(known.settings, transport=transport(known, replay, None))


async def _probe(fetcher: Fetcher, urls: Iterable[str]) -> list[Probe]:
    """One after the other, until the server forbids one: who says no once is not asked nine times."""
    tried: list[Probe] = []
    for url in urls:
        tried.append(await _one(fetcher, url))
        if tried[-1].verdict == "blocked":
            break
    return tried


async def _one(
    fetcher: Fetcher,
    url: str,
    source: Source | None = None,
    done: Callable[[], None] = lambda: None,
    *,
    listed: JsonList | None = None,
) -> Probe:
    from scraper import clock
    from scraper.pipeline import probe_site

    answer = await _answer(fetcher, url, source)
    done()
    return probe_site.judge_feed(url, answer, now=clock.now(), listed=listed)


async def _answer(fetcher: Fetcher, url: str, source: Source | None = None) -> Page | DarialError:
    try:
        return await _page(fetcher, url, source)
    except DarialError as error:
        return error


async def _page(
    fetcher: Fetcher, url: str, source: Source | None = None, *, kind: Literal["feed", "robots"] = "feed"
) -> Page:
    from scraper.model import Page

    answer = await fetcher.get(url, kind=kind, source=source, force=True)
    if not isinstance(answer, Page):  # nothing was asked that could be answered with "not modified"
        raise DarialError("the server says that nothing changed", code="unasked_304", url=url)
    return answer


async def _named_sitemaps(fetcher: Fetcher, url: str) -> list[str]:
    """The sitemaps that robots.txt names, those for news first."""
    from urllib.parse import urljoin

    from scraper.fetch import robots
    from scraper.pipeline import probe_site

    try:
        page = await _page(fetcher, urljoin(url, "/robots.txt"), kind="robots")
    except DarialError:
        return []
    named = [probe_site.absolute_address(url, printed) for printed in robots.RobotsRules(page.body).sitemaps]
    return sorted(dict.fromkeys(filter(None, named)), key=lambda address: "news" not in address)[:3]


def _table(tried: Sequence[Probe]) -> None:
    terminal.print_table(None, COLUMNS, [_row(result) for result in tried])


def _row(result: Probe) -> tuple[object, ...]:
    newest = f"{result.newest:%Y-%m-%d %H:%M}" if result.newest else ""
    moved = f"moved to {result.moved_to}" if result.moved_to else ""
    return (
        result.verdict,
        result.entries or "",
        newest,
        result.url,
        "; ".join(filter(None, (result.why, moved))),
    )


def register(group: terminal.Group) -> None:
    group.command("add")(add_source)
    group.command("probe")(probe_sources)
