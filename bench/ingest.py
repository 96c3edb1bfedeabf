"""Saved pages to stored, deduplicated JSON records: a whole process each, start-up included, ours and the peers' scripts.

Ours extracts body, headlines and metadata, decides what is new, and commits to a durable store with search index and JSON
files. A peer's script extracts body and metadata, drops equal texts, and writes JSON Lines with one fsync at the end.
All of them find their modules compiled to bytecode, as an installation leaves them, and go on after a page that fails.
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
    data = pathlib.Path(path).read_bytes()
    return gzip.decompress(data) if path.endswith(".gz") else data
"""
_WRITE = """
import os
def write(extract, path):
    seen = set()
    with open(path, "w", encoding="utf-8") as file:
        for page, url in pages:
            try:
                record = extract(read(page), url)
            except Exception:
                continue
            text = record and (record.get("text") or record.get("maintext"))
            if text and hash(text) not in seen:
                seen.add(hash(text))
                file.write(json.dumps(record, ensure_ascii=False, default=str) + "\\n")
        file.flush()
        os.fsync(file.fileno())
    print(len(seen))
"""
OURS = (
    _READ
    + """
from datetime import UTC, datetime
from scraper.extract import extractor
from scraper.errors import DarialError
from scraper.model import ExtractedArticle, PollDraft, SourceState
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
                article = extractor.extract(read(path), url=url, now=now)
            except DarialError:
                continue
            source = site_of(url).replace(".", "-")
            canonical = canonicalise(url)
            found.append(ExtractedArticle(source=source, url=canonical, urls=(url,), keys=identity_keys(source, [canonical]),
                               article=article, fetched=now, found_by="url"))
        poll = PollDraft(source="ingest", state=SourceState(source="ingest"), articles=tuple(found), polled=now)
        stored += store.commit(poll, now=now).new
print(stored)
"""
)
_TRAFILATURA = """
import trafilatura
def extract(data, url):
    found = trafilatura.bare_extraction(data, url=url, with_metadata=True, fast=FAST)
    return found and {"url": url, **found.as_dict(), "body": None, "commentsbody": None}
write(extract, sys.argv[2])
"""
PEERS = {
    "trafilatura": _READ + _WRITE + _TRAFILATURA.replace("FAST", "False"),
    "trafilatura fast": _READ + _WRITE + _TRAFILATURA.replace("FAST", "True"),
    "newspaper4k": _READ
    + _WRITE
    + """
import newspaper
def extract(data, url):
    article = newspaper.Article(url=url, fetch_images=False)
    article.download(input_html=data.decode("utf-8", "replace"))
    article.parse()
    return {"url": url, "title": article.title, "text": article.text, "authors": article.authors,
            "date": article.publish_date}
write(extract, sys.argv[2])
""",
    "news-please": _READ
    + _WRITE
    + """
from newsplease import NewsPlease
def extract(data, url):
    return NewsPlease.from_html(data.decode("utf-8", "replace"), url=url).get_serializable_dict()
write(extract, sys.argv[2])
""",
}
# A peer that asks for a page's pictures would wait for them, and be measured by the network.
NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
SLOW = frozenset(("newspaper4k", "news-please"))  # one run of them is enough
WANT = 8.0


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--times", type=int, default=3, help="how often the pages, under other addresses (default 3)"
    )
    parser.add_argument("--pages", type=int, default=0, help="only the first N of the pages; 0 is all")
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many runs counts (default 2)")


def run(chosen: argparse.Namespace) -> Report:
    found = _pages(dict(os.environ))[: chosen.pages or None]
    pages = [(path, url + (f"/{i}" if i else "")) for i in range(chosen.times) for path, url in found]
    best: dict[str, float] = {}
    stored: dict[str, int] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as name:
        listing, one = Path(name) / "pages.json", Path(name) / "page.json"
        listing.write_text(json.dumps(pages), encoding="utf-8")
        one.write_text(json.dumps(pages[:1]), encoding="utf-8")
        for turn in range(-1, chosen.rounds):  # the first time for the bytecode alone
            for script, code in {"ours": OURS, **PEERS}.items():
                if script in missing or (turn > 0 and script in SLOW):
                    continue
                out = Path(name) / f"{script}-{turn}"
                try:
                    seconds, count = _process(
                        code, one if turn < 0 else listing, out, Path(name) / "bytecode"
                    )
                except Unable as why:
                    if script == "ours":
                        raise
                    missing[script] = str(why)
                    continue
                if turn < 0:
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


def _pages(environ: dict[str, str]) -> list[tuple[str, str]]:
    """The files and addresses of both sets of real pages."""
    public = report.shared("corpus/aeb", environ=environ)
    annotated = report.shared("corpus/pages", environ=environ)
    truth = json.loads((public / "ground-truth.json").read_text(encoding="utf-8"))
    lines = (annotated.parent / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        (str(public / "html" / f"{name}.html.gz"), item["url"]) for name, item in sorted(truth.items())
    ] + [(str(annotated / page["file"]), page["url"]) for page in map(json.loads, lines)]


def _process(code: str, listing: Path, out: Path, bytecode: Path) -> tuple[float, int]:
    """CPU seconds of one whole process, and how many records it says it wrote."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, str(listing), str(out)],
        cwd=report.ROOT,
        env=environ | NOWHERE | {"PYTHONPYCACHEPREFIX": str(bytecode)},
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
