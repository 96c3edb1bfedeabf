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
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from bench import report
from bench.press import Press, Story
from bench.report import Report, Table, reach
from scraper.codec import decode, decode_any, encode
from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.errors import StoreError
from scraper.model import (
    Article,
    ExtractedArticle,
    Extraction,
    FeedOrigin,
    Headline,
    PollDraft,
    Record,
    SourceState,
)
from scraper.text.normalize import fold
from scraper.urls import article_id, identity_keys
from storage import Filter, Store, open_store

BENCH = "the store: ingest, lookup, iterate, search, rebuild, verify against floors"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
BATCH = 500
BODY_BYTES = 2600  # makes a line of about 4 KB
OUTLETS = 100
SMALL = 10_000
FIGURES = "figures.json"
DECODED = 100_000  # lines, for the floor of iteration
PROGRESS_RECORDS = 10_000
SAMPLES = 300
APART = 40  # seconds between two articles: 2,160 a day


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--records", type=int, default=50_000, help="how many (default 50,000; the goal is 1,000,000)"
    )
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument(
        "--data", type=Path, help="where the data is to stay; what a run has left there is only read again"
    )


@lru_cache(maxsize=2_000)
def _story(press: Press, number: int) -> Story:
    return press.story(number)


def found(press: Press, n: int) -> ExtractedArticle:
    """Article ``n``: one in twenty is another outlet's copy of an earlier one."""
    original = n - 777 if n % 20 == 0 and n > 777 else n
    story = _story(press, original)
    body = list(story.body)
    extra = _story(press, original + 10_000_000).body
    while sum(len(p.encode()) for p in body) < BODY_BYTES and extra:
        body.append(extra[0])
        extra = extra[1:]
    outlet = f"outlet{n % OUTLETS}"
    url = f"https://{outlet}.example/news/{n}-{article_id(str(original))[:6]}-of-the-day"
    related = tuple(
        Headline(
            title=_story(press, max(1, n - k)).title, url=f"https://{outlet}.example/news/{max(1, n - k)}-x"
        )
        for k in (OUTLETS, 2 * OUTLETS, 3 * OUTLETS)
    )
    at = NOW + timedelta(seconds=APART * n)
    return ExtractedArticle(
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


def tell(text: str) -> None:
    """How far a run of an hour has come."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


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
                (record.seq, fold(record.title or ""), fold_paragraphs(record.body)),
            )
        self.db.execute("COMMIT")


def batches(count: int) -> Iterator[range]:
    for start in range(1, count + 1, BATCH):
        yield range(start, min(start + BATCH, count + 1))


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


class Pace:
    """How quick the machine is just now: it is shared, and a run takes an hour. Decoding the same lines tells."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def rates(self) -> list[float]:
        return [self.rate() for _ in range(10)]

    def rate(self) -> float:
        """Lines decoded a CPU second."""
        return len(self.lines) / cpu(lambda: sum(decode(line, Record).seq for line in self.lines))[0]


def run(chosen: argparse.Namespace) -> Report:
    press = Press(report.shared("corpus/dumps", environ=dict(os.environ)), seed=chosen.seed)
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as name:
        folder = chosen.data or Path(name)
        if (folder / FIGURES).exists():
            return _again(folder, press)
        folder.mkdir(parents=True, exist_ok=True)
        pace = Pace()
        sizes = sorted({min(SMALL, chosen.records), chosen.records})
        looks: list[dict[str, Any]] = []
        figures: dict[str, Any] = {"records": chosen.records}
        with open_store(folder / "data") as store:
            ingest = Ingest(store, Floor(folder / "floor.db"), press, pace)
            for size in sizes:
                ingest.up_to(size)
                looks.append(_look(folder / "data", store, press, size, pace))
        figures |= {"ingest": ingest.figures(), "duplicates": ingest.duplicates, **looks[-1]}
        size = sum(p.stat().st_size for p in (folder / "data").rglob("*") if p.is_file())
        figures["bytes_per_record"] = round(size / chosen.records)
        figures["small"] = looks[0]
        (folder / FIGURES).write_bytes(encode(figures))
    return _report(figures)


def _again(folder: Path, press: Press) -> Report:
    """Everything but ingest once more, of data that an earlier run has left: the ingest's figures, and the small store's, are that run's."""
    figures: dict[str, Any] = decode_any((folder / FIGURES).read_bytes())
    pace = Pace()
    with open_store(folder / "data") as store:
        pace.lines = list(islice(store.change_lines(), BATCH))
        figures |= _look(folder / "data", store, press, figures["records"], pace)
    return _report(figures)


def _report(figures: dict[str, Any]) -> Report:
    figures = {**figures, "kept": kept(figures)}
    return Report(figures=figures, reach=tuple(_reach(figures)), tables=(_table(figures), _growth(figures)))


def _look(folder: Path, store: Store, press: Press, count: int, pace: Pace) -> dict[str, Any]:
    """Everything but ingest, with so many articles in the store."""
    before = pace.rates()
    with open_store(folder, read_only=True) as reader:
        figures = reading(reader, press, count)
    figures |= upkeep(store)
    tell(f"{count:,} records: " + ", ".join(f"{k} {v}" for k, v in figures.items()))
    return {**figures, "pace": round(statistics.mean((*before, *pace.rates())), 1)}


class Ingest:
    """Batch by batch, ours and the floor take turns."""

    def __init__(self, store: Store, floor: Floor, press: Press, pace: Pace) -> None:
        self.store, self.floor, self.press, self.pace = store, floor, press, pace
        self.ours: list[float] = []
        self.bare: list[float] = []
        self.walls: list[float] = []
        self.paces: list[float] = []
        self.duplicates = 0

    def up_to(self, count: int) -> None:
        for numbers in batches(count):
            if numbers[0] > len(self.ours) * BATCH:
                self._batch(numbers)
            if not numbers[-1] % PROGRESS_RECORDS:
                last = PROGRESS_RECORDS // BATCH
                mine, floors = (round(last * BATCH / sum(x[-last:])) for x in (self.ours, self.bare))
                tell(f"{numbers[-1]:,} records: {mine}/CPU-s, floor {floors}")

    def _batch(self, numbers: range) -> None:
        articles = tuple(found(self.press, n) for n in numbers)
        poll = PollDraft(source="bench", state=SourceState(source="bench"), articles=articles, polled=NOW)
        now = NOW + timedelta(seconds=APART * numbers[0])
        wall = time.perf_counter()
        seconds, outcome = cpu(lambda: self.store.commit(poll, now=now))
        self.walls.append(time.perf_counter() - wall)
        self.ours.append(seconds)
        self.duplicates += outcome.duplicates
        self.bare.append(cpu(lambda: self.floor.write(outcome.records))[0])
        self.pace.lines = self.pace.lines or [encode(record) for record in outcome.records]
        self.paces.append(self.pace.rate())

    def figures(self) -> dict[str, float]:
        some = min(SMALL // BATCH, len(self.ours))
        rates = {
            f"{name}{part}": round(len(seconds) * BATCH / sum(seconds), 1)
            for name, all_of_them in (("", self.ours), ("floor_", self.bare))
            for part, seconds in (
                ("first", all_of_them[:some]),
                ("last", all_of_them[-some:]),
                ("all", all_of_them),
            )
        }
        return {
            **rates,
            "wall": round(len(self.walls) * BATCH / sum(self.walls), 1),
            "pace_first": round(statistics.mean(self.paces[:some]), 1),
            "pace_last": round(statistics.mean(self.paces[-some:]), 1),
        }


def reading(store: Store, press: Press, count: int) -> dict[str, Any]:
    rng = random.Random(count)
    some = [found(press, rng.randrange(1, count + 1)) for _ in range(SAMPLES)]
    ids = [article_id(f.url) for f in some]
    seconds, records = cpu(lambda: sum(1 for _ in store.latest()))
    sample = list(islice(store.change_lines(), DECODED))
    tail, lines = cpu(lambda: sum(1 for _ in store.change_lines()))
    floor, _ = cpu(lambda: sum(decode(line, Record).seq for line in sample))
    return {
        "line_bytes": round(sum(map(len, sample)) / len(sample)),
        "lookup_id_ms": _latency(lambda i: store.get(ids[i])),
        "lookup_url_ms": _latency(lambda i: store.get(some[i].url + "?fbclid=1")),
        "iterate": round(records / seconds, 1),
        "decode_floor": round(len(sample) / floor, 1),
        "tail": round(lines / tail, 1),
        "search_ms": _searches(store, press),
    }


def _latency(work: Callable[[int], Any]) -> dict[str, float]:
    times = []
    for i in range(SAMPLES):
        seconds, answer = cpu(lambda i=i: work(i))  # type: ignore[misc]
        if answer is None:
            raise AssertionError("an article that was stored is not found")
        times.append(seconds * 1000)
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
        times, ranked = [], []
        for query, filters in queries:
            try:
                seconds, found = cpu(lambda query=query, filters=filters: store.search(query, filters))  # type: ignore[misc]
            except StoreError as error:
                if error.code != "bad_query":  # a "word" of punctuation only
                    raise
                continue
            times.append(seconds * 1000)
            ranked.append(found.ranked)
        result[kind] = _quantiles(times) | {"ranked": statistics.median(ranked)}
    return result


def upkeep(store: Store) -> dict[str, Any]:
    rebuild, lines = cpu(store.rebuild)
    verify, problems = cpu(lambda: list(store.verify()))
    return {
        "rebuild": round(lines / rebuild, 1),
        "verify": round(lines / verify, 1),
        "problems": len(problems),
    }


# What is compared between the small store and the full one, as a rate a CPU second.
RATES: dict[str, Callable[[dict[str, Any]], float]] = {
    "iterate": lambda f: float(f["iterate"]),
    "tail": lambda f: float(f["tail"]),
    "lookup by id": lambda f: 1000 / f["lookup_id_ms"]["median"],
    "lookup by address": lambda f: 1000 / f["lookup_url_ms"]["median"],
    "rebuild": lambda f: float(f["rebuild"]),
    "verify": lambda f: float(f["verify"]),
    **{
        f"search, {kind}": lambda f, kind=kind: 1000 / f["search_ms"][kind]["median"]  # type: ignore[misc]
        for kind in ("common", "two common", "rare", "phrase", "prefix", "narrowed")
    },
}


def kept(f: dict[str, Any]) -> dict[str, list[float]]:
    """Each rate at the first 10,000 and at the full size, and which share of it is left at the machine's pace then."""
    i, small = f["ingest"], f["small"]
    rows = {"ingest": (i["first"], i["last"], i["pace_first"] / i["pace_last"])}
    rows |= {name: (rate(small), rate(f), small["pace"] / f["pace"]) for name, rate in RATES.items()}
    return {
        name: [round(before, 1), round(after, 1), round(after / before * slower, 3)]
        for name, (before, after, slower) in rows.items()
    }


def _growth(f: dict[str, Any]) -> Table:
    rows = tuple((name, *values) for name, values in f["kept"].items())
    columns = ("rate a CPU-s", f"at {SMALL:,}", f"at {f['records']:,}", "kept, at equal pace")
    return Table("From small to large", columns, rows)


def _table(f: dict[str, Any]) -> Table:
    i = f["ingest"]
    rows: list[tuple[Any, ...]] = [
        ("ingest, records/CPU-s (all; first; last 10,000)", f"{i['all']}; {i['first']}; {i['last']}", f"{i['floor_all']}; {i['floor_first']}; {i['floor_last']}"),
        ("ingest, records/s by the clock", i["wall"], ""),
        ("iterate latest, records/CPU-s", f["iterate"], f["decode_floor"]),
        ("tail, lines/CPU-s", f["tail"], ""),
        ("lookup by id, CPU ms (median; p99)", _pair(f["lookup_id_ms"]), ""),
        ("lookup by address, CPU ms (median; p99)", _pair(f["lookup_url_ms"]), ""),
        *((f"search, {kind}, CPU ms (median; p99)", _pair(q), f"{q['ranked']:g} articles ranked") for kind, q in f["search_ms"].items()),
        ("rebuild of the JSON files, lines/CPU-s", f["rebuild"], ""),
        ("verify, lines/CPU-s", f["verify"], ""),
        ("bytes on disk a record, JSON files included", f["bytes_per_record"], f["line_bytes"]),
    ]  # fmt: skip
    return Table(f"The store at {f['records']:,} records", ("what", "got", "floor"), tuple(rows))


def _pair(q: dict[str, float]) -> str:
    return f"{q['median']}; {q['p99']}"


def _reach(f: dict[str, Any]) -> Iterator[report.Reach]:
    i = f["ingest"]
    yield reach("ingest to its floor", i["all"] / i["floor_all"], ">=", 0.4)
    yield reach("lookup by id, ms", f["lookup_id_ms"]["p99"], "<=", 1)
    yield reach("lookup by address, ms", f["lookup_url_ms"]["p99"], "<=", 1)
    yield reach("iterate to decode", f["iterate"] / f["decode_floor"], ">=", 0.5)
    yield reach("search, slowest p99, ms", max(q["p99"] for q in f["search_ms"].values()), "<=", 50)
    for name, (_, _, share) in f["kept"].items():
        yield reach(f"{name}, share of its rate kept from {SMALL:,}", share, ">=", 0.7)
    yield reach("problems found by verify", f["problems"], "==", 0)
