"""Every torture one after the other, each in a process of its own, and one table of all their parts at the end.

What a torture prints is passed on as it comes. The table is made of the JSON line that each ends with: its parts, where it
has any, and what was asked of it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.report import ROOT, Report, Table, reach
from scraper.codec import DecodeError, decode_any

BENCH = "all tortures, and one table of their figures at the end"
NAMES = (
    "store",
    "network",
    "patterns",
    "pages",
    "feeds",
    "fetch",
    "recordings",
)
SHORT = {  # the same in minutes: something of everything
    "store": (
        "--points=200", "--lines=20", "--files=50", "--races=10", "--upgrades=10", "--stops=3", "--parsers=16", "--logs=2", "--fault-seconds=15", "--records=500", "--commits=300", "--flips=40",
    ),
    "network": ("--aborts=500", "--polls=500", "--addresses=500", "--feed-seconds=1", "--page-seconds=1.5"),
    "pages": ("--pages=1000", "--steps=3"),
    "feeds": ("--feeds=1000", "--steps=3"),
    "fetch": ("--points=10",),
    "recordings": ("--files=500",),
}  # fmt: skip


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--short", action="store_true", help="a small part of each, some two minutes")
    parser.add_argument(
        "--only", action="append", choices=NAMES, metavar="NAME", help="one torture; again for more"
    )


def run(chosen: argparse.Namespace) -> Report:
    rows: list[tuple[Any, ...]] = []
    seconds, ends = {}, {}
    for name in chosen.only or NAMES:
        began = time.monotonic()
        result = _torture(name, SHORT.get(name, ()) if chosen.short else ())
        seconds[name] = round(time.monotonic() - began, 1)
        ends[name] = result
        rows += _rows(name, result)
    failed = [name for name, result in ends.items() if not (result and result["ok"])]
    return Report(
        figures={"seconds": seconds, "total_seconds": round(sum(seconds.values()), 1), "results": ends},
        reach=(reach("tortures that found something", len(failed), "==", 0),),
        tables=(Table("All tortures", ("torture", "promise", "points", "figure", "ok"), tuple(rows)),),
        notes=tuple(f"{name} found something, or did not end: see above" for name in failed),
    )


def _torture(name: str, options: tuple[str, ...]) -> dict[str, Any] | None:
    """What it found; None if it died."""
    command = [sys.executable, "-m", "tests.torture", name, *options]
    last = b""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
            last = line
    try:
        found: dict[str, Any] = decode_any(last)
    except DecodeError:
        return None
    return found


def _rows(name: str, result: dict[str, Any] | None) -> Iterator[tuple[Any, ...]]:
    """A row for each part, and one for each thing asked for beside "no fault"."""
    if result is None:
        yield name, "", "", "it died", "NO"
        return
    for part, found in result["figures"].get("parts", {}).items():
        yield name, part, found["points"], found["said"], _word(not found["faults"])
    for asked in result["reach"]:
        yield name, asked["what"], "", f"{asked['got']:g} ({asked['want']})", _word(asked["ok"])


def _word(ok: bool) -> str:
    return "yes" if ok else "NO"
