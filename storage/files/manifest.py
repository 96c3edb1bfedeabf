"""``articles/manifest.json``: for every sealed day's file its lines, seqs, bytes and SHA-256, for those who copy the files.

A day is sealed when a later one has begun: from then on its lines do not change, unless some are purged. Of a packed file
the content is told as if it were not, and the packed bytes beside it. The manifest is derived; a missing one is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from scraper.codec import DecodeError, Struct, decode, encode, pretty
from scraper.errors import StoreError
from storage.files import day_file
from storage.files.disk import Files

NAME = "manifest.json"


class Packed(Struct, frozen=True):
    """A packed file as it lies on the disk."""

    bytes: int
    sha256: str


class Sealed(Struct, frozen=True):
    """What a file holds that will not change any more."""

    lines: int
    first_seq: int
    last_seq: int
    bytes: int
    sha256: str
    packed: Packed | None = None

    @property
    def content(self) -> tuple[int, int, int, int, str]:
        """All but how it is packed."""
        return self.lines, self.first_seq, self.last_seq, self.bytes, self.sha256


class Manifest(Struct, frozen=True):
    files: dict[str, Sealed] = {}  # noqa: RUF012  (msgspec copies it)


def load(folder: Path) -> Manifest:
    """Return what the manifest says; empty where there is none that can be read."""
    try:
        return decode((folder / NAME).read_bytes(), Manifest)
    except (OSError, DecodeError):
        return Manifest()


def measure(path: Path) -> Sealed:
    """Return a file as it is. Raises StoreError for a packed one that cannot be unpacked."""
    digest = hashlib.sha256()
    size = lines = 0
    first = last = b""
    for last in day_file.lines(path):
        first = first or last
        digest.update(last)
        size += len(last)
        lines += 1
    seqs = (day_file.seq_of(first) or 0, day_file.seq_of(last) or 0)
    return Sealed(lines, *seqs, size, digest.hexdigest(), _packed(path))


def _packed(path: Path) -> Packed | None:
    if path.suffix != day_file.SUFFIX:
        return None
    with path.open("rb") as file:
        return Packed(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def seal(folder: Path, names: Iterable[str], files: Files, *, fresh: Container[str] = ()) -> None:
    """Have every sealed file in the manifest and nothing else; measure those that it lacks and those of ``fresh``."""
    there = load(folder).files
    sealed = {
        name: there[name] if name in there and name not in fresh else measure(folder / name) for name in names
    }
    if sealed != there:
        _save(folder, sealed, files)


def replace(folder: Path, old: str, new: str, entry: Sealed, files: Files) -> None:
    """One file took another's place."""
    there = load(folder).files
    _save(folder, {name: s for name, s in there.items() if name != old} | {new: entry}, files)


def _save(folder: Path, sealed: dict[str, Sealed], files: Files) -> None:
    files.replace(folder / NAME, [pretty(encode(Manifest(dict(sorted(sealed.items()))))), b"\n"])


def problems(folder: Path, days: Iterable[Sequence[str]]) -> list[str]:
    """Sealed files that are not what the manifest says, and days of which it knows no file; ``days`` have their names."""
    known = load(folder).files
    found = [f"{names[0]}: is not in the manifest" for names in days if known.keys().isdisjoint(names)]
    for name, sealed in sorted(known.items()):
        try:
            there = measure(folder / name)
        except FileNotFoundError:
            found.append(f"{name}: is missing, the manifest has it")
            continue
        except StoreError:
            continue  # said by whoever compares its lines
        for what in ("lines", "first_seq", "last_seq", "bytes", "sha256", "packed"):
            if getattr(there, what) != getattr(sealed, what):
                found.append(f"{name}: not what the manifest says: {what}")
                break
    return found
