"""Which of the dates on a page is the day of its publication. In: candidates; out: one time, its text, its source. Pure.

Trust falls from what is declared for machines to what is printed; whatever is in the future, or from before the web, is
not a date of publication. Candidates that disagree by more than a day are reported, not hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from scraper.codec import Struct
from scraper.text.dates import parse_date

_CONFLICT = timedelta(hours=36)
# A page that prints one date, its declared modification, years after its declared publication was written anew.
_REWRITTEN = timedelta(days=365)
_DAY = timedelta(days=1)
MAX_PRINTED_CHARS = 140
COPYRIGHT = re.compile(r"©|\(c\)|copyright|all rights", re.IGNORECASE)
_DATE_LIKE = re.compile(r"\d[./-]\d|\d{4}|\d:\d\d|\d\s+\D")
_CLOCK = re.compile(r"\d[:.h]\d\d|T\d\d|\d{10}|\d\s*[ap]\.?m", re.IGNORECASE)
_NO_DAY = re.compile(r"\D*(?:19|20)\d\d\D*|\s*\d{4}-\d{2}\s*")  # "November 2026"
_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d|GMT|UTC)\s*$")
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([/_.-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)")
_URL_MONTH_NAME = re.compile(r"/((?:19|20)\d\d)/([a-z]{3})/(\d{1,2})/")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"


class Candidate(Struct, frozen=True, kw_only=True):
    """A date text and where it was found: json-ld, meta, time, feed, url, text."""

    raw: str
    source: str
    at: datetime | None = None  # where somebody has read it already: the feed parser
    weak: bool = False  # may be the date of something else: a bare "date" meta element, a page's WebPage node


class Published(Struct, frozen=True, kw_only=True):
    value: datetime | None = None
    raw: str | None = None
    source: str | None = None
    warnings: tuple[str, ...] = ()


class _Read(Struct, frozen=True):
    at: datetime
    candidate: Candidate
    day_only: bool


def parse(raw: str, *, timezone: str, language: str | None, now: datetime | None) -> datetime | None:
    """One date text. A bare day is midnight UTC, so that it stays that day for every reader."""
    if _NO_DAY.fullmatch(raw):
        return None
    zone = timezone if _CLOCK.search(raw) else "UTC"
    return parse_date(raw, timezone=zone, language=language, now=now)


def choose(
    candidates: Sequence[Candidate],
    *,
    modified: datetime | None,
    timezone: str,
    language: str | None,
    now: datetime | None,
) -> Published:
    """The first candidate that holds; candidates come in order of trust."""
    warnings: list[str] = []
    read: list[_Read] = []
    for candidate in candidates:
        at = candidate.at or parse(candidate.raw, timezone=timezone, language=language, now=now)
        if at is None:
            if (
                now is not None
                and parse(candidate.raw, timezone=timezone, language=language, now=None) is not None
            ):
                warnings.append("date_in_future")
            continue
        read.append(_Read(at, candidate, not _CLOCK.search(candidate.raw)))
    if not read:
        return Published(warnings=tuple(dict.fromkeys(warnings)))
    best = _settle(read, modified)
    firm = [other for other in read if not (other.candidate.weak or _is_update(other, best, modified))]
    if any(abs(other.at - best.at) > _CONFLICT for other in firm):
        warnings.append("date_conflict")
    best = _zoned(_finer(best, read), read)
    return Published(
        value=best.at,
        raw=best.candidate.raw,
        source=best.candidate.source,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def printed(
    known: Published, texts: Iterable[str], *, timezone: str, language: str | None, now: datetime | None
) -> Published:
    """The first date among the texts around the headline; it must not contradict the day that the address names."""
    for text in texts:
        if not (_DATE_LIKE.search(text) and len(text) <= MAX_PRINTED_CHARS) or COPYRIGHT.search(text):
            continue
        at = parse(text, timezone=timezone, language=language, now=now)
        if at is None:
            continue
        if known.value is not None and not -_DAY / 2 <= at - known.value < 1.5 * _DAY:
            continue
        return Published(value=at, raw=text, source="text", warnings=known.warnings)
    return known


def url_day(url: str | None) -> str | None:
    """The day in an address (/2026/07/21/, /20260721/, 2026-07-21, /2026/jul/21/) as an ISO date."""
    if not url:
        return None
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    found = None
    for match in _URL_DAY.finditer("/" + path):
        # without signs between them, eight digits are a day only if they stand alone or begin an identifier
        if match[2] or len(match[3]) == len(match[4]) == 2:
            found = f"{match[1]}-{int(match[3]):02}-{int(match[4]):02}"
            break
    if found is None and (named := _URL_MONTH_NAME.search("/" + path)):
        months = _MONTHS.split()
        if named[2] in months:
            found = f"{named[1]}-{months.index(named[2]) + 1:02}-{int(named[3]):02}"
    try:
        return date.fromisoformat(found).isoformat() if found else None
    except ValueError:
        return None


def _settle(read: list[_Read], modified: datetime | None) -> _Read:
    best = read[0]
    firm = [other for other in read if not other.candidate.weak]
    if best.candidate.weak and firm:
        best = firm[0]
    # the address was made when the article was: it decides between two declared dates
    day = next((other.at.date() for other in read if other.candidate.source == "url"), None)
    if day is not None and abs((best.at.date() - day).days) > 1:
        best = next(
            (
                other
                for other in firm
                if other.candidate.source != "url" and abs((other.at.date() - day).days) <= 1
            ),
            best,
        )
    printed = next((other for other in read if other.candidate.source == "time"), None)
    rewritten = (
        printed is not None
        and best.candidate.source in ("json-ld", "meta")
        and modified is not None
        and abs(printed.at - modified) <= timedelta(days=1)
        and printed.at - best.at > _REWRITTEN
    )
    return printed if rewritten and printed is not None else best


def _is_update(other: _Read, best: _Read, modified: datetime | None) -> bool:
    """A printed time may be that of the declared modification: no conflict, but no date of publication either."""
    return (
        other is not best
        and other.candidate.source == "time"
        and modified is not None
        and abs(other.at - modified) <= _DAY
    )


def _finer(best: _Read, read: list[_Read]) -> _Read:
    """The same day with a time of day, if another candidate has it."""
    if not best.day_only:
        return best
    day = timedelta(days=1)
    return next(
        (other for other in read if not other.day_only and -day / 2 <= other.at - best.at < day), best
    )


def _zoned(best: _Read, read: list[_Read]) -> _Read:
    """The same moment, give or take a time zone, from a declared candidate that names its zone."""
    if best.day_only or _ZONE.search(best.candidate.raw):
        return best
    near = timedelta(hours=15)
    return next(
        (
            other
            for other in read
            if not other.candidate.weak
            and _ZONE.search(other.candidate.raw)
            and abs(other.at - best.at) <= near
        ),
        best,
    )
