"""Near-duplicates: recall, precision, speed and memory of the store's index, and of its peers on the same stories.

Stories are mixed from the real texts of the dumps; edited copies with known truth stand at random places among them.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import report
from bench.nearest import BATCH, Child, Document, first_answer_seconds
from bench.press import EDITS, Press
from bench.report import Reach, Report, Table, reach
from scraper.codec import Struct
from scraper.text.normalize import folded_words

BENCH = "near-duplicates: recall, precision, speed and memory against peers"
HARD = "hard negative"
PEER_DOCUMENTS = 20_000
WINDOW = 10_000  # documents over which a rate is taken


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--documents", type=int, default=100_000, help="how many (default 100,000; the goal is 1,000,000)"
    )
    parser.add_argument(
        "--pairs", type=int, default=1000, help="copies of each kind among them (default 1,000)"
    )
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--no-peers", action="store_true", help="ours only")


class Planted(Struct, frozen=True):
    """Document ``number`` is story ``source`` edited in the way ``kind``; both count from 1."""

    number: int
    source: int
    kind: str


def plan(documents: int, pairs: int, seed: int) -> dict[int, Planted]:
    """Where the copies stand: anywhere after their sources, each source used once."""
    rng = random.Random(seed)
    kinds = [kind for kind in EDITS for _ in range(min(pairs, documents // (4 * len(EDITS))))]
    places = rng.sample(range(1, documents + 1), 2 * len(kinds))
    couples = [sorted(couple) for couple in zip(places[::2], places[1::2], strict=True)]
    return {n: Planted(n, source, kind) for (source, n), kind in zip(couples, kinds, strict=True)}


OUTLETS = 100
SAME_OUTLET = 0.2
HOURS_BETWEEN = 1000  # documents an hour, of all outlets together


def documents(press: Press, count: int, planted: dict[int, Planted]) -> Iterator[Document]:
    """Stories of many outlets as the days go by; a copy is printed by another outlet within three days, one in five by
    the same outlet within half a day."""
    for n in range(1, count + 1):
        copy = planted.get(n)
        rng = random.Random(n)
        outlet, hour = n % OUTLETS, n // HOURS_BETWEEN
        story = press.story(n)
        if copy is not None:
            same = rng.random() < SAME_OUTLET
            outlet = copy.source % OUTLETS if same else (copy.source + rng.randrange(1, OUTLETS)) % OUTLETS
            hour = copy.source // HOURS_BETWEEN + rng.randrange(12 if same else 72)
            story = EDITS[copy.kind](press.story(copy.source))
        yield Document(f"outlet-{outlet}", hour, story.title, story.body)


def batches(stream: Iterator[Document], size: int = BATCH) -> Iterator[list[Document]]:
    while batch := [document for _, document in zip(range(size), stream, strict=False)]:
        yield batch


class Score(Struct, frozen=True, kw_only=True):
    """``precision``: of the edges found, those of a copy to its source. ``merged``: hard negatives joined to theirs."""

    recall: dict[str, float]
    precision: float
    merged: float
    edges: int


def score(edges: set[tuple[int, int]], planted: dict[int, Planted]) -> Score:
    """Edges against truth. A pair of a hard negative and its source is false like any other."""
    true = {(p.number, p.source): p.kind for p in planted.values() if p.kind != HARD}
    hits = {kind: 0 for kind in EDITS if kind != HARD}
    right = 0
    for edge in edges:
        if edge in true:
            hits[true[edge]] += 1
            right += 1
    each = {kind: sum(p.kind == kind for p in planted.values()) for kind in EDITS}
    merged = sum((p.number, p.source) in edges for p in planted.values() if p.kind == HARD)
    return Score(
        recall={kind: round(hits[kind] / max(1, each[kind]), 4) for kind in hits},
        precision=round(right / len(edges), 4) if edges else 1.0,
        merged=round(merged / max(1, each[HARD]), 4),
        edges=len(edges),
    )


# ------------------------------------------------------------------------------------------ ours


class Ours(Struct, frozen=True, kw_only=True):
    score: Score
    rates: dict[int, float]  # documents per CPU second over the window that ends there
    rate: float
    resident_mb: float
    bytes_per_document: float
    first_answer: float


def ours(press: Press, count: int, planted: dict[int, Planted], folder: Path) -> Ours:
    path = folder / "index.db"
    child = Child(path)
    edges: set[tuple[int, int]] = set()
    seconds: list[float] = []
    waiting = False
    resident = size = 0
    for batch in batches(documents(press, count, planted)):
        if waiting:
            resident, size = _take(child, edges, seconds)
        child.send(batch)
        waiting = True
    resident, size = _take(child, edges, seconds)
    child.close()
    per = WINDOW // BATCH
    ends = [n for n in (10_000, 30_000, 100_000, 300_000, 1_000_000) if n <= count] or [count]
    rates = {n: round(min(n, WINDOW) / sum(seconds[max(0, n // BATCH - per) : n // BATCH]), 1) for n in ends}
    sample = press.story(1)
    return Ours(
        score=score(edges, planted),
        rates=rates,
        rate=round(count / sum(seconds), 1),
        resident_mb=round(resident / 1e6, 1),
        bytes_per_document=round(size / count, 1),
        first_answer=round(first_answer_seconds(path, Document("s", 0, sample.title, sample.body)), 4),
    )


def _take(child: Child, edges: set[tuple[int, int]], seconds: list[float]) -> tuple[int, int]:
    answer = child.receive()
    edges.update(answer.edges)
    seconds.append(answer.seconds)
    return answer.resident, answer.database


# ------------------------------------------------------------------------------------------ peers

Pairs = Callable[[Sequence[Document]], set[tuple[int, int]]]


def _rensa(stories: Sequence[Document]) -> set[tuple[int, int]]:
    """rensa alone: 128 permutations, 32 bands of 4, three-word shingles."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32)
    found: set[tuple[int, int]] = set()
    for n, story in enumerate(stories, 1):
        sketch = RMinHash(num_perm=128, seed=42)
        sketch.update(_shingles(story))
        found.update((n, other) for other in index.query(sketch))
        index.insert(n, sketch)
    return found


