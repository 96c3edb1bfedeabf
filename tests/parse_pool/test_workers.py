"""A page that crashes or hangs its parser costs that page alone; a worker that dies of something else costs nothing."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import NoArticle, ParseError, WorkerLost
from scraper.model import Article
from scraper.parse_pool import ParseJob, ParsePool
from scraper.parse_pool.process_pool import Pool
from tests.support.hostile_parser import PATIENCE_SECONDS, until, wait_in, work
from tests.support.shared import ROOT

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LARGE = b"x" * (4 << 20)  # more than a socket holds


def pids() -> list[int]:
    """The workers of this process."""
    return [process.pid for process in multiprocessing.active_children() if process.pid]


def working(folder: Path, count: int = 1) -> list[int]:
    """So many processes that wait there, seen at work for the first time."""
    names = until(lambda: len(found := list(folder.glob("*.pid"))) >= count and found)
    for name in names:
        name.unlink()
    return [int(name.stem) for name in names]


def job(data: bytes) -> ParseJob:
    return ParseJob(data=data, url="https://a.example/" + data[:40].decode().replace(" ", "-"), now=NOW)


def shown(results: list[Any]) -> list[Any]:
    return [r.code if isinstance(r, WorkerLost) else getattr(r, "title", r) for r in results]


@pytest.mark.parametrize("processes", [0, 1])
def test_a_page_is_parsed(processes):
    """In a process or in this one, the same article comes out; an orderly failure keeps its class, code and URL."""

    async def main() -> None:
        async with ParsePool(processes, work=work) as pool:
            assert (await pool.extract(job(b"good"))).title == "good"
            with pytest.raises(NoArticle) as caught:
                await pool.extract(job(b"no article"))
            assert (caught.value.code, caught.value.url) == ("no_article", "https://a.example/no-article")
            with pytest.raises(ParseError) as broken:
                await pool.extract(job(b"bug"))
            assert broken.value.code == "parser_error"

    asyncio.run(main())


def test_a_lost_worker_costs_its_page_alone():
    """A crash, a hang and a page without end among good ones: those fail with their codes, the order holds, the rest is parsed."""
    pages = [b"one", b"segfault", b"two", b"hang", b"memory", b"three"]
    with ParsePool(2, page_seconds=6.0, work=work) as pool:
        results = list(pool.extract_all(map(job, pages)))
    assert shown(results) == ["one", "parser_crashed", "two", "parser_timeout", "parser_crashed", "three"]


def test_the_real_work_runs_in_a_process():
    """The default work parses a page in a spawned process."""
    page = (
        b"<html><body><article><h1>T</h1><p>"
        + b"A sentence of the article, long enough. " * 20
        + b"</p></article>"
    )
    with ParsePool(1) as pool:
        (article,) = pool.extract_all([job(page)])
    assert isinstance(article, Article)
    assert len(article.body) == 1


# ------------------------------------------------------------------------------------------ signals from elsewhere


@pytest.fixture
def pool() -> Iterator[ParsePool]:
    """Two workers that are both up and idle."""
    with ParsePool(2, page_seconds=PATIENCE_SECONDS, work=work) as pool:
        assert shown(list(pool.extract_all(map(job, [b"one", b"two"])))) == ["one", "two"]
        until(lambda: len(pids()) == 2)
        yield pool


@pytest.mark.parametrize(
    "sign, count",
    [
        (signal.SIGKILL, 1),
        (signal.SIGKILL, 2),
        (signal.SIGSTOP, 1),
        (signal.SIGSTOP, 2),
        (signal.SIGTERM, 1),
    ],
)
def test_idle_workers_that_are_lost_cost_nothing(pool, sign, count):
    """Killed or frozen, one or all, twice: every page is parsed, large ones too, by workers that live."""
    pages = [b"one", LARGE, b"two", LARGE, b"three"]
    for _ in range(2):
        before = pids()[:count]
        for pid in before:
            os.kill(pid, sign)
        assert shown(list(pool.extract_all(map(job, pages)))) == [p[:40].decode() for p in pages]
        assert not set(before) & set(pids()) or count == 1  # nobody had to ask the one


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("count", [1, 2])
def test_busy_workers_that_are_lost_cost_nothing(pool, tmp_path, sign, count):
    """Their pages are tried again at once, alone; those that waited behind them are parsed."""
    page = b"wait " + bytes(tmp_path)

    async def main() -> list[Any]:
        tasks = [asyncio.create_task(pool.extract(job(p))) for p in (page, page, b"one", b"two")]
        for pid in (await asyncio.to_thread(working, tmp_path, 2))[:count]:
            os.kill(pid, sign)
        await asyncio.to_thread(working, tmp_path, count)  # at work on the same again
        (tmp_path / "go").touch()
        return await asyncio.gather(*tasks)

    assert shown(asyncio.run(main())) == [page.decode()[:40]] * 2 + ["one", "two"]


def test_a_page_whose_second_worker_dies_too_is_lost(pool, tmp_path):
    """It may be what killed both: it fails with its code, and its neighbour goes on."""
    page = b"wait " + bytes(tmp_path)

    async def main() -> list[Any]:
        task = asyncio.create_task(pool.extract(job(page)))
        for _ in range(2):
            (pid,) = await asyncio.to_thread(working, tmp_path)
            os.kill(pid, signal.SIGKILL)
        lost = (await asyncio.gather(task, return_exceptions=True))[0]
        return [lost, await pool.extract(job(b"one"))]

    assert shown(asyncio.run(main())) == ["parser_crashed", "one"]


PARENT = """
import sys, threading
from pathlib import Path
from scraper.parse_pool.process_pool import Pool
from tests.parse_pool.test_workers import holds_everything, nothing, process_id
if __name__ == "__main__":
    pool = Pool(2, begin=nothing, jobs_per_process=100)
    pool.submit(holds_everything, Path(sys.argv[1]), seconds=3600, url=None)
    print(pool.submit(process_id, None, seconds=60, url=None).result(), flush=True)
    threading.Event().wait()
