"""The polls of this process: how many are under way, and how long nothing has come of them. Shared by the engines."""

from __future__ import annotations

from collections.abc import Callable


class RunningPolls:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[str, float] = {}
        self._last_end = monotonic()
        self._undone: float | None = None  # since when polls end without having done anything

    def __len__(self) -> int:
        return len(self._since)

    def began(self, source_id: str) -> None:
        self._since[source_id] = self._monotonic()

    def ended(self, source_id: str, *, done: bool = True) -> None:
        """A poll is over. ``done`` is False where nothing can come of any poll: for want of descriptors or memory."""
        self._since.pop(source_id, None)
        if done:
            self._last_end, self._undone = self._monotonic(), None
        elif self._undone is None:
            self._undone = self._monotonic()

    def stalled_seconds(self) -> float:
        """Since when there is something under way and none of it ends, or nothing comes of what ends."""
        begun = [*self._since.values(), *(() if self._undone is None else (self._undone,))]
        return self._monotonic() - max(self._last_end, min(begun)) if begun else 0.0
