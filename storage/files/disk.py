"""The few things that the projection does to files: a seam, so that tests can cut the power between any two of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

BUFFER_BYTES = 1 << 20
TEMPORARY = ".{}.tmp"  # no name that somebody who reads *.jsonl* would meet


class Files:
    """The real ones. Every method either did all of it or raises OSError."""

    def size(self, path: Path) -> int:
        """Bytes, or -1 where there is no file."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return -1

    def append(self, path: Path, data: bytes) -> None:
        """Write at the end and reach the disk; a new file's name reaches it too."""
        new = not path.exists()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            os.fdatasync(fd)
        finally:
            os.close(fd)
        if new:
            self.sync_directory(path.parent)

    def truncate(self, path: Path, size: int) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, size)
            os.fsync(fd)
        finally:
            os.close(fd)

    def replace(self, path: Path, chunks: Iterable[bytes]) -> None:
        """Replace a whole file: readers see the old one or the new one, after a power cut too."""
        temporary = path.with_name(TEMPORARY.format(path.name.split(".")[0]))
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        with os.fdopen(fd, "wb", buffering=BUFFER_BYTES) as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(fd)
        temporary.replace(path)
        self.sync_directory(path.parent)

    def remove(self, path: Path) -> None:
        """Delete a file, durably; one that is not there is no error."""
        path.unlink(missing_ok=True)
        self.sync_directory(path.parent)

    def sync_directory(self, path: Path) -> None:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
