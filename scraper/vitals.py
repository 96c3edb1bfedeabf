"""How a running daemon is, in numbers: what only its own process knows. Pure."""

from __future__ import annotations

from scraper.codec import Struct

STALL_SECONDS = 900.0  # with work due and none finished for so long, a daemon is stuck


class Hook(Struct, frozen=True, kw_only=True):
    """A [[notify]]: how far it has come, what it has sent since the start, how often it failed in a row."""

    seq: int
    sent: int
    failures: int


class Vitals(Struct, frozen=True, kw_only=True):
    """``counts`` are the fetcher's: "requests", "bytes", and one for each error code; all since the start."""

    counts: dict[str, int]
    running: int  # polls under way
    stalled_seconds: float
    hooks: dict[str, Hook] = {}  # noqa: RUF012  (msgspec copies it)

    @property
    def is_stuck(self) -> bool:
        return self.stalled_seconds >= STALL_SECONDS
