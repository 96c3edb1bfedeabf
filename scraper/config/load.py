"""Load sources.toml. Pure: text in, frozen types out, or one ConfigError that holds every mistake.

The keys are those of Source, FeedRef, Rules and of the types in scraper.settings; scraper.config.fields knows
what each value may be, scraper.config.environment which variable goes before the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scraper.codec import Struct
from scraper.config import fields as read
from scraper.config.duplicates import listed_twice
from scraper.config.environment import overlay
from scraper.errors import ConfigError, StoreError
from scraper.model import FeedRef, JsonList, Rules, Source
from scraper.settings import (
    MIN_TOKEN_CHARS,
    TABLES,
    Notify,
    Settings,
    StoreSettings,
    Watch,
    WebSettings,
    is_loopback,
)
from storage.search.query import parse_query

MAX_PACE_SECONDS = 3600
MAX_POLL_MINUTES = 7 * 24 * 60
MAX_REVISIT_HOURS = 366 * 24
_NOTHING: Mapping[str, str] = {}


class Sources(Struct, frozen=True, kw_only=True):
    """A sources file as read: the sources in its order, and the settings.

    ``origins`` says of each setting that is no default where it comes from: the file or a variable.
    """

    sources: tuple[Source, ...] = ()
    settings: Settings = Settings()
    origins: dict[str, str] = {}  # noqa: RUF012  (msgspec copies it)

    @property
    def enabled(self) -> tuple[Source, ...]:
        return tuple(s for s in self.sources if s.enabled)

    def get(self, id: str) -> Source | None:  # noqa: A002
        return next((s for s in self.sources if s.id == id), None)

    def select(self, ids: Iterable[str]) -> tuple[Source, ...]:
        """Return the sources of these ids, enabled or not. Raises ConfigError that names each unknown id."""
        found = {id: self.get(id) for id in ids}  # noqa: A001
        known = [s.id for s in self.sources]
        missing = [id for id, source in found.items() if source is None]  # noqa: A001
        if missing:
            raise ConfigError([f'there is no source "{id}"{read.hint(id, known)}' for id in missing])  # noqa: A001
        return tuple(source for source in found.values() if source is not None)


def load_sources(text: str, *, path: str = "sources.toml", environ: Mapping[str, str] = _NOTHING) -> Sources:
    """Read a sources file; what ``environ`` says goes before it. Raises ConfigError whose problems are lines ``path:line: source: key: what is wrong``."""
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as e:
        what, _, where = str(e).partition(" (at line ")
        line = where.partition(",")[0]
        place = f"{path}:{line}" if line else path
        raise ConfigError([f"{place}: not valid TOML: {what}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: not valid TOML: nested too deeply"]) from None

    problems: list[str] = []
    settings = Settings()
    merged, variables = overlay(data, environ)
    try:
        settings = _FILE(merged)
    except read.Wrong as wrong:
        for key, what in wrong.problems:
            name = variables.get(key.partition("[")[0])
            problems.append(f"{name}: {what}" if name else f"{path}: {read.join(key, what)}")

    tables = data.get("source", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        problems.append(f"{path}: source: each source is a table of its own, under the line [[source]]")
        tables = []
    places = _places(path, text, tables)
    sources: list[Source] = []
    for table, place in zip(tables, places, strict=True):
        try:
            sources.append(_SOURCE(table))
        except read.Wrong as wrong:
            problems += [f"{place}: {read.join(key, what)}" for key, what in wrong.problems]
    problems += listed_twice(tables, places)
    if not problems:
        problems += [f"{path}: {problem}" for problem in _unknown_sources(settings, sources)]
    if problems:
        raise ConfigError(problems)
    origins = {f"{table}.{key}": path for table in TABLES for key in data.get(table, ())}
    origins |= {name: path for name in ("notify", "watch") if getattr(settings, name)}
    return Sources(sources=tuple(sources), settings=settings, origins=origins | variables)


def rules_of(table: Mapping[str, Any]) -> Rules:
    """Return the rules of one table, as a program gives it. Raises ConfigError."""
    rules: Rules = _checked("rules", _RULES, table)
    return rules


def source_of(table: Mapping[str, Any]) -> Source:
    """Return the source of one table, as a program gives it. Raises ConfigError."""
    source: Source = _checked("source", _SOURCE, table)
    return source


def _checked(what: str, reader: read.Reader, table: Mapping[str, Any]) -> Any:
    try:
        return reader(_as_toml(table))
    except read.Wrong as wrong:
        raise ConfigError([f"{what}: {read.join(key, problem)}" for key, problem in wrong.problems]) from None


def _as_toml(value: Any) -> Any:
    """Return lists for tuples, also inside: the types that a TOML file would have given."""
    if isinstance(value, Mapping):
        return {key: _as_toml(part) for key, part in value.items()}
    return [_as_toml(part) for part in value] if isinstance(value, list | tuple) else value


def _unknown_sources(settings: Settings, sources: Sequence[Source]) -> Iterable[str]:
    """Yield hooks and watches that wait for sources that do not exist."""
    known = [source.id for source in sources]
    waiting = [(f"notify[{i}]", hook.sources) for i, hook in enumerate(settings.notify)]
    waiting += [(f"watch[{i}]", watch.sources) for i, watch in enumerate(settings.watch)]
    for name, ids in waiting:
        for id in ids:  # noqa: A001
            if id not in known:
                yield f'{name}.sources: there is no source "{id}"{read.hint(id, known)}'


# --------------------------------------------------------------------------------------- where a mistake is


def _places(path: str, text: str, tables: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return ``path:line: source`` for each source. The TOML reader keeps no lines: the headers are counted instead."""
    lines = [n for n, line in enumerate(text.split("\n"), 1) if re.match(r"\s*\[\[\s*source\s*\]\]", line)]
    if len(lines) != len(tables):  # a header stands inside a string, or the sources are one inline list
        return [f"{path}: {_name(i, table)}" for i, table in enumerate(tables)]
    return [f"{path}:{lines[i]}: {_name(i, table)}" for i, table in enumerate(tables)]


