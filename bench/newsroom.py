"""A world of outlets that publish, edit, break down and lie, from a seed: what ``bench freshness`` is measured on.

``World(seed).answer(url, headers, now)`` is the whole of it: (status, headers, body) of any of its URLs at any time. It
knows every article and when it was published, so that what was missed and how late the rest came can be counted.
"""

from __future__ import annotations

import bisect
import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import NormalDist

from scraper.model import FeedRef, Source

# Relative rate by local hour. Portal and service are as counted in 2,040 times of a listing and in 1,900 of two sitemaps.
DAY_SHAPES = {
    "portal": (6, 6, 4, 2, 2, 2, 2, 2, 2, 6, 13, 14, 14, 16, 12, 14, 18, 20, 10, 9, 9, 8, 7, 7),
    "service": (2, 1, 0, 0, 0, 0, 0, 0, 2, 7, 11, 11, 10, 14, 15, 16, 12, 12, 15, 19, 17, 13, 8, 4),
    "daily": (1, 1, 1, 1, 1, 2, 4, 8, 13, 17, 17, 15, 14, 13, 13, 14, 15, 15, 13, 10, 8, 6, 4, 2),
    "bureau": (0, 0, 0, 0, 0, 0, 0, 1, 8, 20, 20, 18, 14, 10, 16, 20, 20, 16, 4, 1, 0, 0, 0, 0),
}
MEDIAN_A_DAY, SPREAD = 30.0, 1.15  # articles of an outlet: the logarithm is normal ...
LEAST_A_DAY, MOST_A_DAY = 3.0, 1440.0  # ... and one agency prints 60 an hour
Answer = tuple[int, dict[str, str], bytes]
NOTHING: Answer = (404, {}, b"")
CACHED = timedelta(minutes=10)  # for how long a cache in front of an outlet keeps its copy


@dataclass(slots=True)
class Story:
    """One article of the world. ``edited``: when its text changed and its entry moved to the top of the feed again."""

    url: str
    published: datetime
    edited: datetime | None = None
    deleted: datetime | None = None

    def text(self, now: datetime) -> tuple[str, ...]:
        """What its page says."""
        edited = self.edited is not None and self.edited <= now
        return (
            ("It happened.", "It has become known that more has happened.") if edited else ("It happened.",)
        )


@dataclass(slots=True)
class Outlet:
    """One outlet, its character, and everything that it will publish."""

    source: Source
    host: str
    per_day: float
    depth: int
    dated: bool
    traits: frozenset[str]
    stories: list[Story] = field(default_factory=list)
    # of the feed, sorted: published or edited
    changes: list[tuple[datetime, Story]] = field(default_factory=list)
    down: list[tuple[datetime, datetime, int]] = field(default_factory=list)  # status 0: does not answer
    snapshot: tuple[datetime, bytes, str] | None = None  # what a cache before it still serves


