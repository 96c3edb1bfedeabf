"""The JSON files of a store in a folder that is not its own: the same files, byte for byte, as far as the store has come.

A file beside them says how far they are; killed and called again it goes on there. Never more than a window of lines is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from scraper.codec import DecodeError, decode, encode
from scraper.errors import StoreError
from storage.files import day_file
from storage.files.disk import Files
from storage.files.jsonl import Mark, Projection
from storage.line import Line

STATE = "projected.json"
WINDOW = 5_000  # lines


def project(
    folder: Path,
    top: int,
    lines_after: Callable[[int], Iterator[Line]],
    lines_of: Callable[[str], Iterator[Line]],
    *,
    window: int = WINDOW,
) -> int:
    """How many lines were written; ``top`` is the store's last seq. Raises StoreError where the files know more (store_damaged)."""
    files, projection = Files(), Projection(folder)
    mark = _mark(folder)
    if mark.seq > top:
        raise StoreError(
            f"{folder} holds records up to seq {mark.seq}, the store only up to {top}: it is another one, or was lost",
            code="store_damaged",
        )
    written = 0
    while mark.seq < top:
        # without a mark the files that are there are compared from the first line on, in one go
        some = None if mark == Mark() and projection.days() else window
        graves: list[int] = []

        def after(seq: int, some: int | None = some, graves: list[int] = graves) -> Iterator[Line]:
            for line in islice(lines_after(seq), some):
                if b'"purged":[' in line.json and b'"purged":[]' not in line.json:
                    graves.append(line.seq)
                yield line

        written += projection.catch_up(mark, after, lines_of, lines_after)
        mark = projection.mark
        if graves:
            _without_purged(projection, lines_of)
        files.replace(folder / STATE, [encode(mark)])
    if top:
        projection.seal()
    return written


def _mark(folder: Path) -> Mark:
    try:
        return decode((folder / STATE).read_bytes(), Mark)
    except (OSError, DecodeError):
        return Mark()


def _without_purged(projection: Projection, lines_of: Callable[[str], Iterator[Line]]) -> None:
    """Write the files anew that hold more than the store: lines that were purged."""
    *over, _ = projection.days()  # the last one was written a moment ago, without them
    stale = [
        day
        for day in over
        if sum(1 for _ in day_file.lines(projection.file(day))) != sum(1 for _ in lines_of(day))
    ]
    for day in stale:
        projection.rewrite(day, lines_of(day))
    projection.seal(stale)