def _name(i: int, table: Mapping[str, Any]) -> str:
    name = next((v for v in (table.get("id"), table.get("name")) if isinstance(v, str) and v), None)
    return f"source {i + 1}" if name is None else read.show_value(name)[1:-1]


# --------------------------------------------------------------------------------------- the file


def _rules_also(rules: Rules) -> Iterable[tuple[str, str]]:
    if not any((rules.title, rules.lead, rules.body, rules.date, rules.author, rules.related, rules.drop)):
        yield "", f"must have at least one of {', '.join(_SELECTORS)}"


def _source_also(source: Source) -> Iterable[tuple[str, str]]:
    if source.enabled and not (source.sitemaps or source.listings or any(f.enabled for f in source.feeds)):
        what = "an enabled feed, a sitemap or a listing"
        yield "enabled", f"must be false, or there must be {what}: there is nothing to poll"
    low, high = source.poll_min_minutes, source.poll_max_minutes
    if low is not None and high is not None and low > high:
        yield "poll_min_minutes", f"must be at most poll_max_minutes ({high:g}), not {low:g}"


def _settings_also(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    settings = Settings(**values)
    low, high = settings.poll_min_minutes, settings.poll_max_minutes
    if low > high:
        yield "poll_min_minutes", f"must be at most poll_max_minutes ({high:g}), not {low:g}"


def _file_also(settings: Settings) -> Iterable[tuple[str, str]]:
    watches = [watch.id for watch in settings.watch]
    for name, ids in (("notify", [hook.id for hook in settings.notify]), ("watch", watches)):
        for i, id in enumerate(ids):  # noqa: A001
            if id in ids[:i]:
                yield f"{name}[{i}].id", f"{read.show_value(id)} is taken already; each {name} needs its own"
    queries = [
        (f"notify[{i}].words", words) for i, hook in enumerate(settings.notify) for words in hook.words
    ]
    queries += [(f"watch[{i}].query", watch.query) for i, watch in enumerate(settings.watch) if watch.query]
    for key, words in queries:
        try:
            parse_query(words)
        except StoreError as error:
            yield key, f"{read.show_value(words)}: {error}"
    on_stories = [watch.id for watch in settings.watch if watch.on_stories]
    for i, hook in enumerate(settings.notify):
        if hook.watch is not None and hook.watch not in watches:
            yield f"notify[{i}].watch", f'there is no watch "{hook.watch}"{read.hint(hook.watch, watches)}'
        elif hook.watch in on_stories:
            yield f"notify[{i}].watch", f'"{hook.watch}" waits for stories; a webhook sends articles'


def _settings(source: object = None, settings: Mapping[str, Any] | None = None, **tables: Any) -> Settings:
    """Make Settings from the file without its sources: those are read one by one, to name each that is wrong."""
    del source
    return Settings(**(settings or {}), **tables)


def web_problems(web: WebSettings) -> Iterable[tuple[str, str]]:
    """Yield what is wrong with ``[web]`` as a whole; flags may have changed what the file says."""
    if web.token is None and not is_loopback(web.host):
        yield "token", f"must be there where host ({web.host}) lets other machines come"
    if web.token is not None and len(web.token) < MIN_TOKEN_CHARS:
        yield "token", f"must have at least {MIN_TOKEN_CHARS} characters"


_SELECTORS = ("title", "lead", "body", "date", "author", "related", "drop")
_POLL = read.number_value(1, MAX_POLL_MINUTES)
_HOURS = read.number_value(0.1, MAX_REVISIT_HOURS)
_REVISITS = read.ascending_list(_HOURS, of="hours, each later than the one before")
_LANGUAGES = read.list_value(read.language_code, of="language codes")
_SOURCE_IDS = read.list_value(read.source_id, of="ids of sources")

_PATHS = dict.fromkeys(("items", "link", "title", "date", "id"), read.json_path)
_JSON = read.table_value(JsonList, {**_PATHS, "link": read.link_template}, required=["items", "link"])

_FEED = read.table_value(
    FeedRef,
    {
        "url": read.url_value,
        "language": read.language_code,
        "enabled": read.boolean,
        "kind": read.one_of("telegram"),
        "json": _JSON,
    },
    required=["url"],
)

_RULES = read.table_value(
    Rules,
    {key: read.list_value(read.selector, of="CSS selectors") for key in _SELECTORS}
    | {"until": read.date_value, "proved": read.boolean},
    also=_rules_also,
)

_SOURCE = read.table_value(
    Source,
    {
        "id": read.source_id,
        "name": read.text_value,
        "homepage": read.url_value,
        "country": read.country_code,
        "languages": read.list_value(read.language_code, of="language codes", least=1),
        "timezone": read.timezone,
        "feeds": read.list_value(_FEED, of='feeds, like { url = "https://example.org/feed" }'),
        "sitemaps": read.list_value(read.url_value, of="addresses"),
        "listings": read.list_value(read.url_value, of="addresses"),
        "article_url": read.regex_value,
        "hosts": read.list_value(read.host, of="host names"),
        "rules": read.list_value(_RULES, of="tables, each under the line [[source.rules]]"),
        "user_agent": read.header,
        "proxy": read.proxy,
        "browser": read.boolean,
        "pace_seconds": read.number_value(0, MAX_PACE_SECONDS),
        "poll_min_minutes": _POLL,
        "poll_max_minutes": _POLL,
        "revisit_hours": _REVISITS,
        "pages": read.boolean,
        "enabled": read.boolean,
        "notes": read.text_value,
    },
    required=["id", "name", "homepage", "country", "languages"],
    also=_source_also,
)

_NOTIFY = read.table_value(
    Notify,
    {
        "id": read.source_id,
        "url": read.url_value,
        "secret": read.text_value,
        "languages": _LANGUAGES,
        "sources": _SOURCE_IDS,
        "words": read.list_value(read.text_value, of="words"),
        "watch": read.source_id,
        "enabled": read.boolean,
    },
    required=["id", "url"],
)

_WATCH = read.table_value(
    Watch,
    {
        "id": read.source_id,
        "query": read.text_value,
        "sources": _SOURCE_IDS,
        "countries": read.list_value(read.country_code, of="country codes"),
        "languages": _LANGUAGES,
        "min_outlets": read.number_value(2, 1000, whole=True),
        "min_countries": read.number_value(1, 100, whole=True),
        "to": read.list_value(read.alert_address, of="addresses like mailto://, tgram:// or slack://"),
        "every": read.one_of("now", "hour", "day"),
        "at": read.clock_time,
        "quiet": read.clock_times,
        "timezone": read.timezone,
        "template": read.template_value("title", "link", "sources", "countries", "time", "n"),
    },
    required=["id"],
)

_FILE = read.table_value(
    _settings,
    {
        "source": lambda value: value,
        "settings": read.table_value(
            dict,
            {
                "user_agent": read.header,
                "contact": read.contact,
                "max_in_flight": read.number_value(1, 1000, whole=True),
                "pace_seconds": read.number_value(0, MAX_PACE_SECONDS),
                "poll_min_minutes": _POLL,
                "poll_max_minutes": _POLL,
                "feed_timeout_seconds": read.number_value(1, 600),
                "page_timeout_seconds": read.number_value(1, 600),
                "max_pages_per_poll": read.number_value(1, 10_000, whole=True),
                "revisit_hours": _REVISITS,
                "max_related_per_day": read.number_value(0, 100_000, whole=True),
                "allow_private_hosts": read.list_value(
                    read.private_host, of="host names, addresses or networks"
                ),
            },
            also=_settings_also,
        ),
        "store": read.table_value(
            StoreSettings,
            {
                "archive": read.boolean,
                "archive_max_mb": read.number_value(1, 10**9),
                "compact": read.boolean,
                "keep_days": read.number_value(1, 100_000),
            },
        ),
        "web": read.table_value(
            WebSettings,
            {
                "enabled": read.boolean,
                "host": read.private_host,
                "port": read.number_value(0, 65535, whole=True),
                "token": read.header,
                "names": read.list_value(read.private_host, of="host names"),
                "timezone": read.timezone,
            },
            also=web_problems,
        ),
        "notify": read.list_value(_NOTIFY, of="tables, each under the line [[notify]]"),
        "watch": read.list_value(_WATCH, of="tables, each under the line [[watch]]"),
    },
    also=_file_also,
)
