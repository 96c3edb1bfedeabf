"""Write tables for spreadsheets: harmless cells, and Excel workbooks. The only import of xlsxwriter, the extra "xlsx"."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

# A cell with such a start is a formula in Excel, LibreOffice and Google Sheets.
# East Asian Excel reads the wide ones so
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MAX_CELL_CHARS = 32_767  # of Excel, like the next
MAX_ROWS = 1_048_576
_WIDTH = 12  # of a column, in characters


def harmless_cell(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe goes before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def workbook(
    columns: Sequence[str],
    rows: Iterable[Iterable[str | int | float | datetime | None]],
    widths: Mapping[str, int],
) -> bytes:
    """Write one sheet: a header that stays, a filter, times as Excel's own, all else as text or number, never a formula.

    Times lose their zone. A cell holds 32,767 characters: of a longer text the first, and "...". Raises ModuleNotFoundError
    without the library; more than MAX_ROWS rows are not for it.
    """
    import xlsxwriter

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
        for place, name in enumerate(columns):
            sheet.set_column(place, place, widths.get(name, _WIDTH))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
        count = 0
        for count, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(count, place, cell, moment)
                elif isinstance(cell, int | float):
                    sheet.write_number(count, place, cell)
                elif cell:
                    sheet.write_string(count, place, _fitted(cell))
        sheet.autofilter(0, 0, count, len(columns) - 1)
    return whole.getvalue()


def _fitted(text: str) -> str:
    return text if len(text) <= MAX_CELL_CHARS else text[: MAX_CELL_CHARS - 3] + "..."
