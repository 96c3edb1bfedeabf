"""A few points of what ``python -m bench`` does at length, so that the harness itself stays honest."""

from __future__ import annotations

import subprocess
import sys

from scraper.codec import decode_any
from tests.support.shared import ROOT

PATIENCE_SECONDS = 60


def test_kills_of_a_fetch():
    """kill -9 at some random moments of a replayed fetch: nothing lost, torn or doubled after the next run."""
    # A process of its own: it forks, which is safe only where no thread runs.
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", "fetch", "--points", "4"],
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    result = decode_any(done.stdout.splitlines()[-1])
    assert result["figures"]["faults"] == []
    assert result["figures"]["kills"] > 0
    assert result["ok"], done.stdout.decode()
