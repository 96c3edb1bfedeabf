"""One line of the change log on its way to a file."""

from __future__ import annotations

from scraper.codec import Struct
from storage import checksums


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
            checksums.line(self.seq, self.json, self.checksum)
        return self.json + b"\n"

    def stands(self, raw: bytes) -> bool:
        """Return True if a file has this line; where ours is spoilt, if it has what was stored."""
        if raw == self.json + b"\n":
            return True
        return bool(self.checksum) and raw.endswith(b"\n") and checksums.is_intact(raw[:-1], self.checksum)
