"""Work in a process forked from this one, which has everything loaded and no thread: it reports lines to a pipe."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import NoReturn


def child(work: Callable[[int], None]) -> tuple[int, int]:
    """Fork ``work``, which reports to a pipe; its id and the pipe's other end. What it raises is a line with a ``!``."""
    there, here = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(there)
        _work(work, here)
    os.close(here)
    return pid, there


def _work(work: Callable[[int], None], pipe: int) -> NoReturn:
    try:
        work(pipe)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(pipe, f"!{type(error).__name__}: {error}\n".encode())
        os._exit(1)
    os._exit(0)


def read(pipe: int, data: bytes = b"") -> list[str]:
    """All lines until the child has ended."""
    while chunk := os.read(pipe, 1 << 16):
        data += chunk
    os.close(pipe)
    return data.decode().split("\n")[:-1]
