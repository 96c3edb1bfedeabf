"""The fast part of ``python -m tests.torture network`` and ``bench freshness``: each promise with fewer points."""

from __future__ import annotations

import asyncio
import random

import pytest

from bench import freshness, newsroom, virtual
from tests.torture import addresses, network

PARTS = {
    "addresses": lambda: asyncio.run(network.addresses()),
    "rebinding": lambda: asyncio.run(network.rebinding(200)),
    "deadlines": lambda: asyncio.run(network.deadlines(0.4, 0.5)),
    "aborted": lambda: asyncio.run(network.aborted(300, random.Random(1))),
    "bombs": lambda: network.bombs(64),
    "headers": lambda: asyncio.run(network.headers()),
    "injection": lambda: asyncio.run(network.injection()),
    "retry_after": lambda: virtual.run(network.retry_after()),
    "politeness": lambda: virtual.run(network.politeness()),
    "backoff": network.backoff,
    "validators": lambda: asyncio.run(network.validators()),
    "robots": lambda: virtual.run(network.robots()),
    "hostile addresses": lambda: addresses.hostile(120, seed=2),
    "surroundings": lambda: asyncio.run(network.surroundings()),
}


@pytest.mark.parametrize("name", PARTS)
def test_promise(name):
    """No fault, no connection to a private address, nothing left open."""
    part = PARTS[name]()
    assert part["faults"] == []
    assert part["points"] > 0
    assert part.get("connections", 0) == 0
    assert part.get("good_failed", 0) == 0
    assert part.get("uncaught", 0) == 0
    assert part.get("descriptors", 0) <= 0


def test_a_day_of_a_newsroom():
    """Two outlets, four days in seconds: what they publish is stored, politely, and what is lost is known to be lost."""
    world = newsroom.World(3, start=virtual.START, days=4, outlets=2)
    watch = freshness.Watch(world)
    virtual.run(freshness.simulate(world, watch))
    measure = watch.measure()
    assert measure.articles > 50
    assert measure.coverage >= 0.97
    assert watch.unaccounted() == []
    assert watch.violations == 0
    assert measure.median < 30


def test_a_lying_server_is_found_out():
    """A feed that says "not modified" whatever happens: after the first doubt its validators are not sent any more."""
    world = newsroom.World(3, start=virtual.START, days=4, outlets=1)
    outlet = world.outlets[0]
    outlet.traits = frozenset({"lying-etag"})
    outlet.down = []
    watch = freshness.Watch(world)
    virtual.run(freshness.simulate(world, watch))
    assert watch.measure().coverage == 1.0
    assert watch.measure().median < 60
