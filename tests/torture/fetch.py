"""kill -9 at random moments of a replayed fetch: nothing lost, torn or doubled after the next run.

A point: a process fetches the demo's recording into a fresh store and reports each article once it is committed; it is
killed at a random moment; the store is judged as it lies there; a second run ends undisturbed; the store is judged again.
The processes are forked from this one, which has everything loaded, so that a point costs a fetch and not a start of
Python. Half of the kills come at any moment, half within milliseconds of a commit; one point in four parses in processes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.report import Report, Table, reach

if TYPE_CHECKING:
    from scraper.pipeline.poll import PollOutcome

BENCH = "kill -9 at random moments of a replayed fetch"
ARTICLES = 15  # that the recording's feeds announce on the first day
POINTS = 200
OUTLETS = 6
# In a row, before the run that is left alone. A page under whose parse the process died three times is put into quarantine
# on purpose, so more would look like loss.
MAX_KILLS = 2
NEAR_SECONDS = 0.01  # of a commit
PROCESSES = 2


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--points", type=int, default=POINTS, help="how many kills (default %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="for the same moments again")
    parser.add_argument(
        "--workers", type=int, default=2, help="parsing processes; 0 parses in the fetching process"
    )


def run(options: argparse.Namespace) -> Report:
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    return torture(options.points, seed=seed)


def torture(points: int, *, seed: int) -> Report:
    """Kill ``points`` fetches; every fault found is a line."""
    _load()
    rng = random.Random(seed)
    faults: list[str] = []
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="darial-torture-") as folder:
        place = Path(folder)
        seconds = {w: _undisturbed(place / f"whole-{w}", w, faults) for w in (0, PROCESSES)}
        for number in range(points):
            store, workers = place / f"{number}", 0 if number % 4 else PROCESSES
            left = rng.randint(1, MAX_KILLS)
            commits, after = _moment(rng, seconds[workers])
            while left:
                acked, ended = _killed(store, workers, commits, after)
                faults += [f"point {number}: {fault}" for fault in _judge(store, acked)]
                found["kills"] += not ended
                found["too late"] += ended
                found["acknowledged"] += len(acked)
                if ended:  # it was quicker: the same point again, earlier
                    shutil.rmtree(store, ignore_errors=True)
                    commits, after = max(0, commits - 1), after / 2
                else:
                    left -= 1
                    commits, after = _moment(rng, seconds[workers])
            _undisturbed(store, workers, faults)
            faults += [f"point {number}, next run: {fault}" for fault in _judge(store, {}, whole=True)]
            shutil.rmtree(store, ignore_errors=True)
    kinds = Counter(fault.rpartition(": ")[2].split(" ")[0] for fault in faults)
    figures = {
        "points": points, "seed": seed, "kills": found["kills"], "ended_before_the_kill": found["too late"],
        "acknowledged_articles": found["acknowledged"], "fetch_seconds": round(seconds[0], 3), "faults": faults[:20],
    }  # fmt: skip
    rows = tuple((name, figures[name]) for name in figures if name != "faults")
    return Report(
        figures=figures,
        reach=(
            reach("kills", found["kills"], ">=", points),
            *(
                reach(f"articles {kind}", kinds[kind], "==", 0)
                for kind in ("lost", "torn", "doubled", "wrong")
            ),
            reach(
                "other faults",
                len(faults) - sum(kinds[k] for k in ("lost", "torn", "doubled", "wrong")),
                "==",
                0,
            ),
        ),
        tables=(
            Table("Kills", ("what", "how many"), rows),
            *([Table("Faults", ("fault",), tuple((f,) for f in faults[:20]))] if faults else []),
        ),
        notes=(f"The same moments again: --seed {seed}",),
    )


def _moment(rng: random.Random, seconds: float) -> tuple[int, float]:
    """After how many commits, and how long after that, to kill."""
    if rng.random() < 0.5:
        return 0, rng.uniform(0, seconds)
    return rng.randint(1, OUTLETS), rng.uniform(0, NEAR_SECONDS)


def _undisturbed(store: Path, workers: int, faults: list[str]) -> float:
    began = time.monotonic()
    pid, pipe = _start(store, workers)
    os.close(pipe)
    _, status = os.waitpid(pid, 0)
    if status != 0:
        faults.append(f"{store.name}: the undisturbed fetch ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began


def _killed(store: Path, workers: int, commits: int, after: float) -> tuple[dict[str, int], bool]:
    """Kill a fetch: what it had acknowledged (id -> seq), and whether it ended before."""
    pid, pipe = _start(store, workers)
    with os.fdopen(pipe, "rb", buffering=0) as acks:
        said = b""
        for _ in range(commits):
            said += acks.read(65_536)
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        while more := acks.read(65_536):
            said += more
    lines = said.decode().splitlines()
    return {id_: int(seq) for id_, _, seq in (line.partition(" ") for line in lines)}, status == 0


def _start(store: Path, workers: int) -> tuple[int, int]:
    """A process that fetches, and the pipe on which it tells what it committed."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    status = 1
    try:
        os.close(reading)
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
        status = _fetch(store, workers, writing)
    finally:
        os._exit(status)


