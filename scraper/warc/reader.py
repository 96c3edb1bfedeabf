"""Read the bytes of a recording, unzipped if they are zipped, with a view ahead. Memory is bounded by the caller's view.

A zipped recording is a row of gzip members, mostly one for each record, now and then one for all. Where a member is damaged,
what it gave before is given, the place is remembered as a break, and reading goes on at the next member with a record.
"""

from __future__ import annotations

import contextlib
import io
import re
import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

CHUNK_BYTES = 64 * 1024  # of a plain file, and of what a member gives at a time
ZIPPED_BYTES = 16 * 1024
HEAD_BYTES = 512  # enough of a gzip member to see what it holds
GZIP = b"\x1f\x8b\x08"

PADDING = b"\0\r\n\t "
_EMPTY = re.compile(rb"[\0\r\n\t ]+")
_BEGINNING = re.compile(rb"\x1f\x8b\x08|WARC/\d")
_RECORD = re.compile(rb"WARC/\d|(?:filedesc|https?|dns):")


class Place(NamedTuple):
    """The place where a record begins: the byte of the file where its gzip member begins, and how far inside its content."""

    member: int
    inner: int = 0

    def __str__(self) -> str:
        return f"{self.member}+{self.inner}" if self.inner else str(self.member)

    @classmethod
    def of(cls, text: str) -> Place:
        member, _, inner = text.partition("+")
        return cls(int(member or 0), int(inner or 0))


