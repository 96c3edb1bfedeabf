"""The pages and the HTTP interface over a large store: time to the first byte and weight of each, over a real socket.

One client asks, one request at a time, each with another article, word or cursor than the one before. The store is made of
bench.press's articles, of a hundred outlets in thirty days. Pages go over the wire as a browser asks for them (gzip).
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import report
from bench.press import Press
from bench.report import Report, Table, reach
from bench.store import BATCH, OUTLETS, batches, found
from scraper.codec import decode_any, replace
from scraper.config.load import Sources
from scraper.model import ExtractedArticle, FeedState, PollDraft, Source, SourceState
from scraper.settings import WebSettings
from storage import open_store

BENCH = "the pages and the HTTP interface at 100,000 articles: time to first byte, weight"
DAYS = 30
PAGE_MS = 100  # promised for every page
PAGE_KB = 60  # over the wire, a page's own files included
ROUNDS = 12
COUNTRIES = ("am", "az", "ge", "ru", "tr", "int")


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=100_000, help="how many (default 100,000)")
    parser.add_argument("--keep", type=Path, help="make the store here, or use the one that is there")
    parser.add_argument("--seed", type=int, default=4)


def run(chosen: argparse.Namespace) -> Report:
    press = Press(report.shared("corpus/dumps", environ=dict(os.environ)), seed=chosen.seed)
    with tempfile.TemporaryDirectory(prefix="darial-bench-") as name:
        folder = chosen.keep or Path(name) / "data"
        if not folder.exists():
            fill(folder, press, chosen.records)
        figures = {"records": chosen.records, "answers": measure(folder, press)}
    return Report(figures=figures, reach=tuple(_reach(figures)), tables=(_table(figures),))


# ------------------------------------------------------------------------------------------ a store


def moment(n: int, count: int) -> datetime:
    """When article ``n`` appeared: evenly over the last days before now."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS) * (1 - n / count)


def arrived(press: Press, n: int, count: int) -> ExtractedArticle:
    """Article ``n``, fetched some minutes after it was published."""
    article = found(press, n)
    at = moment(n, count)
    published = at - timedelta(seconds=37 * (n % 60))
    return replace(article, fetched=at, article=replace(article.article, published=published))


def fill(folder: Path, press: Press, count: int) -> None:
    with open_store(folder) as store:
        for numbers in batches(count):
            articles = tuple(arrived(press, n, count) for n in numbers)
            source = f"outlet{numbers[0] // BATCH % OUTLETS}"
            at = articles[-1].fetched
            store.commit(
                PollDraft(source=source, state=state(source, at), articles=articles, polled=at), now=at
            )
        for n in range(OUTLETS):  # every outlet has been polled, some fail
            at = datetime.now(UTC) - timedelta(minutes=n)
            poll = PollDraft(
                source=f"outlet{n}", state=state(f"outlet{n}", at, failing=n % 12 == 0), polled=at
            )
            store.commit(poll, now=at)


def state(source: str, at: datetime, *, failing: bool = False) -> SourceState:
    feeds = tuple(
        FeedState(url=f"https://{source}.example/feed{i}", keys=tuple(f"u:{source}.example/{k}" for k in range(40)), asked=at)
        for i in range(2)
    )  # fmt: skip
    return SourceState(
        source=source,
        due=at + timedelta(minutes=15),
        last_poll=at,
        last_success=at - timedelta(hours=5 * failing),
        last_new=at - timedelta(hours=6 * failing),
        interval_seconds=900,
        failures=7 * failing,
        failing_since=at - timedelta(hours=5) if failing else None,
        error="http_403" if failing else None,
        feeds=feeds,
    )


def outlets() -> Sources:
    return Sources(
        sources=tuple(
            Source(
                id=f"outlet{n}",
                name=f"Outlet {n}",
                homepage=f"https://outlet{n}.example/",
                country=COUNTRIES[n % len(COUNTRIES)],
                languages=("en",),
            )
            for n in range(OUTLETS)
        )
    )


# ------------------------------------------------------------------------------------------ asking


