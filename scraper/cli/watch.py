"""List, add, remove and try searches with a name: ``darial watch ...``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources, rewrite_file
from scraper.cli.terminal import Argument, Option
from scraper.errors import AlertError, ConfigError
from scraper.model import Record, Source
from scraper.settings import Watch

WatchId = Annotated[str, Argument(metavar="ID", help="Its id: a-z, 0-9 and -.")]
LATEST = 5  # articles in a test message


def list_watches(sources: SourcesFile = DEFAULT_FILE, json: Json = False) -> None:
    r"""Show all watches and who is told.

    \b
    Example: darial watch list
    """
    watches = read_sources(sources).settings.watch
    if json:
        for watch in watches:
            terminal.print_json(
                {
                    "id": watch.id,
                    "query": watch.query,
                    "sources": watch.sources,
                    "countries": watch.countries,
                    "languages": watch.languages,
                    "to": _shown(watch),
                    "every": watch.every,
                }
            )
        return
    rows = [
        [w.id, w.query, " ".join((*w.sources, *w.countries, *w.languages)), ", ".join(_shown(w)), w.every]
        for w in watches
    ]
    terminal.print_table(None, ["id", "query", "only", "to", "every"], rows)


def add_watch(  # noqa: PLR0913  (options of a command)
    id: WatchId,  # noqa: A002
    query: Annotated[list[str] | None, Argument(metavar="[QUERY...]", help="As in `darial search`.")] = None,
    *,
    source: Annotated[
        list[str] | None, Option("--source", metavar="ID", help="Only this source; repeat for more.")
    ] = None,
    country: Annotated[
        list[str] | None, Option("--country", metavar="CODE", help="Only this country; repeat for more.")
    ] = None,
    language: Annotated[
        list[str] | None, Option("--language", metavar="CODE", help="Only this language; repeat for more.")
    ] = None,
    to: Annotated[
        list[str] | None,
        Option("--to", metavar="ADDRESS", help="Who is told: mailto://, tgram:// ...; repeat for more."),
    ] = None,
    every: Annotated[str, Option("--every", metavar="now|hour|day", help="How often at most.")] = "now",
    quiet: Annotated[
        str | None, Option("--quiet", metavar="TIMES", help="Silent hours, like 22:00-07:00.")
    ] = None,
    timezone: Annotated[
        str, Option("--timezone", metavar="ZONE", help="Of all times, like Asia/Tbilisi.")
    ] = "UTC",
    sources: SourcesFile = DEFAULT_FILE,
) -> None:
    r"""Add a watch to the sources file.

    A watch is a search with a name. The pages show it as a tab; a running daemon tells whoever is named with --to, after its
    next start. docs/watches.md explains the addresses.

    \b
    Examples:
      darial watch add armenia Pashinyan --country ge --country az
      darial watch add quake 'earthquake OR землетрясение' --to 'tgram://TOKEN/CHAT' --every hour --quiet 23:00-07:00
    """
    from scraper.config.edit import append_watch

    watch = Watch(
        id=id,
        query=" ".join(query or ()),
        sources=tuple(source or ()),
        countries=tuple(code.lower() for code in country or ()),
        languages=tuple(code.lower() for code in language or ()),
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
    limit: Annotated[int, Option("--limit", metavar="N", min=1, help="Maximum number of articles.")] = 20,
    sources: SourcesFile = DEFAULT_FILE,
    json: Json = False,
) -> None:
    r"""Show the latest articles that a watch finds.

    \b
    Example: darial watch show quake --json | jq -r .title
    """
    from scraper.cli.articles import title_or_opening, to_minute

    found = _latest(_named(sources, id), store, read_sources(sources).sources, limit)
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
        return [
            story.record
            for story in opened.newest(
                watch.query or None, watch_filter(watch, known), limit=limit, grouped=False
            )
        ]


def send_test(id: WatchId, store: StoreDir = DEFAULT_STORE, sources: SourcesFile = DEFAULT_FILE) -> None:  # noqa: A002
    r"""Send the latest articles of a watch now.

    \b
    Example: darial watch test quake
    """
    from scraper.notify.alert import Alert, alert_for
    from scraper.notify.send_alert import send_alert

    watch = _named(sources, id)
    known = read_sources(sources).sources
    if not watch.to:
        raise ConfigError([f"watch {id} tells nobody: give it addresses with the key to"])
    found = _latest(watch, store, known, LATEST)
    names = {source.id: source.name for source in known}
    alert = (
        alert_for(watch, found, names)
        if found
        else Alert(f"{id}: a test", "No article of the store matches yet.")
    )
    send_alert(watch.to, Alert(f"Test: {alert.title}", alert.body))
    terminal.log_line(f"{', '.join(_shown(watch))}: accepted, with {len(found)} articles")


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


def register(app: terminal.Group) -> None:
    group = terminal.app("Searches with a name, and alerts on them.")
    group.command("list")(list_watches)
    group.command("show")(show_watch)
    group.command("add")(add_watch)
    group.command("remove")(remove_watch)
    group.command("test")(send_test)
    app.add_typer(group, name="watch")
