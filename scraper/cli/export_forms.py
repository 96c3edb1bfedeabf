"""Write records in the forms that other programs read: JSON Lines, CSV, XLSX, Parquet, Atom, ninjs."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from scraper import clock
from scraper.errors import ConfigError
from scraper.model import Record

FEED_ID = "urn:darial:export"


def write_export(form: str, lines: Iterable[bytes], out: Path | None, *, excel: bool = False) -> None:
    """Write lines of records in one of FORMS to a file, or to stdout without one.

    A file appears under its name when it is whole. Parquet to a folder becomes one file a day: ``day=2026-11-23/``. Raises
    ConfigError for what cannot be written.
    """
    write = _excel_csv if excel else FORMS[form]
    if out is None:
        write(lines, sys.stdout.buffer)
        return
    if form == "parquet" and (out.is_dir() or str(out).endswith(os.sep) or not out.suffix):
        from scraper.cli.parquet import write_parquet_days

        write_parquet_days(_records(lines), out)
        return
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            write(lines, file)
        part.replace(out)
    except OSError as e:
        raise ConfigError([f"--out {out}: {(e.strerror or str(e)).lower()}"]) from e
    finally:
        part.unlink(missing_ok=True)


def _jsonl(lines: Iterable[bytes], out: IO[bytes]) -> None:
    for line in lines:
        out.write(line + b"\n")


def _csv(lines: Iterable[bytes], out: IO[bytes]) -> None:
    """Write CSV (RFC 4180): a header, rows that end in CR LF, UTF-8."""
    from scraper.cli.csv_rows import csv_row

    _write_csv(lines, out, csv_row)


def _excel_csv(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.cli.csv_rows import excel_row

    out.write(b"\xef\xbb\xbf")
    _write_csv(lines, out, excel_row)


def _write_csv(lines: Iterable[bytes], out: IO[bytes], row: Callable[[Record], tuple[str, ...]]) -> None:
    import csv

    from scraper.cli.csv_rows import COLUMNS

    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(row(record) for record in _records(lines))
    text.flush()
    text.detach()


def _xlsx(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.cli.xlsx import write_xlsx

    write_xlsx(_records(lines), out)


def _parquet(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.cli.parquet import write_parquet

    write_parquet(_records(lines), out)


def _atom(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.web.atom import AtomHead, atom_feed

    head = AtomHead(id=FEED_ID, title="Darial", updated=clock.now())
    for part in atom_feed(_records(lines), head):
        out.write(part)


def _ninjs(lines: Iterable[bytes], out: IO[bytes]) -> None:
    from scraper.cli.ninjs import ninjs_item
    from scraper.codec import encode

    for record in _records(lines):
        out.write(encode(ninjs_item(record)) + b"\n")


def _records(lines: Iterable[bytes]) -> Iterator[Record]:
    from scraper.codec import decode

    return (decode(line, Record) for line in lines)


FORMS: dict[str, Callable[[Iterable[bytes], IO[bytes]], None]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "atom": _atom,
    "ninjs": _ninjs,
}
BINARY = frozenset(("xlsx", "parquet"))
