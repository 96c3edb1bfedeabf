"""Times as databases keep them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(moment: datetime) -> int:
    """A time as whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(stamp: int) -> datetime:
    return _EPOCH + stamp * _MICROSECOND
