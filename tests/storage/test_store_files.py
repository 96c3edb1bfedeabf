"""The SQLite store on disk: crashes, torn files, full disks, two owners, old and new versions."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from scraper.codec import decode, decode_any
from scraper.errors import StoreError, StoreLocked
from scraper.model import Record
from storage import open_store
from storage.files.jsonl import Mark, Projection
from storage.line import Line
from storage.lock import Lock, holder
from storage.rebuild import rebuild_database
from storage.sql import sqlite
from tests.support.stories import NOW, found, poll, story

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = "2026-11-23"


def fill(folder: Path, count: int = 3, start: int = 0, now=NOW) -> list[Record]:
    with open_store(folder) as store:
        articles = [
            found(f"https://a.example/{i}", story(i), title=f"T{i}", fetched=now)
            for i in range(start, start + count)
        ]
        return list(store.commit(poll(*articles, now=now), now=now).records)


def day_file(folder: Path, day: str = DAY) -> Path:
    return folder / "articles" / f"{day}.jsonl"


def problems(folder: Path) -> list[str]:
    with open_store(folder, read_only=True) as store:
        return list(store.verify())


# ------------------------------------------------------------------------------------------ the JSON files


def test_lines_are_the_records(tmp_path):
    """The day's file holds exactly the committed records, in seq order, one JSON object a line."""
    records = fill(tmp_path / "data")
    lines = day_file(tmp_path / "data").read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [decode(line, Record) for line in lines] == records


def test_a_day_of_its_own(tmp_path):
    """Files go by the UTC day of the commit, and a clock set back does not break their order."""
    fill(tmp_path, 1, 0)
    fill(tmp_path, 1, 1, NOW + timedelta(days=1))
    fill(tmp_path, 1, 2, NOW - timedelta(days=300))
    counts = {p.stem: p.read_bytes().count(b"\n") for p in (tmp_path / "articles").glob("*.jsonl")}
    assert counts == {"2026-11-23": 1, "2026-11-24": 2}
    assert problems(tmp_path) == []


def test_the_manifest(tmp_path):
    """Days that are over are entered with lines, seqs, bytes and hash; verify checks them; a lost manifest comes back."""
    fill(tmp_path, 2)
    path = tmp_path / "articles" / "manifest.json"
    assert not path.exists()
    fill(tmp_path, 1, 2, NOW + timedelta(days=1))
    data = day_file(tmp_path).read_bytes()
    entry = {
        "lines": 2,
        "first_seq": 1,
        "last_seq": 2,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "packed": None,
    }
    assert decode_any(path.read_bytes()) == {"files": {f"{DAY}.jsonl": entry}}
    path.write_bytes(path.read_bytes().replace(b'"lines": 2', b'"lines": 3'))
    assert problems(tmp_path) == [f"{DAY}.jsonl: not what the manifest says: lines"]
    path.unlink()
    fill(tmp_path, 1, 3, NOW + timedelta(days=1))
    assert decode_any(path.read_bytes()) == {"files": {f"{DAY}.jsonl": entry}}


TORN = {
    "half a line": lambda data, n: data[: len(data) - n],
    "zeros at the end": lambda data, n: data[: len(data) - n] + b"\0" * n,
    "a new line of rubbish": lambda data, n: data + b'{"seq":' + b"9" * (n % 7),
    "nothing": lambda data, n: data,
    "nothing left": lambda data, n: b"",
}


@pytest.mark.parametrize("tear", TORN.values(), ids=TORN)
@pytest.mark.parametrize("cut", [1, 2, 500, 1500])
@pytest.mark.parametrize("marked", [True, False], ids=["closed", "killed"])
def test_torn_tails_are_repaired(tmp_path, tear, cut, marked):
    """Whatever a crash made of the end of the file, the next start makes it whole, byte for byte."""
    fill(tmp_path)
    path = day_file(tmp_path)
    whole = path.read_bytes()
    if not marked:
        with sqlite3.connect(tmp_path / "darial.db") as db:
            db.execute("DELETE FROM meta WHERE key = 'projected'")
        db.close()
    path.write_bytes(tear(whole, cut))
    open_store(tmp_path).close()
    assert path.read_bytes() == whole
    assert problems(tmp_path) == []


