"""Hold what every handler needs: the store, the sources, the time, and the notifier of changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from litestar.exceptions import HTTPException

from scraper import clock
from scraper.config.load import Sources
from scraper.errors import DarialError
from scraper.model import Source
from scraper.model.daemon_status import DaemonStatus
from scraper.settings import Watch
from scraper.stories.sketch import BACKLOG_DAYS, encoder_name
from scraper.web import query_form, templates
from scraper.web.events import ChangeNotifier
from scraper.web.query_form import FormQuery
from storage import Store
from storage.model import Filter, Stats

STATS_SECONDS = 30.0  # counting a large store takes longer than a page may


class AppContext:
    """``sources`` returns the configured sources; it is called for every page and must be cheap.

    ``daemon_status`` returns the status of the daemon, if this is its process; ``folder`` is the store's, if it is a directory.
    ``zone`` is the time zone of the pages: its days are counted, its times shown where no script shows the reader's.
    """

    def __init__(
        self,
        store: Store,
        sources: Callable[[], Sources],
        *,
        daemon_status: Callable[[], DaemonStatus | None] = lambda: None,
        folder: Path | None = None,
        now: Callable[[], datetime] = clock.now,
        zone: str = "UTC",
    ) -> None:
        self.store, self.current_time = store, now
        self.zone = ZoneInfo(zone)
        self.sources, self.daemon_status, self._folder = sources, daemon_status, folder
        self.notifier = ChangeNotifier(store.position)
        self._stats: tuple[datetime, Stats] | None = None

    def stats(self) -> Stats:
        """Return the counts of the store, at most half a minute old."""
        now = self.current_time()
        if self._stats is None or (now - self._stats[0]).total_seconds() >= STATS_SECONDS:
            self._stats = (now, self.store.stats())
        return self._stats[1]

    def story_backlog(self) -> int | None:
        """Return how many articles of the last days are not compared for stories yet; None where stories are off."""
        since = (self.current_time() - timedelta(days=BACKLOG_DAYS)).date()
        return self.store.story_backlog(since) if encoder_name() else None

    def free_bytes(self) -> int | None:
        """Return the free space on the store's disk."""
        try:
            return shutil.disk_usage(self._folder).free if self._folder else None
        except OSError:
            return None

    def names(self) -> Callable[[str], str]:
        """Return a function from source ids to names; an unknown id stays as it is."""
        names = {source.id: source.name for source in self.sources().sources}
        return lambda id_: names.get(id_, id_)

    def countries(self) -> dict[str, str]:
        """Return the country of each configured source."""
        return {source.id: source.country for source in self.sources().sources}

    def this_day(self) -> date:
        """Return the day of the pages' calendar."""
        return self.current_time().astimezone(self.zone).date()

    def filters(self, query: FormQuery) -> Filter:
        """Return what a form asks the store for. Raises StoreError (bad_filter)."""
        return query_form.filters(query, self.sources().sources, self.current_time(), self.zone)

    def render(self, template: str, **values: Any) -> bytes:
        """Render a page, with its time, its time zone and the watches as tabs; those on stories count from ``position``."""
        watches = self.sources().settings.watch
        common = {
            "zone": self.zone,
            "now": self.current_time(),
            "watches": [(watch.id, query_form.watch_address(watch)) for watch in watches],
            "position": self.store.position() if any(watch.on_stories for watch in watches) else 0,
        }
        return templates.render_template(template, **common | values)

    def story_watch(self, id_: str) -> Watch:
        """Return a watch on stories. Raises HTTPException (404)."""
        for watch in self.sources().settings.watch:
            if watch.id == id_ and watch.on_stories:
                return watch
        raise HTTPException(status_code=404, detail="There is no such watch on stories.")

    def source(self, id_: str) -> Source | None:
        return self.sources().get(id_)


class SourcesOnDisk:
    """Reads a sources file again when it has changed. If it is missing or has mistakes, the sources stay."""

    def __init__(self, load: Callable[[], Sources], path: Path) -> None:
        self._load, self._path = load, path
        self._seen: tuple[int, int] | None = None
        self._known = Sources()

    def __call__(self) -> Sources:
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size)
            if seen != self._seen:
                self._seen = seen
                self._known = self._load()
        except (DarialError, OSError):
            pass
        return self._known
