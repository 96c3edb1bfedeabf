"""How often one host may be asked: pace, and pauses when it says "too much". Pure: monotonic seconds come in.

One ``HostPace`` for each registrable domain, shared by feeds, pages and robots.txt. It only counts; waiting, and
seeing to it that one request is in flight at a time, is the fetcher's.
"""

from __future__ import annotations

MAX_CRAWL_DELAY_SECONDS = 30.0  # a robots.txt that asks for more gets this
WIDEN = 2.0  # each 429 or 503 doubles the gap between requests ...
MAX_WIDENED = 16.0  # ... up to this many times the pace
NARROW = 0.9  # each good answer takes a tenth back
PAUSE_SECONDS = 60.0  # after a 429 or 503 that names no time; doubles with each in a row
MAX_PAUSE_SECONDS = 24 * 3600.0
REFUSALS_BEFORE_PAUSE = 5  # 403s in a row: the host has shut us out, not one page
REFUSED_PAUSE_SECONDS = 15 * 60.0

OVERLOADED = frozenset({429, 503})
REFUSED = 403


class HostPace:
    """What one host has told us so far by its answers."""

    __slots__ = ("_ended", "_factor", "_overloads", "_paused_until", "_refusals", "_status")

    def __init__(self) -> None:
        self._ended: float | None = None
        self._factor = 1.0
        self._paused_until = 0.0
        self._status = 0
        self._overloads = 0
        self._refusals = 0

    def wait(self, now: float, pace: float) -> float:
        """Seconds until the next request may start: ``pace`` (widened) after the end of the last one."""
        if self._ended is None:
            return 0.0
        return max(0.0, self._ended + pace * self._factor - now)

    def paused(self, now: float) -> tuple[int, float] | None:
        """The status that paused the host and the seconds left, while it is paused."""
        return (self._status, self._paused_until - now) if now < self._paused_until else None

    def ended(self, now: float) -> None:
        """A request ended, well or not."""
        self._ended = now

    def answered(self, now: float, status: int, retry_after: float | None = None) -> None:
        """Learn from the status of an answer."""
        if status in OVERLOADED:
            self._factor = min(self._factor * WIDEN, MAX_WIDENED)
            pause = retry_after if retry_after is not None else PAUSE_SECONDS * 2**self._overloads
            self._overloads = min(self._overloads + 1, 16)
            self._pause(now, status, pause)
        elif status == REFUSED:
            self._refusals += 1
            if self._refusals >= REFUSALS_BEFORE_PAUSE:
                doublings = min(self._refusals - REFUSALS_BEFORE_PAUSE, 16)
                self._pause(now, status, REFUSED_PAUSE_SECONDS * 2**doublings)
        elif status < 400:
            self._factor = max(1.0, self._factor * NARROW)
            self._overloads = self._refusals = 0

    def _pause(self, now: float, status: int, seconds: float) -> None:
        self._status = status
        self._paused_until = max(self._paused_until, now + min(seconds, MAX_PAUSE_SECONDS))
