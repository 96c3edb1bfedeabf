"""Bits that flip in a store's files: a part of ``python -m tests.torture store``.

Each flip is one bit of a page of the database, of a line in it, or of a line of a JSON file. ``verify`` must name it, or it must
do no harm: every export the same, byte for byte, and the same articles found. Whatever is damaged, nothing may end as a bug.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from scraper.errors import StoreError
from storage import Filter, Store, open_store

POLLS = 60
QUERIES = ("story", "koraane OR velola", "samisi", "edition -tirane")


def flips(
    folder: Path,
    pages: int,
    lines: int,
    rng: random.Random,
    *,
    fill: Callable[[Store], object],
    write: Callable[[Store], object],
) -> dict[str, Any]:
    """``fill`` writes the store that is damaged, a flip at a time; ``write`` is one more commit."""
    whole, spoilt = folder / "whole", folder / "spoilt"
    with open_store(whole) as store:
        fill(store)
    wanted = _answers(whole)
    counts: Counter[str] = Counter()
    faults: list[str] = []
    kinds = (("page", pages, _flip_page), ("line", lines, _flip_line), ("file", lines, _flip_file))
    for kind, count, flip in kinds:
        for _ in range(count):
            shutil.rmtree(spoilt, ignore_errors=True)
            shutil.copytree(whole, spoilt)
            what = flip(spoilt, rng)
            verdict = judge(spoilt, wanted, write)
            counts[f"{kind} {verdict.partition(':')[0]}"] += 1
            if not verdict.startswith(("named", "harmless")):
                faults.append(f"{what}: {verdict}")
    said = ", ".join(f"{counts[f'{kind} named']} of {count} in {kind}s named" for kind, count, _ in kinds)
    harmless = sum(number for verdict, number in counts.items() if verdict.endswith("harmless"))
    return {"points": pages + 2 * lines, "faults": faults, "said": f"{said}, {harmless} harmless"}


def judge(place: Path, wanted: dict[str, Any], write: Callable[[Store], object]) -> str:
    """``named`` or ``harmless``; anything else, with what happened, is a fault."""
    try:
        with open_store(place, read_only=True) as store:
            named = list(store.verify())
    except StoreError:  # it says which file
        named = ["refused"]
    except Exception as bug:
        return f"bug: verify: {type(bug).__name__}: {bug}"
    try:
        there = _answers(place)
    except StoreError as error:
        return "named" if named else f"unnamed: {error}"
    except Exception as bug:
        return f"bug: {type(bug).__name__}: {bug}"
    if bug_ := _bug_of_a_writer(place, write):
        return bug_
    if named:
        return "named"
    unlike = [name for name in wanted if there[name] != wanted[name]]
    return f"unnamed: not the same: {', '.join(unlike)}" if unlike else "harmless"


def _bug_of_a_writer(place: Path, write: Callable[[Store], object]) -> str | None:
    try:
        with open_store(place) as store:
            write(store)
    except StoreError:
        return None
    except Exception as bug:
        return f"bug: commit: {type(bug).__name__}: {bug}"
    return None


def _answers(place: Path) -> dict[str, Any]:
    """What a store exports and finds. What it leaves out as damaged is no part of it. What `status` shows must be answered."""
    with open_store(place, read_only=True) as store:
        for ask in (store.failures, store.quarantined, store.stats, store.newest, store.clusters):
            ask()
        store.tallies(date.min)
        return {
            "latest": list(store.latest_lines(damaged=lambda _: None)),
            "changes": list(store.change_lines(damaged=lambda _: None)),
            "of a source": list(store.latest_lines(Filter(sources=("o1",)), damaged=lambda _: None)),
            "states": store.source_states(),
            "files": [path.read_bytes() for path in sorted((place / "articles").glob("*.jsonl*"))],
            **{
                f"search {query}": sorted(hit.record.id for hit in store.search(query, limit=1000).hits)
                for query in QUERIES
            },
        }


# ------------------------------------------------------------------------------------------ flips


def _flip_page(place: Path, rng: random.Random) -> str:
    """Any page; in two of three tries a byte that is not zero, for most of a page may be free."""
    path = place / "darial.db"
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    start = rng.randrange(len(data) // size) * size
    at = start + rng.randrange(size)
    if rng.random() < 2 / 3:
        at = next((i for i in range(at, start + size) if data[i]), at)
    bit = 1 << rng.randrange(8)
    data[at] ^= bit
    path.write_bytes(data)
    return f"page {at // size + 1} byte {at % size} bit {bit}"


def _flip_line(place: Path, rng: random.Random) -> str:
    with contextlib.closing(sqlite3.connect(place / "darial.db", isolation_level=None)) as db:
        seqs = db.execute("SELECT seq FROM line ORDER BY seq").fetchall()
        (seq,) = rng.choice(seqs)
        (raw,) = db.execute("SELECT json FROM line WHERE seq = ?", (seq,)).fetchone()
        spoilt, at = _flipped(raw, rng)
        db.execute("UPDATE line SET json = ? WHERE seq = ?", (spoilt, seq))
    return f"line {seq} byte {at}"


def _flip_file(place: Path, rng: random.Random) -> str:
    path = rng.choice(sorted((place / "articles").glob("*.jsonl")))
    spoilt, at = _flipped(path.read_bytes(), rng)
    path.write_bytes(spoilt)
    return f"{path.name} byte {at}"


def _flipped(raw: bytes, rng: random.Random) -> tuple[bytes, int]:
    at = rng.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :], at
