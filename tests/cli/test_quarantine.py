"""Pages in quarantine: shown, given back, and tried again from the bytes that were kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scraper.cli import main
from scraper.codec import replace
from scraper.model import Entry, Pending, PollDraft, SourceState
from storage import open_store
from tests.pipeline.test_pipeline import article

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GOOD, BAD = "https://courier.example/news/7-road", "https://courier.example/news/8-road"
SOURCES = """
[[source]]
id = "courier"
name = "Courier"
homepage = "https://courier.example/"
country = "ge"
languages = ["en"]
feeds = [{ url = "https://courier.example/feed.xml" }]
"""


@pytest.fixture
def store(tmp_path):
    """A store with two pages in quarantine, both still pending: one that parses by now, and one that holds no article."""
    path = tmp_path / "data"
    with open_store(path) as opened:
        for url, body in (
            (GOOD, article(7)),
            (BAD, b"<!doctype html><title>404 Not Found</title><p>Not found"),
        ):
            opened.quarantine(
                url, source="courier", code="quarantined", message="too often", body=body, now=AT
            )
        pending = tuple(
            Pending(entry=Entry(url=url, guid=url[-6]), feed="https://courier.example/feed.xml", tries=9)
            for url in (GOOD, BAD)
        )
        state = replace(SourceState(source="courier"), pending=pending)
        opened.commit(PollDraft(source="courier", state=state, polled=AT), now=AT)
    (tmp_path / "sources.toml").write_text(SOURCES)
    return path


@pytest.fixture
def run(capsysbinary, store, tmp_path):
    def _run(*args):
        extra = ("--sources", tmp_path / "sources.toml") if args[0] == "retry" else ()
        code = main.main(["store", "quarantine", *map(str, (*args, *extra)), "--store", str(store)])
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return _run


def test_list(run):
    """Every page with its source and why; --json for programs."""
    code, out, err = run("list")
    assert (code, "2 pages" in err) == (0, True)
    assert GOOD.encode() in out.replace(b"\n", b"").replace(b" ", b"") or b"courier" in out
    code, out, _ = run("list", "--json")
    assert {json.loads(line)["url"] for line in out.splitlines()} == {GOOD, BAD}


def test_show_gives_the_very_bytes(run):
    """stdout is the page as it was fetched, so that it can go to a file or into `darial extract -`."""
    code, out, err = run("show", GOOD)
    assert (code, out) == (0, article(7))
    assert "too often" in err


@pytest.mark.parametrize("command", ["show", "retry"])
def test_unknown_pages(run, command):
    """An address that is not in quarantine is named; nothing else happens."""
    code, out, err = run(command, "https://courier.example/none")
    assert (code, out) == (1, b"")
    assert "https://courier.example/none" in err


def test_retry(run, store):
    """What parses by now is stored as its feed announced it and leaves the quarantine; what does not stays, exit 1."""
    code, out, err = run("retry", "--json")
    assert code == 1
    assert "1 of 2 pages" in err
    assert BAD in err
    (record,) = [json.loads(line) for line in out.splitlines()]
    assert (record["source"], record["found_by"], record["feed"]["guid"]) == ("courier", "feed", "7")
    assert record["fetched"] == "2026-03-02T12:00:00.000Z"
    with open_store(store, read_only=True) as opened:
        assert [page.url for page in opened.quarantined()] == [BAD]
        assert [p.entry.url for p in opened.source_states()["courier"].pending] == [BAD]
        assert opened.get(GOOD) is not None


def test_retry_one(run, store):
    """Named pages only; exit 0 if each became an article, and a second time it is not there any more."""
    assert run("retry", GOOD)[0] == 0
    assert run("retry", GOOD)[0] == 1
    with open_store(store, read_only=True) as opened:
        assert [page.url for page in opened.quarantined()] == [BAD]


def test_no_store(run, tmp_path, capsysbinary):
    """Without a store there is nothing to show, and none is made."""
    for command in ("list", "retry"):
        assert main.main(["store", "quarantine", command, "--store", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()
