"""Pages made to cost much, and mutated real pages: bytes flipped, cut, doubled and swapped; none may bring an uncaught error."""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench.report import Report, Table, reach, shared
from scraper.errors import DarialError
from scraper.extract import extractor
from scraper.model import Article
from scraper.parse_pool import ParseJob, ParsePool, parse_page
from tests.torture import hostile

BENCH = "hostile pages and mutated real ones: no uncaught error, a second and 100 MB at most, or refused"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MAX_CPU_SECONDS = 1.0  # for one page
MAX_PAGE_BYTES = 400_000  # larger originals are cut: what is sought are errors, not time


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pages", type=int, default=50_000, help="how many mutated pages (50,000)")
    parser.add_argument("--steps", type=int, default=hostile.STEPS, help="sizes of each hostile shape (12)")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations (1)")


def run(chosen: argparse.Namespace) -> Report:
    extractor.warm_up()
    dear, asked, table = hostile.verdict(
        hostile.tried(hostile.PAGES, hostile.MAX_PAGE_BYTES, chosen.steps, _code)
    )
    folder = shared("corpus", environ=dict(os.environ))
    paths = sorted((folder / "pages").glob("*.html")) + sorted((folder / "aeb/html").glob("*.html.gz"))
    originals = [_read(path.read_bytes()) for path in paths]
    codes: Counter[str] = Counter()
    slowest, bodies, began = 0.0, 0, time.monotonic()
    with ParsePool(work=timed) as pool:
        for result in pool.extract_all(mutants(originals, chosen.pages, chosen.seed)):
            if isinstance(result, DarialError):
                codes[result.code] += 1
                continue
            bodies += bool(result.body)
            slowest = max(slowest, float(result.title or 0))
    uncaught = codes["parser_error"] + codes["parser_crashed"] + codes["parser_timeout"]
    figures = {
        "hostile": dear,
        "pages": chosen.pages,
        "seed": chosen.seed,
        "with_a_body": bodies,
        "codes": dict(codes),
        "slowest_cpu_s": round(slowest, 3),
        "wall_s": round(time.monotonic() - began, 1),
    }
    return Report(
        figures=figures,
        reach=(
            *asked,
            reach("uncaught errors, crashes and hangs", uncaught, "==", 0),
            reach("CPU seconds of the slowest page", round(slowest, 3), "<=", MAX_CPU_SECONDS),
        ),
        tables=(
            table,
            Table("Mutated pages", ("what", "how many"), (("with a body", bodies), *sorted(codes.items()))),
        ),
    )


def _code(page: bytes) -> str:
    """Why a page was refused; empty if it was read."""
    try:
        parse_page(ParseJob(data=page, url="https://news.example/2026/03/story-12345", now=NOW))
    except DarialError as error:
        return error.code
    return ""


def timed(job: ParseJob) -> Article:
    """Parse; the CPU seconds that it took come back as the title."""
    began = _cpu()
    article = parse_page(job)
    return Article(title=f"{_cpu() - began:.4f}", body=article.body[:1])


def mutants(originals: Sequence[bytes], count: int, seed: int) -> Iterator[ParseJob]:
    """Seeded mutations of the originals, one to eight of them a page."""
    rng = random.Random(seed)
    for _ in range(count):
        page = bytearray(rng.choice(originals))
        for _ in range(rng.randint(1, 8)):
            mutate(page, originals, rng)
        yield ParseJob(data=bytes(page), url="https://news.example/2026/03/story-12345", now=NOW)


def mutate(page: bytearray, originals: Sequence[bytes], rng: random.Random) -> None:
    """One change: something is lost, doubled, overwritten, cut off, taken from elsewhere or put in."""
    at = rng.randrange(len(page) + 1)
    size = rng.choice((1, 3, 20, 300, 5000))
    match rng.randrange(7):
        case 0:
            page[at : at + size] = b""
        case 1:
            page[at:at] = page[at : at + size]
        case 2:
            page[at : at + 4] = rng.randbytes(4)
        case 3:
            del page[at:]
        case 4:
            other = rng.choice(originals)
            start = rng.randrange(len(other))
            page[at:at] = other[start : start + size]
        case 5:
            page[at:at] = rng.choice(
                (b"<", b">", b"</p>", b'"', b"<!--", b"<script>", b"&#x1F", b"\x00", b"]]>", b"<table><tr>")
            )
        case _:
            where = page.find(rng.choice((b"<p", b"<a ", b"<div", b"href=", b"http", b"{")), at)
            if where >= 0:
                page[where : where + 1] = rng.randbytes(1)


def _read(data: bytes) -> bytes:
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)[:MAX_PAGE_BYTES]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
