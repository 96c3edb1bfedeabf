"""Every snippet of docs/records.md runs against a real store."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage import open_store
from tests.stories import NOW, found, poll, story

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```(sh|python|sql)\n(.*?)```", DOC, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    with open_store(path) as store:
        articles = [
            found(f"https://herald.example/{i}", story(i), title=f"T{i}", language="ka") for i in range(3)
        ]
        store.commit(poll(*articles), now=NOW)
    return path


@pytest.mark.parametrize("language, snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippet(folder, language, snippet):
    """It ends well and prints something."""
    env = {**os.environ, "STORE": str(folder), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    if language == "sh":
        if "jq" in snippet and not shutil.which("jq"):
            pytest.skip("no jq here")
        command = ["bash", "-euo", "pipefail", "-c", snippet]
    elif language == "sql":
        if not shutil.which("duckdb"):
            pytest.skip("no duckdb here")
        command = ["duckdb", "-c", snippet.replace("$STORE", str(folder))]
    else:
        for module in ("pandas",):
            if (
                f"import {module}" in snippet.replace(",", "\nimport")
                and importlib.util.find_spec(module) is None
            ):
                pytest.skip(f"no {module} here")
        command = [sys.executable, "-c", f"STORE = {str(folder)!r}\n{snippet}"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_key_is_explained():
    """The table of keys has every key of a record."""
    from scraper.codec import field_names
    from scraper.model import Record

    table = DOC[DOC.index("## A record") : DOC.index("## Same article")]
    assert [f.name for f in field_names(Record) if f"`{f.name}`" not in table] == []
