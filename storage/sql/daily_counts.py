"""Keep the counts behind plots: one row a day, source, language and class of delay.

Every new article adds to a row of ``tally``. What is counted stays counted: it says what came, not what is kept.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date

from scraper.model import Record
from storage.model import DELAY_BOUNDS, Tally
from storage.sql.dialect import Db

FORM = "1"  # kept with the table; one of another form is made anew
UNDATED = -1


def _delay_of(record: Record) -> int:
    """Return the class of the time from publication to store; UNDATED if the source does not say when, or for an import."""
    if record.published is None or record.found_by == "import":
        return UNDATED
    passed = record.first_seen - record.published
    return next((i for i, bound in enumerate(DELAY_BOUNDS) if passed <= bound), len(DELAY_BOUNDS))


def count(db: Db, records: Iterable[Record]) -> None:
    """Add new articles."""
    cells: dict[tuple[str, str, str, int], tuple[int, int, int]] = {}
    for r in records:
        cell = r.first_seen.astimezone(UTC).strftime("%Y-%m-%d"), r.source, r.language or "", _delay_of(r)
        articles, copies, headlines = cells.get(cell, (0, 0, 0))
        cells[cell] = articles + 1, copies + (r.duplicate_of is not None), headlines + len(r.related)
    db.run_many(
        "INSERT INTO tally (day, source, language, delay, articles, copies, headlines) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (day, source, language, delay) DO UPDATE SET articles = tally.articles + excluded.articles,"
        " copies = tally.copies + excluded.copies, headlines = tally.headlines + excluded.headlines",
        [(*cell, *counts) for cell, counts in cells.items()],
    )


def since(db: Db, day: date, source: str | None = None) -> list[Tally]:
    """Return what came from a day on, of all sources or of one, counted."""
    of_one, named = ("", ()) if source is None else (" AND source = ?", (source,))
    rows = db.all(
        f"SELECT day, source, NULLIF(language, ''), NULLIF(delay, {UNDATED}), articles, copies, headlines FROM tally"
        f" WHERE day >= ?{of_one}",
        (day.isoformat(), *named),
    )
    return [Tally(*row) for row in rows]
