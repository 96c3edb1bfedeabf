"""Delete articles by age, by id, or of a whole source: ``darial store purge``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, DryRun, Json, StoreDir
from scraper.cli.terminal import option
from scraper.codec import to_builtins
from scraper.errors import ConfigError
from scraper.text.human import counted
from storage import PurgeCandidate, location, open_store

SHOWN = 20
SHORT = timedelta(days=1)  # a shorter age is most likely a mistake
_AGES = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def purge_articles(
    *,
    older_than: Annotated[
        str | None, option("--older-than AGE", "Articles fetched longer ago than 365d, 52w or 36h.")
    ] = None,
    article: Annotated[list[str] | None, option("--id ID|URL", "This article; repeat for more.")] = None,
    source: Annotated[str | None, option("--source ID", "All articles of this source.")] = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, option("--yes", "Do not ask; needed for ages under a day.")] = False,
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Delete articles for good.

    Deletes them from the database, the indexes and the JSON files; --older-than also deletes old pages from the page archive.
    Later polls do not store them again. Each leaves one line in the change log that names the deleted lines (`purged`), for
    programs that keep a copy. On a terminal it asks first. Backups are not changed. With --id and --source the page archive
    is not changed either; files with such pages are named.

    \b
    Examples:
      darial store purge --older-than 365d --dry-run
      darial store purge --older-than 365d
      darial store purge --id https://herald.example/news/12345 --id 1f0c2d3e4b5a6978
    """
    now = clock.now()
    which = chosen(older_than, article, source, now=now, sure=yes or dry_run)
    with open_store(store, read_only=True) as opened:
        graves = opened.doomed(**which)
    if dry_run:
        _show(graves, json)
        return
    if graves and not yes and not json and terminal.can_ask():
        _show(graves, as_json=False)
        if not terminal.agreed("Delete them?"):
            terminal.log_line("nothing was deleted")
            raise terminal.Exit(1)
    with open_store(store, create=False) as opened:
        done = opened.purge(now=now, **which)
    _report(to_builtins(done), store, which["before"], graves, as_json=json)


def chosen(
    older_than: str | None, articles: Sequence[str] | None, source: str | None, *, now: datetime, sure: bool
) -> dict[str, Any]:
    """Return what to delete, as arguments for a store. Raises ConfigError unless exactly one option says it."""
    if (older_than is not None) + bool(articles) + (source is not None) != 1:
        raise ConfigError(["use one of --older-than AGE, --id ID|URL, --source ID to say what to delete"])
    age = age_value(older_than, "--older-than") if older_than is not None else None
    if age is not None and age < SHORT and not sure:
        raise ConfigError(
            [
                f"--older-than {older_than}: less than a day deletes nearly everything; add --yes if you want that"
            ]
        )
    return {"before": None if age is None else now - age, "articles": tuple(articles or ()), "source": source}


def _show(graves: Sequence[PurgeCandidate], as_json: bool) -> None:
    lines = sum(grave.lines for grave in graves)
    if as_json:
        terminal.print_json({"dry_run": True, "articles": len(graves), "lines": lines, "would_go": graves})
        return
    if graves:
        rows = [(f"{g.fetched:%Y-%m-%d}", g.source, g.id, g.lines, g.title or g.url) for g in graves[:SHOWN]]
        terminal.print_table(None, ("fetched", "source", "id", "lines", "title"), rows)
    if len(graves) > SHOWN:
        terminal.log_line(f"... and {len(graves) - SHOWN} more")
    terminal.log_line(f"{counted(len(graves), 'article')} with {counted(lines, 'line')} would be deleted")


def _report(
    done: dict[str, int],
    store: str,
    before: datetime | None,
    graves: Sequence[PurgeCandidate],
    *,
    as_json: bool,
) -> None:
    """Print what was deleted, and for named articles the files that still have them."""
    from scraper.warc import page_archive

    beside = location.beside(store)
    pages, left = 0, list[str]()
    if before is not None:
        pages = page_archive.forget_pages(beside / page_archive.FOLDER, before)
    else:
        left = [str(path) for path in _holding(beside, {grave.url for grave in graves})]
    if as_json:
        terminal.print_json({**done, "archive_files": pages} | ({"left": left} if before is None else {}))
        return
    terminal.log_line(
        f"{counted(done['articles'], 'article')} with {counted(done['lines'], 'line')} deleted,"
        f" {counted(done['files'], 'JSON file')} rewritten, {counted(pages, 'file')} of the page archive deleted"
    )
    for path in left:
        terminal.log_line(f"still has them, not changed: {path}")


def _holding(beside: Path, addresses: set[str]) -> list[Path]:
    """Return files beside a store that still have these articles: archived pages, and a replaced database."""
    from scraper import urls
    from scraper.errors import DarialError
    from scraper.warc import page_archive

    def holds(path: Path) -> bool:
        try:
            return any(
                urls.canonical_or_none(url) in addresses
                for kept in page_archive.archived_pages(path)
                for url in (kept.page.url, kept.page.final_url)
            )
        except (DarialError, OSError):
            return True  # it may

    found = [
        path for path in page_archive.archive_files(beside / page_archive.FOLDER) if addresses and holds(path)
    ]
    old = beside / "darial.db.old"
    return [*found, old] if addresses and old.exists() else found


def age_value(text: str, option: str) -> timedelta:
    """Return the age of an option: a number of hours, days or weeks. Raises ConfigError."""
    # Five digits: 99999 weeks ago is still a date, ten times that is not.
    match = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if match is None:
        raise ConfigError([f"{option} {text}: not an age like 365d, 52w or 36h"])
    return int(match[1]) * _AGES[match[2]]
