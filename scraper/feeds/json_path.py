"""Read JSON text as far as it is readable, and follow a path into it. Pure.

A path names members from the outside in, parted by dots: ``props.feed.data.hits``. A number counts in a list from 0; ``*``
is every member of a list or object, ``**`` everything inside at any depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

from scraper.codec import DecodeError, decode_any

MAX_STEPS = 20
MAX_PLACES = 20_000  # that one path may lead to
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING_OR_LAST_COMMA = re.compile(r'("(?:[^"\\]++|\\(?:.|\Z))*+(?:"|\Z))|,(?=\s*+[\]}])', re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)


def load_json(text: str) -> object:
    """Return the value of a JSON text, or None."""
    try:
        return decode_any(text)
    except (DecodeError, UnicodeError):
        try:
            # control characters inside strings, NaN and the like, halves of characters, commas behind the last member
            mended = _STRING_OR_LAST_COMMA.sub(lambda m: m[1] or "", text)
            return _whole_characters(json.loads(mended, strict=False), mended)
        except (ValueError, RecursionError):
            return None


def value_at(text: str, at: int) -> tuple[object, int]:
    """Return the value that begins there and where it ends; anything may follow. Raises ValueError."""
    try:
        value, end = _DECODER.raw_decode(text, at)
        return _whole_characters(value, text[at:end]), end
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _whole_characters(value: object, text: str) -> object:
    """Return the value without surrogates that stand alone: no encoding can write them."""
    if _SURROGATE.search(text) is None:
        return value
    written = json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore")
    return json.loads(written)


def whole_items(text: str, at: int) -> list[object]:
    """Return the objects of a list that was cut, from its opening bracket on: those that are whole."""
    items: list[object] = []
    at += 1
    while (brace := text.find("{", at)) >= 0 and not text[at:brace].strip(" \t\r\n,"):
        try:
            item, at = value_at(text, brace)
        except ValueError:
            break
        items.append(item)
    return items


def values_at(value: object, path: str) -> list[object]:
    """Return what a path leads to, in the order of the document; nothing if it leads nowhere."""
    found = [value]
    for step in path.split("."):
        found = list(islice((member for each in found for member in _members(each, step)), MAX_PLACES))
    return found


def scalar(value: object, path: str) -> str | None:
    """Return the first text or number that a path leads to, as text."""
    for found in values_at(value, path):
        if (
            isinstance(found, str | int | float)
            and not isinstance(found, bool)
            and (text := str(found).strip())
        ):
            return text
    return None


def path_error(path: str) -> str | None:
    """Return why a path cannot be followed, or None."""
    steps = path.split(".")
    if not all(step.strip() == step and step for step in steps):
        return "has an empty name or a blank beside a dot"
    if len(steps) > MAX_STEPS:
        return f"has more than {MAX_STEPS} names"
    return "goes to any depth more than once" if steps.count("**") > 1 else None


def _members(value: object, step: str) -> Iterator[object]:
    if step == "**":
        yield from _inside(value)
    elif isinstance(value, dict):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]
    elif isinstance(value, list):
        if step == "*":
            yield from value
        elif step.isdecimal() and int(step) < len(value):
            yield value[int(step)]


def _inside(value: object) -> Iterator[object]:
    """Yield a value and all objects and lists inside it, from the outside in; each once."""
    waiting, seen = [value], {id(value)}
    for each in waiting:
        yield each
        members = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        for member in members:
            if isinstance(member, dict | list) and id(member) not in seen and len(waiting) < MAX_PLACES:
                seen.add(id(member))
                waiting.append(member)
