"""Write sources as text of a sources file: the way back from Source to TOML. Pure.

A file that people edit is only ever added to at its end: comments, order and spelling of its text stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence

from scraper.config import load
from scraper.model import FeedRef, JsonList, Rules, Source

WIDTH = 110


def append_sources(text: str, sources: Sequence[Source], *, path: str = "sources.toml") -> str:
    """Return the file with these sources after its present text. Raises ConfigError if that would be no valid file."""
    parts = [text.rstrip("\n") + "\n"] if text.strip() else []
    whole = "\n".join([*parts, *map(source_entry, sources)])
    load.load_sources(whole, path=path)
    return whole


def source_entry(source: Source) -> str:
    """Return one source as people write it: keys in the order of the type, defaults left out."""
    lines = [
        "[[source]]",
        f"id = {_text(source.id)}",
        f"name = {_text(source.name)}",
        f"homepage = {_text(source.homepage)}",
        f"country = {_text(source.country)}",
        _list("languages", source.languages),
    ]
    if source.timezone != "UTC":
        lines.append(f"timezone = {_text(source.timezone)}")
    if source.feeds:
        lines += ["feeds = [", *(f"  {_feed(feed)}," for feed in source.feeds), "]"]
    lines += [
        _list(key, values)
        for key, values in (("sitemaps", source.sitemaps), ("listings", source.listings))
        if values
    ]
    if source.article_url is not None:
        lines.append(f"article_url = {_literal(source.article_url)}")
    if source.hosts:
        lines.append(_list("hosts", source.hosts))
    if source.user_agent is not None:
        lines.append(f"user_agent = {_text(source.user_agent)}")
    numbers = {
        "pace_seconds": source.pace_seconds,
        "poll_min_minutes": source.poll_min_minutes,
        "poll_max_minutes": source.poll_max_minutes,
    }
    lines += [f"{key} = {number:.12g}" for key, number in numbers.items() if number is not None]
    if not source.enabled:
        lines.append("enabled = false")
    if source.notes is not None:
        lines.append(f"notes = {_text(source.notes)}")
    for rules in source.rules:
        lines += ["", *_rules(rules)]
    return "\n".join(lines) + "\n"


def free_id(name: str, taken: Collection[str]) -> str:
    """Make an id of a host name: news.example.org -> news-example-org; with a number after it if it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:36].strip("-")
    base = base if len(base) > 1 else f"source-{base}".strip("-")
    free, number = base, 2
    while free in taken:
        free, number = f"{base}-{number}", number + 1
    return free


def _feed(feed: FeedRef) -> str:
    parts = [f"url = {_text(feed.url)}"]
    if feed.language is not None:
        parts.append(f"language = {_text(feed.language)}")
    if not feed.enabled:
        parts.append("enabled = false")
    if feed.json is not None:
        parts.append(f"json = {_json(feed.json)}")
    return f"{{ {', '.join(parts)} }}"


def _json(listed: JsonList) -> str:
    default = {"title": "title", "date": None, "id": None}
    given = {key: getattr(listed, key) for key in ("items", "link", "title", "date", "id")}
    parts = (f"{key} = {_text(value)}" for key, value in given.items() if value != default.get(key))
    return f"{{ {', '.join(parts)} }}"


def _rules(rules: Rules) -> Iterable[str]:
    yield "[[source.rules]]"
    for key in ("title", "lead", "body", "date", "author", "related", "drop"):
        if selectors := getattr(rules, key):
            yield _list(key, selectors, _literal)
    if rules.until is not None:
        yield f"until = {rules.until.isoformat()}"
    yield f"proved = {'true' if rules.proved else 'false'}"


def _list(key: str, values: Sequence[str], written: Callable[[str], str] | None = None) -> str:
    items = [(written or _text)(value) for value in values]
    line = f"{key} = [{', '.join(items)}]"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{key} = [", *(f"  {item}," for item in items), "]"])


def _text(value: str) -> str:
    """Return a basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _literal(value: str) -> str:
    """Return a literal string if the value has backslashes or double quotes, so that it reads as it works."""
    if ("\\" in value or '"' in value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return _text(value)
