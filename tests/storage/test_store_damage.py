"""A SQLite store that is damaged, or stands beside another one's files: what is said, what goes on, and that nothing is overwritten."""

from __future__ import annotations

import json
import os
import pty
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from scraper.cli import main
from scraper.errors import StoreError
from storage import open_store
from tests.support.damage import change
from tests.support.shared import ROOT
from tests.support.stories import NOW, found, poll, story
from tests.torture.damage import flips

WORD = "zanzibar"


def fill(folder, count, *, outlet="herald", days=1):
    """So many articles of an outlet with a word in common, an hour apart, over some days."""
    with open_store(folder) as store:
        for i in range(count):
            at = NOW + timedelta(minutes=i, days=i * days // count)
            one = found(
                f"https://{outlet}.example/{i}",
                [*story(i), WORD],
                title=f"{outlet} {i}",
                source=outlet,
                fetched=at,
            )
            store.commit(poll(one, source=outlet, now=at), now=at)
    return folder


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "data", 20)


@pytest.fixture
def run(capsysbinary, folder):
    """Run a command line on the store: exit code, stdout, stderr."""

    def runner(*args: str) -> tuple[int, str, str]:
        code = main.main([*args, "--store", str(folder)])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return runner


# ------------------------------------------------------------------------------------------ damage


