"""Saved pages to stored, deduplicated JSON records: a whole process each, start-up included, ours and the peers' scripts.

Ours extracts body, headlines and metadata, decides what is new, and commits to a durable store with search index and JSON
files. A peer's script extracts body and metadata, drops equal texts, and writes JSON Lines with one fsync at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.report import Report, Table, Unable, reach

BENCH = "saved pages to stored records, whole processes, against peers' scripts"

_READ = """
import sys, json, gzip, pathlib
pages = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
def read(path):
    return gzip.decompress(pathlib.Path(path).read_bytes())
"""
_WRITE = """
import os
def write(records, path):
    seen = set()
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            key = hash(record.get("text") or record.get("maintext"))
            if key not in seen:
                seen.add(key)
                file.write(json.dumps(record, ensure_ascii=False, default=str) + "\\n")
        file.flush()
        os.fsync(file.fileno())
    print(len(seen))
"""
OURS = (
    _READ
    + """
from datetime import UTC, datetime
from scraper.extraction import inputs
from scraper.errors import DarialError
from scraper.model import Found, PollResult, SourceState
from scraper.urls import canonicalise, identity_keys, site_of
from storage import open_store
BATCH = 60
now = datetime.now(UTC)
stored = 0
with open_store(sys.argv[2]) as store:
    for start in range(0, len(pages), BATCH):
        found = []
        for path, url in pages[start : start + BATCH]:
            try:
                article = inputs.extract(read(path), url=url, now=now)
            except DarialError:
                continue
            source = site_of(url).replace(".", "-")
            canonical = canonicalise(url)
            found.append(Found(source=source, url=canonical, urls=(url,), keys=identity_keys(source, [canonical]),
                               article=article, fetched=now, found_by="url"))
        poll = PollResult(source="ingest", state=SourceState(source="ingest"), articles=tuple(found), polled=now)
        stored += store.commit(poll, now=now).new
print(stored)
"""
)
PEERS = {
    "trafilatura": _READ
    + _WRITE
    + """
import trafilatura
def records():
    for path, url in pages:
        found = trafilatura.bare_extraction(read(path), url=url, with_metadata=True)
        if found:
            yield {"url": url, **found.as_dict(), "body": None, "commentsbody": None}
write(records(), sys.argv[2])
""",
    "trafilatura fast": _READ
    + _WRITE
    + """
import trafilatura
def records():
    for path, url in pages:
        found = trafilatura.bare_extraction(read(path), url=url, with_metadata=True, fast=True)
        if found:
            yield {"url": url, **found.as_dict(), "body": None, "commentsbody": None}
write(records(), sys.argv[2])
""",
    "newspaper4k": _READ
    + _WRITE
    + """
import newspaper
def records():
    for path, url in pages:
        article = newspaper.Article(url=url, fetch_images=False)
        article.download(input_html=read(path).decode("utf-8", "replace"))
        article.parse()
        yield {"url": url, "title": article.title, "text": article.text, "authors": article.authors,
               "date": article.publish_date}
write(records(), sys.argv[2])
""",
    "news-please": _READ
    + _WRITE
    + """
from newsplease import NewsPlease
def records():
    for path, url in pages:
        yield NewsPlease.from_html(read(path).decode("utf-8", "replace"), url=url).get_serializable_dict()
write(records(), sys.argv[2])
""",
}
WANT = 8.0


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--times", type=int, default=3, help="how often the pages, under other addresses (default 3)"
    )
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many runs counts (default 2)")


def run(chosen: argparse.Namespace) -> Report:
    aeb = report.shared("corpus/aeb", environ=dict(os.environ))
    truth = json.loads((aeb / "ground-truth.json").read_text(encoding="utf-8"))
    pages = [
        (str(aeb / "html" / f"{name}.html.gz"), item["url"] + (f"/{i}" if i else ""))
        for i in range(chosen.times)
        for name, item in sorted(truth.items())
    ]
    best: dict[str, float] = {}
    stored: dict[str, int] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as name:
        listing = Path(name) / "pages.json"
        listing.write_text(json.dumps(pages), encoding="utf-8")
        for turn in range(chosen.rounds):
            for script, code in {"ours": OURS, **PEERS}.items():
                if script in missing:
                    continue
                try:
                    seconds, count = _process(code, listing, Path(name) / f"{script}-{turn}")
                except Unable as why:
                    if script == "ours":
                        raise
                    missing[script] = str(why)
                    continue
                stored[script] = count
                best[script] = min(seconds, best.get(script, seconds))
    rates = {script: round(len(pages) / seconds, 1) for script, seconds in best.items()}
    rivals = [rate for script, rate in rates.items() if script != "ours"]
    rows = tuple(
        (script, stored[script], rate, round(rates["ours"] / rate, 1)) for script, rate in rates.items()
    )
    return Report(
        figures={"pages": len(pages), "pages_per_cpu_second": rates, "stored": stored},
        reach=(
            reach(
                "ours to the best peer, pages per CPU second",
                rates["ours"] / max(rivals) if rivals else None,
                ">=",
                WANT,
            ),
        ),
        tables=(
            Table(
                f"{len(pages)} pages to records",
                ("process", "records", "pages/CPU-s", "ours is × faster"),
                rows,
            ),
        ),
        notes=tuple(f"{script}: {why}" for script, why in missing.items()),
    )


def _process(code: str, listing: Path, out: Path) -> tuple[float, int]:
    """CPU seconds of one whole process, and how many records it says it wrote."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, str(listing), str(out)],
        cwd=report.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Unable(
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"
        )
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, int(done.stdout.split()[-1])
