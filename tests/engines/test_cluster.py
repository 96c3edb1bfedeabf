"""Several machines over one PostgreSQL: turns at hosts, sources and batches are shared, whoever dies or is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest

from scraper import clock
from scraper.cli import main
from scraper.codec import decode_any, replace, to_builtins
from scraper.engines import EngineSetup
from scraper.errors import HttpStatusError, StoreError
from scraper.ingest.model import ImportResult, IngestCounts, IngestInput, PageBatch, RefusedPage, SavedPage
from storage import open_store
from tests.support import postgres_server
from tests.support.demo_recording import DEMO_SOURCES, RECORDING
from tests.support.shared import ROOT

pytest.importorskip("procrastinate")

from scraper.engines.connection import ClusterConnection, ConnectionLost
from scraper.engines.ingest_batches import MAX_WAITING
from scraper.engines.jobs import MAX_ATTEMPTS, Timing
from scraper.engines.postgres import PostgresEngine
from scraper.engines.shared_ingest import SharedIngestQueue
from scraper.engines.shared_rate_limit import SharedRateLimiter
from tests.torture.cluster_world import Wire

PATIENCE_SECONDS = 60
QUICK = Timing(pause=0.02, sweep=0.2, reconnect=0.1, retry=0.1)
PACE = 0.05
# One statement fails as it does when the server stops; a sequence does not go back with its transaction.
BREAK_ONCE = """
CREATE SEQUENCE breaks;
CREATE FUNCTION break_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('breaks') = 1 THEN RAISE 'cut off' USING ERRCODE = 'admin_shutdown'; END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER break_once BEFORE STATEMENT FOR EACH ROW EXECUTE FUNCTION break_once()
"""


@pytest.fixture
def place():
    return postgres_server.server().place()


async def until(true):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# ------------------------------------------------------------------------------------------ turns at hosts


def limiter(link, name, **more):
    return SharedRateLimiter(link, name, monotonic=clock.monotonic, **more)


async def ask(its, site, note, *, seconds=5.0, lasts=0.01, status=200):
    """One request: ``note`` gets when it began and ended."""
    async with its.at(
        site, url=f"https://{site}/", pace=PACE, seconds=seconds, room=asyncio.Semaphore()
    ) as turn:
        began = clock.monotonic()
        await asyncio.sleep(lasts)
        note.append((began, clock.monotonic()))
        turn.answered(status, 30.0)


def test_one_stream_of_requests_a_host(place):
    """Four processes with many requests for a few hosts: at each host one at a time, and in pace."""
    requests = defaultdict(list)

    async def go():
        async with contextlib.AsyncExitStack() as stack:
            links = [await stack.enter_async_context(ClusterConnection(place)) for _ in range(4)]
            processes = [limiter(link, f"p{n}") for n, link in enumerate(links)]
            sites = [f"host{n}.example" for n in range(5)]
            await asyncio.gather(
                *(ask(p, s, requests[s]) for p in processes for s in sites for _ in range(4))
            )

    asyncio.run(go())
    assert {len(made) for made in requests.values()} == {16}
    for made in requests.values():
        assert min(b[0] - a[1] for a, b in pairwise(sorted(made))) >= PACE * 0.98


def test_a_pause_is_everybodys(place):
    """What a host tells one process (429, Retry-After) holds for all, with the time that is left."""

    async def go():
        async with ClusterConnection(place) as one, ClusterConnection(place) as other:
            await ask(limiter(one, "one"), "host.example", [], status=429)
            with pytest.raises(HttpStatusError) as refused:
                await ask(limiter(other, "other"), "host.example", [])
            return refused.value

    error = asyncio.run(go())
    assert error.status == 429
    assert 25 < error.retry_after <= 35  # what the way to the database took is waited on top


def test_a_dead_process_lets_go_in_time(place):
    """A slot that nobody releases ends with the time limit of its request, not before and hardly after."""

    async def go():
        async with ClusterConnection(place) as one, ClusterConnection(place) as other:
            lost = limiter(one, "one", margin_seconds=0.2)
            began = clock.monotonic()
            await lost._acquire("host.example", 0.8)
            note = []
            await ask(limiter(other, "other"), "host.example", note)
            return note[0][0] - began

    assert 0.95 <= asyncio.run(go()) < 10


def test_a_silent_process_lets_go(place):
    """The slot of a process that has not been seen for a while ends before its time."""

    async def go():
        async with ClusterConnection(place) as one, ClusterConnection(place) as other:
            await limiter(one, "dead")._acquire("host.example", 1000.0)
            await one.rows("INSERT INTO worker_seen VALUES ('dead', now(), now(), '1', 0, 0)")
            began = clock.monotonic()
            note = []
            await ask(limiter(other, "other", silent_seconds=0.5), "host.example", note)
            return note[0][0] - began

    assert 0.3 <= asyncio.run(go()) < 30


def test_no_database_no_requests():
    """A process that cannot reach the database gets no slot."""

    async def go():
        async with contextlib.AsyncExitStack() as stack:
            server = postgres_server.Server()
            stack.callback(server.close)
            link = await stack.enter_async_context(ClusterConnection(server.place()))
            server.stop()
            note = []
            with pytest.raises(ConnectionLost):
                await ask(limiter(link, "one"), "host.example", note)
            return note

    assert asyncio.run(go()) == []


# ------------------------------------------------------------------------------------------ sources


class Process:
    """An engine as one process has it, and what it was asked to poll."""

    def __init__(self, place, name, world, *, timing=QUICK, **more):
        self.name, self._world = name, world
        self.lost, self.errors = [], []
        self.stop = asyncio.Event()
        setting = EngineSetup(
            location=place, now=clock.now, monotonic=clock.monotonic, on_lost=self.lost.append,
            on_error=lambda source, error: self.errors.append(error), **more,
        )  # fmt: skip
        self.engine = PostgresEngine(setting, timing=timing)
        self.task = None

    def start(self, *sources, seconds=0.0):
        due = {source: clock.now() + timedelta(seconds=seconds) for source in sources}
        self.task = asyncio.create_task(self.engine.run(due, self._poll, self.stop))

    async def end(self):
        self.stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task

    async def _poll(self, source):
        return await self._world.poll(self.name, source)


class Polls:
    """Every poll of every process."""

    def __init__(self, *, again=timedelta(hours=1), lasts=0.0):
        self.again, self.lasts = again, lasts
        self.count, self.by = Counter(), Counter()
        self.running, self.overlaps, self.cancelled = Counter(), 0, []
        self.hold = {}  # process name -> event to wait for

    async def poll(self, name, source):
        self.overlaps += self.running[source]
        self.running[source] += 1
        try:
            if name in self.hold:
                await self.hold[name].wait()
            await asyncio.sleep(self.lasts)
            self.count[source] += 1
            self.by[name] += 1
            return clock.now() + self.again
        except asyncio.CancelledError:
            self.cancelled.append((name, source))
            raise
        finally:
            self.running[source] -= 1


def test_processes_share_the_sources(place):
    """Three processes of the same sources: each source is polled once when it is due, by whichever is free."""

    async def go():
        polls = Polls(lasts=0.02)
        processes = [Process(place, name, polls, max_polls=4) for name in "abc"]
        sources = [f"s{n}" for n in range(60)]
        for process in processes:
            process.start(*sources)
        await until(lambda: len(polls.count) == 60 and not +polls.running)
        for process in processes:
            await process.end()
        return polls

    polls = asyncio.run(go())
    assert set(polls.count.values()) == {1}
    assert polls.overlaps == 0
    assert len(polls.by) == 3


def test_outlets_of_one_site_are_not_polled_side_by_side(place):
    """Sources whose site is the same take turns, over all processes."""

    async def go():
        polls = Polls(lasts=0.05)
        processes = [Process(place, name, polls, site=lambda _: "site.example") for name in "ab"]
        most = 0
        for process in processes:
            process.start("s1", "s2", "s3", "s4")
        while len(polls.count) < 4:
            most = max(most, polls.running.total())
            await asyncio.sleep(0.005)
        for process in processes:
            await process.end()
        return most

    assert asyncio.run(go()) == 1


def test_what_a_silent_process_had_is_taken_over(place):
    """A process whose heart stands still loses its job to another; nothing waits for it."""
    dead = replace(QUICK, heartbeat=1000.0)
    alive = replace(QUICK, stalled=0.5)

    async def go():
        polls = Polls()
        polls.hold["dead"] = asyncio.Event()
        one, other = Process(place, "dead", polls, timing=dead), Process(place, "alive", polls, timing=alive)
        one.start("s")
        await until(lambda: polls.running["s"])
        other.start("s")
        await until(lambda: polls.by["alive"])
        await other.end()
        polls.hold["dead"].set()
        await one.end()
        return polls

    assert asyncio.run(go()).by["alive"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE ON procrastinate_jobs", id="the end of a job"),
        pytest.param("UPDATE ON procrastinate_workers", id="a heartbeat"),
    ],
)
def test_a_statement_of_a_worker_fails(place, statement):
    """One failure that Procrastinate goes on after: the process begins anew, and no source stays locked by a lost job."""

    async def go():
        async with ClusterConnection(place) as link:
            await link.rows(BREAK_ONCE.replace("STATEMENT", statement))
        polls = Polls(again=timedelta(seconds=0.05))
        process = Process(place, "a", polls, timing=replace(QUICK, heartbeat=0.05))
        process.start("s")
        await until(lambda: process.lost)
        before = polls.count["s"]
        await until(lambda: polls.count["s"] > before + 3)
        await process.end()
        return process, polls

    process, polls = asyncio.run(go())
    assert len(process.lost) == 1
    assert polls.overlaps == 0


def test_the_database_restarts(tmp_path):
    """Polling goes on by itself after a restart of the server, and no source is forgotten."""

    async def go():
        with contextlib.closing(postgres_server.Server()) as server:
            polls = Polls(again=timedelta(seconds=0.05))
            process = Process(server.place(), "a", polls, timing=replace(QUICK, stalled=1.0, heartbeat=0.2))
            process.start("s1", "s2")
            await until(lambda: min(polls.count["s1"], polls.count["s2"]) > 3)
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.start)
            before = Counter(polls.count)
            await until(lambda: all(polls.count[s] > before[s] + 3 for s in ("s1", "s2")))
            await process.end()
            return polls

    polls = asyncio.run(go())
    assert polls.overlaps == 0


def test_cut_off(place):
    """A process that hears nothing from the database gives up its polls and all it asked, and comes back by itself."""
    server = postgres_server.server()

    async def go():
        polls = Polls()
        polls.hold["a"] = asyncio.Event()
        async with Wire(server.port) as wire:
            through = place.replace(f":{server.port}/", f":{wire.port}/")
            timing = replace(QUICK, lease=0.5, stalled=1.0, heartbeat=0.2, drain=0.1, statement=1.0, pool=0.5)
            process = Process(through, "a", polls, timing=timing)
            process.start("s")
            await until(lambda: polls.running["s"])
            with wire.cut():
                await until(lambda: polls.cancelled)
                assert not polls.running["s"]
                polls.hold["a"].set()
                await until(lambda: process.lost)
            await until(lambda: polls.count["s"])
            await process.end()
        return process, polls

    process, polls = asyncio.run(go())
    assert process.lost
    assert polls.cancelled == [("a", "s")]


def test_a_source_of_another_file(place):
    """A process that does not have a source in its file leaves it to those who have."""

    async def go():
        polls = Polls()
        quick = replace(QUICK, unknown=0.05)
        one, other = Process(place, "one", polls, timing=quick), Process(place, "other", polls, timing=quick)
        one.start("mine")
        other.start("theirs")
        await until(lambda: len(polls.count) == 2)
        await one.end()
        await other.end()
        return polls

    assert asyncio.run(go()).by == {"one": 1, "other": 1}


def test_a_store_that_fails_is_tried_again_soon(place):
    """When the store fails a poll, the source is not put off for as long as for a bug."""

    async def go():
        polls = Polls()
        failing = [StoreError("full", code="store_full"), StoreError("gone", code="store_unreachable")]

        class Failing(Polls):
            async def poll(self, name, source):
                if failing:
                    raise failing.pop()
                return await super().poll(name, source)

        polls = Failing()
        process = Process(place, "a", polls)
        process.start("s")
        await until(lambda: polls.count["s"])
        await process.end()
        return process

    assert len(asyncio.run(go()).errors) == 2


def test_many_processes_make_the_tables(place):
    """Ten processes that begin at once in an empty database: one makes the tables, all find them."""

    async def go():
        links = [ClusterConnection(place) for _ in range(10)]
        await asyncio.gather(*(link.open() for link in links))
        rows = await links[0].rows("SELECT name FROM engine_script")
        for link in links:
            await link.close()
        return [name for (name,) in rows]

    names = asyncio.run(go())
    assert len(set(names)) == len(names)
    assert "darial/001_engine.sql" in names


def test_status_shows_the_machines(place, capsysbinary):
    """`darial status` tells who works, what waits and what is stalled, and which hosts are paused and why; `top` the gist."""
    with open_store(place) as store:
        store.settled("")

    async def go():
        polls = Polls()
        polls.hold["a"] = asyncio.Event()
        quiet = replace(QUICK, heartbeat=1000.0, stalled=1000.0)
        process = Process(place, "a", polls, timing=quiet)
        process.start("s1", "s2")
        await until(lambda: polls.running.total() == 2)
        async with ClusterConnection(place) as link:
            await ask(limiter(link, "other"), "host.example", [], status=429)
            while await link.row("SELECT polls FROM worker_seen") != (2,):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await link.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        await asyncio.to_thread(main.main, ["status", "--store", place, "--json"])
        await asyncio.to_thread(main.main, ["status", "--store", place])
        polls.hold["a"].set()
        await process.end()

    asyncio.run(go())
    first, text = capsysbinary.readouterr().out.split(b"\n", 1)
    cluster = decode_any(first)["cluster"]
    (worker,) = cluster["workers"]
    (queue,) = cluster["queues"]
    (host,) = cluster["hosts"]
    assert (worker["alive"], worker["sources"], worker["polls"]) == (True, 2, 2)
    assert (queue["name"], queue["running"], queue["stalled"], queue["failed"]) == ("poll", 2, 2, 0)
    assert (host["site"], host["status"], host["widened"]) == ("host.example", 429, 2.0)
    assert worker["name"].encode() in text
    assert b"host.example" in text


# ------------------------------------------------------------------------------------------ batches


class FakeImporter:
    """Counts what it is given; fails as it is told to."""

    def __init__(self, *, fails=()):
        self.seen, self._fails = Counter(), Counter(fails)

    async def import_batch(self, batch):
        (page,) = batch.pages
        self.seen[page.url] += 1
        if self._fails[page.url] > 0:
            self._fails[page.url] -= 1
            raise RuntimeError("a bug")
        return ImportResult(tally=IngestCounts(pages=1, new=1))


INPUT = IngestInput(key="recording:1", name="a.warc.gz", kind="recording", size=100)


def batch(n):
    return PageBatch(
        after=str(n), pages=(SavedPage(url=f"https://a.example/{n}", place=str(n), body=b"x" * 100),)
    )


def test_batches_go_to_whoever_is_free(place):
    """Two processes import what one of them reads; every batch is counted once, however many wait."""

    async def go():
        reader, helper = FakeImporter(), FakeImporter()
        async with (
            SharedIngestQueue(place, timing=QUICK) as one,
            SharedIngestQueue(place, timing=QUICK) as two,
        ):
            one.begin(reader)
            two.begin(helper)
            assert await one.position(INPUT) == ""
            for n in range(1, 2 * MAX_WAITING + 1):
                await one.put(INPUT, batch(n))
            await one.drain(INPUT)
            return reader, helper, await one.tally(INPUT), await one.position(INPUT)

    reader, helper, tally, position = asyncio.run(go())
    assert tally == IngestCounts(pages=2 * MAX_WAITING, new=2 * MAX_WAITING)
    assert position == str(2 * MAX_WAITING)
    assert set((reader.seen + helper.seen).values()) == {1}
    assert len(reader.seen) > 5
    assert len(helper.seen) > 5


def test_who_reads_may_die(place):
    """What was put before the reader died is imported by others; the next reader goes on behind it."""

    async def go():
        async with SharedIngestQueue(place, timing=QUICK) as first:
            await first.position(INPUT)
            for n in range(1, 6):
                await first.put(INPUT, batch(n))
        async with SharedIngestQueue(place, timing=QUICK) as second:
            importer = FakeImporter()
            second.begin(importer)
            position = await second.position(INPUT)
            await second.drain(INPUT)
            return position, importer, await second.tally(INPUT)

    position, importer, tally = asyncio.run(go())
    assert position == "5"
    assert tally.new == len(importer.seen) == 5


def test_two_who_read_the_same(place):
    """A second reader of an input is told so, and nothing is taken in twice."""

    async def go():
        async with (
            SharedIngestQueue(place, timing=QUICK) as one,
            SharedIngestQueue(place, timing=QUICK) as two,
        ):
            await one.position(INPUT)
            await two.position(INPUT)
            await one.put(INPUT, batch(1))
            await one.put(INPUT, batch(2))
            with pytest.raises(StoreError) as refused:
                await two.put(INPUT, batch(1))
            return refused.value.code

    assert asyncio.run(go()) == "store_locked"


def test_a_batch_that_fails(place):
    """A batch that fails is tried again; one that always fails is given up, its pages refused by name."""
    quick = replace(QUICK, reconnect=0.01)

    async def go():
        importer = FakeImporter(fails={"https://a.example/1": 1, "https://a.example/2": MAX_ATTEMPTS + 1})
        async with SharedIngestQueue(place, timing=quick) as queue:
            queue.begin(importer)
            await queue.position(INPUT)
            for n in (1, 2, 3):
                await queue.put(INPUT, batch(n))
            await queue.drain(INPUT)
            return importer, await queue.tally(INPUT), [page async for page in queue.refused()]

    importer, tally, refused = asyncio.run(go())
    assert importer.seen["https://a.example/2"] == MAX_ATTEMPTS
    assert tally == IngestCounts(pages=3, new=2, reasons={"parser_error": 1})
    assert [(name, page.url) for name, page in refused] == [("a.warc.gz", "https://a.example/2")]
    assert isinstance(refused[0][1], RefusedPage)


# ------------------------------------------------------------------------------------------ whole processes


DAEMON = [sys.executable, "-m", "scraper", "run", "--log-format", "json"]


def records_of(location):
    """What is in a store, but for the order in which it came and the time when."""
    with open_store(location, read_only=True) as store:
        found = [to_builtins(record) for record in store.latest()]
    for record in found:
        for field in ("seq", "fetched", "first_seen"):
            del record[field]
    return sorted(found, key=lambda record: record["id"])


def test_the_same_records_from_both_engines(tmp_path):
    """The daemon on a recording: each engine stores the same, record by record."""
    found = []
    for place, processes in ((str(tmp_path / "store"), 1), (postgres_server.server().place(), 2)):
        command = [
            *DAEMON,
            "--sources",
            str(DEMO_SOURCES),
            "--replay",
            str(RECORDING),
            "--store",
            place,
        ]
        children = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(processes)]
        assert len(asyncio.run(_polled(children, 6))) == 6  # outlets, by whichever process
        found.append(records_of(place))
    assert found[0] == found[1]
    assert len(found[0]) == 15


async def _polled(children, count):
    """The sources that the children say they have polled, until there are so many; then they are stopped."""
    polled = set()

    def listen(child):
        with child.stderr:
            for line in child.stderr:
                event = decode_any(line)
                if event.get("event") == "polled":
                    polled.add(event["source"])

    listening = [asyncio.to_thread(listen, child) for child in children]
    tasks = [asyncio.create_task(one) for one in listening]
    await until(lambda: len(polled) >= count)
    for child in children:
        child.terminate()
    await asyncio.gather(*tasks)
    assert [child.wait() for child in children] == [0] * len(children)
    return polled


def test_chaos():
    """Two workers, killed and cut off from a database that restarts: nothing lost, nothing twice, every host asked in pace."""
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.torture", "cluster", "--seconds", "15", "--workers", "2", "--outlets", "8",
            "--kill-every", "6", "--cut-seconds", "5", "--every", "8", "--poll-seconds", "4", "--seed", "1",
        ],
        cwd=ROOT,
        capture_output=True,
        timeout=300,
    )  # fmt: skip
    result = decode_any(done.stdout.splitlines()[-1])
    assert result["figures"]["kills"] > 0
    assert result["ok"], done.stdout.decode()
