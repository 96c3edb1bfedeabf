"""The dumps as an archive: every real text imported by ``darial store import``, and what is called a copy there, for reading.

Whether two texts are one story only a reader can say: ``--read FILE`` writes the largest clusters and a sample of the pairs,
always the same ones for the same seed. docs/quality.md has what readers said.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bench import report
from bench.press import Text, real_texts
from bench.report import Report, Table, reach
from scraper.codec import encode
from scraper.dedupe.revision_diff import diff_revisions, marked_diff
from scraper.model import Record
from storage import Store, open_store
from storage.model import Cluster

BENCH = "the dumps imported as an archive: how many copies, and a sample of them for reading"
CLUSTERS = 20


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", metavar="DIR", help="keep the store there (default: thrown away)")
    parser.add_argument("--read", metavar="FILE", help="write the clusters and pairs to be read there")
    parser.add_argument("--pairs", type=int, default=50, help="how many pairs (default 50)")
    parser.add_argument("--seed", type=int, default=4)


def lines(dumps: Path) -> Iterator[bytes]:
    """Every text as somebody else's JSON line."""
    for number, text in enumerate(real_texts(dumps)):
        if text.body:
            yield encode(
                {
                    "id": f"{text.dump}-{number}",
                    "source": _source(text),
                    "url": text.url,
                    "title": text.title,
                    "published": text.date,
                    "body": text.body,
                }
            )


def _source(text: Text) -> str:
    """The outlet: the host of the address where there is one."""
    host = urlsplit(text.url if text.url and "//" in text.url else f"//{text.url or ''}").hostname
    return host.removeprefix("www.") if host else text.dump


def run(chosen: argparse.Namespace) -> Report:
    dumps = report.shared("corpus/dumps", environ=dict(os.environ))
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as folder:
        place = chosen.store or f"{folder}/store"
        archive = Path(folder) / "archive.jsonl"
        texts = list(lines(dumps))
        archive.write_bytes(b"".join(line + b"\n" for line in texts))
        start = time.perf_counter()
        command = [sys.executable, "-m", "scraper", "store", "import", str(archive), "--store", place]
        done = subprocess.run([*command, "--json"], check=True, capture_output=True)
        seconds = time.perf_counter() - start
        counts: dict[str, int] = json.loads(done.stdout)
        with open_store(place, read_only=True) as store:
            clusters = [one for one in store.clusters(limit=1_000_000)]  # noqa: C416
            pairs = _pairs(store, clusters)
            if chosen.read:
                Path(chosen.read).write_text(
                    "".join(_for_reading(store, clusters, pairs, chosen)), encoding="utf-8"
                )
    sizes = sorted((len(one.members) for one in clusters), reverse=True)
    rows = (
        *((f"texts imported, {what}", count) for what, count in counts.items()),
        ("seconds", round(seconds)),
        ("clusters; the largest", f"{len(clusters)}; {sizes[:10]}"),
        ("pairs called copies", len(pairs)),
    )
    return Report(
        figures={"clusters": len(clusters), "pairs": len(pairs), "largest": sizes[:CLUSTERS]},
        tables=(Table("The dumps as an archive", ("what", "how many"), rows),),
        reach=(
            reach("texts refused", counts["refused"], "==", 0),
            reach("texts not accounted for", len(texts) - _told(counts), "==", 0),
        ),
    )


def _told(counts: dict[str, int]) -> int:
    """Duplicates are among the new."""
    return sum(counts[what] for what in ("new", "revised", "unchanged", "refused"))


def _pairs(store: Store, clusters: list[Cluster]) -> list[tuple[str, str, float]]:
    """Every two articles that were compared and called copies, in a fixed order."""
    found = set()
    for cluster in clusters:
        told = store.explain(cluster.id)
        for member in told.members if told else ():
            found |= {(*sorted((member.id, other)), like) for other, like in member.alike.items()}
    return sorted(found)  # type: ignore[arg-type]


def _for_reading(
    store: Store, clusters: list[Cluster], pairs: list[tuple[str, str, float]], chosen: argparse.Namespace
) -> Iterator[str]:
    largest = sorted(clusters, key=lambda one: (-len(one.members), one.id))[:CLUSTERS]
    for cluster in largest:
        yield f"\n======== cluster {cluster.id}, {len(cluster.members)} articles\n"
        for member in cluster.members:
            yield f"{member.role}, since {member.origin:%Y-%m-%d %H:%M}\n{_shown(store.get(member.id))}"
    for a, b, like in random.Random(chosen.seed).sample(pairs, min(chosen.pairs, len(pairs))):
        old, new = store.get(a), store.get(b)
        if old and new:
            yield f"\n======== pair {a} {b}, {like:.2f}\n{_shown(old)}-------- from the first to the second\n"
            yield "".join(f"{marked_diff(paragraph)}\n" for paragraph in diff_revisions(old, new).body)


def _shown(record: Record | None) -> str:
    if record is None:
        return ""
    return f"{record.source} {record.published or ''} {record.url}\n{record.title or ''}\n" + "".join(
        f"    {paragraph}\n" for paragraph in record.body
    )
