"""How ingesting scales over workers of one PostgreSQL: bound by processors, and bound by the latency of the servers asked.

A worker is a ``darial run`` of its own. Bound by processors, each has one processor to itself and the database what they leave;
saved pages wait in the database, and what is measured is how fast they become records. Bound by latency, each may have a few
requests under way, and what is measured is how many the servers get.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.report import ROOT, Report, Table, Unable, reach
from scraper.engines.shared_ingest import SharedIngestQueue
from scraper.ingest.model import BATCH_PAGES, IngestInput, PageBatch, SavedPage
from tests.torture.cluster import database
from tests.torture.cluster_world import page, reply

BENCH = "ingesting over one, two, four, eight workers of one PostgreSQL"
WANT_PROCESSORS, WANT_LATENCY = 1.4, 0.85
LATENCY_SECONDS = 2.0
IN_FLIGHT = 4  # requests of one worker
WARM_UP_SECONDS = 12.0
START_SECONDS = 60.0
FILLER = (
    "".join(
        f'<li class="menu item-{n}"><a href="/section/{n}">Section {n} of the paper</a></li>\n'
        for n in range(250)
    )
    + f"<script>{'var x = [1, 2, 3];' * 1500}</script>"
).encode()  # with it a page weighs 60 KB, as pages do


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pages", type=int, default=2000, help="of a run that processors bind (default 2000)"
    )
    parser.add_argument("--seconds", type=float, default=20, help="of a run that latency binds (default 20)")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many runs counts (default 1)")


def run(chosen: argparse.Namespace) -> Report:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Unable("needs two processors")
    with (
        contextlib.closing(database()) as server,
        tempfile.TemporaryDirectory(prefix="darial-cluster-") as name,
    ):
        folder = Path(name)
        bound, waiting = {}, {}
        for workers in (1, 2):
            rates = [
                asyncio.run(processors(server, folder, cores[:workers], chosen.pages))
                for _ in range(chosen.rounds)
            ]
            bound[workers] = round(max(rates), 1)
        for workers in (1, 2, 4, 8):
            rates = [
                asyncio.run(latency(server, folder, workers, chosen.seconds)) for _ in range(chosen.rounds)
            ]
            waiting[workers] = round(max(rates), 2)
    linear = {n: rate / (n * waiting[1]) for n, rate in waiting.items()}
    rows = [("processors", n, f"{r} pages/s", round(r / bound[1], 2)) for n, r in bound.items()]
    rows += [("latency", n, f"{r} requests/s", round(r / waiting[1], 2)) for n, r in waiting.items()]
    return Report(
        figures={
            "pages_per_second": bound,
            "requests_per_second": waiting,
            "share_of_linear": {n: round(s, 3) for n, s in linear.items()},
        },
        reach=(
            reach("two workers to one, bound by processors", bound[2] / bound[1], ">=", WANT_PROCESSORS),
            *(
                reach(f"{n} workers bound by latency, share of linear", linear[n], ">=", WANT_LATENCY)
                for n in (2, 4, 8)
            ),
        ),
        tables=(Table("Ingesting", ("bound by", "workers", "rate", "× one"), tuple(rows)),),
    )


# ------------------------------------------------------------------------------------------ bound by processors


async def processors(server: Any, folder: Path, cores: list[int], pages: int) -> float:
    """Pages a second of as many workers as there are cores, from their first batch to their last but one."""
    place, source = server.place(), IngestInput(key="bench", name="bench", kind="recording", size=pages)
    batches = [
        PageBatch(
            after=str(start),
            pages=tuple(
                SavedPage(
                    url=f"https://outlet{n % 50}.example/news/{n}-story",
                    place=str(n),
                    body=page(n).replace(b"<article>", FILLER + b"<article>"),
                    content_type="text/html",
                )
                for n in range(start, start + BATCH_PAGES)
            ),
        )
        for start in range(0, pages, BATCH_PAGES)
    ]  # fmt: skip
    async with SharedIngestQueue(place) as queue, Servers(1, 0.0) as servers:
        await queue.position(source)
        for batch in batches:
            await queue.put(source, batch)
        with Workers(servers, folder, place, cores=cores):
            counts: list[tuple[float, int]] = []
            while not counts or counts[-1][1] < pages:
                if len(counts) > 1 and time.monotonic() - counts[-1][0] > START_SECONDS:
                    raise Unable("the workers stand still")
                done = (await queue.tally(source)).new
                if done and (not counts or counts[-1][1] != done):
                    counts.append((time.monotonic(), done))
                await asyncio.sleep(0.05)
    (began, first), (ended, last) = counts[0], counts[-1]
    return (last - first) / (ended - began)


# ------------------------------------------------------------------------------------------ bound by latency


async def latency(server: Any, folder: Path, workers: int, seconds: float) -> float:
    """Requests a second that the servers get from so many workers."""
    place, source = server.place(), IngestInput(key="bench", name="bench", kind="list", size=1)
    most = int((seconds + WARM_UP_SECONDS + 20) * workers * IN_FLIGHT / LATENCY_SECONDS)
    async with SharedIngestQueue(place) as queue, Servers(most, LATENCY_SECONDS) as servers:
        await queue.position(source)
        size = 4 * IN_FLIGHT
        for start in range(0, most, size):
            addresses = servers.addresses[start : start + size]
            pages = tuple(SavedPage(url=url, place=url) for url in addresses)
            await queue.put(source, PageBatch(after=str(start + size), pages=pages))
        with Workers(servers, folder, place, count=workers):
            await servers.busy(workers * IN_FLIGHT)
            await asyncio.sleep(WARM_UP_SECONDS)
            before = servers.answered
            await asyncio.sleep(seconds)
            return (servers.answered - before) / seconds


class Servers:
    """So many hosts of one page each, every answer ``latency`` seconds late."""

    def __init__(self, hosts: int, latency: float) -> None:
        self._latency = latency
        self._hosts = [f"127.2.{n // 250}.{n % 250 + 1}" for n in range(hosts)]
        self._server: asyncio.Server | None = None
        self.addresses: list[str] = []
        self.answered = self._open = 0

    async def __aenter__(self) -> Servers:  # noqa: PYI034
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, self._hosts, port)
        self.addresses = [f"http://{host}:{port}/news/{n}-story" for n, host in enumerate(self._hosts)]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def busy(self, requests: int) -> None:
        """Until so many requests wait for their answers at once."""
        async with asyncio.timeout(START_SECONDS):
            while self._open < requests:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # a stream's task that ends as cancelled is complained about when the loop closes
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    self._open += 1
                    try:
                        await asyncio.sleep(self._latency)
                    finally:
                        self._open -= 1
                    path = head.split(b" ", 2)[1].decode()
                    number = path.removeprefix("/news/").partition("-")[0]
                    self.answered += 1
                    writer.write(
                        reply(page(int(number))) if number.isdigit() else reply(b"", "404 Not Found")
                    )
                    await writer.drain()
        finally:
            writer.close()


# ------------------------------------------------------------------------------------------ workers


class Workers:
    """So many ``darial run``, or one on each of ``cores``; they end with the block."""

    def __init__(self, servers: Servers, folder: Path, place: str, *, count: int = 0, cores: list[int] | None = None) -> None:  # fmt: skip
        self._path = folder / "sources.toml"
        self._path.write_text(
            f'[settings]\nallow_private_hosts = ["127.0.0.0/8"]\npace_seconds = 0\nmax_in_flight = {IN_FLIGHT}\n'
            '[[source]]\nid = "idle"\nname = "Idle"\ncountry = "ge"\nlanguages = ["en"]\n'
            f'homepage = "http://127.0.0.1/"\nfeeds = [{{ url = "{servers.addresses[0]}" }}]\n'
        )
        self._place, self._cores = place, cores or [-1] * count
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> None:
        command = [
            sys.executable,
            "-m",
            "scraper",
            "run",
            "--sources",
            str(self._path),
            "--store",
            self._place,
        ]
        for core in self._cores:
            pinned = ["taskset", "-c", str(core)] if core >= 0 else []
            self._processes.append(
                subprocess.Popen(
                    [*pinned, *command], cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
                )
            )

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            process.wait()
