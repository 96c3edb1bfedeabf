"""Read the form that narrows articles: its fields, the addresses they make, the filters they mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from scraper.codec import Struct, encode, replace
from scraper.errors import StoreError
from scraper.model import Source
from scraper.settings import Watch
from scraper.web import formatting
from storage.model import Filter
from storage.narrowing import narrowed_ids

PATH = "/latest"
SPANS = {
    "1h": ("last hour", timedelta(hours=1)),
    "today": ("today", timedelta(0)),
    "yesterday": ("yesterday", timedelta(days=1)),
    "24h": ("last 24 hours", timedelta(days=1)),
    "7d": ("last 7 days", timedelta(days=7)),
    "30d": ("last 30 days", timedelta(days=30)),
}
_DAYS = ("today", "yesterday")  # whole days of the zone; the others end now
WITHIN = {"text": "in titles and texts", "related": "in headlines beside them"}
BY = {"seen": "when it came", "published": "when it was published"}
ORDERS = {"newest": "newest first", "best": "best match first"}
MANY = ("country", "language", "source")  # fields that may be given several times
MAX_CURSOR_DIGITS = 18


class FormQuery(Struct, frozen=True, kw_only=True):
    """The fields of the form. Empty means any. ``page`` is for the order "best", ``before`` for the other."""

    q: str = ""
    within: str = "text"
    country: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    by: str = "seen"
    time: str = ""
    since: str = ""
    until: str = ""
    order: str = "newest"
    before: int | None = None
    page: int = 1

    def given(self) -> list[tuple[str, str]]:
        """Return the fields that say something, as parts of an address; not which page."""
        pairs: list[tuple[str, str]] = []
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name in ("before", "page") or value == getattr(_DEFAULT, name):
                continue
            pairs += [(name, each) for each in (value if isinstance(value, tuple) else (value,))]
        return pairs

    def address(self, path: str = PATH, **changes: Any) -> str:
        """Return the page's URL with some fields changed; defaults are left out."""
        changed = replace(self, **{"before": None, "page": 1} | changes)
        given = changed.given()
        given += [("before", str(changed.before))] if changed.before is not None else []
        given += [("page", str(changed.page))] if changed.page > 1 else []
        return f"{path}?{urlencode(given)}" if given else path

    @property
    def is_narrowed(self) -> bool:
        return bool(self.given())


_DEFAULT = FormQuery()


def form_query(pairs: Iterable[tuple[str, str]]) -> FormQuery:
    """Return the fields of an address, without unknown and empty ones. Raises StoreError (bad_filter)."""
    values: dict[str, Any] = {}
    for key, raw in pairs:
        value = raw.strip()
        if not value or key not in FormQuery.__struct_fields__ or (key == "by" and value not in BY):
            continue  # a trend has a "by" of its own
        if key in MANY:
            values[key] = tuple(dict.fromkeys((*values.get(key, ()), value)))
        elif key in ("before", "page"):
            if not (value.isascii() and value.isdigit() and len(value) <= MAX_CURSOR_DIGITS):
                raise StoreError(f"{key}: a number of at most {MAX_CURSOR_DIGITS} digits", code="bad_filter")
            values[key] = int(value)
        else:
            values[key] = value
    query = FormQuery(**values)
    return replace(query, page=max(1, min(query.page, 1000)))


def watch_address(watch: Watch) -> str:
    """Return the address of the list that shows what a watch finds."""
    if watch.on_stories:
        return f"/stories?watch={watch.id}"
    form = FormQuery(q=watch.query, country=watch.countries, language=watch.languages, source=watch.sources)
    return form.address()


def filters(form: FormQuery, outlets: Sequence[Source], now: datetime, zone: tzinfo) -> Filter:
    """Return the form's filters for the store; days are those of ``zone``. Raises StoreError (bad_filter) for an invalid date."""
    since, last = _date(form.since, "From", zone), _date(form.until, "Up to", zone)
    until = last + timedelta(days=1) if last else None
    if form.time in SPANS:
        begin = now - SPANS[form.time][1]
        if form.time in _DAYS:
            begin = datetime.combine(now.astimezone(zone).date() - SPANS[form.time][1], time(), zone)
            end = begin + timedelta(days=1)
            until = min(until, end) if until else end
        since = max(since, begin) if since else begin
    return Filter(
        within=form.within if form.within in WITHIN else "text",
        sources=narrowed_ids(outlets, form.country, form.source),
        languages=form.language,
        by=form.by,
        since=since,
        until=until,
    )


def _date(text: str, name: str, zone: tzinfo) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year < 2200:
        raise StoreError(f"{name}: a date is written like 2026-11-23, not {text[:40]}", code="bad_filter")
    return day


def watch_table(form: FormQuery) -> str | None:
    """Return the form without its time as a watch of sources.toml, with a hook; None for what a watch cannot say."""
    if form.within != "text":
        return None
    keys = (
        ("query", form.q),
        ("countries", form.country),
        ("languages", form.language),
        ("sources", form.source),
    )
    given = [f"{key} = {toml_value(value)}" for key, value in keys if value]
    if not given:
        return None
    return "\n".join(
        [
            "[[watch]]",
            'id = "a-name"',
            *given,
            '# to = ["mailto://..."]  # alerts by e-mail, Telegram, Slack: docs/watches.md',
            "",
            "[[notify]]",
            'id = "a-name"',
            'url = "https://..."',
            'watch = "a-name"',
        ]
    )


def toml_value(value: str | tuple[str, ...]) -> str:
    """Return a text or a list of texts as TOML, which has the strings of JSON."""
    return encode(value).decode().replace("\x7f", "\\u007f")


class FormOption(Struct, frozen=True):
    value: str
    label: str


class OptionGroup(Struct, frozen=True):
    """The options under one heading; ``name`` is empty where there is none."""

    name: str
    options: tuple[FormOption, ...]


class Choices(Struct, frozen=True, kw_only=True):
    """What can be chosen in the form."""

    countries: tuple[FormOption, ...]
    languages: tuple[FormOption, ...]
    sources: tuple[OptionGroup, ...]  # by country


def choices(outlets: Sequence[Source]) -> Choices:
    """Countries, languages and outlets of the sources file, by name."""
    enabled = [outlet for outlet in outlets if outlet.enabled]
    languages = {code for outlet in enabled for code in outlet.languages}
    countries = _sorted({o.country: formatting.country_name(o.country) for o in enabled})
    return Choices(
        countries=countries,
        languages=_sorted({code: formatting.language_name(code) for code in languages}),
        sources=tuple(
            OptionGroup(c.label, _sorted({o.id: o.name for o in enabled if o.country == c.value}))
            for c in countries
        ),
    )


def _sorted(names: Mapping[str, str]) -> tuple[FormOption, ...]:
    return tuple(FormOption(*pair) for pair in sorted(names.items(), key=lambda pair: pair[1].casefold()))
