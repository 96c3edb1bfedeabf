"""docs/reliability.md: every row of the specification has a line, and what is said to prove it is there."""

from __future__ import annotations

import ast
import re

import bench
from bench.__main__ import benches
from tests import torture
from tests.support.shared import ROOT

TEXT = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
ROWS = [*(f"A{n}" for n in range(1, 19)), *(f"B{n}" for n in range(1, 18)), *(f"C{n}" for n in range(1, 17))]


def test_every_promise_has_a_row():
    """A1 to A18, B1 to B17, C1 to C16, each once and in order."""
    assert re.findall(r"^\| ([ABC]\d+) \|", TEXT, re.MULTILINE) == ROWS


def test_what_proves_them_exists():
    """Each test that is named is a test of some file, each command a benchmark."""
    tests = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    named = set(re.findall(r"\b(test_\w+)(?!\w|\.py)", TEXT))
    assert len(named) > 40
    assert named - tests == set()
    files = set(re.findall(r"((?:\w+/)*test_\w+\.py)", TEXT))
    assert {name for name in files if not list((ROOT / "tests").rglob(name))} == set()
    assert set(re.findall(r"python -m bench (\w+)", TEXT)) <= benches(bench).keys()
    assert set(re.findall(r"python -m tests.torture (\w+)", TEXT)) <= benches(torture).keys()
