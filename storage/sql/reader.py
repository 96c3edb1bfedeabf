"""The reading half of the SQLite store: every answer comes from queries of storage.sql.articles, searches and the JSON files."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

from scraper.codec import replace
from scraper.model import PollDraft, Record, Revisit, SourceState
from storage import change_feed, rows
from storage.change_feed import Feed
from storage.files import day_file, jsonl, manifest
from storage.files.disk import Files
from storage.files.jsonl import Projection
from storage.model import (
    ANYTHING,
    Cluster,
    Explanation,
    FailureRecord,
    Filter,
    Quarantined,
    Ranking,
    Related,
    Stats,
    Story,
    Tally,
)
from storage.protocol import Doomed, Grave
from storage.search import fts5
from storage.sql import articles as views
from storage.sql import change_log, daily_counts, headline_graph, integrity, purge, sqlite, stories
from storage.sql import clusters as explaining
from storage.sql import source_states as states
from storage.sql.sqlite import translated


class Reader(Feed):
    """What a store answers. ``_waiting`` holds the polls of a store that has no article yet."""

    path: Path
    _mutex: threading.RLock
    _projection: Projection
    _waiting: dict[str, PollDraft]

    @abstractmethod
    def _connected(self) -> sqlite3.Connection | None:
        """The database; None of a store that has none yet."""

    @contextlib.contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection | None]:
        """The database for one question."""
        with self._mutex, translated(self.path):
            yield self._connected()

    def source_states(self, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
        wanted = None if sources is None else set(sources)
        waiting = self._waiting.values()
        fresh = {poll.source: poll.state for poll in waiting if wanted is None or poll.source in wanted}
        with self._asking() as db:
            return states.source_states(db, sources) | fresh if db else fresh

    def visits(self, source: str, *, limit: int) -> list[Revisit]:
        with self._asking() as db:
            return states.visits(db, source, limit) if db else []

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        with self._asking() as db:
            return views.ids_of(db, keys) if db else {}

    def get(self, id_or_url: str) -> Record | None:
        with self._asking() as db:
            return views.get(db, id_or_url) if db else None

    def revisions(self, id_or_url: str) -> list[Record]:
        with self._asking() as db:
            return views.revisions(db, id_or_url) if db else []

    def _latest(self, after: int, filters: Filter) -> list[change_feed.Line]:
        with self._asking() as db:
            return change_log.latest(db, after, filters) if db else []

    def _changes(self, after: int, filters: Filter) -> list[change_feed.Line]:
        with self._asking() as db:
            return change_log.changes(db, after, filters) if db else []

    def cursor(self, name: str) -> int | None:
        with self._asking() as db:
            return change_log.cursor(db, name) if db else None

    def explain(self, id_or_url: str) -> Explanation | None:
        with self._asking() as db:
            return explaining.explain(db, id_or_url) if db else None

    def search(self, query: str, filters: Filter = ANYTHING, *, limit: int = 20) -> Ranking:
        with self._asking() as db:
            return fts5.find(db, query, filters, limit) if db else Ranking()

    def related(self, id_or_url: str, *, limit: int = 100) -> Related | None:
        with self._asking() as db:
            return headline_graph.related(db, id_or_url, limit) if db else None

    def clusters(
        self,
        *,
        since: datetime | None = None,
        min_outlets: int = 1,
        limit: int = 100,
        after: tuple[datetime, str] | None = None,
    ) -> list[Cluster]:
        with self._asking() as db:
            return explaining.listed(db, since, min_outlets, limit, after) if db else []

    def newest(
        self,
        query: str | None = None,
        filters: Filter = ANYTHING,
        *,
        before: int | None = None,
        limit: int = 50,
        grouped: bool = True,
    ) -> list[Story]:
        with self._asking() as db:
            if db is None:
                return []
            return stories.stories(db, query, filters, before, limit, grouped=grouped)

    def tallies(self, since: date) -> list[Tally]:
        with self._asking() as db:
            return daily_counts.since(db, since) if db else []

    def seq(self) -> int:
        with self._asking() as db:
            return change_log.top(db) if db else 0

    def failures(self, *, limit: int = 100) -> list[FailureRecord]:
        with self._asking() as db:
            waiting = [rows.failure_record(p, f) for p in self._waiting.values() for f in p.failures]
            return (waiting[::-1] + (states.failures(db, limit) if db else []))[:limit]

    def quarantined(self) -> list[Quarantined]:
        with self._asking() as db:
            return states.quarantined(db) if db else []

    def quarantined_body(self, url: str) -> bytes | None:
        with self._asking() as db:
            return states.quarantined_body(db, url) if db else None

    def stats(self) -> Stats:
        with self._asking() as db:
            if db is None:
                return Stats()
            files = [self._projection.file(day) for day in self._projection.days()]
            last = next((s for raw in reversed(_tail(files)) if (s := day_file.seq_of(raw)) is not None), 0)
            return replace(
                states.stats(db),
                projected=last,
                database_bytes=_size([self.path, Path(f"{self.path}-wal")]),
                json_bytes=_size(files),
            )

    def doomed(
        self, *, before: datetime | None = None, articles: Sequence[str] = (), source: str | None = None
    ) -> list[Grave]:
        which = Doomed(before=before, articles=tuple(articles), source=source)
        with self._asking() as db:
            return purge.graves(db, purge.due(db, which)) if db else []

    def verify(self) -> Iterator[str]:
        with self._asking() as db:
            if db is None:
                return
        with translated(self.path), contextlib.closing(sqlite.connect_reader(self.path)[0]) as db:
            yield from integrity.verify(db)
            yield from integrity.guarded("the JSON files", partial(self._wrong_files, db))

    def _wrong_files(self, db: sqlite3.Connection) -> Iterator[str]:
        """Whether the JSON files say what the database says."""
        files = self._projection
        known: list[str] = []
        try:
            known = change_log.days(db)
        except sqlite3.DatabaseError as e:
            yield f"database: the days of its lines cannot be read: {e}"
        for day in sorted({*known, *files.days()}):
            for path in files.files(day):
                lines_of = partial(change_log.lines_of, db, "day = ?", day)
                yield from integrity.guarded(path.name, partial(jsonl.compare, path, lines_of))
        for name in files.strangers():
            yield f"{name}: is none of the store's files, and read by whoever reads *.jsonl*"
        yield from manifest.problems(files.folder, files.sealed())


TAIL_BYTES = 4 << 20  # of a file, which hold its last line


def _size(paths: Iterable[Path]) -> int:
    """Bytes on the disk; of files that a writer took away a moment ago none."""
    return sum(max(0, Files().size(path)) for path in paths)


def _tail(files: list[Path]) -> list[bytes]:
    if not files:
        return []
    try:
        with files[-1].open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            return file.read().split(b"\n")[:-1]
    except FileNotFoundError:  # purged a moment ago
        return []
