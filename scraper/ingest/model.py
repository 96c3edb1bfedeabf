"""Define the values of ingesting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from scraper.codec import Struct

BATCH_PAGES = 50  # parsed side by side and stored in one transaction
BATCH_BYTES = 4 * 1024 * 1024  # of their bodies: memory does not depend on the input


class SavedPage(Struct, frozen=True, kw_only=True):
    """A saved page. Without ``body`` it is an address whose page must be fetched."""

    url: str
    place: str  # its place in the input, for people
    body: bytes | None = None
    content_type: str | None = None
    fetched: datetime | None = None


class RefusedPage(Struct, frozen=True, kw_only=True):
    """A page that gave no record, and why."""

    place: str
    url: str | None
    code: str
    message: str


class IngestStep(Struct, frozen=True, kw_only=True):
    """One item of an input. ``after`` is the position to resume from when it and all before it are done.

    ``skipped`` is why it is not a page (an image, a request, a repetition): it is counted and not listed.
    """

    after: str
    page: SavedPage | RefusedPage | None = None
    skipped: str | None = None
    done: float = 0.0  # how much of the input has been read, in its unit


class IngestInput(Struct, frozen=True, kw_only=True):
    """One file or folder to ingest. ``key`` identifies its content, also under another name."""

    key: str
    name: str
    kind: str
    size: float  # in its unit: bytes or files


class IngestCounts(Struct, frozen=True, kw_only=True):
    """What was done with the pages. ``reasons`` counts refused and skipped ones by code."""

    pages: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicates: int = 0
    reasons: Mapping[str, int] = {}

    def __add__(self, other: IngestCounts) -> IngestCounts:
        plain = ("pages", "new", "revised", "unchanged", "duplicates")
        sums = {name: getattr(self, name) + getattr(other, name) for name in plain}
        return IngestCounts(**sums, reasons=dict(Counter(self.reasons) + Counter(other.reasons)))


class PageBatch(Struct, frozen=True, kw_only=True):
    """Pages to parse, and what was refused and skipped between them."""

    after: str
    pages: tuple[SavedPage, ...] = ()
    refused: tuple[RefusedPage, ...] = ()
    skipped: Mapping[str, int] = {}
    done: float = 0.0


class ImportResult(Struct, frozen=True, kw_only=True):
    """The counts of one batch, and its refused pages."""

    tally: IngestCounts
    refused: tuple[RefusedPage, ...] = ()
