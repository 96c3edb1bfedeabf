"""The nouns of ingesting. Nothing here does work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scraper.codec import Struct

BATCH_PAGES = 50  # parsed side by side and stored in one transaction
BATCH_BYTES = 4 * 1024 * 1024  # of their bodies: what is in memory at a time does not depend on the input


class SavedPage(Struct, frozen=True, kw_only=True):
    """A page that somebody kept. Without ``body`` it is an address whose page is still to be fetched."""

    url: str
    place: str  # where it stands in the input, for a person
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
    """One thing read. ``after`` is the position to go on from, once it and all before it are dealt with.

    ``skipped`` is why it is no page at all (an image, a request, a repetition): it is counted and not listed.
    """

    after: str
    page: SavedPage | RefusedPage | None = None
    skipped: str | None = None
    done: float = 0.0  # how much of the input has been read, in its unit


class IngestInput(Struct, frozen=True, kw_only=True):
    """One thing to ingest. ``key`` names its content, so that the same file is known again under another name."""

    key: str
    name: str
    kind: str
    size: float  # in its unit: bytes or files


class IngestCounts(Struct, frozen=True, kw_only=True):
    """What became of so many pages. ``reasons`` counts refusals and what was skipped, by code."""

    pages: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicates: int = 0
    reasons: Mapping[str, int] = {}

    def __add__(self, other: IngestCounts) -> IngestCounts:
        codes = {**self.reasons}
        for code, count in other.reasons.items():
            codes[code] = codes.get(code, 0) + count
        return IngestCounts(
            pages=self.pages + other.pages,
            new=self.new + other.new,
            revised=self.revised + other.revised,
            unchanged=self.unchanged + other.unchanged,
            duplicates=self.duplicates + other.duplicates,
            reasons=codes,
        )


class PageBatch(Struct, frozen=True, kw_only=True):
    """Pages on their way to be parsed, with what was seen between them."""

    after: str
    pages: tuple[SavedPage, ...] = ()
    refused: tuple[RefusedPage, ...] = ()
    skipped: Mapping[str, int] = {}
    done: float = 0.0


class ImportResult(Struct, frozen=True, kw_only=True):
    """What one batch came to."""

    tally: IngestCounts
    refused: tuple[RefusedPage, ...] = ()
