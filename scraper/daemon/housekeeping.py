"""Once a day, compress the files of past days and purge articles that are too old, as ``[store]`` says.

This runs in a thread beside the polls, a batch at a time; a process that ends in the middle leaves nothing half done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scraper.errors import DarialError
from scraper.settings import StoreSettings
from scraper.warc import page_archive
from storage import Store

DAY_SECONDS = 86_400.0


class Housekeeping:
    """``pages`` is the folder of the page archive; ``settings`` are read every time, so that a reload takes effect."""

    def __init__(
        self,
        *,
        store: Store,
        pages: Path,
        settings: Callable[[], StoreSettings],
        log: Any,
        now: Callable[[], datetime],
        seconds: float = DAY_SECONDS,
    ) -> None:
        self._store, self._pages, self._settings = store, pages, settings
        self._log, self._now, self._seconds = log, now, seconds

    async def run(self) -> None:
        """Keep house at the start, then once a day, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.once)
            except (DarialError, OSError) as error:
                self._log.error("housekeeping_failed", why=str(error))
            await asyncio.sleep(self._seconds)

    def once(self) -> None:
        settings, now = self._settings(), self._now()
        if settings.keep_days is not None:
            before = now - timedelta(days=settings.keep_days)
            done = self._store.purge(before=before, now=now)
            files = page_archive.forget_pages(self._pages, before)
            if done.articles or files:
                self._log.info("purged", articles=done.articles, lines=done.lines, archive_files=files)
        if settings.compact:
            packed = self._store.compact()
            if packed.files:
                self._log.info("packed", files=packed.files, before=packed.before, after=packed.after)
