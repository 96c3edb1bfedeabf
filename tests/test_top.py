"""`darial top`: the frame and its lines are functions of values; the command looks once, or watches until q."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from scraper.cli import main, top
from scraper.engines.cluster_status import HostSeen, Sight, WorkerSeen
from scraper.model import Gap, Record, SourceState
from storage.model import Story, Tally
from tests.demo_recording import DEMO, RECORDING
from tests.shared import ROOT

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MARK = top.Mark(NOW, 7)
ALIVE = WorkerSeen(name="one", started=NOW, seen=NOW, alive=True, version="1", sources=3, polls=2)
SILENT = WorkerSeen(name="two", started=NOW, seen=NOW, alive=False, version="1", sources=0, polls=0)
SLOW = HostSeen(site="slow.example", asked=NOW, holder=None, widened=2.0, paused_until=None, status=None)
CALM = HostSeen(site="calm.example", asked=NOW, holder=None, widened=1.0, paused_until=None, status=None)


def state(source, due, **more):
    return SourceState(source=source, due=NOW + due * MINUTE, last_poll=NOW - 9 * MINUTE, **more)


def story(seq, title):
    record = Record(
        seq=seq, id=str(seq), revision=1, source="a", url=f"https://a.example/{seq}", title=title, fetched=NOW, first_seen=NOW
    )  # fmt: skip
    return Story(cursor=seq, record=record, sightings=())


def tally(day, source, articles):
    return Tally(day=day, source=source, language=None, delay=None, articles=articles, copies=0, headlines=0)


def frame(states=(), *, marks=(MARK,), tallies=(), stories=(), cluster=None):
    known = {s.source: s for s in states}
    return top.frame(
        store="data", running=42, marks=marks, states=known, tallies=tallies, stories=stories, cluster=cluster
    )


def text(seen, width=80, height=40):
    return "\n".join(line.text for line in top.lines(seen, width, height))


def test_who_polls_next_comes_first():
    """Due now, then later; who was forgotten for long, or has no time, comes last."""
    never = SourceState(source="never")
    seen = frame([never, state("old", -600), state("later", 5), state("now", -1), state("soon", 2)])
    assert [o.source for o in seen.outlets] == ["now", "soon", "later", "old", "never"]


RATES = {
    "one look cannot tell": ([top.Mark(NOW, 7)], None),
    "nothing came": ([top.Mark(NOW - MINUTE, 7), top.Mark(NOW, 7)], 0.0),
    "between the first look and the last": (
        [top.Mark(NOW - MINUTE / 2, 1), top.Mark(NOW - MINUTE / 4, 2), top.Mark(NOW, 7)],
        12.0,
    ),
}


@pytest.mark.parametrize("marks, want", RATES.values(), ids=RATES)
def test_rate(marks, want):
    """Changes a minute, from the store's last seq at two times."""
    assert frame(marks=marks).per_minute == want


def test_counts_of_today():
    """Articles of today, also of each outlet, and of yesterday; older days count for neither."""
    tallies = [tally("2026-11-24", "a", 3), tally("2026-11-24", "b", 1), tally("2026-11-23", "a", 9), tally("2026-11-22", "a", 5)]  # fmt: skip
    seen = frame([state("a", 1), state("b", 2)], tallies=tallies)
    assert (seen.today, seen.yesterday, [o.today for o in seen.outlets]) == (4, 9, [3, 1])


def test_trouble_is_told_in_words_the_worst_first():
    """Outlets of which nothing comes stand before those that lost something once; those that are well are not listed."""
    gap = Gap(begin=NOW - 9 * MINUTE, end=NOW - MINUTE)
    seen = frame(
        [
            state("well", 1),
            state("gap", 2, open_gaps=(gap,)),
            state("dead", 3, failures=4, error="dns_failed"),
        ]
    )
    _, _, told = text(seen).partition("In trouble (2 outlets)\n")
    assert [line.split()[2 + 1] for line in told.splitlines()[:2]] == ["dead", "gap"]
    assert "the host's name is not known" in told


def test_machines():
    """Workers, the silent first, and the hosts that are slowed, not the others."""
    said = text(frame(cluster=Sight(at=NOW, workers=(ALIVE, SILENT), hosts=(SLOW, CALM), overdue=1)))
    assert "1 workers, 2 polls under way, 1 overdue" in said
    assert said.index("two: silent") < said.index("one: seen now, 2 polls")
    assert "slowed hosts: slow.example\n" in said


@pytest.mark.parametrize("height", [5, 12, 24, 60])
@pytest.mark.parametrize("width", [20, 80, 200])
def test_it_fits(width, height):
    """However much there is to say, no line and no picture is larger than the terminal; what is longer is cut visibly."""
    many = [state(f"outlet-{i}", i, failures=i % 2, error="timeout") for i in range(100)]
    seen = frame(
        many, stories=[story(i, "long " * 99) for i in range(30)], cluster=Sight(at=NOW, workers=(ALIVE,) * 9)
    )
    found = top.lines(seen, width, height)
    assert len(found) <= height
    assert max(len(line.text) for line in found) <= width
    assert height < 24 or found[-1].text.endswith("…")


def test_a_short_terminal_shows_something_of_everything():
    """24 lines, as terminals have at least: outlets, troubles and articles all get some."""
    many = [state(f"outlet-{i}", i, failures=i % 2, error="timeout") for i in range(100)]
    said = text(frame(many, stories=[story(i, f"title {i}") for i in range(30)]), height=24)
    assert all(part in said for part in ("outlet-0 ", "outlet-1 ", "In trouble (50", "title 0", "title 4"))


def test_titles_cannot_command_the_terminal():
    """A title with control characters, or line breaks, is one harmless line."""
    said = text(frame(stories=[story(1, "a\x1b[2Jb\nc")]))
    assert "\x1b" not in said
    assert said.splitlines()[-1].strip().startswith("now")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = str(tmp_path_factory.mktemp("top") / "data")
    assert (
        main.main(
            ["fetch", "--sources", str(DEMO / "sources.toml"), "--replay", str(RECORDING), "--store", place]
        )
        == 0
    )
    return place


def test_one_look(store, capsysbinary):
    """Without a terminal, as with --once, one picture of at most 80 columns; --json has the same for programs."""
    assert main.main(["top", "--once", "--store", store]) == 0
    out = capsysbinary.readouterr().out.decode()
    assert all(
        word in out
        for word in ("nobody writes to it", "Now and next (6 outlets)", "kheoba", "15 articles today")
    )
    assert max(map(len, out.splitlines())) <= 80
    assert main.main(["top", "--store", store]) == 0
    assert len(capsysbinary.readouterr().out.decode().splitlines()) == len(out.splitlines())
    assert main.main(["top", "--json", "--store", store]) == 0
    seen = json.loads(capsysbinary.readouterr().out)
    assert (len(seen["outlets"]), len(seen["recent"]), seen["seq"], seen["today"]) == (6, 15, 15, 15)


ENDS = {
    "q": lambda process, terminal: os.write(terminal, b"q"),
    "Ctrl-C": lambda process, terminal: process.send_signal(signal.SIGINT),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_it_goes_on_until_it_is_ended(store, end):
    """On a terminal it draws anew until q or Ctrl-C: exit 0, the screen given back, no traceback."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "scraper", "top", "--every", "0.2", "--store", store]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    seen = b""
    try:
        while seen.count(b"Last articles") < 2:
            seen += os.read(ours, 4096)
        end(process, ours)
        with contextlib.suppress(OSError):  # the other side is closed
            while part := os.read(ours, 4096):
                seen += part
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"\x1b[?1049l" in seen
    assert b"Traceback" not in seen
