"""Completion by shells: the question for the words that may follow is answered, and nothing is run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.shared import ROOT

ASKED = {
    "a command": ("darial sto", 1, ["store", "stories"]),
    "a command of a group": ("darial store ver", 2, ["verify"]),
    "an option": ("darial doctor --net", 2, ["--network"]),
    "nothing fits": ("darial xyz", 1, []),
}


@pytest.mark.parametrize("line, word, expected", ASKED.values(), ids=ASKED)
def test_what_may_follow(line, word, expected):
    """The shell's question is answered on stdout, and nothing is run."""
    env = {**os.environ, "COMP_WORDS": line, "COMP_CWORD": str(word), "_DARIAL_COMPLETE": "complete_bash"}
    command = [sys.executable, "-m", "scraper"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == expected
