"""Format times, numbers and codes for people. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from scraper.config.codes import OWN_COUNTRIES
from scraper.text.human import time_ago, time_span

COUNTRIES = {
    "am": "Armenia", "az": "Azerbaijan", "ge": "Georgia", "ru": "Russia", "tr": "Türkiye", "ir": "Iran", "us": "United States",
    "gb": "United Kingdom", "de": "Germany", "fr": "France", "ua": "Ukraine", "cz": "Czechia", "il": "Israel", "qa": "Qatar",
    "be": "Belgium", "nl": "Netherlands", "ch": "Switzerland", "kz": "Kazakhstan", "pl": "Poland",
} | {code: name[0].upper() + name[1:] for code, name in OWN_COUNTRIES.items()}  # fmt: skip
LANGUAGES = {
    "hy": "Armenian", "az": "Azerbaijani", "ka": "Georgian", "ru": "Russian", "en": "English", "tr": "Turkish", "ab": "Abkhaz",
    "os": "Ossetian", "de": "German", "fr": "French", "uk": "Ukrainian", "fa": "Persian", "hyw": "Western Armenian",
    "xmf": "Mingrelian", "ku": "Kurdish", "ar": "Arabic", "es": "Spanish",
}  # fmt: skip


def country_name(code: str) -> str:
    return COUNTRIES.get(code, code.upper())


def language_name(code: str | None) -> str:
    return LANGUAGES.get(code, code) if code else "unknown"


def utc_minute(moment: datetime) -> str:
    """Format ``2026-11-23 06:00``, in UTC as all times here."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def clock_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M")


def short_time(moment: datetime, beside: datetime) -> str:
    """Format a time beside another one: no more of the date than differs from the other."""
    at, other = moment.astimezone(UTC), beside.astimezone(UTC)
    if at.date() == other.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b %H:%M}" if at.year == other.year else f"{at.day} {at:%b %Y}"


def machine_time(moment: datetime) -> str:
    """Format a time for ``<time datetime>``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def long_day(moment: datetime) -> str:
    """Format ``Monday, 23 November 2026``."""
    at = moment.astimezone(UTC)
    return f"{at:%A}, {at.day} {at:%B} {at.year}"


def thousands(value: float) -> str:
    """Format a number with thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\u202f")


FILTERS: dict[str, Callable[..., Any]] = {
    "country": country_name,
    "language": language_name,
    "minute": utc_minute,
    "clock": clock_time,
    "machine": machine_time,
    "short_time": short_time,
    "day": long_day,
    "ago": time_ago,
    "span": time_span,
    "number": thousands,
}
