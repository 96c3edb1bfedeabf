"""The store at size: ingest, lookup, iteration, tail, search, rebuild, verify, each against its floor in the same run.

The floor of ingest is a bare SQLite table and a bare FTS5 table, written in the same transactions' size with the same
durability: no dedupe, no identity, no JSON files. The floor of iteration is decoding the same bytes from memory.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import report
from bench.press import Press
from bench.report import Report, Table, reach
from scraper.codec import decode, encode
from scraper.copies.dedupe import folded
from scraper.model import Article, Extraction, FeedOrigin, Found, Headline, PollResult, Record, SourceState
from scraper.urls import article_id, identity_keys
from scraper.words.text import fold
from storage import Filter, open_store
from storage.protocol import Store

BENCH = "the store: ingest, lookup, iterate, search, rebuild, verify against floors"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
BATCH = 500
BODY_BYTES = 2600  # makes a line of about 4 KB
OUTLETS = 100
WINDOW = 10_000
SAMPLES = 300


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--records", type=int, default=50_000, help="how many (default 50,000; the goal is 1,000,000)"
    )
    parser.add_argument("--seed", type=int, default=4)


def found(press: Press, n: int) -> Found:
    """Article ``n``: one in twenty is another outlet's copy of an earlier one."""
    original = n - 777 if n % 20 == 0 and n > 777 else n
    story = press.story(original)
    body = list(story.body)
    extra = press.story(original + 10_000_000).body
    while sum(len(p.encode()) for p in body) < BODY_BYTES and extra:
        body.append(extra[0])
        extra = extra[1:]
    outlet = f"outlet{n % OUTLETS}"
    url = f"https://{outlet}.example/news/{n}-{article_id(str(original))[:6]}-of-the-day"
    related = tuple(
        Headline(
            title=press.story(max(1, n - k)).title, url=f"https://{outlet}.example/news/{max(1, n - k)}-x"
        )
        for k in (OUTLETS, 2 * OUTLETS, 3 * OUTLETS)
    )
    at = NOW + timedelta(seconds=4 * n)
    return Found(
        source=outlet,
        url=url,
        urls=(f"{url}?utm_source=rss",),
        keys=identity_keys(outlet, [url], str(n)),
        article=Article(
            title=story.title,
            body=tuple(body),
            related=related,
            authors=("A. Writer",),
            published=at,
            published_raw=at.isoformat(),
            published_from="meta",
            language=story.language,
            extraction=Extraction(method="generic", confidence=0.9),
        ),
        fetched=at,
        feed=FeedOrigin(url=f"https://{outlet}.example/feed", guid=str(n)),
    )


