"""Fetching: pages of 100 loopback hosts through the real Fetcher, against the ideal wall time and against aiohttp's CPU."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import statistics
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from bench import loopback
from bench.report import Report, Table, reach
from scraper.fetch.caching import validators_of
from scraper.fetch.fetcher import Fetcher
from scraper.model import NotModified, Page
from scraper.settings import Settings

BENCH = "fetching: wall time against the ideal, CPU against aiohttp, memory"

HOSTS = len(loopback.HOSTS)
LATENCY_SECONDS = 0.1
PACE_SECONDS = 0.5
IN_FLIGHT = 32
FEED_POLLS = 300


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each client fetches everything (3)")
    parser.add_argument("--pages", type=int, default=10, help="pages of each host in a round (10)")


def run(chosen: argparse.Namespace) -> Report:
    clients: dict[str, Callable[[int, int], Coroutine[None, None, int]]] = {"darial": _darial}
    notes: list[str] = []
    try:
        importlib.import_module("aiohttp")
    except ImportError:
        notes.append("aiohttp is not installed: `make bench` installs the peers")
    else:
        clients["aiohttp"] = _aiohttp
    wall: dict[str, list[float]] = {name: [] for name in clients}
    cpu: dict[str, list[float]] = {name: [] for name in clients}
    memory: list[int] = []
    names = list(clients)
    with loopback.serving(LATENCY_SECONDS) as (port, wire):
        for n in range(chosen.rounds + 1):  # the first one warms up
            for name in names[n % len(names) :] + names[: n % len(names)]:
                gc.collect()
                began, cpu_began = time.perf_counter(), time.process_time()
                pages = asyncio.run(clients[name](port, chosen.pages))
                if n:
                    wall[name].append(time.perf_counter() - began)
                    cpu[name].append((time.process_time() - cpu_began) * 1000 / pages)
            memory.append(resident())
        feed_ms = asyncio.run(_unchanged_feed(port))
    ideal = ideal_seconds(chosen.pages)
    ratio = None
    if "aiohttp" in cpu:
        ratio = statistics.median(a / b for a, b in zip(cpu["darial"], cpu["aiohttp"], strict=True))
    wall_ratio = statistics.median(wall["darial"]) / ideal
    growth = (memory[-1] - memory[1]) / 1e6
    rows = [
        (name, f"{statistics.median(wall[name]):.2f}", f"{statistics.median(cpu[name]):.2f}")
        for name in names
    ]
    return Report(
        figures={
            "pages": HOSTS * chosen.pages,
            "wire_bytes": wire,
            "ideal_seconds": round(ideal, 3),
            "wall_seconds": {name: round(statistics.median(wall[name]), 3) for name in names},
            "cpu_ms_per_page": {name: round(statistics.median(cpu[name]), 3) for name in names},
            "memory_mb": [round(m / 1e6, 1) for m in memory],
            "unchanged_feed_cpu_ms": round(feed_ms, 3),
        },
        reach=(
            reach("wall time over the ideal", wall_ratio, "<=", 1.3),
            reach("CPU over aiohttp's", ratio, "<=", 2),
            reach("CPU over aiohttp's, the aim", ratio, "<=", 1.2),
            reach("memory grown after the first round, MB", growth, "<=", 10),
            reach("CPU of asking a feed that did not change, ms", feed_ms, "<=", 3),
        ),
        tables=(
            Table(
                f"{HOSTS} hosts x {chosen.pages} pages of {wire // 1000} KB gzip, {LATENCY_SECONDS * 1000:.0f} ms latency; "
                f"ideal {ideal:.2f} s",
                ("client", "wall s", "CPU ms a page"),
                tuple(rows),
            ),
        ),
        notes=tuple(notes),
    )


def ideal_seconds(pages: int) -> float:
    """What pace, latency and the bound on requests in flight leave: robots.txt and the pages of each host in turn."""
    requests = pages + 1
    of_a_host = requests * LATENCY_SECONDS + (requests - 1) * PACE_SECONDS
    of_all = HOSTS * requests * LATENCY_SECONDS / IN_FLIGHT
    return max(of_a_host, of_all)


async def _darial(port: int, pages: int) -> int:
    settings = Settings(
        pace_seconds=PACE_SECONDS, max_in_flight=IN_FLIGHT, allow_private_hosts=loopback.HOSTS
    )

    async def one(host: str) -> int:
        done = 0
        for i in range(pages):
            page = await fetcher.get(f"http://{host}:{port}/{i}")
            assert isinstance(page, Page)
            assert len(page.body) > loopback.PAGE_BYTES
            done += 1
        return done

    async with Fetcher(settings) as fetcher:
        return sum(await asyncio.gather(*map(one, loopback.HOSTS)))


async def _aiohttp(port: int, pages: int) -> int:
    """The floor: the same requests at the same pace with a lean client, no robots.txt rules, limits or guards."""
    aiohttp = importlib.import_module("aiohttp")
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def one(host: str) -> int:
        done = 0
        for i in range(-1, pages):
            async with slots, session.get(f"http://{host}:{port}/{'robots.txt' if i < 0 else i}") as response:
                body = await response.read()
                done += i >= 0
                assert i < 0 or len(body) > loopback.PAGE_BYTES
            if i < pages - 1:
                await asyncio.sleep(PACE_SECONDS)
        return done

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        return sum(await asyncio.gather(*map(one, loopback.HOSTS)))


async def _unchanged_feed(port: int) -> float:
    """CPU milliseconds of one conditional request that is answered with 304."""
    settings = Settings(pace_seconds=0, allow_private_hosts=("127.0.0.0/8",))
    async with Fetcher(settings) as fetcher:
        page = await fetcher.get(f"http://127.0.0.1:{port}/feed.xml", kind="feed")
        known = validators_of(page.headers)

        async def poll(i: int) -> None:
            for _ in range(FEED_POLLS // HOSTS):
                url = f"http://{loopback.HOSTS[i]}:{port}/feed.xml"
                answer = await fetcher.get(url, kind="feed", validators=known)
                assert isinstance(answer, NotModified)

        await asyncio.gather(*map(poll, range(HOSTS)))  # robots.txt and connections are there now
        began = time.process_time()
        await asyncio.gather(*map(poll, range(HOSTS)))
        return (time.process_time() - began) * 1000 / FEED_POLLS


def resident() -> int:
    """Bytes of memory in use by this process, 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0
