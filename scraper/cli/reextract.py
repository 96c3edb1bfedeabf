"""Extract archived pages again with the present code and rules: ``darial store reextract``."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from scraper.cli import terminal
from scraper.cli.filters import moment_value
from scraper.cli.options import DEFAULT_STORE, DryRun, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources
from scraper.cli.terminal import option
from scraper.errors import DarialError, StoreError
from scraper.text.human import counted
from storage import location, open_store

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.model import ExtractedArticle, Record
    from scraper.parse_pool import ParseJob, ParsePool
    from scraper.warc.page_archive import ArchivedPage
    from storage import Store

BATCH = 50  # revisions in one transaction
KIB = 1024


class ReextractStep(NamedTuple):
    """The result for one archived page: a revision to store, or the reason why there is none."""

    record: Record
    found: ExtractedArticle | None
    verdict: str  # "revised", "unchanged", "no article", or an error's code


def reextract(
    store: StoreDir = DEFAULT_STORE,
    *,
    sources: SourcesFile = DEFAULT_FILE,
    source: Annotated[str | None, option("--source ID", "Only this source.")] = None,
    since: Annotated[str | None, option("--since TIME", "Only pages fetched since this time.")] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    r"""Extract the archived pages again.

    Stores a revision if the clean text has changed; it has "reextracted" in extraction.warnings. Nothing is fetched. Pages
    are archived only with `[store] archive = true` in the sources file.

    \b
    Examples:
      darial store reextract --dry-run
      darial store reextract --source valley-post --since 2026-11-01
    """
    from scraper.parse_pool import ParsePool
    from scraper.warc.page_archive import FOLDER, archive_files

    known = known_sources(sources)
    moment = moment_value(since)
    open_store(store, read_only=dry_run, create=False).close()  # there must be one
    paths = archive_files(location.beside(store) / FOLDER)
    if not paths:
        raise StoreError(
            f"{location.beside(store)} has no archived pages: set `[store] archive = true` in {sources} to keep them",
            code="store_missing",
        )
    if moment is not None:
        paths = [path for path in paths if path.name >= moment.strftime("%Y-%m-%d")]
    with open_store(store, read_only=dry_run) as opened, ParsePool() as workers:
        counts = reextract_files(paths, known, opened, workers, only=source, since=moment, dry_run=dry_run)
    _report(counts, as_json=json, dry_run=dry_run)


def reextract_files(
    paths: list[Path],
    known: Sources,
    opened: Store,
    workers: ParsePool,
    *,
    only: str | None = None,
    since: datetime | None = None,
    dry_run: bool = False,
) -> dict[str, Counter[str]]:
    """Extract the pages of these files again, store what changed, and return the verdicts of each source counted."""
    counts: dict[str, Counter[str]] = {}
    waiting: list[ExtractedArticle] = []
    for step in reextract_steps(paths, known, opened, workers, only=only, since=since):
        counts.setdefault(step.record.source, Counter())[step.verdict] += 1
        if step.found is None or dry_run:
            continue
        waiting.append(step.found)
        if len(waiting) >= BATCH:
            commit(opened, waiting)
            waiting.clear()
    commit(opened, waiting)
    return counts


def reextract_steps(
    paths: list[Path],
    known: Sources,
    opened: Store,
    workers: ParsePool,
    *,
    only: str | None,
    since: datetime | None,
) -> Iterator[ReextractStep]:
    """Yield a step for every page that is the latest of a stored article; pages are parsed in parallel."""
    from scraper.pipeline.reextract import is_current, reextracted, reextraction_job

    sizes = sum(path.stat().st_size for path in paths)
    bar = terminal.progress("re-extracting (KiB)", sizes // KIB)
    under_way: deque[tuple[ArchivedPage, Record]] = deque()

    def jobs() -> Iterator[ParseJob]:
        for kept in _pages(paths, lambda read: bar.step(read // KIB)):
            page = kept.page
            if (since and page.fetched < since) or (only and kept.source not in (None, only)):
                continue
            record = opened.get(page.final_url) or opened.get(page.url)
            if record is None or (only and record.source != only) or not is_current(page, record):
                continue
            under_way.append((kept, record))
            yield reextraction_job(page, record, known.get(record.source))

    with bar:
        for result in workers.extract_all(jobs()):
            kept, record = under_way.popleft()
            if isinstance(result, DarialError):
                yield ReextractStep(record, None, result.code)
            elif result.extraction.method == "none":
                yield ReextractStep(record, None, "no article")
            else:
                found = reextracted(kept.page, record, result)
                yield ReextractStep(record, found, "revised" if found else "unchanged")


def _pages(paths: list[Path], show: Callable[[int], None]) -> Iterator[ArchivedPage]:
    from scraper.warc.page_archive import archived_pages

    before = 0
    for path in paths:
        for kept in archived_pages(path):
            show(before + kept.read_bytes)
            yield kept
        before += path.stat().st_size
        show(before)


def commit(opened: Store, revisions: list[ExtractedArticle]) -> int:
    """Store revisions, in one transaction for each source, and leave the states of the sources as they are."""
    from scraper import clock
    from scraper.model import PollDraft, SourceState

    states: dict[str, SourceState] = opened.source_states() if revisions else {}
    stored = 0
    for source in dict.fromkeys(found.source for found in revisions):
        now, state = clock.now(), states.get(source) or SourceState(source=source)
        articles = tuple(found for found in revisions if found.source == source)
        poll = PollDraft(source=source, state=state, articles=articles, polled=now)
        stored += opened.commit(poll, now=now).revised
    return stored


def _report(counts: dict[str, Counter[str]], *, as_json: bool, dry_run: bool) -> None:
    total: Counter[str] = sum(counts.values(), Counter())
    if as_json:
        terminal.print_json({"dry_run": dry_run, "pages": total.total(), **total, "sources": counts})
        return
    verdicts = sorted(total, key=lambda v: (v != "revised", v != "unchanged", v))
    rows: list[list[Any]] = [
        [source, count.total(), *(count[v] for v in verdicts)] for source, count in sorted(counts.items())
    ]
    if rows:
        terminal.print_table(None, ["source", "pages", *verdicts], rows, stderr=True)
    done = "would be revised" if dry_run else "revised"
    terminal.log_line(
        f"{counted(total.total(), 'archived page')} extracted again, {counted(total['revised'], 'article')} {done}"
    )