def test_missing_files_are_written_again(tmp_path):
    """Files that were deleted come back at the next start."""
    fill(tmp_path, 2)
    fill(tmp_path, 2, 2, NOW + timedelta(days=1))
    kept = {path: path.read_bytes() for path in (tmp_path / "articles").iterdir()}
    for path in kept:
        path.unlink()
    with open_store(tmp_path) as store:
        store.rebuild()
    assert {path: path.read_bytes() for path in (tmp_path / "articles").iterdir()} == kept


def test_verify_names_what_differs(tmp_path):
    """Every difference between database and files is named by file and seq."""
    fill(tmp_path, 4)
    path = day_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        lines[0] + lines[2].replace(b'"T2"', b'"XX"') + lines[3] + lines[3] + b"rubbish\n" + b"{torn"
    )
    told = "\n".join(problems(tmp_path))
    for part in (
        "seq 2 is missing",
        "seq 3 differs",
        "seq 4 stands there twice",
        "a line is no record",
        "is torn",
    ):
        assert part in told
    with open_store(tmp_path) as store:
        store.rebuild()
    assert problems(tmp_path) == []


def test_files_ahead_of_the_database(tmp_path):
    """A database that is older than its files is refused: overwriting them would lose records."""
    fill(tmp_path, 2)
    old = (tmp_path / "darial.db").read_bytes()
    records = fill(tmp_path, 2, 2)
    ahead = day_file(tmp_path).read_bytes()
    (tmp_path / "darial.db").write_bytes(old)
    with pytest.raises(StoreError) as refusal:
        open_store(tmp_path)
    assert refusal.value.code == "store_damaged"
    assert f"rebuild --database --store {tmp_path}`" in str(refusal.value)
    assert day_file(tmp_path).read_bytes() == ahead
    assert rebuild_database(tmp_path) == 4
    with open_store(tmp_path) as store:
        assert store.get(records[-1].id) == records[-1]
        assert list(store.verify()) == []
    assert day_file(tmp_path).read_bytes() == ahead


@pytest.mark.parametrize("left", [None, b""], ids=["no file", "an empty file"])
def test_a_lost_database(tmp_path, left):
    """Files without a database are refused to all, and make the same store again: seqs, days, ids, known addresses."""
    fill(tmp_path, 3)
    fill(tmp_path, 2, 3, NOW + timedelta(days=1))
    with open_store(tmp_path) as store:
        before = list(store.changes())
    files = {path.name: path.read_bytes() for path in (tmp_path / "articles").iterdir()}
    for path in tmp_path.glob("darial.db*"):
        path.unlink()
    if left is not None:
        (tmp_path / "darial.db").write_bytes(left)
    for read_only in (True, False):
        with pytest.raises(StoreError, match="rebuild --database") as lost:
            open_store(tmp_path, read_only=read_only)
        assert lost.value.code == "store_damaged"
    rebuild_database(tmp_path)
    with open_store(tmp_path) as store:
        assert list(store.changes()) == before
        assert list(store.verify()) == []
        again = store.commit(poll(found("https://a.example/1", story(1), title="T1")), now=NOW)
        assert again.unchanged == 1
    assert {path.name: path.read_bytes() for path in (tmp_path / "articles").iterdir()} == files


def test_readers_go_on_with_a_rebuilt_database(tmp_path):
    """Who reads while the database is replaced reads the new one from then on; the old one is kept, its log too."""
    fill(tmp_path, 2)
    with open_store(tmp_path, read_only=True) as reader:
        assert reader.seq() == 2
        rebuild_database(tmp_path)
        (after,) = fill(tmp_path, 1, 2)
        assert [record.id for record in reader.changes(2)] == [after.id]
        with contextlib.closing(sqlite3.connect(tmp_path / "darial.db.old")) as old:
            assert old.execute("SELECT count(*) FROM line").fetchone() == (2,)
        (tmp_path / "darial.db").unlink()
        with pytest.raises(StoreError, match=r"darial\.db: No such file"):
            reader.seq()


