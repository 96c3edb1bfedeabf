"""Write sources as text of a sources file: the way back from Source to TOML. Pure.

A file that people edit is only ever added to at its end: comments, order and spelling of its text stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from scraper.codec import Struct, field_names
from scraper.config import load
from scraper.model import Source
from scraper.settings import Watch

WIDTH = 110


def append_sources(text: str, sources: Sequence[Source], *, path: str = "sources.toml") -> str:
    """Return the file with these sources after its present text. Raises ConfigError if that would be no valid file."""
    parts = [text.rstrip("\n") + "\n"] if text.strip() else []
    whole = "\n".join([*parts, *map(source_entry, sources)])
    load.load_sources(whole, path=path)
    return whole


def append_watch(text: str, watch: Watch, *, path: str = "sources.toml") -> str:
    """Return the file with a watch after its present text. Raises ConfigError if that would be no valid file."""
    entry = "\n".join(["[[watch]]", *(_line(key, value) for key, value in _given(watch))]) + "\n"
    whole = f"{text.rstrip(chr(10))}\n\n{entry}" if text.strip() else entry
    load.load_sources(whole, path=path)
    return whole


def source_entry(source: Source) -> str:
    """Return one source as people write it: keys in the order of the type, defaults left out, rules last."""
    lines = ["[[source]]"]
    lines += [_line(key, value) for key, value in _given(source) if key != "rules"]
    for rules in source.rules:
        lines += ["", "[[source.rules]]", *(_line(key, value) for key, value in _given(rules))]
    return "\n".join(lines) + "\n"


def free_id(name: str, taken: Collection[str]) -> str:
    """Make an id of a host name: news.example.org -> news-example-org; with a number after it if it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:36].strip("-")
    base = base if len(base) > 1 else f"source-{base}".strip("-")
    free, number = base, 2
    while free in taken:
        free, number = f"{base}-{number}", number + 1
    return free


def _given(struct: Struct) -> Iterator[tuple[str, object]]:
    """Yield the fields that are not their default."""
    for field in field_names(type(struct)):
        if (value := getattr(struct, field.name)) != field.default:
            yield field.name, value


def _line(key: str, value: object) -> str:
    line = f"{key} = {_written(value)}"
    if isinstance(value, tuple) and (len(line) > WIDTH or any(isinstance(item, Struct) for item in value)):
        return "\n".join([f"{key} = [", *(f"  {_written(item)}," for item in value), "]"])
    return line


def _written(value: object) -> str:
    """Return a value as TOML has it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:.12g}"
        case str():
            return _text(value)
        case date():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case Struct():
            return f"{{ {', '.join(f'{key} = {_written(part)}' for key, part in _given(value))} }}"
    raise TypeError(type(value).__name__)


def _text(value: str) -> str:
    """Return a literal string for backslashes or double quotes, so that it reads as it works; else a basic one.

    JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
    """
    if ("\\" in value or '"' in value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
