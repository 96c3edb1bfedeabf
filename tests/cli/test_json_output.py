"""Programs can read what every reading command says."""

from __future__ import annotations

import json

import pytest

from scraper.cli import main, terminal
from tests.support.demo_recording import DEMO, DEMO_SOURCES, RECORDING

SOURCES = ["--sources", str(DEMO_SOURCES)]
ALL = terminal.commands(main.build_commands())
COMMANDS = {
    path: options for path, options in ALL.items() if path and not any(p.startswith(f"{path} ") for p in ALL)
}
WITHOUT = {
    "run": "serves; its log is JSON with --log-format json",
    "web": "serves; its interface is JSON",
    "mcp": "serves; its protocol is JSON",
    "feed": "JSON by default",
    "store export": "JSON by default",
    "store tail": "JSON by default",
    "sources export": "OPML is the format that is asked for",
    "init": "writes TOML",
    "demo": "shows a person round; fetch --replay --json is for programs",
    "store quarantine show": "the bytes of a page, as they came",
    "sources add": "writes TOML; sources probe --json finds the same",
    "sources import": "writes TOML",
    "store rebuild": "writes; nothing but its exit code is of interest",
    "stories judge": "asks a person; its answers are JSON in a file",
    "watch add": "writes TOML",
    "watch remove": "writes TOML",
    "watch test": "sends a message",
    "store upgrade": "writes; nothing but its exit code is of interest",
    "store project": "writes; its files are JSON",
}


def test_every_command_speaks_json_or_has_a_reason_not_to():
    """A new command has --json, or is named above with the reason; no name stays there for longer than it is true."""
    silent = {
        name for name, options in COMMANDS.items() if not any(o.strip(",") == "--json" for o in options)
    }
    assert silent == set(WITHOUT)


READING = {
    "status": [], "doctor": SOURCES, "config show": SOURCES, "sources list": SOURCES, "sources check": SOURCES,
    "search": ["a"], "clusters": [], "store stats": [], "store verify": [], "store quarantine list": [],
    "explain": ["ID"], "related": ["ID"],
}  # fmt: skip
BY_DEFAULT = {
    "store export": [],
    "store tail": ["--since", "0"],
    "feed": [str(DEMO / "site/lernayinlur.example/hy/atom.xml")],
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = str(tmp_path_factory.mktemp("json") / "data")
    assert main.main(["fetch", *SOURCES, "--replay", str(RECORDING), "--store", place]) == 0
    return place


@pytest.mark.parametrize("command", [*READING, *BY_DEFAULT])
def test_json_is_all_that_stands_on_stdout(command, store, capsysbinary, monkeypatch):
    """One JSON value a line, and nothing else."""
    monkeypatch.setenv("DARIAL_STORE", store)
    words = READING.get(command, BY_DEFAULT.get(command, []))
    if "ID" in words:
        main.main(["store", "export"])
        words = [json.loads(capsysbinary.readouterr().out.splitlines()[0])["id"]]
    main.main([*command.split(), *words, *(["--json"] if command in READING else [])])
    out = capsysbinary.readouterr().out.decode()
    for line in out.splitlines():
        json.loads(line)
    assert out or command in ("store verify", "store quarantine list", "clusters")


def test_mistakes_of_the_sources_file_as_json(tmp_path, capsysbinary):
    """`sources check --json` lists every mistake and fails as it does without."""
    path = tmp_path / "s.toml"
    path.write_text('[[source]]\nid = "a"\ncolour = "red"\n', encoding="utf-8")
    assert main.main(["sources", "check", "--json", "--sources", str(path)]) == 2
    out, err = capsysbinary.readouterr()
    said = json.loads(out)
    assert (said["ok"], err) == (False, b"")
    assert any("colour" in problem for problem in said["problems"])
    assert len(said["problems"]) > 1
