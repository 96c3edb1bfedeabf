"""Judges by its last polls whether a daemon does its work: polls that break are none, however regularly they end. Pure.

Its attributes are values that are exchanged whole: other threads may read them at any time.
"""

from __future__ import annotations

from scraper.own_faults import OwnFault

# So many broken polls, of so many different outlets (or of all there are), with nothing stored meanwhile, are no outlet's doing
STALLED_BREAKS = 5
STALLED_OUTLETS = 3


class PollHealth:
    """What became of the last polls; ``outlets`` is how many outlets there are."""

    def __init__(self) -> None:
        self.outlets = 0
        self.breaks = 0  # since the start
        self.own_fault: OwnFault | None = None  # that the last poll met
        self.stalled: str | None = None  # why, in words
        self._broken: dict[
            str, int
        ] = {}  # since anything was stored: outlets whose last poll broke, how often in a row

    def broke(self, source_id: str) -> None:
        """A poll met a bug."""
        self.breaks += 1
        self._broken[source_id] = self._broken.get(source_id, 0) + 1
        self._judge()

    def met(self, fault: OwnFault) -> None:
        """A poll met a fault of our own."""
        self.own_fault = fault

    def ended(self, source_id: str, *, stored: bool) -> None:
        """A poll did all that it was to do, and stored articles or had none to store."""
        self.own_fault = None
        if stored:
            self._broken.clear()
        self._broken.pop(source_id, None)
        self._judge()

    def _judge(self) -> None:
        breaks, outlets = sum(self._broken.values()), len(self._broken)
        stalled = breaks >= STALLED_BREAKS and outlets >= min(STALLED_OUTLETS, max(self.outlets, 1))
        whose = "1 outlet" if outlets == 1 else f"{outlets} outlets"
        self.stalled = f"{breaks} polls of {whose} broke and nothing was stored since" if stalled else None