"""


def nothing() -> None:
    """Begin with nothing."""


def process_id(_: object) -> int:
    return os.getpid()


def holds_everything(folder: Path) -> None:
    """Never returns from C, so that no thread of its process can do anything."""
    (folder / f"{os.getpid()}.pid").touch()
    re.match(r"(a*)*b", "a" * 60)


@pytest.mark.parametrize("frozen", [False, True])
def test_no_orphan_stays(tmp_path, frozen):
    """Killed with -9, a parent takes its workers along: the idle one and the one that hangs in C, even if they are frozen."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script, tmp_path], env=environment, cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()), *working(tmp_path)]
        assert len(set(workers)) == 2
        assert all(map(lives, workers))
        for pid in workers * frozen:
            os.kill(pid, signal.SIGSTOP)
        parent.kill()
    until(lambda: not any(map(lives, workers)))


def lives(pid: int) -> bool:
    """True if there is such a process, and not only what is left of it until somebody collects it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# ------------------------------------------------------------------------------------------ the pool itself


def outcome(argument: str) -> Any:
    match argument:
        case "unpicklable":
            return threading.Lock()
        case "odd error":
            raise OddError(1, 2)
        case "os error":
            raise FileNotFoundError(2, "a file of the work's")
        case "leave":
            raise SystemExit(3)
    return argument.upper()


class OddError(Exception):
    """Can be pickled and not read again."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} {two}")


@pytest.mark.parametrize(
    ("argument", "raised", "said"),
    [
        ("unpicklable", TypeError, "pickle"),
        ("odd error", RuntimeError, "OddError: 1 2"),
        ("os error", FileNotFoundError, "a file of the work's"),
        ("leave", WorkerLost, "crashed"),
    ],
)
def test_any_work_can_be_run(argument, raised, said):
    """What it returns is returned and what it raises is raised; only what ends its process is a lost worker."""

    async def main() -> None:
        async with ParsePool(1) as pool:
            with pytest.raises(raised, match=said):
                await pool.run(outcome, argument, url="https://a.example/")
            assert await pool.run(outcome, "fine") == "FINE"

    asyncio.run(main())


def test_a_fresh_process_now_and_then():
    """After so many jobs a process is replaced."""
    pool = Pool(1, begin=nothing, jobs_per_process=2)
    try:
        seen = [pool.submit(process_id, None, seconds=PATIENCE_SECONDS, url=None).result() for _ in range(6)]
    finally:
        pool.close()
    assert seen[0] == seen[1] != seen[2] == seen[3] != seen[4] == seen[5]


def dies() -> None:
    """Begin by not beginning."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_no_process_to_be_had():
    """Where none can be started the job hears of it, with an error that is nobody's page's."""
    pool = Pool(1, begin=dies, jobs_per_process=2, patience_seconds=1.0)
    try:
        with pytest.raises(OSError, match="no process") as caught:
            pool.submit(process_id, None, seconds=PATIENCE_SECONDS, url=None).result(PATIENCE_SECONDS)
        assert not isinstance(caught.value, TimeoutError)
    finally:
        pool.close()


def test_closing_ends_all_at_once(tmp_path):
    """What runs, frozen or not, and what waits is cancelled; no process is left."""
    pool = Pool(2, begin=nothing, jobs_per_process=100)
    futures = [pool.submit(wait_in, tmp_path, seconds=3600, url=None) for _ in range(4)]
    os.kill(working(tmp_path, 2)[0], signal.SIGSTOP)
    pool.close()
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(PATIENCE_SECONDS)
    assert pids() == []
