"""The projection's files, and every directory that a power cut could leave behind while they are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from storage.files.disk import TEMPORARY, Files

CUTS = 2  # places in a new file at which its writing may have stopped


class Power(Files):
    """The real files of a store; before and after each step, and within it, the whole directory is copied as a power cut would leave it."""

    def __init__(self, store: Path, states: Path) -> None:
        self._store, self._folder = store, states
        self.states: list[Path] = []

    def append(self, path: Path, data: bytes) -> None:
        before = path.read_bytes() if path.exists() else b""
        for cut in _cuts(data):
            self._keep({path: before + data[:cut]})
            self._keep(
                {path: before + data[:cut] + bytes(len(data) - cut)}
            )  # the size arrived, the data did not
        super().append(path, data)
        self._keep({})

    def truncate(self, path: Path, size: int) -> None:
        self._keep({})
        super().truncate(path, size)
        self._keep({})

    def replace(self, path: Path, chunks: Iterable[bytes]) -> None:
        data = b"".join(chunks)
        temporary = path.with_name(TEMPORARY.format(path.name.split(".")[0]))
        for cut in _cuts(data):
            self._keep({temporary: data[:cut]})
        self._keep(
            {path: data}
        )  # renamed; without the directory's sync the old state above may stand as well
        super().replace(path, [data])

    def remove(self, path: Path) -> None:
        self._keep({})
        super().remove(path)
        self._keep({})

    def _keep(self, changed: dict[Path, bytes]) -> None:
        state = self._folder / str(len(self.states))
        shutil.copytree(self._store, state)
        for path, data in changed.items():
            (state / path.relative_to(self._store)).write_bytes(data)
        self.states.append(state)


def _cuts(data: bytes) -> list[int]:
    return sorted({len(data) * i // CUTS for i in range(CUTS + 1)})
