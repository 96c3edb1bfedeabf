"""Deliver stored records to webhooks: in order, at least once, however often the daemon or the receiver dies.

Each hook has its own task, and a cursor in the store that moves when the receiver has answered 2xx. A receiver that is down,
slow or refuses is tried again, less and less often, without end; no other hook waits for it. A new hook starts with the next
record, not with the archive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import islice
from typing import Any, NoReturn

from scraper.codec import decode
from scraper.errors import DarialError, FetchError, HttpStatusError, StoreError
from scraper.model import Record
from scraper.model.daemon_status import WebhookStatus
from scraper.notify.matching import matches_hook
from scraper.notify.message import WebhookMessage, message_for
from scraper.settings import Notify, Settings
from storage import Store
from storage.checksums import DamagedLine

PAGE_LINES = 100  # of the change log, read at one time
POLL_SECONDS = 2.0  # between two reads of the change log: the longest wait of a subscriber
FIRST_PAUSE_SECONDS = 5.0  # after a failed delivery; doubled with each further one,
LONGEST_PAUSE_SECONDS = 900.0  # up to this

Post = Callable[[WebhookMessage], Awaitable[None]]


class WebhookDelivery:
    """Serves all enabled hooks of the settings. ``post`` raises FetchError for every answer but 2xx."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        post: Post,
        log: Any,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """``jitter`` returns 0 to 1; a quarter of it lengthens each pause, so that hooks do not retry all at once."""
        self._hooks = [hook for hook in settings.notify if hook.enabled]
        self._watches = {watch.id: watch for watch in settings.watch}
        self._store, self._post, self._agent, self._log = store, post, settings.agent(), log
        self._now, self._sleep, self._jitter = now, sleep, jitter
        self.states = {hook.id: WebhookStatus() for hook in self._hooks}

    def begin(self) -> None:
        """Set the cursors of new hooks before the first poll. Raises StoreError."""
        for hook in self._hooks:
            self._cursor(hook)

    async def run(self) -> None:
        """Serve every hook, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for hook in self._hooks:
                group.create_task(self._serve(hook), name=f"notify {hook.id}")
            await asyncio.Event().wait()

    async def _serve(self, hook: Notify) -> NoReturn:
        seq: int | None = None
        while True:
            try:
                if seq is None:
                    seq = await asyncio.to_thread(self._cursor, hook)
                seq = await self._deliver_page(hook, seq)
            except StoreError as error:  # a full disk, a database that is away
                await self._failed(hook, seq or 0, error)
            except Exception as error:  # a bug here must not stop the daemon
                self._log.error("notify_broke", hook=hook.id, seq=seq, exc_info=error)
                await self._sleep(LONGEST_PAUSE_SECONDS)

    def _cursor(self, hook: Notify) -> int:
        return cursor_of(self._store, _cursor_name(hook))

    async def _deliver_page(self, hook: Notify, seq: int) -> int:
        """Deliver the next lines that match; return the new position."""
        self.states[hook.id].seq = seq
        damaged_lines: list[DamagedLine] = []
        changes = self._store.change_lines(after=seq, damaged=damaged_lines.append)
        lines = await asyncio.to_thread(lambda: list(islice(changes, PAGE_LINES)))
        kept = seq
        for line in lines:
            record = decode(line, Record)
            if matches_hook(hook, record, self._watches.get(hook.watch or "")):
                await self._deliver(hook, record.seq, line)
                await asyncio.to_thread(self._store.keep_cursor, _cursor_name(hook), record.seq)
                kept = record.seq
            seq = self.states[hook.id].seq = record.seq
        for error in damaged_lines:  # all others are delivered
            self._log.error("notify_left_out", hook=hook.id, seq=error.seq, why=str(error))
            seq = self.states[hook.id].seq = max(seq, error.seq)
        if kept != seq:
            await asyncio.to_thread(self._store.keep_cursor, _cursor_name(hook), seq)
        if len(lines) < PAGE_LINES:
            await self._sleep(POLL_SECONDS)
        return seq

    async def _deliver(self, hook: Notify, seq: int, line: bytes) -> None:
        state = self.states[hook.id]
        while True:
            try:
                await self._post(message_for(hook, seq, line, agent=self._agent, now=self._now()))
            except FetchError as error:
                await self._failed(hook, seq, error)
            else:
                state.sent += 1
                if state.failures:
                    self._log.info("notified_again", hook=hook.id, seq=seq, failures=state.failures)
                state.failures, state.code = 0, None
                return

    async def _failed(self, hook: Notify, seq: int, error: DarialError) -> None:
        state = self.states[hook.id]
        state.failures += 1
        state.code = error.code
        asked = error.retry_after if isinstance(error, HttpStatusError) else None
        pause = pause_seconds(state.failures, asked) * (1 + self._jitter() / 4)
        self._log.warning(
            "notify_failed", hook=hook.id, seq=seq, code=error.code, why=str(error), again_in_s=round(pause)
        )
        await self._sleep(pause)


def cursor_of(store: Store, name: str) -> int:
    """Return a reader's cursor; set that of a new reader to the end of the change log."""
    seq = store.cursor(name)
    if seq is None:
        seq = store.seq()
        store.keep_cursor(name, seq)
    return seq


def _cursor_name(hook: Notify) -> str:
    return f"notify {hook.id}"


def pause_seconds(failures: int, asked: float | None) -> float:
    """Return the pause after so many failures in a row; at least as long as the receiver asked."""
    grown = FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 20)
    return min(max(grown, asked or 0.0), LONGEST_PAUSE_SECONDS)
