"""Detect our own outage: when no server answers, remember whether those of other sources did lately. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scraper.errors import DarialError, NetworkError, TimeoutExceeded
from scraper.model import Source

OUTAGE_WINDOW = timedelta(minutes=10)


def server_answered(error: DarialError) -> bool:
    """Return whether a failure came from a server, and not from the lack of one."""
    return not isinstance(error, NetworkError | TimeoutExceeded)


class OutageDetector:
    """Remembers when some server of each source last answered."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last: dict[str, datetime] = {}

    def note(self, source: Source, error: DarialError | None = None) -> None:
        """Remember how a request of a source ended: answered, or failed with ``error``."""
        if error is None or server_answered(error):
            self._last[source.id] = self._now()

    def others_answered(self, source_id: str) -> bool:
        """Return whether some other source's server answered lately: then a silence is not ours."""
        now = self._now()
        return any(at >= now - OUTAGE_WINDOW for other, at in self._last.items() if other != source_id)

    def any_answered(self) -> bool:
        """Return whether any server answered at all since the start."""
        return bool(self._last)
