"""One line of the change log on its way to a file."""

from __future__ import annotations

import re
from datetime import datetime

from scraper.codec import Struct, encode
from scraper.model import Record
from storage import checksums

# A quote inside of a string is escaped, so that no text can look like one of these keys.
_TIME = re.compile(
    rb'(?<=[{,])"(published|modified|fetched|first_seen)":"([0-9T:-]{19})(?:\.(\d{3})\d*)?(?:Z|\+00:00)"'
)


def time_text(moment: datetime | None) -> str | None:
    """Return a time as lines have it: ``2026-11-23T06:00:00.000Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z" if moment else None


def record_line(record: Record) -> bytes:
    """Return a record as a line of JSON, without its end. All its times have one form."""
    return one_time_form(encode(record))


def one_time_form(line: bytes) -> bytes:
    """Return a line of a record with its times as 2026-11-23T06:00:00.000Z. Older lines have no or six decimals."""
    return _TIME.sub(lambda m: b'"%s":"%s.%sZ"' % (m[1], m[2], m[3] or b"000"), line)


class Line(Struct, frozen=True):
    """A line and the file that it belongs to. ``checksum`` is the database's; a line that was just made has none."""

    seq: int
    day: str
    json: bytes
    checksum: str = ""

    @property
    def written(self) -> bytes:
        """The line as it stands in a file. Raises DamagedLine: what is spoilt is never written over what is whole."""
        if self.checksum:
            checksums.checked_line(self.seq, self.json, self.checksum)
        return self.json + b"\n"

    def stands(self, raw: bytes) -> bool:
        """Return True if a file has this line; where ours is spoilt, if it has what was stored."""
        if raw == self.json + b"\n":
            return True
        return bool(self.checksum) and raw.endswith(b"\n") and checksums.is_intact(raw[:-1], self.checksum)
