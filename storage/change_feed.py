"""Read the change feed of either store page by page, so that a slow reader holds neither a lock nor a snapshot; once or for ever.

A store gives the pages; whoever stops goes on with the last seq that he has.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from scraper.codec import decode
from scraper.model import Record
from storage import checksums, cluster_graph
from storage.checksums import DamagedLine, OnDamage, refuse
from storage.cluster_graph import ClusterRole
from storage.line import record_line
from storage.model import ANYTHING, Filter

Row = TypeVar("Row", bound=tuple[Any, ...])
# A line, its checksum, and its article's place in its cluster where that is not the one that it was published with.
Line = tuple[int, bytes, str, ClusterRole | None]


def pages(page_after: Callable[[int], list[Row]], after: int) -> Iterator[Row]:
    """Yield all rows behind a seq; each row begins with its own."""
    while page := page_after(after):
        yield from page
        after = page[-1][0]


class ChangeFeed(ABC):
    """The part of a store that readers of its change log ask for."""

    @abstractmethod
    def _changes(self, after: int, filters: Filter) -> list[Line]:
        """Return the next page of published lines; empty at the end."""

    @abstractmethod
    def _latest(self, after: int, filters: Filter) -> list[Line]:
        """Return the next page of the latest lines of articles."""

    def latest(self, filters: Filter = ANYTHING, *, after: int = 0) -> Iterator[Record]:
        """Yield the latest revision of every article that passes, in seq order, from behind ``after`` on; clusters as they are now.

        Pages are read as they are asked for: what is committed meanwhile may or may not come.
        """
        for line in self.latest_lines(filters, after=after):
            yield decode(line, Record)

    def latest_lines(
        self, filters: Filter = ANYTHING, *, after: int = 0, damaged: OnDamage = refuse
    ) -> Iterator[bytes]:
        """Read ``latest`` as JSON lines without their ends: what an export prints.

        A line that is not what was stored raises DamagedLine; with ``damaged``, that is called with the error instead, and the
        line is left out.
        """
        for row in pages(lambda seq: self._latest(seq, filters), after):
            yield from _whole(row, damaged)

    def changes(self, since: int = 0) -> Iterator[Record]:
        """Yield every revision after ``since`` in seq order, as committed. Ends at the present end; ask again with the last seq."""
        for line in self.change_lines(after=since):
            yield decode(line, Record)

    def change_lines(
        self, filters: Filter = ANYTHING, *, after: int = 0, damaged: OnDamage = refuse
    ) -> Iterator[bytes]:
        """Read ``changes`` as the very JSON lines that were published: every revision that passes, of articles that pass.

        ``damaged`` as in ``latest_lines``.
        """
        for row in pages(lambda seq: self._changes(seq, filters), after):
            yield from _whole(row, damaged)

    def follow(
        self, since: int = 0, *, poll_seconds: float = 1.0, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Record]:
        """Read ``changes`` without end: wait for the next commit of whoever writes, until ``stop()`` says so."""
        for line in self.follow_lines(since, poll_seconds=poll_seconds, stop=stop):
            yield decode(line, Record)

    def follow_lines(
        self,
        since: int = 0,
        *,
        poll_seconds: float = 1.0,
        stop: Callable[[], bool] = lambda: False,
        damaged: OnDamage = refuse,
    ) -> Iterator[bytes]:
        """Read ``follow`` as the very lines that were published. ``damaged`` as in ``latest_lines``."""
        while not stop():
            for row in pages(lambda seq: self._changes(seq, ANYTHING), since):
                since = row[0]
                yield from _whole(row, damaged)
            time.sleep(poll_seconds)


def _whole(row: Line, damaged: OnDamage) -> Iterator[bytes]:
    """Return the line of a row, with its article's place as it is now; none, and a word to ``damaged``, for one that is spoilt."""
    seq, raw, checksum, place = row
    try:
        line = checksums.checked_line(seq, raw, checksum)
        yield (
            line
            if place is None
            else record_line(cluster_graph.placed(checksums.checked_record(seq, raw, checksum), place))
        )
    except DamagedLine as error:
        damaged(error)