class Window:
    """The bytes that come next in a recording. ``position`` counts the bytes that were passed, and has no meaning outside."""

    def __init__(self, file: BinaryIO, start: Place) -> None:
        self._file = file
        self.size = file.seek(0, io.SEEK_END)
        self.zipped = is_zipped(file)
        self._data = bytearray()
        self._at = 0
        self._begin = 0  # the position of the first byte that is kept
        self._ended = False
        # position, place in the file: of each member; of a plain file one
        self._marks: list[tuple[int, int]] = []
        self._breaks: list[int] = []  # positions before which something is missing or wrong
        # position, place in the file: of what lies between members
        self._junk: deque[tuple[int, int]] = deque()
        self._decoder: zlib._Decompress | None = None
        self._fed = start.member  # how far the file was given to the decoder, or read
        self._pending = b""
        if not self.zipped:
            self._marks.append((0, start.member))
            file.seek(start.member)
        self.skip(start.inner)

    # ---------------------------------------------------------------------------------- looking

    @property
    def position(self) -> int:
        return self._begin + self._at

    def place(self, position: int) -> Place:
        """Return where in the file a position is."""
        at = bisect_right(self._marks, (position, self.size)) - 1
        begin, member = self._marks[at] if at >= 0 else (0, self._fed)
        return Place(member, position - begin) if self.zipped else Place(member + position - begin)

    def has(self, count: int) -> bool:
        """Return True if so many bytes come next; they are kept then."""
        while len(self._data) - self._at < count and not self._ended:
            self._more()
        return len(self._data) - self._at >= count

    def peek(self, start: int, end: int) -> bytes:
        """Return what is kept from ``start`` to ``end``, counted from here."""
        with memoryview(self._data) as view:
            return bytes(view[self._at + start : self._at + end])

    def search(self, pattern: re.Pattern[bytes], start: int, end: int) -> re.Match[bytes] | None:
        """Find a pattern in what is kept from ``start`` to ``end``; the match counts from ``offset``."""
        return pattern.search(self._data, self._at + start, self._at + end)

    def match(self, pattern: re.Pattern[bytes], most: int) -> re.Match[bytes] | None:
        """Match a pattern here, within so many bytes."""
        self.has(most)
        return pattern.match(self._data, self._at, self._at + most)

    @property
    def offset(self) -> int:
        """Return the position of this place in a match's string."""
        return self._at

    def broken(self, start: int, end: int) -> bool:
        """Return True if the bytes between two positions are not what was recorded."""
        at = bisect_right(self._breaks, start)
        if at < len(self._breaks) and self._breaks[at] <= end:
            return True
        return any(start < position < end for position, _ in self._junk)

    def junk(self) -> Place | None:
        """Return where something lies, before this place, that is no record; each once."""
        if self._junk and self._junk[0][0] <= self.position:
            return Place(self._junk.popleft()[1])
        return None

    # ---------------------------------------------------------------------------------- going on

    def skip(self, count: int) -> bool:
        """Pass so many bytes, without keeping them; False if there are fewer."""
        while count:
            if not self.has(1):
                return False
            step = min(count, len(self._data) - self._at)
            self._pass(step)
            count -= step
        return True

    def skip_padding(self) -> None:
        """Pass the empty lines and zeros that stand between records."""
        while self.has(1):
            match = _EMPTY.match(self._data, self._at)
            if match is None:
                return
            self._pass(match.end() - self._at)

    def find(self, pattern: re.Pattern[bytes], longest: int) -> bool:
        """Pass everything before the next match of a pattern that is at most ``longest`` bytes long; False if there is none."""
        while True:
            if match := pattern.search(self._data, self._at):
                self._pass(match.start() - self._at)
                return True
            self._pass(max(len(self._data) - self._at - longest, 0))
            if not self.has(len(self._data) - self._at + 1):
                self._pass(len(self._data) - self._at)
                return False

    def jump(self, count: int) -> None:
        """Pass so many bytes of a plain file without reading them."""
        ahead = len(self._data) - self._at
        if count <= ahead:
            self._pass(count)
            return
        begin, member = self._marks[-1]
        target = self.position + count
        self._data.clear()
        self._at, self._begin = 0, target
        self._fed = self._file.seek(member + target - begin)
        self._ended = False

    @contextlib.contextmanager
    def aside(self, byte: int) -> Iterator[Window]:
        """Open a window of the same plain file at another byte; this one goes on where it was."""
        at = self._file.tell()
        yield Window(self._file, Place(byte))
        self._file.seek(at)

    def _pass(self, count: int) -> None:
        self._at += count
        if self._at >= CHUNK_BYTES:
            del self._data[: self._at]
            self._begin += self._at
            self._at = 0
            del self._breaks[: bisect_right(self._breaks, self._begin - 1)]
            del self._marks[: max(bisect_right(self._marks, (self._begin, self.size)) - 1, 0)]

    # ---------------------------------------------------------------------------------- reading

    def _more(self) -> None:
        if not self.zipped:
            chunk = self._file.read(CHUNK_BYTES)
            self._data += chunk
            self._fed += len(chunk)
            self._ended = not chunk
        elif self._decoder is None:
            self._open_member()
        else:
            self._inflate(self._decoder)

    def _open_member(self) -> None:
        """Begin to read the member at ``_fed``, or the next one where there is none."""
        self._file.seek(self._fed)
        head = self._file.read(HEAD_BYTES)
        if head.startswith(GZIP):
            self._begin_member(head)
        elif blank := len(head) - len(head.lstrip(PADDING)):
            self._fed += blank
        elif head:
            self._junk.append((self._begin + len(self._data), self._fed))
            self._look_for_member(self._fed + 1)
        else:
            self._ended = True

    def _look_for_member(self, start: int) -> None:
        found = next_record(self._file, start)
        if found is None:
            self._ended = True
        else:
            self._fed = found

    def _begin_member(self, head: bytes) -> None:
        self._marks.append((self._begin + len(self._data), self._fed))
        self._fed += len(head)
        self._pending = head
        self._decoder = zlib.decompressobj(wbits=31)

    def _inflate(self, decoder: zlib._Decompress) -> None:
        data, self._pending = decoder.unconsumed_tail or self._pending, b""
        if not data:
            data = self._file.read(ZIPPED_BYTES)
            self._fed += len(data)
        if not data:  # a member without end: torn, or it took those that follow for its own
            self._give_up_member()
            return
        before = decoder.copy()
        try:
            self._data += decoder.decompress(data, CHUNK_BYTES)
        except zlib.error:
            self._salvage(before, data)
            return
        if decoder.eof:
            self._decoder = None
            rest = decoder.unused_data
            self._fed -= len(rest)
            if rest.startswith(GZIP):
                self._begin_member(rest)

    def _salvage(self, decoder: zlib._Decompress, data: bytes) -> None:
        """Take what a damaged member gives up to the damage, byte by byte, and look for the next member."""
        with contextlib.suppress(zlib.error):
            for at in range(len(data)):
                self._data += decoder.decompress(data[at : at + 1])
        self._give_up_member()

    def _give_up_member(self) -> None:
        """Mark the present member as damaged here (one that gave nothing counts as junk between records); go on with the next."""
        self._decoder = None
        position = self._begin + len(self._data)
        begin, member = self._marks[-1]
        if position > begin:
            self._breaks.append(position)
        else:
            self._junk.append((position, member))
        self._look_for_member(member + 1)


def is_zipped(file: BinaryIO) -> bool:
    """Return True if a file is a row of gzip members, even if the first one is damaged."""
    file.seek(0)
    found = _BEGINNING.search(file.read(CHUNK_BYTES))
    return found is not None and found[0] == GZIP


def next_record(file: BinaryIO, start: int) -> int | None:
    """Return where, from ``start`` on, a record seems to begin: plain, or at the head of a gzip member."""
    file.seek(start)
    kept, at = b"", start
    while True:
        chunk = file.read(CHUNK_BYTES)
        data = kept + chunk
        end = max(len(data) - HEAD_BYTES, 0) if chunk else len(data)
        for match in _BEGINNING.finditer(data):
            if match.start() >= end:
                break
            if _RECORD.match(unzipped(data[match.start() : match.start() + HEAD_BYTES])):
                return at + match.start()
        if not chunk:
            return None
        kept = data[end:]
        at += end


def unzipped(head: bytes) -> bytes:
    """Return the first bytes of what a gzip member holds; other bytes unchanged."""
    if not head.startswith(GZIP[:2]):
        return head
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(head, 64)
    return b""
