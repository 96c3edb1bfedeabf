"""A few points of ``python -m bench torture``, so that the harness itself stays honest."""

from __future__ import annotations

import subprocess
import sys

from scraper.codec import decode_any
from tests.shared import ROOT

PATIENCE_SECONDS = 180


def test_some_points():
    """Kills, power cuts, full disks, races, killed upgrades: no fault, and each did something."""
    few = ["--points", "6", "--lines", "8", "--races", "2", "--upgrades", "3", "--stops", "0", "--seed", "1"]
    # A process of its own: it forks, which is safe only where no thread runs.
    done = subprocess.run(
        [sys.executable, "-m", "bench", "torture", *few],
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    result = decode_any(done.stdout.splitlines()[-1])
    assert result["ok"], done.stdout.decode()
    assert result["figures"]["kills"]["acknowledged"] > 0
    assert result["figures"]["power"]["points"] > 100
