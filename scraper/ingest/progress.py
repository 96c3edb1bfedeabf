"""Remember what was ingested, as JSON lines in a file beside the store: positions, counts, refused pages. (I/O.)

A line is written when its batch is in the store. After a crash between the two, the batch is imported again, which changes
nothing. Half a line at the end of the file is ignored.
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
    """One process writes; any number may read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._positions: dict[str, str] = {}
        self._tallies: dict[str, IngestCounts] = {}
        for line in self._lines():
            self._add(line)

    def position(self, source: IngestInput) -> str:
        return self._positions.get(source.key, "")

    def tally(self, source: IngestInput) -> IngestCounts:
        return self._tallies.get(source.key, IngestCounts())

    def refused(self) -> Iterator[tuple[str, RefusedPage]]:
        """Yield every page that gave no record, with the name of its input."""
        for line in self._lines():
            for page in line.refused:
                yield line.name, page

    def note(self, source: IngestInput, after: str, result: ImportResult) -> None:
        """Write that a batch is in the store."""
        line = ProgressRow(
            input=source.key, name=source.name, after=after, tally=result.tally, refused=result.refused
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            torn = file.tell() and not self._ends_whole()
            file.write((b"\n" if torn else b"") + encode(line) + b"\n")
        self._add(line)

    def forget(self, source: IngestInput) -> None:
        """Start the input again, with counts of zero."""
        self.note(source, "", ImportResult(tally=IngestCounts()))
        self._tallies.pop(source.key, None)

    def _add(self, line: ProgressRow) -> None:
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
