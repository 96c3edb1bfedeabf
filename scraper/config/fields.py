"""Read configuration values: each reader takes what TOML gave and returns a value, or raises Wrong with every mistake. Pure.

Tables and lists are readers made of readers, so that one pass over a file finds every mistake. A message says what is allowed,
what was found, and a near miss if there is one.
"""

from __future__ import annotations

import datetime as dt
import difflib
import ipaddress
import itertools
import math
import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from scraper.config.codes import COUNTRIES, LANGUAGES, OWN_COUNTRIES
from scraper.extract.html import selector_error
from scraper.feeds.json_list import link_error
from scraper.feeds.json_path import path_error
from scraper.fetch.proxy import parsed_proxy
from scraper.text.host_names import ascii_host
from scraper.text.user_regex import regex_error
from scraper.urls import MAX_URL_BYTES

Reader = Callable[[Any], Any]


class Wrong(Exception):
    """A value is wrong: pairs of the place inside it ("", "feeds[2].url") and the mistake."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def _wrong(value: object, allowed: str, hint: str = "") -> Wrong:
    return Wrong(("", f"must be {allowed}, not {show_value(value)}{hint}"))


def show_value(value: object) -> str:
    """Return a value as the file would have it, short, without control characters."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            shown = f'"{value}"' if value.isprintable() else ascii(value)
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            shown = str(value)
    return shown if len(shown) <= 100 else f"{shown[:96]} ..."


def join(key: str, what: str) -> str:
    return f"{key}: {what}" if key else what


def hint(given: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(given.lower(), list(known), n=1, cutoff=0.65)
    return f' (did you mean "{close[0]}"?)' if close else ""


def table_value(
    make: Callable[..., Any],
    keys: Mapping[str, Reader],
    *,
    required: Sequence[str] = (),
    also: Callable[[Any], Iterable[tuple[str, str]]] = lambda _: (),
) -> Reader:
    """Read a table with these keys and no others; ``also`` judges the whole when every part is right."""

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, f"a table with {', '.join(keys)}")
        problems = [(key, "is missing") for key in required if key not in value]
        known: dict[str, Any] = {}
        for key, part in value.items():
            if key not in keys:
                what = f"unknown key{hint(key, keys)}; allowed are {', '.join(keys)}"
                problems.append((show_value(key)[1:-1], what))
                continue
            try:
                known[key] = keys[key](part)
            except Wrong as wrong:
                problems += [
                    (f"{key}{'' if not k or k[0] == '[' else '.'}{k}", what) for k, what in wrong.problems
                ]
        if not problems:
            made = make(**known)
            problems = list(also(made))
        if problems:
            raise Wrong(*problems)
        return made

    return read


def ascending_list(item: Reader, *, of: str) -> Reader:
    """Read a list of numbers, each larger than the one before."""
    values = list_value(item, of=of)

    def read(value: Any) -> tuple[float, ...]:
        found: tuple[float, ...] = values(value)
        if any(b <= a for a, b in itertools.pairwise(found)):
            raise _wrong(value, f"a list of {of}")
        return found

    return read


def list_value(item: Reader, *, of: str, least: int = 0) -> Reader:
    """Read a list without repetition."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(value, f"a list of {of}")
        if len(value) < least:
            raise Wrong(("", f"must name at least {least}"))
        problems: list[tuple[str, str]] = []
        found: list[Any] = []
        for i, part in enumerate(value):
            try:
                made = item(part)
            except Wrong as wrong:
                problems += [(f"[{i}]{'.' if k else ''}{k}", what) for k, what in wrong.problems]
            else:
                if isinstance(made, str) and made in found:
                    problems.append((f"[{i}]", f"{show_value(part)} stands twice in this list"))
                found.append(made)
        if problems:
            raise Wrong(*problems)
        return tuple(found)

    return read


def text_value(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(value, "a text of one line")
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, "true or false")
    return value


def one_of(*values: str) -> Reader:
    def read(value: Any) -> str:
        if value not in values:
            raise _wrong(value, " or ".join(f'"{each}"' for each in values))
        return str(value)

    return read


def _matching(pattern: str, allowed: str) -> Reader:
    """Read a text that matches a pattern from end to end."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _wrong(value, allowed)
        return value

    return read


clock_time = _matching(r"([01]\d|2[0-3]):[0-5]\d", 'a time like "08:00"')
source_id = _matching(r"[a-z0-9-]{2,40}", "2 to 40 of the characters a-z, 0-9 and -")


def clock_times(value: Any) -> str:
    parts = value.split("-") if isinstance(value, str) else []
    if len(parts) != 2 or parts[0] == parts[1]:
        raise _wrong(value, 'two times like "22:00-07:00"')
    return "-".join(map(clock_time, parts))


def alert_address(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9]*://\S+", value):  # it may hold a secret
        like = "mailto://user:password@mail.example or tgram://TOKEN/CHAT (see docs/watches.md)"
        raise Wrong(("", f"must be an address like {like}"))
    return value


def template_value(*names: str) -> Reader:
    """Read a text with {names} to be filled in."""

    def read(value: Any) -> str:
        try:
            if isinstance(value, str) and value.strip():
                value.format_map(dict.fromkeys(names, ""))
                return value
        except (KeyError, IndexError, ValueError, AttributeError):
            pass
        raise _wrong(value, f"a text with {' '.join(f'{{{name}}}' for name in names)}")

    return read


