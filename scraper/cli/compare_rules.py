"""``darial sources test``: an outlet's rules on its recorded pages, beside the generic path."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, MOST, Json, Replay, StoreDir, recording
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import Argument, Option
from scraper.errors import ConfigError, DarialError
from storage import location

if TYPE_CHECKING:
    from scraper.model import Page, Source
    from scraper.parse_pool import ParseJob
    from scraper.pipeline.compare_rules import Comparison, Side

FEW = 3  # so few pages are parsed here: starting processes would take longer
SHOWN_CHARS = 100  # of a paragraph
SHOWN_PARAGRAPHS = 5  # of those that only one way keeps


def compare_source_rules(
    which: Annotated[str, Argument(metavar="ID", help="The outlet's id.")],
    *,
    sources: SourcesFile = DEFAULT_FILE,
    replay: Replay = None,
    store: StoreDir = DEFAULT_STORE,
    limit: Annotated[
        int, Option("--limit", metavar="N", help="The newest N pages only.", min=1, max=MOST)
    ] = 200,
    json: Json = False,
) -> None:
    r"""Run an outlet's rules on its recorded pages and show what they change against the general extraction.

    The pages are those of a recording (--replay), else those that the store keeps (`[store] archive = true`). The exit
    code is 1 if the rules do not match a page, disagree with it, or there is no page to try them on.

    \b
    Examples:
      darial sources test valley-post
      darial sources test valley-post --replay today.warc.gz
    """
    recording(replay)
    (source,) = read_sources(sources).select([which])
    if not source.rules:
        raise ConfigError([f"{sources}: {which} has no rules: there is nothing to test"])
    pages = recorded(source, replay) if replay else archived(source, location.beside(store))
    found = list(comparisons(source, list(pages)[-limit:]))
    for each in found:
        if json:
            terminal.print_json(each)
        else:
            _show(each)
    terminal.flush()
    matched = sum(each.verdict == "match" for each in found)
    where = replay or f"the archive of {location.beside(store)}"
    if not found:
        terminal.log_line(f"{which}: no page of it in {where}")
    else:
        terminal.log_line(f"{which}: the rules match {matched} of {len(found)} pages of {where}")
    if matched < len(found) or not found:
        raise terminal.Exit(1)


def archived(source: Source, store: Path) -> Iterator[Page]:
    """The outlet's pages that the store keeps, oldest first."""
    from scraper.warc.page_archive import FOLDER, archive_files, archived_pages

    for path in archive_files(store / FOLDER):
        yield from (kept.page for kept in archived_pages(path) if kept.source == source.id)


def recorded(source: Source, path: Path) -> list[Page]:
    """The outlet's article pages in a recording, each as the fetcher gives it."""
    from scraper import urls
    from scraper.warc import warc_file

    sites = {
        urls.site_of(url)
        for url in (
            source.homepage,
            *(feed.url for feed in source.feeds),
            *source.sitemaps,
            *source.listings,
            *(f"https://{host}/" for host in source.hosts),
        )
    }
    polled = {source.homepage, *(feed.url for feed in source.feeds), *source.sitemaps, *source.listings}
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
                continue  # an error page, a robots.txt: nothing to try rules on
            if isinstance(page, Page):
                pages.append(page)
    return pages


def comparisons(source: Source, pages: Iterable[Page]) -> Iterator[Comparison]:
    """Each page that holds an article, both ways. Pages that cannot be parsed are named on stderr."""
    from scraper.codec import replace
    from scraper.extract import extractor
    from scraper.model import Entry, Pending
    from scraper.parse_pool import ParsePool
    from scraper.pipeline import compare_rules
    from scraper.pipeline.convert import job_of
    from scraper.text import charset

    articles: list[tuple[Page, str]] = []
    for page in pages:
        text, _ = charset.decode_text(page.body, page.content_type)
        if extractor.is_html(text) and not text.lstrip().startswith("<?xml"):
            articles.append((page, text))

    def jobs() -> Iterator[ParseJob]:
        for page, _ in articles:
            item = Pending(entry=Entry(url=page.url))
            job = job_of(
                source,
                item,
                page.body,
                url=page.final_url,
                content_type=page.content_type,
                now=page.fetched,
            )
            yield job
            yield replace(job, rules=())

    with (
        ParsePool(0 if len(articles) <= FEW else None) as workers,
        terminal.progress("trying the rules", len(articles)) as bar,
    ):
        results = workers.extract_all(jobs())
        for page, text in articles:
            bar.advance(bar.task_ids[0])
            ruled, generic = islice(results, 2)
            if isinstance(ruled, DarialError) or isinstance(generic, DarialError):
                error = ruled if isinstance(ruled, DarialError) else generic
                terminal.log_line(f"{page.final_url}: {error}")
            elif not (ruled.extraction.method == generic.extraction.method == "none"):
                yield compare_rules.compare(
                    text, url=page.final_url, rules=source.rules, ruled=ruled, generic=generic
                )


def _show(each: Comparison) -> None:
    from scraper.text.normalize import clean_line

    print(f"{clean_line(each.url)}\n  {each.verdict}", end="")
    if each.silent:
        print(f"; no selector of {', '.join(each.silent)} finds anything", end="")
    print(f"; body {each.similarity:.0%} alike")
    rows = [
        (
            name,
            clean_line(str(ours if ours is not None else "-")),
            clean_line(str(theirs if theirs is not None else "-")),
        )
        for name, ours, theirs in _sides(each.rules, each.generic)
    ]
    terminal.print_table(None, ("", "rules", "generic"), rows, to_stdout=True)
    for who, paragraphs in (("rules", each.only_rules), ("generic", each.only_generic)):
        for paragraph in paragraphs[:SHOWN_PARAGRAPHS]:
            print(f"  only {who}: {clean_line(paragraph)[:SHOWN_CHARS]}")
        if len(paragraphs) > SHOWN_PARAGRAPHS:
            print(f"  only {who}: {len(paragraphs) - SHOWN_PARAGRAPHS} more paragraphs")
    print()


def _sides(ours: Side, theirs: Side) -> Iterator[tuple[str, object, object]]:
    yield "title", ours.title, theirs.title
    yield "date", ours.published, theirs.published
    yield "authors", ", ".join(ours.authors), ", ".join(theirs.authors)
    yield "paragraphs", ours.paragraphs, theirs.paragraphs
    yield "characters", ours.characters, theirs.characters
    yield "headlines", ours.headlines, theirs.headlines


def register(app: terminal.Group) -> None:
    app.command("test")(compare_source_rules)
