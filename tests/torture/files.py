"""What the store's files and its lock promise to others: parts of ``python -m tests.torture store``.

A file that is written whole is never seen in part, whoever reads it and whenever its writer is killed; a commit costs
milliseconds; a second daemon is told at once.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scraper.codec import decode_any, encode
from scraper.errors import DarialError
from scraper.model import Article, ExtractedArticle, Extraction, PollDraft, SourceState
from scraper.urls import canonicalise, identity_keys
from storage import open_store
from storage.files.disk import Files
from tests.torture.forked import child, read

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
LARGEST_BYTES = 200_000
MAX_DELAY_SECONDS = 0.004
COMMITS = 2_000
RECORD_BYTES = 6_000
SECOND_DAEMONS = 5
LOCKED = 75


def whole_files(folder: Path, points: int, rng: random.Random) -> dict[str, Any]:
    """A file is written anew again and again and its writer killed, while this process reads it without a pause."""
    place = folder / "whole"
    place.mkdir()
    target = place / "state.json"
    Files().replace(target, [_content(0)])
    faults: list[str] = []
    reads = 0
    for point in range(points):
        pid, pipe = child(lambda _, point=point: _write_anew(target, point))  # type: ignore[misc]
        end = time.monotonic() + rng.uniform(0, MAX_DELAY_SECONDS)
        killed = False
        while not killed or reads % 2:
            if not killed and time.monotonic() >= end:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                killed = True
            reads += 1
            if fault := _judge(target):
                faults.append(f"point {point}: {fault}")
        read(pipe)
        if len(left := list(place.iterdir())) > 2:
            faults.append(f"point {point}: {len(left)} files")
    return {"points": points, "faults": faults, "said": f"{reads:,} reads, each of a whole file"}


def _content(number: int) -> bytes:
    size = random.Random(number).randrange(LARGEST_BYTES)
    return encode({"number": number, "size": size, "text": "x" * size, "end": number})


def _write_anew(target: Path, start: int) -> None:
    number = start * 1000
    while True:
        number += 1
        data = _content(number)
        Files().replace(target, [data[: len(data) // 2], data[len(data) // 2 :]])


def _judge(target: Path) -> str | None:
    try:
        value = decode_any(target.read_bytes())
    except (OSError, DarialError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    whole = value["number"] == value["end"] and len(value["text"]) == value["size"]
    return None if whole else "mixed"


def commits(folder: Path, count: int = COMMITS) -> dict[str, Any]:
    """One article of 6 KB a commit: dedupe, search index, database and JSON line, all on the disk when it returns.

    Beside each a bare append of as many bytes: what the disk and whoever else uses it let through.
    """
    rng = random.Random(1)
    words = ["".join(rng.choices("abdegiklmnorstuv", k=rng.randint(2, 9))) for _ in range(5_000)]
    spent, floor = [], []
    bare = folder / "bare"
    with open_store(folder / "commits") as store:
        for number in range(count):
            poll = _poll(number, words, rng)
            began = time.perf_counter()
            store.commit(poll, now=poll.polled)
            spent.append(time.perf_counter() - began)
            began = time.perf_counter()
            Files().append(bare, b"x" * RECORD_BYTES)
            floor.append(time.perf_counter() - began)
    middle, late, least = (
        sorted(times)[len(times) * share // 100] * 1000
        for times, share in ((spent, 50), (spent, 99), (floor, 99))
    )
    return {
        "points": count,
        "faults": [],
        "p50_ms": round(middle, 2),
        "p99_ms": round(late, 2),
        "floor_p99_ms": round(least, 2),
        "said": f"{middle:.1f} ms in the middle, {late:.1f} for 99 of 100 ({least:.1f} for a bare append that is synced)",
    }


def _poll(number: int, words: list[str], rng: random.Random) -> PollDraft:
    body, left = [], RECORD_BYTES
    while left > 0:
        body.append(" ".join(rng.choices(words, k=60)))
        left -= len(body[-1])
    url, source = f"https://o{number % 50}.example/story-{number}", f"o{number % 50}"
    at = NOW + timedelta(seconds=number)
    found = ExtractedArticle(
        source=source,
        url=canonicalise(url),
        urls=(url,),
        keys=identity_keys(source, [url]),
        article=Article(
            title=" ".join(rng.choices(words, k=8)), body=tuple(body), language="en", extraction=Extraction(method="generic")
        ),
        fetched=at,
    )  # fmt: skip
    state = SourceState(source=source, last_poll=at)
    return PollDraft(source=source, state=state, articles=(found,), polled=at)


def second_daemons(folder: Path, count: int = SECOND_DAEMONS) -> dict[str, Any]:
    """A daemon on a store that another process owns: it says so and ends with 75, from the start of Python to the end."""
    store = folder / "owned"
    faults, spent = [], []
    with open_store(store) as opened:
        opened.settled("")  # makes and locks it
        for _ in range(count):
            command = [sys.executable, "run_daemon.py", "--store", str(store)]
            began = time.monotonic()
            done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
            spent.append(time.monotonic() - began)
            if done.returncode != LOCKED:
                faults.append(f"ended with {done.returncode}: {done.stderr[-200:]!r}")
        opened.settled("")  # and goes on with its work
    worst = max(spent)
    return {
        "points": count,
        "faults": faults,
        "worst_seconds": round(worst, 2),
        "said": f"{worst:.2f} s at worst, Python's start included",
    }
