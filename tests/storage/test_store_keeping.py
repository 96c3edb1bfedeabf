"""Packed and purged stores on disk: every crash on the way, both directions of rebuilding, what damaged files say."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard

from scraper.codec import decode, decode_any
from scraper.errors import StoreError
from scraper.model import Record
from storage import open_store
from storage.backup import backup, restore
from storage.files import day_file, disk
from storage.rebuild import rebuild_database
from storage.sqlite_store import SQLiteStore
from tests.support.shared import ROOT
from tests.support.stories import NOW, found, poll, story
from tests.support.torn import Power

DAYS = 4
CUT = NOW + timedelta(days=2)


def fill(folder: Path, days: int = DAYS) -> None:
    """Two articles a day, and on the last day a revision of the first."""
    with open_store(folder) as store:
        for day in range(days):
            now = NOW + timedelta(days=day)
            urls = [f"https://a.example/{day}-{i}" for i in range(2)]
            articles = [
                found(url, story(10 * day + i), title=f"T{i}", fetched=now) for i, url in enumerate(urls)
            ]
            store.commit(poll(*articles, now=now), now=now)
        again = found("https://a.example/0-0", [*story(0), "More."], title="T0", fetched=now)
        store.commit(poll(again, now=now), now=now)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    fill(path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "articles").iterdir())


def problems(folder: Path) -> list[str]:
    with open_store(folder, read_only=True) as store:
        return list(store.verify())


def changes(folder: Path) -> list[Record]:
    with open_store(folder, read_only=True) as store:
        return list(store.changes())


def compact(folder: Path):
    with open_store(folder) as store:
        return store.compact()


def purge(folder: Path, before=CUT):
    with open_store(folder) as store:
        return store.purge(before=before, now=NOW + timedelta(days=DAYS - 1, hours=1))


PACKED = [
    "2026-11-23.jsonl.zst",
    "2026-11-24.jsonl.zst",
    "2026-11-25.jsonl.zst",
    "2026-11-26.jsonl",
    "manifest.json",
]


# ------------------------------------------------------------------------------------------ packing


def test_days_that_are_over_are_packed(folder):
    """All but the last day, with nothing lost; once is enough; the manifest tells of the content and of the packed bytes."""
    plain = {name: (folder / "articles" / name).read_bytes() for name in names(folder)}
    done = compact(folder)
    assert (done.files, done.before) == (3, sum(len(plain[f"2026-11-{d}.jsonl"]) for d in (23, 24, 25)))
    assert names(folder) == PACKED
    assert problems(folder) == []
    path = folder / "articles" / PACKED[0]
    content = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    assert content == plain["2026-11-23.jsonl"]
    assert decode_any((folder / "articles" / "manifest.json").read_bytes())["files"][PACKED[0]] == {
        "lines": 2,
        "first_seq": 1,
        "last_seq": 2,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "packed": {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
    }
    assert compact(folder).files == 0


def test_a_packed_store_goes_on(folder):
    """Commits go to the plain file of their day; packed ones are not touched."""
    compact(folder)
    before = {name: (folder / "articles" / name).read_bytes() for name in PACKED[:3]}
    with open_store(folder) as store:
        for day in (DAYS - 1, DAYS):
            now = NOW + timedelta(days=day)
            store.commit(poll(found(f"https://b.example/{day}", story(90 + day), fetched=now)), now=now)
        assert store.stats().projected == store.seq()
    assert {name: (folder / "articles" / name).read_bytes() for name in PACKED[:3]} == before
    assert problems(folder) == []
    assert compact(folder).files == 1


DAMAGE = {
    "cut short": (lambda data: data[:-9], "cannot be unpacked: its end is missing"),
    "spoilt": (lambda data: data[:30] + bytes(8) + data[38:], "cannot be unpacked"),
    "something behind it": (lambda data: data + b"more", "cannot be unpacked: more stands after its end"),
    "another day's": (lambda data: b"".join(_packed(b'{"seq":1}\n')), "seq 1 differs from the database"),
    "nothing": (lambda data: b"", "cannot be unpacked: its end is missing"),
}


def _packed(data: bytes) -> list[bytes]:
    return [zstandard.ZstdCompressor().compress(data)]


@pytest.mark.parametrize("damage, said", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_packed_file(folder, damage, said):
    """It is named with what is wrong, and written anew from the database, packed as it was."""
    compact(folder)
    path = folder / "articles" / PACKED[0]
    path.write_bytes(damage(path.read_bytes()))
    told = problems(folder)
    assert any(problem.startswith(f"{path.name}: ") and said in problem for problem in told), told
    with open_store(folder) as store:
        store.rebuild()
    assert names(folder) == PACKED
    assert problems(folder) == []


@pytest.mark.parametrize("mark", ["kept", "lost"])
def test_packed_files_when_the_mark_is_lost(folder, mark):
    """A start that compares everything leaves packed files as they are, and mends one that is damaged."""
    compact(folder)
    path = folder / "articles" / PACKED[1]
    path.write_bytes(path.read_bytes()[:-9])
    before = (folder / "articles" / PACKED[0]).read_bytes()
    if mark == "lost":
        _forget_mark(folder)
    open_store(folder).close()
    assert (folder / "articles" / PACKED[0]).read_bytes() == before
    if mark == "kept":  # what is vouched for is believed; verify tells
        assert problems(folder) != []
    else:
        assert names(folder)[1] == "2026-11-24.jsonl"
        assert problems(folder) == []


def _forget_mark(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / "darial.db", isolation_level=None)) as db:
        db.execute("DELETE FROM meta WHERE key = 'projected'")


def test_the_last_day_is_unpacked_before_it_grows(folder):
    """Whoever packed by hand the file that still grows finds it plain and whole after the next start."""
    last = folder / "articles" / "2026-11-26.jsonl"
    content = last.read_bytes()
    last.with_suffix(".jsonl.zst").write_bytes(b"".join(_packed(content)))
    last.unlink()
    with open_store(folder) as store:
        store.commit(poll(found("https://b.example/1", story(91))), now=NOW)
    assert last.read_bytes().startswith(content)
    assert not last.with_suffix(".jsonl.zst").exists()
    assert problems(folder) == []


def test_a_database_from_packed_files(folder):
    """Rebuilt from packed files the database has the same lines, and the files stay packed."""
    compact(folder)
    before = changes(folder)
    for path in folder.glob("darial.db*"):
        path.unlink()
    assert rebuild_database(folder) == len(before)
    assert changes(folder) == before
    open_store(folder).close()
    assert names(folder) == PACKED
    assert problems(folder) == []


# ------------------------------------------------------------------------------------------ purging


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_purged_lines_leave_the_files(folder, packed):
    """The files hold what is left, a day of which nothing is left has none, and the manifest follows."""
    if packed:
        compact(folder)
    done = purge(folder)
    assert (done.articles, done.lines, done.files) == (3, 3, 2)
    ending = ".zst" if packed else ""
    assert names(folder) == [
        f"2026-11-23.jsonl{ending}",  # the first revision of what was edited on the last day
        f"2026-11-25.jsonl{ending}",
        "2026-11-26.jsonl",
        "manifest.json",
    ]
    assert problems(folder) == []
    text = b"".join(path.read_bytes() for path in folder.rglob("*.jsonl"))
    assert story(1)[0].encode() not in text
    assert story(1)[0].encode() not in b"".join(path.read_bytes() for path in folder.glob("darial.db*"))


def test_a_database_from_purged_files(folder):
    """What was purged stays purged, and known, when the database is made anew from the files."""
    purge(folder)
    before = changes(folder)
    for path in folder.glob("darial.db*"):
        path.unlink()
    assert rebuild_database(folder) == len(before)
    assert changes(folder) == before
    with open_store(folder) as store:
        again = store.commit(poll(found("https://a.example/1-1", story(11), title="T1")), now=NOW)
        assert (again.new, again.unchanged) == (0, 1)
        assert (store.stats().articles, store.stats().purged) == (5, 3)
        assert list(store.verify()) == []


def test_a_database_from_files_of_a_purge_that_was_interrupted(folder):
    """Lines that stand in the files beside the one that stands for them are not taken up again."""
    old = {path: path.read_bytes() for path in (folder / "articles").glob("2026-11-2[34].jsonl")}
    purge(folder)
    before = changes(folder)
    for path, data in old.items():
        path.write_bytes(data)
    for path in folder.glob("darial.db*"):
        path.unlink()
    rebuild_database(folder)
    assert changes(folder) == before
    open_store(folder).close()
    assert problems(folder) == []


def test_a_backup_of_a_packed_and_purged_store(folder, tmp_path):
    """A backup brings back a store whose days were packed and purged: the same lines, whole files, nothing found against it."""
    compact(folder)
    assert purge(folder).articles
    backup(folder, tmp_path / "b.db")
    restore(tmp_path / "b.db", tmp_path / "new")
    assert changes(tmp_path / "new") == changes(folder)
    assert problems(tmp_path / "new") == problems(folder) == []
    assert compact(tmp_path / "new").files
    assert [name for name in names(tmp_path / "new") if "jsonl" in name] == [
        name for name in names(folder) if "jsonl" in name
    ]
    for day in names(tmp_path / "new"):
        if "jsonl" in day:
            lines = [list(day_file.lines(place / "articles" / day)) for place in (tmp_path / "new", folder)]
            assert lines[0] == lines[1]
    assert problems(tmp_path / "new") == []


def test_a_hole_that_no_purge_explains(folder):
    """A line that is missing from database and files is named: numbers that nothing stands for were lost."""
    purge(folder)
    path = folder / "articles" / "2026-11-25.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0])
    seq = decode(lines[1], Record).seq
    assert f"2026-11-25.jsonl: seq {seq} is missing" in problems(folder)
    for database in folder.glob("darial.db*"):
        database.unlink()
    with pytest.raises(StoreError, match=f"1 lines are missing, the first after seq {seq - 1}"):
        rebuild_database(folder)


def test_the_newest_day_is_purged_too(tmp_path):
    """Old articles that were imported today stand in today's file: it is written anew and goes on growing."""
    with open_store(tmp_path) as store:
        for i in range(4):
            fetched = NOW - timedelta(days=400 * (i % 2))
            store.commit(poll(found(f"https://a.example/{i}", story(i), fetched=fetched)), now=NOW)
        assert store.purge(before=NOW - timedelta(days=1), now=NOW).articles == 2
        store.commit(poll(found("https://a.example/9", story(9))), now=NOW)
        assert list(store.verify()) == []
    assert problems(tmp_path) == []


