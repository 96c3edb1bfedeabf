"""Parsing processes that are killed and frozen while a pipeline needs them: a part of ``python -m tests.torture store``.

Loopback outlets publish a few articles a round, and every round polls them all at once: real fetcher, store and processes, a
clock that goes on by a day from round to round. Meanwhile processes get kill -9, or SIGSTOP for a minute: an idle one, a
busy one, any, all, in turn. In the end every article has to be in the store once, and no poll may have broken twice in a row.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from scraper.config import load
from scraper.fetch.fetcher import Fetcher
from scraper.model import Article, Source
from scraper.parse_pool import ParseJob, ParsePool, parse_page
from scraper.pipeline.context import PollContext
from scraper.pipeline.poll import fetch_sources
from scraper.urls import canonicalise
from storage import open_store
from tests.torture.stops import SOURCE, page_of

OUTLETS, PROCESSES = 24, 3
NEWS = 3  # articles of an outlet in a round; its feed shows those of two rounds
PARSE_SECONDS = 0.05  # so that a process is at work often enough to be caught at it
FROZEN_SECONDS = 60.0
PATIENCE_SECONDS = 1.5  # for somebody to be idle, or at work
ANSWERS = 8  # pages between two kills, at most
STUCK_SECONDS = (
    90.0  # without an answer from anybody: a fault; more than a job may wait for a process, and then run
)
ROUNDS_AT_THE_END = 4  # quiet ones, in which what was lost comes back
KINDS = tuple(product((signal.SIGKILL, signal.SIGSTOP), ("idle", "busy", "one", "all")))
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def pool_kills(folder: Path, points: int, rng: random.Random) -> dict[str, Any]:
    """Every published article is stored once, whatever happens to the processes; no poll breaks twice in a row."""
    folder = folder / "pool"
    busy = folder / "busy"
    busy.mkdir(parents=True)
    return asyncio.run(_World(folder, rng).torture(points))


def slow_parse(busy: Path, job: ParseJob) -> Article:
    """The real work, and while it lasts a file that says who is at it."""
    mark = busy / str(os.getpid())
    mark.touch()
    time.sleep(PARSE_SECONDS)
    article = parse_page(job)
    mark.unlink()
    return article


class _Counted(ParsePool):
    """How many pages were answered for, and how many wait."""

    answers = waiting = 0

    async def extract(self, job: ParseJob) -> Article:
        self.waiting += 1
        try:
            return await super().extract(job)
        finally:
            self.waiting -= 1
            self.answers += 1


class _World:
    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder, self.rng = folder, rng
        self.time = START
        self.rounds = 0
        self.broken: Counter[str] = Counter()  # polls in a row
        self.breaks = 0
        self.failed: Counter[str] = Counter()
        self.faults: list[str] = []
        self.frozen: list[tuple[float, BaseProcess]] = []
        self.kills: Counter[str] = Counter()
        self.workers = _Counted(PROCESSES, work=partial(slow_parse, folder / "busy"))

    async def torture(self, points: int) -> dict[str, Any]:
        listeners = _listeners([f"127.0.3.{1 + i}" for i in range(OUTLETS)])
        hosts = ["{}:{}".format(*listener.getsockname()) for listener in listeners]
        text = '[settings]\nallow_private_hosts = ["127.0.0.0/8"]\nrevisit_hours = []\n'
        for i, listener in enumerate(listeners):
            host, port = listener.getsockname()
            text += SOURCE.format(i=i, host=host, port=port)
        known = load.load_sources(text)
        servers = [
            await asyncio.start_server(partial(self._answer, i), sock=listener)
            for i, listener in enumerate(listeners)
        ]
        with contextlib.closing(open_store(self.folder / "store")) as store:
            async with (
                Fetcher(known.settings) as fetcher,
                self.workers as workers,
            ):
                io = PollContext(
                    network=fetcher,
                    store=store,
                    parser=workers,
                    settings=known.settings,
                    now=lambda: self.time,
                    rng=self.rng,
                )
                killing = asyncio.create_task(self._kill(points))
                while not killing.done():
                    self.rounds += 1
                    await self._round(io, known.sources)
                killing.result()
                for _ in range(ROUNDS_AT_THE_END):
                    await self._round(io, known.sources)
            stored = Counter(record.url for record in store.latest())
            self.faults += [str(problem) for problem in store.verify()]
        for server in servers:
            server.close()
        return self._judge(stored, hosts, points)

    def _judge(self, stored: Counter[str], hosts: list[str], points: int) -> dict[str, Any]:
        wanted = {
            canonicalise(f"http://{host}/news/{n}") for host in hosts for n in range(NEWS * self.rounds)
        }
        self.faults += [f"lost: {url}" for url in sorted(wanted - stored.keys())]
        self.faults += [f"{count} times: {url}" for url, count in stored.items() if count > 1]
        self.faults += [f"a process is left: {child.pid}" for child in multiprocessing.active_children()]
        lost = ", ".join(f"{count} {code}" for code, count in sorted(self.failed.items())) or "none"
        return {
            "points": points, "faults": self.faults, "articles": len(stored), "broken": self.breaks, "kills": dict(self.kills),
            "said": f"{len(stored):,} articles in {self.rounds} rounds, {self.breaks} polls broken, pages tried again later: {lost}",
        }  # fmt: skip

    async def _round(self, io: PollContext, sources: tuple[Source, ...]) -> None:
        await asyncio.gather(*(self._poll(io, source) for source in sources))
        self.time += timedelta(days=1)

    async def _poll(self, io: PollContext, source: Source) -> None:
        try:
            (outcome,) = await fetch_sources(io, [source])
        except Exception as error:
            self.breaks += 1
            self.broken[source.id] += 1
            if self.broken[source.id] > 1:
                self.faults.append(f"{source.id}: broken {self.broken[source.id]} times in a row: {error!r}")
        else:
            self.broken[source.id] = 0
            self.failed.update(failure.code for failure in outcome.failed)

    # ------------------------------------------------------------------------------------------ signals

    async def _kill(self, points: int) -> None:
        for point in range(points):
            await self._answers(self.rng.randint(0, ANSWERS))
            sign, which = KINDS[point % len(KINDS)]
            chosen = await self._chosen(which)
            for child in chosen:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid or 0, sign)
                if sign == signal.SIGSTOP:
                    self.frozen.append((time.monotonic(), child))
            self.kills[f"{sign.name} {which}"] += 1
            self._thaw()

    async def _answers(self, count: int) -> None:
        """Wait for so many pages to be parsed, or given up."""
        wanted, seen, since = self.workers.answers + count, self.workers.answers, time.monotonic()
        while self.workers.answers < wanted:
            await asyncio.sleep(0.005)
            if self.workers.answers > seen or not self.workers.waiting:
                seen, since = self.workers.answers, time.monotonic()
            elif time.monotonic() > since + STUCK_SECONDS:
                self.faults.append(f"no answer for {STUCK_SECONDS:g} s")
                return

    async def _chosen(self, which: str) -> list[BaseProcess]:
        """Processes of that kind, as soon as there are any; whoever is there, if there are none for long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            children = multiprocessing.active_children()
            at_work = {name.name for name in (self.folder / "busy").iterdir()}
            busy = [child for child in children if str(child.pid) in at_work]
            idle = [child for child in children if child not in busy]
            found = {"idle": idle, "busy": busy, "one": children, "all": children}[which]
            if found or (children and time.monotonic() > deadline):
                self.rng.shuffle(found := found or children)
                return found if which == "all" else found[:1]
            await asyncio.sleep(0.005)

    def _thaw(self) -> None:
        """What was frozen for a minute and was not killed for it goes on."""
        while self.frozen and self.frozen[0][0] < time.monotonic() - FROZEN_SECONDS:
            _, child = self.frozen.pop(0)
            if child.is_alive():
                os.kill(child.pid or 0, signal.SIGCONT)

    # ------------------------------------------------------------------------------------------ outlets

    async def _answer(self, outlet: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1].decode()
                host = head.lower().partition(b"\r\nhost: ")[2].partition(b"\r\n")[0].decode()
                newest = NEWS * self.rounds
                writer.write(page_of(outlet, path, host, range(max(0, newest - 2 * NEWS), newest)))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # the last at the end of all
            pass
        finally:
            writer.close()


def _listeners(hosts: list[str]) -> list[socket.socket]:
    """All on one port."""

    def each() -> Iterator[socket.socket]:
        port = 0
        for host in hosts:
            listener = socket.create_server((host, port), backlog=64)
            port = listener.getsockname()[1]
            yield listener

    return list(each())
