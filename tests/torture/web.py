"""The web server under clients that hold connections: half requests, thousands of idle ones, a burst of streams, no descriptors.

A visitor asks for pages all the while. The promises of docs/decisions/054-bounded-connections.md, each with its figure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from bench.press import Press
from bench.report import ROOT, Report, Table, reach, shared
from bench.web import fill

BENCH = "the web server under held connections: half-open, idle, a burst of streams, no descriptors"
HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: "
STREAM = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
PAGES = ("/", "/sources", "/api/v1/articles?limit=5", "/healthz")
WATCH_SECONDS = 14.0  # while connections are held
MAX_SLOWEST_SECONDS = 2.0
MAX_LOG_LINES = 5
_opener = build_opener(ProxyHandler({}))


class Site:
    """``darial web`` in a process of its own, with so many descriptors; what it logs goes to a file."""

    def __init__(self, folder: Path, descriptors: int) -> None:
        self.log = (folder / f"log-{descriptors}").open("w+")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "scraper",
                "web",
                "--store",
                str(folder / "data"),
                "--port",
                str(self.port),
            ],
            cwd=ROOT,
            stderr=self.log,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
        )
        while self.ask("/healthz")[0] != 200:
            time.sleep(0.1)

    def ask(self, path: str) -> tuple[int, float]:
        """Return the status of a page, 0 for none, and how long it took."""
        began = time.monotonic()
        try:
            with _opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                answer.read()
                return answer.status, time.monotonic() - began
        except HTTPError as refusal:
            return refusal.code, time.monotonic() - began
        except OSError:
            return 0, time.monotonic() - began

    def lines(self) -> int:
        self.log.seek(0)
        return sum(1 for _ in self.log)


@contextlib.contextmanager
def holding(site: Site, count: int, data: bytes) -> Iterator[list[socket.socket]]:
    """Hold connections on which so much was sent."""
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            with contextlib.suppress(OSError):
                held.append(socket.create_connection(("127.0.0.1", site.port), timeout=5))
                held[-1].sendall(data)
        yield held
    finally:
        for connection in held:
            connection.close()


def attacked(site: Site, count: int, data: bytes) -> dict[str, float]:
    """Return how a visitor fared, and how many connections were let go meanwhile."""
    with holding(site, count, data) as held:
        answers: list[tuple[int, float]] = []
        end = time.monotonic() + WATCH_SECONDS
        while time.monotonic() < end:
            answers += map(site.ask, PAGES)
            time.sleep(0.2)
        streaming = sum(map(_streams, held))
        open_still = sum(not _closed(connection) for connection in held)
    return {
        "held": count,
        "pages": len(answers),
        "failed": sum(status != 200 for status, _ in answers),
        "slowest_s": round(max(seconds for _, seconds in answers), 3),
        "open_after": open_still,
        "streams": streaming,
        "log_lines": site.lines(),
    }


def _streams(connection: socket.socket) -> bool:
    """Return True if a stream began on it."""
    with contextlib.suppress(OSError):
        connection.setblocking(False)
        return b" 200 " in connection.recv(20, socket.MSG_PEEK)
    return False


def _closed(connection: socket.socket) -> bool:
    """Return True if the server has closed it."""
    try:
        connection.setblocking(False)
        while data := connection.recv(65536):
            del data
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


ATTACKS = {  # connections, what is sent on each, descriptors of the server
    "half-open": (200, HALF, 4096),
    "idle": (2000, b"", 4096),
    "streams": (1500, STREAM, 4096),
    "half-open, few descriptors": (200, HALF, 150),
}


def run(_: argparse.Namespace) -> Report:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="darial-torture-") as name:
        folder = Path(name)
        fill(folder / "data", Press(shared("corpus/dumps", environ=dict(os.environ)), seed=4), 300)
        for what, (count, data, descriptors) in ATTACKS.items():
            site = Site(folder, descriptors)
            try:
                figures[what] = attacked(site, count, data)
            finally:
                site.process.terminate()
                site.process.wait()
    rows = []
    for what, found in figures.items():
        rows.append(reach(f"{what}: pages that failed", found["failed"], "<=", 0))
        rows.append(reach(f"{what}: slowest page, s", found["slowest_s"], "<=", MAX_SLOWEST_SECONDS))
        rows.append(reach(f"{what}: lines in the log", found["log_lines"], "<=", MAX_LOG_LINES))
        most = 500 if what == "streams" else 0
        rows.append(reach(f"{what}: open after {WATCH_SECONDS:g} s", found["open_after"], "<=", most))
    columns = tuple(next(iter(figures.values())))
    table = Table(
        "a visitor beside held connections",
        ("", *columns),
        tuple((w, *f.values()) for w, f in figures.items()),
    )
    return Report(figures=figures, reach=tuple(rows), tables=(table,))