def _load() -> None:
    """Import what a fetch imports lazily, before the forks."""
    from scraper.extract import extractor
    from scraper.warc.transport import ReplayTransport  # noqa: F401

    extractor.warm_up()


def _fetch(store: Path, workers: int, acks: int) -> int:
    import asyncio

    from scraper.cli.demo import RECORDINGS
    from scraper.cli.sources_file import read_sources
    from scraper.pipeline.fetch_once import fetch_once
    from scraper.warc.transport import ReplayTransport

    def tell(outcome: PollOutcome) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(acks, b"".join(f"{record.id} {record.seq}\n".encode() for record in outcome.records))

    known = read_sources(RECORDINGS / "sources.toml")
    replay = ReplayTransport(RECORDINGS / "demo.warc.gz")
    outcomes = asyncio.run(
        fetch_once(known, known.enabled, (), store, transport=replay, on_done=tell, processes=workers)
    )
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _judge(store: Path, acked: dict[str, int], *, whole: bool = False) -> list[str]:
    """What is wrong with a store; the first word of a fault is its kind."""
    from scraper.errors import StoreError
    from storage import open_store

    if not store.exists():
        return [f"lost {len(acked)} acknowledged articles: there is no store"] if acked else []
    try:
        with contextlib.closing(open_store(store)) as opened:  # repairs, as the next run would
            faults = [f"torn {problem}" for problem in opened.verify()]
            records = list(opened.latest())
    except StoreError as error:
        return [f"torn store: {error}"]
    lines = _lines(store)
    urls, seqs = Counter(record.url for record in records), Counter(line["seq"] for line in lines)
    stored = {record.id: record.seq for record in records}
    faults += [f"lost {id_} (seq {seq})" for id_, seq in acked.items() if stored.get(id_) != seq]
    faults += [f"doubled {url}" for url, n in urls.items() if n > 1]
    faults += [f"doubled line {seq} of the JSON files" for seq, n in seqs.items() if n > 1]
    faults += [
        f"wrong revision {record.revision} of {record.url}" for record in records if record.revision != 1
    ]
    if sorted(seqs) != list(range(1, len(records) + 1)):
        faults.append(f"lost lines: {len(seqs)} in the JSON files, {len(records)} in the database")
    if whole and len(records) != ARTICLES:
        faults.append(f"lost {ARTICLES - len(records)} of {ARTICLES} articles")
    return faults


def _lines(store: Path) -> Sequence[dict[str, int]]:
    from scraper.codec import decode_any

    found: list[dict[str, int]] = []
    for path in sorted((store / "articles").glob("*.jsonl")):
        found += [decode_any(line) for line in path.read_bytes().splitlines(keepends=False)]
    return found
