"""docs/running.md names every command, exit code and event that there is; every error code has its words."""

from __future__ import annotations

import re

import pytest

from scraper.cli import main, terminal
from scraper.error_messages import CAUSES, explain_code
from tests.support.shared import ROOT

DOC = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
OURS = ("run", "fetch", "extract", "feed", "status", "demo")


def code_of(*folders):
    return "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


@pytest.mark.parametrize(
    "name", sorted(name for name in terminal.commands(main.build_commands()) if name and " " not in name)
)
def test_every_command(name):
    """Each command has its line in the table."""
    assert f"| `darial {name}` |" in DOC


@pytest.mark.parametrize("name", OURS)
def test_every_option(name):
    """Each option of the commands that this page is about is named on it."""
    options = terminal.commands(main.build_commands())[name]
    assert [option for option in options if f"`{option}" not in DOC] == []


@pytest.mark.parametrize(
    "code", [0, main.FAILED, main.USAGE, main.BUG, main.LOCKED, main.INTERRUPTED, main.BROKEN_PIPE, 143]
)
def test_every_exit_code(code):
    """Each exit code is explained."""
    assert f"\n| {code} | " in DOC


def test_every_event():
    """Each event that the daemon logs is explained."""
    events = set(re.findall(r'[._]log\.(?:info|warning|error|critical)\(\s*"(\w+)"', code_of("scraper")))
    assert len(events) >= 10
    assert {event for event in events if f"`{event}`" not in DOC} == set()


def test_every_error_code():
    """Each code that is raised anywhere has words (which docs/errors.md has from there: `make reference`)."""
    raised = set(re.findall(r'\bcode ?= ?"(\w+)"', code_of("scraper", "storage")))
    abstract = {
        "error",
        "fetch",
        "parse",
        "config",
        "http_error",
        "az",
    }  # bases that are never seen; a language code
    assert raised - abstract - CAUSES.keys() == set()


@pytest.mark.parametrize(
    "code, words",
    [
        ("dns_failed", "the host name is unknown, or our name server does not answer"),
        ("http_404", "the page does not exist"),
        ("http_418", "the server refuses (418)"),
        ("http_502", "the server has an error (502)"),
        ("something_new", "something new"),
    ],
)
def test_codes_in_words(code, words):
    """Every code can be said in words, also one that this version does not know."""
    assert explain_code(code) == words
