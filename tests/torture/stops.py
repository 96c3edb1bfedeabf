"""SIGTERM at random moments under load: a part of ``python -m tests.torture store``.

A point: a daemon in a process of its own polls loopback outlets, some of which never answer, and is told to stop at a random
moment. It has to end with 0 in time and leave a whole store; the next daemon has to start on it, and to end at once at a
second signal. Some daemons live side by side: nearly all of a point is waiting for servers that do not answer.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from scraper.codec import decode, decode_any
from scraper.model import Record
from storage import open_store
from tests.torture.forked import child, read

ROOT = Path(__file__).resolve().parents[2]
OUTLETS, SILENT = 200, 10
ENTRIES = 5
SLOWEST_ANSWER_SECONDS = 0.5
MOMENT_SECONDS = 4.0  # after it is ready, at most
ASIDE = 3  # daemons side by side
PROMISED_SECONDS = 10.0
AT_ONCE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
FORCED = 128 + signal.SIGTERM
SOURCE = """[[source]]
id = "o{i}"
name = "Outlet {i}"
homepage = "http://{host}:{port}/"
country = "ge"
languages = ["en"]
feeds = [{{ url = "http://{host}:{port}/feed" }}]
"""


def stops(folder: Path, points: int, rng: random.Random) -> dict[str, Any]:
    """Daemons are told to stop under load; each ends in time with a whole store, on which the next one starts."""
    folder = folder / "stops"
    folder.mkdir()
    hosts = [f"127.0.{1 + i // 200}.{1 + i % 200}" for i in range(OUTLETS)]
    listeners, port = [], 0
    for host in hosts:
        listeners.append(socket.create_server((host, port), backlog=64))
        port = listeners[-1].getsockname()[1]
    sources = folder / "sources.toml"
    sources.write_text(
        '[settings]\nallow_private_hosts = ["127.0.0.0/8"]\n'
        + "".join(SOURCE.format(i=i, host=host, port=port) for i, host in enumerate(hosts))
    )
    server, quiet = child(lambda _: asyncio.run(_serve(listeners)))
    for listener in listeners:
        listener.close()
    try:
        shares = [points // ASIDE + (i < points % ASIDE) for i in range(ASIDE)]
        seeds = [rng.random() for _ in shares]
        lanes = [
            child(lambda out, i=i: _lane(folder / f"{i}", sources, shares[i], random.Random(seeds[i]), out))  # type: ignore[misc]
            for i in range(ASIDE)
        ]
        said = [line for _, pipe in lanes for line in read(pipe)]
        for pid, _ in lanes:
            os.waitpid(pid, 0)
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        os.close(quiet)
    faults = [line[1:] for line in said if line.startswith("!")]
    seen = [tuple(map(float, line.split())) for line in said if not line.startswith("!")]
    worst = max((seconds for seconds, _, _ in seen), default=0.0)
    polls = sorted(int(polls) for _, polls, _ in seen)
    records = int(sum(records for _, _, records in seen))
    middle = polls[len(polls) // 2] if polls else 0
    return {
        "points": points, "faults": faults, "worst_seconds": round(worst, 2), "polls": middle, "records": records,
        "said": f"{worst:.2f} s at worst, {middle} polls under way (median), {records:,} records",
    }  # fmt: skip


def _lane(store: Path, sources: Path, points: int, rng: random.Random, out: int) -> None:
    for point in range(points):
        place = store / f"{point}"
        try:
            line = _point(place, sources, rng.uniform(0, MOMENT_SECONDS))
        except Exception as error:
            line = f"!stop {store.name}/{point}: {error}"
        os.write(out, f"{line}\n".encode())


def _point(store: Path, sources: Path, moment: float) -> str:
    """Seconds to the end, polls under way at the signal, records stored."""
    with Daemon(store, sources) as daemon:
        daemon.until("ready")
        time.sleep(moment)
        seconds = daemon.stop(limit=PATIENCE_SECONDS)  # too late is what the figure says
        polls = next(e["polls"] for e in daemon.events() if e["event"] == "stopping")
        if broken := [e for e in daemon.events() if e["event"] in {"poll_broke", "bug"}]:
            raise AssertionError(f"a poll broke: {broken[0]}")
    records = judge(store)
    with Daemon(store, sources) as daemon:
        daemon.until("ready")
        daemon.it.send_signal(signal.SIGTERM)
        daemon.until("stopping")
        if daemon.it.poll() is None:
            daemon.stop(codes=(0, FORCED), limit=AT_ONCE_SECONDS)
    judge(store)
    return f"{seconds} {polls} {records}"


class Daemon:
    def __init__(self, store: Path, sources: Path) -> None:
        self.log = store.with_name(f"{store.name}.log")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        where = ["--sources", str(sources), "--store", str(store)]
        command = [sys.executable, "run_daemon.py", *where, "--log-format", "json"]
        with self.log.open("wb") as log:
            self.it = subprocess.Popen(command, cwd=ROOT, stderr=log, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.it.kill()
        self.it.wait()

    def events(self) -> list[dict[str, Any]]:
        return [decode_any(line) for line in self.log.read_bytes().split(b"\n")[:-1] if line[:1] == b"{"]

    def until(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(event["event"] == name for event in self.events()):
            if self.it.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(
                    f"no {name!r}, exit code {self.it.poll()}: {self.log.read_bytes()[-300:]!r}"
                )
            time.sleep(0.02)

    def stop(self, codes: tuple[int, ...] = (0,), limit: float = PROMISED_SECONDS) -> float:
        """SIGTERM, and how long it took to end with one of the codes. Raises AssertionError."""
        began = time.monotonic()
        self.it.send_signal(signal.SIGTERM)
        code = self.it.wait(PATIENCE_SECONDS)
        seconds = time.monotonic() - began
        if code not in codes or seconds > limit:
            raise AssertionError(f"ended with {code} after {seconds:.2f} s")
        return seconds


def judge(store: Path) -> int:
    """Number of records; the store as it was left, not repaired by a start. Raises AssertionError for what is wrong."""
    with open_store(store, read_only=True) as opened:
        problems = list(opened.verify())
        count = sum(1 for _ in opened.changes())
    for path in (store / "articles").glob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            decode(line, Record)
    if problems:
        raise AssertionError(f"{len(problems)} problems, {problems[0]}")
    return count


# ------------------------------------------------------------------------------------------ the outlets


async def _serve(listeners: list[socket.socket]) -> None:
    servers = [
        await asyncio.start_server(lambda r, w, i=i: _answer(i, r, w), sock=listener)  # type: ignore[misc]
        for i, listener in enumerate(listeners)
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _answer(outlet: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    rng = random.Random()
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if outlet < SILENT:
                await asyncio.sleep(3600)
            await asyncio.sleep(rng.uniform(0, SLOWEST_ANSWER_SECONDS))
            path = head.split(b" ")[1].decode()
            host = head.lower().partition(b"\r\nhost: ")[2].partition(b"\r\n")[0].decode()
            writer.write(page_of(outlet, path, host, range(ENTRIES)))
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def page_of(outlet: int, path: str, host: str, entries: Iterable[int]) -> bytes:
    """Return what an outlet answers: a feed of these entries, or an article."""
    status, kind, body = "404 Not Found", "text/plain", "nothing here"
    if path == "/feed":
        items = "".join(
            f"<item><title>Bridge {outlet}-{n} reopens</title><link>http://{host}/news/{n}</link></item>"
            for n in entries
        )
        status, kind = "200 OK", "application/rss+xml"
        body = (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>Valley</title>{items}</channel></rss>'
        )
    elif path.startswith("/news/"):
        status, kind, number = "200 OK", "text/html; charset=utf-8", path.rpartition("/")[2]
        rng = random.Random(f"{outlet} {number}")  # texts of their own: copies are another matter
        text = "".join(f"<p>{_sentence(rng)} {_sentence(rng)}</p>" for _ in range(6))
        title = f"Bridge {outlet}-{number} reopens"
        body = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"
    data = body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def _sentence(rng: random.Random) -> str:
    words = ("".join(rng.choices("abdegiklmnorstuv", k=rng.randint(2, 9))) for _ in range(18))
    return f"{' '.join(words).capitalize()}."
