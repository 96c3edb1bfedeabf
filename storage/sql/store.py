"""Define what a store is, and write what both stores write in the same way; each lends its database and commits batches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import PollDraft
from scraper.stories.sketch import StorySketch
from storage import upsert
from storage.model import Compacted, Outcome, Purged, PurgeSelection, Quarantined, Stats
from storage.sql import meta, purge, source_states, story_tables
from storage.sql.dialect import Db
from storage.sql.reader import Reader
from storage.upsert import Arrival

PURGED_AT_ONCE = 200  # articles in one transaction: commits wait no longer than for it


class Store(Reader):
    """One process writes, in whole transactions; any number read. Times are aware UTC. Errors are StoreErrors."""

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
    def _purge(self, doomed: PurgeSelection, now: datetime) -> Purged:
        """Purge all articles of a selection."""

    @abstractmethod
    def _purge_batch(self, numbers: Sequence[int], doomed: PurgeSelection, now: datetime) -> Purged:
        """Purge some articles in one transaction."""

    @abstractmethod
    def rebuild(self) -> int:
        """Write the JSON files anew from the database. Return how many lines."""

    @abstractmethod
    def rebuild_search(self) -> int:
        """Make the search index anew from the latest lines. Return how many articles are in it."""

    @abstractmethod
    def project(self, folder: Path) -> int:
        """Bring JSON files in a folder that is not the store's own up to date, one process at a time. Return how many lines.

        They are the files that a SQLite store of the same history has, byte for byte. Killed, it goes on where it was.
        """

    @abstractmethod
    def stats(self) -> Stats: ...

    @abstractmethod
    def verify(self) -> Iterator[str]:
        """Yield everything that is wrong with the store, one line each; nothing if all is well."""

    @abstractmethod
    def close(self) -> None: ...

    def compact(self) -> Compacted:
        """Pack the JSON files of days that are over. Idempotent; nothing to do for a store without files."""
        return Compacted()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit(self, poll: PollDraft, *, now: datetime) -> Outcome:
        """Decide and store everything of one poll, its source's state included, in one transaction.

        Its visits are kept after its articles, under the poll's source. Each belongs to the article that ``get`` finds at
        the visit's ``url`` and replaces the visit of that article, if there is one; without ``due`` it only removes it. A
        visit whose address names no article is dropped. An article that is purged takes its visit along.
        """
        return self._write([upsert.new_record(found) for found in poll.articles], now, poll)

    def add(self, lines: Iterable[Mapping[str, Any] | StoreError | None], *, now: datetime) -> Outcome:
        """Take other people's records (or our own lines) through the same decisions. Idempotent.

        Refusals are numbered by the place in ``lines``: None holds the place of an empty line, an error that of a line
        which its reader could not read.
        """
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
        """Note, durably, that a page is about to be parsed. Return how often, since it last went well: from 1."""
        with self._writing() as db:
            return source_states.attempt(db, url, now)

    def settled(self, url: str) -> None:
        """Forget a page that was parsed (or failed in an orderly way) and its attempts. ``commit`` does it for its articles."""
        with self._writing() as db:
            source_states.settle(db, url)

    def quarantine(
        self, url: str, *, source: str, code: str, message: str, body: bytes, now: datetime
    ) -> None:
        """Give a page up and keep its bytes, until a ``commit`` brings an article of its address."""
        page = Quarantined(url=url, source=source, at=now, code=code, message=message, size=len(body))
        with self._writing() as db:
            source_states.quarantine(db, page, body)

    def keep_cursor(self, name: str, seq: int) -> None:
        """Note, durably, how far a reader of the change log has come."""
        with self._writing() as db:
            meta.put(db, f"cursor {name}", str(seq))

    def keep_told(self, name: str, ids: Collection[str]) -> None:
        """Keep which ids a reader of stories has told."""
        with self._writing() as db:
            meta.put(db, f"told {name}", " ".join(sorted(ids)))

    def keep_sketches(self, sketches: Sequence[StorySketch]) -> int:
        """Keep what stories need of revisions that are the latest still, and place their articles in stories. Return how many.

        The same articles make the same stories in whatever order they come. Sketches of another version are forgotten.
        """
        with self._grouping() as db:
            return story_tables.keep_sketches(db, self._window, sketches)

    def catching_up(self) -> AbstractContextManager[object]:
        """Be the only process that sketches what is behind. Raises StoreLocked, on entering, where another one is at it."""
        return nullcontext()  # a directory has one writer

    def clear_stories(self) -> None:
        """Forget all sketches and stories."""
        with self._grouping() as db:
            story_tables.clear(db)

    def _grouping(self) -> AbstractContextManager[Db]:
        """Lend the database to place articles in stories, which one does at a time."""
        return self._writing()

    def purge(
        self,
        *,
        now: datetime,
        before: datetime | None = None,
        articles: Sequence[str] = (),
        source: str | None = None,
    ) -> Purged:
        """Delete articles: those whose last revision was fetched before a time, or those that are named by their ids or
        addresses, or all of a source: all their lines, in every index and file. Raises StoreError (no_such_article).

        In place of an article comes one line at the end of the change log, a further revision with nothing of what was
        printed; its ``purged`` names the seqs that are no more, so that every number is accounted for and readers of the
        log can delete too. ``latest``, ``newest``, ``search``, ``clusters`` and ``related`` do not know the article any
        more; ``get``, ``revisions``, ``explain`` give that line. What recognises it stays: arrivals are "unchanged" for
        ever. Older failures, attempts and pages in quarantine go too (of named articles: their own). A crash leaves whole
        articles purged or not.
        """
        self._check_writable()
        return self._purge(PurgeSelection(before=before, articles=tuple(articles), source=source), now)

    def _purge_all(self, numbers: Sequence[int], doomed: PurgeSelection, now: datetime) -> Purged:
        """Purge articles, some at once; then forget what else is to go."""
        total = Purged()
        for i in range(0, len(numbers), PURGED_AT_ONCE):
            done = self._purge_batch(numbers[i : i + PURGED_AT_ONCE], doomed, now)
            total = Purged(articles=total.articles + done.articles, lines=total.lines + done.lines)
        with self._writing() as db:
            purge.forget(db, doomed)
        return total
