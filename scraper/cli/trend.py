"""Count words over time: ``darial trend``."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from scraper import clock
from scraper.cli import terminal
from scraper.cli.filters import Countries, Languages, SourceIds, narrowed, refuse_unknown
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources
from scraper.cli.terminal import argument, option
from scraper.codec import replace
from scraper.errors import ConfigError
from storage import open_store

USUAL_DAYS = 30
SHOWN_COLUMNS = 8  # of a table; CSV and JSON have all


def trend_command(
    words: Annotated[list[str], argument("QUERY...", "What to count: each as `darial search` takes it.")],
    *,
    store: StoreDir = DEFAULT_STORE,
    by: Annotated[
        str, option("--by country|language|source|none", "One column for each of these.")
    ] = "country",
    step: Annotated[str | None, option("--step day|week|month", "One row for each of these.")] = None,
    since: Annotated[str | None, option("--since DAY", "The first day; default: 30 days ago.")] = None,
    until: Annotated[str | None, option("--until DAY", "The last day; default: today.")] = None,
    timezone: Annotated[
        str | None, option("--timezone ZONE", "Time zone of the days; default: [web] timezone.")
    ] = None,
    source: SourceIds = None,
    country: Countries = None,
    language: Languages = None,
    sources: SourcesFile = DEFAULT_FILE,
    csv: Annotated[bool, option("--csv", "Print CSV: a row a query, value and step.")] = False,
    json: Json = False,
) -> None:
    r"""Count a word over time, by country.

    Counts are exact, and of the day on which an article appeared: as published, or when it was first seen. Several queries
    are counted side by side. In the browser: /trend.

    \b
    Examples:
      darial trend Gyumri
      darial trend Karabakh Qarabağ --by language --step week --since 2026-01-01
      darial trend '"peace treaty"' --by source --country am --csv > trend.csv
    """
    from scraper.web.downloads import csv_table
    from scraper.web.trend import BY, STEPS, TREND_COLUMNS, fitting_step, trend, trend_rows

    if by not in BY:
        raise ConfigError([f"--by {by}: one of {', '.join(BY)}"])
    if step is not None and step not in STEPS:
        raise ConfigError([f"--step {step}: one of {', '.join(STEPS)}"])
    known = known_sources(sources)
    zone = _zone(timezone or known.settings.web.timezone)
    last = _day(until, "--until") or clock.now().astimezone(zone).date()
    first = _day(since, "--since") or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise ConfigError([f"--since {first}: after --until {last}"])
    filters = replace(
        narrowed(
            source=source,
            country=country,
            sources=sources,
            language=language,
            since=None,
            until=None,
            cluster=None,
            has_related=False,
        ),
        since=datetime.combine(first, time(), zone),
        until=datetime.combine(last + timedelta(days=1), time(), zone),
    )
    with open_store(store, read_only=True) as opened:
        refuse_unknown(opened, sources, source=source, language=language, cluster=None)
        step, country_of = step or fitting_step(first, last), {one.id: one.country for one in known.sources}
        counted = [(query, opened.facets(query, filters, zone=zone.key)) for query in words]
        found = [
            trend(*each, by=by, step=step, span=(first, last), country_of=country_of) for each in counted
        ]
    if csv:
        sys.stdout.buffer.write(csv_table(TREND_COLUMNS, trend_rows(found), mark=False))
        terminal.flush_stdout()
        return
    for each in found:
        if json:
            terminal.print_json(each)
            continue
        shown = each.series[:SHOWN_COLUMNS]
        terminal.print_table(
            f"{each.query}: {each.total}",
            [each.step, *(one.value or ("articles" if by == "none" else "unknown") for one in shown), "all"],
            [
                [str(day), *(one.counts[i] for one in shown), sum(one.counts[i] for one in each.series)]
                for i, day in enumerate(each.steps)
            ],
        )


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{option} {text}: not a day like 2026-11-23"]) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ConfigError([f"--timezone {name}: not a zone like Asia/Tbilisi"]) from None
