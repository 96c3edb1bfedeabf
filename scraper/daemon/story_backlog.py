"""Compare the articles of the last days that are not compared yet: imported ones, those of before the extra, what failed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from scraper.errors import DarialError, StoreLocked
from scraper.parse_pool import ParsePool
from scraper.parse_pool.sketching import sketch_all
from scraper.stories.sketch import BACKLOG_DAYS, encoder_name
from storage import Store

BATCH = 4  # at one time: pages that wait to be parsed go in between
FRESH = timedelta(minutes=5)  # what was fetched since is being compared by its poll
PAUSE_SECONDS = 60.0


class StoryBacklog:
    """Compare what is not compared yet; what fails is tried once in the life of a daemon, and again by ``darial stories build``."""

    def __init__(
        self,
        *,
        store: Store,
        parser: ParsePool,
        log: Any,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._store, self._parser, self._log, self._now, self._sleep = store, parser, log, now, sleep
        self._failed: set[tuple[str, int]] = set()

    async def run(self) -> None:
        """Catch up, without end, until cancelled; of several daemons of a store, one at a time."""
        while True:
            try:
                if encoder_name():
                    with contextlib.ExitStack() as held:
                        await asyncio.to_thread(held.enter_context, self._store.catching_up())
                        await self._catch_up()
            except StoreLocked:
                pass  # another process does it
            except (DarialError, OSError) as error:
                self._log.warning("stories_behind", why=str(error))
            await self._sleep(PAUSE_SECONDS)

    async def _catch_up(self) -> None:
        """Compare what is behind now, a few articles at a time."""
        now, after = self._now(), 0
        since = (now - timedelta(days=BACKLOG_DAYS)).date()
        while found := await asyncio.to_thread(self._store.unsketched, since, after=after, limit=BATCH):
            after = found[-1].seq
            wanted = [r for r in found if r.fetched < now - FRESH and (r.id, r.seq) not in self._failed]
            sketches, failures = await sketch_all(self._parser, wanted)
            await asyncio.to_thread(self._store.keep_sketches, sketches)
            made = {(sketch.id, sketch.seq) for sketch in sketches}
            self._failed |= {(record.id, record.seq) for record in wanted} - made
            for failure in failures:
                self._log.warning("stories_behind", why=str(failure) or type(failure).__name__)
