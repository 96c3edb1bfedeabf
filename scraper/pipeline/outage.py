"""Whose outage it is when nobody answers: which outlets' servers were there lately. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scraper.errors import DarialError, NetworkError, TimeoutExceeded
from scraper.model import Source

OUTAGE_WINDOW = timedelta(minutes=10)


def reached(error: DarialError) -> bool:
    """Whether a failure came from a server, and not from the lack of one."""
    return not isinstance(error, NetworkError | TimeoutExceeded)


class Answers:
    """When some server of each outlet last answered."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last: dict[str, datetime] = {}

    def note(self, source: Source, error: DarialError | None = None) -> None:
        """A request of an outlet was answered, or failed: whether a server is there is remembered."""
        if error is None or reached(error):
            self._last[source.id] = self._now()

    def of_others(self, source_id: str) -> bool:
        """Whether some other outlet's server answered lately: then a silence is not ours."""
        now = self._now()
        return any(at >= now - OUTAGE_WINDOW for other, at in self._last.items() if other != source_id)

    def of_any(self) -> bool:
        """Whether any server answered at all since the start."""
        return bool(self._last)
