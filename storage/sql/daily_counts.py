"""The counts behind plots: one row a day, outlet, language and class of delay, kept up to date by every new article.

A record of a first revision comes in, a row of ``tally`` grows. What is counted stays counted: it says what came, not what
is kept.
"""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, date

from scraper.codec import DecodeError, decode
from scraper.model import Record
from storage.model import DELAY_BOUNDS, Tally

FORM = "1"  # kept with the table; one of another form is made anew
UNDATED = -1


def delay_of(record: Record) -> int | None:
    """The class of the time from publication to store; None where the outlet does not say when, or somebody imported it."""
    if record.published is None or record.found_by == "import":
        return None
    passed = record.first_seen - record.published
    return next((i for i, bound in enumerate(DELAY_BOUNDS) if passed <= bound), len(DELAY_BOUNDS))


def row_of(record: Record) -> tuple[str, str, str, int, int, int]:
    """What a new article adds to: day, outlet, language, delay; and what it adds beside itself: copies, headlines."""
    delay = delay_of(record)
    return (
        record.first_seen.astimezone(UTC).strftime("%Y-%m-%d"), record.source, record.language or "",
        UNDATED if delay is None else delay, int(record.duplicate_of is not None), len(record.related),
    )  # fmt: skip


def count(db: sqlite3.Connection, record: Record) -> None:
    """Add a new article."""
    db.execute(
        "INSERT INTO tally VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET articles = articles + 1,"
        " copies = copies + excluded.copies, headlines = headlines + excluded.headlines",
        row_of(record),
    )


def count_all(db: sqlite3.Connection) -> None:
    """Count anew, from the lines."""
    db.execute("DELETE FROM tally")
    for (raw,) in db.execute("SELECT json FROM line WHERE revision = 1 ORDER BY seq"):
        with contextlib.suppress(DecodeError):  # `verify` names the line
            count(db, decode(raw, Record))


def since(db: sqlite3.Connection, day: date) -> list[Tally]:
    rows = db.execute(
        "SELECT day, source, language, delay, articles, copies, headlines FROM tally WHERE day >= ?",
        (day.isoformat(),),
    )
    return [of_row(row) for row in rows]


def of_row(row: tuple[str, str, str, int, int, int, int]) -> Tally:
    day, source, language, delay, articles, copies, headlines = row
    return Tally(
        day=day,
        source=source,
        language=language or None,
        delay=None if delay == UNDATED else delay,
        articles=articles,
        copies=copies,
        headlines=headlines,
    )
