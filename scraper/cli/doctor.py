"""Check this machine, the settings and a store: ``darial doctor``."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import doctor_checks, terminal
from scraper.cli.doctor_checks import Check
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import option
from scraper.error_messages import explain_code
from scraper.errors import ConfigError, DarialError, StoreError
from scraper.text.human import byte_size, counted
from storage import location, open_store

if TYPE_CHECKING:
    from scraper.config.load import Sources

SAMPLE = 5  # feeds
ZONES = ("Asia/Tbilisi", "Asia/Yerevan", "Asia/Baku", "Europe/Moscow", "Europe/Istanbul")
_MARKS = {"ok": "ok", "warning": "!", "wrong": "WRONG", "skipped": "-"}
_STYLES = {"warning": "yellow", "wrong": "red bold", "skipped": "dim"}


def doctor(
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    network: Annotated[
        bool, option("--network", "Also fetch a few feeds, and compare the clock with their servers.")
    ] = False,
    json: Json = False,
) -> None:
    r"""Check this machine, the settings and a store.

    Says what is wrong and what to do; changes nothing. Works while the daemon runs. The exit code is 1 if something is wrong,
    and 0 if there are only warnings.

    \b
    Examples:
      darial doctor
      darial doctor --network --store /var/lib/darial
      darial doctor --json | jq '.checks[] | select(.verdict == "wrong")'
    """
    from scraper import clock

    now = clock.now()
    known, config = settings_checks(sources)
    checks = [*machine_checks(os.environ), config, *store_checks(store, now)]
    tried, dates = asyncio.run(feed_sample(known)) if network and known else ({}, [])
    checks += doctor_checks.clock(now, dates), doctor_checks.feeds(tried)
    if json:
        terminal.print_json({"at": now, "ok": not doctor_checks.failing(checks), "checks": checks})
    else:
        rows = [(_MARKS[c.verdict], c.name, c.found, c.advice or "") for c in checks]
        styles = [_STYLES.get(c.verdict, "") for c in checks]
        terminal.print_table(None, ("", "what", "found", "what to do"), rows, styles=styles)
        counts = [sum(c.verdict == verdict for c in checks) for verdict in ("wrong", "warning")]
        terminal.log_line(
            f"{counted(len(checks), 'check')}, {counts[0]} wrong, {counted(counts[1], 'warning')}"
        )
    if doctor_checks.failing(checks):
        raise terminal.Exit(1)


def machine_checks(environ: Mapping[str, str]) -> Iterator[Check]:
    """Check Python, its libraries, and the limits of this machine."""
    import resource
    import sqlite3
    import zoneinfo
    from pyexpat import version_info as expat

    newer = "install a newer Python, and Darial with it"
    yield doctor_checks.version("python", sys.version_info[:3], doctor_checks.OLDEST_PYTHON, newer)
    with sqlite3.connect(":memory:") as db:
        options = {row[0] for row in db.execute("PRAGMA compile_options")}
    db.close()
    yield doctor_checks.sqlite(sqlite3.sqlite_version_info, options)
    yield doctor_checks.version(
        "expat", expat, doctor_checks.OLDEST_EXPAT, "a hostile feed could fill the memory"
    )
    yield doctor_checks.libraries(list(_missing_libraries()))
    known = zoneinfo.available_timezones()
    yield doctor_checks.time_zones([zone for zone in ZONES if zone not in known])
    yield doctor_checks.open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield doctor_checks.proxies(environ)
    conf = Path("/etc/resolv.conf")
    yield doctor_checks.name_servers(conf.read_text(errors="replace") if conf.is_file() else None)


def _missing_libraries() -> Iterator[str]:
    """Yield the libraries that Darial needs on this Python and that are not there; those of extras are not needed."""
    import re
    from importlib import metadata

    for want in metadata.requires("darial") or ():
        # the only one that ours have besides extras
        mark = re.search(r"python_version (<|>=) .3\.(\d+)", want)
        if "extra ==" in want or (mark and (sys.version_info[1] < int(mark[2])) is not (mark[1] == "<")):
            continue
        name = re.split(r"[ <>=!~;\[]", want, maxsplit=1)[0]
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name


def settings_checks(path: Path) -> tuple[Sources | None, Check]:
    """Check the sources file; return its content if it can be read."""
    try:
        known = read_sources(path)
    except ConfigError as error:
        more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
        return None, doctor_checks.wrong(
            "settings", error.problems[0] + more, f"darial sources check --sources {path}"
        )
    said = f"{path}: {counted(len(known.enabled), 'enabled source')}"
    if not known.enabled:
        return known, doctor_checks.wrong(
            "settings", said, "enable a source, or add one: darial sources add URL"
        )
    if not known.settings.contact:
        return known, doctor_checks.warning("settings", f"{said}, no contact", "set [settings] contact")
    return known, doctor_checks.ok("settings", said)


def store_checks(store: str, now: datetime) -> Iterator[Check]:
    """Check the store and its disk."""
    from storage import lock

    folder = location.directory(store)
    owner = None
    if folder is not None:
        place = folder.absolute()
        while not place.exists():
            place = place.parent
        usage, files = shutil.disk_usage(place), os.statvfs(place)
        yield doctor_checks.disk(
            str(place), usage.free, usage.total, files.f_favail if files.f_files else None
        )
        yield doctor_checks.file_system(_file_system(place))
        names = [
            place,
            *(folder.iterdir() if place == folder.absolute() and os.access(place, os.R_OK) else ()),
        ]
        yield doctor_checks.permissions([str(name) for name in names if not os.access(name, os.W_OK)])
        owner = lock.holder(folder / "lock")
    try:
        with open_store(store, read_only=True) as opened:
            stats, states = opened.stats(), opened.source_states().values()
    except StoreError as error:
        if error.code == "store_missing":
            yield doctor_checks.ok("store", f"no store yet at {location.shown(store)}")
        else:
            yield doctor_checks.wrong("store", str(error), explain_code(error.code))
        return
    held = f"process {owner} writes to it" if owner else "no process writes to it"
    yield doctor_checks.ok(
        "store", f"{counted(stats.articles, 'article')}, {byte_size(stats.database_bytes)}; {held}"
    )
    yield doctor_checks.projection(stats.seq, stats.projected, owner is not None)
    yield doctor_checks.future(now, max((s.last_poll for s in states if s.last_poll), default=None))
    yield doctor_checks.polling(now, states, owner is not None)
    yield doctor_checks.broken(states)
    yield doctor_checks.failing_sources(states)
    yield doctor_checks.memory(states)


def _file_system(place: Path) -> str | None:
    """Return the kind of file system of a directory, if /proc tells it (Linux)."""
    try:
        mounts = Path("/proc/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return None
    best: tuple[str, str | None] = ("", None)
    for line in mounts:
        _, point, kind, *_ = line.split(" ")
        point = point.encode().decode("unicode_escape")
        if place.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


async def feed_sample(known: Sources) -> tuple[dict[str, str | None], list[datetime]]:
    """Fetch a few feeds as the daemon would; return their error codes by address, and the times of their servers."""
    from email.utils import parsedate_to_datetime

    from scraper.feeds.parse import parse_feed
    from scraper.fetch.fetcher import Fetcher
    from scraper.model import Page

    addresses = [feed.url for source in known.enabled for feed in source.feeds if feed.enabled]
    addresses = addresses[:: max(1, len(addresses) // SAMPLE)][:SAMPLE]
    dates: list[datetime] = []

    async def error_code(url: str) -> str | None:
        try:
            page = await fetcher.get(url, kind="feed")
            assert isinstance(page, Page)  # the request was not conditional
            if "date" in page.headers:
                dates.append(parsedate_to_datetime(page.headers["date"]))
            parse_feed(page.body, headers=page.headers, url=page.final_url)
        except DarialError as error:
            return error.code
        except ValueError:  # a wrong Date header
            return None
        return None

    async with Fetcher(known.settings) as fetcher:
        codes = await asyncio.gather(*map(error_code, addresses))
    return dict(zip(addresses, codes, strict=True)), dates
