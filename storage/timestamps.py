"""Convert times to what databases keep: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scraper.errors import StoreError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return a time as whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def to_millisecond(moment: datetime) -> datetime:
    """Return a time cut to its millisecond, in UTC, as records keep it. Raises OverflowError at the ends of the calendar."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def from_micros(stamp: int) -> datetime:
    """Return the time that a database keeps. Raises StoreError (store_damaged) for what is none."""
    try:
        return _EPOCH + stamp * _MICROSECOND
    except (OverflowError, TypeError):
        raise StoreError(
            f"database: {stamp!r:.60} is stored in place of a time; `darial store verify` says where",
            code="store_damaged",
        ) from None
