"""Outlets whose sites change once, each in one of twenty ways: what ``bench healing`` is measured on.

``ChangingWorld.answer(url, now)`` is the whole of it: (status, headers, body) of any address at any time. It knows every
article and when it was published.
"""

from __future__ import annotations

import bisect
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property

from scraper.model import FeedRef, Source

Answer = tuple[int, dict[str, str], bytes]
NOTHING: Answer = (404, {"Content-Type": "text/html"}, b"<html><title>Not found</title></html>")
HTML, XML = {"Content-Type": "text/html; charset=utf-8"}, {"Content-Type": "application/xml"}
DEPTH, LISTED = 20, 40  # entries of a feed, headlines of a page
_WORDS = """
    council road bridge river winter budget school valley minister village market harvest railway museum
    border water energy court doctor teacher export import tunnel pass storm pipeline election deputy
    mayor parliament glacier vineyard airport station hospital library theatre concert football
    wrestling chess grain copper gold forest fire earthquake rescue customs police report inquiry loan
    credit bank tax pension salary strike protest talks treaty
"""
WORDS = _WORDS.split()


@dataclass(frozen=True, slots=True)
class SiteShape:
    """Describe what a site is like for a time."""

    feed: str | None = "/feed"  # where its live feed is
    old: str = "live"  # what the configured feed's address gives where it is not the live feed: a status, html, empty, frozen
    announced: str | None = "/feed"  # by the homepage
    headlines: bool = True  # on the homepage; else a script draws them
    latest: bool = False  # a page of headlines of its own
    wordpress: bool = False
    sitemap: str | None = None  # named by robots.txt
    robots: str = ""
    host: str | None = None  # a new one, to which the old one redirects:
    redirects: str = "all"  # or only the homepage and the articles ("home")
    https: bool = False  # nothing answers at http
    down: str | None = None  # a host that answers no more
    new_form: bool = False  # of the addresses of articles
    new_guids: bool = False
    status: int | None = None  # of everything


PLAIN = SiteShape()
GONE = SiteShape(feed=None, old="404", announced=None, headlines=False)
# What a site is at first, and after its change
CHANGES: dict[str, tuple[SiteShape, SiteShape]] = {
    "feed gone, a listing lives": (replace(PLAIN, latest=True), replace(GONE, latest=True)),
    "feed gone, headlines on the homepage": (PLAIN, replace(GONE, headlines=True)),
    "feed moved, the homepage announces it": (PLAIN, replace(GONE, feed="/syndication/all.xml", announced="/syndication/all.xml")),
    "feed moved, nothing announces it": (PLAIN, replace(GONE, feed="/rss.xml")),
    "feed is HTML now": (PLAIN, replace(GONE, old="html", headlines=True)),
    "feed frozen, a listing lives": (replace(PLAIN, latest=True), replace(PLAIN, feed=None, old="frozen", latest=True)),
    "feed frozen, headlines on the homepage": (PLAIN, replace(PLAIN, feed=None, old="frozen")),
    "feed empty": (PLAIN, replace(PLAIN, feed=None, old="empty")),
    "feed forbidden, the site answers": (PLAIN, replace(PLAIN, feed=None, old="403")),
    "feed fails on the server": (replace(PLAIN, latest=True), replace(PLAIN, feed=None, old="500", latest=True)),
    "WordPress now": (PLAIN, replace(GONE, wordpress=True, new_form=True)),
    "new system with a new feed and new addresses": (PLAIN, replace(GONE, feed="/rss/latest", announced="/rss/latest", new_form=True)),
    "site moved, all redirects": (PLAIN, replace(PLAIN, host="moved-{}")),
    "site moved, the feed does not": (PLAIN, replace(PLAIN, host="moved-{}", redirects="home", announced=None, headlines=False)),
    "https only": (PLAIN, replace(PLAIN, https=True)),
    "robots.txt closed for the feed": (PLAIN, replace(PLAIN, robots="User-agent: *\nDisallow: /feed\n")),
    "robots.txt opened": (replace(PLAIN, robots="User-agent: *\nDisallow: /\n"), PLAIN),
    "sitemap only": (PLAIN, replace(GONE, sitemap="/maps/all.xml")),
    "other guids": (PLAIN, replace(PLAIN, new_guids=True)),
    "listing with another layout": (replace(GONE, latest=True), replace(GONE, latest=True, new_form=True)),
}  # fmt: skip
UNTOLD = frozenset(("other guids", "robots.txt opened"))  # nothing is wrong after them