def _datasketch(stories: Sequence[Document]) -> set[tuple[int, int]]:
    """datasketch: MinHashLSH, 128 permutations, threshold 0.5."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.5, num_perm=128)
    found: set[tuple[int, int]] = set()
    for n, story in enumerate(stories, 1):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([s.encode() for s in _shingles(story)])
        found.update((n, other) for other in index.query(sketch))
        index.insert(n, sketch)
    return found


SIMHASH_BITS = 3


def _simhash(stories: Sequence[Document]) -> set[tuple[int, int]]:
    """Simhash over words, 64 bits, at most 3 of them different, found by four blocks of 16."""
    from hashlib import blake2b

    tables: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(4)]
    cache: dict[str, int] = {}
    found: set[tuple[int, int]] = set()
    for n, story in enumerate(stories, 1):
        sums = [0] * 64
        for word in folded_words(" ".join(story.body)):
            bits = cache.get(word)
            if bits is None:
                bits = cache[word] = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
            for i in range(64):
                sums[i] += 1 if bits >> i & 1 else -1
        value = sum(1 << i for i in range(64) if sums[i] > 0)
        for block, table in enumerate(tables):
            same = table.setdefault(value >> (16 * block) & 0xFFFF, [])
            found.update((n, m) for m, other in same if (value ^ other).bit_count() <= SIMHASH_BITS)
            same.append((n, value))
    return found


def _shingles(story: Document) -> list[str]:
    in_body = folded_words(" ".join(story.body))
    return [" ".join(three) for three in zip(in_body, in_body[1:], in_body[2:], strict=False)] or [
        " ".join(in_body)
    ]


PEERS: dict[str, Pairs] = {"rensa 32 × 4": _rensa, "datasketch 0.5": _datasketch, "simhash, 3 bits": _simhash}


# ------------------------------------------------------------------------------------------ headlines


def headline_pairs(dumps: Path) -> dict[str, Any]:
    """The human-labelled Georgian headline pairs: how well shared word stems tell the same event from another.

    The store calls no two articles copies because of their headlines; this says what headlines alone could tell.
    """
    import csv

    scores: list[tuple[float, bool]] = []
    with (dumps / "georgian_labeled_headline_pairs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["label"] in ("same", "different"):
                a, b = (
                    {word[:5] for word in folded_words(row[key]) if len(word) > 2}
                    for key in ("headline_a", "headline_b")
                )
                scores.append((len(a & b) / max(1, min(len(a), len(b))), row["label"] == "same"))
    same, other = [s for s, label in scores if label], [s for s, label in scores if not label]
    wins = sum((s > o) + (s == o) / 2 for s in same for o in other)
    return {
        "pairs": len(scores),
        "auc": round(wins / (len(same) * len(other)), 3),
        "best_f1": max(_f1(scores, i / 20) for i in range(1, 20)),
    }


def _f1(scores: Sequence[tuple[float, bool]], threshold: float) -> float:
    hit = sum(label for s, label in scores if s >= threshold)
    return round(
        2 * hit / max(1, sum(s >= threshold for s, _ in scores) + sum(label for _, label in scores)), 3
    )


# ------------------------------------------------------------------------------------------ the report

WANTED = {"5 % of words": 0.995, "15 % of words": 0.95, "30 % of words": 0.5, "appended": 0.99, "prepended": 0.99, "half": 0.95, "headline": 0.99}  # fmt: skip


def run(chosen: argparse.Namespace) -> Report:
    dumps = report.shared("corpus/dumps", environ=dict(os.environ))
    press = Press(dumps, seed=chosen.seed)
    planted = plan(chosen.documents, chosen.pairs, chosen.seed)
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as folder:
        mine = ours(press, chosen.documents, planted, Path(folder))
    rows = [_row(f"ours, {chosen.documents:,}", mine.score, mine.rate)]
    figures: dict[str, Any] = {
        "documents": chosen.documents,
        "ours": mine,
        "headlines": headline_pairs(dumps),
        "peers": {},
    }
    notes = []
    if not chosen.no_peers:
        few = plan(PEER_DOCUMENTS, chosen.pairs, chosen.seed)
        stories = list(documents(press, PEER_DOCUMENTS, few))
        for name, peer in PEERS.items():
            start = time.process_time()
            try:
                edges = peer(stories)
            except ImportError as why:
                figures["peers"][name] = None
                notes.append(f"{name}: {why}; `make bench` installs the peers")
                continue
            rate = round(len(stories) / (time.process_time() - start), 1)
            figures["peers"][name] = {"score": score(edges, few), "rate": rate}
            rows.append(_row(f"{name}, {PEER_DOCUMENTS:,}", score(edges, few), rate))
    columns = ("method, documents", *WANTED, "precision", "hard neg. merged", "docs/CPU-s")
    return Report(
        figures=figures,
        reach=tuple(_reach(mine)),
        tables=(Table("Near-duplicates: recall by kind of copy", columns, tuple(rows)),),
        notes=tuple(notes),
    )


def _row(name: str, found: Score, rate: float) -> tuple[Any, ...]:
    return (name, *(found.recall[kind] for kind in WANTED), found.precision, found.merged, rate)


def _reach(mine: Ours) -> Iterator[Reach]:
    for kind, want in WANTED.items():
        yield reach(f"recall, {kind}", mine.score.recall[kind], ">=", want)
    yield reach("precision", mine.score.precision, ">=", 0.995)
    yield reach("hard negatives merged", mine.score.merged, "<=", 0.01)
    last = max(mine.rates)
    yield reach(f"documents per CPU second at {last:,}", mine.rates[last], ">=", 1500)
    yield reach(
        f"rate at {last:,} to rate at {min(mine.rates):,}",
        mine.rates[last] / mine.rates[min(mine.rates)],
        ">=",
        0.7,
    )
    yield reach("resident MB", mine.resident_mb, "<=", 400)
    yield reach("seconds to the first answer after a start", mine.first_answer, "<=", 2)
