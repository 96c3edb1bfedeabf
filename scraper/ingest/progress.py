"""What has been ingested, as lines of JSON in a file beside a store: positions, counts, refusals. (I/O.)

A line is written when its batch is in the store. A crash between the two costs that batch a second time, which changes
nothing; half a line at the end of the file is no line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode, encode
from scraper.ingest.model import Digested, Input, Refused, Tally

FILE = "ingested.jsonl"  # in the store's directory


class Line(Struct, frozen=True, kw_only=True):
    input: str
    name: str
    after: str
    tally: Tally
    refused: tuple[Refused, ...] = ()


class Ledger:
    """One process writes; any number read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._positions: dict[str, str] = {}
        self._tallies: dict[str, Tally] = {}
        for line in self._lines():
            self._learn(line)

    def position(self, source: Input) -> str:
        return self._positions.get(source.key, "")

    def tally(self, source: Input) -> Tally:
        return self._tallies.get(source.key, Tally())

    def refused(self) -> Iterator[tuple[str, Refused]]:
        """Every page that gave no record, with the name of its input, one at a time."""
        for line in self._lines():
            for page in line.refused:
                yield line.name, page

    def note(self, source: Input, after: str, digested: Digested) -> None:
        """Remember that a batch is in the store."""
        line = Line(
            input=source.key, name=source.name, after=after, tally=digested.tally, refused=digested.refused
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            torn = file.tell() and not self._ends_whole()
            file.write((b"\n" if torn else b"") + encode(line) + b"\n")
        self._learn(line)

    def forget(self, source: Input) -> None:
        """Begin the input anew, what it came to included."""
        self.note(source, "", Digested(tally=Tally()))
        self._tallies.pop(source.key, None)

    def _learn(self, line: Line) -> None:
        self._positions[line.input] = line.after
        self._tallies[line.input] = (
            self._tallies.get(line.input, Tally()) + line.tally if line.after else Tally()
        )

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"

    def _lines(self) -> Iterator[Line]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for raw in file:
                try:
                    yield decode(raw, Line)
                except DecodeError:
                    continue
