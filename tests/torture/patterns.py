"""Every regular expression of the project on long texts made against it: the worst of its alphabet, again and again.

The patterns are found, not listed: whatever the modules hold compiled and whatever they give to ``re`` in a call. Each is
tried in the ways in which the code uses it (match, search, sub ...), on texts made of its own characters and of what it
matches, cut at every place. Time that grows faster than the text is a fault.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType, ModuleType
from typing import Any, NamedTuple

import scraper
import storage
from bench.report import Report, Table, reach
from scraper.text.normalize import clean_line

BENCH = "every regular expression of the project on the worst texts of its alphabet"
SHORT, LONG = 1_000, 1_000_000  # characters
PATIENCE_SECONDS = 3.0
FAULT_SECONDS = 0.5  # of CPU for SHORT characters: no reading takes so long, however busy the machine is
QUICK_SECONDS = 0.05
LONG_SECONDS = 1.0  # on LONG characters: what one page may cost
SUSPECT_SECONDS = (
    0.001  # for SHORT characters: undisturbed, a pattern that reads each once needs less than half
)
GROWTH = 4  # times as many characters: linear time grows as much, quadratic time GROWTH squared
SUPERLINEAR_GROWTH = 8.0
TRIES = 3  # of what seems to be one: the least disturbed counts
HOW = {"scraper.urls._NOISE_VALUES": ("match",)}  # those in a table are used under another name
SPOILER = "\0"  # at the end: what would match the whole text does not, and tries everything else
MAX_CHARACTERS = 24  # of an alphabet, that are tried
METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")

# Those that would need more than linear time, and never see such a text: at most so many characters, or only lines whose
# white space is single blanks (text.clean).
LINES = -1
BOUNDED = {
    "scraper.dedupe.agency_credits._SOURCE": 90,  # REACH_CHARS
    "scraper.dedupe.agency_credits._CAPITAL": 30,
    "scraper.dedupe.agency_credits._INITIALS": 80,  # BEFORE_CHARS
    "scraper.extract.bylines._ADDRESS": 60,  # _MAX_NAME_CHARS
    "scraper.extract.bylines._IN_BRACKETS": LINES,
    "scraper.extract.bylines._PART_SIGNS": LINES,
    "scraper.extract.bylines._ROLE_SIGN": LINES,
    "scraper.extract.bylines._SPLIT": LINES,
    "scraper.extract.bylines._OUTER_AND": LINES,
    "scraper.extract.bylines._URL": 500,  # title.MAX_CHARS
    "scraper.extract.boilerplate._NOTICE": 400,  # _MAX_CALL
    "scraper.extract.near_headline._REFERENCE": 140,  # MAX_TEXT_CHARS
    "scraper.extract.list_headings._MARK": 60,  # _LONGEST
    "scraper.extract.headlines._TRAILING": 64,  # _MAX_TRAILING_CHARS
    "scraper.extract.text_lines._STAMP_AT_END": 48,  # _MAX_DATE_CHARS
    "scraper.extract.page_type._CONSENT": 6_000,  # PAGE_TYPE.max_consent
    "scraper.extract.page_type._STATUS": 120,
    "scraper.extract.title._SEPARATOR": 500,  # MAX_CHARS
}


class Pattern(NamedTuple):
    """``name`` is where it is; ``methods`` is how it is used."""

    name: str
    it: re.Pattern[Any]
    methods: tuple[str, ...]


class Cost(NamedTuple):
    seconds: float
    name: str
    unit: str


# ------------------------------------------------------------------------------------------ which there are


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every pattern once, under the first name that it has."""
    gc.disable()  # a finalizer that parses in the middle of a parse is an error to CPython 3.11
    try:
        return _patterns()
    finally:
        gc.enable()


def _patterns() -> tuple[Pattern, ...]:
    found: dict[tuple[Any, int], Pattern] = {}
    for module in _modules():
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        used = _uses(ast.parse(source))
        for name, value in vars(module).items():
            for one in _compiled(value):
                methods = used.get(name) or ()
                known = found.get((one.pattern, one.flags))
                both = tuple(sorted({*methods, *(known.methods if known else ())}))
                found[one.pattern, one.flags] = Pattern(
                    known.name if known else f"{module.__name__}.{name}", one, both
                )
        for node in ast.walk(ast.parse(source)):
            if (call := _call(node)) is not None:
                method, one = call
                found.setdefault(
                    (one.pattern, one.flags),
                    Pattern(f"{module.__name__}:{one.pattern!r:.30}", one, (method,)),
                )
    return tuple(
        p if p.methods else p._replace(methods=HOW.get(p.name, ("search", "match"))) for p in found.values()
    )


