"""``darial sources``: what the sources file says, and what is wrong with it.

``read_sources`` is how every command and the daemon get from a file's path to Sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from scraper import config, terminal
from scraper.config import Sources
from scraper.errors import ConfigError
from scraper.model import Source
from scraper.terminal import Option

MAX_FILE_BYTES = 16 << 20

SourcesFile = Annotated[Path, Option("--sources", help="The sources file.", metavar="FILE")]
DEFAULT_FILE = Path("sources.toml")


def read_sources(path: Path = DEFAULT_FILE) -> Sources:
    """The checked content of a sources file. Raises ConfigError, also for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as e:
        raise ConfigError([f"{path}: {(e.strerror or str(e)).lower()} (--sources names another file)"]) from e
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError([f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB"])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise ConfigError([f"{path}:{line}: not UTF-8, which TOML files must be"]) from e
    return config.load(text, path=str(path))


def check(sources: SourcesFile = DEFAULT_FILE) -> None:
    """Find every mistake in the sources file: exit 0 if there is none, else 2.

    Example: darial sources check --sources my-outlets.toml
    """
    found = read_sources(sources)
    feeds = [feed for source in found.sources for feed in source.feeds]
    rules = [rules for source in found.sources for rules in source.rules]
    terminal.talk(
        f"{sources}: {_count(len(found.sources), 'outlet')} ({len(found.enabled)} enabled), "
        f"{_count(len(feeds), 'feed')} ({sum(f.enabled for f in feeds)} enabled), "
        f"{_count(len(rules), 'rule set')} ({sum(r.proved for r in rules)} proved): no mistakes"
    )
    if not found.settings.contact:
        terminal.talk(
            f"{sources}: settings.contact is not set: servers are not told whom to ask about your requests"
        )


def list_(
    sources: SourcesFile = DEFAULT_FILE,
    country: Annotated[
        list[str] | None, Option(help="Only outlets of this country (again for more).", metavar="CODE")
    ] = None,
    language: Annotated[
        list[str] | None, Option(help="Only outlets in this language (again for more).", metavar="CODE")
    ] = None,
    enabled: Annotated[
        bool | None, Option("--enabled/--disabled", help="Only outlets that are polled, or are not.")
    ] = None,
    json: Annotated[bool, Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the outlets of the sources file.

    Example: darial sources list --country ge --enabled
    """
    found = [
        source
        for source in read_sources(sources).sources
        if (not country or source.country in country)
        and (not language or not set(language).isdisjoint(source.languages))
        and (enabled is None or source.enabled == enabled)
    ]
    if json:
        for source in found:
            terminal.out(source)
        return
    terminal.table(
        None,
        ["id", "name", "country", "languages", "feeds", "enabled"],
        _rows(found),
        to_stdout=True,
    )
    terminal.talk(f"{_count(len(found), 'outlet')}, {sum(s.enabled for s in found)} enabled")


def _rows(sources: Iterable[Source]) -> list[list[str]]:
    return [
        [
            source.id,
            source.name,
            source.country,
            " ".join(source.languages),
            f"{sum(f.enabled for f in source.feeds)} of {len(source.feeds)}" if source.feeds else "none",
            "yes" if source.enabled else "no",
        ]
        for source in sources
    ]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def register(app: terminal.Group) -> None:
    group = terminal.app("The outlets: sources.toml, checked and shown.")
    group.command("check")(check)
    group.command("list")(list_)
    app.add_typer(group, name="sources")
