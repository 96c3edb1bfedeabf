"""Write a table for Excel. Pure. Needs xlsxwriter, the extra "xlsx"."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_CELL_CHARS = 32_767  # Excel's own limit
_WIDE = {"title": 60, "address": 40, "summary": 40, "text": 60}  # columns, in characters
_WIDTH = 17


def xlsx_table(columns: Sequence[str], rows: Iterable[Sequence[datetime | str]]) -> bytes:
    """Write one sheet with a bold header that stays in sight and can be filtered."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True})
    sheet = book.add_worksheet("articles")
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for place, name in enumerate(columns):
        sheet.set_column(place, place, _WIDE.get(name, _WIDTH))
        sheet.write_string(0, place, name, bold)
    last = 0
    for last, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(last, place, cell, moment)
            elif cell:
                sheet.write_string(last, place, cell[:MAX_CELL_CHARS])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    book.close()
    return out.getvalue()
