"""Write articles as tables for people: their columns, and CSV (RFC 4180). Pure.

Times are in the time zone of the pages. What a spreadsheet would run as a formula is text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from scraper.codec import Struct
from scraper.model import Record
from scraper.text.spreadsheet import harmless_cell
from scraper.web import formatting
from scraper.web.atom import openable_url

COLUMNS = (
    "published", "first seen", "source", "country", "language", "title", "address", "authors", "section", "summary", "text",
    "copy of", "id",
)  # fmt: skip
WIDTHS = {"title": 60, "address": 40, "summary": 40, "text": 60} | dict.fromkeys(
    ("published", "first seen", "source"), 17
)
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8; header=present"


class TableWords(Struct, frozen=True):
    """What turns ids and times into words."""

    name_of: Callable[[str], str]
    country_of: Callable[[str], str]
    zone: tzinfo


def article_row(record: Record, words: TableWords) -> tuple[datetime | str, ...]:
    """Return the cells under COLUMNS; times are without a zone, in that of ``words``."""
    r = record
    return (
        _local(r.published, words.zone) if r.published else "",
        _local(r.first_seen, words.zone),
        words.name_of(r.source),
        words.country_of(r.source),
        formatting.language_name(r.language),
        r.title or "",
        openable_url(r) or r.url,
        "; ".join(r.authors),
        r.section or "",
        r.summary or "",
        "\n\n".join(r.body),
        r.duplicate_of or "",
        r.id,
    )


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, mark: bool = True) -> bytes:
    """Write a header and rows. A byte order mark at the start tells spreadsheets that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless_cell(c) if isinstance(c, str) else c for c in row] for row in rows)
    return (b"\xef\xbb\xbf" if mark else b"") + text.getvalue().encode("utf-8", "replace")
