"""The store under every crash: kill -9, power cuts, full disks, lock races, killed upgrades, stops, killed parsers, hostile records.

Each promise of docs/reliability.md with its figure; the parts that are not about the store's own files are modules beside.

Processes are forked from this one, which has everything loaded and no thread, so that a point costs milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.report import Report, Table, reach
from scraper.codec import replace
from scraper.errors import StoreError, StoreLocked
from scraper.model import Article, ExtractedArticle, Extraction, Failure, PollDraft, SourceState
from scraper.urls import canonicalise, identity_keys
from storage import Store, open_store
from storage.files.disk import Files
from storage.files.jsonl import Projection
from storage.line import Line
from storage.search import fts5_shards
from storage.sql import sqlite
from tests.torture.damage import POLLS, flips
from tests.torture.faults import RESUMED_SECONDS, blocked_logs, own_faults
from tests.torture.files import commits, second_daemons, whole_files
from tests.torture.forked import child, read
from tests.torture.pool import pool_kills
from tests.torture.records import records
from tests.torture.stops import PROMISED_SECONDS, stops

BENCH = "the store: kill -9, power cuts, full disks, lock races, killed upgrades, stops under load, killed parsers, hostile records"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
MAX_COMMIT_MS, MAX_SECOND_DAEMON_SECONDS = 5.0, 1.0
MAX_DELAY_SECONDS = 0.006
OPENING_SHARE = 0.3
PACKED_EVERY, PURGED_EVERY = 4, 6  # commits
KEPT = timedelta(days=3)  # what is older is purged
POLL_HOURS = 5  # between two commits: a file holds a few
POINTS_A_STORE = 50  # then a fresh one: judging a store takes as long as it is large
WORDS = [
    f"{a}{b}"
    for a in ["kor", "vel", "sam", "tir", "bon", "gul", "mer", "dav"]
    for b in ["ane", "eti", "ola", "ura", "isi", "umo"]
]


def options(parser: argparse.ArgumentParser) -> None:
    for name, default, what in (
        ("points", 10_000, "kills of a writing process"),
        ("lines", 100, "lines whose writing the power is cut in"),
        ("files", 1_000, "kills of a process that writes a file anew"),
        ("limits", 65, "limits of how large a file may grow"),
        ("races", 100, "races for one store"),
        ("upgrades", 200, "kills of an upgrade"),
        ("stops", 100, "stops of a daemon under load"),
        ("parsers", 100, "kills of parsing processes"),
        ("logs", 12, "daemons whose log nobody reads"),
        ("fault_seconds", 75, "seconds that each fault of our own lasts"),
        ("records", 10_000, "records of hostile texts"),
        ("commits", 2_000, "commits whose time is taken"),
        (
            "flips",
            200,
            "bits that flip in pages of the database; three tenths as many in its lines and in files",
        ),
    ):
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=default, help=f"{what} (%(default)s)"
        )
    parser.add_argument("--seed", type=int, default=None, help="for the same moments again")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="a part by the first word of its name, A1; again for more (all)",
    )


def run(chosen: argparse.Namespace) -> Report:
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    with tempfile.TemporaryDirectory(prefix="darial-torture-") as name:
        folder, rng = Path(name), random.Random(seed)
        work: dict[str, Callable[[], dict[str, Any]]] = {
            "A1 kills": lambda: kills(folder, chosen.points, rng),
            "A2 power cuts": lambda: power_cuts(folder, chosen.lines, rng),
            "A3 commits": lambda: commits(folder, chosen.commits),
            "A4 whole files": lambda: whole_files(folder, chosen.files, rng),
            "A5 full disks": lambda: full_disks(folder, chosen.limits),
            "A6 races": lambda: races(folder, chosen.races),
            "A6 second daemons": lambda: second_daemons(folder),
            "A7 stops": lambda: stops(folder, chosen.stops, rng),
            "A13 upgrades": lambda: upgrades(folder, chosen.upgrades, rng),
            "A15 pool kills": lambda: pool_kills(folder, chosen.parsers, rng),
            "A16 blocked logs": lambda: blocked_logs(folder, chosen.logs, rng),
            "A17 own faults": lambda: own_faults(folder, chosen.fault_seconds),
            "A18 verify flips": lambda: flips(
                folder, chosen.flips, chosen.flips * 3 // 10, rng, fill=_fill_for_flips, write=_commit_another
            ),
            "C10 names, C12 lines": lambda: records(folder, chosen.records, rng),
        }
        parts = {
            name: _timed(part)
            for name, part in work.items()
            if not chosen.only or name.split()[0] in chosen.only
        }
    faults = [f"{name}: {fault}" for name, part in parts.items() for fault in part["faults"]]
    wanted: tuple[tuple[str, str, str, float], ...] = (
        ("A3 commits", "p99_ms", "milliseconds of a commit, 99 of 100", MAX_COMMIT_MS),
        (
            "A6 second daemons",
            "worst_seconds",
            "seconds until a second daemon is gone",
            MAX_SECOND_DAEMON_SECONDS,
        ),
        ("A7 stops", "worst_seconds", "seconds of a stop, at worst", PROMISED_SECONDS),
        ("A16 blocked logs", "worst_seconds", "seconds of a stop with a blocked log", PROMISED_SECONDS),
        (
            "A17 own faults",
            "worst_seconds",
            "seconds from a fault's end to the next article",
            RESUMED_SECONDS,
        ),
    )
    return Report(
        figures={"seed": seed, "parts": parts},
        reach=(
            *(
                reach(what, parts[name][figure], "<=", most)
                for name, figure, what, most in wanted
                if name in parts
            ),
            reach("faults in all", len(faults), "==", 0),
        ),
        tables=(
            Table(
                f"Torture of the store, seed {seed}",
                ("promise", "points", "faults", "figure", "seconds"),
                tuple((n, p["points"], len(p["faults"]), p["said"], p["seconds"]) for n, p in parts.items()),
            ),
        ),
        notes=tuple(faults[:20]),
    )


def _timed(part: Callable[..., dict[str, Any]], *args: Any) -> dict[str, Any]:
    start = time.monotonic()
    result = part(*args)
    return {**result, "seconds": round(time.monotonic() - start, 1)}


# ------------------------------------------------------------------------------------------ what is written


def polls(start: int) -> Iterator[PollDraft]:
    """Polls without end, the same from the same number on: new articles, copies, revisions, repetitions."""
    i = start
    while True:
        rng = random.Random(i)
        found = []
        for k in range(rng.randrange(1, 4)):
            number = rng.choice((i * 3 + k, rng.randrange(i * 3 + 1)))
            edition = rng.randrange(3)
            text = random.Random(number // 2)  # two addresses in a row have one text
            body = [" ".join(text.choices(WORDS, k=30)) for _ in range(text.randrange(1, 25))]
            url = f"https://o{number % 5}.example/story-{number}"
            found.append(
                ExtractedArticle(
                    source=f"o{number % 5}",
                    url=canonicalise(url),
                    urls=(url + "?utm_source=x",),
                    keys=identity_keys(f"o{number % 5}", [url]),
                    article=Article(
                        title=f"Story {number}",
                        body=(*body, f"Edition {'abc'[edition]}"),
                        language="en",
                        extraction=Extraction(method="generic"),
                    ),
                    fetched=NOW + timedelta(hours=POLL_HOURS * i),
                )
            )
        state = SourceState(source=f"o{i % 5}", last_poll=NOW + timedelta(hours=POLL_HOURS * i))
        yield PollDraft(
            source=f"o{i % 5}",
            state=state,
            articles=tuple(found),
            polled=NOW + timedelta(hours=POLL_HOURS * i),
        )
        i += 1


# ------------------------------------------------------------------------------------------ kill -9


def kills(folder: Path, points: int, rng: random.Random) -> dict[str, Any]:
    """A writer that also packs and purges is killed within milliseconds of a commit; what it had reported must be there, once."""
    faults: list[str] = []
    acknowledged: set[str] = set()
    seen = repaired = start = 0
    store = folder / "kills"
    for point in range(points):
        if point % POINTS_A_STORE == 0:
            shutil.rmtree(store, ignore_errors=True)
            acknowledged, start = set(), 0
        pid, pipe = child(lambda out, start=start: _write(store, start, out))  # type: ignore[misc]
        # some of the kills while it opens the store, the others around a commit
        early = b"" if rng.random() < OPENING_SHARE else _some(pipe, rng.randrange(1, 5))
        time.sleep(rng.uniform(0, MAX_DELAY_SECONDS))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for line in read(pipe, early):
            if line.startswith("!"):
                faults.append(f"kill {point}: the writer failed: {line[1:]}")
                continue
            number, *entries = line.split()
            start = int(number) + 1
            acknowledged.update(entries)
            seen += len(entries)
        before = _size(store)
        faults += [f"kill {point}: {fault}" for fault in _judge(store, acknowledged)]
        repaired += _size(store) != before
    return {"points": points, "faults": faults, "said": f"{seen:,} records acknowledged, {repaired} times the files had to be repaired", "acknowledged": seen, "repaired": repaired}  # fmt: skip


def _write(store: Path, start: int, out: int) -> None:
    opened = open_store(store)
    number = start
    for poll in polls(start):
        outcome = opened.commit(poll, now=poll.polled)
        os.write(
            out, f"{number} {' '.join(f'{r.seq}:{r.id}:{r.revision}' for r in outcome.records)}\n".encode()
        )
        if number % PACKED_EVERY == 2:
            opened.compact()
        if number % PURGED_EVERY == 4:
            opened.purge(before=poll.polled - KEPT, now=poll.polled)
        number += 1


def _size(store: Path) -> int:
    return sum(path.stat().st_size for path in (store / "articles").glob("*.jsonl"))


def _some(pipe: int, count: int) -> bytes:
    """What the child reports, at least ``count`` lines of it unless it ends."""
    data = b""
    while data.count(b"\n") < count and (chunk := os.read(pipe, 1 << 16)):
        data += chunk
    return data


def _judge(store: Path, acknowledged: set[str]) -> list[str]:
    """What is wrong with the store after its next start."""
    if not (store / "darial.db").exists():
        return ["acknowledged records without a store"] if acknowledged else []
    try:
        with open_store(store) as opened:
            faults = list(opened.verify())
            lines = list(opened.changes())
            entries = [f"{r.seq}:{r.id}:{r.revision}" for r in lines]
            purged = {str(seq) for r in lines for seq in r.purged}
    except StoreError as error:
        return [f"{error.code}: {error}"]
    if lost := {entry for entry in acknowledged - set(entries) if entry.partition(":")[0] not in purged}:
        faults.append(f"{len(lost)} acknowledged records are lost")
    if len({entry.partition(":")[2] for entry in entries}) != len(entries):
        faults.append("a revision is stored twice")
    return faults


# ------------------------------------------------------------------------------------------ power cuts


class Recorder(Files):
    """The real files, and every state in which a power cut could have left the one that grows."""

    def __init__(self) -> None:
        self.states: list[bytes] = []

    def append(self, path: Path, data: bytes) -> None:
        before = path.read_bytes() if path.exists() else b""
        for cut in range(len(data) + 1):
            self.states.append(before + data[:cut])
            self.states.append(
                before + data[:cut] + bytes(len(data) - cut)
            )  # the size arrived, the data did not
        super().append(path, data)


def power_cuts(folder: Path, count: int, rng: random.Random) -> dict[str, Any]:
    """After every state the next start must bring the file to exactly what the database says."""
    day = "2026-11-23"
    lines = [
        Line(i, day, b'{"seq":%d,"t":"%s"}' % (i, "ა".encode() * rng.randrange(40)))
        for i in range(1, count + 1)
    ]
    place = folder / "power"
    place.mkdir()
    recorder = Recorder()
    projection = Projection(place, recorder)
    faults: list[str] = []
    states = at = 0
    while at < len(lines):
        batch = lines[at : at + rng.randrange(1, 4)]
        mark = projection.mark
        recorder.states.clear()
        projection.append(batch)
        at += len(batch)
        committed = lines[:at]
        whole = b"".join(line.json + b"\n" for line in committed)
        for state in recorder.states:
            states += 1
            projection.path(day).write_bytes(state)
            again = Projection(place)
            again.catch_up(
                mark,
                lambda seq, known=committed: iter(known[seq:]),  # type: ignore[misc]
                lambda _, known=committed: iter(known),  # type: ignore[misc]
            )
            if projection.path(day).read_bytes() != whole:
                faults.append(f"power cut: {len(state)} bytes of {len(whole)} not recovered")
    return {
        "points": states,
        "faults": faults,
        "said": "states of the file: torn at every byte, with and without zeros",
    }


# ------------------------------------------------------------------------------------------ full disks


def full_disks(folder: Path, count: int) -> dict[str, Any]:
    """No file may grow beyond a limit, from nothing to 256 KiB: coded errors, nothing torn, on it goes with more room."""
    faults: list[str] = []
    limits = range(0, 257, max(1, 256 // (count - 1)))
    for limit in limits:
        store = folder / f"disk-{limit}"
        pid, pipe = child(lambda out, store=store, limit=limit: _fill(store, limit * 1024, out))  # type: ignore[misc]
        os.waitpid(pid, 0)
        reports = read(pipe)
        ends = [line for line in reports if line[0] in "!."]
        if ends[-1:] not in (["."], []) and not ends[-1].startswith(("!StoreError", "!StoreLocked")):
            faults.append(f"{limit} KiB: {ends[-1]}")
        acknowledged = {entry for line in reports if line[0].isdigit() for entry in line.split()[1:]}
        faults += [f"{limit} KiB: {fault}" for fault in _judge(store, acknowledged)]
        try:
            with open_store(store) as opened:
                seq = opened.stats().seq
                opened.commit(next(polls(10_000 + limit)), now=NOW)
                if opened.stats().seq <= seq or list(opened.verify()):
                    faults.append(f"{limit} KiB: did not go on")
        except StoreError as error:
            faults.append(f"{limit} KiB: did not go on: {error}")
        shutil.rmtree(store, ignore_errors=True)
    return {"points": len(limits), "faults": faults, "said": "limits from 0 to 256 KiB"}


def _fill(store: Path, limit: int, out: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    _write(store, 0, out)


# ------------------------------------------------------------------------------------------ flips


def _fill_for_flips(store: Store) -> None:
    """Articles, copies, revisions, failures, an article that was purged, a page in quarantine."""
    for _, poll in zip(range(POLLS), polls(0), strict=False):
        why = Failure(url="https://o1.example/x", code="timeout", message="the server did not answer in time")
        store.commit(replace(poll, failures=(why,)), now=poll.polled)
    store.quarantine(
        "https://o1.example/y", source="o1", code="parser_crashed", message="", body=b"<p>", now=NOW
    )
    store.purge(articles=[next(store.latest()).id], now=NOW)


def _commit_another(store: Store) -> None:
    poll = next(polls(POLLS))
    store.commit(poll, now=poll.polled)


# ------------------------------------------------------------------------------------------ races


RACERS = 5


def races(folder: Path, rounds: int) -> dict[str, Any]:
    """Several processes open one store at once: exactly one gets it, and the next can when that one is killed."""
    faults: list[str] = []
    store = folder / "race"
    with open_store(store) as opened:
        opened.commit(next(polls(1)), now=NOW)
    for number in range(rounds):
        racers = [child(lambda out: _race(store, out)) for _ in range(RACERS)]
        said = [os.read(pipe, 100).decode() for _, pipe in racers]
        for pid, pipe in racers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(pipe)
        if said.count("won") != 1 or said.count("locked") != RACERS - 1:
            faults.append(f"race {number}: {said}")
    return {"points": rounds, "faults": faults, "said": f"{RACERS} at once, the winner killed each time"}


def _race(store: Path, out: int) -> None:
    try:
        open_store(store)
    except StoreLocked:
        os.write(out, b"locked")
        return
    os.write(out, b"won")
    time.sleep(60)


# ------------------------------------------------------------------------------------------ upgrades


# Makes a store of the first version: what later migrations made is gone.
_LATER = "\n".join(sqlite.migrations()[1:])
# What makes a store of today one of the first version: everything that later migrations made is taken away.
_FIRST = "".join(
    (
        *(f"DROP INDEX {name};" for name in re.findall(r"^CREATE INDEX (\w+)", _LATER, re.MULTILINE)),
        *(
            f"DROP TABLE IF EXISTS {name};"
            for name in re.findall(r"^CREATE (?:VIRTUAL )?TABLE (\w+)", _LATER, re.MULTILINE)
        ),
        *(
            f"ALTER TABLE {table} DROP COLUMN {column};"
            for table, column in re.findall(r"^ALTER TABLE (\w+) ADD COLUMN (\w+)", _LATER, re.MULTILINE)
        ),
        f"DROP TABLE {fts5_shards.table_of(0)};",
        "DELETE FROM meta WHERE key NOT IN ('sketch', 'projected'); PRAGMA user_version = 1;",
    )
)


def upgrades(folder: Path, points: int, rng: random.Random) -> dict[str, Any]:
    """The upgrade of an old store is killed; the store is then old or new, whole either way, and the next try succeeds."""
    old = folder / "old"
    with open_store(old) as opened:
        for number, poll in zip(range(40), polls(1), strict=False):
            opened.commit(poll, now=NOW + timedelta(minutes=number))
        entries = {f"{r.seq}:{r.id}:{r.revision}" for r in opened.changes()}
    with contextlib.closing(sqlite3.connect(old / "darial.db")) as db:
        db.executescript(_FIRST)
    whole = _seconds_of_an_upgrade(old, folder / "upgrade")
    faults: list[str] = []
    halfway = 0
    for point in range(points):
        store = folder / "upgrade"
        shutil.copytree(old, store)
        pid, pipe = child(lambda out, store=store: _upgrade(store, out))  # type: ignore[misc]
        time.sleep(rng.uniform(0, whole))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        halfway += not read(pipe)
        with contextlib.closing(sqlite3.connect(store / "darial.db")) as db:
            if not 1 <= db.execute("PRAGMA user_version").fetchone()[0] <= len(sqlite.migrations()):
                faults.append(f"upgrade {point}: a version that does not exist")
        faults += [f"upgrade {point}: {fault}" for fault in _judge(store, entries)]
        with open_store(store, read_only=True) as opened:
            if not opened.search("story").hits:
                faults.append(f"upgrade {point}: the search index is empty")
        shutil.rmtree(store)
    return {"points": points, "faults": faults, "said": f"{halfway} before the upgrade was done"}


def _upgrade(store: Path, out: int) -> None:
    open_store(store).close()
    os.write(out, b"done\n")


def _seconds_of_an_upgrade(old: Path, store: Path) -> float:
    shutil.copytree(old, store)
    start = time.monotonic()
    pid, pipe = child(lambda out: _upgrade(store, out))
    os.waitpid(pid, 0)
    seconds = time.monotonic() - start
    if read(pipe) != ["done"]:
        sys.stderr.write("the undisturbed upgrade failed\n")
    shutil.rmtree(store)
    return seconds