def measure(folder: Path, press: Press) -> dict[str, dict[str, float]]:
    from scraper.web.server import WebServer, serve_in_thread

    known = outlets()
    site = WebServer(folder, WebSettings(port=0), lambda: known)
    with serve_in_thread(site), open_store(folder, read_only=True) as store:
        host = site.url.removeprefix("http://").rstrip("/")
        newest = [story.record for story in store.newest(limit=200, grouped=False)]
        clustered = [record.id for record in newest if record.cluster]
        words = {
            lang: sorted((w for w in counts if w.isalpha()), key=lambda w, c=counts: -c[w])[10:40]  # type: ignore[misc]
            for lang, counts in press.counts.items()
        }
        languages = sorted(words)
        common = [quote(words[languages[i % len(languages)]][i]) for i in range(ROUNDS)]
        kinds: dict[str, list[str]] = {
            "/": ["/"] * ROUNDS,
            "/ of three days": ["/?span=3d"] * ROUNDS,
            "/latest": ["/latest"] * ROUNDS,
            "/latest of one language": [f"/latest?language={languages[i % len(languages)]}" for i in range(ROUNDS)],
            "/latest of two countries": [f"/latest?country={COUNTRIES[i % 5]}&country={COUNTRIES[i % 5 + 1]}" for i in range(ROUNDS)],
            "/latest of one outlet": [f"/latest?source=outlet{i}" for i in range(ROUNDS)],
            "/latest of a word": [f"/latest?q={word}" for word in common],
            "/latest of words in brackets": [f"/latest?q=({a}+OR+{b})+NOT+{c}" for a, b, c in zip(common, common[1:] + common, common[2:] + common, strict=False)],
            "/latest of a word, best first": [f"/latest?q={word}&order=best" for word in common],
            "/latest older": _older(host, ROUNDS),
            "/trend": [f"/trend?q={word}" for word in common],
            "/trend of two words": [f"/trend?q={a}&q={b}" for a, b in zip(common, common[1:] + common, strict=False)],
            "/unread": [f"/unread?q={word}&after=99000" for word in common],
            "/source/ID": [f"/source/outlet{i}" for i in range(ROUNDS)],
            "/article/ID": [f"/article/{record.id}" for record in newest[:ROUNDS]],
            "/article/ID, copied": [f"/article/{id_}" for id_ in clustered[:ROUNDS]],
            "/sources": ["/sources"] * ROUNDS,
            "/numbers": ["/numbers"] * ROUNDS,
            "/api/v1/articles": ["/api/v1/articles?limit=50"] * ROUNDS,
            "/api/v1/articles/ID": [f"/api/v1/articles/{record.id}" for record in newest[:ROUNDS]],
            "/api/v1/changes": [f"/api/v1/changes?since={100 * i}&limit=100" for i in range(ROUNDS)],
            "/api/v1/search": [f"/api/v1/search?q={quote(words[languages[i % len(languages)]][i])}" for i in range(ROUNDS)],
            "/api/v1/clusters": ["/api/v1/clusters?limit=20"] * ROUNDS,
            "/api/v1/sources": ["/api/v1/sources"] * ROUNDS,
        }  # fmt: skip
        return {kind: timed(host, paths) for kind, paths in kinds.items()}


def _older(host: str, pages: int) -> list[str]:
    """The addresses of the pages behind the first one, as a reader would go through them."""
    paths, cursor = [], ""
    for _ in range(pages):
        connection = HTTPConnection(host)
        connection.request(
            "GET", f"/api/v1/articles?limit=100&cursor={cursor}" if cursor else "/api/v1/articles?limit=100"
        )
        cursor = decode_any(connection.getresponse().read())["next"]
        connection.close()
        paths.append(f"/latest?before={cursor}")
    return paths


def timed(host: str, paths: list[str]) -> dict[str, float]:
    first, kilobytes = [], []
    connection = HTTPConnection(host)
    for path in paths:
        start = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        byte = response.read(1)
        first.append((time.perf_counter() - start) * 1000)
        body = byte + response.read()
        if response.status != 200:
            raise AssertionError(f"{path}: {response.status}")
        kilobytes.append(len(body) / 1024)
    connection.close()
    ordered = sorted(first)
    return {
        "ms": round(statistics.median(ordered), 1),
        "worst_ms": round(ordered[-1], 1),
        "kb": round(statistics.median(kilobytes), 1),
    }


def _table(f: dict[str, Any]) -> Table:
    rows = tuple((kind, got["ms"], got["worst_ms"], got["kb"]) for kind, got in f["answers"].items())
    columns = ("address", "first byte, ms (median)", "worst", "KB over the wire")
    return Table(f"Answers at {f['records']:,} articles", columns, rows)


def _reach(f: dict[str, Any]) -> Iterator[report.Reach]:
    for kind, got in f["answers"].items():
        if not kind.startswith("/api/"):
            yield reach(f"{kind}: first byte, ms (median)", got["ms"], "<=", PAGE_MS)
    pages = [got for kind, got in f["answers"].items() if not kind.startswith("/api/")]
    yield reach("heaviest page, KB over the wire", max(got["kb"] for got in pages), "<=", PAGE_KB)
