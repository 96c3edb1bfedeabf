"""Findings and foreign lines to draft records: bounded, scrubbed, without a place in the store yet. Pure.

``compose`` makes a draft of what the pipeline found, ``adopt`` one of a JSON object that somebody else wrote. A draft is
a Record with ``seq`` and ``revision`` 0; the store numbers it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from scraper import urls
from scraper.codec import ValidationError, convert, encode, field_types, replace, to_builtins
from scraper.dedupe.agency_credits import credited_agencies
from scraper.errors import StoreError
from scraper.model import ExtractedArticle, Extraction, Headline, Record
from scraper.text import dates, language, normalize
from storage.foreign_fields import COMPUTED
from storage.timestamps import to_millisecond

MAX_TITLE_BYTES = 1024
MAX_BODY_BYTES = 500_000
MAX_HEADLINES = 200  # pages that print a hundred headlines below the article exist
MAX_ALIASES = 20
MAX_SOURCE_CHARS = 100  # of a foreign line; ours are ids of at most 40
MAX_LIST = 100
_TIMES = ("published", "modified", "fetched", "first_seen")
TIMESTAMP_DIGITS = 9  # a shorter number is no time that a press of today would print
_ID = re.compile(rf"[0-9a-f]{{{urls.ID_HEX_DIGITS}}}\Z")
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
_NUL = b"\\u0000"  # as JSON has it

T = TypeVar("T")


def compose(found: ExtractedArticle) -> Record:
    """Return the draft of what the pipeline found."""
    a = found.article
    return bounded(
        Record(
            seq=0,
            id=urls.article_id(found.url),
            revision=0,
            source=found.source,
            country=found.country,
            url=found.url,
            link=found.link,
            urls=found.urls,
            title=a.title,
            authors=a.authors,
            published=a.published,
            modified=a.modified,
            fetched=found.fetched,
            first_seen=found.fetched,
            published_raw=a.published_raw,
            published_from=a.published_from,
            language=a.language,
            summary=a.summary,
            body=a.body,
            related=tuple(h for h in a.related if h.where != "elsewhere"),
            images=a.images,
            tags=a.tags,
            section=a.section,
            extraction=a.extraction,
            feed=found.feed,
            found_by=found.found_by,
            credits=tuple(dict.fromkeys((*credited_agencies(a.body), *a.credits))),
            media=found.media,
            post=found.post,
            status=found.status,
            moved_to=found.moved_to,
        )
    )


def tombstone(latest: Record, purged: Iterable[int], now: datetime) -> Record:
    """Return what is left of an article that is purged: by what it is recognised, and nothing that was printed."""
    return Record(
        seq=0,
        id=latest.id,
        revision=latest.revision + 1,
        source=latest.source,
        country=latest.country,
        url=latest.url,
        urls=latest.urls,
        fetched=to_millisecond(now),
        first_seen=to_millisecond(latest.first_seen),
        language=latest.language,
        feed=latest.feed,
        found_by=latest.found_by,
        hash=latest.hash,
        status=latest.status,
        purged=tuple(purged),
    )


def bounded(record: Record) -> Record:
    """Return the same record within the store's limits; what was cut is said in ``extraction.warnings``."""
    cut: list[str] = []
    title = record.title
    if title is not None and len(title.encode("utf-8", "replace")) > MAX_TITLE_BYTES:
        title = title.encode("utf-8", "replace")[:MAX_TITLE_BYTES].decode("utf-8", "ignore")
        cut.append("title_cut")
    body = _within(record.body)
    if body is not record.body:
        cut.append("body_cut")
    if len(record.related) > MAX_HEADLINES:
        cut.append("related_cut")
    aliases = dict.fromkeys(u for u in record.urls if u != record.url and len(u) <= urls.MAX_URL_BYTES)
    changes: dict[str, Any] = {
        "title": title,
        "body": body,
        "related": record.related[:MAX_HEADLINES],
        "urls": tuple(aliases)[:MAX_ALIASES],
        "authors": record.authors[:MAX_LIST],
        "images": record.images[:MAX_LIST],
        "tags": record.tags[:MAX_LIST],
        "link": record.link if record.link and len(record.link) <= urls.MAX_URL_BYTES else None,
        **{name: to_millisecond(moment) for name in _TIMES if (moment := getattr(record, name)) is not None},
    }
    how = record.extraction
    # JSON cannot say NaN, and null is no number
    sure = how.confidence if 0.0 <= how.confidence <= 1.0 else 0.0
    if cut or sure != how.confidence:
        warnings = dict.fromkeys((*how.warnings, *cut))
        changes["extraction"] = replace(how, warnings=tuple(warnings), confidence=sure)
    return scrubbed(replace(record, **changes))


