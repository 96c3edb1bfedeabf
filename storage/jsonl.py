"""``articles/YYYY-MM-DD.jsonl``: the projection of the change log that other programs read.

Lines come from the database, in seq order, after they were committed there; files only grow. What a crash tore is cut off
and written again at the next start; what is in the files but not in the database is never thrown away, it is an error.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode, decode_any
from scraper.errors import StoreError
from storage.files import Files

CHUNK_BYTES = 1 << 20


class Line(Struct, frozen=True):
    """One line of the change log and the file that it belongs to."""

    seq: int
    day: str
    json: bytes


class Mark(Struct, frozen=True):
    """The files are known to be whole and on disk up to here: lines up to ``seq``, ``size`` bytes of ``day``'s file."""

    seq: int = 0
    day: str = ""
    size: int = 0


class _Seq(Struct, frozen=True):
    seq: int


class Projection:
    """The JSON files of one store. ``lines_after(seq)`` and ``lines_of(day)`` read the change log."""

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self.folder = folder
        self.mark = Mark()
        self._files = files or Files()

    def path(self, day: str) -> Path:
        return self.folder / f"{day}.jsonl"

    def days(self) -> list[str]:
        """The days that have a file, oldest first."""
        return sorted(p.stem for p in self.folder.glob("????-??-??.jsonl"))

    def append(self, lines: Iterable[Line]) -> None:
        """Add committed lines. On failure (OSError) the mark stays, and ``catch_up`` repairs what was torn."""
        for day, group in groupby(lines, key=attrgetter("day")):
            batch = list(group)
            data = b"".join(line.json + b"\n" for line in batch)
            before = self.mark.size if day == self.mark.day else max(0, self._files.size(self.path(day)))
            self._files.append(self.path(day), data)
            self.mark = Mark(batch[-1].seq, day, before + len(data))

    def catch_up(
        self,
        mark: Mark,
        top: int,
        lines_after: Callable[[int], Iterator[Line]],
        lines_of: Callable[[str], Iterator[Line]],
    ) -> int:
        """Make the files say what the database says, trusting what ``mark`` vouches for. How many lines were written.

        ``top`` is the database's last seq.
        Raises StoreError (store_damaged) if the files hold whole lines that the database does not know.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if mark.day and not self._ends_with(mark, next(lines_after(mark.seq - 1))):
            self._files.replace(
                self.path(mark.day),
                (line.json + b"\n" for line in lines_of(mark.day) if line.seq <= mark.seq),
            )
        self.mark = mark
        written = 0
        last_day = mark.day
        for day, group in groupby(lines_after(mark.seq), key=attrgetter("day")):
            written += self._continue(day, group, top)
            last_day = day
        if mark.day == last_day != "":
            self._cut(mark.day, self.mark.size, top)
        for day in self.days():
            if day > last_day:
                self._cut(day, 0, top)
        return written

    def _ends_with(self, mark: Mark, line: Line) -> bool:
        """Whether the marked line stands where the mark says: then what is before it is believed too."""
        path = self.path(mark.day)
        if self._files.size(path) < mark.size:
            return False
        with path.open("rb") as file:
            file.seek(max(0, mark.size - len(line.json) - 1))
            return file.read(len(line.json) + 1) == line.json + b"\n"

    def _continue(self, day: str, lines: Iterator[Line], top: int) -> int:
        """Compare the rest of a day's file with what it should be; cut at the first difference, append the rest."""
        path = self.path(day)
        at = self.mark.size if day == self.mark.day else 0
        last = self.mark.seq
        missing: list[Line] = []
        if self._files.size(path) >= 0:
            with path.open("rb") as file:
                file.seek(at)
                for line in lines:
                    if file.read(len(line.json) + 1) != line.json + b"\n":
                        missing.append(line)
                        break
                    at += len(line.json) + 1
                    last = line.seq
        self.mark = Mark(last, day, at)
        self._cut(day, at, top)
        missing += lines
        self.append(missing)
        return len(missing)

    def _cut(self, day: str, size: int, top: int) -> None:
        """Cut a torn tail off, unless it has whole lines of a history that the database lacks."""
        path = self.path(day)
        if self._files.size(path) <= size:
            return
        with path.open("rb") as file:
            file.seek(size)
            rest = file.read()
        seqs = [s for raw in rest.split(b"\n")[:-1] if (s := seq_of(raw)) is not None]
        if max(seqs, default=0) > top:
            raise StoreError(
                f"{path} holds records up to seq {max(seqs)}, the database only up to {top}: it was lost or is "
                "an older copy. `darial store rebuild --database` makes it anew from the JSON files",
                code="store_damaged",
            )
        self._files.truncate(path, size)

    def seal(self, *, anew: bool = False) -> None:
        """Enter the days that are over into the manifest."""
        from storage import manifest

        manifest.seal(self.folder, self.days(), self._files, anew=anew)

    def rebuild(self, days: Iterable[str], lines_of: Callable[[str], Iterator[Line]]) -> int:
        """Write every file anew. Files of days that the database does not know are left alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        count = 0

        def counted(day: str) -> Iterator[bytes]:
            nonlocal count
            size = seq = 0
            for line in lines_of(day):
                count += 1
                seq = line.seq
                size += len(line.json) + 1
                yield line.json + b"\n"
            self.mark = Mark(seq, day, size)

        for day in days:
            self._files.replace(self.path(day), counted(day))
        return count


def seq_of(raw: bytes) -> int | None:
    """The seq of a whole line; None for what is no such line."""
    try:
        return decode(raw, _Seq).seq
    except (DecodeError, UnicodeDecodeError):
        return None


def read_lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a JSON Lines file, without their ends; a line still being written is left out."""
    with path.open("rb") as file:
        for raw in file:
            if raw.endswith(b"\n") and raw.strip():
                yield raw[:-1]


def compare(path: Path, lines: Iterator[Line]) -> Iterator[str]:
    """What differs between a day's file and the change log, one sentence for each difference (the first twenty)."""
    found = 0
    there: dict[int, bytes] = {}
    before = 0
    torn = b""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                torn = raw
                break
            seq = seq_of(raw[:-1])
            if seq is None:
                yield f"{path.name}: a line is no record: {raw[:60]!r}"
                found += 1
            elif seq in there:
                yield f"{path.name}: seq {seq} stands there twice"
                found += 1
            else:
                if seq < before:
                    yield f"{path.name}: seq {seq} is out of order"
                before = seq
                there[seq] = raw[:-1]
            if found >= 20:
                return
    if torn:
        yield f"{path.name}: the last line is torn"
    for line in lines:
        raw_line = there.pop(line.seq, None)
        if raw_line is None:
            yield f"{path.name}: seq {line.seq} is missing"
            found += 1
        elif raw_line != line.json:
            yield f"{path.name}: seq {line.seq} differs from the database"
            found += 1
        if found >= 20:
            yield f"{path.name}: and more"
            return
    for seq in sorted(there)[:20]:
        yield f"{path.name}: seq {seq} is not in the database"


def parse(raw: bytes) -> dict[str, object] | None:
    """A line as builtins; None if it is no JSON object."""
    try:
        value = decode_any(raw)
    except (DecodeError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None
