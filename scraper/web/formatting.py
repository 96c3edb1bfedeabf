"""Format times, numbers and codes for people. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from urllib.parse import quote, unquote

from scraper.config.codes import OWN_COUNTRIES
from scraper.model import Record
from scraper.text.human import time_ago, time_span

OPENING_CHARS = 90

COUNTRIES = {
    "am": "Armenia", "az": "Azerbaijan", "ge": "Georgia", "ru": "Russia", "tr": "Türkiye", "ir": "Iran", "us": "United States",
    "gb": "United Kingdom", "de": "Germany", "fr": "France", "ua": "Ukraine", "cz": "Czechia", "il": "Israel", "qa": "Qatar",
    "be": "Belgium", "nl": "Netherlands", "ch": "Switzerland", "kz": "Kazakhstan", "pl": "Poland",
} | {code: name[0].upper() + name[1:] for code, name in OWN_COUNTRIES.items()}  # fmt: skip
LANGUAGES = {
    "hy": "Armenian", "az": "Azerbaijani", "ka": "Georgian", "ru": "Russian", "en": "English", "tr": "Turkish", "ab": "Abkhaz",
    "os": "Ossetian", "de": "German", "fr": "French", "uk": "Ukrainian", "fa": "Persian", "hyw": "Western Armenian",
    "xmf": "Mingrelian", "ku": "Kurdish", "ar": "Arabic", "es": "Spanish", "it": "Italian", "pl": "Polish", "lt": "Lithuanian", "pt": "Portuguese", "sv": "Swedish",
    "nb": "Norwegian", "no": "Norwegian", "da": "Danish", "nl": "Dutch", "kl": "Greenlandic", "he": "Hebrew", "el": "Greek",
}  # fmt: skip


def country_name(code: str) -> str:
    return COUNTRIES.get(code, code.upper())


def language_name(code: str | None) -> str:
    return LANGUAGES.get(code, code) if code else "unknown"


def minute(moment: datetime, zone: tzinfo = UTC) -> str:
    """Format ``2026-11-23 06:00``."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def hour_minute(moment: datetime, zone: tzinfo = UTC) -> str:
    return moment.astimezone(zone).strftime("%H:%M")


def short_time(moment: datetime, beside: datetime, zone: tzinfo = UTC) -> str:
    """Format a time beside another one: no more of the date than differs from the other."""
    at, other = moment.astimezone(zone), beside.astimezone(zone)
    if at.date() == other.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b %H:%M}" if at.year == other.year else f"{at.day} {at:%b %Y}"


def machine_time(moment: datetime) -> str:
    """Format a time for ``<time datetime>``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def long_day(moment: datetime, zone: tzinfo = UTC) -> str:
    """Format ``Monday, 23 November 2026``."""
    at = moment.astimezone(zone)
    return f"{at:%A}, {at.day} {at:%B} {at.year}"


def short_day(day: date) -> str:
    """Format ``Mon 23 Nov``."""
    return f"{day:%a} {day.day} {day:%b}"


def iso_day(moment: datetime, zone: tzinfo = UTC) -> str:
    return moment.astimezone(zone).date().isoformat()


def readable_address(url: str) -> str:
    """Return an address for people: its letters instead of their percent codes. It may not open; link the other one."""
    decoded = unquote(url, errors="strict") if _is_utf8(url) else url
    return "".join(c if c.isprintable() and not c.isspace() else quote(c) for c in decoded)


def _is_utf8(url: str) -> bool:
    try:
        unquote(url, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def shown_title(record: Record) -> str:
    """Return the title, or the first words of a text without one."""
    if record.title:
        return record.title
    opening = record.body[0] if record.body else ""
    if not opening:
        return "(without a title)"
    return opening if len(opening) <= OPENING_CHARS else opening[:OPENING_CHARS].rsplit(" ", 1)[0] + " …"


def thousands(value: float) -> str:
    """Format a number with thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\u202f")


FILTERS: dict[str, Callable[..., Any]] = {
    "country": country_name,
    "language": language_name,
    "machine": machine_time,
    "short_day": short_day,
    "readable": readable_address,
    "ago": time_ago,
    "span": time_span,
    "number": thousands,
}
# These take the zone of the page as their last argument.
ZONED: dict[str, Callable[..., str]] = {
    "minute": minute,
    "clock": hour_minute,
    "short_time": short_time,
    "day": long_day,
    "iso_day": iso_day,
}
