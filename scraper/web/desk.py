"""What every handler has at hand: the store, who the outlets are, the time, and the pulse of new records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scraper import clock
from scraper.errors import DarialError
from scraper.model import Source
from scraper.sources.config import Sources
from scraper.web.live import Pulse
from storage.protocol import Store


class Desk:
    """``sources`` gives the outlets as they are now; it is asked with every page and must be cheap."""

    def __init__(
        self, store: Store, sources: Callable[[], Sources], *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self.store, self.moment = store, now
        self.sources = sources
        self.pulse = Pulse(store.seq)

    def outlet(self, id: str) -> Source | None:  # noqa: A002
        return self.sources().get(id)


class Reread:
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
