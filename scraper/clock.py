"""The one place that reads the clock. Everything else takes ``now`` as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Wall time, aware, UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds from a clock that never jumps."""
    return time.monotonic()
