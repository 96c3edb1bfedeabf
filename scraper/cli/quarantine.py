"""Show and retry pages in quarantine, which crashed their parser three times: ``darial store quarantine``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, RecordsJson, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources
from scraper.cli.terminal import argument
from scraper.errors import DarialError, StoreError
from scraper.pipeline import pending
from scraper.text.human import counted
from storage import location, open_store

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.model import Pending, Source, SourceState
    from scraper.parse_pool import ParseJob
    from storage import Quarantined, Store


def list_quarantine(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""List the pages in quarantine, newest first.

    \b
    Example: darial store quarantine list --json | jq -r .url
    """
    with open_store(store, read_only=True) as opened:
        pages = opened.quarantined()
    if json:
        for page in pages:
            terminal.print_json(page)
        return
    rows = [(f"{p.at:%Y-%m-%d %H:%M}", p.source, p.code, p.size, p.url) for p in pages]
    terminal.print_table(None, ("since", "source", "code", "bytes", "address"), rows)
    terminal.log_line(f"{counted(len(pages), 'page')} in quarantine")


def show_quarantined(
    url: Annotated[str, argument("URL", "The address of the page, as `quarantine list` shows it.")],
    store: StoreDir = DEFAULT_STORE,
) -> None:
    r"""Print the bytes of a page in quarantine.

    Its source, its time and its error go to stderr.

    \b
    Example: darial store quarantine show https://news.example/1 > page.html
    """
    with open_store(store, read_only=True) as opened:
        page = next((p for p in opened.quarantined() if p.url == url), None)
        body = opened.quarantined_body(url)
    if page is None or body is None:
        raise _missing(store, url)
    terminal.log_line(f"{page.url}: source {page.source}, since {page.at:%Y-%m-%d %H:%M} UTC: {page.message}")
    terminal.flush_stdout()
    sys.stdout.buffer.write(body)


def retry_quarantined(
    which: Annotated[
        list[str] | None, argument("[URL]...", "Addresses of pages; default: all pages.")
    ] = None,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    json: RecordsJson = False,
) -> None:
    r"""Parse pages in quarantine again.

    Parses the kept bytes, without network, and stores the articles. A page that fails again stays in quarantine and is named
    with the reason; the exit code is then 1.

    \b
    Examples:
      darial store quarantine retry
      darial store quarantine retry https://news.example/1
    """
    known = known_sources(sources)
    with open_store(store, create=False) as opened:
        pages = opened.quarantined()
        by_url = {page.url: page for page in pages}
        for url in which or ():
            if url not in by_url:
                raise _missing(store, url)
        pages = [by_url[url] for url in which] if which else pages
        stored = 0
        for page, outcome in _retried(pages, known, opened):
            if isinstance(outcome, str):
                terminal.log_line(f"{page.url}: {outcome}")
                continue
            stored += 1
            for record in outcome if json else ():
                terminal.print_json(record)
    terminal.log_line(
        f"{stored} of {counted(len(pages), 'page')} stored as articles and removed from quarantine"
    )
    if stored < len(pages):
        raise terminal.Exit(1)


def _retried(
    pages: Sequence[Quarantined], known: Sources, opened: Store
) -> Iterator[tuple[Quarantined, Sequence[object] | str]]:
    """Yield each page with the stored records, or with the reason why there are none."""
    from scraper import clock
    from scraper.codec import replace
    from scraper.model import PollDraft
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.convert import extracted_article, parse_job

    states = opened.source_states()
    plans = [_plan(page, known, states) for page in pages]

    def jobs() -> Iterator[ParseJob]:
        for page, (source, _, item) in zip(pages, plans, strict=True):
            body = opened.quarantined_body(page.url) or b""
            yield parse_job(source, item, body, url=page.url, now=page.at)

    with ParsePool() as workers, terminal.progress("parsing again", len(pages)) as bar:
        results = zip(pages, plans, workers.extract_all(jobs()), strict=True)
        for page, (source, state, item), result in results:
            bar.step()
            if isinstance(result, DarialError):
                yield page, f"{result.code}: {result}"
            elif result.extraction.method == "none":
                why = ", ".join(result.extraction.warnings) or "the page has no text of an article"
                yield page, f"no_article: {why}"
            else:
                now = clock.now()
                current = opened.source_states().get(source.id, state)
                current = replace(current, pending=tuple(p for p in current.pending if p.entry != item.entry))
                found = extracted_article(source, item, page.url, result, page.at)
                poll = PollDraft(source=source.id, state=current, articles=(found,), polled=now)
                yield page, opened.commit(poll, now=now).records


def _plan(
    page: Quarantined, known: Sources, states: dict[str, SourceState]
) -> tuple[Source, SourceState, Pending]:
    """Return the source of a page, its state, and the entry that announced the page."""
    from scraper.model import Entry, Pending, Source, SourceState

    source = known.get(page.source) or Source(
        id=page.source, name=page.source, homepage=page.url, country="int", languages=()
    )
    state = states.get(page.source) or SourceState(source=page.source)
    waiting = (p for p in state.pending if pending.article_address(p.entry) == page.url)
    return source, state, next(waiting, Pending(entry=Entry(url=page.url), found_by="url"))


def _missing(store: str, url: str) -> StoreError:
    return StoreError(f"{location.shown(store)} has no page {url} in quarantine", code="no_such_article")