def _modules() -> Iterator[ModuleType]:
    for package in (scraper, storage):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                with contextlib.suppress(ImportError):  # an extra that is not installed
                    yield importlib.import_module(info.name)


def _compiled(value: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for one in value.values():
            yield from _compiled(one, depth - 1)
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _compiled(one, depth - 1)


def _uses(tree: ast.AST) -> dict[str, tuple[str, ...]]:
    """NAME.method(...) by name, also where the method is handed on without being called."""
    uses: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            uses.setdefault(node.value.id, set()).add(node.attr)
    return {name: tuple(sorted(methods)) for name, methods in uses.items()}


def _call(node: ast.AST) -> tuple[str, re.Pattern[Any]] | None:
    """re.method("pattern", ...)"""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    if not (
        isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.func.attr in METHODS
    ):
        return None
    first = node.args[0]
    if not isinstance(first, ast.Constant):
        return None
    flags = re.IGNORECASE if any("IGNORECASE" in ast.dump(k.value) for k in node.keywords) else 0
    return node.func.attr, re.compile(first.value, flags)


# ------------------------------------------------------------------------------------------ what is done to them


def units(pattern: re.Pattern[Any]) -> set[str]:
    """What a text against a pattern is made of: its characters, pairs of them, and what it matches, whole and cut."""
    tree = _tree(pattern)
    characters = sorted(set(_alphabet(tree)))[:MAX_CHARACTERS] or ["x"]
    found = {*characters, "x", " "}
    found.update(a + b for a in characters[:8] for b in characters[:8] if a != b)
    for choice in range(6):
        whole = _example(tree, choice)
        found.add(whole)
        for cut in range(1, min(len(whole), 12)):
            found |= {whole[:cut], whole[cut:]}
    return found - {""}


def _tree(pattern: re.Pattern[Any]) -> Any:
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    return parser.parse(pattern.pattern, flags)


_OF_CATEGORY = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " \n", "CATEGORY_WORD": "a_"}


def _alphabet(tree: Any) -> Iterator[str]:
    for op, value in tree:
        if op in (code.LITERAL, code.NOT_LITERAL):
            yield chr(value)
        elif op is code.ANY:
            yield "x"
        elif op is code.IN:
            yield from _of_class(value)
        else:
            for inner in _inside(op, value):
                yield from _alphabet(inner)


def _of_class(members: Any) -> Iterator[str]:
    for op, value in members:
        if op is code.LITERAL:
            yield chr(value)
        elif op is code.RANGE:
            yield from (chr(value[0]), chr(value[1]))
        elif op is code.CATEGORY:
            yield from _OF_CATEGORY.get(value.name, "-")


def _inside(op: Any, value: Any) -> Iterable[Any]:
    """The parts of one node."""
    if op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        return (value[2],)
    if op is code.SUBPATTERN:
        return (value[3],)
    if op is code.BRANCH:
        return tuple(value[1])
    if op in (code.ASSERT, code.ASSERT_NOT):
        return (value[1],)
    return (value,) if op is code.ATOMIC_GROUP else ()


def _example(tree: Any, choice: int) -> str:
    """A text that the pattern matches, as a rule; ``choice`` says which branch and which member of a class."""
    text = ""
    for op, value in tree:
        if op is code.LITERAL:
            text += chr(value)
        elif op is code.NOT_LITERAL:
            text += "y" if value == ord("x") else "x"
        elif op is code.ANY:
            text += "x"
        elif op is code.IN:
            members = list(_of_class(value))
            text += "x" if value[0][0] is code.NEGATE or not members else members[choice % len(members)]
        elif op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            text += _example(value[2], choice) * max(1, value[0])
        elif op is code.BRANCH:
            text += _example(value[1][choice % len(value[1])], choice)
        elif op is not code.ASSERT and op is not code.ASSERT_NOT:
            text += "".join(_example(inner, choice) for inner in _inside(op, value))
    return text


