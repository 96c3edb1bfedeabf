"""Write what both stores write in the same way; each lends its database and commits batches on its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Self

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import PollDraft
from scraper.stories.sketch import StorySketch
from storage import upsert
from storage.model import Outcome, Purged, Quarantined
from storage.protocol import PurgeSelection
from storage.sql import meta, purge, source_states, story_tables
from storage.sql.dialect import Db
from storage.sql.reader import Reader
from storage.upsert import Arrival

PURGED_AT_ONCE = 200  # articles in one transaction: commits wait no longer than for it


class SqlStore(Reader):
    """The parts of ``storage.protocol.Store`` that both stores share."""

    batch_records: int  # of an import: so long other writers wait

    @abstractmethod
    def _check_writable(self) -> None:
        """Raise StoreError (store_readonly) in a store that was opened for reading."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Db]:
        """Lend the database for a transaction. Raises StoreError (store_readonly)."""

    @abstractmethod
    def _write(self, arrivals: Sequence[Arrival], now: datetime, poll: PollDraft | None = None) -> Outcome:
        """Decide and store a batch, and what else a poll brought, in one transaction."""

    @abstractmethod
    def _purge(self, numbers: Sequence[int], doomed: PurgeSelection, now: datetime) -> Purged:
        """Purge some articles in one transaction."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, lines: Iterable[Mapping[str, Any] | StoreError | None], *, now: datetime) -> Outcome:
        self._check_writable()
        total = Outcome()
        refused: list[str] = []
        batch: list[Arrival] = []
        for each in upsert.merged(lines, refused, now=now):
            batch.append(each)
            if len(batch) == self.batch_records:
                total, batch = total + replace(self._write(batch, now), records=()), []
        if batch:
            total += replace(self._write(batch, now), records=())
        return replace(total, refused=tuple(refused))

    def attempt(self, url: str, *, now: datetime) -> int:
        with self._writing() as db:
            return source_states.attempt(db, url, now)

    def settled(self, url: str) -> None:
        with self._writing() as db:
            source_states.settle(db, url)

    def quarantine(
        self, url: str, *, source: str, code: str, message: str, body: bytes, now: datetime
    ) -> None:
        page = Quarantined(url=url, source=source, at=now, code=code, message=message, size=len(body))
        with self._writing() as db:
            source_states.quarantine(db, page, body)

    def keep_cursor(self, name: str, seq: int) -> None:
        with self._writing() as db:
            meta.put(db, f"cursor {name}", str(seq))

    def keep_told(self, name: str, ids: Collection[str]) -> None:
        with self._writing() as db:
            meta.put(db, f"told {name}", " ".join(sorted(ids)))

    def keep_sketches(self, sketches: Sequence[StorySketch]) -> int:
        with self._grouping() as db:
            return story_tables.keep_sketches(db, self._window, sketches)

    def catching_up(self) -> AbstractContextManager[object]:
        return nullcontext()  # a directory has one writer

    def clear_stories(self) -> None:
        with self._grouping() as db:
            story_tables.clear(db)

    def _grouping(self) -> AbstractContextManager[Db]:
        """Lend the database to place articles in stories, which one does at a time."""
        return self._writing()

    def _purge_all(self, numbers: Sequence[int], doomed: PurgeSelection, now: datetime) -> Purged:
        """Purge articles, some at once; then forget what else is to go."""
        total = Purged()
        for i in range(0, len(numbers), PURGED_AT_ONCE):
            done = self._purge(numbers[i : i + PURGED_AT_ONCE], doomed, now)
            total = Purged(articles=total.articles + done.articles, lines=total.lines + done.lines)
        with self._writing() as db:
            purge.forget(db, doomed)
        return total