class World:
    def __init__(self, seed: int, *, start: datetime, days: int, outlets: int) -> None:
        self.start = start
        self.end = start + timedelta(days=days)
        rng = random.Random(seed)
        # Rates are the quantiles of one distribution, not draws: another seed is another newsroom of the same kind.
        spread = NormalDist(math.log(MEDIAN_A_DAY), SPREAD)
        rates = [max(math.exp(spread.inv_cdf((i + 0.5) / outlets)), LEAST_A_DAY) for i in range(outlets)]
        if outlets >= 50:
            rates[-1] = MOST_A_DAY
        rng.shuffle(rates)
        self.outlets = [self._outlet(rng, i, rate) for i, rate in enumerate(rates)]
        self.by_host = {outlet.host: outlet for outlet in self.outlets}
        self.stories = {story.url: story for outlet in self.outlets for story in outlet.stories}
        begin = start + timedelta(days=days * 0.6, hours=2)
        self.our_outage = (begin, begin + timedelta(hours=2))

    def _outlet(self, rng: random.Random, i: int, per_day: float) -> Outlet:
        shape = "portal" if per_day > 200 else rng.choice(("portal", "service", "daily", "daily", "bureau"))
        traits = set()
        for trait, share in (("lying-etag", 0.04), ("cached", 0.15), ("no-validators", 0.2), ("ttl", 0.2),
                             ("sitemap", 0.4), ("listing", 0.6), ("forbids", 0.05), ("guid-chaos", 0.1)):  # fmt: skip
            if rng.random() < share:
                traits.add(trait)
        if per_day == MOST_A_DAY:  # a fifth of all articles: its tricks would be all that is measured
            traits -= {"lying-etag", "cached", "ttl"}
            traits.add("sitemap")  # as agencies have
        # even short feeds show some twenty minutes of a busy hour
        depth = max(rng.choice((10, 15, 20, 20, 25, 30, 50, 100)), int(per_day / 24 * 0.4))
        host = f"outlet{i}.test"
        dated, weekend, offset = rng.random() > 0.1, rng.uniform(0.3, 1.0), rng.choice((0, 3, 4, 4, 4))
        source = Source(
            id=f"outlet-{i}",
            name=f"Outlet {i}",
            homepage=f"http://{host}/",
            country="am",
            languages=("en",),
            timezone=f"Etc/GMT-{offset}",  # four hours before Greenwich
            feeds=(FeedRef(url=f"http://{host}/feed"),),
            sitemaps=(f"http://{host}/news.xml",) if "sitemap" in traits else (),
            listings=(f"http://{host}/latest",) if "listing" in traits else (),
            article_url=r"/news/\d+-\d+$",
        )
        outlet = Outlet(source, host, per_day, depth, dated, frozenset(traits))
        self._publish(rng, outlet, DAY_SHAPES[shape], weekend, offset)
        self._break_down(rng, outlet)
        return outlet

    def _publish(
        self, rng: random.Random, outlet: Outlet, shape: tuple[int, ...], weekend: float, offset: int
    ) -> None:
        """A Poisson process with the outlet's hours and days, and an hour of breaking news now and then."""
        mean = sum(shape) / 24
        breaking = self.start
        hour = self.start - timedelta(days=3)
        while hour < self.end:
            local = hour + timedelta(hours=offset)
            rate = outlet.per_day / 24 * shape[local.hour] / mean * (weekend if local.weekday() >= 5 else 1.0)
            if hour >= breaking:
                breaking = hour + timedelta(days=rng.expovariate(1 / 5))
            elif breaking - hour <= timedelta(hours=2):
                rate *= 3
            rate = min(rate, 60.0 * 2)
            at = hour
            while rate > 0 and (at := at + timedelta(hours=rng.expovariate(rate))) < hour + timedelta(
                hours=1
            ):
                n = len(outlet.stories)
                at = at.replace(microsecond=0)
                outlet.stories.append(Story(f"http://{outlet.host}/news/{n}-{rng.randrange(10**6)}", at))
                if rng.random() < 0.06:
                    outlet.stories[-1].edited = at + timedelta(minutes=rng.uniform(5, 300))
                elif n % 100 == 50:
                    outlet.stories[-1].deleted = at + timedelta(hours=12)
            hour += timedelta(hours=1)
        changes = [(story.published, story) for story in outlet.stories]
        changes += [(story.edited, story) for story in outlet.stories if story.edited]
        outlet.changes = sorted(changes, key=_time_of)

    def _break_down(self, rng: random.Random, outlet: Outlet) -> None:
        at = self.start
        while (at := at + timedelta(days=rng.expovariate(1 / 6))) < self.end:
            status = rng.choice((0, 0, 500, 502, 503))
            outlet.down.append((at, at + timedelta(minutes=min(rng.expovariate(1 / 45), 300)), status))
        if "forbids" in outlet.traits:
            at = self.start + timedelta(days=rng.uniform(1, 12))
            outlet.down.append((at, at + timedelta(hours=rng.uniform(2, 12)), 403))

    # ------------------------------------------------------------------------------------------ answers

    def answer(self, url: str, headers: Mapping[str, str], now: datetime) -> Answer | None:
        """What a URL gives at a time; None: no connection."""
        host, _, path = url.partition("://")[2].partition("/")
        outlet = self.by_host.get(host)
        if outlet is None or self.our_outage[0] <= now < self.our_outage[1]:
            return None
        for begin, end, status in outlet.down:
            if begin <= now < end:
                return None if status == 0 else (status, {}, b"")
        if path == "feed":
            return self._feed(outlet, headers, now)
        if path == "news.xml" and "sitemap" in outlet.traits:
            return 200, {"Content-Type": "application/xml"}, sitemap(outlet, now)
        if path == "" or (path == "latest" and "listing" in outlet.traits):
            return 200, {"Content-Type": "text/html"}, listing(outlet, now)
        return self._page(outlet, url, headers, now)

    def _page(self, outlet: Outlet, url: str, headers: Mapping[str, str], now: datetime) -> Answer:
        story = self.stories.get(url)
        if story is None or story.published > now or (story.deleted is not None and story.deleted <= now):
            return NOTHING
        paragraphs = story.text(now)
        extra = {"Content-Type": "text/html"}
        if "no-validators" not in outlet.traits:
            extra["ETag"] = f'"{len(paragraphs)}"'
            if headers.get("if-none-match") == extra["ETag"]:
                return 304, extra, b""
        return 200, extra, "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs).encode()

    def _feed(self, outlet: Outlet, headers: Mapping[str, str], now: datetime) -> Answer:
        version = bisect.bisect_right(outlet.changes, now, key=_time_of)
        extra = {"Content-Type": "application/feed+json"}
        if "ttl" in outlet.traits:  # "hourly", as many systems print into every feed
            extra["Cache-Control"] = "max-age=3600"
        if "cached" in outlet.traits:  # a cache in front of the outlet: up to ten minutes old
            extra.setdefault("Cache-Control", f"max-age={CACHED.seconds}")
            if outlet.snapshot is None or now - outlet.snapshot[0] >= CACHED:
                outlet.snapshot = (now, b"", str(version))
            else:
                extra["Age"] = str(int((now - outlet.snapshot[0]).total_seconds()))
                version, now = int(outlet.snapshot[2]), outlet.snapshot[0]
        if "no-validators" not in outlet.traits:
            tag = '"always"' if "lying-etag" in outlet.traits else f'"{version}"'
            extra["ETag"] = tag
            if headers.get("if-none-match") == tag:
                return 304, extra, b""
        return 200, extra, json_feed(outlet, now)


