"""What only the store in PostgreSQL promises: many writers at once, one schema, no password anywhere, the server gone and back."""

from __future__ import annotations

import logging
import sqlite3
import threading
import unicodedata
from datetime import timedelta

import pytest

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import Failure
from scraper.text.normalize import fold
from storage import Filter, open_store
from storage.location import has_password
from storage.pg import location
from storage.postgres_store import PostgresStore
from storage.search.tokens import apart, tokens
from storage.sql.postgres import AdvisoryLock, Database, postgres_migrations
from tests.support import postgres_server, writer
from tests.support.stories import NOW, found, poll, reworded, story


@pytest.fixture
def server():
    return postgres_server.server()


@pytest.fixture
def place(server):
    return server.place()


def commit(store, *articles, now=NOW, **more):
    return store.commit(poll(*articles, now=now, **more), now=now)


def together(*work):
    """Run functions at one time, each in a thread; what one raises is raised."""
    raised = []

    def run(function):
        try:
            function()
        except BaseException as e:
            raised.append(e)

    threads = [threading.Thread(target=run, args=(function,)) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


# ------------------------------------------------------------------------------------------ many writers


def test_no_holes_for_a_reader_that_follows(place):
    """Four writers commit at once; whoever reads meanwhile never sees a seq before a smaller one is there."""
    stores = [open_store(place) for _ in range(4)]
    done = threading.Event()
    seen: list[int] = []

    def write(k):
        for i in range(15):
            articles = [
                found(f"https://o{k}.example/{i}-{j}", story(1000 * k + 10 * i + j, 2)) for j in range(2)
            ]
            commit(stores[k], *articles, source=f"o{k}")

    def write_all():
        together(*(lambda k=k: write(k) for k in range(4)))
        done.set()

    def read():
        with open_store(place, read_only=True) as reader:
            while len(seen) < 120 and not (done.is_set() and not list(reader.changes(seen[-1]))):
                seen.extend(record.seq for record in reader.changes(seen[-1] if seen else 0))

    together(write_all, read)
    assert seen == list(range(1, 121))
    assert list(stores[0].verify()) == []
    for store in stores:
        store.close()


def arrivals(count):
    """Articles, copies and revisions of several outlets, in polls of one outlet each."""
    for i in range(count):
        for article in writer.arrivals(i):
            yield replace(article, fetched=NOW + timedelta(minutes=i))


def _view(store):
    """Everything about the present state that must not depend on who came first."""
    return {r.url: (r.id, r.hash, r.cluster, r.duplicate_of, r.similarity, r.role) for r in store.latest()}


def test_clusters_as_on_one_machine(place, server, tmp_path):
    """However the commits of four workers fall, the articles and clusters are those of a single process on SQLite."""
    by_outlet: dict[str, list] = {}
    for article in arrivals(25):
        by_outlet.setdefault(article.source, []).append(article)
    with open_store(tmp_path / "data") as single:
        for source, articles in by_outlet.items():
            for article in articles:
                commit(single, article, source=source, now=article.fetched)
        expected = _view(single)

    def work(source, articles):
        with open_store(place) as store:
            for article in articles:
                commit(store, article, source=source, now=article.fetched)

    together(*(lambda s=s, a=a: work(s, a) for s, a in by_outlet.items()))
    with open_store(place, read_only=True) as store:
        assert _view(store) == expected
        assert sum(cluster is not None for _, _, cluster, *_ in expected.values()) > 5
        assert list(store.verify()) == []


def test_one_article_from_many(place):
    """Eight workers that found the same article store it once."""
    stores = [open_store(place) for _ in range(8)]
    together(*(lambda s=s: commit(s, found("https://herald.example/1", story(1))) for s in stores))
    assert [(r.seq, r.revision) for r in stores[0].changes()] == [(1, 1)]
    for store in stores:
        store.close()


def test_a_large_batch_is_as_many_small_ones(place, server):
    """Copies and revisions of articles in the same commit are treated as if each came alone."""
    articles = list(arrivals(12))
    with open_store(place) as one, open_store(server.place()) as many:
        commit(one, *articles)
        for article in articles:
            commit(many, article)
        assert list(one.change_lines()) == list(many.change_lines())
        assert list(one.latest_lines()) == list(many.latest_lines())
        assert list(one.verify()) == list(many.verify()) == []


def test_the_writers_lock_is_not_needed_to_say_nothing_new(place):
    """A poll without articles is kept while another worker holds the lock."""
    with open_store(place) as store:
        blocker = Database(location.parse_location(place))
        blocker.open()
        with blocker.transaction(AdvisoryLock.PLACING):
            commit(store, failures=[Failure(url=None, code="dns_failed", message="x")])
            assert store.source_states()["herald"].last_poll == NOW
        blocker.close()


# ------------------------------------------------------------------------------------------ the same as SQLite


def test_the_same_lines_as_sqlite(place, tmp_path):
    """The same history gives the same lines, byte for byte, and the same answers."""
    with open_store(place) as pg, open_store(tmp_path / "data") as lite:
        for store in (pg, lite):
            for i in range(15):
                now = NOW + timedelta(hours=5 * i)
                commit(
                    store, *(replace(a, fetched=now) for a in writer.arrivals(i)), now=now, source=f"o{i % 3}"
                )
            store.add(
                [
                    {
                        "url": "https://x.example/1",
                        "title": "x\x00y",
                        "body": "Nul \x00 and \\u0000",
                        "language": "e\x00n",
                    },
                    {"id": "7", "text": "One.\n\nTwo.", "source": "archive"},
                ],
                now=NOW,
            )
        assert list(pg.change_lines()) == list(lite.change_lines())
        assert list(pg.latest_lines()) == list(lite.latest_lines())
        for record in lite.latest():
            assert pg.explain(record.id) == lite.explain(record.id)
            assert pg.related(record.id) == lite.related(record.id)
        assert pg.clusters() == lite.clusters()
        assert [(s.record, s.sightings) for s in pg.newest()] == [
            (s.record, s.sightings) for s in lite.newest()
        ]
        mine, theirs = pg.stats(), lite.stats()
        assert replace(mine, database_bytes=0, json_bytes=0, projected=0) == replace(
            theirs, database_bytes=0, json_bytes=0, projected=0
        )
        queries = [
            "bridge",
            "river OR valley",
            '"council minister"',
            "min*",
            "bridge -river",
            '-"road school" train',
            '"mayor se"*',
        ]
        for query in queries:
            for filters in (Filter(), Filter(within="related"), Filter(sources=("o1",))):
                hits = [(h.record.id, h.score) for h in pg.search(query, filters, limit=50).hits]
                expected = [(h.record.id, h.score) for h in lite.search(query, filters, limit=50).hits]
                assert [id_ for id_, _ in hits] == [id_ for id_, _ in expected], query
                assert [s for _, s in hits] == pytest.approx([s for _, s in expected], abs=2e-4), query


SCRIPTS = (
    (0x20, 0x590),
    (0x10A0, 0x1100),
    (0x1E00, 0x2000),
    (0x2000, 0x2C00),
    (0x2D00, 0x2D30),
    (0x1F000, 0x1FC00),
)


def test_tokens_are_those_of_sqlite():
    """Every character of the scripts we serve, and every emoji, is a letter, a mark or nothing as FTS5 has it."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (a, tokenize = 'unicode61 remove_diacritics 2')")
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, 'instance')")
    letters = [chr(c) for span in SCRIPTS for c in range(*span) if unicodedata.category(chr(c)) != "Cn"]
    texts = {ord(c): apart(fold(f"q{c}z {c}w é{c}")) for c in letters if c not in "֍֎"}
    db.executemany("INSERT INTO t (rowid, a) VALUES (?, ?)", texts.items())
    expected: dict[int, list[str]] = {c: [] for c in texts}
    for term, c in db.execute("SELECT term, doc FROM v ORDER BY doc, offset"):
        expected[c].append(term)
    db.close()
    assert {chr(c): tokens(text) for c, text in texts.items()} == {chr(c): t for c, t in expected.items()}


def test_words_of_any_length(place, tmp_path):
    """Words longer than an index entry, bodies of more words than PostgreSQL numbers, texts of one word a thousand times."""
    long = "b" * 900
    many = " ".join(f"w{i}" for i in range(20_000)) + " the very last"
    bodies = {
        "long": [f"{long} here"],
        "longer": [f"{long}c there"],
        "many": [many],
        "often": ["again " * 1000 + "ends"],
    }
    queries = {long: ["long"], f"{long}*": ["long", "longer"], '"the very last"': ["many"], '"w19998 w19999"': ["many"],
               '"again ends"': ["often"], '"last the"': [], "w7 w19999": ["many"]}  # fmt: skip
    with open_store(place) as pg, open_store(tmp_path / "data") as lite:
        for store in (pg, lite):
            commit(
                store,
                *(found(f"https://h.example/{name}", body, title=name) for name, body in bodies.items()),
            )
            for query, names in queries.items():
                assert sorted(h.record.title for h in store.search(query).hits) == names, query[:20]


# ------------------------------------------------------------------------------------------ the schema


def test_many_open_a_new_store_at_once(place):
    """Whoever comes first makes the tables; nobody else fails for it."""
    together(*(lambda: open_store(place).close() for _ in range(6)))
    with open_store(place, read_only=True) as store:
        assert store.stats().articles == 0


def test_an_upgrade_is_one_step(place):
    """A script that fails leaves the version before, whole; the same one mended goes on from there."""
    with open_store(place) as store:
        commit(store, found("https://a.example/1", story(1)))
    database = Database(location.parse_location(place))
    database.open()
    more = "CREATE TABLE later (x integer)"
    with pytest.raises(StoreError):
        database.migrate([*postgres_migrations(), more, "CREATE TABLE later (x integer)"])
    with open_store(place) as store:
        assert store.stats().articles == 1
    together(*(lambda: database.migrate([*postgres_migrations(), more]) for _ in range(3)))
    for options in ({}, {"read_only": True}):
        with pytest.raises(StoreError) as refusal:
            open_store(place, **options)
        assert refusal.value.code == "store_newer"
    database.close()


def test_an_older_store(place):
    """Readers do not change a store that an older Darial wrote; whoever writes may bring it up to date."""
    open_store(place).close()
    database = Database(location.parse_location(place))
    database.open()
    later = [*postgres_migrations(), "CREATE TABLE later (x integer)"]
    with pytest.raises(StoreError) as older:
        database.check_readable(scripts=later)
    assert older.value.code == "store_older"
    database.check_readable(older=False, scripts=later)
    database.close()


def test_indexes_of_another_form_are_made_anew(place):
    """After an upgrade that sketches, searches or counts otherwise, nothing is lost from the indexes."""
    with open_store(place) as store:
        commit(store, *arrivals(6))
        before = list(store.latest_lines())
        hits = [(h.record.id, h.score) for h in store.search("bridge").hits]
        tallies = store.tallies(NOW.date())
        database = store._database
        with database.connection() as db:
            bands = db.execute("SELECT * FROM band ORDER BY 1, 2").fetchall()
            db.execute("UPDATE meta SET value = 'old' WHERE key IN ('sketch', 'search', 'tally')")
            db.execute("DELETE FROM band; DELETE FROM search; DELETE FROM tally")
    with open_store(place) as store:
        assert [(h.record.id, h.score) for h in store.search("bridge").hits] == hits
        assert list(store.latest_lines()) == before
        assert sorted(map(str, store.tallies(NOW.date()))) == sorted(map(str, tallies))
        assert list(store.verify()) == []
        with store._database.connection() as db:
            assert db.execute("SELECT * FROM band ORDER BY 1, 2").fetchall() == bands
        copy = found(
            "https://copy.example/x", reworded(list(store.get(hits[0][0]).body), 0.05), source="copy"
        )
        assert commit(store, copy, source="copy").duplicates in (0, 1)


def test_people_ask_in_sql(place):
    """The view ``record`` gives the latest revision of every article as JSONB, in its cluster as it is now."""
    with open_store(place) as store:
        commit(store, found("https://a.example/1", story(1), title="A bridge"))
        commit(store, found("https://b.example/1", story(1), source="b"), source="b")
        first = store.get("https://a.example/1")
        with store._database.connection() as db:
            rows = db.execute(
                "SELECT record->>'title', cluster FROM record WHERE record @> '{\"source\": \"herald\"}'"
            )
            assert rows.fetchall() == [("A bridge", first.cluster)]


# ------------------------------------------------------------------------------------------ trouble

REFUSED = {
    "nobody listens": ("postgresql://darial@127.0.0.1:1/postgres", "store_unreachable"),
    "no such database": ("{server}/nowhere", "store_missing"),
    "no such user": ("postgresql://nobody:pass%20word@127.0.0.1:{port}/postgres", "store_denied"),
    "wrong password": ("postgresql://darial:pass%20word@127.0.0.1:{port}/postgres", "store_denied"),
    "unknown parameter": (
        "postgresql://darial:pass%20word@127.0.0.1:{port}/postgres?colour=red",
        "bad_location",
    ),
    "no plain schema": (
        "postgresql://darial:pass%20word@127.0.0.1:{port}/postgres?schema=a;b",
        "bad_location",
    ),
    "no port": ("postgresql://darial:pass%20word@127.0.0.1:x/postgres", "bad_location"),
}


@pytest.mark.parametrize("url, code", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_opened(server, url, code, caplog):
    """Each trouble has its code, and no message, log or cause that is shown says the password."""
    caplog.set_level(logging.DEBUG)
    base = server.url.rpartition("/")[0]
    with pytest.raises(StoreError) as refusal:
        open_store(url.format(server=base, port=server.port))
    assert refusal.value.code == code
    said = f"{refusal.value} {refusal.value!r} {caplog.text}"
    assert not any(secret in said for secret in ("pass word", "pass%20word", postgres_server.PASSWORD))


def test_the_password_is_shown_nowhere(server):
    """A location with a password never prints it."""
    for url in (
        "postgresql://u:s3cret@h:5/db?sslmode=require&schema=x",
        "postgresql://h/db?user=u&password=s3cret",
        "postgres://u:s3cret@h1,h2:7/db",
    ):
        place = location.parse_location(url)
        assert "s3cret" not in place.shown + repr(place) + str(place)
        assert "s3cret" in place.url
        assert has_password(url)
    assert not has_password("postgresql://u@h/db")


def test_readers_cannot_write(place):
    """A store opened for reading refuses, and so does its connection."""
    with open_store(place) as store:
        commit(store, found("https://a.example/1", story(1)))
    with open_store(place, read_only=True) as store:
        for act in (
            lambda: store.attempt("https://a.example/1", now=NOW),
            lambda: store.settled("https://a.example/1"),
            lambda: store.add([], now=NOW),
            lambda: commit(store),
        ):
            with pytest.raises(StoreError) as refusal:
                act()
            assert refusal.value.code == "store_readonly"
        with pytest.raises(StoreError) as refusal, store._database.connection() as db:
            db.execute("DELETE FROM line")
        assert refusal.value.code == "store_readonly"


def test_no_json_files(place):
    """A store without files says where they come from."""
    with open_store(place) as store, pytest.raises(StoreError) as refusal:
        store.rebuild()
    assert refusal.value.code == "store_no_files"


def test_nul_in_what_feeds_say(place):
    """Guids, addresses and messages with NUL are kept and found again."""
    with open_store(place) as store:
        commit(
            store,
            found("https://a.example/1", story(1), guid="g\0uid"),
            failures=[Failure(url="https://a.example/\0", code="timeout", message="a\0b")],
        )
        assert len(store.known(["g:herald:g\0uid"])) == 1
        assert store.failures()[0].message == "ab"
        assert store.attempt("https://a.example/\0", now=NOW) == 1
        assert store.get("\0") is None


def test_a_restart_costs_nothing():
    """The database stops under a store's feet: calls fail with one code, and succeed again when it is back."""
    server = postgres_server.Server()
    try:
        place = server.place()
        with PostgresStore(place, wait_seconds=0.3) as store:
            commit(store, found("https://a.example/1", story(1)))
            for signal in ("INT", "QUIT"):
                server.stop(signal)
                with pytest.raises(StoreError) as gone:
                    commit(store, found(f"https://a.example/{signal}", story(2)))
                assert gone.value.code == "store_unreachable"
                server.start()
                assert commit(store, found(f"https://a.example/{signal}", story(2))).new == 1
            assert [r.seq for r in store.changes()] == [1, 2, 3]
            assert list(store.verify()) == []
    finally:
        server.close()
