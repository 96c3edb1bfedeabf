"""Tell people what their watches found: each article or story once, nothing lost when the daemon or the receiver stops.

Each watch has a task, and in the store a cursor, or the members of the stories that it has told; that moves when its message was
accepted. Of articles, only first revisions are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, NoReturn

from scraper.codec import decode
from scraper.errors import AlertError, StoreError
from scraper.model import Record, Source
from scraper.notify.alert import Alert, alert_for, alert_for_stories, next_alert
from scraper.notify.delivery import LONGEST_PAUSE_SECONDS, POLL_SECONDS, cursor_of, pause_seconds
from scraper.notify.matching import matches_watch, watch_filter, watched_stories
from scraper.settings import Watch
from scraper.stories.grouping import WINDOW
from storage import Store
from storage.checksums import DamagedLine
from storage.model import ToldStory

MAX_WAIT_SECONDS = 60.0  # then the clock is read again: it may have been set
STORY_SECONDS = 30.0  # between two looks at the stories


class News(NamedTuple):
    """Hold what is to be told, how many articles or stories that is, and what keeps that it was told."""

    alert: Alert
    number: int
    keep: Callable[[], None]


class WatchDelivery:
    """Serves all watches that somebody is to be told of. ``send`` blocks, and raises AlertError."""

    def __init__(
        self,
        watches: Sequence[Watch],
        sources: Sequence[Source],
        *,
        store: Store,
        send: Callable[[Sequence[str], Alert], None],
        log: Any,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._watches = [watch for watch in watches if watch.to]
        self._sources = sources
        self._names = {source.id: source.name for source in sources}
        self._store, self._send, self._log, self._now, self._sleep = store, send, log, now, sleep
        self._looked: dict[str, int] = {}  # up to which change of stories each watch has looked

    def begin(self) -> None:
        """Set the cursors of new watches to the end of the change log: what is there is no news. Raises StoreError."""
        for watch in self._watches:
            if not watch.on_stories:
                self._cursor(watch)
            elif self._store.told(_cursor_name(watch)) is None:
                self._store.keep_told(_cursor_name(watch), _members(self._stories(watch)))

    async def run(self) -> None:
        """Serve every watch, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(self._serve(watch), name=f"watch {watch.id}")
            await asyncio.Event().wait()

    async def _serve(self, watch: Watch) -> NoReturn:
        failures = 0
        while True:
            try:
                if not failures:  # what could not be sent at its hour is sent when it can be
                    await self._wait_until(next_alert(watch, self._now()))
                look = self._new_stories if watch.on_stories else self._new_articles
                news = await asyncio.to_thread(look, watch)
                if news:
                    await self._tell(watch, news)
                failures = 0
                if watch.every == "now":
                    await self._sleep(STORY_SECONDS if watch.on_stories else POLL_SECONDS)
            except (AlertError, StoreError) as error:
                failures += 1
                pause = pause_seconds(failures, None)
                self._log.warning(
                    "alert_failed", watch=watch.id, code=error.code, why=str(error), again_in_s=round(pause)
                )
                await self._sleep(pause)
            except Exception as error:  # a bug here must not stop the daemon
                self._log.error("alert_broke", watch=watch.id, exc_info=error)
                await self._sleep(LONGEST_PAUSE_SECONDS)

    async def _wait_until(self, due: datetime) -> None:
        while (left := (due - self._now()).total_seconds()) > 0:
            await self._sleep(min(left, MAX_WAIT_SECONDS))

    def _new_stories(self, watch: Watch) -> News | None:
        """Return the stories that have no member of one that was told."""
        position = self._store.position()
        if not self._store.story_changes(self._looked.get(watch.id, 0), limit=1):
            return None  # nothing was read, nothing is to be told
        told = self._store.told(_cursor_name(watch)) or frozenset()
        found = self._stories(watch, told)
        new = [story for story in found if told.isdisjoint(member.id for member in story.members)]
        members = _members(found)
        # a story that is made again is none of the new
        kept = members | {id_ for id_ in told - members if self._is_recent(id_)}

        def keep() -> None:
            if kept != told:
                self._store.keep_told(_cursor_name(watch), kept)
            self._looked[watch.id] = position

        if new:
            return News(alert_for_stories(watch, new, self._names), len(new), keep)
        keep()
        return None

    def _is_recent(self, article: str) -> bool:
        record = self._store.get(article)
        return record is not None and (record.published or record.first_seen) >= self._now() - WINDOW

    def _stories(self, watch: Watch, told: Collection[str] = ()) -> list[ToldStory]:
        return watched_stories(watch, self._store, self._sources, self._now(), told=told)

    def _new_articles(self, watch: Watch) -> News | None:
        """Return the new articles up to the end of the change log. Lines that do not fit are passed over."""
        after = self._cursor(watch)
        end = max(after, self._store.seq())  # what does not fit is not read again and again
        damaged: list[DamagedLine] = []
        countries = {source.id: source.country for source in self._sources}
        found, filters = [], watch_filter(watch, self._sources)
        for line in self._store.change_lines(filters, after=after, damaged=damaged.append):
            record = decode(line, Record)
            end = max(end, record.seq)
            if record.revision == 1 and matches_watch(watch, record, countries):
                found.append(record)
        for error in damaged:
            self._log.error("alert_left_out", watch=watch.id, seq=error.seq, why=str(error))
            end = max(end, error.seq)
        keep = partial(self._store.keep_cursor, _cursor_name(watch), end)
        if found:
            return News(alert_for(watch, found, self._names), len(found), keep)
        if end > after:
            keep()
        return None

    async def _tell(self, watch: Watch, news: News) -> None:
        """Send one message and move the cursor. A stop waits for a message that is under way: it would come twice."""

        def send_and_keep() -> None:
            self._send(watch.to, news.alert)
            news.keep()

        work = asyncio.ensure_future(asyncio.to_thread(send_and_keep))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise
        what = "stories" if watch.on_stories else "articles"
        self._log.info("alerted", watch=watch.id, **{what: news.number})

    def _cursor(self, watch: Watch) -> int:
        return cursor_of(self._store, _cursor_name(watch))


def _members(stories: Sequence[ToldStory]) -> frozenset[str]:
    return frozenset(member.id for story in stories for member in story.members)


def _cursor_name(watch: Watch) -> str:
    return f"watch {watch.id}"