def test_flipped_bits(tmp_path):
    """Each is named by verify or does no harm, and none is a bug."""

    def some(store):
        for i in range(12):
            one = found(f"https://o1.example/{i}", story(i // 2), title=f"T{i}", source="o1")
            store.commit(poll(one, source="o1"), now=NOW)

    def one_more(store):
        store.commit(poll(found("https://o1.example/3", story(40), source="o1"), source="o1"), now=NOW)

    found_ = flips(tmp_path, 30, 12, random.Random(5), fill=some, write=one_more)
    assert found_["faults"] == []


def spoil_page_of(folder, table):
    """Zero a page that holds rows of a table, not its root."""
    path = folder / "darial.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = db.execute("PRAGMA page_size").fetchone()
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    data = bytearray(path.read_bytes())
    first = (root - 1) * size
    cells = int.from_bytes(data[first + 3 : first + 5], "big")
    assert data[first] == 5, "the table has more than one page"
    at = first + int.from_bytes(data[first + 12 : first + 14], "big")
    assert cells
    child = int.from_bytes(data[at : at + 4], "big")
    data[(child - 1) * size : child * size] = bytes(size)
    path.write_bytes(data)


def test_a_page_of_lines_is_gone(run, folder):
    """The table is named, and each line on the page; the others are exported, and the exit code says that some were not."""
    spoil_page_of(folder, "line")
    code, out, _ = run("store", "verify")
    assert code == 1
    assert "database: table line: " in out
    gone = {int(line.split()[2]) for line in out.splitlines() if line.startswith("database: seq ")}
    assert gone
    code, out, err = run("store", "export")
    assert code == 1
    assert {json.loads(line)["seq"] for line in out.splitlines()} == set(range(1, 21)) - gone
    assert err.count("left out: ") == len(gone)


def test_commands_meet_a_spoilt_line(run, folder):
    """Exports, searches and tails go on without it, name it, and end with 1; status and doctor are not concerned."""
    change(folder, "UPDATE line SET json = X'7B226361FF227D' WHERE seq = 7")
    for args in (
        ("store", "export"),
        ("store", "export", "--format", "csv"),
        ("store", "tail", "--since", "0"),
    ):
        code, out, err = run(*args)
        assert code == 1, args
        assert "the line of seq 7 is not what was stored" in err
        assert len(out.splitlines()) >= 19
    code, out, err = run("search", WORD, "--json", "--limit", "50")
    assert (code, len(out.splitlines())) == (1, 19)
    assert "seq 7" in err
    code, out, _ = run("store", "verify")
    assert code == 1
    assert "database: seq 7 is no record" in out
    assert run("status")[0] == 0
    assert run("doctor")[0] in (0, 1)


def test_commands_meet_a_spoilt_state(run, folder):
    """verify, status and doctor name the source; fetching begins anew."""
    change(folder, "UPDATE source_state SET json = X'7B'")
    assert "the state of the source herald cannot be read" in run("store", "verify")[1]
    assert "state_lost" in run("status")[1]
    checks = {c["name"]: c for c in json.loads(run("doctor", "--json")[1])["checks"]}
    assert checks["source states"]["verdict"] == "wrong"
    assert "herald" in checks["source states"]["found"]


def test_a_rebuild_writes_no_spoilt_line(run, folder):
    """What is spoilt in the database is never written over what is whole in a file; the database comes back from the files."""
    (day,) = (folder / "articles").glob("*.jsonl")
    before = day.read_bytes()
    change(folder, "UPDATE line SET json = X'7B7D' WHERE seq = 7")
    code, _, err = run("store", "rebuild")
    assert (code, day.read_bytes()) == (1, before)
    assert "seq 7" in err
    assert run("store", "rebuild", "--database")[0] == 0
    assert run("store", "verify")[0] == 0


def test_a_writer_opens_a_store_whose_last_line_is_spoilt(folder):
    """The file has it whole: it stays, and what comes is added."""
    (day,) = (folder / "articles").glob("*.jsonl")
    before = day.read_bytes()
    change(
        folder, "UPDATE line SET json = X'7B7D' WHERE seq = 20", "DELETE FROM meta WHERE key = 'projected'"
    )
    with open_store(folder) as store:
        store.commit(poll(found("https://herald.example/new", story(99)), now=NOW), now=NOW)
    assert day.read_bytes().startswith(before)
    assert len(day.read_bytes().splitlines()) == 21


def test_rebuild_search(run, folder):
    """Half of the index's blocks are zero: verify says so, and the index is made anew."""
    change(folder, "UPDATE search_0_data SET block = zeroblob(length(block)) WHERE id > 10 AND id % 2")
    code, out, _ = run("store", "verify")
    assert code == 1
    assert "`darial store rebuild --search` makes it anew" in out
    assert run("store", "rebuild", "--search") == (0, "", "20 articles in the search index\n")
    assert run("store", "verify")[0] == 0
    assert len(run("search", WORD, "--json", "--limit", "50")[1].splitlines()) == 20
    assert run("store", "rebuild", "--search", "--database")[0] == 2


def test_an_index_that_cannot_be_opened(run, folder):
    """FTS5 refuses it: a search says what to do, and that works."""
    change(folder, "UPDATE search_0_config SET v = 7 WHERE k = 'version'")
    code, _, err = run("search", WORD)
    assert code == 1
    assert "the search index is damaged; `darial store rebuild --search" in err
    assert run("store", "rebuild", "--search")[0] == 0
    assert run("store", "verify")[0] == 0


# ------------------------------------------------------------------------------------------ other histories

OTHERS = {
    "a smaller one": {"count": 17, "outlet": "other"},
    "a larger one": {"count": 60, "outlet": "other"},
    "the same articles in another order": {"count": 17, "outlet": "herald2"},
    "over several days": {"count": 30, "outlet": "other", "days": 4},
    "one line": {"count": 1, "outlet": "other"},
}


@pytest.mark.parametrize("mark", ["kept", "lost"])
@pytest.mark.parametrize("days", [1, 3])
@pytest.mark.parametrize("case", OTHERS)
def test_a_database_of_another_store(tmp_path, case, days, mark):
    """With another store's database in place no file is written to, and the error names file and remedy."""
    folder, other = fill(tmp_path / "data", 49, days=days), fill(tmp_path / "other", **OTHERS[case])
    for path in folder.glob("darial.db*"):
        path.unlink()
    shutil.copy(other / "darial.db", folder / "darial.db")
    if mark == "lost":
        change(folder, "DELETE FROM meta WHERE key = 'projected'")
    before = {path.name: path.read_bytes() for path in (folder / "articles").glob("*.jsonl*")}
    with pytest.raises(StoreError) as error, open_store(folder) as store:
        store.add([{"url": "https://x.example/1", "title": "x"}], now=NOW)
    assert error.value.code == "store_damaged"
    assert "rebuild --database" in str(error.value)
    assert str(folder) in str(error.value)
    there = {path.name: path.read_bytes() for path in (folder / "articles").glob("*.jsonl*")}
    assert {name: there.get(name) for name in before} == before


def test_a_rebuild_from_another_database(run, folder, tmp_path):
    """Nor does the command that writes all files anew write over another history's."""
    before = {path.name: path.read_bytes() for path in (folder / "articles").iterdir()}
    other = fill(tmp_path / "other", 30, outlet="other")
    shutil.copy(other / "darial.db", folder / "darial.db")
    assert run("store", "rebuild")[0] == 1
    assert {path.name: path.read_bytes() for path in (folder / "articles").iterdir()} == before


@pytest.mark.parametrize("byte", [b"\xff", b"7"])
def test_a_single_spoilt_line_is_no_history(folder, byte):
    """One bit of a line in a file, wherever it is, is mended by the next writer that compares."""
    (day,) = (folder / "articles").glob("*.jsonl")
    whole = day.read_bytes()
    at = whole.index(b'"id":"', whole.index(b"\n")) + 6
    day.write_bytes(whole[:at] + byte + whole[at + 1 :])
    change(folder, "DELETE FROM meta WHERE key = 'projected'")
    open_store(folder).close()
    assert day.read_bytes() == whole


# ------------------------------------------------------------------------------------------ purging


def test_what_was_purged_by_name_is_nowhere(run, folder):
    """Not a word of it is left in the database, its log, the index or a file."""
    secret = "quetzalcoatl"
    with open_store(folder) as store:
        for text in (story(70), story(71)):
            one = found("https://herald.example/secret", [*text, secret.capitalize()], title=f"The {secret}")
            store.commit(poll(one), now=NOW)
    kept = {p for p in folder.rglob("*") if p.is_file() and secret.encode() in p.read_bytes().lower()}
    assert len(kept) == 2
    code, _, err = run("store", "purge", "--id", "https://herald.example/secret")
    assert code == 0
    assert "1 article with 2 lines deleted" in err
    assert [p for p in folder.rglob("*") if p.is_file() and secret.encode() in p.read_bytes().lower()] == []
    assert run("store", "verify")[0] == 0
    assert run("store", "purge", "--id", "https://herald.example/nowhere")[0] == 1


def test_a_dry_run(run, folder):
    """It shows what would go, and writes nothing."""
    before = run("store", "export")[1]
    code, out, err = run("store", "purge", "--source", "herald", "--dry-run")
    assert (code, len(out.splitlines())) == (0, 21)
    assert "20 articles with 20 lines would be deleted" in err
    told = json.loads(run("store", "purge", "--older-than", "0h", "--dry-run", "--json")[1])
    assert (told["articles"], told["lines"], len(told["would_go"])) == (20, 20, 20)
    assert run("store", "export")[1] == before


def test_what_is_asked_for_in_no_way_or_two(run):
    """One of age, names and outlet; an age under a day only with --yes."""
    for args in ((), ("--older-than", "9d", "--source", "herald"), ("--id", "x", "--source", "herald")):
        assert run("store", "purge", *args)[0] == 2
    for age in ("0h", "23h", "0d"):
        code, _, err = run("store", "purge", "--older-than", age)
        assert code == 2
        assert "--yes" in err
    assert "20 articles" in run("store", "purge", "--older-than", "0h", "--yes")[2]


@pytest.mark.parametrize("answer, left", [("n\n", 20), ("\n", 20), ("y\n", 0)])
def test_it_asks_on_a_terminal(run, folder, answer, left):
    """Nothing is deleted without a yes."""
    here, there = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "scraper",
        "store",
        "purge",
        "--source",
        "herald",
        "--store",
        str(folder),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdin=there, stdout=subprocess.PIPE, stderr=there) as process:
        os.write(here, answer.encode())
        assert process.wait(60) == (1 if left else 0)
    os.close(there)
    os.close(here)
    assert len(run("store", "export")[1].splitlines()) == left
