"""Make texts of strangers safe in spreadsheets. Pure."""

from __future__ import annotations

# A cell with such a start is a formula in Excel, LibreOffice and Google Sheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless_cell(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe goes before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
