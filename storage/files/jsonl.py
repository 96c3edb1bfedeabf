"""``articles/YYYY-MM-DD.jsonl``: the projection of the change log that other programs read.

Lines come from the database, in seq order, after they were committed there. Only the last day's file grows; one that is
over may be packed (``.jsonl.zst``), and is written anew when lines of it were purged. What a crash tore is cut off and
written again at the next start; what is in the files but not in the database is never thrown away, it is an error.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice, zip_longest
from operator import attrgetter
from pathlib import Path

from scraper.codec import Struct, replace
from scraper.errors import StoreError
from storage.files import day_file, histories, manifest
from storage.files.disk import TEMPORARY, Files
from storage.line import Line

MAX_NAMED = 20  # differences of one file, one by one


class Mark(Struct, frozen=True):
    """The files are known to be whole and on disk up to here: lines up to ``seq``, ``size`` bytes of ``day``'s file."""

    seq: int = 0
    day: str = ""
    size: int = 0


class Projection:
    """The JSON files of one store. ``lines_after(seq)`` and ``lines_of(day)`` read the change log.

    Before whole lines leave a file they are compared with the change log: those of another history stay (storage/histories.py).
    """

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self.folder = folder
        self.mark = Mark()
        self._files = files or Files()
        self._lines_after: Callable[[int], Iterator[Line]] | None = None  # known once it has caught up

    def path(self, day: str) -> Path:
        """Return the file of a day that still grows."""
        return self.folder / f"{day}.jsonl"

    def packed(self, day: str) -> Path:
        return self.folder / f"{day}.jsonl{day_file.SUFFIX}"

    def file(self, day: str) -> Path:
        """Return the file that a day has: the plain one, unless it was packed and taken away."""
        plain = self.path(day)
        return self.packed(day) if not plain.exists() and self.packed(day).exists() else plain

    def files(self, day: str) -> list[Path]:
        """All files that a day has: two only while it is packed, with the same lines. The plain one's path for a day without."""
        there = [path for path in (self.path(day), self.packed(day)) if path.exists()]
        return there or [self.path(day)]

    def days(self) -> list[str]:
        """Return the days that have a file, oldest first."""
        names = (p.name for p in self.folder.glob("????-??-??.jsonl*"))
        ends = (".jsonl", f".jsonl{day_file.SUFFIX}")
        return sorted({name[:10] for name in names if name[10:] in ends})

    def sealed(self) -> list[list[str]]:
        """Return the names of the files of each day that is over."""
        return [[path.name for path in self.files(day)] for day in self.days()[:-1]]

    def strangers(self) -> list[str]:
        """Return the names of files that are no day's, though whoever reads ``*.jsonl*`` reads them too."""
        ours = {path for day in self.days() for path in self.files(day)}
        return sorted(path.name for path in self.folder.glob("*.jsonl*") if path not in ours)

    def append(self, lines: Iterable[Line]) -> None:
        """Add committed lines. On failure (OSError) the mark stays, and ``catch_up`` repairs what was torn."""
        for day, group in groupby(lines, key=attrgetter("day")):
            batch = list(group)
            data = b"".join(line.written for line in batch)
            before = self.mark.size if day == self.mark.day else max(0, self._files.size(self.path(day)))
            self._files.append(self.path(day), data)
            self.mark = Mark(batch[-1].seq, day, before + len(data))

    def catch_up(
        self,
        mark: Mark,
        lines_after: Callable[[int], Iterator[Line]],
        lines_of: Callable[[str], Iterator[Line]],
        history: Callable[[int], Iterator[Line]] | None = None,
    ) -> int:
        """Make the files say what the database says, trusting what ``mark`` vouches for. How many lines were written.

        ``history`` reads on to the end of the change log, where ``lines_after`` does not.
        Raises StoreError (store_damaged) if the files hold whole lines that the database does not know.
        """
        self._lines_after = history or lines_after
        self.folder.mkdir(parents=True, exist_ok=True)
        self._tidy()
        if mark.day and not self._ends_with(mark, next(lines_after(mark.seq - 1), None)):
            for day in self.days():  # nobody vouches for any of them now
                self._check(day)
            self._write(mark.day, (line for line in lines_of(mark.day) if line.seq <= mark.seq))
        self.mark = mark
        written = 0
        last_day = mark.day
        for day, group in groupby(lines_after(mark.seq), key=attrgetter("day")):
            written += self._continue(day, group, lines_of)
            last_day = day
        if mark.day == last_day != "":
            self._cut(mark.day, self.mark.size)
        for day in self.days():
            if day > last_day:
                self._cut(day, 0)
        if self.mark.day and self.file(self.mark.day) != self.path(self.mark.day):
            self._unpack(self.mark.day)  # it will grow
            self.mark = replace(self.mark, size=self._files.size(self.path(self.mark.day)))
        return written

    def _tidy(self) -> None:
        """Finish what a crash interrupted: of a day that has both files the packed one was not vouched for yet."""
        for day in self.days():
            if self.path(day).exists() and self.packed(day).exists():
                self._files.remove(self.packed(day))
        for path in self.folder.glob(TEMPORARY.format("*")):
            self._files.remove(path)

    def _ends_with(self, mark: Mark, line: Line | None) -> bool:
        """Whether the marked line stands where the mark says: then what is before it is believed too."""
        path = self.path(mark.day)
        if line is None or self._files.size(path) < mark.size:
            return False
        with path.open("rb") as file:
            file.seek(max(0, mark.size - len(line.json) - 1))
            return line.stands(file.read(len(line.json) + 1))

    def _continue(self, day: str, lines: Iterator[Line], lines_of: Callable[[str], Iterator[Line]]) -> int:
        """Compare the rest of a day's file with what it should be; cut at the first difference, append the rest."""
        if self.file(day) != self.path(day):
            if _equal(self.packed(day), lines_of(day)):
                self.mark = Mark(deque(lines, maxlen=1).pop().seq, day, 0)
                return 0
            self._unpack(day)
        path = self.path(day)
        at = self.mark.size if day == self.mark.day else 0
        last = self.mark.seq
        missing: list[Line] = []
        if self._files.size(path) >= 0:
            with path.open("rb") as file:
                file.seek(at)
                for line in lines:
                    raw = file.readline()
                    if not line.stands(raw):
                        missing.append(line)
                        break
                    at += len(raw)
                    last = line.seq
        self.mark = Mark(last, day, at)
        self._cut(day, at)
        missing += lines
        self.append(missing)
        return len(missing)

    def _unpack(self, day: str) -> None:
        """Let a packed day have a plain file again, as far as it can be read: what is missing comes from the database."""
        self._files.replace(self.path(day), _readable(self.packed(day)))
        self._files.remove(self.packed(day))

    def _write(self, day: str, lines: Iterable[Line]) -> None:
        """Write a day's file again, plain; it was checked."""
        self._files.replace(self.path(day), (line.written for line in lines))
        if self.packed(day).exists():
            self._files.remove(self.packed(day))

    def _check(self, day: str) -> None:
        """Raise StoreError (store_damaged) if a day's files hold lines of another history."""
        for path in self.files(day):
            if path.exists() and self._lines_after is not None:
                histories.check_history(path, _readable(path), self._lines_after)

    def _cut(self, day: str, size: int) -> None:
        """Cut a torn tail off, unless it has whole lines of a history that the database lacks."""
        if self.file(day) != self.path(day):
            self._unpack(day)
        path = self.path(day)
        if self._files.size(path) <= size:
            return
        if self._lines_after is not None:
            with path.open("rb") as file:
                file.seek(size)
                histories.check_history(path, file, self._lines_after)
        self._files.truncate(path, size)

    def seal(self, fresh: Iterable[str] = ()) -> None:
        """Enter the files of days that are over into the manifest; those of ``fresh`` days are measured again."""
        names = {day: self.file(day).name for day in self.days()[:-1]}
        manifest.seal(
            self.folder, names.values(), self._files, fresh={names[day] for day in fresh if day in names}
        )

    def rewrite(self, day: str, lines: Iterable[Line]) -> int:
        """Write a day's file again, in the form that it has: a day without lines has none. How many lines."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check(day)
        count = size = seq = 0

        def counted() -> Iterator[bytes]:
            nonlocal count, size, seq
            for line in lines:
                count, size, seq = count + 1, size + len(line.json) + 1, line.seq
                yield line.written

        path = self.file(day)
        self._files.replace(path, counted() if path == self.path(day) else day_file.pack(counted()))
        if not count:
            self._files.remove(path)
        if day >= self.mark.day:
            self.mark = Mark(seq, day, size)
        return count

    def rebuild(self, days: Iterable[str], lines_of: Callable[[str], Iterator[Line]]) -> int:
        """Write every file anew. Files of days that the database does not know are left alone."""
        self.mark = Mark()
        return sum(self.rewrite(day, lines_of(day)) for day in days)

    def pack(self, day: str) -> manifest.Sealed:
        """Let a day that is over have a packed file instead of a plain one: that is there, and read back, before this goes."""
        plain, target = self.path(day), self.packed(day)
        self._files.replace(target, day_file.pack(day_file.lines(plain)))
        entry = manifest.measure(target)
        if entry.content != manifest.measure(plain).content:
            raise StoreError(f"{target} does not hold what {plain.name} holds", code="store_damaged")
        manifest.replace(self.folder, plain.name, target.name, entry, self._files)
        self._files.remove(plain)
        return entry


def _equal(path: Path, lines: Iterator[Line]) -> bool:
    """Whether a file can be read and holds exactly these lines."""
    try:
        return all(
            line is not None and raw is not None and line.stands(raw)
            for raw, line in zip_longest(day_file.lines(path), lines)
        )
    except (StoreError, FileNotFoundError):  # spoilt, or packed or purged a moment ago
        return False


def _readable(path: Path) -> Iterator[bytes]:
    """Return a file's lines; of a packed one, up to where it is spoilt."""
    with contextlib.suppress(StoreError):
        yield from day_file.lines(path)


