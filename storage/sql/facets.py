"""Count the articles that pass a query and filters, by source, language and day.

A common word has tens of thousands of articles, and a page has no time to look up the source of each. So one number an
article is kept in memory, which stands for its source, language and day; the change log brings it up to date.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from threading import Lock
from zoneinfo import ZoneInfo

from scraper.codec import replace
from storage.model import ANYTHING, FacetCount, Filter
from storage.sql import change_log
from storage.sql.dialect import Db, SearchIndex
from storage.timestamps import to_micros

_DAY_BITS = 20  # of a key; the rest is the number of its pair of source and language
_HOUR_MICROS = 3_600_000_000
_EPOCH = date(1970, 1, 1)
_ABSENT = -1  # the key of a number that names no article, or a purged one
_EVER = 1 << 62


class FacetTable:
    """The keys of all articles of one store, with days of one time zone by one clock. Safe to share between threads."""

    def __init__(self, zone: str, by: str) -> None:
        self._zone = ZoneInfo(zone)
        self._clock = change_log.clock_column(by)
        self._offsets: dict[int, int] = {}  # by hour: in whole microseconds
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._seq = 0
        self._pairs: dict[tuple[str, str], int] = {}
        self._keys, self._times = array("q"), array("q")

    def counts(
        self, db: Db, index: SearchIndex, query: str | None, filters: Filter, after: int
    ) -> list[FacetCount]:
        """Return the counts of the articles behind number ``after``. Raises StoreError (bad_query)."""
        found: Sequence[int] | None = None
        timed = _by_memory(filters)
        if filters != timed:
            found, timed = index.matching(db, query, filters), ANYTHING
        elif query is not None:
            found = index.matching(db, query, replace(filters, since=None, until=None))
        with self._lock:
            self._refresh(db, index)
            pairs = list(self._pairs)
            counted = Counter(self._passing(found, timed, after))
        del counted[_ABSENT]
        sources, languages = set(filters.sources), set(filters.languages)
        answer = []
        days: dict[int, date] = {}
        for key, articles in counted.items():
            source, language = pairs[key >> _DAY_BITS]
            if (not sources or source in sources) and (not languages or language in languages):
                number = key & ((1 << _DAY_BITS) - 1)
                day = days.get(number) or days.setdefault(number, _EPOCH + timedelta(days=number))
                answer.append(
                    FacetCount(source=source, language=language or None, day=day, articles=articles)
                )
        return answer

    def _passing(self, found: Sequence[int] | None, filters: Filter, after: int) -> Iterable[int]:
        """Yield the keys of the articles found, of all articles if ``found`` is None, in the filters' time."""
        keys: Iterable[int] = self._keys
        times: Iterable[int] = self._times
        if found is not None:
            found = [n for n in found if after < n < len(self._keys)]
            keys, times = map(self._keys.__getitem__, found), map(self._times.__getitem__, found)
        elif after:
            keys, times = self._keys[after + 1 :], self._times[after + 1 :]
        if filters.since is filters.until is None:
            return keys
        since = to_micros(filters.since) if filters.since else -_EVER
        until = to_micros(filters.until) if filters.until else _EVER
        return compress(keys, map(range(since, until).__contains__, times))  # a loop takes five times as long

    def _refresh(self, db: Db, index: SearchIndex) -> None:
        top = change_log.top(db)
        if top < self._seq:  # the store was made anew
            self._forget()
        if not self._seq and top:
            self._load(db, index)
        elif top > self._seq:
            for row in db.all(
                f"SELECT n, article.source, language, {self._clock}, purged FROM line JOIN article ON n = line.article"
                " AND latest = seq WHERE seq > ?",
                (self._seq,),
            ):
                self._put(*row)
        self._seq = top

    def _load(self, db: Db, index: SearchIndex) -> None:
        """Read all articles. Their languages are read from the index: the lines, which have them too, are large."""
        language_of: dict[int, str | None] = {}
        for (language,) in db.all("SELECT DISTINCT language FROM tally"):
            if language:
                found = index.matching(db, None, Filter(languages=(language,)))
                language_of |= dict.fromkeys(found, str(language))
        rows = db.all(f"SELECT n, source, {self._clock}, purged, revisions FROM article")
        # a revision may be the first article in its language: that one was not asked for
        strange = [row[0] for row in rows if row[4] > 1 and row[0] not in language_of]
        condition, numbers = db.in_("n", strange)
        language_of |= dict(
            db.all(f"SELECT n, language FROM article JOIN line ON seq = latest WHERE {condition}", (numbers,))
        )
        for n, source, at, purged, _ in rows:
            self._put(n, source, language_of.get(n), at, purged)

    def _put(self, n: int, source: str, language: str | None, at: int, purged: int) -> None:
        if (missing := n + 1 - len(self._keys)) > 0:
            self._keys.extend([_ABSENT] * missing)
            self._times.extend([0] * missing)
        pair = self._pairs.setdefault((source, language or ""), len(self._pairs))
        self._keys[n] = _ABSENT if purged else pair << _DAY_BITS | self._day_of(at)
        self._times[n] = at

    def _day_of(self, at: int) -> int:
        """Return the days from 1970 to a time, on a calendar of the zone."""
        hour = at // _HOUR_MICROS
        offset = self._offsets.get(hour)
        if offset is None:
            local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(self._zone)
            offset = (local.utcoffset() or timedelta()) // timedelta(microseconds=1)
            self._offsets[hour] = offset
        return max(0, (at + offset) // (24 * _HOUR_MICROS))


def _by_memory(filters: Filter) -> Filter:
    """Return the part of the filters that needs no index."""
    return replace(filters, cluster=None, has_related=False)
