"""Write records as an Excel workbook with one sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from scraper.cli.csv_rows import COLUMNS, cells
from scraper.errors import ConfigError
from scraper.model import Record
from scraper.text.spreadsheet import MAX_ROWS, workbook

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
    """Write a workbook; its times are UTC. Raises ConfigError for more rows than a sheet has."""
    out.write(workbook(COLUMNS, map(cells, _fitting(records)), _WIDTHS))


def _fitting(records: Iterable[Record]) -> Iterator[Record]:
    for count, record in enumerate(records, 1):
        if count >= MAX_ROWS:
            raise ConfigError(
                [f"--format xlsx: a sheet has {MAX_ROWS:,} rows; narrow it by --since and --until"]
            )
        yield record
