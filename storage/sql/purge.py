"""Purge articles that are too old or are named: each leaves one line that stands for all of its lines.

Runs inside the caller's transaction. The line is a further revision without anything that was printed; its ``purged`` names
the seqs that are gone. Identities stay, so that what feeds still announce is known.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import Record
from storage import records
from storage.line import Line, record_line
from storage.model import PurgeCandidate, PurgeSelection
from storage.sql import articles, change_log, meta, story_tables
from storage.sql.dialect import Db
from storage.timestamps import to_micros


class TombstoneWriter(Protocol):
    """The part of a BatchWriter that a purge needs."""

    def write_tombstone(
        self, article: int, latest: Record | None, record: Record, line: bytes, day: str, *, why: str
    ) -> None:
        """Write the line that stands for an article, whose other lines are gone; take its text out of all indexes."""


def due(db: Db, doomed: PurgeSelection) -> list[int]:
    """Return the articles that are to go. Raises StoreError (no_such_article): then none goes."""
    value: object
    if doomed.before is not None:
        condition, value = "line.fetched < ?", to_micros(doomed.before)
    elif doomed.source is not None:
        condition, value = "article.source = ?", db.text(doomed.source)
    else:
        named = {article: articles.find_number(db, article) for article in doomed.articles}
        for article, n in named.items():
            if n is None:
                raise StoreError(f"the store has no article {article}", code="no_such_article")
        condition, value = db.in_("n", named.values())
    found = db.all(
        f"SELECT n FROM article JOIN line ON seq = latest WHERE purged = 0 AND {condition} ORDER BY n",
        (value,),
    )
    return [n for (n,) in found]


def graves(db: Db, numbers: Sequence[int]) -> list[PurgeCandidate]:
    """Return the articles that would go."""
    condition, value = db.in_("article", numbers)
    counts: dict[int, int] = dict(
        db.all(f"SELECT article, count(*) FROM line WHERE {condition} GROUP BY article", (value,))
    )
    latest = articles.latest_records(db, numbers)
    return [
        PurgeCandidate(id=r.id, source=r.source, url=r.url, title=r.title, fetched=r.fetched, lines=counts[n])
        for n, r in sorted(latest.items())
    ]


def purge(
    db: Db,
    writer: TombstoneWriter,
    numbers: Sequence[int],
    *,
    doomed: PurgeSelection,
    now: datetime,
    day: str,
) -> tuple[list[Line], list[str]]:
    """Delete these articles, but for those that have become young meanwhile. Return the lines that stand for them, and
    the day of each line that is gone.
    """
    going = [
        (n, latest)
        for n, latest in sorted(articles.latest_records(db, numbers).items())
        if not latest.purged and (doomed.before is None or latest.fetched < doomed.before)
    ]
    if not doomed.is_aged:  # what is kept of their addresses beside their lines
        condition, value = db.in_("url", [db.text(url) for _, r in going for url in (r.url, *r.urls)])
        for table in ("failure", "attempt", "quarantine"):
            db.run(f"DELETE FROM {table} WHERE {condition}", (value,))
    top = change_log.top(db)
    story_tables.forget_sketches(db, [n for n, _ in going])
    gone = delete_lines(db, [n for n, _ in going])
    why_named = "purged: its source was" if doomed.source is not None else "purged by name"
    lines: list[Line] = []
    for seq, (n, latest) in enumerate(going, top + 1):
        record = replace(records.tombstone(latest, [s for s, _ in gone[n]], now), seq=seq)
        line = record_line(record)
        why = f"purged: last fetched {latest.fetched:%Y-%m-%d}" if doomed.is_aged else why_named
        writer.write_tombstone(n, latest, record, line, day, why=why)
        lines.append(Line(seq, day, line))
    return lines, [day for of_one in gone.values() for _, day in of_one]


def delete_lines(db: Db, numbers: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Delete all lines and revisits of articles. Return the seqs and days of the lines by article."""
    condition, value = db.in_("article", numbers)
    db.run(f"DELETE FROM visit WHERE {condition}", (value,))
    gone: dict[int, list[tuple[int, str]]] = {}
    for n, seq, day in db.all(f"DELETE FROM line WHERE {condition} RETURNING article, seq, day", (value,)):
        gone.setdefault(n, []).append((seq, day))
    return {n: sorted(of_one) for n, of_one in gone.items()}


def stale_days(db: Db) -> list[str]:
    """Return the days whose files still hold lines that were purged: to be written again."""
    return (meta.get(db, "stale") or "").split()


def set_stale_days(db: Db, days: Iterable[str]) -> None:
    """Note the days whose files are to be written again."""
    meta.put(db, "stale", " ".join(sorted(set(days))))


def forget(db: Db, doomed: PurgeSelection) -> None:
    """Forget what else is kept: of the past failures, attempts and quarantined pages; of a source all but its state."""
    if doomed.before is not None:
        for table in ("failure", "attempt", "quarantine"):
            db.run(f"DELETE FROM {table} WHERE at < ?", (to_micros(doomed.before),))
    if doomed.source is not None:
        for table in ("failure", "quarantine"):
            db.run(f"DELETE FROM {table} WHERE source = ?", (db.text(doomed.source),))
