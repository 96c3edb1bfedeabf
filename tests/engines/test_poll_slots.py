"""The local engine's slots and its way out of a fault of our own: in virtual time, with a server that says nothing."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from bench import virtual
from scraper.engines import EngineSetup
from scraper.engines.local import LocalEngine
from scraper.engines.poll_slots import PollSlots
from scraper.engines.recovery import MAX_LONE_FAULTS, TRY_SECONDS, Recovery
from scraper.errors import FetchError, StoreError
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.rate_limit import hold_lock
from scraper.fetch.transport import ByteStream, Response, Transport
from scraper.settings import Settings

HEALTHY = ("x1", "x2", "x3", "x4")  # the local engine begins what is due at one time in the order of names
FULL = StoreError("full", code="store_full")


def polling(due, poll, *, seconds, **more):
    """Let the engine poll for so long, in virtual time; what it told of errors: (when, source, error)."""
    errors = []

    async def main():
        setting = EngineSetup(
            location="", now=virtual.now, monotonic=virtual.seconds,
            on_error=lambda source, error: errors.append((virtual.seconds(), source, error)), **more,
        )  # fmt: skip
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        await LocalEngine(setting).run(dict.fromkeys(due, virtual.now()), poll, stop)

    virtual.run(main())
    return errors


class Hosts(Transport):
    """Hosts by their names: "silent" ones accept and say nothing, others answer at once."""

    live = True

    async def handle_async_request(self, request):
        if "silent" in request.url.host and not (
            request.url.path == "/robots.txt" and "pages" in request.url.host
        ):
            await asyncio.sleep(3600)
        return Response(404 if request.url.path == "/robots.txt" else 200, stream=Nothing())

    async def aclose(self):
        pass


class Nothing(ByteStream):
    async def __aiter__(self):
        yield b""

    async def aclose(self):
        pass


@pytest.mark.parametrize("host", ["silent.example", "o{n}.silent.example", "pages.silent.example"])
def test_one_silent_site_keeps_nobody_waiting(host):
    """Forty outlets of a site that accepts and says nothing are due before four others: these are polled within seconds.

    Whatever it is silent about: its robots.txt for which all wait, or its feeds; under one host or many of one domain.
    """
    polled = defaultdict(list)

    async def main():
        async with Fetcher(
            Settings(), transport=Hosts(), monotonic=virtual.seconds, now=virtual.now
        ) as fetcher:

            async def poll(source):
                url = (
                    f"http://{host.format(n=source)}/{source}"
                    if source.startswith("s")
                    else f"http://{source}.example/feed"
                )
                for _ in range(2):
                    with contextlib.suppress(FetchError):
                        await fetcher.get(url, kind="feed")
                polled[source].append(virtual.seconds())
                return virtual.now() + timedelta(minutes=5)

            setting = EngineSetup(
                location="", now=virtual.now, monotonic=virtual.seconds, on_error=lambda *_: None
            )
            due = {source: virtual.now() for source in [*(f"s{n}" for n in range(40)), *HEALTHY]}
            stop = asyncio.Event()
            began = virtual.seconds()
            asyncio.get_running_loop().call_later(1000, stop.set)
            await LocalEngine(setting).run(due, poll, stop)
            return began

    began = virtual.run(main())
    for source in HEALTHY:
        assert polled[source][0] - began < 10
        assert len(polled[source]) >= 3


def test_slots_are_bounded_and_kept_in_order():
    """Never more at a time than there are, first come, first served; a lent place goes to the next, and is back at once."""

    async def main():
        slots, order, inside, most = PollSlots(2), [], 0, 0

        async def poll(n, lock=None):
            nonlocal inside, most
            async with slots.hold():
                order.append(n)
                inside += 1
                most = max(most, inside)
                if lock is not None:
                    inside -= 1
                    async with hold_lock(lock):
                        inside += 1
                await asyncio.sleep(1)
                inside -= 1

        async with asyncio.TaskGroup() as group:
            for n in range(6):
                group.create_task(poll(n))
        assert (order, most) == ([0, 1, 2, 3, 4, 5], 2)
        order.clear()
        lock = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            await lock.acquire()
            for n in range(6):
                group.create_task(poll(n, lock if n < 4 else None))
            await asyncio.sleep(0.5)
            assert order == [0, 1, 2, 3, 4, 5]  # four wait for the lock and have lent their slots
            lock.release()
        assert most <= 3
        async with asyncio.TaskGroup() as group:  # all slots are back
            for n in range(6):
                group.create_task(poll(n))
        assert slots._free == 2

    virtual.run(main())


def test_a_poll_that_is_cancelled_gives_its_place_back():
    """Waiting for a place, having one, or having lent it."""

    async def main():
        slots, lock = PollSlots(1), asyncio.Lock()
        await lock.acquire()

        async def poll():
            async with slots.hold(), hold_lock(lock):
                pass

        lending, lending_too = asyncio.create_task(poll()), asyncio.create_task(poll())
        await asyncio.sleep(1)
        async with slots.hold():
            waiting = asyncio.create_task(poll())
            await asyncio.sleep(1)
            for task in (lending, waiting):
                task.cancel()
        lending_too.cancel()
        await asyncio.gather(lending, lending_too, waiting, return_exceptions=True)
        assert slots._free == 1

    virtual.run(main())


def test_a_long_fault_hammers_nobody_and_costs_half_a_minute():
    """A full disk of ten minutes: one poll every ten seconds in all, an outlet asked every 20 minutes; all are polled 30 s after."""
    count, first_after = Counter(), {}
    end = 600.0

    async def poll(source):
        now = virtual.seconds()
        count[source] += now < end
        if now < end:
            raise FULL
        first_after.setdefault(source, now)
        return virtual.now() + timedelta(hours=1)

    sources = [f"s{n}" for n in range(120)]
    errors = polling(sources, poll, seconds=700, max_polls=10)
    assert len(errors) <= 10 + end / TRY_SECONDS + 1
    assert max(count.values()) <= 2
    assert set(first_after) == set(sources)
    assert max(first_after.values()) - end <= 30


def test_a_fault_that_only_one_outlet_meets_is_its_own():
    """Its page takes all memory, again and again: after a few tries it waits as after a bug, and others are polled as ever."""
    count = Counter()

    async def poll(source):
        count[source] += 1
        if source == "huge":
            raise MemoryError
        return virtual.now() + timedelta(minutes=1)

    errors = polling(["huge", "a", "b"], poll, seconds=3600)
    assert len(errors) < 40
    assert sum(at < 600 for at, _, _ in errors) >= MAX_LONE_FAULTS
    assert sum(at > 1000 for at, _, _ in errors) <= 3
    assert count["a"] >= 50


def test_descriptors_that_are_gone_for_long_are_a_stall():
    """A new process would have them; a full disk is full for it as well."""
    seconds = {}
    for name, error in {"descriptors": OSError(errno.EMFILE, "no"), "disk": FULL}.items():

        async def main(error=error, name=name):
            async def poll(_):
                raise error

            setting = EngineSetup(
                location="", now=virtual.now, monotonic=virtual.seconds, on_error=lambda *_: None
            )
            engine, stop = LocalEngine(setting), asyncio.Event()
            task = asyncio.create_task(engine.run({f"s{n}": virtual.now() for n in range(5)}, poll, stop))
            await asyncio.sleep(2000)
            seconds[name] = engine.stalled_seconds()
            stop.set()
            await task

        virtual.run(main())
    assert seconds["descriptors"] > 1900
    assert seconds["disk"] < 60


def test_recovery_lets_one_begin_at_a_time():
    """While something is wrong a poll may begin every ten seconds; when one has ended well, all may."""

    async def main():
        recovery, began = Recovery(virtual.seconds), []

        async def one():
            await recovery.ready()
            began.append(virtual.seconds())

        zero = virtual.seconds()
        assert recovery.failed("x") == TRY_SECONDS
        tasks = [asyncio.create_task(one()) for _ in range(5)]
        await asyncio.sleep(25)
        assert [round(at - zero) for at in began] == [10, 20]
        recovery.succeeded("y")
        await asyncio.gather(*tasks)
        assert [round(at - zero) for at in began] == [10, 20, 25, 25, 25]

    virtual.run(main())
