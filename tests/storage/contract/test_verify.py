"""``verify``: whatever of a store is spoilt is named, and of a store that is whole nothing is."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import zstandard

from storage import open_store
from storage.files.jsonl import compare
from storage.line import Line
from tests.support import postgres_server
from tests.support.stories import NOW, found, poll, reworded, story

DAY = "2026-11-23"


def fill(place) -> None:
    """Two days: three articles, one of them a copy of another, one revised on the second day."""
    with open_store(place) as store:
        store.commit(
            poll(*(found(f"https://a.example/{i}", story(i), title=f"T{i}") for i in (1, 2))), now=NOW
        )
        copy = found(
            "https://b.example/1", reworded(story(1), 0.02), source="b", fetched=NOW + timedelta(hours=1)
        )
        store.commit(poll(copy, source="b"), now=NOW + timedelta(hours=1))
        later = NOW + timedelta(days=1)
        again = found("https://a.example/2", [*story(2), "More."], title="T2", fetched=later)
        store.commit(poll(again, now=later), now=later)


def problems(place) -> str:
    with open_store(place, read_only=True) as store:
        return "\n".join(store.verify())


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    made = postgres_server.server().place() if request.param == "postgresql" else tmp_path / "data"
    fill(made)
    return made


def change(place, statement: str) -> None:
    """Behind the store's back, as a tool or a fault of ours might."""
    with open_store(place) as store:
        if isinstance(place, Path):
            store._db.run("PRAGMA foreign_keys = OFF")
            store._db.run(statement)
        else:
            with store._database.connection() as db:
                db.execute(statement)


ROWS = {
    "a line is gone": ("DELETE FROM line WHERE seq = 2", "seq 2 is missing"),
    "another source": ("UPDATE line SET source = 'x' WHERE seq = 3", "seq 3 and its line disagree"),
    "another language": ("UPDATE line SET language = 'xx' WHERE seq = 3", "seq 3 and its line disagree"),
    "fetched at another time": ("UPDATE line SET fetched = 0 WHERE seq = 3", "seq 3 and its line disagree"),
    "another cluster": ("UPDATE line SET cluster = NULL WHERE seq = 3", "seq 3 and its line disagree"),
    "another role": ("UPDATE line SET role = 'update' WHERE seq = 3", "seq 3 and its line disagree"),
    "another latest line": ("UPDATE article SET latest = 2 WHERE n = 2", "says latest seq 2"),
    "an article's source": ("UPDATE article SET source = 'x' WHERE n = 1", "has another source than its line"),
    "keys are gone": ("DELETE FROM identity WHERE article = 1", "is not known by any key"),
    "edges are gone": ("DELETE FROM edge", "is in a cluster and like no other article"),
    "half an edge": ("DELETE FROM edge WHERE a = 1", "is like an article that is not like it"),
    "a cluster is gone": ("UPDATE article SET cluster = NULL WHERE n = 3", "is like an article outside its cluster"),
    "another head": ("UPDATE article SET cluster = 3 WHERE cluster = 1", "is not the earliest of its cluster"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_rows(place, case):
    """Rows that contradict each other or their lines, in either database."""
    statement, said = ROWS[case]
    assert problems(place) == ""
    change(place, statement)
    assert said in problems(place)


@pytest.mark.parametrize(
    ("statement", "said"),
    [("DROP INDEX line_day", "the index line_day is missing"), ("DROP TABLE tally", "the table tally is missing")],
)  # fmt: skip
def test_tables(tmp_path, statement, said):
    """What a migration made is there."""
    fill(tmp_path)
    change(tmp_path, statement)
    assert said in problems(tmp_path)


def rewritten(name, change, folder):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


def copied(name, folder):
    (folder / name).write_bytes((folder / f"{DAY}.jsonl").read_bytes())


class Vanishing(type(Path())):
    """A file that was there when it was looked for, and is packed or purged when it is opened."""

    def exists(self, **_):
        return True


def test_a_file_that_a_writer_takes_away(tmp_path):
    """Is one that is not there, for a second look to find in another form; no error."""
    path = Vanishing(tmp_path / f"{DAY}.jsonl")
    lines = [Line(seq, DAY, b"{}") for seq in (1, 2)]
    said = f"{DAY}.jsonl: the file is missing, with seq 1 to 2"
    assert list(compare(path, lambda: iter(lines))) == [said]
    assert list(compare(path, lambda: iter(()))) == []


FILES = {
    "a copy that readers meet": (partial(copied, f"{DAY} (copy).jsonl"), "(copy).jsonl: does not belong to the store"),
    "an editor's backup": (partial(copied, f"{DAY}.jsonl.bak"), ".bak: does not belong to the store"),
    "a day twice": (
        lambda folder: (folder / f"{DAY}.jsonl.zst").write_bytes(zstandard.compress(b'{"seq":1}\n')),
        f"{DAY}.jsonl.zst: seq 2 is missing",
    ),
    "a day of its own": (partial(copied, "2020-01-01.jsonl"), "2020-01-01.jsonl: seq 1 is not in the database"),
    "a manifest that is gone": (
        lambda folder: (folder / "manifest.json").unlink(), f"{DAY}.jsonl: is not in the manifest",
    ),
    "a manifest that is none": (
        partial(rewritten, "manifest.json", lambda _: b"{"), f"{DAY}.jsonl: is not in the manifest",
    ),
    "a manifest with another hash": (
        partial(rewritten, "manifest.json", lambda data: data.replace(b'sha256": "', b'sha256": "0')),
        f"{DAY}.jsonl: not what the manifest says: sha256",
    ),
    "two lines change places": (
        partial(rewritten, f"{DAY}.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[::-1])),
        f"{DAY}.jsonl: seq 2 is out of order",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_files(tmp_path, case):
    """Files that are not what they were, that nobody can vouch for, or that do not belong there."""
    spoil, said = FILES[case]
    fill(tmp_path)
    assert problems(tmp_path) == ""
    spoil(tmp_path / "articles")
    assert said in problems(tmp_path)
