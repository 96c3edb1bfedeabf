"""A short form of ``python -m bench healing``: twenty kinds of change in a day and a half of virtual time."""

from __future__ import annotations

import argparse

from bench import healing
from bench.changing_sites import CHANGES, UNTOLD


def test_every_kind_of_change():
    """After each kind of change articles are stored, none twice, nobody is pressed, and it is told in words."""
    report = healing.run(argparse.Namespace(seed=1, days=1.5, outlets=len(CHANGES), change_after=0.3))
    got = {row.what: row.got for row in report.reach}
    assert got["articles stored twice"] == 0
    assert got["politeness violations"] == 0
    assert got["most other addresses tried in a poll"] <= healing.MAX_TRIES
    # a frozen feed of a slow outlet is found out only when more was to be expected
    assert got["stored, of what was published after a change"] >= 0.9
    assert got["changes told in words"] >= len(CHANGES) - len(UNTOLD) - 3
