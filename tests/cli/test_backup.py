"""`darial backup` and `restore`: one file, also while the owner writes; back again byte for byte; nothing overwritten."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest

from scraper.cli import main
from scraper.errors import StoreError
from storage import open_store
from storage.backup import backup, restore
from tests.storage.test_store_files import fill, problems
from tests.support.shared import ROOT


def files(folder):
    return {p.name: p.read_bytes() for p in (folder / "articles").iterdir()}


def lines(folder):
    with open_store(folder, read_only=True) as store:
        return list(store.change_lines())


def test_there_and_back(tmp_path):
    """A restored store has the same lines, seqs, files and states, and takes new articles."""
    fill(tmp_path / "data", 5)
    done = backup(tmp_path / "data", tmp_path / "b.db")
    assert (done.articles, done.revisions, done.seq) == (5, 5, 5)
    again = restore(tmp_path / "b.db", tmp_path / "new")
    assert (again.articles, again.seq) == (5, 5)
    assert lines(tmp_path / "new") == lines(tmp_path / "data")
    assert files(tmp_path / "new") == files(tmp_path / "data")
    with open_store(tmp_path / "data") as old, open_store(tmp_path / "new") as new:
        assert new.source_states() == old.source_states()
    assert [r.seq for r in fill(tmp_path / "new", 1, 9)] == [6]
    assert problems(tmp_path / "new") == []


def test_the_copy_is_one_file(tmp_path):
    """Nothing lies beside a backup, and it can be read where nobody may write."""
    fill(tmp_path / "data")
    (tmp_path / "b").mkdir()
    backup(tmp_path / "data", tmp_path / "b" / "one.db")
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["one.db"]
    (tmp_path / "b" / "one.db").chmod(0o400)
    (tmp_path / "b").chmod(0o500)
    try:
        restore(tmp_path / "b" / "one.db", tmp_path / "new")
    finally:
        (tmp_path / "b").chmod(0o700)
    assert lines(tmp_path / "new") == lines(tmp_path / "data")


def test_while_the_owner_writes(tmp_path):
    """Copies taken between the commits of another process are whole states of the store, each the beginning of the next."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.support.writer", str(tmp_path / "data"), "0", "100000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout is not None
        seqs = []
        for n in range(4):
            for _ in range(5):
                writer.stdout.readline()
            seqs.append(backup(tmp_path / "data", tmp_path / f"{n}.db").seq)
    finally:
        writer.kill()
        writer.communicate()
    assert seqs == sorted(set(seqs))
    with open_store(tmp_path / "data"):  # the kill's torn end is repaired
        pass
    whole = lines(tmp_path / "data")
    for n, seq in enumerate(seqs):
        restore(tmp_path / f"{n}.db", tmp_path / f"new{n}")
        assert lines(tmp_path / f"new{n}") == whole[:seq]


def test_a_commit_during_the_copy_does_not_begin_it_anew(tmp_path):
    """The copy is the state at its begin, however often the owner commits while it is made."""
    steps = []
    with open_store(tmp_path / "data") as store:
        from tests.support.stories import NOW, found, poll, story

        def commit(n):
            article = found(f"https://a.example/{n}", story(n), title=f"T{n}", fetched=NOW)
            store.commit(poll(article, now=NOW), now=NOW)

        commit(0)

        def step(done, total):
            steps.append((done, total))
            if len(steps) <= 20:
                commit(len(steps))

        assert backup(tmp_path / "data", tmp_path / "b.db", progress=step, pages_a_step=1).seq == 1
        assert store.seq() == 21
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1]


def damage(file):
    data = bytearray(file.read_bytes())
    at = len(data) // 2
    data[at : at + 4096] = bytes(4096)
    file.write_bytes(data)


def rewrite(statement):
    def spoil(file):
        with sqlite3.connect(file) as db:
            db.execute(statement)
        db.close()

    return spoil


