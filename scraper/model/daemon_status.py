"""Define the status of a running daemon, in numbers that only its own process knows. Pure."""

from __future__ import annotations

from scraper.codec import Struct

STALL_SECONDS = 900.0  # with work due and none finished for so long, a daemon is stuck


class WebhookStatus(Struct, kw_only=True):
    """A [[notify]]: how far it has come, what it has sent since the start, how often it failed in a row, with which code last."""

    seq: int = 0
    sent: int = 0
    failures: int = 0
    code: str | None = None


class DaemonStatus(Struct, frozen=True, kw_only=True):
    """``counts`` are the fetcher's: "requests", "bytes", and one for each error code; all since the start."""

    counts: dict[str, int]
    running: int  # polls under way
    stalled_seconds: float
    breaks: int = 0  # polls that met a bug, since the start
    broken: str | None = None  # why their number says that nothing gets done
    own_fault: str | None = None  # what is wrong on our side, as the last poll found it
    hooks: dict[str, WebhookStatus] = {}  # noqa: RUF012  (msgspec copies it)

    @property
    def stalled(self) -> str | None:
        """Return why no work gets done, in words; None while it does."""
        return stall_reason(self.stalled_seconds, self.broken)


def stall_reason(seconds: float, broken: str | None, limit: float = STALL_SECONDS) -> str | None:
    """Say why a daemon does no work: all that was finished broke, or none was for so long. None if it does."""
    if broken is None and seconds >= limit:
        return f"work has been due for {seconds:.0f} s and none was finished"
    return broken
