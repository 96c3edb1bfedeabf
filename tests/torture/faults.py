"""What goes wrong around a daemon that runs: a log that nobody reads, and faults of our own. Parts of ``python -m tests.torture store``.

A daemon in a process of its own polls loopback outlets that publish all the time. Its log's pipe is left unread and it is told to
stop; or its disk, its descriptors or its database are taken away for a while and given back. What must hold: polls go on within
30 s of the end of a fault, no outlet has a failure on its account, no host was asked more often than on a good day, the store is
whole, and the daemon ends in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import random
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from storage import open_store
from storage.sqlite_store import DATABASE
from tests.torture.forked import child
from tests.torture.stops import PATIENCE_SECONDS, PROMISED_SECONDS, ROOT, SOURCE, judge, page_of

OUTLETS = 40
PIPE_BYTES = 4096  # the least that a pipe can hold
FAULT_SECONDS = 40.0
RESUMED_SECONDS = 30.0
NEWS_SECONDS = 20.0  # between two articles of an outlet
_SETPIPE_SZ = 1031
SETTINGS = (
    '[settings]\nallow_private_hosts = ["127.0.0.0/8"]\npace_seconds = 0.2\n'
    "poll_min_minutes = 1\npoll_max_minutes = 1\nrevisit_hours = []\n"
)


@contextlib.contextmanager
def outlets(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Outlets in a process of their own: the sources file, and the file in which a line for each request is noted."""
    hosts = [f"127.0.3.{i + 1}" for i in range(OUTLETS)]
    listeners, port = [], 0
    for host in hosts:
        listeners.append(socket.create_server((host, port), backlog=64))
        port = listeners[-1].getsockname()[1]
    sources, asked = folder / "sources.toml", folder / "asked"
    sources.write_text(
        SETTINGS + "".join(SOURCE.format(i=i, host=host, port=port) for i, host in enumerate(hosts))
    )
    server, quiet = child(lambda _: asyncio.run(_serve(listeners, asked)))
    for listener in listeners:
        listener.close()
    try:
        yield sources, asked
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        os.close(quiet)


async def _serve(listeners: list[socket.socket], asked: Path) -> None:
    with asked.open("w", buffering=1) as notes:

        async def answer(outlet: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while head := await reader.readuntil(b"\r\n\r\n"):
                    path = head.split(b" ")[1].decode()
                    host = head.lower().partition(b"\r\nhost: ")[2].partition(b"\r\n")[0].decode()
                    notes.write(f"{time.time()} {outlet} {path}\n")
                    newest = int(time.time() / NEWS_SECONDS)
                    writer.write(page_of(outlet, path, host, range(newest - 20, newest)))
                    await writer.drain()
            writer.close()

        servers = [
            await asyncio.start_server(lambda r, w, i=i: answer(i, r, w), sock=listener)  # type: ignore[misc]
            for i, listener in enumerate(listeners)
        ]
        await asyncio.gather(*(server.serve_forever() for server in servers))


def daemon(sources: Path, store: Path, stderr: Any) -> subprocess.Popen[bytes]:
    """Start a daemon."""
    where = ["--sources", str(sources), "--store", str(store), "--log-format", "json"]
    command = [sys.executable, "run_daemon.py", *where]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stderr)


def until(true: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until it is so; how long it took. Raises AssertionError."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not in {seconds:.0f} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


# ------------------------------------------------------------------------------------------ a log that nobody reads


def blocked_logs(folder: Path, points: int, rng: random.Random) -> dict[str, Any]:
    """A daemon's log is read for a while, then not, then again, or never: polling goes on, gaps are counted, it ends in time."""
    folder = folder / "logs"
    folder.mkdir()
    faults: list[str] = []
    worst, records, lines = 0.0, 0, 0
    with outlets(folder) as (sources, _):
        for point in range(points):
            try:
                seconds, stored, read = _blocked(folder / f"{point}", sources, rng, signals=1 + point % 2)
                worst, records, lines = max(worst, seconds), records + stored, lines + read
            except Exception as error:
                faults.append(f"log {point}: {type(error).__name__}: {error}")
    return {
        "points": points, "faults": faults, "worst_seconds": round(worst, 2), "records": records,
        "said": f"{records:,} records while nobody read, ended in {worst:.2f} s at worst, {lines} lines read",
    }  # fmt: skip


def _blocked(store: Path, sources: Path, rng: random.Random, *, signals: int) -> tuple[float, int, int]:
    """Seconds to the end, records stored after the pipe was full, lines that were read."""
    process = daemon(sources, store, subprocess.PIPE)
    pipe = process.stderr
    assert pipe is not None
    try:
        fcntl.fcntl(pipe, _SETPIPE_SZ, PIPE_BYTES)
        data = b""
        while b'"ready"' not in data:
            data += os.read(pipe.fileno(), 1 << 16)
        time.sleep(rng.uniform(0, 1))
        until(lambda: _free(pipe.fileno()) == 0, "the pipe is full")
        before = _count(store)
        until(lambda: _count(store) >= before + 2 * OUTLETS, "articles are stored while nobody reads")
        gained = _count(store) - before
        if rng.random() < 0.5:  # somebody reads again: what waited comes, in order
            os.set_blocking(pipe.fileno(), False)
            until(lambda: _drain(pipe.fileno()) == b"", "the log is read up")
        began = time.monotonic()
        for _ in range(signals):
            process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE_SECONDS)
        seconds = time.monotonic() - began
    finally:
        process.kill()
        process.wait()
    os.set_blocking(pipe.fileno(), True)
    rest = data + pipe.read()
    pipe.close()
    whole = rest.split(b"\n")[:-1]
    if bad := [line for line in whole if line[:1] != b"{"]:
        raise AssertionError(f"no log line: {bad[0][:100]!r}")
    if code not in (0, 128 + signal.SIGTERM) or seconds > PROMISED_SECONDS:
        raise AssertionError(f"ended with {code} after {seconds:.2f} s")
    judge(store)
    return seconds, gained, len(whole)


