"""Write what a watch found as one message, and say when it goes out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scraper.codec import Struct
from scraper.model import Record
from scraper.settings import Watch

MAX_GROUPS = 40  # in one message; the rest is counted
NO_TITLE = "(no title)"


class Alert(Struct, frozen=True):
    """A message of plain text."""

    title: str
    body: str


def alert_for(watch: Watch, records: Sequence[Record], names: Mapping[str, str]) -> Alert:
    """Write the message for new articles, one entry a text: copies are named in it. ``names``: of sources by id."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.cluster or record.id, []).append(record)
    entries = [_entry(watch, group, names) for group in list(groups.values())[:MAX_GROUPS]]
    if len(groups) > MAX_GROUPS:
        entries.append(f"... and {len(groups) - MAX_GROUPS} more")
    count = len(records)
    return Alert(f"{watch.id}: {count} new article{'s' if count > 1 else ''}", "\n\n".join(entries))


def _entry(watch: Watch, group: Sequence[Record], names: Mapping[str, str]) -> str:
    first = min(group, key=lambda record: (record.published or record.first_seen, record.seq))
    moment = (first.published or first.first_seen).astimezone(ZoneInfo(watch.timezone))
    values = {
        "title": first.title or NO_TITLE,
        "link": first.link or first.url,
        "sources": ", ".join(dict.fromkeys(names.get(record.source, record.source) for record in group)),
        "countries": " ".join(dict.fromkeys(record.country.upper() for record in group if record.country)),
        "time": f"{moment:%Y-%m-%d %H:%M}",
        "n": str(len(group)),
    }
    return (watch.template or "{title}\n{sources}, {time}\n{link}").format_map(values)


def next_alert(watch: Watch, now: datetime) -> datetime:
    """Return when the next message may go out: now, at the full hour or at ``at``; after quiet hours if it falls in them."""
    local = now.astimezone(ZoneInfo(watch.timezone))
    if watch.every == "hour":
        local = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    elif watch.every == "day":
        at = time.fromisoformat(watch.at)
        day = local.date() if local.time() < at else local.date() + timedelta(days=1)
        local = datetime.combine(day, at, local.tzinfo)
    if watch.quiet is not None:
        begin, end = map(time.fromisoformat, watch.quiet.split("-"))
        clock = local.time()
        inside = begin <= clock < end if begin < end else clock >= begin or clock < end
        if inside:
            day = local.date() + timedelta(days=1 if clock >= end else 0)
            local = datetime.combine(day, end, local.tzinfo)
    return local.astimezone(now.tzinfo)
