"""Turn a record into one row of a table. Pure.

Lists become one cell: names and tags joined by "; ", paragraphs by an empty line, headlines by a line break. A cell that a
spreadsheet would run as a formula gets an apostrophe in front, because anybody can write a headline.
"""

from __future__ import annotations

from scraper.model import Record
from scraper.text.spreadsheet import harmless_cell

COLUMNS = (
    "seq", "id", "revision", "source", "url", "title", "authors", "published", "modified", "fetched", "first_seen", "language",
    "section", "tags", "summary", "body", "related", "related_urls", "images", "duplicate_of", "cluster", "similarity", "role",
    "credits", "method", "confidence", "warnings", "feed", "guid", "found_by", "hash", "status", "moved_to",
)  # fmt: skip


def csv_row(record: Record) -> tuple[str, ...]:
    """Return the cells under COLUMNS, empty for None."""
    r = record
    cells = (
        r.seq, r.id, r.revision, r.source, r.url, r.title, "; ".join(r.authors), _time(r.published), _time(r.modified),
        _time(r.fetched), _time(r.first_seen), r.language, r.section, "; ".join(r.tags), r.summary, "\n\n".join(r.body),
        "\n".join(h.title for h in r.related), "\n".join(h.url or "" for h in r.related),
        "\n".join(image.url for image in r.images), r.duplicate_of, r.cluster, r.similarity, r.role, "; ".join(r.credits),
        r.extraction.method, r.extraction.confidence, "; ".join(r.extraction.warnings), r.feed.url, r.feed.guid,
        r.found_by, r.hash, r.status, r.moved_to,
    )  # fmt: skip
    return tuple("" if cell is None else harmless_cell(str(cell)) for cell in cells)


def _time(moment: object) -> str | None:
    return None if moment is None else str(moment).replace(" ", "T").replace("+00:00", "Z")
