"""Write what a watch found as one message, and say when it goes out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scraper.codec import Struct
from scraper.model import Record
from scraper.settings import Watch
from scraper.text.human import counted
from storage.model import ToldStory

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
    entries = [_of_copies(watch, group, names) for group in groups.values()]
    return _alert(watch, counted(len(records), "new article"), entries)


def alert_for_stories(watch: Watch, stories: Sequence[ToldStory], names: Mapping[str, str]) -> Alert:
    """Write the message for new stories, one entry each: its first title, and who tells it."""
    entries = [
        _entry(
            watch,
            title=story.title,
            link=story.members[0].url,
            sources=[names.get(member.source, member.source) for member in story.members],
            countries=story.countries,
            moment=story.first,
            count=story.outlets,
        )
        for story in stories
    ]
    return _alert(watch, f"{len(stories)} new {'story' if len(stories) == 1 else 'stories'}", entries)


def _alert(watch: Watch, news: str, entries: list[str]) -> Alert:
    more = [f"... and {len(entries) - MAX_GROUPS} more"] if len(entries) > MAX_GROUPS else []
    return Alert(f"{watch.id}: {news}", "\n\n".join([*entries[:MAX_GROUPS], *more]))


def _of_copies(watch: Watch, group: Sequence[Record], names: Mapping[str, str]) -> str:
    first = min(group, key=lambda record: (record.published or record.first_seen, record.seq))
    return _entry(
        watch,
        title=first.title,
        link=first.link or first.url,
        sources=[names.get(record.source, record.source) for record in group],
        countries=[record.country for record in group if record.country],
        moment=first.published or first.first_seen,
        count=len(group),
    )


def _entry(
    watch: Watch,
    *,
    title: str | None,
    link: str,
    sources: Sequence[str],
    countries: Sequence[str],
    moment: datetime,
    count: int,
) -> str:
    values = {
        "title": title or NO_TITLE,
        "link": link,
        "sources": ", ".join(dict.fromkeys(sources)),
        "countries": " ".join(dict.fromkeys(code.upper() for code in countries)),
        "time": f"{moment.astimezone(ZoneInfo(watch.timezone)):%Y-%m-%d %H:%M}",
        "n": str(count),
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