def read_lines(path: Path) -> Iterator[bytes]:
    """Return the whole lines of a JSON Lines file, packed or not, without their ends; a line still being written is left out."""
    for raw in day_file.lines(path):
        if raw.endswith(b"\n") and raw.strip():
            yield raw[:-1]


def compare(path: Path, lines_of: Callable[[], Iterator[Line]]) -> Iterator[str]:
    """Return what differs between a day's file and the change log, one sentence for each difference (the first twenty)."""
    if path.exists() and _equal(path, lines_of()):
        return
    found = _differences(path, lines_of)
    yield from islice(found, MAX_NAMED)
    if next(found, None) is not None:
        yield f"{path.name}: and more"


def _differences(path: Path, lines_of: Callable[[], Iterator[Line]]) -> Iterator[str]:
    there: dict[int, bytes] = {}
    before = 0
    try:
        for raw in day_file.lines(path):
            seq = day_file.seq_of(raw)
            if not raw.endswith(b"\n"):
                yield f"{path.name}: the last line is torn"
            elif seq is None:
                yield f"{path.name}: a line is no record: {raw[:60]!r}"
            elif seq in there:
                yield f"{path.name}: seq {seq} stands there twice"
            else:
                if seq < before:
                    yield f"{path.name}: seq {seq} is out of order"
                before = seq
                there[seq] = raw[:-1]
    except FileNotFoundError:
        if seqs := [line.seq for line in lines_of()]:
            yield f"{path.name}: the file is missing, with seq {seqs[0]} to {seqs[-1]}"
        return
    except StoreError as e:
        yield str(e).replace(str(path), f"{path.name}:", 1)
    for line in lines_of():
        raw_line = there.pop(line.seq, None)
        if raw_line is None:
            yield f"{path.name}: seq {line.seq} is missing"
        elif raw_line != line.json:
            yield f"{path.name}: seq {line.seq} differs from the database"
    for seq in sorted(there):
        yield f"{path.name}: seq {seq} is not in the database"