def without_rights() -> None:
    """In a child before its program: root's licence to write where nobody may (CAP_DAC_OVERRIDE) is given up."""
    prctl_drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2
    for licence in (dac_override, dac_read_search):
        ctypes.CDLL(None).prctl(prctl_drop_from_bounding_set, licence, 0, 0, 0)


def test_readers_who_may_put_no_files_there(tmp_path):
    """A store at rest is read by those who may not write beside it; a writer who comes, or came and went, is noticed."""
    fill(tmp_path, 2)
    tmp_path.chmod(0o555)
    code = (
        "import sys; from storage import open_store\n"
        f"with open_store({str(tmp_path)!r}, read_only=True) as store:\n"
        "    for line in sys.stdin: print(store.seq(), list(store.verify()), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=without_rights,
    ) as reader:

        def asked() -> str:
            reader.stdin.write("?\n")
            reader.stdin.flush()
            return reader.stdout.readline().strip()

        assert asked() == "2 []"
        assert not (tmp_path / "darial.db-shm").exists()
        tmp_path.chmod(0o755)
        fill(tmp_path, 1, 2)
        assert asked() == "3 []"
        with open_store(tmp_path) as store:
            store.commit(poll(found("https://a.example/3", story(3))), now=NOW)
            assert asked() == "4 []"
        reader.stdin.close()


def test_holes_are_not_rebuilt_over(tmp_path):
    """JSON files with a line missing in the middle make no database: their numbers would change meaning."""
    fill(tmp_path, 3)
    path = day_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(StoreError, match="1 lines are missing, the first after seq 1"):
        rebuild_database(tmp_path)
    assert (tmp_path / "darial.db").exists()


class PowerCut(Exception):
    """The moment when the machine stops."""


class FailingFiles:
    """A disk in memory with a page cache: ``survivors`` are all the states that a power cut may leave."""

    def __init__(self) -> None:
        self.synced: dict[str, bytes] = {}
        self.pending: tuple[str, bytes] | None = None
        self.states: list[dict[str, bytes]] = []

    def size(self, path: Path) -> int:
        return path.stat().st_size if path.exists() else -1

    def append(self, path: Path, data: bytes) -> None:
        base = path.read_bytes() if path.exists() else b""
        for cut in range(len(data) + 1):
            self.states.append({path.name: base + data[:cut]})
            self.states.append({path.name: base + data[:cut] + bytes(len(data) - cut)})
        path.write_bytes(base + data)


def test_every_power_cut_while_appending(tmp_path):
    """From every state that a power cut can leave the file in, the next start recovers all committed lines."""
    lines = [Line(i, DAY, b'{"seq":%d,"t":"%s"}' % (i, b"x" * (i * 7 % 40))) for i in range(1, 9)]
    folder = tmp_path / "articles"
    folder.mkdir()
    files = FailingFiles()
    projection = Projection(folder, files)
    marks = []
    for i in range(0, len(lines), 2):
        marks.append((projection.mark, len(files.states), i + 2))
        projection.append(lines[i : i + 2])
    states = files.states
    for (mark, start, top), end in zip(marks, [m[1] for m in marks[1:]] + [len(states)], strict=True):
        expected = b"".join(line.json + b"\n" for line in lines[:top])
        for state in states[start:end]:
            (content,) = state.values()
            (folder / f"{DAY}.jsonl").write_bytes(content)
            recovered = Projection(folder)
            committed = lines[:top]
            recovered.catch_up(
                mark,
                lambda seq, c=committed: (line for line in c if line.seq > seq),
                lambda day, c=committed: iter(c),
            )
            assert (folder / f"{DAY}.jsonl").read_bytes() == expected
            assert recovered.mark == Mark(top, DAY, len(expected))
    assert len(states) > 500


# ------------------------------------------------------------------------------------------ crashes


