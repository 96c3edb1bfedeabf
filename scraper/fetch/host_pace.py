"""Decide how often one host may be asked: pace, and pauses when it says "too much". Pure: monotonic seconds come in.

One ``HostPace`` for each registrable domain, shared by feeds, pages and robots.txt. It only counts; waiting, and
seeing to it that one request is in flight at a time, is the fetcher's.
"""

from __future__ import annotations

from scraper.codec import Struct, replace

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


class HostState(Struct, frozen=True, kw_only=True):
    """What a host has told us, in seconds of one clock."""

    ended: float | None = None  # the last request
    factor: float = 1.0
    paused_until: float = 0.0
    status: int = 0  # that paused it
    overloads: int = 0
    refusals: int = 0


class HostPace:
    """The pace of one host, learned from its answers. ``state`` is all of it, so that it can be stored and restored."""

    __slots__ = ("state",)

    def __init__(self, state: HostState | None = None) -> None:
        self.state = state or HostState()

    def wait(self, now: float, pace: float) -> float:
        """Return the seconds until the next request may start: ``pace`` (widened) after the end of the last one."""
        state = self.state
        return 0.0 if state.ended is None else max(0.0, state.ended + pace * state.factor - now)

    def paused(self, now: float) -> tuple[int, float] | None:
        """Return the status that paused the host and the seconds left, while it is paused."""
        state = self.state
        return (state.status, state.paused_until - now) if now < state.paused_until else None

    def ended(self, now: float) -> None:
        """Note that a request ended, successful or not."""
        self.state = replace(self.state, ended=now)

    def answered(self, now: float, status: int, retry_after: float | None = None) -> None:
        """Learn from the status of an answer."""
        state = self.state
        if status in OVERLOADED:
            pause = retry_after if retry_after is not None else PAUSE_SECONDS * 2**state.overloads
            self.state = replace(
                state, factor=min(state.factor * WIDEN, MAX_WIDENED), overloads=min(state.overloads + 1, 16)
            )
            self._pause(now, status, pause)
        elif status == REFUSED:
            self.state = replace(state, refusals=state.refusals + 1)
            if self.state.refusals >= REFUSALS_BEFORE_PAUSE:
                doublings = min(self.state.refusals - REFUSALS_BEFORE_PAUSE, 16)
                self._pause(now, status, REFUSED_PAUSE_SECONDS * 2**doublings)
        elif status < 400:
            self.state = replace(state, factor=max(1.0, state.factor * NARROW), overloads=0, refusals=0)

    def _pause(self, now: float, status: int, seconds: float) -> None:
        until = max(self.state.paused_until, now + min(seconds, MAX_PAUSE_SECONDS))
        self.state = replace(self.state, status=status, paused_until=until)
