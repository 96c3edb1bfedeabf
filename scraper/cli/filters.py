"""Turn the options that narrow searches and exports into a storage Filter."""

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
    list[str] | None, Option("--source", metavar="ID", help="Only this source; repeat for more.")
]
Countries = Annotated[
    list[str] | None,
    Option("--country", metavar="CODE", help="Only sources of this country; repeat for more."),
]
Languages = Annotated[
    list[str] | None, Option("--language", metavar="CODE", help="Only this language; repeat for more.")
]
Since = Annotated[str | None, Option("--since", metavar="TIME", help="Only at this time or later.")]
Until = Annotated[str | None, Option("--until", metavar="TIME", help="Only before this time.")]
By = Annotated[
    str,
    Option("--by", metavar="published|seen", help="The clock of --since and --until."),
]
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
    by: str = "published",
) -> Filter:
    """Return the filter of the options. A source passes by its id, or by its country in the file ``sources``."""
    if within not in ("text", "related"):
        raise ConfigError([f"--in {within}: text or related"])
    if by not in ("published", "seen"):
        raise ConfigError([f"--by {by}: published or seen"])
    ids = tuple(source or ())
    if country:
        from scraper.cli.sources_file import read_sources

        codes = {code.lower() for code in country}
        ids += tuple(s.id for s in read_sources(sources).sources if s.country in codes)
        if not ids:
            raise ConfigError([f"--country {' '.join(country)}: {sources} has no source of this country"])
    return Filter(
        within=within,
        sources=ids,
        languages=tuple(code.lower() for code in language or ()),
        by=by,
        since=since,
        until=moment_value(until, "--until"),
        cluster=cluster,
        has_related=has_related,
    )


def unknown_names(
    store: Store, *, source: Sequence[str] | None, language: Sequence[str] | None, cluster: str | None
) -> Iterator[str]:
    """Yield a warning for each option that names nothing: without it, a typing error would look like an empty answer."""
    from scraper.config.codes import LANGUAGES

    def empty(filters: Filter) -> bool:
        return not store.newest(None, filters, limit=1, grouped=False)

    for name in source or ():
        if not store.source_states([name]) and empty(Filter(sources=(name,))):
            yield f"--source {name}: the store has no such source"
    for code in language or ():
        if code.lower() not in LANGUAGES and empty(Filter(languages=(code.lower(),))):
            yield f"--language {code}: not a language code like hy, ka or ru"
    if cluster is not None and empty(Filter(cluster=cluster)):
        yield f"--cluster {cluster}: the store has no such cluster"


class LeftOut:
    """Counts damaged lines: each is named and left out, and the command ends with exit code 1."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, error: StoreError) -> None:
        self.count += 1
        terminal.log_line(f"left out: {error}")

    def judge(self) -> None:
        """Raise Exit(1) if anything was left out."""
        if self.count:
            raise terminal.Exit(1)


def unreached(store: Store, after: int) -> Iterator[str]:
    """Yield a warning for a seq that the store has not reached: it belongs to another store, or is wrong."""
    if after > (last := store.seq()):
        yield f"--since {after}: the last seq of this store is {last}"


def moment_value(text: str | None, option: str = "--since") -> datetime | None:
    """Return the time of an option, UTC if it has no offset. Raises ConfigError."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{option} {text}: not a time like 2026-11-23 or 2026-11-23T06:00Z"]) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