def start_writer(folder: Path, start: int, polls: int = 10**6) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.support.writer", str(folder), str(start), str(polls)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_kill_9_loses_nothing(tmp_path):
    """Killed at eight random moments, the store has every acknowledged record once, whole, in both forms."""
    rng = random.Random(11)
    acknowledged: dict[str, int] = {}
    read: list[str] = []  # by somebody who reads on, before the store is repaired
    cursor = start = 0
    for _ in range(8):
        writer = start_writer(tmp_path, start)
        assert writer.stdout.readline() == "open\n", writer.stderr.read()
        for line in iter(writer.stdout.readline, ""):
            number, *stored = line.split()
            start = int(number) + 1
            acknowledged |= {entry: int(number) for entry in stored}
            if rng.random() < 0.1:
                time.sleep(rng.random() * 0.004)
                writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stderr.close()
        writer.stdout.close()
        with open_store(tmp_path, read_only=True) as reader:
            for record in reader.changes(cursor):
                read.append(f"{record.seq}:{record.id}:{record.revision}")
                cursor = record.seq
        with open_store(tmp_path) as store:
            assert list(store.verify()) == []
            entries = [f"{r.seq}:{r.id}:{r.revision}" for r in store.changes()]
        assert read == entries
        assert set(acknowledged) <= set(entries)
        assert len(set(entries)) == len(entries)


def test_a_second_owner_is_refused(tmp_path):
    """One process writes; the next learns at once who it is, and the lock goes with the owner, however it ends."""
    writer = start_writer(tmp_path, 0)
    assert writer.stdout.readline() == "open\n"
    writer.stdout.readline()
    with pytest.raises(StoreLocked, match=f"process {writer.pid} since 20") as refusal:
        open_store(tmp_path)
    assert refusal.value.code == "store_locked"
    assert holder(tmp_path / "lock") == writer.pid
    open_store(tmp_path, read_only=True).close()
    writer.kill()
    writer.communicate()
    open_store(tmp_path).close()
    assert holder(tmp_path / "lock") is None


def test_a_new_store_is_owned_before_its_first_article(tmp_path):
    """A daemon that has nothing to store yet owns its store all the same: a second one is refused, not left to wait."""
    with open_store(tmp_path / "data") as store:
        store.settled("")
        with pytest.raises(StoreLocked):
            open_store(tmp_path / "data")