SPOILT = {
    "zeros in the middle": damage,
    "half of it": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "no database": lambda file: file.write_bytes(b"hello" * 1000),
    "an empty file": lambda file: file.write_bytes(b""),
    "a line that is not what it was": rewrite("UPDATE line SET hash = 'x' WHERE seq = 2"),
    "a line lacks": rewrite("DELETE FROM line WHERE seq = 2"),
    "of a newer Darial": rewrite("PRAGMA user_version = 999"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_spoilt_backups_are_refused(tmp_path, spoil):
    """A backup that is not what was written makes no store; nothing is left behind under the store's names."""
    fill(tmp_path / "data", 30)
    backup(tmp_path / "data", tmp_path / "b.db")
    spoil(tmp_path / "b.db")
    with pytest.raises(StoreError) as caught:
        restore(tmp_path / "b.db", tmp_path / "new")
    assert caught.value.code in {"store_damaged", "store_newer", "store_full"}
    assert not (tmp_path / "new" / "darial.db").exists()


@pytest.mark.parametrize(
    "name, said",
    [
        ("no database", "is not a backup of a Darial store"),
        ("an empty file", "is not a backup"),
        ("half of it", ""),
    ],
)
def test_what_is_said_of_a_spoilt_backup(tmp_path, name, said):
    """Nobody is sent to the JSON files for a new one: a backup has none."""
    fill(tmp_path / "data", 30)
    backup(tmp_path / "data", tmp_path / "b.db")
    SPOILT[name](tmp_path / "b.db")
    with pytest.raises(StoreError) as caught:
        restore(tmp_path / "b.db", tmp_path / "new")
    assert str(caught.value).startswith(f"{tmp_path / 'b.db'}")
    assert said in str(caught.value)
    assert "rebuild" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["no/such/folder/b.db", "data/darial.db/b.db", "b" * 250 + ".db"],
    ids=["no folder", "below a file", "too long a name"],
)
def test_a_target_that_cannot_be_made(tmp_path, name):
    """The error is of the file that was to be, not of the store."""
    fill(tmp_path / "data")
    with pytest.raises(StoreError) as caught:
        backup(tmp_path / "data", tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")


def test_a_full_disk_under_the_target(tmp_path):
    """So is one that comes while it is copied."""
    fill(tmp_path / "data", 30)

    def no_room(_done, _all):
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(StoreError) as caught:
        backup(tmp_path / "data", tmp_path / "b.db", progress=no_room)
    assert str(caught.value).startswith(f"{tmp_path / 'b.db'}: ")
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_nothing_is_overwritten(tmp_path):
    """A file that is there stays, and so does a store."""
    fill(tmp_path / "data")
    (tmp_path / "mine.db").write_bytes(b"mine")
    with pytest.raises(StoreError, match="there already"):
        backup(tmp_path / "data", tmp_path / "mine.db")
    assert (tmp_path / "mine.db").read_bytes() == b"mine"
    backup(tmp_path / "data", tmp_path / "b.db")
    before = files(tmp_path / "data")
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "articles").mkdir()
    (tmp_path / "json" / "articles" / "2026-01-01.jsonl").write_bytes(b"{}\n")
    for there in ("data", "json"):
        with pytest.raises(StoreError, match="holds a store already"):
            restore(tmp_path / "b.db", tmp_path / there)
    assert files(tmp_path / "data") == before


def test_a_full_disk_leaves_nothing(tmp_path):
    """A copy that cannot be finished does not look like a backup."""
    fill(tmp_path / "data")
    script = (
        "import resource, signal, sys; from pathlib import Path; from storage.backup import backup;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "backup(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    (tmp_path / "b").mkdir()
    args = [sys.executable, "-c", script, str(tmp_path / "data"), str(tmp_path / "b" / "one.db")]
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "store_full" in done.stderr or "StoreError" in done.stderr
    assert list((tmp_path / "b").iterdir()) == []


def test_the_commands(tmp_path, monkeypatch, capfdbinary):
    """A directory gets a file named by the time; both commands say what they made, in words or JSON."""
    fill(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keep").mkdir()
    assert main.main(["backup", "keep", "--json"]) == 0
    made = json.loads(capfdbinary.readouterr()[0])
    assert made["seq"] == 3
    assert made["path"].startswith("keep/darial-20")
    assert main.main(["restore", made["path"], "--store", "new"]) == 0
    assert b"3 articles" in capfdbinary.readouterr()[1]
    assert problems(tmp_path / "new") == []


WRONG = {
    "no store": (["backup", "b.db"], "there is no store"),
    "no such directory": (["backup", "no/where.db"], "no: no such directory"),
    "no such backup": (["restore", "none.db", "--store", "x"], "none.db: no such file"),
    "a server": (["backup", "b.db", "--store", "postgresql://u@db/x"], "pg_dump"),
    "back into a server": (["restore", "b.db", "--store", "postgresql://u@db/x"], "pg_restore"),
}


@pytest.mark.parametrize("args, said", WRONG.values(), ids=WRONG)
def test_wrong_uses(tmp_path, monkeypatch, capfdbinary, args, said):
    """What cannot be done is said in one line, exit 2."""
    monkeypatch.chdir(tmp_path)
    assert main.main(args) == 2
    err = capfdbinary.readouterr()[1].decode()
    assert said in err
