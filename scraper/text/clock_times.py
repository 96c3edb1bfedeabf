"""Find the times of day in a line, and the zones printed with them. Pure; a part of ``dates``.

Input is folded text; an hour, minute or offset that does not exist raises Impossible.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scraper.text import date_names

_EAST_LIMIT, _WEST_LIMIT = 14 * 3600, -12 * 3600
_TIME = re.compile(
    r"(?<![\d:+])(?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,:](\d{1,9}))?)?|(\d{1,2})\s?[hч]\.?\s?(\d{2}))(?![\d:])"
    r"(?:\s?(?:([ap])\.?\s?m\b\.?|([^\W\d_]\.?[^\W\d_])(?![^\W\d_])))?"
)
_HOUR = re.compile(r"(?<![\d:.+])(\d{1,2})\s?([ap])\.?m\b\.?")
_HOUR_WITH_OFFSET = re.compile(r"(?<=\d{4}) (\d{1,2})(?= [+-]\d{4}\b)")
DOT_TIME = re.compile(r"(?<![\d.])([01]?\d|2[0-3])[.]([0-5]\d)(?:[.]([0-5]\d))?(?![\d.])")
_ZONE = re.compile(
    r"[\s(\[,]*(?:([a-z]+/[a-z_]+(?:/[a-z_]+)?(?:[+-]\d{1,2})?)"
    r"|([^\W\d_]{1,5})?(\s?:?[+\-−–]{1,2}\d{1,2}(?::?\d{2}){0,2})(?![\d./:-])z?"
    r"|([^\W\d_]{1,5})(?![^\W\d_]))"
)
_NAME_BEHIND = re.compile(r" ?\(?([a-z]{1,5})\b\)?")
_FAR_ZONE = re.compile(
    r"\b(?:utc|gmt)\s?([+\-−–]\d{1,2}(?::?\d{2})?)(?![\d./])|\b(utc|gmt|мск|msk)\b|(?<=\d) ([+-]\d{4})$|(?<=\d{4}) ([a-z]{3,4})$"
)


class Impossible(Exception):
    """The text names a date, time or offset that does not exist."""


class ClockTime(NamedTuple):
    start: int
    end: int
    after_midnight: timedelta
    zone: tzinfo | None
    twelve: bool


@lru_cache(maxsize=256)
def named_zone(name: str | None) -> tzinfo:
    """Return the tzinfo of an IANA name or an offset like "+04:00"; UTC for an unknown name."""
    if not name:
        return UTC
    if name[0] in "+-":
        return fixed_offset(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def checked_offset(found: datetime) -> datetime:
    offset = found.utcoffset()
    if offset is not None and not _WEST_LIMIT <= offset.total_seconds() <= _EAST_LIMIT:
        raise Impossible
    return found


def fixed_offset(text: str) -> tzinfo:
    """Return the tzinfo of "+0400", "-07:00", "+4", "-700", "--0700"."""
    digits = "".join(c for c in text if c.isdecimal())
    if len(digits) <= 2:
        hours, minutes = digits, "0"
    else:
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) <= 4 else (digits[:2], digits[2:4])
    if int(minutes) > 59:
        raise Impossible
    seconds = int(hours) * 3600 + int(minutes) * 60
    seconds = seconds if "+" in text else -seconds
    if not _WEST_LIMIT <= seconds <= _EAST_LIMIT:
        raise Impossible
    return fixed(timedelta(seconds=seconds))


def clocks_in(line: str) -> Iterator[ClockTime]:
    """Yield every time of day in the line, with the zone printed behind it."""
    end = 0
    for match in _TIME.finditer(line):
        if match.start() < end:
            continue  # the offset of the time before
        hour, minute = int(match[1] or match[5]), int(match[2] or match[6])
        letter, word = match[7], (match[8] or "").replace(".", "")
        stop = match.end()
        if match[8]:
            letter = "a" if word in date_names.AM else "p" if word in date_names.PM else None
            stop = stop if letter else match.start(8)
        before = line[: match.start()].split()[-1:]
        if letter is None and before:
            letter = "a" if before[0] in date_names.AM else "p" if before[0] in date_names.PM else None
        after = since_midnight(hour, minute, int(match[3] or 0), match[4] if match[3] else None, letter)
        tz, end = zone_behind(line, stop)
        yield ClockTime(match.start(), end, after, tz, letter is not None)
    if not end:
        for match in _HOUR.finditer(line):
            tz, end = zone_behind(line, match.end())
            after = since_midnight(int(match[1]), 0, 0, None, match[2])
            yield ClockTime(match.start(), end, after, tz, twelve=True)
    if not end and (bare := _HOUR_WITH_OFFSET.search(line)):
        tz, end = zone_behind(line, bare.end())
        yield ClockTime(bare.start(1), end, since_midnight(int(bare[1]), 0, 0, None, None), tz, twelve=False)


def since_midnight(
    hour: int, minute: int, second: int, fraction: str | None, letter: str | None
) -> timedelta:
    if letter and hour <= 12:
        hour = hour % 12 + (12 if letter == "p" else 0)
    midnight = hour == 24 and minute == second == 0
    if (hour > 23 and not midnight) or minute > 59 or second > 60:
        raise Impossible
    micros = int((fraction or "0")[:6].ljust(6, "0")) if fraction else 0
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)


def zone_behind(line: str, at: int) -> tuple[tzinfo | None, int]:
    """Return the zone printed right behind a time, and where it ends."""
    match = _ZONE.match(line, at)
    if not match:
        return None, at
    if match[1]:  # "europe/brussels", as the database spells it
        spelt = "/".join("_".join(w.capitalize() for w in part.split("_")) for part in match[1].split("/"))
        with contextlib.suppress(KeyError, ValueError, OSError):
            return ZoneInfo(spelt), match.end()
        return None, match.end()
    if match[3]:
        digits = sum(c.isdecimal() for c in match[3])
        if digits == 1 and match[2] not in ("utc", "gmt") and match.end() < len(line.rstrip()):
            return None, at  # "14:30 +4 comments"
        if match[3][0] == " " and match[2] is None and match[3].lstrip(" :")[0] in "–−" and digits < 4:
            return None, at
        # "-0700 MST": the name says nothing new
        end = match.end()
        if (behind := _NAME_BEHIND.match(line, end)) and behind[1] in date_names.ZONES:
            end = behind.end()
        return fixed_offset(match[3].replace("−", "-").replace("–", "-")), end
    seconds = date_names.ZONES.get(match[4])
    return (None, at) if seconds is None else (fixed(timedelta(seconds=seconds)), match.end())


def far_zone(rest: str) -> tzinfo | None:
    """Return the zone that is printed apart from the time."""
    match = _FAR_ZONE.search(rest.rstrip(" )]"))
    if not match:
        return None
    if printed := match[1] or match[3]:
        return fixed_offset(printed.replace("−", "-").replace("–", "-"))
    seconds = date_names.ZONES.get(match[2] or match[4])
    return None if seconds is None else fixed(timedelta(seconds=seconds))