# ------------------------------------------------------------------------------------------ crashes


def states(folder: Path, work) -> list[Path]:
    """The directories that a power cut can leave behind while ``work`` goes on."""
    power = Power(folder, folder.parent / "states")
    store = SQLiteStore(folder, files=power)
    with store:
        work(store)
    return power.states


def test_power_cuts_while_packing(folder):
    """Whatever is left, every command reads the same lines, and the next start makes the directory whole."""
    before = changes(folder)
    left = states(folder, lambda store: store.compact())
    for state in left:
        assert problems(state) == [], state
        assert changes(state) == before
        open_store(state).close()
        assert not list(state.rglob(disk.TEMPORARY.format("*")))
        assert len({name[:10] for name in names(state)}) == len(names(state)), "no day has two files"
        assert compact(state).files + sum(name.endswith(".zst") for name in names(state)) >= 3
        assert problems(state) == []
    assert len(left) > 20


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_power_cuts_while_purging(folder, packed):
    """Whatever is left, an article is there whole or purged whole, and the next purge does the rest."""
    if packed:
        compact(folder)
    end = NOW + timedelta(days=DAYS - 1, hours=1)
    left = states(folder, lambda store: store.purge(before=CUT, now=end))
    shutil.copytree(folder, folder.parent / "end")
    done = changes(folder.parent / "end")
    for state in left:
        open_store(state).close()
        assert problems(state) == [], state
        purge(state)
        assert problems(state) == []
        assert [(r.seq, r.id, r.purged) for r in changes(state)] == [(r.seq, r.id, r.purged) for r in done]
    assert len(left) > 15


def test_a_follower_while_the_writer_is_killed(tmp_path):
    """A reader process misses nothing and sees whole records only while a writer commits, packs, purges and is killed."""
    stop = tmp_path / "stop"
    command = [sys.executable, "-m", "tests.support.follower", str(tmp_path / "data"), str(stop)]
    start, follower = 0, None
    for round_ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.support.keeper", str(tmp_path / "data"), str(start)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for count, line in enumerate(iter(writer.stdout.readline, "")):
            start = int(line) + 1
            if follower is None:
                follower = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            if count == 8 + round_:
                writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    with open_store(tmp_path / "data") as store:
        assert list(store.verify()) == []
        there = {record.seq for record in store.changes()}
        top = store.seq()
    stop.write_text(str(top))
    out, _ = follower.communicate(timeout=60)
    seen, stood_for = (set(map(int, line.split())) for line in (out + "\n").split("\n")[:2])
    assert follower.returncode == 0
    assert seen | stood_for == set(range(1, top + 1)), "every number came, or one that stands for it"
    assert there <= seen
    assert stood_for
