"""Define the tables of sources.toml that are about Darial itself: ``[settings]``, ``[store]``, ``[web]``, ``[[notify]]``. Pure.

Each field is a key of the file with its default. A source's own entry goes first: ``agent``, ``pace``, ``poll_minutes`` and
``revisits`` answer for one source.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from scraper.codec import Struct, field_names
from scraper.model import Source
from scraper.version import __version__

# RFC 9309 section 2.2.1: the name by which robots.txt files may address us.
PRODUCT = "Darial"


class StoreSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[store]``: what is stored beside the records."""

    archive: bool = False  # keep every fetched page as WARC, so that it can be extracted again
    archive_max_mb: float = 10_240  # the oldest archive files go when all together are larger
    compact: bool = False  # pack the JSON files of days that are over
    keep_days: float | None = None  # purge articles whose last revision is older; None: keep everything


class Notify(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[notify]]``: an address that receives new records. An empty key narrows nothing."""

    id: str
    url: str
    secret: str | None = None  # what messages are signed with
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # ids of sources
    # one of them stands in the title or the body; headlines of other articles do not count
    words: tuple[str, ...] = ()
    watch: str | None = None  # id of a watch whose articles are sent, instead of the three keys above
    enabled: bool = True


class Watch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[watch]]``: a search with a name, for the pages, the command line and alerts. An empty key narrows nothing.

    With ``min_outlets`` or ``min_countries`` it waits for stories: told in each of the countries, by one at least of the sources,
    and one article at least fits the query and the languages.
    """

    id: str
    query: str = ""  # as in `darial search`
    sources: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    min_outlets: int = 0
    min_countries: int = 0
    # addresses of Apprise: who is told of new articles; nobody: only the pages show them
    to: tuple[str, ...] = ()
    every: str = "now"  # or "hour", "day": all that came since the last message in one
    at: str = "08:00"  # when a day's message goes out
    quiet: str | None = None  # "22:00-07:00": what comes then waits
    timezone: str = "UTC"  # of at and quiet
    template: str | None = None  # of one article or story: {title} {link} {sources} {countries} {time} {n}

    @property
    def on_stories(self) -> bool:
        """True if it waits for stories, not for articles."""
        return bool(self.min_outlets or self.min_countries)


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[web]``: the pages for the browser and the HTTP interface (docs/web.md)."""

    enabled: bool = False  # served by the daemon; `darial web` serves in any case
    host: str = "127.0.0.1"
    port: int = 8750
    # What visitors must show once; must be there where others than this machine can come
    token: str | None = None
    names: tuple[str, ...] = ()  # host names under which we are asked for: behind a reverse proxy, say
    timezone: str = "UTC"  # of the days that are counted, and of times where no script shows the reader's own


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[settings]``: how Darial behaves on the network."""

    user_agent: str = f"{PRODUCT}/{__version__}"
    contact: str | None = None  # web or mail address of who runs this Darial; told to every server
    max_in_flight: int = 32  # requests under way at one time, over all hosts
    pace_seconds: float = 1.0  # between two requests to one host
    poll_min_minutes: float = 5  # no source is polled more often,
    poll_max_minutes: float = 360  # and none that answers less often
    feed_timeout_seconds: float = 30  # for a whole request, redirects included
    page_timeout_seconds: float = 45
    max_pages_per_poll: int = 60  # articles fetched in one poll of one source; the rest wait for the next
    # hours after publication at which an article's page is asked again; none: never
    revisit_hours: tuple[float, ...] = (1, 24, 168)
    # links from a source's articles to unannounced ones, followed in a day; 0: none
    max_related_per_day: int = 50
    allow_private_hosts: tuple[str, ...] = ()  # addresses, networks and host names off the public internet
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    notify: tuple[Notify, ...] = ()
    watch: tuple[Watch, ...] = ()

    def agent(self, source: Source | None = None) -> str:
        """Return the User-Agent header for requests to a source: a name, and how to reach its operator."""
        agent = (source and source.user_agent) or self.user_agent
        if not self.contact or self.contact in agent:
            return agent
        return f"{agent} (+{self.contact})"

    def pace(self, source: Source | None = None) -> float:
        """Return the seconds between two requests to one host of a source."""
        if source is None or source.pace_seconds is None:
            return self.pace_seconds
        return source.pace_seconds

    def poll_minutes(self, source: Source | None = None) -> tuple[float, float]:
        """Return the shortest and longest polling interval of a source. A source's own bound moves the other one out of its way."""
        low = source.poll_min_minutes if source else None
        high = source.poll_max_minutes if source else None
        floor = self.poll_min_minutes if low is None else low
        ceiling = self.poll_max_minutes if high is None else high
        if low is None:
            floor = min(floor, ceiling)
        if high is None:
            ceiling = max(floor, ceiling)
        return floor, ceiling

    def revisits(self, source: Source) -> tuple[float, ...]:
        """Return the hours after which a source's articles are fetched again."""
        return self.revisit_hours if source.revisit_hours is None else source.revisit_hours


# The tables that have one value a key, and the type that lists their keys.
TABLES: dict[str, type[Struct]] = {"settings": Settings, "store": StoreSettings, "web": WebSettings}


def settings_keys(table: str) -> dict[str, Any]:
    """Return the keys of a table and the type of each; the tables inside ``Settings`` are not keys."""
    others = (*TABLES, "notify", "watch")
    return {field.name: field.type for field in field_names(TABLES[table]) if field.name not in others}


MIN_TOKEN_CHARS = 16


def is_loopback(host: str) -> bool:
    """Return True if only this machine can reach what listens on a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
