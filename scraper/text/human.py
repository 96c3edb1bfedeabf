"""Write times, sizes and counts as a person reads them, for the command line and the web pages. Pure."""

from __future__ import annotations

from datetime import datetime


def time_ago(then: datetime | None, now: datetime) -> str:
    """Return a time in words: ``5 min ago``, ``in 2 h``, ``just now``; ``never`` for None."""
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    if abs(seconds) < 60:
        return "just now" if seconds >= 0 else "now"
    return f"{time_span(seconds)} ago" if seconds > 0 else f"in {time_span(-seconds)}"


def time_span(seconds: float) -> str:
    """Return a length of time in its largest unit: ``40 s``, ``5 min``, ``2 h``, ``3 d``."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def to_minute(moment: datetime) -> str:
    """Return a time like 2026-11-23 06:00."""
    return f"{moment:%Y-%m-%d %H:%M}"


def byte_size(n: float) -> str:
    """Return a number of bytes in its largest unit: ``2 KB``, ``5.0 MB``."""
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1024:
            return f"{n:.0f} {unit}" if unit in ("B", "KB") else f"{n:.1f} {unit}"
        n /= 1024
    return f"{n:.1f} TB"


def counted(n: int, noun: str) -> str:
    """Return a number with its noun: ``1 source``, ``1,200 sources``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
