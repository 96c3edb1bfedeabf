"""The options by which searches and exports are narrowed, and what they mean: a storage Filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.terminal import Option
from scraper.errors import ConfigError, StoreError
from storage.model import Filter
from storage.protocol import Store

SourceIds = Annotated[
    list[str] | None, Option("--source", metavar="ID", help="Only this outlet (again for more).")
]
Countries = Annotated[
    list[str] | None,
    Option("--country", metavar="CODE", help="Only outlets of this country (again for more)."),
]
Languages = Annotated[
    list[str] | None, Option("--language", metavar="CODE", help="Only this language (again for more).")
]
Since = Annotated[str | None, Option("--since", metavar="TIME", help="Only what appeared then or later.")]
Until = Annotated[str | None, Option("--until", metavar="TIME", help="Only what appeared before.")]
ClusterId = Annotated[str | None, Option("--cluster", metavar="ID", help="Only this cluster.")]
HasRelated = Annotated[bool, Option("--has-related", help="Only articles with related headlines.")]


def narrowed(
    *,
    within: str = "text",
    source: Sequence[str] | None,
    country: Sequence[str] | None,
    sources: Path,
    language: Sequence[str] | None,
    since: datetime | None,
    until: str | None,
    cluster: str | None,
    has_related: bool,
) -> Filter:
    """The options' filter. An outlet passes if it is named or of a named country, as the file ``sources`` has it."""
    if within not in ("text", "related"):
        raise ConfigError([f"--in {within}: text or related"])
    outlets = tuple(source or ())
    if country:
        from scraper.cli.sources_file import read_sources

        codes = {code.lower() for code in country}
        outlets += tuple(s.id for s in read_sources(sources).sources if s.country in codes)
        if not outlets:
            raise ConfigError([f"--country {' '.join(country)}: {sources} has no outlet of it"])
    return Filter(
        within=within,
        sources=outlets,
        languages=tuple(code.lower() for code in language or ()),
        since=since,
        until=moment_value(until, "--until"),
        cluster=cluster,
        has_related=has_related,
    )


def strange(
    store: Store, *, source: Sequence[str] | None, language: Sequence[str] | None, cluster: str | None
) -> Iterator[str]:
    """What of the options names nothing at all: an empty answer would be taken for one about the articles."""
    from scraper.config.codes import LANGUAGES

    def empty(filters: Filter) -> bool:
        return not store.newest(None, filters, limit=1, grouped=False)

    for name in source or ():
        if not store.source_states([name]) and empty(Filter(sources=(name,))):
            yield f"--source {name}: the store knows no such outlet"
    for code in language or ():
        if code.lower() not in LANGUAGES and empty(Filter(languages=(code.lower(),))):
            yield f"--language {code}: no code of a language, like hy, ka or ru"
    if cluster is not None and empty(Filter(cluster=cluster)):
        yield f"--cluster {cluster}: the store knows no such cluster"


class LeftOut:
    """Lines that are not what was stored: each is named as it is left out, and the command ends with 1."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, error: StoreError) -> None:
        self.count += 1
        terminal.log_line(f"left out: {error}")

    def judge(self) -> None:
        """Raises Exit(1) if anything was left out."""
        if self.count:
            raise terminal.Exit(1)


def beyond(store: Store, after: int) -> Iterator[str]:
    """A cursor that the store has not come to: it is another store's, or was no cursor."""
    if after > (last := store.seq()):
        yield f"--since {after}: the last seq of this store is {last}"


def moment_value(text: str | None, option: str = "--since") -> datetime | None:
    """An option's time as an aware one; without an offset it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{option} {text}: not a time like 2026-11-23 or 2026-11-23T06:00Z"]) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
