"""Know the names that other programs give to what a record holds, and rename them. Pure.

The names are those of trafilatura, news-please, newspaper4k, schema.org NewsArticle, IPTC ninjs, RSS and of common tables.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from scraper.codec import field_names
from scraper.errors import ConfigError
from scraper.model import Record
from scraper.text import dates

FIELDS = frozenset(field.name for field in field_names(Record))
# by the store
COMPUTED = frozenset("schema seq revision duplicate_of cluster similarity role hash".split())  # noqa: SIM905

# Field of a record: other names of it, the most exact first. Compared in lower case, without "_", "-" and blanks.
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "url": ("link", "permalink", "address", "articleurl", "uri", "originalurl", "mainentityofpage"),
    "title": ("headline", "heading", "titlerss", "titlepage"),
    "body": (
        "text", "maintext", "articlebody", "bodytext", "fulltext", "content", "contenttext", "articletext", "rawtext",
    ),
    "published": (
        "publishedat", "datepublish", "datepublished", "publishdate", "publicationdate", "published_date", "publisheddate",
        "pubdate", "published_time", "firstcreated", "versioncreated", "date", "datetime", "time", "timestamp", "created",
    ),
    "modified": ("updated", "updatedat", "datemodify", "datemodified", "modifiedat", "lastmodified", "contentmodified"),
    "fetched": ("datedownload", "crawled", "crawledat", "scrapedat", "downloaded", "retrieved", "filedate"),
    "authors": ("author", "byline", "by", "creator", "writer"),
    "summary": ("description", "lead", "excerpt", "abstract", "teaser", "metadescription"),
    "source": ("outlet", "sourcename", "publisher", "sitename", "site", "media", "sourcedomain", "hostname", "domain"),
    "language": ("lang", "inlanguage", "locale"),
    "tags": ("keywords", "categories", "topics", "subject"),
    "section": ("category", "articlesection", "rubric"),
    "images": ("image", "imageurl", "topimage", "imgurl", "picture"),
}  # fmt: skip
_MEANT = {name.replace("_", ""): field for field, names in USUAL_NAMES.items() for name in names}
_LISTS = {"authors": ";", "tags": ";,", "images": ""}
_MARKUP = re.compile(r"</p>|<br ?/?>", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"</(?:p|div|h\d|li)>|<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TIMES = ("published", "modified", "fetched")


def given_names(pairs: list[str]) -> dict[str, str]:
    """Return what ``--map theirs=ours`` says, by their names. Raises ConfigError."""
    wanted: dict[str, str] = {}
    for pair in pairs:
        theirs, equals, ours = pair.partition("=")
        if not equals or ours not in FIELDS - COMPUTED:
            known = ", ".join(sorted(FIELDS - COMPUTED))
            raise ConfigError([f"--map {pair}: write THEIRS=OURS, where OURS is one of {known}"])
        wanted[theirs] = ours
    return wanted


def as_ours(line: Mapping[str, Any], given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return an object under the names of a record, and the names of what is left out: unknown, empty of sense or doubled.

    ``given`` goes first, then our own names, then USUAL_NAMES. Of two names for one field the better one is taken.
    """
    if line.get("schema") == 1 and "hash" in line:  # a record of ours
        return dict(line), []
    chosen: dict[str, tuple[int, str, Any]] = {}
    left_out: list[str] = []
    for name, value in line.items():
        if value is None or value in ("", [], {}):
            continue
        rank, field = _meaning(str(name), value, given)
        if field is None or (field in chosen and rank >= chosen[field][0]):
            left_out.append(str(name))
            continue
        if field in chosen:
            left_out.append(chosen[field][1])
        chosen[field] = (rank, str(name), value)
    ours: dict[str, Any] = {}
    for field, (_, name, value) in chosen.items():
        simple = _simple(field, value)
        if simple is None:
            left_out.append(name)
        else:
            ours[field] = simple
            if field == "published" and simple != value:
                ours.setdefault("published_raw", str(value)[:200])
    if "url" not in ours and "link" in ours:
        ours["url"] = ours["link"]
    return ours, left_out


def _meaning(name: str, value: Any, given: Mapping[str, str]) -> tuple[int, str | None]:
    """Return the field of a name and how sure that is: 0 the user said so, 1 our own name, then the usual names in order."""
    if name in given:
        return 0, given[name]
    key = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    if name == "source" and isinstance(value, str) and "://" in value:
        return 1, "url"  # trafilatura
    if name in FIELDS:
        return 1, None if name in COMPUTED else name
    field = _MEANT.get(key)
    return (2 + [n.replace("_", "") for n in USUAL_NAMES[field]].index(key) if field else 99), field


def _simple(field: str, value: Any) -> Any:
    """Return a value in the form that a record takes, None for what says nothing: nested objects by their name, texts split."""
    if field in _LISTS:
        if isinstance(value, str):
            mark = next((m for m in _LISTS[field] if m in value), None)
            value = value.split(mark) if mark else [value]
        simple = [s for item in (value if isinstance(value, list) else [value]) if (s := _name(item, field))]
        if field == "images":
            return [{"url": s} if isinstance(s, str) else s for s in simple]
        return simple or None
    if field in _TIMES:
        return _moment(value)
    if field == "body" and isinstance(value, str) and _MARKUP.search(value):
        return [html.unescape(_TAG.sub("", part)) for part in _PARAGRAPH_END.split(value)]
    if field in ("source", "language", "section", "url", "title", "summary"):
        text = _name(value[0] if isinstance(value, list) and value else value, field)
        is_tag = field == "language" and isinstance(text, str) and text[2:3] in "-_"
        return text[:2].lower() if is_tag else text
    return value


def _name(item: Any, field: str) -> Any:
    if isinstance(item, Mapping):
        if field == "images" and "url" in item:
            return {"url": item["url"], "caption": item.get("caption")}
        return next((item[k] for k in ("name", "@id", "value", "url") if isinstance(item.get(k), str)), None)
    return str(item).strip() if isinstance(item, str | int) else None


def _moment(value: Any) -> Any:
    """Return a time as a record takes it: texts as other programs print them are read, numbers are seconds or milliseconds."""
    if isinstance(value, bool):
        return None
    stamp = isinstance(value, str) and value.isdecimal() and len(value) in (10, 13)
    if stamp or isinstance(value, int | float):
        seconds = float(value)
        return seconds / 1000 if seconds > 1e11 else seconds if seconds > 1e8 else None
    if isinstance(value, str):
        return dates.parse_date(value.strip())
    return None
