"""Write sources as text of a sources file: the way back from Source to TOML. Pure.

A file that people edit is added to at its end, or the addresses of one source are replaced in their place: comments, order and
spelling of the rest stay as they are.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from scraper.codec import Struct, field_names
from scraper.config import load
from scraper.errors import ConfigError
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


def replace_addresses(text: str, source: Source, *, note: str, path: str = "sources.toml") -> str:
    """Return the file with the feeds, sitemaps, listings and the pattern that ``source`` has; ``note`` becomes a comment above.

    Raises ConfigError if the entry is not written in a way that can be edited.
    """
    before = load.load_sources(text, path=path).get(source.id)
    statements = _entry_statements(text, source.id)
    if before is None or not statements:
        raise ConfigError([f"{path}: {source.id}: the entry is not in a form that can be edited"])
    changes: list[tuple[int, int, str]] = []
    places = {key: span for key, span in statements if key}
    last = statements[-1][1][1]
    for key in ("feeds", "sitemaps", "listings", "article_url"):
        value = getattr(source, key)
        if value == getattr(before, key):
            continue
        if key not in places:
            end = places.get("feeds", (0, last))[1]
            changes.append((end, end, f"\n{_line(key, value)}"))
        elif value is None:
            begin, end = places[key]
            changes.append((begin, end, "# " + text[begin:end].replace("\n", "\n# ")))
        else:
            changes += _list_changes(text, places[key], getattr(before, key), value)
    if changes:
        at = places.get("feeds", statements[-1][1])[0]
        changes.append((at, at, f"# {note}\n"))
    for begin, end, new in sorted(changes, reverse=True):
        text = text[:begin] + new + text[end:]
    try:
        after = load.load_sources(text, path=path).get(source.id)
    except ConfigError:
        after = None
    if after != source:
        raise ConfigError([f"{path}: {source.id}: the entry is not in a form that can be edited"])
    return text


# Strings, comments, brackets and line ends are all that tells where a value of TOML ends.
_TOKEN = re.compile(
    r'"""(?:\\(?:.|\Z)|[^\\])*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:\\(?:.|\Z)|[^"\\\n])*+"?|\'[^\'\n]*+\'?'
    r'|#[^\n]*|[\[\]{}\n]|[^\S\n]+|[^\s"\'#\[\]{}]+|.',
    re.DOTALL,
)
_KEY = re.compile(r"([\w-]+)\s*=")


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each table header and each key with its value."""
    depth, begin = 0, -1
    end = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == "\n" and depth == 0:
            if begin >= 0:
                yield begin, end
            begin = -1
        if mark.isspace() or mark.startswith("#"):
            continue
        begin, end = (token.start() if begin < 0 else begin), token.end()
        depth += (mark in ("[", "{")) - (mark in ("]", "}"))
    if begin >= 0:
        yield begin, end


def _entry_statements(text: str, id_: str) -> list[tuple[str, tuple[int, int]]]:
    """Return the keys of a source's entry, each with the place of its statement; not those of its rules."""
    found: list[tuple[str, tuple[int, int]]] = []
    within = False
    for begin, end in _statements(text):
        statement = text[begin:end]
        if statement.startswith("["):
            if _has_id(text, found, id_):
                return found
            within = re.fullmatch(r"\[\[\s*source\s*\]\]", statement) is not None
            found = []
        elif within:
            key = _KEY.match(statement)
            found.append((key[1] if key else "", (begin, end)))
    return found if _has_id(text, found, id_) else []


def _has_id(text: str, keys: Sequence[tuple[str, tuple[int, int]]], id_: str) -> bool:
    return any(key == "id" and tomllib.loads(text[slice(*span)]).get(key) == id_ for key, span in keys)


def _list_changes(
    text: str, span: tuple[int, int], before: Sequence[object], after: Sequence[object]
) -> Iterator[tuple[int, int, str]]:
    """Yield what to change in a list so that it says what it should: (begin, end, new text)."""
    places = list(_items(text, *span))
    for (begin, end), old, new in zip(places, before, after, strict=False):
        if old != new:
            yield begin, end, _written(new)
    if more := after[len(before) :]:
        at = places[-1][1] if places else text.index("[", span[0]) + 1
        gap = ",\n  " if "\n" in text[slice(*span)] else ", "
        added = gap.join(map(_written, more))
        yield at, at, f"{gap}{added}" if places else added


def _items(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each item of the list in a statement: a table or a string."""
    depth, at = 0, -1
    for token in _TOKEN.finditer(text, begin, end):
        mark = token[0]
        if depth == 1 and mark[0] in "\"'":
            yield token.span()
        if mark in ("[", "{"):
            depth += 1
            at = token.start() if depth == 2 else at
        elif mark in ("]", "}"):
            depth -= 1
            if depth == 1:
                yield at, token.end()


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