def _within(body: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same body if it is within the limit, else as much of it as is."""
    left = MAX_BODY_BYTES
    if sum(map(len, body)) * 4 <= left:  # no character has more than four bytes
        return body
    kept: list[str] = []
    for paragraph in body:
        data = paragraph.encode("utf-8", "replace")
        if len(data) > left:
            if part := data[:left].decode("utf-8", "ignore"):
                kept.append(part)
            return tuple(kept)
        left -= len(data)
        kept.append(paragraph)
    return body


def scrubbed(record: Record) -> Record:
    """Return the same record without lone surrogates, which no UTF-8 file can hold, and NUL, which few databases can."""
    try:
        if _NUL not in encode(record):
            return record
    except UnicodeEncodeError:
        pass
    return convert(_scrub(to_builtins(record, builtin_types=(datetime,))), Record)


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {key: _scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(item) for item in value]
    return value


# ------------------------------------------------------------------------------------------ other people's lines


def adopt(line: Mapping[str, Any], *, now: datetime) -> Record:
    """Return a draft of any JSON object that has a url or an id, and a title or a body. Missing fields are filled.

    A whole record of ours comes back as it was, but for its place in the store. Raises StoreError (bad_record).
    """
    if not isinstance(line, Mapping):
        raise _bad("it is not an object")
    if line.get("schema", 1) != 1:
        raise _bad(f"its schema is {line.get('schema')!r}, this version reads schema 1")
    source = normalize.clean_line(_string(line, "source"))[:MAX_SOURCE_CHARS] or "import"
    address = _string(line, "url")
    own_id = _string(line, "id")
    if line.get("purged"):
        raise _bad("it stands for an article that was purged")
    if address is None and own_id is None:
        raise _bad("it has no url and no id")
    url = urls.canonical_or_none(address) or (address if address and address.startswith("urn:") else None)
    if url is None and own_id is None:
        raise _bad(f"its url is not an http(s) address: {str(address)[:100]}")
    if url is None:
        url = f"urn:import:{quote(source)}:{quote(own_id or '')}"
    title, body = _string(line, "title"), _body(line)
    if not title and not body:
        raise _bad("it has no title and no body")
    fetched = _field(line, "fetched", datetime) or _field(line, "first_seen", datetime) or now
    known = (_TYPES.keys() - _PLACED) & line.keys()
    values: dict[str, Any] = {
        name: value for name in known if (value := _field(line, name, _TYPES[name])) is not None
    }
    values |= {
        "seq": 0,
        "revision": 0,
        "id": own_id if own_id and _ID.match(own_id) else urls.article_id(url),
        "source": source,
        "url": url,
        "urls": tuple(u for u in (*values.get("urls", ()), address) if u and u != url),
        "title": normalize.clean_line(title) or None,
        "body": body,
        "related": _related(line),
        "fetched": fetched,
        "first_seen": _field(line, "first_seen", datetime) or fetched,
    }
    values.setdefault("found_by", "import")
    if body and "language" not in line:
        values["language"], _ = language.detect_language("\n".join(body[:20]))
    if isinstance(printed := line.get("published"), str) and not _is_rfc3339(printed):
        values.setdefault("published_raw", normalize.clean_line(printed) or None)
    if "extraction" not in values:
        values["extraction"] = Extraction(method="import", confidence=1.0)
    return bounded(Record(**values))


_PLACED = COMPUTED | {"related", "body", "purged"}
_DATES = frozenset(("published", "modified"))
_TYPES = field_types(Record)


def _is_rfc3339(value: str) -> bool:
    try:
        convert(value, datetime)
    except ValidationError:
        return False
    return True


def _bad(why: str) -> StoreError:
    return StoreError(f"this is not a record: {why}", code="bad_record")


def _string(line: Mapping[str, Any], name: str) -> str | None:
    value = line.get(name)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and name == "id":
        return str(value)
    raise _bad(f"{name} is not a string")


def _field(line: Mapping[str, Any], name: str, type_: Any) -> Any:
    """One field as its type; a single string serves where a list of strings is wanted."""
    value = line.get(name)
    if value is None:
        return None
    if isinstance(value, str) and type_ == tuple[str, ...]:
        value = [value]
    if name in _DATES and isinstance(value, str) and value.isdecimal() and len(value) < TIMESTAMP_DIGITS:
        return None  # "2" is no second of 1970
    try:
        result = convert(value, type_, strict=False)
    except ValidationError as e:
        if isinstance(value, str) and name in _DATES:
            return dates.parse_date(value)  # as other archives print them; None where it cannot be read
        raise _bad(f"{name}: {e}") from None
    return _in_utc(result, name) if isinstance(result, datetime) else result


def _in_utc(moment: datetime, name: str) -> datetime | None:
    """None for a date that no calendar has in UTC; without one of the others there is no record."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        if name in _DATES:
            return None
        raise _bad(f"{name}: {moment} is not a date between year 1 and 9999") from None


def _body(line: Mapping[str, Any]) -> tuple[str, ...]:
    value = line.get("body", line.get("text"))
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.splitlines()
    paragraphs = _attempt(lambda: convert(value, tuple[str, ...]), "body")
    return tuple(p for paragraph in paragraphs if (p := normalize.clean_line(paragraph)))


def _related(line: Mapping[str, Any]) -> tuple[Headline, ...]:
    value = line.get("related") or ()
    if not isinstance(value, list | tuple):
        raise _bad("related is not a list")
    items = [{"title": item} if isinstance(item, str) else item for item in value]
    return _attempt(lambda: convert(items, tuple[Headline, ...]), "related")


def _attempt(make: Callable[[], T], name: str) -> T:
    try:
        return make()
    except ValidationError as e:
        raise _bad(f"{name}: {e}") from None


def import_key(record: Record) -> str | None:
    """Return the identity key of a record that came without an address."""
    return (
        f"i:{hashlib.sha256(record.url.encode()).hexdigest()[:32]}" if record.url.startswith("urn:") else None
    )