def _time_of(change: tuple[datetime, Story]) -> datetime:
    return change[0]


def visible(outlet: Outlet, now: datetime, since: datetime | None = None) -> list[tuple[datetime, Story]]:
    """The stories that the outlet's feed shows, newest first; an edited one stands where its edit puts it.

    ``since``: only those that have moved there after that time.
    """
    shown: dict[str, tuple[datetime, Story]] = {}
    for i in range(bisect.bisect_right(outlet.changes, now, key=_time_of) - 1, -1, -1):
        at, story = outlet.changes[i]
        if len(shown) == outlet.depth or (since is not None and at <= since):
            break
        shown.setdefault(story.url, (at, story))
    return list(shown.values())


def json_feed(outlet: Outlet, now: datetime) -> bytes:
    """A feed that is read in a fifth of the time that RSS takes: most of a simulation would be spent on XML."""
    items = []
    for at, story in visible(outlet, now):
        item = {"id": guid_of(outlet, at, story), "url": story.url, "title": "Story"}
        items.append({**item, "date_published": at.isoformat()} if outlet.dated else item)
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": outlet.source.name, "items": items}).encode()


def guid_of(outlet: Outlet, at: datetime, story: Story) -> str:
    return f"{story.url}?v={int(at.timestamp())}" if "guid-chaos" in outlet.traits else story.url


def sitemap(outlet: Outlet, now: datetime) -> bytes:
    """A news sitemap: all of the last two days."""
    end = bisect.bisect_right(outlet.stories, now, key=lambda story: story.published)
    begin = bisect.bisect_right(outlet.stories, now - timedelta(days=2), key=lambda story: story.published)
    rows = "".join(
        f"<url><loc>{story.url}</loc><news:news><news:publication_date>{story.published.isoformat()}"
        "</news:publication_date><news:title>Story</news:title></news:news></url>"
        for story in outlet.stories[begin:end][-1000:]
    )
    head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    return f'<?xml version="1.0"?>{head}{rows}</urlset>'.encode()


LISTED = 60  # headlines on a listing page


def listing(outlet: Outlet, now: datetime) -> bytes:
    """A page of the latest headlines."""
    end = bisect.bisect_right(outlet.stories, now, key=lambda story: story.published)
    rows = "".join(
        f'<div class="item"><h3><a href="{story.url}">Story number {n} of the outlet, at some length</a></h3></div>'
        for n, story in enumerate(reversed(outlet.stories[max(0, end - LISTED) : end]))
    )
    return f"<!doctype html><html><body><main>{rows}</main></body></html>".encode()
