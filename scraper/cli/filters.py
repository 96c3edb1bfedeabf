"""Turn the options that narrow searches and exports into a storage Filter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.terminal import option
from scraper.errors import ConfigError, StoreError
from storage.model import Filter

if TYPE_CHECKING:
    from storage import Store

SourceIds = Annotated[list[str] | None, option("--source ID", "Only this source; repeat for more.")]
Countries = Annotated[
    list[str] | None, option("--country CODE", "Only sources of this country; repeat for more.")
]
Languages = Annotated[list[str] | None, option("--language CODE", "Only this language; repeat for more.")]
Since = Annotated[str | None, option("--since TIME", "Only since this time; also 7d, yesterday.")]
Until = Annotated[str | None, option("--until TIME", "Only before this time; also 7d, today.")]
By = Annotated[str, option("--by published|seen", "What --since and --until mean.")]
ClusterId = Annotated[str | None, option("--cluster ID", "Only this cluster.")]
HasRelated = Annotated[bool, option("--has-related", "Only articles with related headlines.")]


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


def refuse_unknown(
    store: Store,
    sources: Path,
    *,
    source: Sequence[str] | None,
    language: Sequence[str] | None,
    cluster: str | None,
) -> None:
    """Raise ConfigError for options that name nothing: a typing error would look like an empty answer."""
    from scraper.cli.sources_file import known_sources
    from scraper.config.codes import LANGUAGES

    listed = {s.id for s in known_sources(sources).sources} if source else set()

    def empty(filters: Filter) -> bool:
        return not store.newest(None, filters, limit=1, grouped=False)

    wrong = [
        f"--source {name}: neither the store nor {sources} has such a source"
        for name in source or ()
        if not store.source_states([name]) and empty(Filter(sources=(name,))) and name not in listed
    ]
    wrong += [
        f"--language {code}: not a language code like hy, ka or ru"
        for code in language or ()
        if code.lower() not in LANGUAGES and empty(Filter(languages=(code.lower(),)))
    ]
    if cluster is not None and empty(Filter(cluster=cluster)):
        wrong.append(f"--cluster {cluster}: the store has no such cluster")
    if wrong:
        raise ConfigError(wrong)


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


_AGO = re.compile(r"(\d{1,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS_AGO = {"today": 0, "yesterday": 1}


def moment_value(text: str | None, option: str = "--since") -> datetime | None:
    """Return the time of an option, in UTC if it has no offset: a date, a time, ``7d`` ago, today, yesterday.

    Raises ConfigError.
    """
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return clock.now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if text in _DAYS_AGO:
        return clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=_DAYS_AGO[text]
        )
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            [f"{option} {text}: not a time like 2026-11-23, 2026-11-23T06:00Z, 7d, 12h, today or yesterday"]
        ) from None
