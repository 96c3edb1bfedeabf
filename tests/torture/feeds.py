"""Feeds made to cost much, and mutated feeds: bytes flipped, cut, doubled, swapped between dialects, written in another charset than they declare."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.report import ROOT, Report, Table, Unable, reach, shared
from scraper.errors import DarialError, NotAFeed
from scraper.feeds import decode
from scraper.feeds.parse import parse_feed
from tests.torture import hostile
from tests.torture.bugs import Bugs
from tests.torture.pages import mutate

BENCH = "hostile feeds and mutated ones of every dialect: a feed or a coded refusal, never slow"
MAX_SECONDS = 1.0  # for one feed
MAX_FEED_BYTES = 60_000  # larger originals are cut: what is sought are errors, not time
WRONG_CHARSETS = (
    "utf-16",
    "utf-16-be",
    "utf-32",
    "windows-1251",
    "koi8-r",
    "utf-8-sig",
    "big5",
    "cp037",
    "utf-7",
)
SHARE_OF_WRONG_CHARSETS = 0.1
BITS = (
    b"]]>", b"<![CDATA[", b"<!--", b"<item>", b"</title>", b"</item>", b"\xff", b"&#xD83D;", b"&#999999999;", b"<a:b>", b"<svg>",
    b"<content type='xhtml'>", b" xml:base='http://['", b"<!DOCTYPE x [", b"{", b"<html>", b"<?xml version='1.1'?>", b"\xfe\xff",
)  # fmt: skip


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--feeds", type=int, default=100_000, help="how many mutated feeds (100,000)")
    parser.add_argument("--steps", type=int, default=hostile.STEPS, help="sizes of each hostile shape (12)")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations (1)")
    parser.add_argument("--also", type=Path, default=None, help="a folder of more feeds to mutate")


def run(chosen: argparse.Namespace) -> Report:
    _code(b"<rss><channel><item><title>x</title></item></channel></rss>")  # all is loaded
    dear, asked, table = hostile.verdict(
        hostile.tried(hostile.FEEDS, hostile.MAX_FEED_BYTES, chosen.steps, _code)
    )
    originals = list(read(chosen.also))
    codes: Counter[str] = Counter()
    entries, slowest, worst, faults = 0, 0.0, b"", []
    began = time.monotonic()
    bugs = Bugs()
    for data in mutants(originals, chosen.feeds, chosen.seed):
        start = time.process_time()
        try:
            entries += len(parse_feed(data).entries)
            codes["feed"] += 1
        except NotAFeed as error:
            codes[error.code] += 1
        except Exception as error:
            faults.append((repr(error), data))
        faults += ((line, data) for line in bugs.taken())
        spent = time.process_time() - start
        if spent > slowest:
            slowest, worst = spent, data
    notes = [f"{error}: {data[:200]!r}" for error, data in faults[:5]]
    if slowest > MAX_SECONDS:
        notes.append(f"the slowest has {len(worst)} bytes and begins {worst[:200]!r}")
    return Report(
        figures={
            "hostile": dear,
            "originals": len(originals),
            "feeds": chosen.feeds,
            "seed": chosen.seed,
            "entries": entries,
            "codes": dict(codes),
            "slowest_cpu_s": round(slowest, 3),
            "wall_s": round(time.monotonic() - began, 1),
        },
        reach=(
            *asked,
            reach("uncaught errors", len(faults), "==", 0),
            reach("CPU seconds of the slowest feed", slowest, "<=", MAX_SECONDS),
        ),
        tables=(table, Table("Mutated feeds", ("what", "how many"), tuple(sorted(codes.items())))),
        notes=tuple(notes),
    )


def _code(data: bytes) -> str:
    """Why a feed was refused; empty if it was read."""
    try:
        parse_feed(data, url="https://news.example/feed")
    except DarialError as error:
        return error.code
    return ""


def read(also: Path | None) -> Iterator[bytes]:
    """The fixtures of the tests, the real feeds where they are at hand, and whatever else was named."""
    folders = [ROOT / "tests/data/feeds"]
    with contextlib.suppress(Unable):
        folders.append(shared("corpus/feeds", environ=dict(os.environ)))
    for folder in (*folders, *([also] if also else ())):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != "expected.json":
                yield decode.gunzip_feed(path.read_bytes())[0][:MAX_FEED_BYTES] or b" "


def mutants(originals: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Seeded mutations of the originals, one to eight of them a feed."""
    rng = random.Random(seed)
    for _ in range(count):
        feed = bytearray(rng.choice(originals))
        if rng.random() < SHARE_OF_WRONG_CHARSETS:
            feed = bytearray(feed.decode("utf-8", "replace").encode(rng.choice(WRONG_CHARSETS), "replace"))
        for _ in range(rng.randint(1, 8)):
            if rng.random() < 0.3:
                at = rng.randrange(len(feed) + 1)
                feed[at:at] = rng.choice(BITS)
            else:
                mutate(feed, originals, rng)
        yield bytes(feed)