@dataclass(slots=True)
class Report:
    """One article."""

    number: int
    published: datetime
    title: str
    text: tuple[str, ...]
    path: str


@dataclass
class ChangingOutlet:
    """One outlet: its two shapes, and everything that it publishes."""

    source: Source
    host: str
    kind: str
    before: SiteShape
    after: SiteShape
    changed: datetime
    reports: list[Report] = field(default_factory=list)

    @cached_property
    def times(self) -> list[datetime]:
        return [report.published for report in self.reports]

    def shape(self, now: datetime) -> SiteShape:
        return self.after if now >= self.changed else self.before

    def newest(self, now: datetime, most: int) -> list[Report]:
        end = bisect.bisect_right(self.times, now)
        return self.reports[max(0, end - most) : end][::-1]


class ChangingWorld:
    """All outlets, from a seed."""

    def __init__(
        self, seed: int, *, start: datetime, days: float, outlets: int, change_after: timedelta
    ) -> None:
        self.start, self.end = start, start + timedelta(days=days)
        rng = random.Random(seed)
        kinds = list(CHANGES)
        self.outlets = [self._outlet(rng, i, kinds[i % len(kinds)], change_after) for i in range(outlets)]
        self.by_host = {outlet.host: outlet for outlet in self.outlets}
        self.by_host |= {f"www.{outlet.host}": outlet for outlet in self.outlets}
        self.by_host |= {f"moved-{outlet.host}": outlet for outlet in self.outlets}
        self.by_path = {
            (outlet.host, report.path): report for outlet in self.outlets for report in outlet.reports
        }

    def _outlet(self, rng: random.Random, i: int, kind: str, change_after: timedelta) -> ChangingOutlet:
        before, after = CHANGES[kind]
        host = f"outlet{i}.test"
        scheme = "http" if after.https else "https"
        home = f"{scheme}://{host}/"
        patterned = kind.startswith("listing") or rng.random() < 0.5
        source = Source(
            id=f"outlet-{i}",
            name=f"Outlet {i}",
            homepage=home,
            country="am",
            languages=("en",),
            feeds=(FeedRef(url=f"{home}feed"),) if before.feed else (),
            listings=(f"{home}latest",) if before.latest else (),
            article_url=r"/news/\d+-" if patterned else None,
        )
        changed = self.start + change_after * rng.uniform(1, 1.3)
        outlet = ChangingOutlet(source, host, kind, before, after, changed)
        at, number = self.start - change_after, 1000 + 10_000 * i
        per_day = rng.choice((6, 10, 15, 25, 40))
        while (
            at := at + timedelta(hours=rng.expovariate(per_day / 24 * (1.4 if 6 <= at.hour < 20 else 0.5)))
        ) < self.end:
            number += 1
            outlet.reports.append(_report(rng, number, at.replace(microsecond=0), changed, after))
        return outlet

    # ------------------------------------------------------------------------------------------ answers

    def answer(self, url: str, now: datetime) -> Answer | None:
        """Return what an address gives at a time; None: no connection."""
        scheme, _, rest = url.partition("://")
        host, _, path = rest.partition("/")
        path = f"/{path}"
        outlet = self.by_host.get(host)
        if outlet is None or (host.startswith("www.") and outlet.host == host.removeprefix("www.")):
            return None
        shape = outlet.shape(now)
        if shape.https and scheme == "http":
            return None
        there = shape.host.format(outlet.host) if shape.host else outlet.host
        if host != there:
            kept = shape.redirects == "home" and path == "/feed"
            return NOTHING if kept or not shape.host else (301, {"Location": f"https://{there}{path}"}, b"")
        base = f"{scheme}://{host}"
        if path == "/robots.txt":
            named = f"Sitemap: {base}{shape.sitemap}\n" if shape.sitemap else ""
            return (200, {"Content-Type": "text/plain"}, (shape.robots + named).encode())
        return _page(outlet, shape, base, path, now) or self._article(outlet, path, now)

    def _article(self, outlet: ChangingOutlet, path: str, now: datetime) -> Answer:
        report = self.by_path.get((outlet.host, path))
        if report is None or report.published > now:
            return NOTHING
        text = "".join(f"<p>{part}</p>" for part in report.text)
        return 200, HTML, f"<html><body><h1>{report.title}</h1>{text}</body></html>".encode()


