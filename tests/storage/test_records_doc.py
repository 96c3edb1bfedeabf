"""Every snippet of docs/records.md runs against a real store."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from storage import open_store
from tests.support.stories import NOW, found, poll, story

ROOT = Path(__file__).resolve().parent.parent.parent
DOC = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
TOOLS = ("jq", "zstdcat", "sqlite3", "datasette")
SNIPPETS = re.findall(r"```(sh|python|sql)\n(.*?)```", DOC, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    """A store of two days, the first of them packed."""
    path = tmp_path / "data"
    with open_store(path) as store:
        articles = [
            found(f"https://herald.example/{i}", story(i), title=f"T{i}", language="ka") for i in range(3)
        ]
        store.commit(poll(*articles), now=NOW)
        later = NOW + timedelta(days=1)
        edited = found("https://herald.example/0", story(9), title="T0 again", language="ka", fetched=later)
        store.commit(poll(edited, now=later), now=later)
        store.compact()
    return path


@pytest.mark.parametrize("language, snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippet(folder, language, snippet):
    """It ends well and prints something."""
    env = {**os.environ, "STORE": str(folder), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    if language == "sh":
        for tool in TOOLS:
            if re.search(rf"\b{tool}\b", snippet) and not shutil.which(tool, path=env["PATH"]):
                pytest.skip(f"no {tool} here")
        command = ["bash", "-euo", "pipefail", "-c", snippet]
    elif language == "sql":
        pytest.importorskip("duckdb")
        command = [sys.executable, "-c", "import duckdb, sys; duckdb.sql(sys.argv[1]).show()"]
        command.append(snippet.replace("$STORE", str(folder)))
    else:
        if "pandas" in snippet:
            pytest.importorskip("pandas")
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