# ------------------------------------------------------------------------------------------ what it costs


class _Endless(Exception):
    pass


def cost(pattern: Pattern, unit: str, size: int, patience: float = PATIENCE_SECONDS) -> float:
    """CPU seconds for a text of so many characters, the slowest way of using the pattern; ``patience`` if it is more."""
    bound = BOUNDED.get(pattern.name, size)
    text: Any = (unit * (size // len(unit) + 1))[: size if bound == LINES else min(size, bound)]
    if bound == LINES:
        text = clean_line(text)
    texts = (text, text + SPOILER)  # a class of all but some signs takes the spoiler too
    if isinstance(pattern.it.pattern, bytes):
        texts = tuple(text.encode("latin-1", "replace") for text in texts)
    return max(_spent(pattern.it, method, text, patience) for method in pattern.methods for text in texts)


def _spent(it: re.Pattern[Any], method: str, text: Any, patience: float) -> float:
    """Return the CPU seconds of the thread: the clock of the process moves in ticks while its timer is armed."""
    began = time.thread_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, patience)
        try:
            if method in ("sub", "subn"):
                it.sub(text[:0], text)
            elif method == "finditer":
                for _ in it.finditer(text):
                    pass
            else:
                getattr(it, method)(text)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Endless:
        return patience
    return time.thread_time() - began


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """While this holds, a pattern that takes too long is stopped."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Endless

    before = signal.signal(signal.SIGPROF, stop)
    gc.disable()  # an exception that is raised within a collection's callback is lost
    try:
        yield
    finally:
        gc.enable()
        signal.signal(signal.SIGPROF, before)


def worst(pattern: Pattern, size: int) -> Cost:
    """The text that costs most."""
    return max(Cost(cost(pattern, unit, size), pattern.name, unit) for unit in sorted(units(pattern.it)))


def superlinear(found: Iterable[Pattern]) -> list[Cost]:
    """Return those whose time grows faster than the text, with the text that shows it."""
    with patience():
        return [fault for pattern in found if (fault := _superlinear(pattern)) is not None]


def _superlinear(pattern: Pattern) -> Cost | None:
    for unit in sorted(units(pattern.it)):
        seconds = cost(pattern, unit, SHORT, FAULT_SECONDS)
        if seconds >= FAULT_SECONDS or (seconds >= SUSPECT_SECONDS and _grows(pattern, unit)):
            return Cost(seconds, pattern.name, unit)
    return None


def _grows(pattern: Pattern, unit: str) -> bool:
    """Compare a text with one that is GROWTH times as long: a busy machine slows both alike."""
    short, long = (
        min(cost(pattern, unit, size, FAULT_SECONDS) for _ in range(TRIES))
        for size in (SHORT, GROWTH * SHORT)
    )
    return long >= FAULT_SECONDS or (long >= SUSPECT_SECONDS * GROWTH and long >= SUPERLINEAR_GROWTH * short)


# ------------------------------------------------------------------------------------------ the benchmark


def run(_: argparse.Namespace) -> Report:
    found = patterns()
    faults = superlinear(found)
    bad = {fault.name for fault in faults}
    with patience():
        long = [Cost(cost(p, worst(p, SHORT).unit, LONG), p.name, "") for p in found if p.name not in bad]
    slow = sorted(long, reverse=True)[:20]
    slowest = slow[0].seconds
    quick = sum(one.seconds <= QUICK_SECONDS for one in long)
    return Report(
        figures={
            "patterns": len(found),
            "bounded": len(BOUNDED),
            "quick": quick,
            "slowest_ms": round(slowest * 1000, 1),
            "slow_ms": {one.name: round(one.seconds * 1000) for one in slow},
        },
        reach=(
            reach("patterns whose time grows faster than the text", len(faults), "==", 0),
            reach(f"seconds for {LONG:,} characters, at worst", slowest, "<=", LONG_SECONDS),
        ),
        tables=(
            Table(
                "The slowest patterns",
                ("where", "ms"),
                tuple((one.name, round(one.seconds * 1000)) for one in slow),
            ),
        ),
        notes=tuple(f"{one.name}: {one.unit!r} again and again" for one in faults),
    )
