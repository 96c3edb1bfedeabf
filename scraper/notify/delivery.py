"""Hooks are told of what is stored: in order, at least once, however often the daemon or the receiver dies.

Each hook has a task of its own and a cursor in the store, which moves when the receiver has said 2xx. A receiver that is
dead, slow or says no is asked again, less and less often, for ever; nobody else waits for it. A new hook begins with what
comes next, not with the archive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NoReturn

from scraper.codec import Struct, decode
from scraper.errors import DarialError, FetchError, HttpStatusError, StoreError
from scraper.model import Record
from scraper.model.daemon_status import WebhookStatus
from scraper.notify.matching import fits
from scraper.notify.message import WebhookMessage, message_for
from scraper.settings import Notify
from storage.checksums import DamagedLine
from storage.protocol import Store

PAGE_LINES = 100  # of the change log, read at one time
LOOK_SECONDS = 2.0  # between two looks at the change log: what a subscriber waits at most
FIRST_PAUSE_SECONDS = 5.0  # after a failed delivery; doubled with each further one,
LONGEST_PAUSE_SECONDS = 900.0  # up to this

Post = Callable[[WebhookMessage], Awaitable[None]]


class HookStatus(Struct, kw_only=True):
    """How a hook is: for metrics."""

    seq: int = 0
    sent: int = 0
    failures: int = 0  # in a row
    code: str | None = None  # of the last failure


class WebhookDelivery:
    """``run`` never ends by itself. ``post`` raises FetchError for whatever is not a 2xx."""

    def __init__(
        self,
        *,
        hooks: Sequence[Notify],
        store: Store,
        post: Post,
        agent: str,
        log: Any,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """``jitter`` gives 0 to 1: by how much of itself a pause is lengthened, so that hooks do not march in step."""
        self._hooks = [hook for hook in hooks if hook.enabled]
        self._store, self._post, self._agent, self._log = store, post, agent, log
        self._now, self._sleep, self._jitter = now, sleep, jitter
        self.standings = {hook.id: HookStatus() for hook in self._hooks}

    def begin(self) -> None:
        """Give new hooks their place, before anything is polled. Raises StoreError."""
        for hook in self._hooks:
            self._place(hook)

    def vitals(self) -> dict[str, WebhookStatus]:
        """How each hook is, as of now."""
        return {
            name: WebhookStatus(seq=hook.seq, sent=hook.sent, failures=hook.failures)
            for name, hook in self.standings.items()
        }

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
                    seq = await asyncio.to_thread(self._place, hook)
                seq = await self._page(hook, seq)
            except StoreError as error:  # a full disk, a database that is away
                await self._failed(hook, seq or 0, error)
            except Exception as error:  # a bug here is no reason to stop gathering news
                self._log.error("notify_broke", hook=hook.id, seq=seq, exc_info=error)
                await self._sleep(LONGEST_PAUSE_SECONDS)

    def _place(self, hook: Notify) -> int:
        """Where the hook has come to; a new one stands at the end, and that is written down."""
        seq = self._store.cursor(_name(hook))
        if seq is None:
            seq = self._store.seq()
            self._store.keep_cursor(_name(hook), seq)
        return seq

    async def _page(self, hook: Notify, seq: int) -> int:
        """Deliver what fits of the next lines; how far the hook has come then."""
        self.standings[hook.id].seq = seq
        spoilt: list[DamagedLine] = []
        lines = await asyncio.to_thread(
            lambda: list(islice(self._store.change_lines(after=seq, damaged=spoilt.append), PAGE_LINES))
        )
        kept = seq
        for line in lines:
            record = decode(line, Record)
            if fits(hook, record):
                await self._deliver(hook, record.seq, line)
                await asyncio.to_thread(self._store.keep_cursor, _name(hook), record.seq)
                kept = record.seq
            seq = self.standings[hook.id].seq = record.seq
        for error in spoilt:  # its receivers hear of all others
            self._log.error("notify_left_out", hook=hook.id, seq=error.seq, why=str(error))
            seq = self.standings[hook.id].seq = max(seq, error.seq)
        if kept != seq:
            await asyncio.to_thread(self._store.keep_cursor, _name(hook), seq)
        if len(lines) < PAGE_LINES:
            await self._sleep(LOOK_SECONDS)
        return seq

    async def _deliver(self, hook: Notify, seq: int, line: bytes) -> None:
        standing = self.standings[hook.id]
        while True:
            try:
                await self._post(message_for(hook, seq, line, agent=self._agent, now=self._now()))
            except FetchError as error:
                await self._failed(hook, seq, error)
            else:
                standing.sent += 1
                if standing.failures:
                    self._log.info("notified_again", hook=hook.id, seq=seq, failures=standing.failures)
                standing.failures, standing.code = 0, None
                return

    async def _failed(self, hook: Notify, seq: int, error: DarialError) -> None:
        standing = self.standings[hook.id]
        standing.failures += 1
        standing.code = error.code
        asked = error.retry_after if isinstance(error, HttpStatusError) else None
        pause = pause_seconds(standing.failures, asked) * (1 + self._jitter() / 4)
        self._log.warning(
            "notify_failed", hook=hook.id, seq=seq, code=error.code, why=str(error), again_in_s=round(pause)
        )
        await self._sleep(pause)


def _name(hook: Notify) -> str:
    return f"notify {hook.id}"


def pause_seconds(failures: int, asked: float | None) -> float:
    """How long to wait after so many failures in a row; as long as the receiver asked, if that is longer."""
    grown = FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 20)
    return min(max(grown, asked or 0.0), LONGEST_PAUSE_SECONDS)
