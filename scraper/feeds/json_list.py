"""Parse a list of articles in JSON, alone or inside a page, to a Feed, as the source's entry describes it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from scraper.errors import NotAFeed
from scraper.feeds import limits
from scraper.feeds.embedded_json import embedded_documents
from scraper.feeds.json_path import load_json, path_error, scalar, values_at
from scraper.feeds.markup import absolute_link, to_plain
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed, JsonList
from scraper.text.dates import DateReader, date_reader

_FIELD = re.compile(r"\{([^{}]*)\}")


def parse_json_list(
    text: str,
    listed: JsonList,
    *,
    url: str | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
) -> Feed:
    """Parse a list of articles as ``listed`` describes it. Raises NotAFeed (no_json_list) if there is none, PageTooComplex."""
    found = _items(text, listed.items)
    if found is None:
        raise NotAFeed(f"there is no {listed.items} in the document", code="no_json_list", url=url)
    found, when = found[: limits.MAX_ITEMS], date_reader(timezone, now)
    entries = [entry for item in found if (entry := read_or_skip(url, _entry, item, listed, url, when))]
    notes = limits.limit_notes(items=len(found), entries=len(entries))
    return Feed(kind="json", entries=tuple(entries[: limits.MAX_ENTRIES]), link=url, notes=tuple(notes))


def link_error(template: str) -> str | None:
    """Return why an address cannot be made from an item by this template, or None."""
    fields = _FIELD.findall(template)
    if not fields:
        return 'names no field of an item, as in "/news/{id}"'
    if "{" in (rest := _FIELD.sub("", template)) or "}" in rest:
        return "has a brace without its other half"
    return next((f"names {{{field}}}, which {what}" for field in fields if (what := path_error(field))), None)


def _items(text: str, path: str) -> list[object] | None:
    """Return the objects that the path leads to, those of a list one by one, in the first document that has some.

    Empty where there is a list and nothing in it, None where the path leads nowhere.
    """
    empty: list[object] | None = None
    for document in _documents(text, path):
        if there := values_at(document, path):
            spread = (each if isinstance(each, list) else [each] for each in there)
            items: list[object] = [item for some in spread for item in some if isinstance(item, dict)]
            if items:
                return items
            empty = []
    return empty


def _documents(text: str, path: str) -> Iterator[object]:
    if text[0] in "{[":
        yield load_json(text)
    else:
        names = [step for step in path.split(".") if not step.isdecimal() and step not in ("*", "**")]
        yield from embedded_documents(text, about=names[-1] if names else "")


def _entry(item: object, listed: JsonList, base: str | None, when: DateReader) -> Entry | None:
    link = absolute_link(_link(item, listed.link), base)
    if link is None:
        return None
    printed = scalar(item, listed.date) if listed.date else None
    return Entry(
        url=link,
        guid=scalar(item, listed.id) if listed.id else None,
        title=to_plain(scalar(item, listed.title) or "")[: limits.MAX_TITLE_CHARS] or None,
        published=when(printed),
        published_raw=printed,
    )


def _link(item: object, template: str) -> str | None:
    """Fill the template with the item's fields; None if one is missing: such an item is an advert, a video, a break."""
    fields = {name: scalar(item, name) for name in _FIELD.findall(template)}
    if None in fields.values():
        return None
    return _FIELD.sub(lambda match: fields[match[1]] or "", template)
