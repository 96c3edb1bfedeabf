"""Check lines of the change log and states of sources by their checksums: damaged ones are not handed on.

A page of a database may be spoilt without the database noticing; a checksum beside the bytes tells.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, NoReturn

from scraper.codec import DecodeError, decode
from scraper.errors import StoreError
from scraper.model import Record, SourceState

CHECKSUM_DIGITS = 16  # of the SHA-256, in hexadecimal; storage/pg/schema/002_checksum.sql counts them too


class DamagedLine(StoreError):
    """A line of the change log is not what was stored."""

    code = "store_damaged"

    def __init__(self, seq: int) -> None:
        super().__init__(
            f"database: the line of seq {seq} is not what was stored; `darial store verify` says what else is damaged"
        )
        self.seq = seq


OnDamage = Callable[[DamagedLine], object]  # hears of a line that is left out


def refuse(error: DamagedLine) -> NoReturn:
    """Leave nothing out: the first damaged line is an error."""
    raise error


def checksum(raw: bytes) -> str:
    return sha256(raw).hexdigest()[:CHECKSUM_DIGITS]


def is_intact(raw: Any, wanted: Any) -> bool:
    """Return True if these are the bytes that were stored."""
    return isinstance(raw, bytes) and checksum(raw) == wanted


def checked_line(seq: int, raw: Any, wanted: Any) -> bytes:
    """Return a line's JSON. Raises DamagedLine."""
    if not is_intact(raw, wanted):
        raise DamagedLine(seq)
    return bytes(raw)


def checked_record(seq: int, raw: Any, wanted: Any) -> Record:
    """Return a line as a record. Raises DamagedLine."""
    try:
        return decode(checked_line(seq, raw, wanted), Record)
    except DecodeError:
        raise DamagedLine(seq) from None


def state(source: str, raw: Any, wanted: Any) -> SourceState:
    """Return what is remembered of a source; a fresh one, marked as ``lost``, where that cannot be read."""
    if is_intact(raw, wanted):
        try:
            found = decode(raw, SourceState)
        except DecodeError:
            pass
        else:
            if found.source == source:
                return found
    return SourceState(source=source, lost=True)
