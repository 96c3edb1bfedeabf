"""Define what a store is: the Protocol that every store fulfils, and the values that pass through it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from scraper.codec import Struct
from scraper.errors import StoreError
from scraper.model import PollDraft, Record, Revisit, SourceState
from storage.checksums import OnDamage
from storage.model import (
    ANYTHING,
    BestStories,
    Cluster,
    Compacted,
    Explanation,
    FacetCount,
    FailureRecord,
    Filter,
    Outcome,
    Purged,
    Quarantined,
    Ranking,
    Related,
    Stats,
    Story,
    StoryDetail,
    StoryFilter,
    StoryLink,
    Tally,
    ToldStory,
)

if TYPE_CHECKING:
    from scraper.stories.sketch import StorySketch


class PurgeSelection(Struct, frozen=True, kw_only=True):
    """What a purge is about: articles last fetched ``before`` a time, ``articles`` by id or address, all of a ``source``."""

    before: datetime | None = None
    articles: tuple[str, ...] = ()
    source: str | None = None

    @property
    def is_aged(self) -> bool:
        """True if only age dooms: then other old things go too, and what became young meanwhile stays."""
        return self.before is not None


class PurgeCandidate(Struct, frozen=True, kw_only=True):
    """An article that a purge would delete, with so many lines."""

    id: str
    source: str
    url: str
    title: str | None
    fetched: datetime
    lines: int


class Store(Protocol):
    """One process writes, in whole transactions; any number read. Times are aware UTC. Errors are StoreErrors."""

    # -------------------------------------------------------------------------------- writing

    def commit(self, poll: PollDraft, *, now: datetime) -> Outcome:
        """Decide and store everything of one poll, its source's state included, in one transaction.

        Its visits are kept after its articles, under the poll's source. Each belongs to the article that ``get`` finds at
        the visit's ``url`` and replaces the visit of that article, if there is one; without ``due`` it only removes it. A
        visit whose address names no article is dropped. An article that is purged takes its visit along.
        """
        ...

    def add(self, lines: Iterable[Mapping[str, Any] | StoreError | None], *, now: datetime) -> Outcome:
        """Take other people's records (or our own lines) through the same decisions. Idempotent.

        Refusals are numbered by the place in ``lines``: None holds the place of an empty line, an error that of a line
        which its reader could not read.
        """
        ...

    def attempt(self, url: str, *, now: datetime) -> int:
        """Note, durably, that a page is about to be parsed. How often that has been so since it last went well: from 1."""
        ...

    def settled(self, url: str) -> None:
        """Forget a page that was parsed (or failed in an orderly way) and its attempts. ``commit`` does it for its articles."""
        ...

    def quarantine(
        self, url: str, *, source: str, code: str, message: str, body: bytes, now: datetime
    ) -> None:
        """Give a page up and keep its bytes, until a ``commit`` brings an article of its address."""
        ...

    def keep_told(self, name: str, ids: Collection[str]) -> None:
        """Keep which ids a reader of stories has told."""
        ...

    def keep_cursor(self, name: str, seq: int) -> None:
        """Note, durably, how far a reader of the change log has come."""
        ...

    def keep_sketches(self, sketches: Sequence[StorySketch]) -> int:
        """Keep what stories need of revisions that are the latest still, and place their articles in stories. Return how many.

        The same articles make the same stories in whatever order they come. Sketches of another version are forgotten.
        """
        ...

    def catching_up(self) -> AbstractContextManager[object]:
        """Be the only process that sketches what is behind. Raises StoreLocked, on entering, where another one is at it."""
        ...

    def clear_stories(self) -> None:
        """Forget all sketches and stories."""
        ...

    def rebuild(self) -> int:
        """Write the JSON files anew from the database. How many lines."""
        ...

    def rebuild_search(self) -> int:
        """Make the search index anew from the latest lines. How many articles are in it."""
        ...

    def project(self, folder: Path) -> int:
        """Bring JSON files in a folder that is not the store's own up to date, one process at a time. How many lines.

        They are the files that a SQLite store of the same history has, byte for byte. Killed, it goes on where it was.
        """
        ...

    def compact(self) -> Compacted:
        """Pack the JSON files of days that are over. Idempotent; nothing to do for a store without files."""
        ...

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
        ...

    # -------------------------------------------------------------------------------- reading

    def source_states(self, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
        """Of all sources, or of those named; the ones that were never polled have none.

        Of a source whose state cannot be read it is a fresh one, ``lost``; the next ``commit`` puts that right, and notes
        the failure ``state_lost``.
        """
        ...

    def visits(self, source: str, *, limit: int) -> list[Revisit]:
        """Return the visits that articles of a source wait for, the earliest due first, due or not."""
        ...

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        """Which of these identity keys are known, and the ids of their articles."""
        ...

    def get(self, id_or_url: str) -> Record | None:
        """Return the latest revision of an article, with its cluster as it is now."""
        ...

    def revisions(self, id_or_url: str) -> list[Record]:
        """All revisions, oldest first, as they were committed."""
        ...

    def latest(self, filters: Filter = ANYTHING, *, after: int = 0) -> Iterator[Record]:
        """Return the latest revision of every article that passes, in seq order, from behind ``after`` on; clusters as they are now.

        Pages are read as they are asked for: what is committed meanwhile may or may not come.
        """
        ...

    def latest_lines(
        self, filters: Filter = ANYTHING, *, after: int = 0, damaged: OnDamage = ...
    ) -> Iterator[bytes]:
        """``latest`` as JSON lines without their ends: what an export prints.

        A line that is not what was stored raises DamagedLine; whoever brings ``damaged`` is told of it, and goes on.
        """
        ...

    def changes(self, since: int = 0) -> Iterator[Record]:
        """Every revision after ``since`` in seq order, as committed. Ends at the present end; ask again with the last seq."""
        ...

    def change_lines(
        self, filters: Filter = ANYTHING, *, after: int = 0, damaged: OnDamage = ...
    ) -> Iterator[bytes]:
        """Read ``changes`` as the very JSON lines that were published: every revision that passes, of articles that pass.

        ``damaged`` as in ``latest_lines``.
        """
        ...

    def cursor(self, name: str) -> int | None:
        """How far a reader has come, as it last said; None for one that said nothing."""
        ...

    def explain(self, id_or_url: str) -> Explanation | None: ...

    def search(self, query: str, filters: Filter = ANYTHING, *, limit: int = 20) -> Ranking:
        """Return the best hits of words, "phrases", begin* and -unwanted (NOT unwanted); OR between two. Raises StoreError (bad_query).

        Of what thousands of articles have only the newest are ranked, so that an answer takes no longer in a large archive.
        """
        ...

    def related(self, id_or_url: str, *, limit: int = 100) -> Related | None:
        """Return what an article's related headlines point to, and which articles point to it, newest first."""
        ...

    def clusters(
        self,
        *,
        since: datetime | None = None,
        min_outlets: int = 1,
        limit: int = 100,
        after: tuple[datetime, str] | None = None,
    ) -> list[Cluster]:
        """Clusters, those that grew last first (then by id); ``since``: with a member that appeared then or later.

        ``after`` is the last cluster of the page before: when its newest member appeared, and its id.
        """
        ...

    def newest(
        self,
        query: str | None = None,
        filters: Filter = ANYTHING,
        *,
        before: int | None = None,
        limit: int = 50,
        grouped: bool = True,
    ) -> list[Story]:
        """Articles in the opposite order of their first arrival, narrowed as ``search`` is. Raises StoreError (bad_query).

        ``before`` is the cursor of the last one of the page before. With ``grouped``, only the last arrival that passes
        the filters of each cluster.
        """
        ...

    def best(self, query: str, filters: Filter = ANYTHING, *, skip: int = 0, limit: int = 50) -> BestStories:
        """Return the best hits as ``search`` ranks them, without the first ``skip``; of each cluster only the best one."""
        ...

    def most_carried(self, since: datetime, *, limit: int = 100) -> list[Story]:
        """Return what most sources carried since a time, two at least; each as its first article."""
        ...

    def facets(
        self, query: str | None = None, filters: Filter = ANYTHING, *, zone: str = "UTC", after: int = 0
    ) -> list[FacetCount]:
        """Count all articles that pass, by source, language and the day on which they appeared in a time zone.

        The counts are exact. ``after``: only articles behind this cursor of ``newest``. Raises StoreError (bad_query).
        """
        ...

    def told_stories(
        self, wanted: StoryFilter = ..., *, limit: int = 50, after: tuple[datetime, str] | None = None
    ) -> list[ToldStory]:
        """Return a page of stories across languages, those that grew last first (then by id).

        ``after``: when the last one of the page before grew, and its id. Empty without sketches.
        """
        ...

    def told_story(self, id_or_url: str, country_of: Mapping[str, str] = ...) -> StoryDetail | None:
        """Return the story that an article is in, with its evidence; None for an article that is not sketched."""
        ...

    def story_changes(
        self, since: int = 0, *, limit: int = 100, country_of: Mapping[str, str] = ...
    ) -> list[tuple[int, ToldStory]]:
        """Return the stories that became other ones behind a number, in the order of their last change, with its number.

        Those that were told once only are left out. Who has read up to a seq asks behind ``seq * CHANGES_A_SEQ - 1``.
        """
        ...

    def position(self) -> int:
        """Return a number that grows with each revision and each change of a story. Costs as little as ``seq``."""
        ...

    def told(self, name: str) -> frozenset[str] | None:
        """Return the ids that a reader of stories has told; None before the first."""
        ...

    def near_pairs(self, since: datetime, low: float, high: float) -> list[StoryLink]:
        """Return pairs of articles of two sources whose score is between two bounds, with their evidence."""
        ...

    def story_backlog(self, since: date) -> int:
        """Return how many articles that came from that day (UTC) on are not sketched."""
        ...

    def unsketched(self, since: date, *, after: int = 0, limit: int = 200) -> list[Record]:
        """Return the next of these articles behind a seq, in seq order; damaged lines are passed over."""
        ...

    def tallies(self, since: date, source: str | None = None) -> list[Tally]:
        """Return what came from that day (UTC) on, of all sources or of one, counted."""
        ...

    def seq(self) -> int:
        """Return the seq of the last change; 0 for none. Costs next to nothing: ask as often as you like."""
        ...

    def follow(
        self, since: int = 0, *, poll_seconds: float = 1.0, stop: Callable[[], bool] = ...
    ) -> Iterator[Record]:
        """Read ``changes`` without end: wait for the next commit of whoever writes, until ``stop()`` says so."""
        ...

    def follow_lines(
        self,
        since: int = 0,
        *,
        poll_seconds: float = 1.0,
        stop: Callable[[], bool] = ...,
        damaged: OnDamage = ...,
    ) -> Iterator[bytes]:
        """``follow`` as the very lines that were published. ``damaged`` as in ``latest_lines``."""
        ...

    def failures(self, *, limit: int = 100) -> list[FailureRecord]:
        """Return the last failures, newest first."""
        ...

    def quarantined(self) -> list[Quarantined]: ...

    def quarantined_body(self, url: str) -> bytes | None: ...

    def stats(self) -> Stats: ...

    def doomed(
        self, *, before: datetime | None = None, articles: Sequence[str] = (), source: str | None = None
    ) -> list[PurgeCandidate]:
        """Return the articles that ``purge`` would delete, in the order of their arrival."""
        ...

    def verify(self) -> Iterator[str]:
        """Everything that is wrong with the store, one line each; nothing if all is well."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
