"""A printed date in, an aware UTC datetime out, or None; never a guess. Pure: what "today" is comes in as ``now``.

* Numbers are read day first (21/02/2026, 03.04.26), except where only month first is possible (02/21/2026), where a printed
  weekday says so, where a slash date has a 12-hour clock (2/1/2026 3:04 PM) or ``language`` is "en-US".
* A date without a zone is of ``timezone``, else UTC. An unknown month name, an impossible date, hour or offset is None.
* Relative dates, missing years and bare times need ``now``: the nearest past is meant, at most 48 hours ahead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import timezone as fixed
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scraper import datenames as names
from scraper.text import clean, fold

MAX_CHARS = 256  # no printed date is longer; what is longer is prose
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=48)
MAX_STRANGE_WORDS = 6  # a relative date or a date without a year among more words than this is prose
_EAST_LIMIT, _WEST_LIMIT = 14 * 3600, -12 * 3600

_RFC822 = re.compile(
    r"(?:[A-Za-z]{3},? )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?(?: (?:([+-]\d{2})(\d{2})|(GMT|UTC|Z)))?"
)
_RFC_MONTHS = {
    m: i
    for i, m in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
_DIGITS = re.compile(r"(\d{4,17})(?:\.\d{1,6})?")
_ORDINAL_DAY = re.compile(r"(\d{4})-?(\d{3})(?=t|$)")
_YEAR_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")

_TIME = re.compile(
    r"(?<![\d:+])(?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,:](\d{1,9}))?)?|(\d{1,2})\s?[hч]\.?\s?(\d{2}))(?![\d:])"
    r"(?:\s?(?:([ap])\.?\s?m\b\.?|([^\W\d_]\.?[^\W\d_])(?![^\W\d_])))?"
)
_HOUR = re.compile(r"(?<![\d:.+])(\d{1,2})\s?([ap])\.?m\b\.?")
_HOUR_WITH_OFFSET = re.compile(r"(?<=\d{4}) (\d{1,2})(?= [+-]\d{4}\b)")
_DOT_TIME = re.compile(r"(?<![\d.])([01]?\d|2[0-3])[.]([0-5]\d)(?:[.]([0-5]\d))?(?![\d.])")
_ZONE = re.compile(
    r"[\s(\[,]*(?:([a-z]+/[a-z_]+(?:/[a-z_]+)?(?:[+-]\d{1,2})?)"
    r"|([^\W\d_]{1,5})?(\s?:?[+\-−–]{1,2}\d{1,2}(?::?\d{2}){0,2})(?![\d./:-])z?"
    r"|([^\W\d_]{1,5})(?![^\W\d_]))"
)
_NAME_BEHIND = re.compile(r" ?\(?([a-z]{1,5})\b\)?")
_FAR_ZONE = re.compile(
    r"\b(?:utc|gmt)\s?([+\-−–]\d{1,2}(?::?\d{2})?)(?![\d./])|\b(utc|gmt|мск|msk)\b|(?<=\d) ([+-]\d{4})$|(?<=\d{4}) ([a-z]{3,4})$"
)

_YMD = re.compile(r"(?<!\d)(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_DMY = re.compile(r"(?<![\d.])(\d{1,2})\s?([./\- ])\s?(\d{1,2})\s?\2\s?(\d{4}|(?<! )\d{2})(?!\.?\d)")
_DM = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})(?![\d/]|\.\d)")
_ATOM = re.compile(r"(\d+)(?:[-'’]?([^\W\d_]+))?|([^\W\d_]+)|([\x01])|([|•;:()\[\]{}<>=!?·])")
_CJK = str.maketrans(
    {
        "年": "-",
        "년": "-",
        "月": "-",
        "월": "-",
        "日": " ",
        "일": " ",
        "时": ":",
        "時": ":",
        "시": ":",
        "点": ":",
        "分": ":",
        "분": ":",
        "秒": " ",
        "초": " ",
    }
)
_CJK_DATE = re.compile(r"[年년月월日일]")


class _Impossible(Exception):
    """The text names a date, time or offset that does not exist."""


class _Clock(NamedTuple):
    start: int
    end: int
    after_midnight: timedelta
    zone: tzinfo | None
    twelve: bool


class _Day(NamedTuple):
    start: int
    end: int
    year: int | None
    month: int
    day: int


def parse_date(
    text: str, *, timezone: str | None = None, language: str | None = None, now: datetime | None = None
) -> datetime | None:
    """Read one date. ``timezone`` is an IANA name or "+04:00" and holds where the text itself names no zone."""
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
    except (_Impossible, ValueError, OverflowError):
        return None
    return found if EARLIEST <= found <= (LATEST if now is None else now + FUTURE_TOLERANCE) else None


@lru_cache(maxsize=256)
def zone(name: str | None) -> tzinfo:
    """An IANA name or an offset like "+04:00" as a tzinfo; UTC where there is none of that name."""
    if not name:
        return UTC
    if name[0] in "+-":
        return _offset(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


# ------------------------------------------------------------------------------------------ the exact forms, fast


def _exact(text: str, timezone: str | None) -> datetime | None:
    """ISO 8601, RFC 822 as its own examples print it, epoch seconds and milliseconds."""
    if text[4:5] == "-" and len(text) >= 10 and text[:4].isdecimal():
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return _checked(found) if found.tzinfo else found.replace(tzinfo=zone(timezone))
    if match := _RFC822.fullmatch(text):
        day, name, year, hour, minute, second, off_hours, off_minutes, utc = match.groups()
        if (month := _RFC_MONTHS.get(name)) and (second or "0") < "60":
            tz: tzinfo = UTC if utc else _offset(off_hours + off_minutes) if off_hours else zone(timezone)
            return datetime(int(year), month, int(day), int(hour), int(minute), int(second or 0), tzinfo=tz)
        return None
    if match := _DIGITS.fullmatch(text):
        return _number(match[1], timezone)
    return None


def _number(digits: str, timezone: str | None) -> datetime | None:
    """All digits: an epoch value by its length, or a date without separators."""
    size, value = len(digits), int(digits)
    if size in (9, 10):
        return datetime.fromtimestamp(value, UTC)
    if size == 13:
        return datetime.fromtimestamp(value / 1000, UTC)
    if size == 16:
        return datetime.fromtimestamp(value / 1_000_000, UTC)
    if size in (8, 12, 14):
        form = "%Y%m%d%H%M%S"[: {8: 6, 12: 10, 14: 12}[size]]
        return datetime.strptime(digits, form).replace(tzinfo=zone(timezone))
    if size == 4:  # W3C dates may be a year alone
        return datetime(value, 1, 1, tzinfo=zone(timezone))
    if size == 7 and 1 <= value % 1000 <= 366:
        return datetime(value // 1000, 1, 1, tzinfo=zone(timezone)) + timedelta(days=value % 1000 - 1)
    raise _Impossible


def _checked(found: datetime) -> datetime:
    offset = found.utcoffset()
    if offset is not None and not _WEST_LIMIT <= offset.total_seconds() <= _EAST_LIMIT:
        raise _Impossible
    return found


def _offset(text: str) -> tzinfo:
    """A tzinfo from "+0400", "-07:00", "+4", "-700", "--0700"."""
    digits = "".join(c for c in text if c.isdecimal())
    if len(digits) <= 2:
        hours, minutes = digits, "0"
    else:
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) <= 4 else (digits[:2], digits[2:4])
    if int(minutes) > 59:
        raise _Impossible
    seconds = int(hours) * 3600 + int(minutes) * 60
    seconds = seconds if "+" in text else -seconds
    if not _WEST_LIMIT <= seconds <= _EAST_LIMIT:
        raise _Impossible
    return fixed(timedelta(seconds=seconds))


# ------------------------------------------------------------------------------------------ everything else


def _read(text: str, timezone: str | None, language: str | None, now: datetime | None) -> datetime | None:
    line = fold(clean(text)).replace("\u0307", "")
    if _CJK_DATE.search(line):
        line = re.sub(r":(?= |$)", " ", line.translate(_CJK))
    if match := _ORDINAL_DAY.match(line):
        start = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
        if start.year != int(match[1]):
            return None
        line = start.isoformat() + line[match.end() :]
    elif match := _YEAR_MONTH.fullmatch(line):
        return datetime(int(match[1]), int(match[2]), 1, tzinfo=zone(timezone))
    line = re.sub(r"(?<=\d)t(?=\d)", " ", line)
    clocks = list(_clocks(line))
    rest = line
    for stood in clocks:
        rest = rest[: stood.start] + "\x01" + " " * (stood.end - stood.start - 1) + rest[stood.end :]
    day = _day(rest, clocks, language)
    here = zone(timezone)
    if day is None or day.year is None:
        if (found := _relative(rest, clocks, here, now)) is not None:
            return found
        if (
            day is None
            and clocks
            and not clocks[0].zone
            and (match := _DM.search(rest))
            and _strange_words(rest) <= 1
        ):
            day = _Day(match.start(), match.end(), None, int(match[2]), int(match[1]))
        if day is None or now is None or _strange_words(rest) > MAX_STRANGE_WORDS:
            return None
    clock = _clock_of(day, rest, clocks)
    tz = (clock.zone if clock else None) or _far_zone(rest) or here
    after_midnight = clock.after_midnight if clock else timedelta()
    if day.year is not None:
        return datetime(day.year, day.month, day.day, tzinfo=tz) + after_midnight
    assert now is not None
    for year in range(now.year + 1, now.year - 9, -1):  # back to the last leap year even for 29 February
        try:
            found = datetime(year, day.month, day.day, tzinfo=tz) + after_midnight
        except ValueError:
            continue
        if found <= now + FUTURE_TOLERANCE:
            return found
    return None


def _clocks(line: str) -> Iterator[_Clock]:
    """Every time of day in the line, with the zone printed behind it."""
    end = 0
    for match in _TIME.finditer(line):
        if match.start() < end:
            continue  # the offset of the time before
        hour, minute = int(match[1] or match[5]), int(match[2] or match[6])
        letter, word = match[7], (match[8] or "").replace(".", "")
        stop = match.end()
        if match[8]:
            letter = "a" if word in names.AM else "p" if word in names.PM else None
            stop = stop if letter else match.start(8)
        before = line[: match.start()].split()[-1:]
        if letter is None and before:
            letter = "a" if before[0] in names.AM else "p" if before[0] in names.PM else None
        after = _after_midnight(hour, minute, int(match[3] or 0), match[4] if match[3] else None, letter)
        tz, end = _zone_behind(line, stop)
        yield _Clock(match.start(), end, after, tz, letter is not None)
    if not end:
        for match in _HOUR.finditer(line):
            tz, end = _zone_behind(line, match.end())
            yield _Clock(
                match.start(), end, _after_midnight(int(match[1]), 0, 0, None, match[2]), tz, twelve=True
            )
    if not end and (bare := _HOUR_WITH_OFFSET.search(line)):
        tz, end = _zone_behind(line, bare.end())
        yield _Clock(bare.start(1), end, _after_midnight(int(bare[1]), 0, 0, None, None), tz, twelve=False)


def _after_midnight(
    hour: int, minute: int, second: int, fraction: str | None, letter: str | None
) -> timedelta:
    if letter and hour <= 12:
        hour = hour % 12 + (12 if letter == "p" else 0)
    midnight = hour == 24 and minute == second == 0
    if (hour > 23 and not midnight) or minute > 59 or second > 60:
        raise _Impossible
    micros = int((fraction or "0")[:6].ljust(6, "0")) if fraction else 0
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)


def _zone_behind(line: str, at: int) -> tuple[tzinfo | None, int]:
    """The zone printed right behind a time, and where it ends."""
    match = _ZONE.match(line, at)
    if not match:
        return None, at
    if match[1]:
        return _iana(match[1]), match.end()
    if match[3]:
        digits = sum(c.isdecimal() for c in match[3])
        if digits == 1 and match[2] not in ("utc", "gmt"):
            return None, at
        if match[3][0] == " " and match[2] is None and match[3].lstrip(" :")[0] in "–−" and digits < 4:
            return None, at
        # "-0700 MST": the name says nothing new
        end = match.end()
        if (behind := _NAME_BEHIND.match(line, end)) and behind[1] in names.ZONES:
            end = behind.end()
        return _offset(match[3].replace("−", "-").replace("–", "-")), end
    seconds = names.ZONES.get(match[4])
    return (None, at) if seconds is None else (fixed(timedelta(seconds=seconds)), match.end())


def _iana(name: str) -> tzinfo | None:
    """Find "europe/brussels" as the database spells it."""
    spelt = "/".join("_".join(w.capitalize() for w in part.split("_")) for part in name.split("/"))
    try:
        return ZoneInfo(spelt)
    except (KeyError, ValueError, OSError):
        return None


def _far_zone(rest: str) -> tzinfo | None:
    """A zone that stands away from the time."""
    match = _FAR_ZONE.search(rest.rstrip(" )]"))
    if not match:
        return None
    if offset := match[1] or match[3]:
        return _offset(offset.replace("−", "-").replace("–", "-"))
    seconds = names.ZONES.get(match[2] or match[4])
    return None if seconds is None else fixed(timedelta(seconds=seconds))


def _clock_of(day: _Day, rest: str, clocks: list[_Clock]) -> _Clock | None:
    """The time that belongs to the day: the nearest one, the one behind where two are as near."""
    if not clocks:
        match = _DOT_TIME.search(rest, day.end) or _DOT_TIME.search(rest[: day.start])
        if match:
            after = timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3] or 0))
            tz, _ = _zone_behind(rest, match.end())
            return _Clock(match.start(), match.end(), after, tz, twelve=False)
        return None
    best = min(clocks, key=lambda c: (max(c.start - day.end, day.start - c.end, 0), c.start < day.start))
    if not best.after_midnight and not best.zone:
        # "2026-01-02 00:00:00.0 15:04:05.0 -0700": a date column printed with its empty time
        best = next((c for c in clocks if 0 <= c.start - best.end <= 1 and best.start > day.start), best)
    return best


# ------------------------------------------------------------------------------------------ the day


def _day(rest: str, clocks: list[_Clock], language: str | None) -> _Day | None:
    """The first day named in numbers or words; a day with a year before one without."""
    weekday = next((names.WEEKDAYS[w] for w in re.findall(r"[^\W\d_]+", rest) if w in names.WEEKDAYS), None)
    twelve = any(c.twelve for c in clocks)
    days = [d for d in (_numeric(rest, weekday, twelve, language), _worded(rest, weekday)) if d]
    days.sort(key=lambda d: (d.year is None, d.start))
    return days[0] if days else None


def _numeric(rest: str, weekday: int | None, twelve: bool, language: str | None) -> _Day | None:
    ymd, dmy = _YMD.search(rest), _DMY.search(rest)
    if ymd and (not dmy or ymd.start() <= dmy.start()):
        return _Day(ymd.start(), ymd.end(), int(ymd[1]), int(ymd[3]), int(ymd[4]))
    if dmy:
        first, second, year = int(dmy[1]), int(dmy[3]), _full_year(dmy[4])
        day_first, month_first = _real(year, second, first), _real(year, first, second)
        if day_first and month_first:
            agree = {
                (date(year, second, first).weekday() == weekday),
                (date(year, first, second).weekday() == weekday),
            }
            if weekday is not None and agree == {True, False}:
                day_first = date(year, second, first).weekday() == weekday
            elif (twelve and dmy[2] == "/") or (language or "").lower() == "en-us":
                day_first = False
        if not (day_first or month_first):
            raise _Impossible
        month, day = (second, first) if day_first else (first, second)
        return _Day(dmy.start(), dmy.end(), year, month, day)
    if match := _COMPACT.search(rest):
        return _Day(match.start(), match.end(), int(match[1]), int(match[2]), int(match[3]))
    return None


def _real(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year + 1900 if len(digits) == 3 else year
    return year + (1900 if year >= 95 else 2000)


class _Atom(NamedTuple):
    kind: str  # "n" number, "m" month, "t" where a time stood, "" what separates
    start: int
    end: int
    text: str = ""
    months: tuple[int, ...] = ()


def _atoms(rest: str) -> list[_Atom]:
    found: list[_Atom] = []
    for match in _ATOM.finditer(rest):
        number, suffix, word, time, _ = match.groups()
        if number:
            found.append(_Atom("n", match.start(1), match.end(1), number))
            if not suffix:
                continue
            word = suffix
        if word:
            start, end = match.end() - len(word), match.end()
            months = (names.MONTHS[word],) if word in names.MONTHS else names.UNSURE.get(word)
            if months:
                found.append(_Atom("m", start, end, word, months))
            elif word not in names.GLUE and not (
                suffix and len(suffix) <= 5
            ):  # "21st", "2026-cı", "1-го" stay one number
                found.append(_Atom("", start, end))
        elif not number:
            found.append(_Atom("t" if time else "", match.start(), match.end()))
    return found


def _worded(rest: str, weekday: int | None) -> _Day | None:
    atoms = _atoms(rest)
    spots = [i for i, a in enumerate(atoms) if a.kind == "m"]
    if len(spots) > 1:  # French "mar" is Tuesday where another month is named
        spots = [i for i in spots if atoms[i].text not in names.WEEKDAYS] or spots[-1:]
    best: _Day | None = None
    for spot in spots:
        if (day := _around(atoms, spot, weekday)) is None:
            continue
        if day.year is not None:
            return day
        best = best or day
    if best is None and len(spots) == 1 and all(a.kind for a in atoms):
        years = [a for a in atoms if _is_year(a)]
        if len(atoms) == 2 and years:  # "July 2026", nothing else
            return _Day(
                0, len(rest), int(years[0].text), _month(atoms[spots[0]], int(years[0].text), 1, None), 1
            )
    return best


def _is_year(atom: _Atom | None) -> bool:
    return atom is not None and atom.kind == "n" and len(atom.text) == 4 and "1900" <= atom.text <= "2100"


def _is_day(atom: _Atom | None) -> bool:
    return atom is not None and atom.kind == "n" and len(atom.text) <= 2 and atom.text != "0"


def _around(atoms: list[_Atom], spot: int, weekday: int | None) -> _Day | None:
    """The day written around the month at ``spot``."""

    def at(offset: int) -> _Atom | None:
        return atoms[spot + offset] if 0 <= spot + offset < len(atoms) else None

    def made(day: int, year: int | None, *, short: bool = False) -> _Day:
        d, y = at(day), at(year) if year is not None else None
        assert d is not None
        number = None if y is None else _full_year(y.text) if short else int(y.text)
        used = [a for a in (atoms[spot], d, y) if a is not None]
        month = _month(atoms[spot], number, int(d.text), weekday)
        if not 1 <= int(d.text) <= 31 or (number is None and not _real(2000, month, int(d.text))):
            raise _Impossible
        return _Day(min(a.start for a in used), max(a.end for a in used), number, month, int(d.text))

    before, behind = at(-1), at(1)
    behind2 = at(2)
    is_time = [(a := at(i)) is not None and a.kind == "t" for i in (1, 2)]
    if _is_day(before) and _is_year(behind):
        return made(-1, 1)
    if _is_year(before) and _is_day(behind):
        return made(1, -1)
    if _is_day(behind) and _is_year(behind2):
        return made(1, 2)
    if _is_day(behind) and is_time[1] and _is_year(at(3)):  # asctime
        return made(1, 3)
    if _is_day(before) and is_time[0] and _is_year(behind2):
        return made(-1, 2)
    if _is_day(before) and _is_year(at(-2)):
        return made(-1, -2)
    if _is_day(before) and behind is not None and behind.kind == "n" and len(behind.text) in (2, 3):
        return made(-1, 1, short=True)
    if _is_day(behind) and behind2 is not None and behind2.kind == "n" and len(behind2.text) == 2:
        return made(1, 2, short=True)
    if _is_day(before):
        return made(-1, None)
    return made(1, None) if _is_day(behind) else None


def _month(atom: _Atom, year: int | None, day: int, weekday: int | None) -> int:
    if len(atom.months) == 1:
        return atom.months[0]
    fits = [
        m
        for m in atom.months
        if year is not None and _real(year, m, day) and date(year, m, day).weekday() == weekday
    ]
    if len(fits) != 1:
        raise _Impossible  # a name of two months, and nothing decides
    return fits[0]


# ------------------------------------------------------------------------------------------ relative to now


def _strange_words(rest: str) -> int:
    return sum(1 for w in re.findall(r"[^\W\d_]{2,}", rest) if w not in names.GLUE and w not in names.MONTHS)


def _relative(rest: str, clocks: list[_Clock], here: tzinfo, now: datetime | None) -> datetime | None:
    """What counts from now: "today 12:18", "yesterday", "1 hour ago", a bare "14:05" (today, or yesterday where that is still to come)."""
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
    for days, table in ((2, names.BEFORE_YESTERDAY), (1, names.YESTERDAY), (0, names.TODAY)):
        if phrases & table:
            return midnight - timedelta(days=days) + after
    if phrases & names.NOW and not clock:
        return now
    if clock and not rest.replace("\x01", "").strip(" ,.|/()[]-–—•"):
        found = midnight + after
        return found if found <= now + timedelta(hours=1) else found - timedelta(days=1)
    return None


def _duration(words: list[str]) -> timedelta | None:
    """The sum of "2 hours 5 minutes" standing before a word for "ago"."""
    seconds = 0
    for i, word in enumerate(words):
        if word in names.AGO:
            at = i - 1
            while at >= 0 and words[at] in names.UNITS:
                unit, at = names.UNITS[words[at]], at - 1
                if at >= 0 and words[at].isdecimal():
                    seconds += int(words[at][:6]) * unit
                    at -= 1
                else:
                    seconds += unit
                    at -= at >= 0 and words[at] in names.ONE
                at -= at >= 0 and words[at] in names.AND
            if seconds:
                return timedelta(seconds=seconds)
    if len(words) == 2 and words[0].isdecimal() and words[1] in names.AGO_ALONE:
        return timedelta(seconds=int(words[0][:6]) * names.UNITS[words[1]])
    return None
