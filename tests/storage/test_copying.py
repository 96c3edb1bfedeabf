"""A store moves between SQLite and PostgreSQL, whole and equal, also when the move is killed on the way."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from urllib.parse import quote

import pytest

from scraper.cli import main
from scraper.codec import decode, decode_any, replace
from scraper.errors import StoreError
from scraper.model import Entry, Failure, Pending, Record, Revisit
from storage import copy_store, location, open_store
from storage.files import mirror
from storage.line import Line
from storage.sql.postgres import AdvisoryLock
from tests.support import postgres_server, writer
from tests.support.stories import NOW, found, poll, story

KINDS = ["sqlite", "postgresql"]


@pytest.fixture
def places(tmp_path_factory):
    """Makes a place of a kind."""

    def make(kind):
        if kind == "postgresql":
            return postgres_server.server().place()
        return str(tmp_path_factory.mktemp("store") / "data")

    return make


def fill(store, *, polls=8):
    """Articles, copies, revisions, failures, states, visits, attempts, pages given up, cursors."""
    for i in range(polls):
        now = NOW + timedelta(hours=9 * i)
        articles = [replace(a, fetched=now) for a in writer.arrivals(i)]
        url = articles[0].url
        visit = Revisit(url=url, due=now + timedelta(hours=1), born=now, item=Pending(entry=Entry(url=url)))
        failures = [Failure(url=f"https://x.example/{i}", code="timeout", message="30 s")]
        result = poll(*articles, source=f"o{i % 3}", now=now, failures=failures)
        store.commit(replace(result, visits=(visit,)), now=now)
    store.attempt("https://x.example/a", now=NOW)
    store.quarantine(
        "https://x.example/q", source="o1", code="parser_crashed", message="x", body=b"\0\xff<p>", now=NOW
    )
    store.keep_cursor("desk", 3)


def answers(store):
    """What a store says, all of it."""
    sources = sorted(store.source_states())
    return {
        "changes": list(store.change_lines()),
        "latest": list(store.latest_lines()),
        "why": [store.explain(r.id) for r in store.latest()],
        "states": sorted(store.source_states().items()),
        "visits": [store.visits(source, limit=99) for source in sources],
        "failures": store.failures(),
        "quarantined": [(q, store.quarantined_body(q.url)) for q in store.quarantined()],
        "cursor": store.cursor("desk"),
        "clusters": store.clusters(),
        "tallies": sorted(map(str, store.tallies(NOW.date()))),
        "hits": [h.record.id for h in store.search("bridge OR river").hits],
        "known": store.known([f"u:o{i % 3}.example/{i}" for i in range(9)]),
        "stats": replace(store.stats(), database_bytes=0, json_bytes=0, projected=0),
        "wrong": list(store.verify()),
    }


@pytest.mark.parametrize("from_", KINDS)
@pytest.mark.parametrize("to", KINDS)
def test_a_copy_is_equal(places, from_, to):
    """Every answer of the copy is that of the original, and both go on alike."""
    here, there = places(from_), places(to)
    with open_store(here) as original:
        fill(original)
        expected = answers(original)
    heard = []
    moved = copy_store(here, there, lambda done, total: heard.append((done, total)))
    assert moved.lines == len(expected["changes"])
    assert heard[-1] == (moved.rows, moved.rows)
    with open_store(here) as original, open_store(there) as copy:
        assert answers(copy) == expected
        assert expected["wrong"] == []
        for store in (original, copy):
            assert store.attempt("https://x.example/a", now=NOW) == 2
            now = NOW + timedelta(days=9)
            failures = [Failure(url=None, code="timeout", message="again")]
            arrivals = [replace(a, fetched=now) for a in writer.arrivals(9)]
            store.commit(poll(*arrivals, now=now, failures=failures), now=now)
        assert answers(copy) == answers(original)


class Killed(Exception):
    """What a test stops a move with."""


@pytest.mark.parametrize("from_, to", [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_killed_copy_goes_on(places, from_, to):
    """Stopped at any row, the copy is no store yet; started again it goes on and ends equal."""
    here, there = places(from_), places(to)
    with open_store(here) as original:
        fill(original, polls=4)
        expected = answers(original)
    done = []
    for stop_at in (1, 90, 300):

        def watch(rows, _total, stop_at=stop_at):
            done.append(rows)
            if rows >= stop_at:
                raise Killed

        with pytest.raises(Killed):
            copy_store(here, there, watch, page_rows=40)
        with pytest.raises(StoreError) as none:
            open_store(there, read_only=True)
        assert none.value.code == "store_missing"
    assert copy_store(here, there).rows < max(done)
    assert done == sorted(done), "no row was moved twice"
    with open_store(there) as copy:
        assert answers(copy) == expected


def test_a_source_that_changed_meanwhile(places):
    """Written to between two runs, the source is copied anew: nothing of the first run is left."""
    here, there = places("sqlite"), places("postgresql")
    with open_store(here) as original:
        fill(original, polls=3)

    def stop(rows, total):
        raise Killed

    with pytest.raises(Killed):
        copy_store(here, there, stop)
    with open_store(here) as original:
        original.commit(
            poll(found("https://new.example/1", story(500)), source="new"), now=NOW + timedelta(days=7)
        )
        expected = answers(original)
    copy_store(here, there)
    with open_store(there) as copy:
        assert answers(copy) == expected


def test_a_source_that_changed_unseen(places):
    """A change that no count shows is found by the comparison: the move says so and begins anew."""
    here, there = places("sqlite"), places("postgresql")
    with open_store(here) as original:
        fill(original, polls=3)

    def stop_late(rows, total):
        if rows == total:
            raise Killed

    with pytest.raises(Killed):
        copy_store(here, there, stop_late)
    with sqlite3.connect(f"{here}/darial.db") as db:
        db.execute("UPDATE tally SET headlines = headlines + 1")
    db.close()
    with pytest.raises(StoreError, match="begins again") as changed:
        copy_store(here, there)
    assert changed.value.code == "store_busy"
    copy_store(here, there)
    with open_store(here) as original, open_store(there) as copy:
        assert answers(copy) == answers(original)


@pytest.mark.parametrize("kind", KINDS)
def test_no_store_is_overwritten(places, kind):
    """A place that has a store is left as it is."""
    here, there = places("sqlite"), places(kind)
    for i, place in enumerate((here, there)):
        with open_store(place) as store:
            store.commit(poll(found(f"https://a.example/{i}", story(i))), now=NOW)
    with pytest.raises(StoreError, match="already"):
        copy_store(here, there)
    with open_store(there) as store:
        assert store.stats().articles == 1


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_copy(places, kind):
    """Where there is no store, the command says so and makes nothing."""
    there = places("sqlite")
    with pytest.raises(StoreError) as none:
        copy_store(places(kind), there)
    assert none.value.code == "store_missing"
    assert not location.directory(there).exists()


@pytest.fixture
def darial(capsysbinary):
    """Run a command line in this process: exit code, stdout, stderr."""

    def run(*args):
        code = main.main([str(a) for a in args])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_the_command(places, tmp_path, darial):
    """``store copy`` takes directories, URLs and files that hold a URL; a password in an argument is refused."""
    here, there = places("sqlite"), places("postgresql")
    with open_store(here) as original:
        fill(original, polls=2)
        lines = original.stats().revisions
    secret = tmp_path / "url"
    password = quote(postgres_server.PASSWORD, safe="")
    secret.write_text(there.replace("darial@", f"darial:{password}@") + "\n")
    code, out, _ = darial("store", "copy", here, f"@{secret}", "--json")
    assert (code, decode_any(out)["lines"]) == (0, lines)
    code, out, _ = darial("store", "stats", "--store", f"@{secret}", "--json")
    assert (code, decode_any(out)["revisions"]) == (0, lines)
    for command in (("store", "stats", "--store"), ("store", "copy", here)):
        code, out, err = darial(*command, "postgresql://darial:s3cret@127.0.0.1/x")
        assert code == 2
        assert "s3cret" not in out + err
        assert "PGPASSWORD" in err
    assert darial("store", "stats", "--store", "@/nowhere")[0] == 2


# ------------------------------------------------------------------------------------------ JSON files elsewhere


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != mirror.STATE}


@pytest.mark.parametrize("kind", KINDS)
def test_files_elsewhere(places, kind, tmp_path):
    """Written bit by bit, after torn lines and purges too, they are the files that a SQLite store has, byte for byte."""
    here, own = places(kind), tmp_path / "own"
    out = tmp_path / "out"
    with open_store(here) as store, open_store(own) as single:
        assert store.project(out) == 0
        for polls in (3, 7):
            for each in (store, single):
                fill(each, polls=polls)
            lines = store.project(out)
            assert lines > 0
            assert files_of(out) == files_of(own / "articles")
            assert store.project(out) == 0
        (*_, last) = sorted(out.glob("*.jsonl"))
        with last.open("ab") as file:
            file.write(b'{"torn')
        for each in (store, single):
            each.purge(before=NOW + timedelta(hours=20), now=NOW + timedelta(days=5))
        store.project(out)
        assert files_of(out) == files_of(own / "articles")
        (out / mirror.STATE).unlink()
        assert store.project(out) == 0, "without its mark it finds them whole"
        assert files_of(out) == files_of(own / "articles")


@pytest.mark.parametrize("window", [1, 2, 1000])
def test_files_window_by_window(tmp_path, window):
    """However few lines are taken at a time, the files come out the same."""
    with open_store(tmp_path / "own") as store:
        fill(store)
        wanted = files_of(tmp_path / "own" / "articles")
    lines = [
        Line(decode(raw, Record).seq, name.removesuffix(".jsonl"), raw)
        for name, text in wanted.items()
        if name.endswith(".jsonl")
        for raw in text.splitlines()
    ]
    lines.sort(key=lambda line: line.seq)
    mirror.project(
        tmp_path / "out",
        lines[-1].seq,
        lambda seq: iter([line for line in lines if line.seq > seq]),
        lambda day: iter([line for line in lines if line.day == day]),
        window=window,
    )
    assert files_of(tmp_path / "out") == wanted


def test_one_writes_files_at_a_time(places, tmp_path):
    """Who comes second is told so at once."""
    place = places("postgresql")
    with open_store(place) as store, store._database.alone(AdvisoryLock.PROJECTING):
        with pytest.raises(StoreError) as busy:
            store.project(tmp_path)
        assert busy.value.code == "store_locked"


def test_files_of_another_store(places, tmp_path):
    """Files that know more than the store are left as they are."""
    with open_store(places("postgresql")) as store, open_store(places("postgresql")) as other:
        fill(store)
        store.project(tmp_path)
        before = files_of(tmp_path)
        other.commit(poll(found("https://a.example/1", story(1))), now=NOW)
        with pytest.raises(StoreError) as damaged:
            other.project(tmp_path)
        assert damaged.value.code == "store_damaged"
        assert files_of(tmp_path) == before


def test_the_project_command(places, tmp_path, darial):
    """``store project`` says how many lines it wrote."""
    here = places("postgresql")
    with open_store(here) as store:
        fill(store, polls=2)
        lines = store.stats().revisions
    code, _, err = darial("store", "project", "--store", here, "--out", tmp_path / "out")
    assert (code, f"{lines} lines written" in err) == (0, True)
    with open_store(here, read_only=True) as store:
        assert store.stats().projected == store.seq()


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_cannot_be_made(places, tmp_path, darial, kind):
    """What cannot be written is named, and not the database that was only read."""
    here = places(kind)
    with open_store(here) as store:
        fill(store, polls=1)
    (tmp_path / "out").write_bytes(b"")
    code, _, err = darial("store", "project", "--store", here, "--out", tmp_path / "out")
    assert (code in (1, 2), err) == (True, f"darial: {tmp_path / 'out'}: File exists\n")
