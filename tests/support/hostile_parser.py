"""What parsing processes do in tests. They import this module alone: no pytest, which is a third of a process's start."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scraper.errors import NoArticle
from scraper.model import Article
from scraper.parse_pool import ParseJob

PATIENCE_SECONDS = 60.0


def work(job: ParseJob) -> Article:
    """Does to its process what hostile pages do to a parser; waits where a test wants to catch it at work."""
    match job.data.split():
        case [b"segfault"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case [b"memory"]:
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does to who takes too much
        case [b"hang"]:
            threading.Event().wait()
        case [b"bug"]:
            raise KeyError("a bug")
        case [b"no", b"article"]:
            raise NoArticle("a listing", url=job.url)
        case [b"wait", folder]:
            wait_in(Path(folder.decode()))
    return Article(title=job.data[:40].decode(), body=("x",))


def wait_in(folder: Path) -> None:
    """Say which process this is, in a file, and go on when there is a file that says so."""
    (folder / f"{os.getpid()}.pid").touch()
    until(lambda: (folder / "go").exists())


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives, as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found
