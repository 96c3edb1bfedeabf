"""Write records as an Excel workbook with one sheet. The only import of xlsxwriter."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import IO

from scraper.cli.csv_rows import COLUMNS, cells
from scraper.errors import ConfigError
from scraper.model import Record

MAX_CELL_CHARS = 32_767  # of Excel, like the next
MAX_ROWS = 1_048_576
_WIDTHS = {
    "title": 60,
    "url": 40,
    "link": 40,
    "body": 60,
    "published": 17,
    "modified": 17,
    "fetched": 17,
    "first_seen": 17,
}


def write_xlsx(records: Iterable[Record], out: IO[bytes]) -> None:
    """Write a workbook: a header that stays, a filter, times as Excel's own (UTC), all else as text or number.

    A cell holds 32,767 characters: of a longer body the first, and "...". Raises ConfigError without the library, or for
    more rows than a sheet has.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError as e:
        raise ConfigError(["--format xlsx needs xlsxwriter: pip install 'darial[xlsx]'"]) from e
    whole = io.BytesIO()  # a workbook is a zip file: it seeks
    options = {
        "constant_memory": True,
        "strings_to_urls": False,
        "strings_to_formulas": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(whole, options) as book:
        sheet = book.add_worksheet("articles")
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for place, name in enumerate(COLUMNS):
            sheet.set_column(place, place, _WIDTHS.get(name, 12))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        count = 0
        for count, record in enumerate(records, 1):
            if count >= MAX_ROWS:
                raise ConfigError(
                    [f"--format xlsx: a sheet has {MAX_ROWS:,} rows; narrow it by --since and --until"]
                )
            for place, cell in enumerate(cells(record)):
                if isinstance(cell, datetime):
                    sheet.write_datetime(count, place, cell, moment)
                elif isinstance(cell, int | float):
                    sheet.write_number(count, place, cell)
                elif cell:
                    sheet.write_string(count, place, _fitted(cell))
        sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
    out.write(whole.getvalue())


def _fitted(text: str) -> str:
    return text if len(text) <= MAX_CELL_CHARS else text[: MAX_CELL_CHARS - 3] + "..."
