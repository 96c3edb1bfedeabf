"""What every handler has at hand: the store, who the outlets are, the time, and the pulse of new records."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scraper import clock
from scraper.config.load import Sources
from scraper.errors import DarialError
from scraper.model import Source
from scraper.vitals import Vitals
from scraper.web.events import ChangeNotifier
from storage.model import Stats
from storage.protocol import Store

STATS_SECONDS = 30.0  # counting a large store takes longer than a page may


class AppContext:
    """``sources`` gives the outlets as they are now; it is asked with every page and must be cheap.

    ``daemon_status`` tells how the daemon is that we live in, if we do; ``folder`` is where the store is, if it is a directory.
    """

    def __init__(
        self,
        store: Store,
        sources: Callable[[], Sources],
        *,
        daemon_status: Callable[[], Vitals | None] = lambda: None,
        folder: Path | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.store, self.current_time = store, now
        self.sources, self.daemon_status, self._folder = sources, daemon_status, folder
        self.notifier = ChangeNotifier(store.seq)
        self._stats: tuple[datetime, Stats] | None = None

    def stats(self) -> Stats:
        """The store in numbers, not older than half a minute."""
        now = self.current_time()
        if self._stats is None or (now - self._stats[0]).total_seconds() >= STATS_SECONDS:
            self._stats = (now, self.store.stats())
        return self._stats[1]

    def free_bytes(self) -> int | None:
        """Room on the disk that the store is on."""
        try:
            return shutil.disk_usage(self._folder).free if self._folder else None
        except OSError:
            return None

    def names(self) -> Callable[[str], str]:
        """The name of each outlet by its id; the id where nobody knows it."""
        known = {outlet.id: outlet.name for outlet in self.sources().sources}
        return lambda source: known.get(source, source)

    def outlet(self, id: str) -> Source | None:  # noqa: A002
        return self.sources().get(id)


class SourcesOnDisk:
    """A sources file, read again when it has changed. A file with mistakes, or none, leaves what was known."""

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
