"""Records made of everything that must never reach a file name or break a line of JSON: a part of ``python -m tests.torture store``.

In: a folder, how many. Every id, title, address and text is hostile; what the process opens, renames, makes and removes
meanwhile is watched, and each line that was written is read back strictly.
"""

from __future__ import annotations

import json
import os
import random
import re
import string
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scraper.codec import decode, decode_any
from scraper.model import (
    Article,
    ExtractedArticle,
    Extraction,
    Failure,
    Headline,
    PollDraft,
    Record,
    SourceState,
)
from scraper.urls import canonicalise, identity_keys
from storage import open_store, schema
from storage.line import record_line

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
A_POLL = 50
WATCHED = frozenset(
    [
        "open",
        "os.rename",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "shutil.move",
    ]
)
# Whatever a store has, by its own names.
NAMES = re.compile(
    r"darial\.db(-wal|-shm|-journal)?|lock|articles(/(\d{4}-\d\d-\d\d\.jsonl|manifest\.json|[\w.-]+\.tmp))?"
)

HOSTILE = (
    "../../../../tmp/darial-escaped", "..", ".", "/etc/passwd", "C:\\Windows\\x", "CON", "NUL.txt", "a/b/c", "\x00", "a\x00/../b", "-rf", "~root",
    "$(touch darial-escaped)", "`id`", "%2e%2e%2f", "\u202e/nimda", "\u2028", "\u2029", "\x1b[2J\x1b]0;x\x07", "\r\n2026-01-01 CRITICAL", "\ud800", "\udfff",
    "a\ud83d", "\ufffe\uffff", "NaN", "Infinity", "</script><script>x", "'; DROP TABLE article; --", "\u0000\u0001\u001f\u007f\u0085", "é" * 2000, "ა" * 4096,
    '"', "\\", "\\u0000", '{"seq":1}\n{"seq":2}', "\ufeff", "𝕏", "", " ", "\t\n",
)  # fmt: skip


def text(rng: random.Random) -> str:
    """One of the hostile ones, several of them joined, or characters of anywhere."""
    match rng.randrange(3):
        case 0:
            return rng.choice(HOSTILE)
        case 1:
            return rng.choice(("", "/", " ", "\n")).join(rng.choices(HOSTILE, k=rng.randrange(1, 4)))
        case _:
            points = (rng.choice((0x20, 0x500, 0x3000, 0x11_0000)) for _ in range(rng.randrange(1, 40)))
            return "".join(chr(rng.randrange(point)) for point in points)


def writable(rng: random.Random) -> str:
    """What UTF-8 can say: addresses and names have been through a file or the fetcher."""
    return text(rng).encode("utf-8", "ignore").decode()


def arrivals(count: int, rng: random.Random) -> Iterator[ExtractedArticle]:
    for number in range(count):
        url = f"https://o.example/{number}/" + "".join(rng.choices(string.printable, k=rng.randrange(30)))
        try:
            canonical = canonicalise(url)
        except ValueError:
            continue
        source = rng.choice((writable(rng), "outlet"))
        yield ExtractedArticle(
            source=source,
            url=canonical,
            urls=(url, writable(rng)),
            keys=identity_keys(source, [url], guid=text(rng)),
            article=Article(
                title=rng.choice((None, text(rng))),
                body=tuple(text(rng) for _ in range(rng.randrange(4))),
                related=tuple(Headline(title=text(rng), url=text(rng)) for _ in range(rng.randrange(3))),
                authors=tuple(text(rng) for _ in range(rng.randrange(3))),
                tags=tuple(text(rng) for _ in range(rng.randrange(3))),
                section=rng.choice((None, text(rng))),
                language=rng.choice((None, text(rng), "ka")),
                extraction=Extraction(
                    method="generic", confidence=rng.choice((0.5, 1.0, float("nan"), float("inf"), -0.0)), warnings=(text(rng),)
                ),
            ),
            fetched=NOW + timedelta(days=rng.randrange(3)),
        )  # fmt: skip


def records(folder: Path, count: int, rng: random.Random) -> dict[str, Any]:
    """No byte of a feed or page reaches a file name, and every line is strict JSON that reads back as itself."""
    place = folder / "records"
    found = list(arrivals(count, rng))
    stored: list[int] = []
    touched = _watch(lambda: stored.extend(_store(place, found)))
    faults = [f"outside of the store: {path!r}" for path in sorted(set(touched)) if not _ours(path, place)]
    made = (path.relative_to(place) for path in place.rglob("*"))
    faults += [f"a file of a strange name: {path}" for path in made if not NAMES.fullmatch(str(path))]
    lines = 0
    for file in sorted(place.glob("articles/*.jsonl")):
        for line in file.read_bytes().split(b"\n")[:-1]:
            lines += 1
            faults += [f"{file.name}, line {lines}: {fault}" for fault in _wrong(line)]
    new, same = (
        sum(stored[::2]),
        sum(stored[1::2]),
    )  # one guid and one text, nothing at all, say: the same article
    if lines != new or new + same != len(found):
        faults.append(f"{len(found)} records, {new} new and {same} known, {lines} lines")
    return {
        "points": len(found),
        "faults": faults,
        "said": f"{lines:,} lines read back, {len(set(touched)):,} paths touched, none outside",
    }


def _store(place: Path, found: Sequence[ExtractedArticle]) -> Iterator[int]:
    """What of each poll was new or another revision, and what was known."""
    with open_store(place) as store:
        for at in range(0, len(found), A_POLL):
            some = found[at : at + A_POLL]
            name = some[0].source
            failure = Failure(url=some[0].urls[1], code="http_404", message=some[0].urls[1])
            poll = PollDraft(
                source=name,
                state=SourceState(source=name),
                articles=tuple(some),
                failures=(failure,),
                polled=NOW,
            )
            outcome = store.commit(poll, now=NOW)
            yield outcome.new + outcome.revised
            yield outcome.unchanged
            store.quarantine(some[0].url, source=name, code="x", message=some[0].urls[1], body=b"x", now=NOW)


def _watch(work: Callable[[], None]) -> list[str]:
    """The paths that the process wants to write to, or change, while it works. (A hook cannot be taken away, only be deaf.)"""
    paths: list[str] = []
    listening = [True]

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if listening and event in WATCHED and isinstance(args[0], str | bytes | Path):
            if event == "open" and not _writes(args):
                return
            ends = args[:1] if event == "open" else args[:2]
            paths.extend(os.fsdecode(path) for path in ends if isinstance(path, str | bytes | Path))

    sys.addaudithook(hear)
    try:
        work()
    finally:
        listening.clear()
    return paths


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _ours(path: str, place: Path) -> bool:
    return Path(path) == place or Path(path).is_relative_to(place)


def _wrong(line: bytes) -> Iterator[str]:
    """Read by a strict parser that is not ours, and by ours; the same value again gives the same bytes."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    try:
        plain = line.decode("utf-8")
        value = json.loads(plain, parse_constant=refuse)
        if record_line(decode(line, Record)) != line:
            yield "does not read back as itself"
        if value != decode_any(line):
            yield "two parsers differ"
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate, escaped, would break here
        _VALIDATOR.validate(value)
    except Exception as error:
        yield f"{type(error).__name__}: {str(error)[:200]}"


def _validator() -> Any:
    from jsonschema import Draft202012Validator, FormatChecker

    return Draft202012Validator(schema.schema(), format_checker=FormatChecker())


_VALIDATOR = _validator()
