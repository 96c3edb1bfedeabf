"""Recordings with one bad record among good ones: bytes changed by chance, and records that are as large as they can be.

What is sought: an uncaught error, a good record that is lost, and time or memory that grows with what is bad.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.report import Report, Table, reach
from scraper.ingest import warc_files
from scraper.ingest.model import RefusedPage, SavedPage
from tests.support.damaged_recordings import FORMS, HEADS, record, written
from tests.support.world import article
from tests.torture.forked import child, read

BENCH = "damaged recordings: each good record is read, time and memory stay bounded"
MAX_SECONDS = 10.0  # CPU, for one of the giants
MAX_RISE_MB = 64
PAGES = 5
BAD = 2
URLS = [f"https://herald.example/news/{n}" for n in range(PAGES)]
MEGABYTES = 50

_HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://herald.example/bad\r\n"
_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def _block(block: bytes) -> bytes:
    return _HEAD + b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"


GIANTS: dict[str, Callable[[], bytes]] = {
    "a header line of 50 MB": lambda: _HEAD + b"X-Long: " + b"x" * (MEGABYTES << 20) + b"\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
    "a header line of 50 MB without end": lambda: _HEAD + b"X-Long: " + b"x" * (MEGABYTES << 20),
    "three million header lines": lambda: _HEAD + b"X-Y: zzzzzzzz\r\n" * 3_000_000 + b"Content-Length: 0\r\n\r\n\r\n\r\n",
    "an HTTP header line of 15 MB": lambda: _block(_HTTP + b"X: " + b"x" * (15 << 20) + b"\r\n\r\n"),
    "an HTTP header line of 50 MB": lambda: _block(_HTTP + b"X: " + b"x" * (MEGABYTES << 20) + b"\r\n\r\n"),
    "three million HTTP header lines": lambda: _block(_HTTP + b"X: y\r\n" * 3_000_000 + b"\r\n"),
    "a body of 50 MB": lambda: _block(_HTTP + b"\r\n" + b"<p>x" * (MEGABYTES << 18)),
    "100,000 heads with lengths of 15 MB": lambda: (_HEAD + b"Content-Length: 15000000\r\n\r\n") * 100_000,
    "100,000 heads with lengths of gigabytes": lambda: (_HEAD + b"Content-Length: 9999999999\r\n\r\n") * 100_000,
    "100,000 names of the format": lambda: b"WARC/1.0\r\n" * 100_000,
    "50 MB of random bytes": lambda: random.Random(1).randbytes(MEGABYTES << 20),
    "200 MB of zeros": lambda: b"\0" * (200 << 20),
    "a million heads of gzip": lambda: b"\x1f\x8b\x08\x00\x00\x00\x00\x00" * 1_000_000,
}  # fmt: skip


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=20_000, help="recordings damaged by chance (20,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the damage (1)")


def run(chosen: argparse.Namespace) -> Report:
    faults: list[str] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.warc.gz"
        lost = by_chance(path, chosen.files, random.Random(chosen.seed), faults)
        rows = [giant(path, name, form, faults) for name in GIANTS for form in FORMS[:3]]
    slowest, risen = max(row[2] for row in rows), max(row[3] for row in rows)
    return Report(
        figures={
            "files": chosen.files,
            "seed": chosen.seed,
            "giants": len(rows),
            "slowest_cpu_s": slowest,
            "risen_mb": risen,
            "wall_s": round(time.monotonic() - began, 1),
        },
        reach=(
            reach("uncaught errors, and giants that cost a good record", len(faults), "==", 0),
            reach("good records lost of files damaged by chance", lost, "==", 0),
            reach("CPU seconds of the slowest giant", slowest, "<=", MAX_SECONDS),
            reach("memory risen by a giant, at worst, MB", risen, "<=", MAX_RISE_MB),
        ),
        tables=(Table("Giants among good records", ("what", "form", "CPU s", "MB", "pages"), tuple(rows)),),
        notes=tuple(faults[:10]),
    )


def by_chance(path: Path, count: int, chance: random.Random, faults: list[str]) -> int:
    """Damage a few bytes anywhere; how many records were lost of which no byte was touched."""
    lost = 0
    for number in range(count):
        form = FORMS[number % 2]
        records = [record(url, article(n), digest=True) for n, url in enumerate(URLS)]
        if chance.random() < 0.3:
            records[BAD] = chance.choice(list(HEADS.values()))(records[BAD])
        data, places = written(records, form)
        at, size = chance.randrange(len(data)), chance.choice((1, 2, 8, 60, 300, 2000))
        more = chance.choice((size, size, 0, 2 * size))
        torn = data[:at] + chance.randbytes(more) + data[at + size :]
        ends = [*places[1:], len(data)]
        whole = {URLS[n] for n in range(PAGES) if n != BAD and (places[n] >= at + size or ends[n] <= at)}
        path.write_bytes(torn)
        try:
            pages = {step.page.url for step in warc_files.read_warc(path) if isinstance(step.page, SavedPage)}
        except Exception as error:
            faults.append(f"{form}, {size} bytes at {at}: {type(error).__name__}: {error}")
            continue
        lost += len(whole - pages)
    return lost


def giant(path: Path, name: str, form: str, faults: list[str]) -> tuple[Any, ...]:
    """One giant in the middle: CPU seconds and MB more than before, in a process of its own."""
    records = [record(url, article(n)) for n, url in enumerate(URLS)]
    records.insert(BAD, GIANTS[name]())
    data, _ = written(records, form)
    path.write_bytes(data)
    del data, records

    def work(pipe: int) -> None:
        before = _peak_mb(reset=True)
        began = time.process_time()
        pages = refused = 0
        for step in warc_files.read_warc(path):
            pages += isinstance(step.page, SavedPage)
            refused += isinstance(step.page, RefusedPage)
        spent = time.process_time() - began
        os.write(pipe, f"{spent:.2f} {_peak_mb() - before:.1f} {pages} {refused}\n".encode())

    pid, pipe = child(work)
    (line,) = read(pipe)
    os.waitpid(pid, 0)
    if line.startswith("!"):
        faults.append(f"{name}, {form}: {line}")
        return name, form, 0.0, 0.0, 0
    spent, risen, pages, _ = line.split()
    if int(pages) != PAGES:
        faults.append(f"{name}, {form}: {pages} of {PAGES} pages")
    return name, form, float(spent), float(risen), int(pages)


def _peak_mb(*, reset: bool = False) -> float:
    """The most memory this process has had, since the last reset where the system has one."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