def number_value(low: float, high: float, *, whole: bool = False) -> Reader:
    kind = "a whole number" if whole else "a number"

    def read(value: Any) -> float | int:
        right = isinstance(value, int) or (isinstance(value, float) and not whole and math.isfinite(value))
        if not right or isinstance(value, bool) or not low <= value <= high:
            raise _wrong(value, f"{kind} from {low:g} to {high:g}")
        return int(value) if whole else float(value)

    return read


def url_value(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(value, "an http or https address")
    try:
        parts = urlsplit(value)
        name, _ = parts.hostname, parts.port
    except ValueError:
        raise _wrong(value, "an http or https address") from None
    if parts.scheme not in ("http", "https") or not name or not value.isprintable() or " " in value:
        raise _wrong(value, "an http or https address, like https://example.org/feed")
    if parts.username or parts.password:
        raise _wrong(parts.hostname, "an address without a user name or password")
    if "{" in value or "}" in value:
        raise _wrong(value, "an address that can be fetched as it stands (no {placeholders})")
    if len(value) > MAX_URL_BYTES:
        raise _wrong(value, f"an address of at most {MAX_URL_BYTES} characters")
    _check_host(name, value)
    return value


def _check_host(name: str, value: str) -> None:
    try:
        ascii_host(name)
    except ValueError as error:
        raise _wrong(value, "an address that can be asked", f": {error}") from None


def proxy(value: Any) -> str:
    """Read a proxy's address. It may hold a password, so no message shows it."""
    try:
        parsed_proxy(value if isinstance(value, str) else "")
    except ValueError as error:
        allowed = "must be like socks5://host:1080 or http://user:password@host:3128"
        raise Wrong(("", f"{allowed}: {error}")) from None
    return str(value)


def country_code(value: Any) -> str:
    if not isinstance(value, str) or value not in COUNTRIES:
        own = ", ".join(f'"{code}" ({name})' for code, name in OWN_COUNTRIES.items())
        lower = value.lower() if isinstance(value, str) else ""
        near = f' (did you mean "{lower}"?)' if lower in COUNTRIES else ""
        allowed = f"a country code of ISO 3166 in lower case (ge, am, az, ru, tr ...) or {own}"
        raise _wrong(value, allowed, near)
    return value


def language_code(value: Any) -> str:
    if not isinstance(value, str) or value not in LANGUAGES:
        lower = value.lower()[:2] if isinstance(value, str) else ""
        near = f' (did you mean "{lower}"?)' if lower in LANGUAGES else ""
        raise _wrong(value, "a language code of ISO 639 in lower case (en, hy, ka, az, ru, tr ...)", near)
    return value


def timezone(value: Any) -> str:
    near = ""
    if isinstance(value, str):
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            zones = {zone.lower(): zone for zone in zoneinfo.available_timezones()}
            close = difflib.get_close_matches(value.lower().replace(" ", "_"), list(zones), n=1)
            cities = [zone for key, zone in zones.items() if key.rpartition("/")[2] == value.lower()]
            best = cities[:1] or [zones[key] for key in close]
            near = f' (did you mean "{best[0]}"?)' if best else ""
        else:
            return value
    raise _wrong(value, "a time zone of the IANA list, like Asia/Tbilisi", near)


def host(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(
        r"(?=.{3,253}$)[^\W_]([^\W_]|-)*(\.([^\W_]|-)+)+", value
    ):
        raise _wrong(value, "a host name, like example.org")
    if value != value.lower():
        raise _wrong(value, "a host name in lower case")
    _check_host(value, value)
    return value


def private_host(value: Any) -> str:
    """Read a host name, an address or a network."""
    if isinstance(value, str):
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError:
            if re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", value):
                return value
        else:
            return value
    raise _wrong(value, 'a host name, an address or a network, like "127.0.0.1" or "10.0.0.0/8"')


def regex_value(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(value, "a regular expression")
    if what := regex_error(value):
        raise Wrong(("", f"{show_value(value)} {what}"))
    return value


def selector(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or selector_error(value):
        raise _wrong(value, "a CSS selector")
    return value


def json_path(value: Any) -> str:
    """Read a path into JSON, as scraper.feeds.json_path follows it."""
    if not isinstance(value, str) or not value.strip():
        raise _wrong(value, "names parted by dots, like props.feed.items")
    if what := path_error(value):
        raise Wrong(("", f"{show_value(value)} {what}"))
    return value


def link_template(value: Any) -> str:
    """Read an address with fields of an item in braces."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(value, 'an address with fields of an item in braces, like "/news/{id}"')
    if what := link_error(value):
        raise Wrong(("", f"{show_value(value)} {what}"))
    return value


def header(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isascii() or not value.isprintable():
        raise _wrong(value, "one line of ASCII characters")
    return value.strip()


def contact(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(
        r"(mailto:)?[^\s@()<>,]+@[^\s@()<>,]+\.[^\s@()<>,]+", value, re.ASCII
    ):
        return value
    try:
        return header(url_value(value))
    except Wrong:
        raise _wrong(value, "a web or mail address, in ASCII") from None


def date_value(value: Any) -> dt.date:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise _wrong(value, "a date, like 2026-01-31 (without quotes)")
    return value
