"""A few points of ``python -m tests.torture store``, so that the harness itself stays honest."""

from __future__ import annotations

import subprocess
import sys

from scraper.codec import decode_any
from tests.support.shared import ROOT

PATIENCE_SECONDS = 300


def test_some_points():
    """Kills, power cuts, full disks, killed upgrades, killed parsers, hostile records: no fault, and each did something."""
    few = "--points 6 --lines 8 --files 20 --limits 17 --races 2 --upgrades 3 --records 300 --seed 1 --only A1 --only A2 --only A4 --only A5"
    few += " --only A13 --only C10 --only A15 --parsers 4"
    # A process of its own: it forks, which is safe only where no thread runs.
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", "store", *few.split()],
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    result = decode_any(done.stdout.splitlines()[-1])
    assert result["ok"], done.stdout.decode()
    parts = result["figures"]["parts"]
    assert parts["A1 kills"]["acknowledged"] > 0
    assert parts["A2 power cuts"]["points"] > 100
    assert parts["A15 pool kills"]["articles"] > 50
    assert parts["C10 names, C12 lines"]["points"] > 250
