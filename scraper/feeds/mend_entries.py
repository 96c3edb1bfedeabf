"""Mend what parsed entries say against better knowledge: links that lead to no article, local times called UTC. Pure.

In: the Feed of any parser. Out: the same Feed with those links and dates put right, and a note for each kind of mending.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from scraper.codec import replace
from scraper.feeds.markup import absolute_link
from scraper.model import Entry, Feed
from scraper.text.dates import called_utc, named_time
from scraper.urls import canonical_or_none

CLOCK_SKEW = timedelta(minutes=10)  # of an outlet's clock against ours


def mended(found: Feed, *, base: str | None, timezone: str | None, now: datetime | None) -> Feed:
    """Return a feed with its entries mended. ``base`` is what relative guids are relative to."""
    linked = _with_permalinks(found.entries, base, found.link)
    entries = [_in_local_time(entry, timezone, now) for entry in linked]
    moved = sum(new is not old for new, old in zip(entries, linked, strict=True))
    notes = (f"local_time_called_utc:{moved}",) if moved else ()
    return replace(found, entries=tuple(entries), notes=(*found.notes, *notes))


def _with_permalinks(entries: tuple[Entry, ...], base: str | None, home: str | None) -> list[Entry]:
    """Return the entries; where the link is the home page's or the same for all, the guid is the link if it is an address."""
    counts = Counter(entry.url for entry in entries)
    same = {url for url, count in counts.items() if count == len(entries) > 1}
    homes = {canonical_or_none(home), canonical_or_none(base)} - {None}
    return [
        replace(entry, url=link)
        if entry.guid
        and entry.url
        and (entry.url in same or _is_home(entry.url, homes))
        # what names no article in particular yields to what does
        and is_address(entry.guid)
        and (link := absolute_link(entry.guid, base))
        and not _is_home(link, homes)
        else entry
        for entry in entries
    ]


def _is_home(url: str, homes: set[str | None]) -> bool:
    canonical = canonical_or_none(url)
    return canonical is not None and (
        canonical in homes or (canonical.count("/") == 3 and canonical[-1] == "/")
    )


def is_address(guid: str) -> bool:
    """Return True if a guid is meant to be followed: absolute, or a path."""
    return guid.startswith(("http://", "https://", "/")) or (
        ":" not in guid and "/" in guid and " " not in guid
    )


def _in_local_time(entry: Entry, timezone: str | None, now: datetime | None) -> Entry:
    """Return the entry; a time "UTC" that is still to come is the outlet's local time, if that is past."""
    told, raw = entry.published, entry.published_raw
    if timezone is None or now is None or told is None or told <= now + CLOCK_SKEW or not called_utc(raw):
        return entry
    local = named_time(told, timezone)
    if local > now + CLOCK_SKEW:
        return entry
    changed = entry.modified
    return replace(
        entry,
        published=local,
        modified=named_time(changed, timezone) if changed and changed > now else changed,
    )
