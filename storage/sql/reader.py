"""Answer the questions to either store, with the queries of storage.sql."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Concatenate, ParamSpec, TypeVar

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
    PurgeCandidate,
    PurgeSelection,
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

P = ParamSpec("P")
T = TypeVar("T")

NO_COUNTRIES: Mapping[str, str] = {}
ALL_STORIES = StoryFilter()


class Reader(ChangeFeed):
    """The questions that a store answers. It may be asked from any process while another one writes."""

    _index: SearchIndex

    def __init__(self) -> None:
        self._window = StoryWindow()
        self._facets: dict[tuple[str, str], FacetTable] = {}  # by time zone and clock

    @abstractmethod
    def _asking(self) -> AbstractContextManager[Db]:
        """Lend the database for one question."""

    def _ask(self, query: Callable[Concatenate[Db, P], T], *args: P.args, **options: P.kwargs) -> T:
        """Put one of the queries of storage.sql to the database."""
        with self._asking() as db:
            return query(db, *args, **options)

    def source_states(self, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
        """Return the states of all sources, or of those named, by their ids; a source that was never polled has none.

        Instead of a state that cannot be read comes a fresh one, ``lost``; the next ``commit`` replaces it, and notes the
        failure ``state_lost``.
        """
        return self._ask(source_states.source_states, sources)

    def visits(self, source: str, *, limit: int) -> list[Revisit]:
        """Return the visits that articles of a source wait for, the earliest due first, due or not."""
        return self._ask(source_states.visits, source, limit)

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the ids of articles by those of these identity keys that are known."""
        return self._ask(articles.ids_of, keys)

    def get(self, id_or_url: str) -> Record | None:
        """Return the latest revision of an article, with its cluster as it is now."""
        return self._ask(articles.get_record, id_or_url)

    def revisions(self, id_or_url: str) -> list[Record]:
        """Return all revisions, oldest first, as they were committed."""
        return self._ask(articles.revisions, id_or_url)

    def _latest(self, after: int, filters: Filter) -> list[change_feed.Line]:
        return self._ask(change_log.latest, after, filters)

    def _changes(self, after: int, filters: Filter) -> list[change_feed.Line]:
        return self._ask(change_log.changes, after, filters)

    def cursor(self, name: str) -> int | None:
        """Return how far a reader has come, as ``keep_cursor`` noted it; None if it never did."""
        return self._ask(change_log.cursor, name)

    def told(self, name: str) -> frozenset[str] | None:
        """Return the ids that a reader of stories has told; None before the first."""
        with self._asking() as db:
            ids = meta.get(db, f"told {name}")
        return None if ids is None else frozenset(ids.split())

    def explain(self, id_or_url: str) -> Explanation | None:
        return self._ask(clusters.explain, id_or_url)

    def search(self, query: str, filters: Filter = ANYTHING, *, limit: int = 20) -> Ranking:
        """Return the best hits of words, "phrases", begin* and -unwanted (NOT unwanted); OR between two. Raises StoreError (bad_query).

        Of what thousands of articles have only the newest are ranked, so that an answer takes no longer in a large archive.
        """
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
        """Return what an article's related headlines point to, and which articles point to it, newest first."""
        return self._ask(headline_graph.related, self._index, id_or_url, limit)

    def clusters(
        self,
        *,
        since: datetime | None = None,
        min_outlets: int = 1,
        limit: int = 100,
        after: tuple[datetime, str] | None = None,
    ) -> list[Cluster]:
        """Return clusters, those that grew last first (then by id); ``since``: only those with a member that appeared then or later.

        ``after`` is the last cluster of the page before: when its newest member appeared, and its id.
        """
        return self._ask(clusters.clusters, since, min_outlets, limit, after)

    def newest(
        self,
        query: str | None = None,
        filters: Filter = ANYTHING,
        *,
        before: int | None = None,
        limit: int = 50,
        grouped: bool = True,
    ) -> list[Story]:
        """Return articles in the opposite order of their first arrival, narrowed as ``search`` is. Raises StoreError (bad_query).

        ``before`` is the cursor of the last one of the page before. With ``grouped``, only the last arrival that passes
        the filters of each cluster.
        """
        return self._ask(stories.stories, self._index, query, filters, before, limit, grouped=grouped)

    def best(self, query: str, filters: Filter = ANYTHING, *, skip: int = 0, limit: int = 50) -> BestStories:
        """Return the best hits as ``search`` ranks them, without the first ``skip``; of each cluster only the best one."""
        return self._ask(stories.best, self._index, query, filters, skip, limit)

    def most_carried(self, since: datetime, *, limit: int = 100) -> list[Story]:
        """Return what most sources carried since a time, two at least; each as its first article."""
        return self._ask(stories.most_carried, since, limit)

    def facets(
        self, query: str | None = None, filters: Filter = ANYTHING, *, zone: str = "UTC", after: int = 0
    ) -> list[FacetCount]:
        """Count all articles that pass, by source, language and the day on which they appeared in a time zone.

        The counts are exact. ``after``: only articles behind this cursor of ``newest``. Raises StoreError (bad_query).
        """
        table = self._facets.setdefault((zone, filters.by), FacetTable(zone, filters.by))
        return self._ask(table.counts, self._index, query, filters, after)

    def told_stories(
        self, wanted: StoryFilter = ALL_STORIES, *, limit: int = 50, after: tuple[datetime, str] | None = None
    ) -> list[ToldStory]:
        """Return a page of stories across languages, those that grew last first (then by id).

        ``after``: when the last one of the page before grew, and its id. Empty without sketches.
        """
        return self._ask(told_stories.told_stories, wanted, limit, after)

    def told_story(self, id_or_url: str, country_of: Mapping[str, str] = NO_COUNTRIES) -> StoryDetail | None:
        """Return the story that an article is in, with its evidence; None for an article that is not sketched."""
        return self._ask(told_stories.told_story, id_or_url, country_of)

    def story_changes(
        self, since: int = 0, *, limit: int = 100, country_of: Mapping[str, str] = NO_COUNTRIES
    ) -> list[tuple[int, ToldStory]]:
        """Return the stories that became other ones behind a number, in the order of their last change, with its number.

        Those that were told once only are left out. Who has read up to a seq asks behind ``seq * CHANGES_A_SEQ - 1``.
        """
        return self._ask(told_stories.story_changes, since, limit, country_of)

    def position(self) -> int:
        """Return a number that grows with each revision and each change of a story. Costs as little as ``seq``."""
        return self._ask(story_tables.change_position)

    def near_pairs(self, since: datetime, low: float, high: float) -> list[StoryLink]:
        """Return pairs of articles of two sources whose score is between two bounds, with their evidence."""
        return self._ask(told_stories.near_pairs, since, low, high)

    def story_backlog(self, since: date) -> int:
        """Return how many articles that came from that day (UTC) on are not sketched."""
        return self._ask(told_stories.story_backlog, since)

    def unsketched(self, since: date, *, after: int = 0, limit: int = 200) -> list[Record]:
        """Return the next of these articles behind a seq, in seq order; damaged lines are passed over."""
        return self._ask(told_stories.unsketched, since, after, limit)

    def tallies(self, since: date, source: str | None = None) -> list[Tally]:
        """Return what came from that day (UTC) on, of all sources or of one, counted."""
        return self._ask(daily_counts.since, since, source)

    def seq(self) -> int:
        """Return the seq of the last change; 0 for none. Costs next to nothing: ask as often as you like."""
        return self._ask(change_log.top)

    def failures(self, *, limit: int = 100) -> list[FailureRecord]:
        """Return the last failures, newest first."""
        return self._ask(source_states.failures, limit)

    def quarantined(self) -> list[Quarantined]:
        return self._ask(source_states.quarantined)

    def quarantined_body(self, url: str) -> bytes | None:
        return self._ask(source_states.quarantined_body, url)

    def doomed(
        self, *, before: datetime | None = None, articles: Sequence[str] = (), source: str | None = None
    ) -> list[PurgeCandidate]:
        """Return the articles that ``purge`` would delete, in the order of their arrival."""
        which = PurgeSelection(before=before, articles=tuple(articles), source=source)
        with self._asking() as db:
            return purge.graves(db, purge.due(db, which))
