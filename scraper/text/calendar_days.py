"""Find the calendar day named in a line, in numbers or words, in any order. Pure; a part of ``dates``.

Input is folded text in which times of day are replaced by TIME; a day that does not exist raises Impossible.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from scraper.text import date_names
from scraper.text.clock_times import ClockTime, Impossible

TIME = "\x01"  # stands where a time of day stood: it parts numbers, but not a day from its year
_YMD = re.compile(r"(?<!\d)(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_DMY = re.compile(r"(?<![\d.])(\d{1,2})\s?([./\- ])\s?(\d{1,2})\s?\2\s?(\d{4}|(?<! )\d{2})(?!\.?\d)")
_ATOM = re.compile(r"(\d+)(?:[-'’]?([^\W\d_]+))?|([^\W\d_]+)|([\x01])|([|•;:()\[\]{}<>=!?·])")


class CalendarDay(NamedTuple):
    start: int
    end: int
    year: int | None
    month: int
    day: int


def day_in(rest: str, clocks: list[ClockTime], language: str | None) -> CalendarDay | None:
    """Return the first day named in numbers or words; a day with a year before one without."""
    weekday = next(
        (date_names.WEEKDAYS[w] for w in re.findall(r"[^\W\d_]+", rest) if w in date_names.WEEKDAYS), None
    )
    twelve = any(c.twelve for c in clocks)
    days = [d for d in (_numeric(rest, weekday, twelve, language), _worded(rest, weekday)) if d]
    days.sort(key=lambda d: (d.year is None, d.start))
    return days[0] if days else None


def _numeric(rest: str, weekday: int | None, twelve: bool, language: str | None) -> CalendarDay | None:
    ymd, dmy = _YMD.search(rest), _DMY.search(rest)
    if ymd and (not dmy or ymd.start() <= dmy.start()):
        return CalendarDay(ymd.start(), ymd.end(), int(ymd[1]), int(ymd[3]), int(ymd[4]))
    if dmy:
        first, second, year = int(dmy[1]), int(dmy[3]), _full_year(dmy[4])
        day_first, month_first = is_real(year, second, first), is_real(year, first, second)
        if day_first and month_first:
            as_day_first, as_month_first = date(year, second, first), date(year, first, second)
            if (as_day_first.weekday() == weekday) != (as_month_first.weekday() == weekday):
                day_first = as_day_first.weekday() == weekday
            elif (twelve and dmy[2] == "/") or (language or "").lower() == "en-us":
                day_first = False
        if not (day_first or month_first):
            raise Impossible
        month, day = (second, first) if day_first else (first, second)
        return CalendarDay(dmy.start(), dmy.end(), year, month, day)
    if match := _COMPACT.search(rest):
        return CalendarDay(match.start(), match.end(), int(match[1]), int(match[2]), int(match[3]))
    return None


def is_real(year: int, month: int, day: int) -> bool:
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
            months = (date_names.MONTHS[word],) if word in date_names.MONTHS else date_names.UNSURE.get(word)
            if months and found and found[-1].months == months:
                found[-1] = found[-1]._replace(end=end)  # "آب/أغسطس": one month in two tongues
            elif months:
                found.append(_Atom("m", start, end, word, months))
            elif word not in date_names.GLUE and not (
                suffix and len(suffix) <= 5
            ):  # "21st", "2026-cı", "1-го" stay one number
                found.append(_Atom("", start, end))
        elif not number:
            found.append(_Atom("t" if time else "", match.start(), match.end()))
    return found


def _worded(rest: str, weekday: int | None) -> CalendarDay | None:
    atoms = _atoms(rest)
    spots = [i for i, a in enumerate(atoms) if a.kind == "m"]
    if len(spots) > 1:  # French "mar" is Tuesday where another month is named
        spots = [i for i in spots if atoms[i].text not in date_names.WEEKDAYS] or spots[-1:]
    best: CalendarDay | None = None
    for spot in spots:
        if (day := _around(atoms, spot, weekday)) is None:
            continue
        if day.year is not None:
            return day
        best = best or day
    if best is None and len(spots) == 1 and all(a.kind for a in atoms):
        years = [a for a in atoms if _IS["year"].fullmatch(a.kind + a.text)]
        if len(atoms) == 2 and years:  # "July 2026", nothing else
            year = int(years[0].text)
            return CalendarDay(0, len(rest), year, _month(atoms[spots[0]], year, 1, None), 1)
    return best


_IS = {
    "day": re.compile(r"n(?!0$)\d{1,2}"),
    "year": re.compile(r"n(?:19\d\d|20\d\d|2100)"),
    "short year": re.compile(r"n\d\d"),
    "broken year": re.compile(r"n\d{2,3}"),
    "time": re.compile(r"t"),
}
# What stands around a month, by distance from it, and which of it are the day and the year. The first that fits counts.
_ORDERS: tuple[tuple[dict[int, str], int, int | None], ...] = (
    ({-1: "day", 1: "year"}, -1, 1),
    ({-1: "year", 1: "day"}, 1, -1),
    ({1: "day", 2: "year"}, 1, 2),
    ({1: "day", 2: "time", 3: "year"}, 1, 3),  # asctime
    ({-1: "day", 1: "time", 2: "year"}, -1, 2),
    ({-1: "day", -2: "year"}, -1, -2),
    ({-1: "day", 1: "broken year"}, -1, 1),
    ({1: "day", 2: "short year"}, 1, 2),
    ({-1: "day"}, -1, None),
    ({1: "day"}, 1, None),
)


def _around(atoms: list[_Atom], spot: int, weekday: int | None) -> CalendarDay | None:
    """Return the day written around the month at ``spot``."""

    def at(offset: int) -> str:
        atom = atoms[spot + offset] if 0 <= spot + offset < len(atoms) else None
        return f"{atom.kind}{atom.text}" if atom else ""

    for needed, day, year in _ORDERS:
        if all(_IS[what].fullmatch(at(offset)) for offset, what in needed.items()):
            return _day(atoms[spot], atoms[spot + day], None if year is None else atoms[spot + year], weekday)
    return None


def _day(named: _Atom, day: _Atom, year: _Atom | None, weekday: int | None) -> CalendarDay:
    number = None if year is None else _full_year(year.text)
    month = _month(named, number, int(day.text), weekday)
    if not 1 <= int(day.text) <= 31 or (number is None and not is_real(2000, month, int(day.text))):
        raise Impossible
    used = [named, day, *([year] if year else [])]
    return CalendarDay(min(a.start for a in used), max(a.end for a in used), number, month, int(day.text))


def _month(atom: _Atom, year: int | None, day: int, weekday: int | None) -> int:
    if len(atom.months) == 1:
        return atom.months[0]
    real = [month for month in atom.months if year is not None and is_real(year, month, day)]
    fits = [month for month in real if date(year or 0, month, day).weekday() == weekday]
    if len(fits) != 1:
        raise Impossible  # a name of two months, and nothing decides
    return fits[0]
