"""What every Engine promises; a new engine is one more line in ENGINES."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from scraper import clock
from scraper.engines import EngineSetup
from scraper.engines.local import LocalEngine
from scraper.errors import StoreError
from tests.support.postgres_server import server

FAR = timedelta(hours=6)
PATIENCE_SECONDS = 30  # a promise not kept in this time is broken


class Clock:
    """The real clocks, and a wall clock that can be made to jump."""

    def __init__(self):
        self.offset = timedelta(0)

    def now(self):
        return clock.now() + self.offset

    def jump(self, **kwargs):
        self.offset += timedelta(**kwargs)
        return timedelta(**kwargs).total_seconds()


class Polls:
    """A poll by the book of a test: counts, sees overlaps, waits or raises where it is told to."""

    def __init__(self, clock, *, again=FAR):
        self.clock, self.again = clock, again
        self.count, self.errors = Counter(), []
        self.running, self.most_running, self.overlaps = set(), 0, 0
        self.hold = {}  # source id -> event to wait for
        self.bad = {}  # source id -> what is wrong with it
        self._changed = asyncio.Event()

    async def __call__(self, source_id):
        self.overlaps += source_id in self.running
        self.running.add(source_id)
        self.most_running = max(self.most_running, len(self.running))
        try:
            self.count[source_id] += 1
            self._changed.set()
            if source_id in self.hold:
                await self.hold[source_id].wait()
            if source_id in self.bad:
                raise self.bad[source_id]
            return self.clock.now() + (
                self.again if isinstance(self.again, timedelta) else self.again[source_id]
            )
        finally:
            self.running.discard(source_id)
            self._changed.set()

    def error(self, source_id, error):
        self.errors.append((source_id, error))
        self._changed.set()

    async def until(self, true):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true():
                self._changed.clear()
                await self._changed.wait()


def local(setting):
    return LocalEngine(setting, pause_seconds=0.001, try_seconds=0.02)


def postgres(setting):
    pytest.importorskip("procrastinate")
    from scraper.engines.postgres import PostgresEngine, Timing

    setting = replace(setting, location=server().place())
    return PostgresEngine(setting, timing=Timing(pause=0.02, sweep=0.5, reconnect=0.1, retry=0.05))


ENGINES = {"local": local, "postgres": postgres}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys())
def play(request):
    """Run a scene against an engine that polls ``due`` (id -> seconds from now), then stop it."""

    def _play(due, scene, *, again=FAR, **kwargs):
        async def run():
            c = Clock()
            polls = Polls(c, again=again)
            engine = request.param(
                EngineSetup(location="", now=c.now, monotonic=clock.monotonic, on_error=polls.error, **kwargs)
            )
            stop = asyncio.Event()
            first = {i: c.now() + timedelta(seconds=s) for i, s in due.items()}
            task = asyncio.create_task(engine.run(first, polls, stop))
            await asyncio.sleep(0)
            try:
                await scene(engine, polls, c, stop)
            finally:
                stop.set()
                for event in polls.hold.values():
                    event.set()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await task
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert left == set()
            return polls

        return asyncio.run(run())

    return _play


def test_polls_what_is_due_and_only_that(play):
    """A source that is due is polled, one that is not yet due is left alone."""

    async def scene(engine, polls, c, stop):
        await polls.until(lambda: polls.count["a"] and polls.count["late"])

    polls = play({"a": 0, "late": -100, "later": 3600}, scene)
    assert polls.count == {"a": 1, "late": 1}


def test_comes_back_when_the_poll_says(play):
    """The next poll is at the time that the last one returned."""

    async def scene(engine, polls, c, stop):
        await polls.until(lambda: polls.count["a"] >= 20)

    polls = play({"a": 0, "b": 0}, scene, again={"a": timedelta(milliseconds=2), "b": FAR})
    assert polls.count["b"] == 1
    assert polls.overlaps == 0


def test_never_two_polls_of_one_source(play):
    """A slow poll, an update and a clock jump together do not start a second poll of the same source."""

    async def scene(engine, polls, c, stop):
        polls.hold["a"] = asyncio.Event()
        await polls.until(lambda: polls.count["a"])
        for _ in range(3):
            engine.update({"a": c.now(), "b": c.now()})
            engine.clock_jumped(c.jump(hours=1))
        await polls.until(lambda: polls.count["b"])
        polls.hold["a"].set()
        await polls.until(lambda: not polls.running)

    polls = play({"a": 0}, scene)
    assert polls.count == {"a": 1, "b": 1}
    assert polls.overlaps == 0


def test_a_poll_that_raises_is_reported_and_retried(play):
    """A bug in one poll reaches on_error, stops nothing else, and the source is tried again later."""

    async def scene(engine, polls, c, stop):
        polls.bad["a"] = RuntimeError("a bug")
        await polls.until(lambda: polls.errors and polls.count["b"] > 5)
        assert polls.count["a"] == 1
        polls.bad.clear()
        engine.clock_jumped(c.jump(hours=1))
        await polls.until(lambda: polls.count["a"] == 2)

    polls = play({"a": 0, "b": 0}, scene, again={"a": FAR, "b": timedelta(milliseconds=1)})
    assert [(i, str(e)) for i, e in polls.errors] == [("a", "a bug")]


OWN = {
    "a full disk": StoreError("full", code="store_full"),
    "a locked database": StoreError("locked", code="store_busy"),
    "no descriptors": OSError(errno.EMFILE, "Too many open files"),
    "no memory": MemoryError(),
}


@pytest.mark.parametrize("fault", OWN.values(), ids=OWN.keys())
def test_a_fault_of_our_own_passes(play, fault):
    """While it lasts it is told and polls are tried; when it is over all are polled, without any clock being turned."""

    async def scene(engine, polls, c, stop):
        polls.bad = {f"s{n}": fault for n in range(9)}
        await polls.until(lambda: len(polls.errors) >= 12)
        polls.bad, before = {}, Counter(polls.count)
        await polls.until(
            lambda: all(polls.count[i] > before[i] for i in polls.count) and len(polls.count) == 9
        )

    polls = play({f"s{n}": 0 for n in range(9)}, scene)
    assert {error for _, error in polls.errors} == {fault}
    assert polls.overlaps == 0


def test_stop_lets_polls_end(play):
    """A poll under way at stop ends by itself and is not cancelled; nothing new starts."""
    ended = []

    async def scene(engine, polls, c, stop):
        polls.hold["a"] = asyncio.Event()
        await polls.until(lambda: polls.count["a"])
        stop.set()
        await asyncio.sleep(0)
        engine.update({"a": c.now(), "b": c.now()})
        polls.hold["a"].set()
        await polls.until(lambda: not polls.running)
        ended.append(True)

    polls = play({"a": 0}, scene, again=timedelta(0))
    assert ended
    assert polls.count == {"a": 1}


def test_stop_does_not_wait_for_ever(play):
    """A poll that outlasts the drain is cancelled, one that waits for its turn never starts, and run returns."""

    async def scene(engine, polls, c, stop):
        polls.hold["a"] = polls.hold["b"] = asyncio.Event()
        await polls.until(lambda: len(polls.running) == 1)
        stop.set()
        await polls.until(lambda: not polls.running)

    polls = play({"a": 0, "b": 0}, scene, drain_seconds=0.01, max_polls=1)
    assert sum(polls.count.values()) == 1


def test_update_starts_new_and_drops_absent_sources(play):
    """New sources are polled when due, absent ones never again, also when one of them was being polled."""

    async def scene(engine, polls, c, stop):
        polls.hold["running"] = asyncio.Event()
        await polls.until(lambda: polls.count["running"])
        engine.update({"new": c.now(), "kept": c.now()})
        polls.hold["running"].set()
        await polls.until(lambda: polls.count["new"] and not polls.running)
        engine.clock_jumped(c.jump(hours=2))
        await polls.until(lambda: polls.count["kept"])

    polls = play(
        {"running": 0, "waiting": 3600, "kept": 3600},
        scene,
        again={"running": timedelta(0), "new": FAR, "kept": FAR},
    )
    assert polls.count == {"running": 1, "new": 1, "kept": 1}


@pytest.mark.parametrize("jump", [{"hours": 1}, {"hours": -1}, {"days": 3650}, {"days": -3650}], ids=str)
def test_wall_clock_jumps(play, jump):
    """Whatever the wall clock does, polling goes on, and a source is polled at most once more than it would have been."""

    async def scene(engine, polls, c, stop):
        await polls.until(lambda: polls.count["fast"] > 3 and polls.count["slow"] == 1)
        engine.clock_jumped(c.jump(**jump))
        before = polls.count["fast"]
        await polls.until(lambda: polls.count["fast"] > before + 5)

    polls = play({"fast": 0, "slow": 0}, scene, again={"fast": timedelta(milliseconds=2), "slow": FAR})
    assert polls.count["slow"] <= 2
    assert polls.overlaps == 0
    assert not polls.errors


def test_due_times_of_a_wrong_clock_are_not_believed(play):
    """A stored due time ten years ahead (the clock was wrong then) means now."""

    async def scene(engine, polls, c, stop):
        await polls.until(lambda: polls.count["a"])

    assert play({"a": 10 * 365 * 86_400}, scene).count == {"a": 1}


def test_many_sources_share_the_slots(play):
    """200 sources due at once are all polled, never more at a time than there are slots."""

    async def scene(engine, polls, c, stop):
        await polls.until(lambda: len(polls.count) == 200 and not polls.running)

    polls = play({f"s{i}": 0 for i in range(200)}, scene, max_polls=7)
    assert polls.most_running <= 7
    assert set(polls.count.values()) == {1}


def test_stall_is_seen(play):
    """Idle or busy, an engine that gets things done is not stalled; one whose only poll hangs is."""
    seen = {}

    async def scene(engine, polls, c, stop):
        await polls.until(lambda: polls.count["a"] and not polls.running)
        seen["idle"] = engine.stalled_seconds()
        polls.hold["b"] = asyncio.Event()
        engine.update({"a": c.now(), "b": c.now()})
        await polls.until(lambda: polls.count["b"])
        seen["busy"] = engine.stalled_seconds()
        engine._monotonic = lambda: clock.monotonic() + 100
        seen["hung"] = engine.stalled_seconds()
        engine._monotonic = clock.monotonic

    play({"a": 0}, scene)
    assert seen["idle"] == 0
    assert seen["busy"] < 5
    assert 100 <= seen["hung"] < 105
