"""List, add, remove and try searches with a name: ``darial watch ...``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.filters import Countries, Languages, SourceIds
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources, rewrite_file
from scraper.cli.terminal import argument, option
from scraper.errors import AlertError, ConfigError
from scraper.model import Record, Source
from scraper.settings import Watch
from scraper.text.human import to_minute
from storage.model import ToldStory

WatchId = Annotated[str, argument("ID", "Its id: a-z, 0-9 and -.")]
LATEST = 5  # articles in a test message


def list_watches(sources: SourcesFile = DEFAULT_FILE, json: Json = False) -> None:
    r"""Show all watches and who is told.

    \b
    Example: darial watch list
    """
    watches = read_sources(sources).settings.watch
    if json:
        told = (
            "id",
            "query",
            "sources",
            "countries",
            "languages",
            "min_outlets",
            "min_countries",
            "to",
            "every",
        )
        for watch in watches:
            terminal.print_json({name: getattr(watch, name) for name in told} | {"to": _shown(watch)})
        return
    rows = [[w.id, w.query, _narrowed(w), ", ".join(_shown(w)), w.every] for w in watches]
    terminal.print_table(None, ["id", "query", "only", "to", "every"], rows)


def _narrowed(watch: Watch) -> str:
    least = ((watch.min_outlets, "sources"), (watch.min_countries, "countries"))
    of_stories = [f"{number}+ {what}" for number, what in least if number]
    return " ".join((*watch.sources, *watch.countries, *watch.languages, *of_stories))


def add_watch(  # noqa: PLR0913  (options of a command)
    id: WatchId,  # noqa: A002
    query: Annotated[list[str] | None, argument("[QUERY...]", "As in `darial search`.")] = None,
    *,
    source: SourceIds = None,
    country: Countries = None,
    language: Languages = None,
    min_outlets: Annotated[
        int, option("--min-outlets N", "Wait for stories that so many sources tell.", min=0, max=1000)
    ] = 0,
    min_countries: Annotated[
        int, option("--min-countries N", "Wait for stories told in so many countries.", min=0, max=100)
    ] = 0,
    to: Annotated[
        list[str] | None, option("--to ADDRESS", "Who is told: mailto://, tgram:// ...; repeat for more.")
    ] = None,
    every: Annotated[str, option("--every now|hour|day", "How often at most.")] = "now",
    quiet: Annotated[str | None, option("--quiet TIMES", "Silent hours, like 22:00-07:00.")] = None,
    timezone: Annotated[str, option("--timezone ZONE", "Time zone of all times, like Asia/Tbilisi.")] = "UTC",
    sources: SourcesFile = DEFAULT_FILE,
) -> None:
    r"""Add a watch to the sources file.

    A watch is a search with a name. The pages show it as a tab; a running daemon tells whoever is named with --to, after its
    next start. docs/watches.md explains the addresses. With --min-outlets or --min-countries it waits for stories: one event
    as several sources tell it, in each of the countries given.

    \b
    Examples:
      darial watch add armenia Pashinyan --country ge --country az
      darial watch add quake 'earthquake OR землетрясение' --to 'tgram://TOKEN/CHAT' --every hour --quiet 23:00-07:00
      darial watch add region --min-outlets 4 --country am --country az --to 'ntfys://HOST/TOPIC'
    """
    from scraper.config.edit import append_watch

    watch = Watch(
        id=id,
        query=" ".join(query or ()),
        sources=tuple(source or ()),
        countries=tuple(code.lower() for code in country or ()),
        languages=tuple(code.lower() for code in language or ()),
        min_outlets=min_outlets,
        min_countries=min_countries,
        to=tuple(to or ()),
        every=every,
        quiet=quiet,
        timezone=timezone,
    )
    rewrite_file(sources, lambda old: append_watch(old, watch, path=str(sources)))
    if watch.to:
        _shown(watch, strict=True)
    terminal.log_line(f"{sources}: watch {id} added; a running daemon reads it at its next start")


def remove_watch(id: WatchId, sources: SourcesFile = DEFAULT_FILE) -> None:  # noqa: A002
    r"""Remove a watch from the sources file.

    \b
    Example: darial watch remove quake
    """
    _named(sources, id)
    rewrite_file(sources, lambda text: _without(text, id, sources))
    terminal.log_line(f"{sources}: watch {id} removed")


def _without(text: str, id: str, sources: Path) -> str:  # noqa: A002
    """Return a sources file without the table of a watch."""
    tables = re.split(r"(?m)^(?=[ \t]*\[)", text)
    ours = re.compile(rf"(?m)^\s*id\s*=\s*[\"']{re.escape(id)}[\"']\s*(?:#.*)?$")
    kept = [t for t in tables if not (re.match(r"\s*\[\[\s*watch\s*\]\]", t) and ours.search(t))]
    if len(kept) != len(tables) - 1:
        raise ConfigError([f"{sources}: the table [[watch]] of {id} was not found; remove it by hand"])
    return "".join(kept).rstrip("\n") + "\n"


def show_watch(
    id: WatchId,  # noqa: A002
    store: StoreDir = DEFAULT_STORE,
    limit: Annotated[int, option("--limit N", "Maximum number of articles.", min=1)] = 20,
    sources: SourcesFile = DEFAULT_FILE,
    json: Json = False,
) -> None:
    r"""Show what a watch finds now.

    These are the latest articles, or stories if the watch waits for stories.

    \b
    Example: darial watch show quake --json | jq -r .title
    """
    from scraper.cli.articles import title_or_opening

    watch = _named(sources, id)
    if watch.on_stories:
        from scraper.cli.stories import show_story

        for story in _latest_stories(watch, store, read_sources(sources).sources, limit):
            show_story(story, json=json)
        return
    found = _latest(watch, store, read_sources(sources).sources, limit)
    if json:
        for record in found:
            terminal.print_json(record)
        return
    rows = [[to_minute(r.published or r.first_seen), r.source, r.id, title_or_opening(r)] for r in found]
    terminal.print_table(None, ["time", "source", "id", "title"], rows)


def _latest(watch: Watch, store: str, known: Sequence[Source], limit: int) -> list[Record]:
    """Return the newest articles that a watch finds, the newest first."""
    from scraper.notify.matching import watch_filter
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        found = opened.newest(watch.query or None, watch_filter(watch, known), limit=limit, grouped=False)
        return [story.record for story in found]


def _latest_stories(watch: Watch, store: str, known: Sequence[Source], limit: int) -> list[ToldStory]:
    """Return the stories of the last days that a watch finds, those that grew last first."""
    from scraper.notify.matching import watched_stories
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        return watched_stories(watch, opened, known, clock.now(), limit)


def send_test(id: WatchId, store: StoreDir = DEFAULT_STORE, sources: SourcesFile = DEFAULT_FILE) -> None:  # noqa: A002
    r"""Send the latest of a watch now.

    \b
    Example: darial watch test quake
    """
    from scraper.notify.alert import Alert, alert_for, alert_for_stories
    from scraper.notify.send_alert import send_alert

    watch = _named(sources, id)
    known = read_sources(sources).sources
    if not watch.to:
        raise ConfigError([f"watch {id} tells nobody: give it addresses with the key to"])
    names = {source.id: source.name for source in known}
    if watch.on_stories:
        stories = _latest_stories(watch, store, known, LATEST)
        alert, what = alert_for_stories(watch, stories, names), f"{len(stories)} stories"
    else:
        found = _latest(watch, store, known, LATEST)
        alert, what = alert_for(watch, found, names), f"{len(found)} articles"
    send_alert(watch.to, Alert(f"Test: {alert.title}", alert.body or "Nothing in the store matches yet."))
    terminal.log_line(f"{', '.join(_shown(watch))}: accepted, with {what}")


def _named(sources: Path, id: str) -> Watch:  # noqa: A002
    from scraper.config import fields

    watches = {watch.id: watch for watch in read_sources(sources).settings.watch}
    if id not in watches:
        raise ConfigError([f'there is no watch "{id}"{fields.hint(id, watches)}'])
    return watches[id]


def _shown(watch: Watch, *, strict: bool = False) -> list[str]:
    """Return the addresses of a watch without their secrets."""
    from scraper.notify.send_alert import shown_addresses

    try:
        return [shown for _, shown in shown_addresses(watch.to)] if watch.to else []
    except AlertError:
        if strict:
            raise
        return [f"{address.partition('://')[0]}://..." for address in watch.to]
