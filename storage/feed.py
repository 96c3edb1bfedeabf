"""The change feed of either store: page by page, so that a slow reader holds neither a lock nor a snapshot; once or for ever.

A store gives the pages; whoever stops goes on with the last seq that he has.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from scraper.codec import decode
from scraper.model import Record
from storage.protocol import ANYTHING, Filter

Row = TypeVar("Row", bound=tuple[Any, ...])


def pages(page_after: Callable[[int], list[Row]], after: int) -> Iterator[Row]:
    """All rows behind a seq; each begins with its own."""
    while page := page_after(after):
        yield from page
        after = page[-1][0]


class Feed(ABC):
    """The part of a store that readers of its change log ask for."""

    @abstractmethod
    def _changes(self, after: int, filters: Filter) -> list[tuple[int, bytes]]:
        """The next page of published lines with their seqs; empty at the end."""

    def changes(self, since: int = 0) -> Iterator[Record]:
        for line in self.change_lines(after=since):
            yield decode(line, Record)

    def change_lines(self, filters: Filter = ANYTHING, *, after: int = 0) -> Iterator[bytes]:
        for _, line in pages(lambda seq: self._changes(seq, filters), after):
            yield line

    def follow(
        self, since: int = 0, *, poll_seconds: float = 1.0, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Record]:
        for line in self.follow_lines(since, poll_seconds=poll_seconds, stop=stop):
            yield decode(line, Record)

    def follow_lines(
        self, since: int = 0, *, poll_seconds: float = 1.0, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[bytes]:
        while not stop():
            for seq, line in pages(lambda seq: self._changes(seq, ANYTHING), since):
                since = seq
                yield line
            time.sleep(poll_seconds)
