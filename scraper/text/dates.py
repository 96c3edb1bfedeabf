"""Parse a printed date to an aware UTC datetime, or None; never a guess. Pure: what "today" is comes in as ``now``.

* Numbers are read day first (21/02/2026, 03.04.26), except where only month first is possible (02/21/2026), where a printed
  weekday says so, where a slash date has a 12-hour clock (2/1/2026 3:04 PM) or ``language`` is "en-US".
* A date without a zone is of ``timezone``, else UTC. An unknown month name, an impossible date, hour or offset is None.
* Relative dates, missing years and bare times need ``now``: the nearest past is meant, at most 48 hours ahead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

from scraper.text import date_names
from scraper.text.calendar_days import TIME, CalendarDay, day_in
from scraper.text.clock_times import (
    DOT_TIME,
    ClockTime,
    Impossible,
    checked_offset,
    clocks_in,
    far_zone,
    fixed_offset,
    named_zone,
    zone_behind,
)
from scraper.text.normalize import clean_line

MAX_CHARS = 256  # no printed date is longer; what is longer is prose
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=48)
MAX_WORDS_AROUND_A_DAY = 2  # "yesterday" among more words, and without a time, is prose
MAX_STRANGE_WORDS = 6  # a relative date or a date without a year among more words than this is prose

_RFC822 = re.compile(
    r"(?:[A-Za-z]{3},? )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?(?: (?:([+-]\d{2})(\d{2})|(GMT|UTC|Z)))?"
)
_DIGITS = re.compile(r"(\d{4,17})(?:\.\d{1,6})?")
# milliseconds; the offset says nothing more
_ASP_NET = re.compile(r"\\?/?(?:new )?Date\((-?\d{9,14})(?:[+-]\d{4})?\)\\?/?")
_SAYS_UTC = re.compile(r"(?:[+-]00:?00|\b(?:GMT|UTC?|Z)|\dZ)\s*\Z", re.IGNORECASE)
_DOTTED_CLOCK = re.compile(r"(?<=\d{4} )([01]?\d|2[0-3])[.-]([0-5]\d)[.-]([0-5]\d)(?=[ +-]|z?\Z)")
_DOTTED_HALF_DAY = re.compile(r"(?<![\d.])(\d{1,2})\.([0-5]\d)(?=\s?[ap]\.?m\b)")
_ORDINAL_DAY = re.compile(r"(\d{4})-?(\d{3})(?=t|$)")
_YEAR_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")


_DM = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})(?![\d/]|\.\d)")
_CJK = str.maketrans("年년月월日일时時시点分분秒초", "----  ::::::  ")
_CJK_DATE = re.compile(r"[年년月월日일]")


DateReader = Callable[[str | None], datetime | None]


def date_reader(timezone: str | None, now: datetime | None) -> DateReader:
    """Return a function that parses printed dates of one document; it gives None for None."""
    return lambda text: parse_date(text, timezone=timezone, now=now) if text else None


def parse_date(
    text: str,
    *,
    timezone: str | None = None,
    language: str | None = None,
    now: datetime | None = None,
    latest: datetime | None = None,
) -> datetime | None:
    """Read one date. ``timezone`` is an IANA name or "+04:00" and holds where the text itself names no zone.

    ``now`` is when the text was printed: what it says of "today" is read from there. ``latest`` only bounds the result,
    where nobody knows when the text was printed.
    """
    text = text.strip()
    if not text or len(text) > MAX_CHARS:
        return None
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    try:
        found = _exact(text, timezone)
        if found is None:
            found = _read(text, timezone, language, now)
        if found is None:
            return None
        found = found.astimezone(UTC)
    except (Impossible, ValueError, OverflowError):
        return None
    bound = now or latest
    return found if EARLIEST <= found <= (LATEST if bound is None else bound + FUTURE_TOLERANCE) else None


def called_utc(text: str | None) -> bool:
    """Return whether a printed time calls itself UTC, as programs do that know no zone."""
    return _SAYS_UTC.search(text or "") is not None


def named_time(told: datetime, timezone: str) -> datetime:
    """Return the moment when clocks in ``timezone`` showed what ``told`` shows in UTC."""
    return told.astimezone(UTC).replace(tzinfo=named_zone(timezone)).astimezone(UTC)


# ------------------------------------------------------------------------------------------ the exact forms, fast


def _exact(text: str, timezone: str | None) -> datetime | None:
    """Read ISO 8601, RFC 822 as its own examples print it, epoch seconds and milliseconds."""
    if (text[4:5] == "-" or text[8:9] == "T") and len(text) >= 10 and text[:4].isdecimal():
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return checked_offset(found) if found.tzinfo else found.replace(tzinfo=named_zone(timezone))
    if match := _RFC822.fullmatch(text):
        day, name, year, hour, minute, second, off_hours, off_minutes, utc = match.groups()
        if (month := date_names.MONTHS.get(name.lower())) and (second or "0") < "60" and hour < "24":
            tz: tzinfo = (
                UTC if utc else fixed_offset(off_hours + off_minutes) if off_hours else named_zone(timezone)
            )
            return datetime(int(year), month, int(day), int(hour), int(minute), int(second or 0), tzinfo=tz)
        return None
    if match := _DIGITS.fullmatch(text):
        return _number(match[1], timezone)
    if match := _ASP_NET.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC)
    return None


def _number(digits: str, timezone: str | None) -> datetime | None:
    """Read digits alone: an epoch value by its length, or a date without separators."""
    size, value = len(digits), int(digits)
    if size in (9, 10):
        return datetime.fromtimestamp(value, UTC)
    if size == 13:
        return datetime.fromtimestamp(value / 1000, UTC)
    if size == 16:
        return datetime.fromtimestamp(value / 1_000_000, UTC)
    if size in (8, 12, 14):
        form = "%Y%m%d%H%M%S"[: {8: 6, 12: 10, 14: 12}[size]]
        return datetime.strptime(digits, form).replace(tzinfo=named_zone(timezone))
    if size == 4:  # W3C dates may be a year alone
        return datetime(value, 1, 1, tzinfo=named_zone(timezone))
    if size == 7 and 1 <= value % 1000 <= 366:
        return datetime(value // 1000, 1, 1, tzinfo=named_zone(timezone)) + timedelta(days=value % 1000 - 1)
    raise Impossible


# ------------------------------------------------------------------------------------------ everything else


def _read(text: str, timezone: str | None, language: str | None, now: datetime | None) -> datetime | None:
    here = named_zone(timezone)
    line = _plain_line(text)
    if match := _YEAR_MONTH.fullmatch(line):
        return datetime(int(match[1]), int(match[2]), 1, tzinfo=here)
    clocks = list(clocks_in(line))
    rest = line
    for stood in clocks:
        rest = rest[: stood.start] + TIME + " " * (stood.end - stood.start - 1) + rest[stood.end :]
    day = day_in(rest, clocks, language)
    if day is None or day.year is None:
        if (found := _relative(rest, clocks, here, now)) is not None:
            return found
        day = day or _day_and_month(rest, clocks)
        if day is None or now is None or _strange_words(rest) > MAX_STRANGE_WORDS:
            return None
    clock = _clock_of(day, rest, clocks)
    tz = (clock.zone if clock else None) or far_zone(rest) or here
    after_midnight = clock.after_midnight if clock else timedelta()
    if day.year is not None:
        return datetime(day.year, day.month, day.day, tzinfo=tz) + after_midnight
    assert now is not None
    return _latest_year(day, after_midnight, tz, now)


def _plain_line(text: str) -> str:
    """Return a line with its digits, signs and ordinal day written in the forms that the tables know."""
    line = date_names.date_key(clean_line(text))
    if not line.isascii():
        line = date_names.plain_digits(line)
    if _CJK_DATE.search(line):
        line = re.sub(r":(?= |$)", " ", line.translate(_CJK))
    if match := _ORDINAL_DAY.match(line):
        start = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
        if start.year != int(match[1]):
            raise Impossible
        line = start.isoformat() + line[match.end() :]
    line = re.sub(r"(?<=\d)t(?=\d)", " ", line)
    return _DOTTED_HALF_DAY.sub(r"\1:\2", _DOTTED_CLOCK.sub(r"\1:\2:\3", line))


def _day_and_month(rest: str, clocks: list[ClockTime]) -> CalendarDay | None:
    """Read "21.02 14:30": a day and month in numbers count only beside a time without a zone."""
    if not clocks or clocks[0].zone or _strange_words(rest) > 1:
        return None
    match = _DM.search(rest)
    return CalendarDay(match.start(), match.end(), None, int(match[2]), int(match[1])) if match else None


def _latest_year(day: CalendarDay, after_midnight: timedelta, tz: tzinfo, now: datetime) -> datetime | None:
    """Return the day in the last year in which it is not in the future: the last leap year for 29 February."""
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            found = datetime(year, day.month, day.day, tzinfo=tz) + after_midnight
        except ValueError:
            continue
        if found <= now + FUTURE_TOLERANCE:
            return found
    return None


def _clock_of(day: CalendarDay, rest: str, clocks: list[ClockTime]) -> ClockTime | None:
    """Return the time that belongs to the day: the nearest one, the one behind it where two are as near."""
    if not clocks:
        match = DOT_TIME.search(rest, day.end) or DOT_TIME.search(rest[: day.start])
        if match:
            after = timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3] or 0))
            tz, _ = zone_behind(rest, match.end())
            return ClockTime(match.start(), match.end(), after, tz, twelve=False)
        return None
    best = min(clocks, key=lambda c: (max(c.start - day.end, day.start - c.end, 0), c.start < day.start))
    if not best.after_midnight and not best.zone:
        # "2026-01-02 00:00:00.0 15:04:05.0 -0700": a date column printed with its empty time
        best = next((c for c in clocks if 0 <= c.start - best.end <= 1 and best.start > day.start), best)
    return best


# ------------------------------------------------------------------------------------------ relative to now


def _strange_words(rest: str) -> int:
    return sum(
        1
        for w in re.findall(r"[^\W\d_]{2,}", rest)
        if w not in date_names.GLUE and w not in date_names.MONTHS
    )


def _relative(rest: str, clocks: list[ClockTime], here: tzinfo, now: datetime | None) -> datetime | None:
    """Read what counts from now: "today 12:18", "yesterday", "1 hour ago", a bare "14:05" (yesterday's, where today's is still to come)."""
    if now is None or _strange_words(rest) > MAX_STRANGE_WORDS:
        return None
    words = re.findall(r"\d+|[^\W\d_]+", rest)
    phrases = set(words) | {" ".join(pair) for pair in pairwise(words)}
    if (back := _duration(words)) is not None:
        return now - back
    clock = clocks[0] if clocks else None
    tz = (clock.zone if clock else None) or here
    midnight = now.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=tz)
    after = clock.after_midnight if clock else timedelta()
    for days, table in ((2, date_names.BEFORE_YESTERDAY), (1, date_names.YESTERDAY), (0, date_names.TODAY)):
        if phrases & table and (clock or len(words) <= MAX_WORDS_AROUND_A_DAY):
            found = midnight - timedelta(days=days) + after
            # a page that was printed before midnight and read after it
            return found if found <= now + timedelta(hours=1) else found - timedelta(days=1)
    if phrases & date_names.NOW and not clock:
        return now
    if clock and not rest.replace(TIME, "").strip(" ,.|/()[]-–—•"):
        found = midnight + after
        return found if found <= now + timedelta(hours=1) else found - timedelta(days=1)
    return None


def _duration(words: list[str]) -> timedelta | None:
    """Add up "2 hours 5 minutes" before a word for "ago"."""
    seconds = 0
    for i, word in enumerate(words):
        if word in date_names.AGO:
            at = i - 1
            while at >= 0 and words[at] in date_names.UNITS:
                unit, at = date_names.UNITS[words[at]], at - 1
                if at >= 0 and words[at].isdecimal():
                    seconds += int(words[at][:6]) * unit
                    at -= 1
                else:
                    seconds += unit
                    at -= at >= 0 and words[at] in date_names.ONE
                at -= at >= 0 and words[at] in date_names.AND
            if seconds:
                return timedelta(seconds=seconds)
    if len(words) == 2 and words[0].isdecimal() and words[1] in date_names.AGO_ALONE:
        return timedelta(seconds=int(words[0][:6]) * date_names.UNITS[words[1]])
    return None
