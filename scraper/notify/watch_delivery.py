"""Tell people what their watches found: each article once, nothing lost when the daemon or the receiver stops.

Each watch has a task, and a cursor in the store that moves when its message was accepted. Only first revisions are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn

from scraper.codec import decode
from scraper.errors import AlertError, StoreError
from scraper.model import Record, Source
from scraper.notify.alert import Alert, alert_for, next_alert
from scraper.notify.delivery import LONGEST_PAUSE_SECONDS, POLL_SECONDS, pause_seconds
from scraper.notify.matching import matches_watch, watch_filter
from scraper.settings import Watch
from storage.checksums import DamagedLine
from storage.protocol import Store

MAX_WAIT_SECONDS = 60.0  # then the clock is read again: it may have been set


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

    def begin(self) -> None:
        """Set the cursors of new watches to the end of the change log. Raises StoreError."""
        for watch in self._watches:
            self._cursor(watch)

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
                found, end = await asyncio.to_thread(self._gather, watch)
                if found:
                    await self._tell(watch, found, end)
                failures = 0
                if watch.every == "now":
                    await self._sleep(POLL_SECONDS)
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

    def _gather(self, watch: Watch) -> tuple[list[Record], int]:
        """Return the new articles since the last message, and the seq that they reach to. Lines that do not fit are passed over."""
        after = self._cursor(watch)
        end = max(after, self._store.seq())  # what does not fit is not read again and again
        damaged: list[DamagedLine] = []
        countries = {source.id: source.country for source in self._sources}
        found = []
        for line in self._store.change_lines(
            watch_filter(watch, self._sources), after=after, damaged=damaged.append
        ):
            record = decode(line, Record)
            end = max(end, record.seq)
            if record.revision == 1 and matches_watch(watch, record, countries):
                found.append(record)
        for error in damaged:
            self._log.error("alert_left_out", watch=watch.id, seq=error.seq, why=str(error))
            end = max(end, error.seq)
        if end > after and not found:
            self._store.keep_cursor(_cursor_name(watch), end)
        return found, end

    async def _tell(self, watch: Watch, found: Sequence[Record], end: int) -> None:
        """Send one message and move the cursor. A stop waits for a message that is under way: it would come twice."""
        alert = alert_for(watch, found, self._names)
        work = asyncio.ensure_future(asyncio.to_thread(self._send_and_keep, watch, alert, end))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise
        self._log.info("alerted", watch=watch.id, articles=len(found), seq=end)

    def _send_and_keep(self, watch: Watch, alert: Alert, end: int) -> None:
        self._send(watch.to, alert)
        self._store.keep_cursor(_cursor_name(watch), end)

    def _cursor(self, watch: Watch) -> int:
        seq = self._store.cursor(_cursor_name(watch))
        if seq is None:
            seq = self._store.seq()
            self._store.keep_cursor(_cursor_name(watch), seq)
        return seq


def _cursor_name(watch: Watch) -> str:
    return f"watch {watch.id}"
