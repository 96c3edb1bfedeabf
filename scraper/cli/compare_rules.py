"""Compare the rules of a source with the generic extraction: ``darial sources test``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, MOST, Json, Replay, StoreDir, recording
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError, DarialError
from scraper.text.human import counted
from scraper.text.normalize import clean_line
from storage import location

if TYPE_CHECKING:
    from scraper.model import Page, Source
    from scraper.parse_pool import ParseJob
    from scraper.pipeline.compare_rules import Comparison

FEW = 3  # so few pages are parsed in this process: starting others would take longer
SHOWN_CHARS = 100  # of a paragraph
SHOWN_PARAGRAPHS = 5  # of those that only one of the two has


def compare_source_rules(
    which: Annotated[str, argument("ID", "The id of the source.")],
    *,
    sources: SourcesFile = DEFAULT_FILE,
    replay: Replay = None,
    store: StoreDir = DEFAULT_STORE,
    limit: Annotated[int, option("--limit N", "Only the newest N pages.", min=1, max=MOST)] = 200,
    json: Json = False,
) -> None:
    r"""Test the rules of a source on its pages.

    Compares them with the generic extraction, on the pages of a recording (--replay) or of the page archive of the store
    (`[store] archive = true`). The exit code is 1 if there is no page, or if the rules find nothing on a page or disagree
    with the generic extraction.

    \b
    Examples:
      darial sources test valley-post
      darial sources test valley-post --replay today.warc.gz
    """
    recording(replay)
    (source,) = read_sources(sources).select([which])
    if not source.rules:
        raise ConfigError([f"{sources}: {which} has no rules to test"])
    pages = recorded(source, replay) if replay else archived(source, location.beside(store))
    found = list(comparisons(source, list(pages)[-limit:]))
    for each in found:
        if json:
            terminal.print_json(each)
        else:
            _show(each)
    matched = sum(each.verdict == "match" for each in found)
    where = replay or f"the archive of {location.beside(store)}"
    if not found:
        terminal.log_line(f"{which}: no page in {where}")
    else:
        terminal.log_line(f"{which}: the rules match {matched} of {counted(len(found), 'page')} in {where}")
    if matched < len(found) or not found:
        raise terminal.Exit(1)


def archived(source: Source, store: Path) -> Iterator[Page]:
    """Yield the archived pages of a source, oldest first."""
    from scraper.warc.page_archive import FOLDER, archive_files, archived_pages

    for path in archive_files(store / FOLDER):
        yield from (kept.page for kept in archived_pages(path) if kept.source == source.id)


def recorded(source: Source, path: Path) -> list[Page]:
    """Return the article pages of a source in a recording, as the fetcher returns them."""
    from scraper import urls
    from scraper.warc import warc_file

    polled = {source.homepage, *(feed.url for feed in source.feeds), *source.sitemaps, *source.listings}
    sites = set(map(urls.site_of, (*polled, *(f"https://{host}/" for host in source.hosts))))
    addresses = dict.fromkeys(
        uri for record in warc_file.scan(path) if record.kind == "response" and (uri := record.url)
    )
    wanted = [url for url in addresses if urls.site_of(url) in sites and url not in polled]
    return asyncio.run(_replayed(source, path, wanted))


async def _replayed(source: Source, path: Path, addresses: Iterable[str]) -> list[Page]:
    from scraper.fetch.fetcher import Fetcher
    from scraper.model import Page
    from scraper.warc.transport import ReplayTransport

    pages: list[Page] = []
    async with Fetcher(transport=ReplayTransport(path)) as fetcher:
        for url in addresses:
            try:
                page = await fetcher.get(url, source=source)
            except DarialError:
                continue  # an error page or a robots.txt
            if isinstance(page, Page):
                pages.append(page)
    return pages


def comparisons(source: Source, pages: Iterable[Page]) -> Iterator[Comparison]:
    """Yield both extractions of each article page. Pages that cannot be parsed are named on stderr."""
    from scraper.codec import replace
    from scraper.extract import extractor
    from scraper.model import Entry, Pending
    from scraper.parse_pool import ParsePool
    from scraper.pipeline import compare_rules
    from scraper.pipeline.convert import page_job
    from scraper.text import charset

    articles: list[tuple[Page, str]] = []
    for page in pages:
        text, _ = charset.decode_text(page.body, page.content_type)
        if extractor.is_html(text) and not text.lstrip().startswith("<?xml"):
            articles.append((page, text))

    def jobs() -> Iterator[ParseJob]:
        for page, _ in articles:
            job = page_job(source, Pending(entry=Entry(url=page.url)), page)
            yield job
            yield replace(job, rules=())

    with (
        ParsePool(0 if len(articles) <= FEW else None) as workers,
        terminal.progress("testing the rules", len(articles)) as bar,
    ):
        results = workers.extract_all(jobs())
        for page, text in articles:
            bar.step()
            ruled, generic = islice(results, 2)
            if isinstance(ruled, DarialError) or isinstance(generic, DarialError):
                error = ruled if isinstance(ruled, DarialError) else generic
                terminal.log_line(f"{page.final_url}: {error}")
            elif not (ruled.extraction.method == generic.extraction.method == "none"):
                yield compare_rules.compare_extractions(
                    text, url=page.final_url, rules=source.rules, ruled=ruled, generic=generic
                )


def _show(each: Comparison) -> None:
    print(f"{clean_line(each.url)}\n  {each.verdict}", end="")
    if each.silent:
        print(f"; the selectors of {', '.join(each.silent)} find nothing", end="")
    print(f"; similarity of the bodies {each.similarity:.0%}")
    names = ("title", "date", "authors", "paragraphs", "characters", "headlines")
    sides = [
        (
            side.title,
            side.published,
            ", ".join(side.authors),
            side.paragraphs,
            side.characters,
            side.headlines,
        )
        for side in (each.rules, each.generic)
    ]
    rows = [
        [name, *("-" if v is None else str(v) for v in both)]
        for name, *both in zip(names, *sides, strict=True)
    ]
    terminal.print_table(None, ("", "rules", "generic"), rows)
    for who, paragraphs in (("rules", each.only_rules), ("generic", each.only_generic)):
        for paragraph in paragraphs[:SHOWN_PARAGRAPHS]:
            print(f"  only {who}: {clean_line(paragraph)[:SHOWN_CHARS]}")
        if len(paragraphs) > SHOWN_PARAGRAPHS:
            print(f"  only {who}: {len(paragraphs) - SHOWN_PARAGRAPHS} more paragraphs")
    print()
