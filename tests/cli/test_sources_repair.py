"""``darial sources repair``: what polls have found is shown, and written into the sources file."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scraper.cli import sources_probe, terminal
from scraper.cli.main import build_commands
from scraper.codec import encode
from scraper.config.load import load_sources
from scraper.model import Fallback, FeedRef, FeedState, Healing, PollDraft, SourceState
from scraper.pipeline.probe_site import Probe
from scraper.pipeline.remedy import SourceProbe
from storage import open_store

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FILE = """[[source]]
id = "dead"
name = "Dead"
homepage = "https://dead.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://dead.example/rss" }]

[[source]]
id = "moved"
name = "Moved"
homepage = "https://moved.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://moved.example/rss" }, { url = "https://moved.example/two" }]

[[source]]
id = "well"
name = "Well"
homepage = "https://well.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://well.example/rss" }]
"""
USED = Fallback(url="https://dead.example/", how="listing", origin="homepage")
STATES = (
    SourceState(source="dead", healing=Healing(reason="http_404", since=NOW, used=USED, used_since=NOW)),
    SourceState(source="moved", feeds=(FeedState(url="https://moved.example/rss", moved_to="https://new.example/rss", moved_count=3),)),
    SourceState(source="well", healing=Healing(reason="http_404", since=NOW, used=USED, over=NOW)),
)  # fmt: skip


@pytest.fixture
def darial(tmp_path, capfd):
    app = build_commands()
    path = tmp_path / "sources.toml"
    path.write_text(FILE, encoding="utf-8")
    with open_store(tmp_path / "data") as store:
        for state in STATES:
            store.commit(PollDraft(source=state.source, state=state, polled=NOW), now=NOW)

    def run(*args: str) -> tuple[int, str, str]:
        where = ["--sources", str(path), "--store", str(tmp_path / "data")]
        code = terminal.invoke(app, ["sources", "repair", *args, *where], name="darial")
        terminal.flush_stdout()
        return code, *capfd.readouterr()

    run.path = path
    return run


def test_what_can_be_repaired(darial):
    """What is read instead, and where a feed has moved; nothing of a source that is well again."""
    code, out, err = darial("--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (
        0,
        "2 repairs found: --write puts them into " + str(darial.path) + "\n",
    )
    assert [(f["source"], f["why"], f["way"]["url"]) for f in found] == [
        ("dead", "http_404", "https://dead.example/"),
        ("moved", "moved", "https://new.example/rss"),
    ]
    assert darial.path.read_text(encoding="utf-8") == FILE


def test_repairs_are_written(darial):
    """The file names the new addresses, and in a comment the old ones and why."""
    code, out, err = darial("--write")
    assert code == 0
    assert "the page does not exist" in out
    assert "2 repairs written" in err
    text = darial.path.read_text(encoding="utf-8")
    dead, moved, well = load_sources(text).sources
    assert (dead.feeds[0].enabled, dead.listings) == (False, ("https://dead.example/",))
    assert moved.feeds == (
        FeedRef(url="https://new.example/rss"),
        FeedRef(url="https://moved.example/two"),
    )
    assert well.feeds[0].enabled
    assert "instead of https://moved.example/rss (moved for good)" in text


def test_nothing_to_repair(darial):
    """A source that is read as configured has nothing to repair."""
    code, out, err = darial("well")
    assert (code, out) == (0, "")
    assert err.startswith("nothing to repair")


def test_an_interrupted_probe_goes_on(darial, capfd):
    """Sources that were tested before the interruption are not asked again; when all are done the notes go."""
    app = build_commands()
    notes = darial.path.with_name(".sources.toml.probe")
    urls = {"dead": ["https://dead.example/rss"], "moved": ["https://moved.example/rss", "https://moved.example/two"], "well": ["https://well.example/rss"]}  # fmt: skip
    done = [
        SourceProbe(
            source=name,
            enabled=(True,) * len(addresses),
            results=tuple(Probe(url=url, verdict="live", entries=3) for url in addresses),
        )
        for name, addresses in urls.items()
    ]
    notes.write_bytes(b"".join(encode(probe) + b"\n" for probe in done) + b'{"source": "we')
    code = terminal.invoke(app, ["sources", "probe", "--sources", str(darial.path)], name="darial")
    out, err = capfd.readouterr()
    assert code == 0
    assert "3 sources were tested before: going on" in err
    assert "4 of 4 addresses are live" in err
    assert out.count("live") == 4
    assert not notes.exists()


def test_notes_of_other_addresses_are_not_used(tmp_path):
    """A source whose entry was changed meanwhile is tested again."""
    (source,) = load_sources(FILE[: FILE.index("[[source]]", 5)]).sources
    probe = SourceProbe(
        source="dead", enabled=(True,), results=(Probe(url="https://dead.example/older", verdict="gone"),)
    )
    notes = tmp_path / "notes"
    notes.write_bytes(encode(probe) + b"\n")
    assert list(sources_probe._noted(notes, [source])) == []
