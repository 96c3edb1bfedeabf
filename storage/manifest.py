"""``articles/manifest.json``: for every sealed day's file its lines, seqs, bytes and SHA-256, for those who copy the files.

A day is sealed when a later one has begun: from then on its file does not change. The manifest is derived; a missing or
damaged one is made anew.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode, encode, pretty
from storage import jsonl
from storage.files import Files

NAME = "manifest.json"
CHUNK_BYTES = 1 << 20


class Sealed(Struct, frozen=True):
    """One file that will not change any more."""

    lines: int
    first_seq: int
    last_seq: int
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True):
    files: dict[str, Sealed] = {}  # noqa: RUF012  (msgspec copies it)


def load(folder: Path) -> Manifest:
    """What the manifest says; empty where there is none that can be read."""
    try:
        return decode((folder / NAME).read_bytes(), Manifest)
    except (OSError, DecodeError):
        return Manifest()


def measure(path: Path) -> Sealed:
    """A file as it is."""
    digest = hashlib.sha256()
    size = lines = 0
    first = last = 0
    with path.open("rb") as file:
        for raw in file:
            digest.update(raw)
            size += len(raw)
            lines += 1
            seq = jsonl.seq_of(raw) or 0
            first = first or seq
            last = seq
    return Sealed(lines, first, last, size, digest.hexdigest())


def seal(folder: Path, days: list[str], files: Files, *, anew: bool = False) -> None:
    """Enter every sealed day (all but the last) that the manifest lacks; ``anew`` measures all of them again."""
    there = {} if anew else load(folder).files
    sealed = {
        f"{day}.jsonl": there.get(f"{day}.jsonl") or measure(folder / f"{day}.jsonl") for day in days[:-1]
    }
    if sealed != there:
        files.replace(folder / NAME, [pretty(encode(Manifest(sealed))), b"\n"])


def problems(folder: Path) -> list[str]:
    """Sealed files that are not what the manifest says."""
    found = []
    for name, sealed in sorted(load(folder).files.items()):
        path = folder / name
        if not path.exists():
            found.append(f"{name}: is missing, the manifest has it")
        elif (there := measure(path)) != sealed:
            what = (
                "lines"
                if there.lines != sealed.lines
                else "bytes"
                if there.bytes != sealed.bytes
                else "content"
            )
            found.append(f"{name}: its {what} are not what the manifest says")
    return found