def test_a_race_has_one_winner(tmp_path):
    """Of several that open one store at once, exactly one gets it; on a fresh directory the first to write."""
    fill(tmp_path)
    code = (
        "import sys; from storage import open_store\n"
        "try: s = open_store(sys.argv[1]); print('won', flush=True); sys.stdin.read()\n"
        "except Exception as e: print(type(e).__name__, flush=True)"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    results = [racer.stdout.readline().strip() for racer in racers]
    for racer in racers:
        racer.communicate()
    assert sorted(results) == ["StoreLocked"] * 3 + ["won"]


def test_the_lock_is_not_inherited(tmp_path):
    """A program that the owner started does not keep the store locked after the owner has closed it."""
    lock = Lock(tmp_path / "lock")
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    lock.release()
    Lock(tmp_path / "lock").release()
    child.communicate()


# ------------------------------------------------------------------------------------------ disks


def limited(folder: Path, limit: int) -> None:
    """In a child process: commit until the file size limit strikes, then exit 0 if the error was an orderly one."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with open_store(folder) as store:
            for i in range(100, 200):
                store.commit(poll(found(f"https://a.example/{i}", story(i))), now=NOW)
    except StoreError as e:
        os._exit(0 if e.code in ("store_full", "store") else 3)
    except BaseException:
        os._exit(4)
    os._exit(5)


@pytest.mark.parametrize("limit_kib", [0, 4, 16, 48, 100, 160, 200, 256])
def test_a_full_disk(tmp_path, limit_kib):
    """Wherever the disk fills up, the error is coded, nothing committed is torn, and work goes on when there is space."""
    fill(tmp_path, 3)
    pid = os.fork()
    if pid == 0:
        limited(tmp_path, limit_kib * 1024)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with open_store(tmp_path) as store:
        assert list(store.verify()) == []
        before = store.stats().seq
        assert before >= 3
        store.commit(poll(found("https://a.example/after", story(999))), now=NOW)
        assert store.stats().seq == before + 1
    assert problems(tmp_path) == []


def test_json_files_fall_behind_and_catch_up(tmp_path):
    """When only the JSON files cannot be written, commits go on, and the files catch up by themselves."""
    with open_store(tmp_path) as store:
        store.commit(poll(found("https://a.example/1", story(1))), now=NOW)
        path = day_file(tmp_path)
        path.rename(path.with_suffix(".away"))
        path.mkdir()  # nothing can be appended to a directory
        assert store.commit(poll(found("https://a.example/2", story(2))), now=NOW).new == 1
        assert store.commit(poll(found("https://a.example/3", story(3))), now=NOW).new == 1
        path.rmdir()
        path.with_suffix(".away").rename(path)
        store.commit(poll(found("https://a.example/4", story(4))), now=NOW)
        assert list(store.verify()) == []
        assert store.stats().projected == 4


# ------------------------------------------------------------------------------------------ versions


def test_durability_settings(tmp_path):
    """The write-ahead log is on and every commit reaches the disk."""
    db = sqlite.connect(tmp_path / "x.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    db.close()


def test_a_newer_store_is_refused(tmp_path):
    """A database of a newer version is left alone, with a clear error."""
    fill(tmp_path)
    with sqlite3.connect(tmp_path / "darial.db") as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    for read_only in (False, True):
        with pytest.raises(StoreError) as refusal:
            open_store(tmp_path, read_only=read_only)
        assert refusal.value.code == "store_newer"


def test_an_older_store(tmp_path):
    """A store of an older version is upgraded, search index, counts and all, by whoever writes; a reader says what to do."""
    records = fill(tmp_path)
    _as_version_1(tmp_path / "darial.db")
    with pytest.raises(StoreError, match="darial store upgrade") as refusal:
        open_store(tmp_path, read_only=True)
    assert refusal.value.code == "store_older"
    with open_store(tmp_path) as store:
        assert [hit.record.id for hit in store.search("T1").hits] == [records[1].id]
        assert sum(tally.articles for tally in store.tallies(date(2000, 1, 1))) == store.stats().articles
        assert list(store.verify()) == []


def _as_version_1(path):
    """The same store as the first Darial would have kept it."""
    new = path.rename(path.with_suffix(".new"))
    db = sqlite.connect(path)
    sqlite.migrate(db, path, sqlite.migrations()[:1])
    db.execute("ATTACH ? AS new", (str(new),))
    for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
        db.execute(f"INSERT INTO main.{table} SELECT {columns} FROM new.{table}")
    db.execute("DELETE FROM meta WHERE key NOT IN ('projected', 'sketch')")
    db.close()


def test_a_failing_migration_leaves_the_old_version(tmp_path):
    """A migration is all or nothing, and the next try takes it up where it stood."""
    db = sqlite.connect(tmp_path / "x.db")
    first, second = "CREATE TABLE a (x);", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);"
    with pytest.raises(sqlite3.OperationalError):
        sqlite.migrate(db, tmp_path, [first, second])
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["a"]
    sqlite.migrate(db, tmp_path, [first, "CREATE TABLE b (x);"])
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.close()


def test_rubbish_is_no_database(tmp_path):
    """A file that is no database gives a coded error, and the command that makes one."""
    (tmp_path / "darial.db").write_bytes(b"rubbish " * 1000)
    with pytest.raises(StoreError) as refusal:
        open_store(tmp_path)
    assert refusal.value.code == "store_damaged"
    assert f"rebuild --database --store {tmp_path}`" in str(refusal.value)


def test_sketches_of_another_algorithm(tmp_path):
    """When the near-duplicate index was made by another algorithm, it is made anew at the start."""
    fill(tmp_path, 2)
    with sqlite3.connect(tmp_path / "darial.db") as db:
        before = set(db.execute("SELECT * FROM fresh_band"))
        db.execute("UPDATE fresh_band SET value = value + 1")
        db.execute("UPDATE meta SET value = 'old' WHERE key = 'sketch'")
    open_store(tmp_path).close()
    assert set(db.execute("SELECT * FROM band")) == before != set()
    db.close()
