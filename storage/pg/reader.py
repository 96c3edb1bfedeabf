"""The reading half of the PostgreSQL store: every answer comes from queries of storage.pg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from scraper.model import Record, Revisit, SourceState
from storage.change_feed import Feed, Line
from storage.checksums import DamagedLine
from storage.model import (
    ANYTHING,
    Cluster,
    Explanation,
    FailureRecord,
    Filter,
    Hit,
    Quarantined,
    Ranking,
    Related,
    Stats,
    Story,
    Tally,
)
from storage.pg import checking, explaining, graph, log, newest, purging, states, tallies, views
from storage.protocol import Doomed, Grave
from storage.search import query as asked
from storage.search import tsvector
from storage.sql.postgres import Database


class Reader(Feed):
    """What a store answers."""

    _database: Database

    def source_states(self, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
        with self._database.connection() as db:
            return states.source_states(db, sources)

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        with self._database.connection() as db:
            return views.ids_of(db, [key.replace("\0", "") for key in keys])

    def get(self, id_or_url: str) -> Record | None:
        with self._database.connection() as db:
            return views.get(db, id_or_url)

    def revisions(self, id_or_url: str) -> list[Record]:
        with self._database.connection() as db:
            return views.revisions(db, id_or_url)

    def visits(self, source: str, *, limit: int) -> list[Revisit]:
        with self._database.connection() as db:
            return states.visits(db, source, limit)

    def _latest(self, after: int, filters: Filter) -> list[Line]:
        with self._database.connection() as db:
            return log.latest(db, after, filters)

    def _changes(self, after: int, filters: Filter) -> list[Line]:
        with self._database.connection() as db:
            return log.changes(db, after, filters)

    def cursor(self, name: str) -> int | None:
        with self._database.connection() as db:
            return log.cursor(db, name)

    def explain(self, id_or_url: str) -> Explanation | None:
        with self._database.connection() as db:
            return explaining.explain(db, id_or_url)

    def search(self, query: str, filters: Filter = ANYTHING, *, limit: int = 20) -> Ranking:
        condition = tsvector.Condition(query, filters)
        with self._database.connection() as db:
            scores, ranked = tsvector.find(db, condition, limit)
            spoilt: list[DamagedLine] = []
            records = views.readable(db, [n for n, _ in scores], spoilt.append)
        return Ranking(
            hits=tuple(Hit(score=score, record=records[n]) for n, score in scores if n in records),
            ranked=ranked,
            complete=ranked < asked.NEWEST_RANKED,
            damaged=tuple(sorted(error.seq for error in spoilt)),
        )

    def related(self, id_or_url: str, *, limit: int = 100) -> Related | None:
        with self._database.connection() as db:
            return graph.related(db, id_or_url, limit)

    def clusters(
        self,
        *,
        since: datetime | None = None,
        min_outlets: int = 1,
        limit: int = 100,
        after: tuple[datetime, str] | None = None,
    ) -> list[Cluster]:
        with self._database.connection() as db:
            return explaining.listed(db, since, min_outlets, limit, after)

    def newest(
        self,
        query: str | None = None,
        filters: Filter = ANYTHING,
        *,
        before: int | None = None,
        limit: int = 50,
        grouped: bool = True,
    ) -> list[Story]:
        condition = tsvector.Condition(query, filters)
        with self._database.connection() as db:
            return newest.stories(db, condition, before, limit, grouped=grouped)

    def tallies(self, since: date) -> list[Tally]:
        with self._database.connection() as db:
            return tallies.since(db, since)

    def seq(self) -> int:
        with self._database.connection() as db:
            return log.top(db)

    def failures(self, *, limit: int = 100) -> list[FailureRecord]:
        with self._database.connection() as db:
            return states.failures(db, limit)

    def quarantined(self) -> list[Quarantined]:
        with self._database.connection() as db:
            return states.quarantined(db)

    def quarantined_body(self, url: str) -> bytes | None:
        with self._database.connection() as db:
            row = db.execute(
                "SELECT body FROM quarantine WHERE url = %s", (url.replace("\0", ""),)
            ).fetchone()
        return row[0] if row else None

    def stats(self) -> Stats:
        with self._database.connection() as db:
            return states.stats(db)

    def doomed(
        self, *, before: datetime | None = None, articles: Sequence[str] = (), source: str | None = None
    ) -> list[Grave]:
        which = Doomed(before=before, articles=tuple(articles), source=source)
        with self._database.connection() as db:
            return purging.graves(db, purging.due(db, which))

    def verify(self) -> Iterator[str]:
        return checking.verify(self._database)
