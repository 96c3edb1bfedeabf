"""How cost grows with size: what a slow or busy machine does to a time, it does to both sizes alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TIMES_AS_LARGE = 16  # quadratic work costs 256 times as much
LINEAR = 96.0  # six times what linear work costs: caches, allocation and a busy neighbour
TRIES = 3
MOMENT_STEPS = 10_000


def assert_linear(work: Callable[[T], object], build: Callable[[int], T], size: int) -> None:
    """Fail if ``work`` on ``build(size)`` costs more than linear work would, compared with a sixteenth of that size."""
    grown = growth(work, build(size // TIMES_AS_LARGE), build(size))
    assert grown < LINEAR, f"{TIMES_AS_LARGE} times the size costs {grown:.1f} times as much"


def growth(work: Callable[[T], object], small: T, large: T) -> float:
    """Return how many times as much CPU ``work(large)`` takes as ``work(small)``; the least disturbed try of each counts.

    Where the small one takes next to nothing, the large one is compared with a moment of plain Python instead.
    """
    work(small)  # whatever is loaded at the first call
    return _least(work, large) / max(_least(work, small), _least(_moment, MOMENT_STEPS))


def _moment(steps: int) -> int:
    return sum(i & 1 for i in range(steps))


def _least(work: Callable[[T], object], argument: T) -> float:
    return min(_cpu_seconds(work, argument) for _ in range(TRIES))


def _cpu_seconds(work: Callable[[T], object], argument: T) -> float:
    gc.disable()
    try:
        began = time.thread_time()
        work(argument)
        return time.thread_time() - began
    finally:
        gc.enable()
