"""Count the running polls of this process, and for how long none of them has ended. Used by all engines."""

from __future__ import annotations

from collections.abc import Callable


class RunningPolls:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[str, float] = {}
        self._last_end = monotonic()
        self._undone: float | None = None  # since when polls end without having done their work

    def __len__(self) -> int:
        return len(self._since)

    def began(self, source_id: str) -> None:
        self._since[source_id] = self._monotonic()

    def ended(self, source_id: str, *, done: bool = True) -> None:
        """Note the end of a poll. ``done`` is False if no poll can do its work, for want of descriptors or memory."""
        self._since.pop(source_id, None)
        if done:
            self._last_end, self._undone = self._monotonic(), None
        elif self._undone is None:
            self._undone = self._monotonic()

    def stalled_seconds(self) -> float:
        """Return for how long polls have run without one ending, or have ended without doing their work."""
        begun = [*self._since.values(), *(() if self._undone is None else (self._undone,))]
        return self._monotonic() - max(self._last_end, min(begun)) if begun else 0.0
