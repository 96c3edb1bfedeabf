"""What has been ingested, as lines of JSON in a file beside a store: positions, counts, refusals. (I/O.)

A line is written when its batch is in the store. A crash between the two costs that batch a second time, which changes
nothing; half a line at the end of the file is no line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode, encode
from scraper.ingest.model import ImportResult, IngestCounts, IngestInput, RefusedPage

FILE = "ingested.jsonl"  # in the store's directory


class ProgressRow(Struct, frozen=True, kw_only=True):
    input: str
    name: str
    after: str
    tally: IngestCounts
    refused: tuple[RefusedPage, ...] = ()


class IngestProgress:
    """One process writes; any number read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._positions: dict[str, str] = {}
        self._tallies: dict[str, IngestCounts] = {}
        for line in self._lines():
            self._learn(line)

    def position(self, source: IngestInput) -> str:
        return self._positions.get(source.key, "")

    def tally(self, source: IngestInput) -> IngestCounts:
        return self._tallies.get(source.key, IngestCounts())

    def refused(self) -> Iterator[tuple[str, RefusedPage]]:
        """Every page that gave no record, with the name of its input, one at a time."""
        for line in self._lines():
            for page in line.refused:
                yield line.name, page

    def note(self, source: IngestInput, after: str, digested: ImportResult) -> None:
        """Remember that a batch is in the store."""
        line = ProgressRow(
            input=source.key, name=source.name, after=after, tally=digested.tally, refused=digested.refused
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            torn = file.tell() and not self._ends_whole()
            file.write((b"\n" if torn else b"") + encode(line) + b"\n")
        self._learn(line)

    def forget(self, source: IngestInput) -> None:
        """Begin the input anew, what it came to included."""
        self.note(source, "", ImportResult(tally=IngestCounts()))
        self._tallies.pop(source.key, None)

    def _learn(self, line: ProgressRow) -> None:
        self._positions[line.input] = line.after
        self._tallies[line.input] = (
            self._tallies.get(line.input, IngestCounts()) + line.tally if line.after else IngestCounts()
        )

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"

    def _lines(self) -> Iterator[ProgressRow]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for raw in file:
                try:
                    yield decode(raw, ProgressRow)
                except DecodeError:
                    continue
