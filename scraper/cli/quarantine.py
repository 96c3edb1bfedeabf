"""``darial store quarantine``: pages that took their parser down three times, kept with their bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import Argument, Option
from scraper.errors import DarialError, StoreError
from scraper.pipeline import pending
from storage import location

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.model import Pending, Source, SourceState
    from scraper.parse_pool import ParseJob
    from storage import Quarantined, Store


def list_quarantine(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Show the pages that were given up, newest first.

    \b
    Example: darial store quarantine list --json | jq -r .url
    """
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        pages = opened.quarantined()
    if json:
        for page in pages:
            terminal.print_json(page)
        terminal.flush()
        return
    rows = [(f"{p.at:%Y-%m-%d %H:%M}", p.source, p.code, p.size, p.url) for p in pages]
    terminal.print_table(None, ("since", "source", "code", "bytes", "address"), rows, to_stdout=True)
    terminal.log_line(f"{len(pages)} pages in quarantine")


def show_quarantined(
    url: Annotated[str, Argument(metavar="URL", help="The page's address, as `quarantine list` shows it.")],
    store: StoreDir = DEFAULT_STORE,
) -> None:
    r"""Print the bytes of a page in quarantine as they were fetched; what is known of it goes to stderr.

    \b
    Example: darial store quarantine show https://news.example/1 > page.html
    """
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        page = next((p for p in opened.quarantined() if p.url == url), None)
        body = opened.quarantined_body(url)
    if page is None or body is None:
        raise _not_there(store, url)
    terminal.log_line(f"{page.url}: of {page.source}, since {page.at:%Y-%m-%d %H:%M} UTC: {page.message}")
    terminal.flush()
    sys.stdout.buffer.write(body)


def retry_quarantined(
    which: Annotated[
        list[str] | None, Argument(metavar="[URL]...", help="Their addresses; all pages if none.")
    ] = None,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    json: Annotated[bool, Option("--json", help="The stored records on stdout, one a line.")] = False,
) -> None:
    r"""Parse pages again from the bytes that were kept, and store what becomes an article. Touches no network.

    A page that fails again stays where it is, with a line that says why; the exit code is then 1.

    \b
    Examples:
      darial store quarantine retry
      darial store quarantine retry https://news.example/1
    """
    from storage import open_store

    known = known_sources(sources)
    with open_store(store, create=False) as opened:
        pages = _chosen(opened.quarantined(), which or [], store)
        stored = 0
        for page, outcome in _retried(pages, known, opened):
            if isinstance(outcome, str):
                terminal.log_line(f"{page.url}: {outcome}")
                continue
            stored += 1
            for record in outcome if json else ():
                terminal.print_json(record)
    terminal.flush()
    terminal.log_line(f"{stored} of {len(pages)} pages are articles now and left the quarantine")
    if stored < len(pages):
        raise terminal.Exit(1)


def _retried(
    pages: Sequence[Quarantined], known: Sources, opened: Store
) -> Iterator[tuple[Quarantined, Sequence[object] | str]]:
    """Each page with the records that were stored, or why none were."""
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
            bar.advance(bar.task_ids[0])
            if isinstance(result, DarialError):
                yield page, f"{result.code}: {result}"
            elif result.extraction.method == "none":
                yield (
                    page,
                    f"no_article: {', '.join(result.extraction.warnings) or 'nothing that reads like one'}",
                )
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
    """Whose page it is, and how it was announced: the entry still waits in the state of its source."""
    from scraper.model import Entry, Pending, Source, SourceState

    source = known.get(page.source) or Source(
        id=page.source, name=page.source, homepage=page.url, country="int", languages=()
    )
    state = states.get(page.source) or SourceState(source=page.source)
    waiting = (p for p in state.pending if pending.article_address(p.entry) == page.url)
    return source, state, next(waiting, Pending(entry=Entry(url=page.url), found_by="url"))


def _chosen(pages: Sequence[Quarantined], which: Sequence[str], store: str) -> list[Quarantined]:
    by_url = {page.url: page for page in pages}
    for url in which:
        if url not in by_url:
            raise _not_there(store, url)
    return [by_url[url] for url in which] if which else list(pages)


def _not_there(store: str, url: str) -> StoreError:
    return StoreError(f"{location.shown(store)} has no page {url} in quarantine", code="no_such_article")


def known_sources(path: Path) -> Sources:
    """The outlets with their rules; without the usual file pages are parsed as those of unknown outlets."""
    from scraper.config.load import Sources

    return Sources() if path == DEFAULT_FILE and not path.exists() else read_sources(path)


def register(app: terminal.Group) -> None:
    group = terminal.app("Pages that took their parser down three times: look at them, try them again.")
    group.command("list")(list_quarantine)
    group.command("show")(show_quarantined)
    group.command("retry")(retry_quarantined)
    app.add_typer(group, name="quarantine")