def _report(rng: random.Random, number: int, at: datetime, changed: datetime, after: SiteShape) -> Report:
    slug = rng.sample(WORDS, 6)
    path = f"/news/{number}-{slug[0]}"
    if after.new_form and at >= changed:
        path = f"/{at:%Y/%m}/{'-'.join(slug)}-{number}/"
    text = tuple(
        " ".join(rng.choice(WORDS) for _ in range(30)).capitalize() + f" {number}." for _ in range(4)
    )
    return Report(number, at, f"{' '.join(slug).capitalize()} in number {number}", text, path)


def _page(outlet: ChangingOutlet, shape: SiteShape, base: str, path: str, now: datetime) -> Answer | None:
    """Return what a page that is no article gives."""
    if path == shape.feed:
        return 200, XML, _feed(outlet.newest(now, DEPTH), base, shape)
    if path == "/feed" and shape.old != "live":
        match shape.old:
            case "frozen":
                return 200, XML, _feed(outlet.newest(outlet.changed, DEPTH), base, shape)
            case "empty":
                return 200, XML, _feed((), base, shape)
            case "html":
                return 200, HTML, _headlines((), base, "")
            case status:
                return int(status), {}, b""
    if path == "/":
        head = (
            f"<link rel=alternate type=application/rss+xml href='{shape.announced}'>"
            if shape.announced
            else ""
        )
        head += "<link rel='https://api.w.org/' href='/wp-json/'>" if shape.wordpress else ""
        return 200, HTML, _headlines(outlet.newest(now, LISTED) if shape.headlines else (), base, head)
    if path == "/latest" and shape.latest:
        return 200, HTML, _headlines(outlet.newest(now, LISTED), base, "")
    if path == shape.sitemap:
        return 200, XML, _sitemap(outlet.newest(now, 1000), base)
    if path.startswith("/wp-json/wp/v2/posts") and shape.wordpress:
        return 200, {"Content-Type": "application/json"}, _posts(outlet.newest(now, DEPTH), base)
    return None


def _feed(reports: Iterable[Report], base: str, shape: SiteShape) -> bytes:
    items = "".join(
        f"<item><title>{r.title}</title><link>{base}{r.path}</link>"
        f"<guid isPermaLink='false'>{'urn:outlet:' if shape.new_guids else ''}{r.number}</guid>"
        f"<pubDate>{format_datetime(r.published)}</pubDate></item>"
        for r in reports
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title>{items}</channel></rss>'.encode()


def _headlines(reports: Iterable[Report], base: str, head: str) -> bytes:
    rows = "".join(f"<h3><a href='{base}{r.path}'>{r.title}</a></h3>" for r in reports)
    return f"<!doctype html><html lang=en><head><title>Outlet</title>{head}</head><body><main>{rows}</main></body></html>".encode()


def _sitemap(reports: Iterable[Report], base: str) -> bytes:
    rows = "".join(
        f"<url><loc>{base}{r.path}</loc><lastmod>{r.published.isoformat()}</lastmod></url>" for r in reports
    )
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>".encode()


def _posts(reports: Iterable[Report], base: str) -> bytes:
    return json.dumps(
        [
            {
                "id": r.number,
                "link": f"{base}{r.path}",
                "title": {"rendered": r.title},
                "date_gmt": r.published.strftime("%Y-%m-%dT%H:%M:%S"),
            }
            for r in reports
        ]
    ).encode()
