"""The counts of storage.sql.daily_counts in PostgreSQL."""

from __future__ import annotations

from datetime import date

from scraper.model import Record
from storage.model import Tally
from storage.sql import daily_counts
from storage.sql.postgres import Connection, Cursor


class Tallies:
    """New articles, counted before they are written."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, int], tuple[int, int, int]] = {}

    def count(self, record: Record) -> None:
        day, source, language, delay, copies, headlines = daily_counts.row_of(record)
        cell = (day, source, language, delay)
        a, c, h = self._counts.get(cell, (0, 0, 0))
        self._counts[cell] = (a + 1, c + copies, h + headlines)

    def write(self, cursor: Cursor) -> None:
        if self._counts:
            cursor.executemany(
                "INSERT INTO tally VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (day, source, language, delay)"
                " DO UPDATE SET articles = tally.articles + excluded.articles,"
                " copies = tally.copies + excluded.copies, headlines = tally.headlines + excluded.headlines",
                [(*cell, *counts) for cell, counts in self._counts.items()],
            )


def since(db: Connection, day: date) -> list[Tally]:
    rows = db.execute(
        "SELECT day, source, language, delay, articles, copies, headlines FROM tally WHERE day >= %s",
        (day.isoformat(),),
    ).fetchall()
    return [daily_counts.of_row(row) for row in rows]
