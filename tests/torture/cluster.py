"""Several machines under chaos: workers killed, the database restarted, its wire cut; nothing lost, nothing twice, nobody idle.

Every outlet is on a loopback address, every worker is a ``darial run`` of its own. What was published is compared with
what is stored, article by article and cluster by cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from bench.report import ROOT, Report, Table, Unable, reach
from storage import open_store
from tests.torture.cluster_world import Wire, World

BENCH = "several machines: workers killed, the database restarted and cut off; lost, double, idle, impolite"
RESTART_SECONDS = 3.0  # that the database is down
CATCH_UP_SECONDS = 240.0  # after the last kill, until all that was published must be stored
IDLE_MARGIN_SECONDS = 60.0
JITTER = 1.1  # of a due time


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=300, help="of chaos (default 300)")
    parser.add_argument("--workers", type=int, default=4, help="at one time (default 4)")
    parser.add_argument("--outlets", type=int, default=200, help="polled every half minute (default 200)")
    parser.add_argument(
        "--kill-every", type=float, default=5, help="seconds between two kills (default 5; 0: none)"
    )
    parser.add_argument("--calm", action="store_true", help="no restart and no cut")
    parser.add_argument(
        "--every", type=float, default=120, help="seconds between two stories of an outlet (default 120)"
    )
    parser.add_argument(
        "--poll-seconds", type=float, default=30, help="between two polls of an outlet (default 30)"
    )
    parser.add_argument("--cut-seconds", type=float, default=20, help="that the wire is cut for (default 20)")
    parser.add_argument("--seed", type=int, default=None, help="for the same victims again")


def run(chosen: argparse.Namespace) -> Report:
    return asyncio.run(play(chosen))


async def play(chosen: argparse.Namespace) -> Report:
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    server = database()
    url = server.place()
    with tempfile.TemporaryDirectory(prefix="darial-cluster-") as name:
        folder = Path(name)
        async with (
            World(chosen.outlets, every=chosen.every, poll_seconds=chosen.poll_seconds, seed=seed) as world,
            Wire(server.port) as wire,
        ):
            sources = folder / "sources.toml"
            sources.write_text(world.sources())
            through = url.replace(f":{server.port}/", f":{wire.port}/")
            crew = Crew(sources, through, folder, chosen.workers, world.poll_seconds)
            chaos = Chaos(crew, server, wire, random.Random(seed), chosen.cut_seconds)
            open_store(url).close()  # however late the first worker is, there is a store to look into
            began = time.monotonic()
            try:
                await chaos.rage(world, chosen.seconds, kill_every=chosen.kill_every, calm=chosen.calm)
                caught_up = await catch_up(world, url)
            finally:
                left = await crew.end()
            ended = time.monotonic()
            found = judge(world, url)
            found |= {"impolite": world.impolite(), "requests": len(world.requests)}
            idle = world.idle(began, ended)
    server.close()
    limit = 2 * world.poll_seconds * JITTER + IDLE_MARGIN_SECONDS
    longest = max(idle, key=lambda name: idle[name])
    pages = Counter(r.path for r in world.requests if "/news/" in r.path)
    figures: dict[str, Any] = {
        "seed": seed,
        "workers": chosen.workers,
        "outlets": chosen.outlets,
        "seconds": chosen.seconds,
        "kills": chaos.kills,
        "restarts": chaos.restarts,
        "cuts": chaos.cuts,
        "published": len(world.published()),
        "stored": found["stored"],
        "requests": found["requests"],
        "pages_fetched_again": sum(count - 1 for count in pages.values()),
        "caught_up_seconds": caught_up,
        "longest_idle_seconds": round(idle[longest], 1),
        "left_processes": left,
        "faults": found["faults"][:20],
    }
    rows = (
        ("published", figures["published"]),
        ("stored", figures["stored"]),
        ("kills, restarts, cuts", f"{chaos.kills}, {chaos.restarts}, {chaos.cuts}"),
        ("requests", figures["requests"]),
        ("pages fetched more than once", figures["pages_fetched_again"]),
        ("all stored, seconds after the last kill", caught_up),
        ("longest idle, seconds", f"{idle[longest]:.1f} ({longest})"),
    )
    return Report(
        figures=figures,
        reach=(
            reach("articles lost", found["lost"], "==", 0),
            reach("articles or revisions twice", found["double"], "==", 0),
            reach("clusters other than a single machine's", found["clusters"], "==", 0),
            reach("faults that verify finds", found["damage"], "==", 0),
            reach("requests too soon or side by side at one host", len(found["impolite"]), "==", 0),
            reach("longest idle of an outlet, seconds", idle[longest], "<=", limit),
            reach("processes left behind", left, "==", 0),
        ),
        tables=(
            Table(
                f"{chosen.workers} workers, {chosen.outlets} outlets, seed {seed}", ("what", "figure"), rows
            ),
        ),
        notes=(*found["faults"][:10], *found["impolite"][:10]),
    )


def database() -> Any:
    """A server of our own with a real one's settings. Raises Unable where there is none."""
    import pytest

    from tests.support import postgres_server

    try:
        server = postgres_server.Server(durable=True)
    except pytest.skip.Exception as why:
        raise Unable(str(why)) from None
    os.environ["PGPASSWORD"] = postgres_server.PASSWORD
    return server


