"""Choose the day of publication among the dates of a page. In: candidates; out: one time, its text, its source. Pure.

Trust falls from what is declared for machines to what is printed; whatever is in the future, or from before the web, is
not a date of publication. Candidates that disagree by more than a day are reported, not hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from scraper.codec import Struct
from scraper.extract import vocabulary
from scraper.text.date_names import MONTHS
from scraper.text.dates import parse_date

_DAY = timedelta(days=1)
_CONFLICT = timedelta(hours=36)
# A page that prints one date, its declared modification, years after its declared publication was written anew.
_REWRITTEN = timedelta(days=365)
_ANY_ZONE = timedelta(hours=15)  # two readings of one moment differ by less
MAX_PRINTED_CHARS = 140
COPYRIGHT = re.compile(r"©|\(c\)|copyright|all rights", re.IGNORECASE)
UPDATED = re.compile(vocabulary.pattern("updated"), re.IGNORECASE | re.VERBOSE)
PUBLISHED = re.compile(vocabulary.pattern("published"), re.IGNORECASE | re.VERBOSE)
_DIGIT = re.compile(r"\d")
DATE_LIKE = re.compile(r"\d[./-]\d|\d{4}|\d:\d\d|\d\s+\D|\d[年月]")
_CLOCK = re.compile(
    r"\d[:h]\d\d|(?<![\d.])\d{1,2}\.\d\d(?![\d.])|T\d\d|\d{10}|\d\s*[ap]\.?m|\d[时時点點]", re.IGNORECASE
)
_NO_DAY = re.compile(r"\D*(?:19|20)\d\d\D*|\s*\d{4}-\d{2}\s*")  # "November 2026"
_ZONE = re.compile(r"(?:(?<![A-Z])Z|[+-]\d\d:?\d\d|GMT|UTC)\s*$")
_DAY_OR_MONTH_FIRST = re.compile(r"(?<!\d)(?:0?[1-9]|1[0-2])([/-])(?:0?[1-9]|1[0-2])\1(?:\d{4}|\d{2})(?!\d)")
_FAR_ZONES = "-11:00", "+13:00"  # a text that means one moment in both names its zone itself
_MONTH_FIRST, _MONTH_FIRST_ZONES = "en-US", "America/"

_YEAR, _MONTH, _DAY_OF_MONTH = r"((?:19|20)\d\d)", r"(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
# alone, or with a time of day behind it: 20260721 and 202607211405
_URL_YMD = re.compile(
    rf"(?<!\d){_YEAR}([/_.-]?){_MONTH}\2{_DAY_OF_MONTH}(?:(?:[01]\d|2[0-3])(?:[0-5]\d){{1,2}})?(?!\d)"
)
_URL_DMY = re.compile(rf"(?<!\d){_DAY_OF_MONTH}([/_.-]){_MONTH}\2{_YEAR}(?!\d)")
_URL_NAMED = re.compile(
    rf"(?<!\d){_YEAR}[/_-]([a-z]{{3,9}})[/_-]{_DAY_OF_MONTH}(?!\d)|(?<!\d){_DAY_OF_MONTH}[/_-]([a-z]{{3,9}})[/_-]{_YEAR}(?!\d)"
    rf"|(?<![a-z])([a-z]{{3,9}})[/_-]{_DAY_OF_MONTH}[/_-]{_YEAR}(?!\d)"
)
_URL_MONTH = re.compile(rf"/{_YEAR}[/-]?{_MONTH}/")
_TWO_DIGITS, _MONTHS = 2, 12


class DateCandidate(Struct, frozen=True, kw_only=True):
    """A date text and where it was found: json-ld, meta, time, feed, url, text."""

    raw: str
    source: str
    at: datetime | None = None  # where somebody has read it already: the feed parser
    weak: bool = False  # may be the date of something else: a bare "date" meta element, a page's WebPage node


class Published(Struct, frozen=True, kw_only=True):
    """The day of publication, its text and its source."""

    value: datetime | None = None
    raw: str | None = None
    source: str | None = None
    warnings: tuple[str, ...] = ()


class DateReader(Struct, frozen=True, kw_only=True):
    """How dates of one page are read. ``now`` is when the page was seen, ``latest`` a bound where that is unknown.

    ``timezone`` is the outlet's, None if nobody knows it; ``day`` the one that the page's address names.
    """

    timezone: str | None = None
    language: str | None = None
    now: datetime | None = None
    latest: datetime | None = None
    day: date | None = None

    def parse(self, raw: str, *, now: datetime | None = None) -> datetime | None:
        """Read one date text. A bare day is midnight UTC, so that it stays that day for every reader."""
        if _NO_DAY.fullmatch(raw):
            return None
        zone = (self.timezone if _CLOCK.search(raw) else None) or "UTC"
        seen = now or self.now
        found = parse_date(raw, timezone=zone, language=self.language, now=seen, latest=self.latest)
        if found is not None and _DAY_OR_MONTH_FIRST.search(raw):
            other = parse_date(raw, timezone=zone, language=_MONTH_FIRST, now=seen, latest=self.latest)
            return self._first_number(found, other)
        return found

    def _first_number(self, day_first: datetime, month_first: datetime | None) -> datetime | None:
        """Return what 03/04/2026 means; None in English where nothing tells it."""
        if month_first is None or day_first == month_first:
            return day_first
        if self.day is not None:
            near = [at for at in (day_first, month_first) if abs(at.date() - self.day) <= _DAY]
            return near[0] if len(near) == 1 else None
        if self.timezone is not None and self.timezone.startswith(_MONTH_FIRST_ZONES):
            return month_first
        return day_first if self.timezone is not None or (self.language or "")[:2] != "en" else None

    def names_no_zone(self, raw: str) -> bool:
        """Return True if a text has a time of day and its moment depends on where it was printed."""
        if not _CLOCK.search(raw) or _ZONE.search(raw):
            return False
        west, east = (
            parse_date(raw, timezone=zone, language=self.language, now=self.now) for zone in _FAR_ZONES
        )
        return west != east


class _Read(Struct, frozen=True):
    at: datetime
    candidate: DateCandidate
    day_only: bool

    def is_near(self, other: datetime | None) -> bool:
        return other is not None and abs(self.at - other) <= _DAY

    def is_of(self, day: date) -> bool:
        return abs(self.at.date() - day) <= _DAY


def choose_date(
    candidates: Sequence[DateCandidate], reader: DateReader, *, modified: datetime | None
) -> Published:
    """Return the first candidate that holds; candidates come in order of trust."""
    warnings: list[str] = []
    read: list[_Read] = []
    bound = reader.now or reader.latest
    for candidate in candidates:
        at = candidate.at or reader.parse(candidate.raw)
        if at is not None:
            read.append(_Read(at, candidate, is_day(candidate.raw)))
        elif bound is not None and (future := parse_date(candidate.raw, language=reader.language)):
            warnings += ["date_in_future"] if future > bound else []
    if not read:
        return Published(warnings=tuple(dict.fromkeys(warnings)))
    best = read[0]
    for settle in _SETTLE:
        best = settle(best, read, modified)
    firm = [other for other in read if not (other.candidate.weak or _is_update(other, best, modified))]
    if any(abs(other.at - best.at) > _CONFLICT for other in firm):
        warnings.append("date_conflict")
    for refine in _REFINE:
        best = refine(best, read)
    return Published(
        value=best.at,
        raw=best.candidate.raw,
        source=best.candidate.source,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def printed(
    known: Published,
    texts: Iterable[str],
    reader: DateReader,
    *,
    modified: datetime | None,
    month: str | None,
) -> Published:
    """Return the first date among the lines of a page that contradicts neither the address nor the modification.

    ``month`` is the one that the address names. A day without a year is read only where the address or ``now`` tells it.
    """
    seen = datetime.combine(reader.day, datetime.max.time(), UTC) if reader.day and not reader.now else None
    made = known.source == "meta"  # a bare day may be the one on which the text was made
    least, most = (_DAY, 4 * _DAY) if made else (-_DAY / 2, 1.5 * _DAY)

    def candidates() -> Iterator[str]:
        updates: list[str] = []  # the last resort
        for line in texts:
            if len(line) <= MAX_PRINTED_CHARS and not COPYRIGHT.search(line):
                updates += [line] if UPDATED.search(line) else []
                yield _without_update(line)
        yield from updates if known.value is None else ()

    for text in candidates():
        at = reader.parse(text, now=seen)
        if at is None or (modified is not None and at > modified + _DAY):
            continue
        if known.value is not None and not least <= at - known.value < most:
            continue
        if month is None or month in {f"{day:%Y-%m}" for day in (at - _DAY, at, at + _DAY)}:
            return Published(value=at, raw=text, source="text", warnings=known.warnings)
    return known


def is_day(raw: str) -> bool:
    """Return True for a date without a time of day."""
    return _CLOCK.search(raw) is None


def _without_update(text: str) -> str:
    """Return a printed line without the date that stands behind "updated", which is not that of publication."""
    label = UPDATED.search(text)
    if label is None:
        return text
    its_own = _DIGIT.search(text, label.end())  # "Date of update: 6 March"
    behind = PUBLISHED.search(text, its_own.end()) if its_own is not None else None
    return text[: label.start()] + " " + (text[behind.start() :] if behind is not None else "")


def url_day(url: str | None) -> date | None:
    """Return the day in an address: /2026/7/21/, -20260721, 21-07-2026, /2026/jul/21/, /21-july-2026/."""
    path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0].lower() if url else ""
    for match in _URL_YMD.finditer(path):
        # without signs between them, eight digits are a day only if they stand alone or begin an identifier
        if (match[2] or len(match[3]) == len(match[4]) == _TWO_DIGITS) and (
            day := _date(match[1], match[3], match[4])
        ):
            return day
    for match in _URL_NAMED.finditer(path):
        name = match[2] or match[5] or match[7]
        year, number = match[1] or match[6] or match[9], match[3] or match[4] or match[8]
        if name in MONTHS and (day := _date(year, str(MONTHS[name]), number)):
            return day
    for match in _URL_DMY.finditer(path):
        first, second = int(match[1]), int(match[3])
        if (first > _MONTHS or first == second) and (day := _date(match[4], match[3], match[1])):
            return day
    return None


def url_month(url: str | None) -> str | None:
    """Return the month that folders of an address name (/2026/07/), as 2026-07."""
    match = _URL_MONTH.search(url or "")
    return f"{match[1]}-{int(match[2]):02}" if match is not None else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------ between candidates


def _day_of_address(read: Sequence[_Read]) -> _Read | None:
    return next((other for other in read if other.candidate.source == "url"), None)


def _firm_first(best: _Read, read: Sequence[_Read], _: datetime | None) -> _Read:
    """Prefer a firm date to a weak one."""
    firm = (other for other in read if not other.candidate.weak)
    return next(firm, best) if best.candidate.weak else best


def _address_decides(best: _Read, read: Sequence[_Read], modified: datetime | None) -> _Read:
    """Prefer what agrees with the address, which was made when the article was, and the address to a modification."""
    address = _day_of_address(read)
    if address is None or best.is_of(address.at.date()):
        return best
    day = address.at.date()
    for other in read:
        if not other.candidate.weak and other is not address and other.is_of(day):
            return other
    swapped = (best.at.month, best.at.day) == (day.day, day.month)
    declared = (
        not swapped and best.candidate.source in ("json-ld", "meta", "feed") and not best.candidate.weak
    )
    return best if declared and not (best.is_near(modified) and best.at > address.at) else address


def _rewritten(best: _Read, read: Sequence[_Read], modified: datetime | None) -> _Read:
    """Prefer the date that a page prints if that is its declared modification, years after its declared publication."""
    shown = next((other for other in read if other.candidate.source == "time"), None)
    declared = best.candidate.source in ("json-ld", "meta") and _day_of_address(read) is None
    if shown is not None and declared and shown.is_near(modified) and shown.at - best.at > _REWRITTEN:
        return shown
    return best


_SETTLE = (_firm_first, _address_decides, _rewritten)


def _is_update(other: _Read, best: _Read, modified: datetime | None) -> bool:
    """Return True for a printed time of the declared modification: no conflict, but no date of publication either."""
    return other is not best and other.candidate.source == "time" and other.is_near(modified)


def _finer(best: _Read, read: Sequence[_Read]) -> _Read:
    """Prefer the same day with a time of day."""
    if not best.day_only:
        return best
    return next((o for o in read if not o.day_only and -_DAY / 2 <= o.at - best.at < _DAY), best)


def _zoned(best: _Read, read: Sequence[_Read]) -> _Read:
    """Prefer the same moment, give or take a time zone, from a declared candidate that names its zone."""
    if best.day_only or _ZONE.search(best.candidate.raw):
        return best
    return next(
        (
            other
            for other in read
            if not other.candidate.weak
            and _ZONE.search(other.candidate.raw)
            and abs(other.at - best.at) <= _ANY_ZONE
        ),
        best,
    )


_REFINE = (_finer, _zoned)
