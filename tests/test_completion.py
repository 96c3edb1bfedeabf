"""`darial completion`: real shells take the script, and what it asks for is answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from scraper.cli import main, terminal
from tests.shared import ROOT

ASKED = {
    "a command": ("darial sto", 1, ["store"]),
    "a command of a group": ("darial store ver", 2, ["verify"]),
    "an option": ("darial doctor --net", 2, ["--network"]),
    "nothing fits": ("darial xyz", 1, []),
}


@pytest.mark.parametrize("line, word, expected", ASKED.values(), ids=ASKED)
def test_what_may_follow(line, word, expected):
    """The shell's question is answered on stdout, and nothing is run."""
    env = {**os.environ, "COMP_WORDS": line, "COMP_CWORD": str(word), terminal.COMPLETE: "complete_bash"}
    command = [sys.executable, "-m", "scraper"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == expected


@pytest.mark.parametrize("shell", terminal.SHELLS)
def test_scripts(capsys, shell):
    """Each names our program and our variable; a shell that is here can read it."""
    assert main.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "darial" in script
    assert terminal.COMPLETE in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False, timeout=60).returncode == 0


def test_another_shell(capsys):
    """Exit 2, and which there are."""
    assert main.main(["completion", "tcsh"]) == 2
    assert "bash, zsh, fish" in capsys.readouterr().err