# ``darial run`` but for the interval: no sources file may ask for less than a minute.
WORKER = """
import sys
from pathlib import Path
from scraper.codec import replace
from scraper.config.load import load_sources
from scraper.daemon import main

def load():
    known = load_sources(Path(sys.argv[1]).read_text())
    minutes = float(sys.argv[3]) / 60
    return replace(known, settings=replace(known.settings, poll_min_minutes=minutes, poll_max_minutes=minutes))

main.run_service(load=load, store=sys.argv[2], log_format="json")
"""


class Crew:
    """Workers, each a process group of its own; whoever dies is replaced."""

    def __init__(self, sources: Path, url: str, folder: Path, size: int, poll_seconds: float) -> None:
        self._command = [sys.executable, "-c", WORKER, str(sources), url, str(poll_seconds)]
        self._folder = folder
        self._started = 0
        self.workers = [self._start() for _ in range(size)]
        self.groups: set[int] = {worker.pid for worker in self.workers}

    def _start(self) -> subprocess.Popen[bytes]:
        self._started += 1
        with (self._folder / f"worker-{self._started}.log").open("wb") as log:
            return subprocess.Popen(self._command, cwd=ROOT, stderr=log, start_new_session=True)

    def kill(self, number: int) -> None:
        """kill -9 the one process; its children must see to themselves."""
        os.kill(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()
        self.workers[number] = self._start()
        self.groups.add(self.workers[number].pid)

    def replace_the_dead(self) -> int:
        """Workers that ended by themselves are started again, as systemd would. How many there were."""
        dead = [n for n, worker in enumerate(self.workers) if worker.poll() is not None]
        for number in dead:
            self.workers[number] = self._start()
            self.groups.add(self.workers[number].pid)
        return len(dead)

    async def end(self) -> int:
        """Stop all; how many processes are left of all that ever were."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            await asyncio.to_thread(worker.wait)
        await asyncio.sleep(1.0)
        left = _running(self.groups)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return len(left)


def _running(groups: set[int]) -> list[int]:
    """The processes of these groups; the dead whom nobody has buried are none."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(group) in groups and state != "Z":
                found.append(int(stat.parent.name))
    return found


class Chaos:
    def __init__(self, crew: Crew, server: Any, wire: Wire, rng: random.Random, cut_seconds: float) -> None:
        self._crew, self._server, self._wire, self._rng = crew, server, wire, rng
        self._cut_seconds = cut_seconds
        self.kills = self.restarts = self.cuts = 0

    async def rage(self, world: World, seconds: float, *, kill_every: float, calm: bool) -> None:
        """Kill a worker every few seconds; restart the database after a third of the time, cut the wire after two."""
        began = time.monotonic()
        plan = [] if calm else [(seconds / 3, self._restart), (seconds * 2 / 3, self._cut)]
        next_kill = kill_every or seconds + 1
        async with asyncio.TaskGroup() as group:
            while (passed := time.monotonic() - began) < seconds:
                world.publish(passed)
                if plan and passed >= plan[0][0]:
                    group.create_task(plan.pop(0)[1]())
                if passed >= next_kill:
                    next_kill += kill_every
                    await asyncio.to_thread(self._crew.kill, self._rng.randrange(len(self._crew.workers)))
                    self.kills += 1
                await asyncio.to_thread(self._crew.replace_the_dead)
                await asyncio.sleep(0.2)
        self._crew.replace_the_dead()

    async def _restart(self) -> None:
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(RESTART_SECONDS)
        await asyncio.to_thread(self._server.start)
        self.restarts += 1

    async def _cut(self) -> None:
        with self._wire.cut():
            await asyncio.sleep(self._cut_seconds)
        self.cuts += 1


async def catch_up(world: World, url: str) -> float | None:
    """Seconds until everything that was published is stored; None if it never is."""
    began = time.monotonic()
    wanted = len(world.published())
    with open_store(url, read_only=True) as store:
        while time.monotonic() - began < CATCH_UP_SECONDS:
            if await asyncio.to_thread(lambda: store.stats().articles) >= wanted:
                return round(time.monotonic() - began, 1)
            await asyncio.sleep(1.0)
    return None


def judge(world: World, url: str) -> dict[str, Any]:
    """What is stored against what was published."""
    published = world.published()
    faults: list[str] = []
    with open_store(url, read_only=True) as store:
        lines = list(store.changes())
        latest = {record.url: record for record in store.latest()}
        damage = list(store.verify())
    revisions = Counter(record.url for record in lines)
    lost = sorted(published.keys() - latest.keys())
    double = [u for u, count in revisions.items() if count > 1] + sorted(latest.keys() - published.keys())
    if [record.seq for record in lines] != list(range(1, len(lines) + 1)):
        damage.append("the sequence of changes has holes")
    wanted, got = defaultdict(set), defaultdict(set)
    for address, record in latest.items():
        if address in published:
            wanted[published[address]].add(address)
            got[record.cluster or address].add(address)
    clusters = {frozenset(c) for c in wanted.values()} ^ {frozenset(c) for c in got.values()}
    faults += [f"lost: {u}" for u in lost[:5]] + [f"double: {u}" for u in double[:5]] + damage[:5]
    faults += [f"cluster: {sorted(c)[:4]}" for c in list(clusters)[:5]]
    return {
        "stored": len(latest),
        "lost": len(lost),
        "double": len(double),
        "clusters": len(clusters),
        "damage": len(damage),
        "faults": faults,
    }