def _free(pipe: int) -> int:
    """Bytes that may still be written, but for a line."""
    waiting = bytearray(4)
    fcntl.ioctl(pipe, 0x541B, waiting)  # FIONREAD
    return max(0, PIPE_BYTES - int.from_bytes(waiting, sys.byteorder) - 1024)


def _drain(pipe: int) -> bytes:
    try:
        return os.read(pipe, 1 << 16)
    except BlockingIOError:
        return b""


# ------------------------------------------------------------------------------------------ faults of our own


def own_faults(folder: Path, seconds: float = FAULT_SECONDS) -> dict[str, Any]:
    """Disk, descriptors and database are taken from a running daemon and given back, one after the other."""
    folder = folder / "faults"
    folder.mkdir()
    store, log = folder / "data", folder / "log"
    faults: list[str] = []
    resumed: dict[str, float] = {}
    with outlets(folder) as (sources, asked), log.open("wb") as stderr:
        process = daemon(sources, store, stderr)
        try:
            until(lambda: _count(store) >= 5 * OUTLETS, "the first articles")
            for name, fault in FAULTS.items():
                try:
                    with fault(process.pid, store):
                        time.sleep(seconds)
                        before = _count(store)
                    resumed[name] = until(lambda n=before: _count(store) > n, "the next article")  # type: ignore[misc]
                    until(lambda: _polled_since(store, time.time() - 60), "every outlet is polled again", 120)
                except AssertionError as error:
                    faults.append(f"{name}: {error}")
            process.send_signal(signal.SIGTERM)
            if code := process.wait(PATIENCE_SECONDS):
                faults.append(f"ended with {code}: {log.read_bytes()[-300:]!r}")
        finally:
            process.kill()
            process.wait()
        faults += _account(store, log, asked)
    worst = max(resumed.values(), default=0.0)
    told = Counter(e.get("what") for e in _events(log) if e["event"] == "own_fault")
    said = ", ".join(f"{name} {took:.1f} s" for name, took in resumed.items())
    return {
        "points": len(FAULTS), "faults": faults, "worst_seconds": round(worst, 1), "told": dict(told),
        "said": f"first article after {seconds:.0f} s of: {said}; told {sum(told.values())} times",
    }  # fmt: skip


def _account(store: Path, log: Path, asked: Path) -> Iterator[str]:
    """What is wrong in the end: with the store, with an outlet's account, with how often hosts were asked."""
    try:
        judge(store)
    except AssertionError as error:
        yield f"the store: {error}"
    with open_store(store, read_only=True) as opened:
        for state in opened.source_states().values():
            if state.failures:
                yield f"{state.source} has {state.failures} failures: {state.error}"
        for failure in opened.failures():
            yield f"a failure of {failure.source}: {failure.code} {failure.message}"
    for event in _events(log):
        if event["event"] in ("poll_broke", "stalled", "bug"):
            yield f"{event}"
    feeds: dict[str, list[float]] = {}
    for line in asked.read_text().splitlines():
        at, outlet, path = line.split()
        if path == "/feed":
            feeds.setdefault(outlet, []).append(float(at))
    often = max(sum(begin <= at < begin + 60 for at in times) for times in feeds.values() for begin in times)
    if often > 4:
        yield f"a feed was asked {often} times in a minute"


@contextlib.contextmanager
def _limited(pid: int, kind: int, most: int) -> Iterator[None]:
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


@contextlib.contextmanager
def full_disk(pid: int, _: Path) -> Iterator[None]:
    """No file may grow beyond a few pages: what the store writes is refused in the middle, as by a full disk."""
    with _limited(pid, resource.RLIMIT_FSIZE, 8192):
        yield


@contextlib.contextmanager
def no_descriptors(pid: int, _: Path) -> Iterator[None]:
    """No file and no socket may be opened beside those that are open."""
    with _limited(
        pid, resource.RLIMIT_NOFILE, 3
    ):  # what is given back has a number that may not be used again
        yield


@contextlib.contextmanager
def locked_database(_: int, store: Path) -> Iterator[None]:
    """Another program is in the middle of a transaction."""
    with contextlib.closing(sqlite3.connect(store / DATABASE, isolation_level=None, timeout=30)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


FAULTS = {"a full disk": full_disk, "no descriptors": no_descriptors, "a locked database": locked_database}


def _events(log: Path) -> Iterator[dict[str, Any]]:
    """What the log holds; it is on the full disk too, so that a line may be there in part."""
    for line in log.read_bytes().splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            yield json.loads(line)


def _count(store: Path) -> int:
    """Lines of the store as somebody sees it who only reads; 0 before it is there."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{store / DATABASE}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM line").fetchone()[0])
    except sqlite3.Error:
        return 0


def _polled_since(store: Path, moment: float) -> bool:
    with open_store(store, read_only=True) as opened:
        states = opened.source_states().values()
    return len(states) == OUTLETS and all(s.last_poll and s.last_poll.timestamp() > moment for s in states)
