"""The demo: six made-up sources through the real pipeline, compared with what is printed on their pages."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from scraper.cli.demo import replay
from scraper.codec import decode_any, encode
from storage import open_store
from tests.support.demo_recording import DEMO, EXCHANGES, RECORDING, build

EXPECTED = [json.loads(line) for line in (DEMO / "expected.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The outcomes of both polls, and the records by URL."""
    path = tmp_path_factory.mktemp("demo") / "data"
    rounds = asyncio.run(replay(path))
    with open_store(path, read_only=True) as store:
        records = {record.url: decode_any(encode(record)) for record in store.latest()}
    return rounds, records


def test_the_recording_is_what_its_sources_say():
    """demo.warc.gz is the one that ``python -m tests.support.demo_recording`` builds."""
    assert gzip.decompress(RECORDING.read_bytes()) == gzip.decompress(build())


def test_every_file_of_the_site_is_recorded():
    """No page lies beside the recording unused."""
    files = {str(p.relative_to(DEMO / "site")) for p in (DEMO / "site").rglob("*") if p.is_file()}
    assert files == {e.file for e in EXCHANGES if e.file}


def test_both_polls(demo):
    """The first poll stores 15 articles; the second a new one and a correction, and nothing twice."""
    rounds, _ = demo
    assert [(sum(o.new for o in r), sum(o.revised for o in r)) for r in rounds] == [(15, 0), (1, 1)]
    assert [failure for outcomes in rounds for o in outcomes for failure in o.failed] == []
    assert all(o.ok for outcomes in rounds for o in outcomes)


def test_every_article_once(demo):
    """What the feeds announce is in the store, each article under its canonical address."""
    _, records = demo
    assert sorted(records) == [e["url"] for e in EXPECTED]


@pytest.mark.parametrize("want", EXPECTED, ids=lambda e: e["url"].removeprefix("https://"))
def test_record(demo, want):
    """Title, body and every other field are those of the page, and a reprint knows what it reprints."""
    _, records = demo
    record = records[want["url"]]
    plain = {k: v for k, v in want.items() if k not in ("related", "elsewhere", "duplicate_of")}
    assert {k: record[k] for k in plain} == plain
    twin = records.get(want.get("duplicate_of"))
    assert record["duplicate_of"] == (twin and twin["id"])


@pytest.mark.parametrize("want", EXPECTED, ids=lambda e: e["url"].removeprefix("https://"))
def test_related_headlines(demo, want):
    """All headlines inside and after the body are kept, in order; nothing else but what a side column shows."""
    _, records = demo
    wanted = {headline["url"] for headline in want["related"]}
    found = [
        {key: headline[key] for key in ("title", "url", "where")}
        for headline in records[want["url"]]["related"]
        if headline["url"] in wanted or headline["url"] not in want["elsewhere"]
    ]
    assert found == want["related"]
