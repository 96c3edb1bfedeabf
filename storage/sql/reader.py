"""Answer the questions to either store, with the queries of storage.sql."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

from scraper.model import Record, Revisit, SourceState
from storage import change_feed
from storage.change_feed import ChangeFeed
from storage.checksums import DamagedLine
from storage.model import (
    ANYTHING,
    BestStories,
    Cluster,
    Explanation,
    FacetCount,
    FailureRecord,
    Filter,
    Hit,
    Quarantined,
    Ranking,
    Related,
    Story,
    StoryDetail,
    StoryFilter,
    StoryLink,
    Tally,
    ToldStory,
)
from storage.protocol import PurgeCandidate, PurgeSelection
from storage.sql import (
    articles,
    change_log,
    clusters,
    daily_counts,
    headline_graph,
    meta,
    purge,
    source_states,
    stories,
    story_tables,
    told_stories,
)
from storage.sql.dialect import Db, SearchIndex
from storage.sql.facets import FacetTable
from storage.sql.story_window import StoryWindow

NO_COUNTRIES: Mapping[str, str] = {}
ALL_STORIES = StoryFilter()


class Reader(ChangeFeed):
    """What a store answers."""

    _index: SearchIndex

    def __init__(self) -> None:
        self._window = StoryWindow()
        self._facets: dict[tuple[str, str], FacetTable] = {}  # by time zone and clock

    @abstractmethod
    def _asking(self) -> AbstractContextManager[Db]:
        """Lend the database for one question."""

    def source_states(self, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
        with self._asking() as db:
            return source_states.source_states(db, sources)

    def visits(self, source: str, *, limit: int) -> list[Revisit]:
        with self._asking() as db:
            return source_states.visits(db, source, limit)

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        with self._asking() as db:
            return articles.ids_of(db, keys)

    def get(self, id_or_url: str) -> Record | None:
        with self._asking() as db:
            return articles.get_record(db, id_or_url)

    def revisions(self, id_or_url: str) -> list[Record]:
        with self._asking() as db:
            return articles.revisions(db, id_or_url)

    def _latest(self, after: int, filters: Filter) -> list[change_feed.Line]:
        with self._asking() as db:
            return change_log.latest(db, after, filters)

    def _changes(self, after: int, filters: Filter) -> list[change_feed.Line]:
        with self._asking() as db:
            return change_log.changes(db, after, filters)

    def cursor(self, name: str) -> int | None:
        with self._asking() as db:
            return change_log.cursor(db, name)

    def told(self, name: str) -> frozenset[str] | None:
        with self._asking() as db:
            ids = meta.get(db, f"told {name}")
        return None if ids is None else frozenset(ids.split())

    def explain(self, id_or_url: str) -> Explanation | None:
        with self._asking() as db:
            return clusters.explain(db, id_or_url)

    def search(self, query: str, filters: Filter = ANYTHING, *, limit: int = 20) -> Ranking:
        damaged: list[DamagedLine] = []
        with self._asking() as db:
            scores, ranked, complete = self._index.ranked(db, query, filters, limit)
            records = articles.readable_records(db, [n for n, _ in scores], damaged.append)
        return Ranking(
            hits=tuple(Hit(score=score, record=records[n]) for n, score in scores if n in records),
            ranked=ranked,
            complete=complete,
            damaged=tuple(sorted(error.seq for error in damaged)),
        )

    def related(self, id_or_url: str, *, limit: int = 100) -> Related | None:
        with self._asking() as db:
            return headline_graph.related(db, self._index, id_or_url, limit)

    def clusters(
        self,
        *,
        since: datetime | None = None,
        min_outlets: int = 1,
        limit: int = 100,
        after: tuple[datetime, str] | None = None,
    ) -> list[Cluster]:
        with self._asking() as db:
            return clusters.clusters(db, since, min_outlets, limit, after)

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
            return stories.stories(db, self._index, query, filters, before, limit, grouped=grouped)

    def best(self, query: str, filters: Filter = ANYTHING, *, skip: int = 0, limit: int = 50) -> BestStories:
        with self._asking() as db:
            return stories.best(db, self._index, query, filters, skip, limit)

    def most_carried(self, since: datetime, *, limit: int = 100) -> list[Story]:
        with self._asking() as db:
            return stories.most_carried(db, since, limit)

    def facets(
        self, query: str | None = None, filters: Filter = ANYTHING, *, zone: str = "UTC", after: int = 0
    ) -> list[FacetCount]:
        table = self._facets.setdefault((zone, filters.by), FacetTable(zone, filters.by))
        with self._asking() as db:
            return table.counts(db, self._index, query, filters, after)

    def told_stories(
        self,
        wanted: StoryFilter = ALL_STORIES,
        *,
        limit: int = 50,
        after: tuple[datetime, str] | None = None,
    ) -> list[ToldStory]:
        with self._asking() as db:
            return told_stories.told_stories(db, wanted, limit, after)

    def told_story(self, id_or_url: str, country_of: Mapping[str, str] = NO_COUNTRIES) -> StoryDetail | None:
        with self._asking() as db:
            return told_stories.told_story(db, id_or_url, country_of)

    def story_changes(
        self, since: int = 0, *, limit: int = 100, country_of: Mapping[str, str] = NO_COUNTRIES
    ) -> list[tuple[int, ToldStory]]:
        with self._asking() as db:
            return told_stories.story_changes(db, since, limit, country_of)

    def position(self) -> int:
        with self._asking() as db:
            return story_tables.change_position(db)

    def near_pairs(self, since: datetime, low: float, high: float) -> list[StoryLink]:
        with self._asking() as db:
            return told_stories.near_pairs(db, since, low, high)

    def story_backlog(self, since: date) -> int:
        with self._asking() as db:
            return told_stories.story_backlog(db, since)

    def unsketched(self, since: date, *, after: int = 0, limit: int = 200) -> list[Record]:
        with self._asking() as db:
            return told_stories.unsketched(db, since, after, limit)

    def tallies(self, since: date, source: str | None = None) -> list[Tally]:
        with self._asking() as db:
            return daily_counts.since(db, since, source)

    def seq(self) -> int:
        with self._asking() as db:
            return change_log.top(db)

    def failures(self, *, limit: int = 100) -> list[FailureRecord]:
        with self._asking() as db:
            return source_states.failures(db, limit)

    def quarantined(self) -> list[Quarantined]:
        with self._asking() as db:
            return source_states.quarantined(db)

    def quarantined_body(self, url: str) -> bytes | None:
        with self._asking() as db:
            return source_states.quarantined_body(db, url)

    def doomed(
        self, *, before: datetime | None = None, articles: Sequence[str] = (), source: str | None = None
    ) -> list[PurgeCandidate]:
        which = PurgeSelection(before=before, articles=tuple(articles), source=source)
        with self._asking() as db:
            return purge.graves(db, purge.due(db, which))
