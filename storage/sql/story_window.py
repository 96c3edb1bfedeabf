"""Hold the sketches of the last days in memory, so that an article is compared without reading them all again.

A mark in the database changes with every write of sketches, by whatever process, so what is held is never older than it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from scraper.codec import Struct
from storage.sql import meta
from storage.sql.dialect import Db

if TYPE_CHECKING:
    from scraper.stories.vectors import VectorWindow

MARK = "story window"  # in meta
_MORE = timedelta(hours=12) // timedelta(
    microseconds=1
)  # is held, so that it is not read anew for each late article


class WindowRow(Struct, frozen=True, gc=False):
    """A sketched article: ``origin`` in microseconds, vector and keys as stored."""

    article: int
    origin: int
    vector: bytes
    keys: str
    source: str


class HeldWindow:
    """Sketches in memory. Rows are replaced by their numbers."""

    def __init__(self, low: int) -> None:
        from scraper.stories.vectors import VectorWindow

        self.low = low
        self.vectors: VectorWindow = VectorWindow()
        self.texts: dict[int, tuple[str, str]] = {}  # keys and source

    def put(self, row: WindowRow) -> None:
        self.vectors.put(row.article, row.origin, row.vector)
        self.texts[row.article] = (row.keys, row.source)


class StoryWindow:
    """The sketches that a writer compares with."""

    def __init__(self) -> None:
        self._held: HeldWindow | None = None
        self._mark = ""

    def read(self, db: Db, low: int, high: int) -> HeldWindow:
        """Return a window with all that appeared from ``low`` to ``high``. Only one up to the newest is held for the next time."""
        if self._mark != meta.get(db, MARK):
            self._held = None
        self._mark = ""  # until it is written
        held = self._held
        if held and low - 2 * _MORE <= held.low <= low:
            return held
        newer = db.one("SELECT 1 FROM story_vector WHERE origin > ? LIMIT 1", (high,))
        window = HeldWindow(low if newer else low - _MORE)
        for row in db.all(
            "SELECT v.article, v.origin, vector, keys, source FROM story_vector AS v JOIN story ON story.article = v.article"
            " JOIN article ON n = v.article WHERE v.origin BETWEEN ? AND ?",
            (window.low, high),
        ):
            window.put(WindowRow(row[0], row[1], bytes(row[2]), row[3], row[4]))
        if not newer:
            self._held = window
        return window

    def written(self, db: Db, rows: Iterable[WindowRow]) -> None:
        """Hold rows that are stored now. If this transaction fails, its mark is not there, and all is read anew."""
        if self._held:
            for row in rows:
                self._held.put(row)
        self._mark = change_mark(db)


def change_mark(db: Db) -> str:
    """Note that the sketches are other ones now."""
    mark = secrets.token_hex(8)
    meta.put(db, MARK, mark)
    return mark
