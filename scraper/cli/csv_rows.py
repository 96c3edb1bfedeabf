"""Turn a record into one row of a table. Pure.

Lists become one cell: names and tags joined by "; ", paragraphs by an empty line, headlines by a line break. A cell that a
spreadsheet would run as a formula gets an apostrophe in front, because anybody can write a headline.
"""

from __future__ import annotations

import re
from datetime import datetime

from scraper.model import Record
from scraper.text.spreadsheet import harmless_cell
from storage.line import time_text

_NUMBER = re.compile(r"[0-9.,+-]+(?:[eE][0-9]+)?")

COLUMNS = (
    "seq", "id", "revision", "source", "country", "url", "link", "title", "authors", "published", "modified", "fetched",
    "first_seen", "language", "section", "tags", "summary", "body", "related", "related_urls", "images", "duplicate_of",
    "cluster", "similarity", "role", "credits", "method", "confidence", "warnings", "feed", "guid", "found_by", "hash",
    "status", "moved_to",
)  # fmt: skip
_CODES = frozenset(COLUMNS.index(name) for name in ("id", "duplicate_of", "cluster", "hash", "guid"))


def cells(record: Record) -> tuple[str | int | float | datetime | None, ...]:
    """Return the values under COLUMNS, None for what the record does not say."""
    r = record
    return (
        r.seq, r.id, r.revision, r.source, r.country, r.url, r.link, r.title, "; ".join(r.authors), r.published, r.modified,
        r.fetched, r.first_seen, r.language, r.section, "; ".join(r.tags), r.summary, "\n\n".join(r.body),
        "\n".join(h.title for h in r.related), "\n".join(h.url or "" for h in r.related),
        "\n".join(image.url for image in r.images), r.duplicate_of, r.cluster, r.similarity, r.role, "; ".join(r.credits),
        r.extraction.method, r.extraction.confidence, "; ".join(r.extraction.warnings), r.feed.url, r.feed.guid,
        r.found_by, r.hash, r.status, r.moved_to,
    )  # fmt: skip


def csv_row(record: Record) -> tuple[str, ...]:
    """Return the cells of a row, empty for None; times as in JSON."""
    return tuple(_text(cell) for cell in cells(record))


def excel_row(record: Record) -> tuple[str, ...]:
    """Return the same for Excel, which reads 1e15 and 0012 as numbers: ids and hashes are formulas that give a text."""
    return tuple(
        f'="{cell}"' if place in _CODES and _NUMBER.fullmatch(cell) else cell
        for place, cell in enumerate(csv_row(record))
    )


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return str(time_text(cell))
    return harmless_cell(str(cell))