class Floor:
    """A table and a full text index, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA cache_size = -65536")
        self.db.execute("CREATE TABLE record (seq INTEGER PRIMARY KEY, json BLOB NOT NULL)")
        self.db.execute(
            "CREATE VIRTUAL TABLE text USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2')"
        )

    def write(self, records: Iterable[Record]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        for record in records:
            self.db.execute("INSERT INTO record VALUES (?, ?)", (record.seq, encode(record)))
            self.db.execute(
                "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)",
                (record.seq, fold(record.title or ""), folded(record.body)),
            )
        self.db.execute("COMMIT")


def batches(count: int) -> Iterator[range]:
    for start in range(1, count + 1, BATCH):
        yield range(start, min(start + BATCH, count + 1))


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def run(chosen: argparse.Namespace) -> Report:
    press = Press(report.shared("corpus/dumps", environ=dict(os.environ)), seed=chosen.seed)
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as name:
        folder = Path(name)
        figures: dict[str, Any] = {"records": chosen.records}
        with open_store(folder / "data") as store:
            figures |= ingest(store, Floor(folder / "floor.db"), press, chosen.records)
            with open_store(folder / "data", read_only=True) as reader:
                figures |= reading(reader, press, chosen.records)
            figures |= upkeep(store)
        size = sum(p.stat().st_size for p in (folder / "data").rglob("*") if p.is_file())
        figures["bytes_per_record"] = round(size / chosen.records)
    return Report(figures=figures, reach=tuple(_reach(figures)), tables=(_table(figures),))


def ingest(store: Store, floor: Floor, press: Press, count: int) -> dict[str, Any]:
    """Batch by batch, ours and the floor take turns."""
    ours: list[float] = []
    bare: list[float] = []
    walls: list[float] = []
    written = duplicates = 0
    for numbers in batches(count):
        articles = tuple(found(press, n) for n in numbers)
        poll = PollResult(source="bench", state=SourceState(source="bench"), articles=articles, polled=NOW)
        now = NOW + timedelta(seconds=4 * numbers[0])
        wall = time.perf_counter()
        seconds, outcome = cpu(lambda poll=poll, now=now: store.commit(poll, now=now))  # type: ignore[misc]
        walls.append(time.perf_counter() - wall)
        ours.append(seconds)
        written += len(outcome.records)
        duplicates += outcome.duplicates
        bare.append(cpu(lambda outcome=outcome: floor.write(outcome.records))[0])  # type: ignore[misc]
    first = min(WINDOW, count) // BATCH
    rates = {
        "first": round(first * BATCH / sum(ours[:first]), 1),
        "last": round(first * BATCH / sum(ours[-first:]), 1),
        "all": round(count / sum(ours), 1),
        "wall": round(count / sum(walls), 1),
        "floor_first": round(first * BATCH / sum(bare[:first]), 1),
        "floor_last": round(first * BATCH / sum(bare[-first:]), 1),
        "floor": round(count / sum(bare), 1),
    }
    return {"ingest": rates, "written": written, "duplicates": duplicates}


def reading(store: Store, press: Press, count: int) -> dict[str, Any]:
    rng = random.Random(count)
    some = [found(press, rng.randrange(1, count + 1)) for _ in range(SAMPLES)]
    ids = [article_id(f.url) for f in some]
    seconds, records = cpu(lambda: sum(1 for _ in store.latest()))
    lines: list[bytes] = []
    tail, _ = cpu(lambda: lines.extend(store.change_lines()))
    sample = lines[: min(len(lines), 100_000)]
    floor, _ = cpu(lambda: sum(decode(line, Record).seq for line in sample))
    return {
        "line_bytes": round(sum(map(len, sample)) / len(sample)),
        "lookup_id_ms": _latency(lambda i: store.get(ids[i]), SAMPLES),
        "lookup_url_ms": _latency(lambda i: store.get(some[i].url + "?fbclid=1"), SAMPLES),
        "iterate": round(records / seconds, 1),
        "decode_floor": round(len(sample) / floor, 1),
        "tail": round(len(lines) / tail, 1),
        "search_ms": _searches(store, press),
    }


def _latency(work: Callable[[int], Any], count: int) -> dict[str, float]:
    times = []
    for i in range(count):
        start = time.perf_counter()
        if work(i) is None:
            raise AssertionError("an article that was stored is not found")
        times.append((time.perf_counter() - start) * 1000)
    return _quantiles(times)


def _quantiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median": round(statistics.median(ordered), 3),
        "p99": round(ordered[int(len(ordered) * 0.99)], 3),
    }


def _searches(store: Store, press: Press) -> dict[str, Any]:
    """Queries of each kind in every language: the commonest words, rare ones, phrases, prefixes, narrowed ones."""
    rng = random.Random(7)
    kinds: dict[str, list[tuple[str, Filter]]] = {
        kind: [] for kind in ("common", "two common", "rare", "phrase", "prefix", "narrowed")
    }
    for language in press.languages:
        counts = press.counts[language]
        common = sorted(counts, key=lambda word: -counts[word])[:5]
        kinds["common"] += [(word, Filter()) for word in common]
        kinds["two common"] += [(f"{a} {b}", Filter()) for a, b in pairwise(common)]
        kinds["rare"] += [(word, Filter()) for word in rng.sample(sorted(counts), 5)]
        kinds["phrase"] += [
            (f'"{" ".join(rng.choice(press.sentences[language])[:3])}"', Filter()) for _ in range(5)
        ]
        kinds["prefix"] += [(f"{word[:4]}*", Filter()) for word in common]
        kinds["narrowed"] += [
            (word, Filter(sources=("outlet7",), since=NOW + timedelta(hours=1))) for word in common
        ]
    result: dict[str, Any] = {}
    for kind, queries in kinds.items():
        times = []
        for query, filters in queries:
            start = time.perf_counter()
            try:
                store.search(query, filters)
            except Exception as error:
                if getattr(error, "code", "") != "bad_query":  # a "word" of punctuation only
                    raise
                continue
            times.append((time.perf_counter() - start) * 1000)
        result[kind] = _quantiles(times)
    return result


def upkeep(store: Store) -> dict[str, Any]:
    rebuild, lines = cpu(store.rebuild)
    verify, problems = cpu(lambda: list(store.verify()))
    return {
        "rebuild": round(lines / rebuild, 1),
        "verify": round(lines / verify, 1),
        "problems": len(problems),
    }


def _table(f: dict[str, Any]) -> Table:
    i = f["ingest"]
    rows: list[tuple[Any, ...]] = [
        ("ingest, records/CPU-s (all; first; last 10,000)", f"{i['all']}; {i['first']}; {i['last']}", f"{i['floor']}; {i['floor_first']}; {i['floor_last']}"),
        ("ingest, records/s by the clock", i["wall"], ""),
        ("iterate latest, records/CPU-s", f["iterate"], f["decode_floor"]),
        ("tail, lines/CPU-s", f["tail"], ""),
        ("lookup by id, ms (median; p99)", _pair(f["lookup_id_ms"]), ""),
        ("lookup by address, ms (median; p99)", _pair(f["lookup_url_ms"]), ""),
        *((f"search, {kind}, ms (median; p99)", _pair(q), "") for kind, q in f["search_ms"].items()),
        ("rebuild of the JSON files, lines/CPU-s", f["rebuild"], ""),
        ("verify, lines/CPU-s", f["verify"], ""),
        ("bytes on disk a record, JSON files included", f["bytes_per_record"], f["line_bytes"]),
    ]  # fmt: skip
    return Table(f"The store at {f['records']:,} records", ("what", "got", "floor"), tuple(rows))


def _pair(q: dict[str, float]) -> str:
    return f"{q['median']}; {q['p99']}"


def _reach(f: dict[str, Any]) -> Iterator[report.Reach]:
    i = f["ingest"]
    yield reach("ingest to its floor", i["all"] / i["floor"], ">=", 0.4)
    yield reach("ingest, last 10,000 to first", i["last"] / i["first"], ">=", 0.7)
    yield reach("lookup by id, ms", f["lookup_id_ms"]["p99"], "<=", 1)
    yield reach("lookup by address, ms", f["lookup_url_ms"]["p99"], "<=", 1)
    yield reach("iterate to decode", f["iterate"] / f["decode_floor"], ">=", 0.5)
    yield reach("search, slowest p99, ms", max(q["p99"] for q in f["search_ms"].values()), "<=", 50)
    yield reach("problems found by verify", f["problems"], "==", 0)
