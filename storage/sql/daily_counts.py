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


def _delay_of(record: Record) -> int | None:
    """Return the class of the time from publication to store; None if the source does not say when, or for an import."""
    if record.published is None or record.found_by == "import":
        return None
    passed = record.first_seen - record.published
    return next((i for i, bound in enumerate(DELAY_BOUNDS) if passed <= bound), len(DELAY_BOUNDS))


def _row_of(record: Record) -> tuple[str, str, str, int, int, int]:
    """Return the row that a new article adds to (day, source, language, delay), and its copies and headlines."""
    delay = _delay_of(record)
    return (
        record.first_seen.astimezone(UTC).strftime("%Y-%m-%d"), record.source, record.language or "",
        UNDATED if delay is None else delay, int(record.duplicate_of is not None), len(record.related),
    )  # fmt: skip


def count(db: Db, records: Iterable[Record]) -> None:
    """Add new articles."""
    cells: dict[tuple[str, str, str, int], tuple[int, int, int]] = {}
    for record in records:
        day, source, language, delay, copies, headlines = _row_of(record)
        a, c, h = cells.get((day, source, language, delay), (0, 0, 0))
        cells[day, source, language, delay] = (a + 1, c + copies, h + headlines)
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
