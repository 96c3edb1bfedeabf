"""Contenders measured side by side: the same work, in one process, in turns, by CPU time.

Every round lets each contender do the whole work once, in an order that rotates, so that what else the machine does
falls on all alike. Ratios are taken within a round; the median over the rounds counts.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Seconds = dict[str, list[float | None]]


def run(
    contenders: Mapping[str, Callable[[Item], Any]],
    items: Sequence[Item],
    *,
    rounds: int,
    once: frozenset[str] = frozenset(),
    clock: Callable[[], float] = time.process_time,
    tell: Callable[[str], None] = lambda _: None,
) -> Seconds:
    """CPU seconds of each contender for all items, by round; None in the rounds that a slow one (``once``) sits out."""
    seconds: Seconds = {name: [] for name in contenders}
    names = list(contenders)
    for n in range(rounds):
        turn = n % len(names)
        for name in names[turn:] + names[:turn]:
            if n and name in once:
                seconds[name].append(None)
                continue
            tell(f"round {n + 1} of {rounds}: {name}")
            forget()
            gc.collect()
            work = contenders[name]
            began = clock()
            for item in items:
                work(item)
            seconds[name].append(clock() - began)
    return seconds


def median(values: Sequence[float | None]) -> float | None:
    had = [value for value in values if value is not None]
    return statistics.median(had) if had else None


def ratio(seconds: Seconds, name: str, base: str) -> float | None:
    """How many times the base's cost a contender costs: the median of the rounds in which both ran."""
    pairs = zip(seconds.get(name, ()), seconds.get(base, ()), strict=False)
    return median([a / b for a, b in pairs if a is not None and b])


def forget(packages: Sequence[str] = ("scraper", "trafilatura", "htmldate", "courlan", "newspaper")) -> None:
    """Empty every memory of earlier calls, ours and theirs: a crawler never sees the same page twice in a row."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in packages:
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear) and hasattr(value, "cache_info"):
                    clear()
