"""Judge by the last polls whether a daemon does its work. A poll that met a bug did no work. Pure.

The attributes are replaced as a whole, so that other threads may read them at any time.
"""

from __future__ import annotations

from scraper.own_faults import OwnFault

# With so many broken polls of so many sources (or of all sources), and nothing stored meanwhile, the bug is not one source's
STALLED_BREAKS = 5
STALLED_SOURCES = 3


class PollHealth:
    """Remembers how the last polls went; ``sources`` is how many sources there are."""

    def __init__(self) -> None:
        self.sources = 0
        self.breaks = 0  # since the start
        self.own_fault: OwnFault | None = None  # that the last poll met
        self.stalled: str | None = None  # why, in words
        self._broken: dict[str, int] = {}  # source -> broken polls in a row, since anything was stored

    def poll_broke(self, source_id: str) -> None:
        """Note that a poll met a bug."""
        self.breaks += 1
        self._broken[source_id] = self._broken.get(source_id, 0) + 1
        self._judge()

    def own_fault_met(self, fault: OwnFault) -> None:
        """Note that a poll met a fault of our own."""
        self.own_fault = fault

    def poll_ended(self, source_id: str, *, stored: bool) -> None:
        """Note that a poll did its work, and whether it stored articles."""
        self.own_fault = None
        if stored:
            self._broken.clear()
        self._broken.pop(source_id, None)
        self._judge()

    def _judge(self) -> None:
        breaks, sources = sum(self._broken.values()), len(self._broken)
        stalled = breaks >= STALLED_BREAKS and sources >= min(STALLED_SOURCES, max(self.sources, 1))
        whose = "1 source" if sources == 1 else f"{sources} sources"
        self.stalled = f"{breaks} polls of {whose} broke and nothing was stored since" if stalled else None
