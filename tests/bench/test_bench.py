"""Benchmarks: one form, fair turns, nothing pretended where a peer or the pages are missing."""

from __future__ import annotations

import json

import pytest

from bench import __main__ as command
from bench import pages, report, rounds
from scraper.extract import article


def last_line(capfd):
    out, err = capfd.readouterr()
    return json.loads(out.splitlines()[-1]), out, err


def test_last_line_is_the_result(capfd):
    """Tables first, one JSON object last, the exit code says whether all was reached."""
    rows = (report.reach("cost", 4.0, "<=", 4.5), report.reach("speed", None, ">=", 9))
    table = report.Table("Speed", ("who", "rate"), (("ours", 3.5), ("theirs", None)))
    code = report.show(
        "demo", report.Report(figures={"a": 1}, reach=rows, tables=(table,), notes=("run make bench",))
    )
    said, out, _ = last_line(capfd)
    assert code == 1
    assert said == {
        "bench": "demo",
        "figures": {"a": 1},
        "reach": [
            {"what": "cost", "got": 4.0, "want": "<= 4.5", "ok": True},
            {"what": "speed", "got": None, "want": ">= 9", "ok": False},
        ],
        "ok": False,
    }
    assert out.index("Speed") < out.index("Reach") < out.index("run make bench") < out.index('{"bench"')
    assert report.show("demo", report.Report(figures={}, reach=rows[:1])) == 0


@pytest.mark.parametrize(
    ("got", "sign", "want", "ok"),
    [
        (0.97, ">=", 0.97, True),
        (0.96999, ">=", 0.97, True),
        (0.9699, ">=", 0.97, False),
        (0, "<=", 0, True),
        (1, "==", 1, True),
        (None, "<=", 1, False),
    ],
)
def test_reach(got, sign, want, ok):
    """What is compared is what is printed; what could not be measured is not reached."""
    assert report.reach("x", got, sign, want).ok is ok


@pytest.mark.parametrize("argv", [[], ["nothing-of-the-sort"]])
def test_unknown_name_lists_what_there_is(argv, capfd):
    """A wrong name costs nothing and tells the right ones."""
    assert command.main(argv) == 2
    _, err = capfd.readouterr()
    assert "extraction" in err
    assert "text" in err


def test_help(capfd):
    """--help names every benchmark."""
    with pytest.raises(SystemExit) as stop:
        command.main(["--help"])
    assert stop.value.code == 0
    assert "extraction" in capfd.readouterr().out


class Clock:
    """Time that passes only while a contender works."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, seconds):
        def do(item):
            self.now += seconds * item

        return do


def test_rounds_take_turns():
    """Every contender does every item in every round; ratios are of the same round; slow ones run once."""
    clock = Clock()
    contenders = {"base": clock.work(1.0), "twice": clock.work(2.0), "slow": clock.work(50.0)}
    seconds = rounds.run(contenders, [1, 2], rounds=3, once=frozenset(["slow"]), clock=clock)
    assert seconds == {"base": [3.0] * 3, "twice": [6.0] * 3, "slow": [150.0, None, None]}
    assert rounds.ratio(seconds, "twice", "base") == 2.0
    assert rounds.ratio(seconds, "slow", "base") == 50.0
    assert rounds.ratio(seconds, "absent", "base") is None
    assert rounds.median([]) is None


def test_missing_pages_are_said(tmp_path):
    """Without the shared folder a benchmark says what it lacks."""
    with pytest.raises(report.Unable, match="no corpus/pages"):
        report.shared("corpus/pages", environ={"DARIAL_SHARED": str(tmp_path)})
    (tmp_path / "corpus").mkdir()
    assert report.shared("corpus", environ={"DARIAL_SHARED": str(tmp_path)}) == tmp_path / "corpus"


@pytest.mark.parametrize("kind", pages.KINDS)
def test_generated_pages(kind):
    """Pages have the size asked for, are the same each time, and are articles."""
    text = pages.KINDS[kind](30_000)
    assert 30_000 <= len(text) < 33_000
    assert text == pages.KINDS[kind](30_000)
    found = article.extract_article(text)
    assert found.title == "Old bridge reopens"
    assert len(found.body) >= 6
