"""However an outlet announces its articles, each is stored once and no two become one: feeds, sitemaps and listings in disorder,
through the whole way of the data into both kinds of store.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable
from html import escape

import pytest

from scraper import parse_pool
from scraper.codec import replace
from scraper.model import FeedRef, JsonList, Source
from scraper.pipeline import poll
from scraper.pipeline.context import PollContext
from scraper.settings import Settings
from scraper.urls import canonical_or_none
from storage import open_store
from tests.support import postgres_server
from tests.support.stories import story
from tests.support.world import Reply, World
from tests.support.world import source as outlet

FEED = "https://courier.example/feed.xml"
OTHER_FEED = "https://courier.example/rubric.xml"
SITEMAP = "https://courier.example/sitemap.xml"
LISTING = "https://courier.example/latest"
FRONT = "https://courier.example"
A, B, C = (f"{FRONT}/news/{n}-{slug}" for n, slug in ((31841, "road"), (31842, "bridge"), (31843, "school")))
TITLES = {1: "The council repairs a road", 2: "A bridge is opened in the valley", 3: "The school has a new roof"}  # fmt: skip

Item = dict[str, object]
Poll = dict[str, bytes | Reply]


def page(number: int, *, title: str | None = None, extra: str = "", head: str = "") -> bytes:
    """A story's page: it says nothing of its own address."""
    body = "".join(f"<p>{line}</p>" for line in story(number))
    title = title or TITLES.get(number, f"Story {number}")
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{body}{extra}</article></body></html>"
    ).encode()


class Town(World):
    """A world whose servers know an article by any spelling of its address, as real ones do."""

    def __init__(self, stories: dict[str, int]) -> None:
        super().__init__()
        self.stories = {canonical_or_none(url): number for url, number in stories.items()}

    async def get(self, url, **given):
        if url not in self.answers and (number := self.stories.get(canonical_or_none(url))) is not None:
            self.asked.append(url)
            self.answers[url] = page(number)
            self.asked.pop()
        return await super().get(url, **given)


def rss(*items: Item) -> bytes:
    def one(item: Item) -> str:
        parts = [f"<title>{escape(str(item.get('title', 'A title')))}</title>"]
        if link := item.get("link"):
            parts.append(f"<link>{escape(str(link))}</link>")
        if guid := item.get("guid"):
            parts.append(f"<guid isPermaLink='false'>{escape(str(guid))}</guid>")
        if date := item.get("date"):
            parts.append(f"<pubDate>{date}</pubDate>")
        return f"<item>{''.join(parts)}</item>"

    return f"<rss version='2.0'><channel><title>C</title>{''.join(map(one, items))}</channel></rss>".encode()


def links(*addresses: str, **more: object) -> bytes:
    return rss(*({"link": address} | more for address in addresses))


def sitemap(*addresses: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>{escape(a)}</loc></url>' for a in addresses)}</urlset>".encode()


def listing(*addresses: str) -> bytes:
    rows = "".join(
        f"<div><h3><a href='{escape(a)}'>The council decides on the repair of a road {n}</a></h3></div>"
        for n, a in enumerate(addresses)
    )
    return f"<html><body><main>{rows}</main></body></html>".encode()


def posts(*addresses: str) -> bytes:
    rows = [{"id": n, "link": a, "title": {"rendered": "A title"}} for n, a in enumerate(addresses)]
    return json.dumps(rows).encode()


def feeds(*bodies: bytes) -> list[Poll]:
    """One poll after the other of one feed."""
    return [{FEED: body} for body in bodies]


def each(change: Callable[[str], str]) -> list[Poll]:
    """The three articles as they are, then as some change writes their addresses, then both in another order."""
    changed = [change(a) for a in (A, B, C)]
    return feeds(links(A, B, C), links(*changed), links(C, *changed, B, A))


KA, HY, RU = "ხეობის-გზა", "լեռնային-ճանապարհ", "Горная-дорога-й"
QUOTED = "%E1%83%AE%E1%83%94%E1%83%9D%E1%83%91%E1%83%98%E1%83%A1-%E1%83%92%E1%83%96%E1%83%90"
HY_QUOTED = (
    "%d5%ac%d5%a5%d5%bc%d5%b6%d5%a1%d5%b5%d5%ab%d5%b6-%d5%b3%d5%a1%d5%b6%d5%a1%d5%ba%d5%a1%d6%80%d5%b0"
)
RU_APART = "Горная-дорога-и\u0306"  # the last letter as two characters
NUMBERED = {A: 1, B: 2, C: 3}
DATES = [f"Mon, 02 Mar 2026 {hour}:00:00 +0400" for hour in ("08", "09", "10")]
PROXY = "http://proxy.example/~r/courier/~3/"

# name: (polls, which address shows which story, how many articles there are)
CASES: dict[str, tuple[list[Poll], dict[str, int], int]] = {
    "guids that change at each poll": (feeds(*(rss(*({"link": a, "guid": f"{n}-{a}"} for a in (A, B, C))) for n in range(3))), NUMBERED, 3),
    "one guid for all": (feeds(*[links(A, B, C, guid="courier")] * 2, links(C, B, guid="courier"), links(A, guid="courier")), NUMBERED, 3),
    "one guid for all, one item at a time": (feeds(*(links(a, guid="courier") for a in (A, B, C, A))), NUMBERED, 3),
    "no guid": (feeds(*[links(A, B, C)] * 2), NUMBERED, 3),
    "a guid that wanders from article to article": (feeds(*(rss(*({"link": a, "guid": str(n)} for n, a in enumerate(order))) for order in ((A, B, C), (C, A, B), (B, C, A)))), NUMBERED, 3),
    "a guid that is used again for another story": (feeds(links(A, guid="top"), links(B, guid="top")), NUMBERED, 2),
    "guids are addresses, and there are no links": (feeds(rss(*({"guid": a} for a in (A, B, C))), links(A, B, C)), NUMBERED, 3),
    "guids are addresses of another scheme": (feeds(links(A, B), rss(*({"guid": a.replace("https", "http")} for a in (A, B)))), NUMBERED, 2),
    "guids are tags": (feeds(links(A, guid="tag:courier.example,2026:1"), links(A, guid="urn:uuid:00000000-0000-4000-8000-000000000001")), NUMBERED, 1),
    "https after http": (each(lambda a: a.replace("https://", "http://")), NUMBERED, 3),
    "with www": (each(lambda a: a.replace("//", "//www.")), NUMBERED, 3),
    "host in capitals, with its port": (each(lambda a: a.replace("courier.example", "Courier.Example:443")), NUMBERED, 3),
    "host with a dot at its end": (each(lambda a: a.replace("courier.example", "courier.example.")), NUMBERED, 3),
    "tracking parameters": (feeds(*(links(*(f"{a}?utm_source=rss&utm_campaign={n}&fbclid=x{n}" for a in (A, B, C))) for n in range(3))), NUMBERED, 3),
    "fragments": (each(lambda a: f"{a}#comments"), NUMBERED, 3),
    "a slash at the end": (each(lambda a: f"{a}/"), NUMBERED, 3),
    "slashes twice": (each(lambda a: a.replace("/news/", "//news//")), NUMBERED, 3),
    "blanks around": (each(lambda a: f"\n   {a}  \n"), NUMBERED, 3),
    "relative": (each(lambda a: a.removeprefix(FRONT)), NUMBERED, 3),
    "relative to the scheme": (each(lambda a: a.removeprefix("https:")), NUMBERED, 3),
    "amp": (each(lambda a: f"{a}/amp/"), NUMBERED, 3),
    "amp, as a parameter": (each(lambda a: f"{a}?amp=1"), NUMBERED, 3),
    "amp, in front": (each(lambda a: a.replace("/news/", "/amp/news/")), NUMBERED, 3),
    "mobile": (each(lambda a: a.replace("//", "//m.")), NUMBERED, 3),
    "print": (each(lambda a: f"{a}?print=1"), NUMBERED, 3),
    "a session": (each(lambda a: f"{a};jsessionid=0A1B"), NUMBERED, 3),
    "escaped twice": (feeds(links(f"{FRONT}/?p=7&lang=ka"), links(f"{FRONT}/?p=7&amp;lang=ka")), {f"{FRONT}/?p=7&lang=ka": 1}, 1),
    "parameters in another order": (feeds(links(f"{FRONT}/?p=7&lang=ka"), links(f"{FRONT}/?lang=ka&p=7"), links(f"{FRONT}/?p=7&lang=ka")), {f"{FRONT}/?p=7&lang=ka": 1, f"{FRONT}/?lang=ka&p=7": 1}, 1),
    "dates that move": (feeds(*(rss(*({"link": a, "date": d} for a, d in zip((A, B, C), dates, strict=True))) for dates in (DATES, DATES[::-1], DATES[1:] + DATES[:1]))), NUMBERED, 3),
    "another order each time": (feeds(links(A, B, C), links(C, A, B), links(B, A, C)), NUMBERED, 3),
    "twice in one feed": (feeds(links(A, f"{A}?utm_source=x", B, A)), NUMBERED, 2),
    "titles that change": (feeds(links(A, title="One"), links(A, title="Another"), links(A, title="A third")), NUMBERED, 1),
    "slugs that change, beside a number": (feeds(links(A), links(f"{FRONT}/news/31841-road-is-repaired"), links(f"{FRONT}/news/31841")), {A: 1, f"{FRONT}/news/31841-road-is-repaired": 1, f"{FRONT}/news/31841": 1}, 1),
    "slugs that change, beside a guid": (feeds(links(f"{FRONT}/news/road", guid="7"), links(f"{FRONT}/news/road-is-repaired", guid="7")), {f"{FRONT}/news/road": 1, f"{FRONT}/news/road-is-repaired": 1}, 1),
    "Georgian, written out and escaped": (feeds(links(f"{FRONT}/n/{KA}"), links(f"{FRONT}/n/{QUOTED}"), links(f"{FRONT}/n/{QUOTED.lower()}")), {f"{FRONT}/n/{KA}": 1}, 1),
    "Armenian, escaped and written out": (feeds(links(f"{FRONT}/n/{HY_QUOTED}"), links(f"{FRONT}/n/{HY_QUOTED.upper()}"), links(f"{FRONT}/n/{HY}")), {f"{FRONT}/n/{HY}": 1}, 1),
    "Russian, composed and decomposed": (feeds(links(f"{FRONT}/n/{RU}"), links(f"{FRONT}/n/{RU_APART}")), {f"{FRONT}/n/{RU}": 1}, 1),
    "a host in its own letters": (feeds(links("https://вестник.example/n/1"), links("https://xn--b1agjvibo.example/n/1"), links("https://ВЕСТНИК.example/n/1")), {"https://вестник.example/n/1": 1}, 1),
    "two feeds of one outlet": ([{FEED: links(A, B, guid="a"), OTHER_FEED: links(f"{B}?from=rss", C, guid="b")}] * 2, NUMBERED, 3),
    "feed, sitemap and listing": ([{FEED: links(A), SITEMAP: sitemap(A, f"{B}/"), LISTING: listing(A, B, f"{C}#top")}] * 2, NUMBERED, 3),
    "feed and the posts of WordPress": ([{FEED: links(A, guid="1"), OTHER_FEED: posts(f"{A}/", f"{B}/")}] * 2, NUMBERED, 2),
    "a feed that moved": ([{FEED: links(A, B)}, *[{FEED: Reply(links(A, B, C), url=OTHER_FEED, permanent=True), OTHER_FEED: links(A, B, C)}] * 5], NUMBERED, 3),
    "links through a counting proxy": ([{FEED: links(f"{PROXY}{n}a", f"{PROXY}{n}b"), f"{PROXY}{n}a": Reply(page(1), url=A), f"{PROXY}{n}b": Reply(page(2), url=B)} for n in range(2)] + feeds(links(A, B)), NUMBERED, 2),
    "a short link that leads to the article": ([{FEED: links(f"{FRONT}/?p=1"), f"{FRONT}/?p=1": Reply(page(1), url=A)}, {FEED: links(A)}], NUMBERED, 1),
    "a page that names its address": ([{FEED: links(f"{FRONT}/x/1", f"{FRONT}/y/1"), f"{FRONT}/x/1": page(1, head=f"<link rel=canonical href='{A}'>"), f"{FRONT}/y/1": page(1, head=f"<meta property='og:url' content='{A}'>")}, {FEED: links(A)}], NUMBERED, 1),
    "pages that all name one address": ([{FEED: links(A, B), A: page(1, head=f"<link rel=canonical href='{A}'>"), B: page(2, head=f"<link rel=canonical href='{A}'>")}] * 2, NUMBERED, 2),
    "numbers in the query": (feeds(*[links(f"{FRONT}/?id=31841", f"{FRONT}/?id=31842")] * 2), {f"{FRONT}/?id=31841": 1, f"{FRONT}/?id=31842": 2}, 2),
    "editions that share a number": (feeds(*[links(f"{FRONT}/en/news/31841", f"{FRONT}/hy/news/31841")] * 2), {f"{FRONT}/en/news/31841": 1, f"{FRONT}/hy/news/31841": 2}, 2),
    "one title for many": (feeds(*[links(A, B, C, title="News of the day")] * 2), NUMBERED, 3),
    "slugs of days": (feeds(*[links(f"{FRONT}/2026/03/01/news", f"{FRONT}/2026/03/02/news")] * 2), {f"{FRONT}/2026/03/01/news": 1, f"{FRONT}/2026/03/02/news": 2}, 2),
    "slugs that differ in case": (feeds(*[links(f"{FRONT}/n/aBc1", f"{FRONT}/n/abC1")] * 2), {f"{FRONT}/n/aBc1": 1, f"{FRONT}/n/abC1": 2}, 2),
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return postgres_server.server().place() if request.param == "postgresql" else tmp_path / "data"


def run(place: object, source: Source, world: World, polls: list[Poll]) -> list:
    """The records after these polls, an hour apart."""
    with open_store(place) as store:
        line = PollContext(
            network=world,
            store=store,
            parser=parse_pool.ParsePool(processes=0),
            settings=Settings(revisit_hours=()),
            now=world.now,
            rng=random.Random(1),
        )
        for answers in polls:
            world.answers.update(answers)
            asyncio.run(poll.fetch_sources(line, [source]))
            world.wait(hours=1)
        return list(store.latest())


def source_of(polls: list[Poll]) -> Source:
    """An outlet with all the addresses that the polls answer."""
    asked = {address for answers in polls for address in answers}
    moved = {answer.url for answers in polls for answer in answers.values() if isinstance(answer, Reply)}
    return replace(
        outlet("courier"),
        feeds=tuple(FeedRef(url=a) for a in (FEED, OTHER_FEED) if a in asked - moved),
        sitemaps=(SITEMAP,) if SITEMAP in asked else (),
        listings=(LISTING,) if LISTING in asked else (),
    )


@pytest.mark.parametrize("polls, stories, articles", CASES.values(), ids=CASES)
def test_each_article_is_stored_once(place, polls, stories, articles):
    """As many articles as there are stories, each with the text of its own, and none revised for how it was announced."""
    source = source_of(polls)
    if source.sitemaps:  # asked where there is no feed, or a hole: here at each poll
        source = replace(source, feeds=(), sitemaps=(*source.sitemaps, FEED))
    found = run(place, source, Town(stories), polls)
    assert len(found) == articles, sorted(r.url for r in found)
    assert sorted(" ".join(r.body) for r in found) == sorted(
        " ".join(story(n)) for n in range(1, articles + 1)
    )
    assert {r.revision for r in found} == {1}
    assert {r.duplicate_of for r in found} == {None}


def test_the_number_of_requests(tmp_path):
    """A link that is written differently at each poll is not fetched again: its spelling is known."""
    polls = feeds(*(links(f"{A}?utm_campaign={n}#x{n}") for n in range(4)))
    world = Town(NUMBERED)
    run(tmp_path / "data", source_of(polls), world, polls)
    assert len([url for url in world.asked if "/news/" in url]) == 1


def test_an_edit_under_another_slug(place):
    """A new title and a new paragraph under a new slug are one revision of the article that its number names."""
    moved = f"{FRONT}/news/31841-road-is-repaired"
    polls = [
        {FEED: links(A), A: page(1)},
        {FEED: links(moved), moved: page(1, title="The road is repaired", extra="<p>The works ended on Friday, a week before the first snow.</p>")},
    ]  # fmt: skip
    (record,) = run(place, source_of(polls), World(), polls)
    assert (record.revision, record.title) == (2, "The road is repaired")
    assert moved in record.urls


def test_another_story_under_a_number(place):
    """A number that an outlet uses again for another text makes no revision of the old one."""
    again = f"{FRONT}/news/31841-bridge"
    polls = [{FEED: links(A), A: page(1)}, {FEED: links(again), again: page(2)}]
    found = run(place, source_of(polls), World(), polls)
    assert sorted(r.url for r in found) == sorted([A, again])


def test_a_list_in_json(tmp_path):
    """A list in JSON and a feed announce the same articles once; the second poll of an unchanged list reads nothing."""
    listed = JsonList(items="props.hits", link="/news/{id}-{slug}", id="id")
    hits = [re.match(r".*/(?P<id>\d+)-(?P<slug>\w+)$", a).groupdict() for a in (A, B, C)]
    state = json.dumps({"props": {"hits": hits}})
    body = f'<html><script id="__NEXT_DATA__" type="application/json">{state}</script></html>'.encode()
    polls: list[Poll] = [{FEED: links(A, B), LISTING: Reply(body, etag='"1"')}] * 2
    source = replace(outlet("courier"), feeds=(FeedRef(url=FEED), FeedRef(url=LISTING, json=listed)))
    found = run(tmp_path / "data", source, Town(NUMBERED), polls)
    assert sorted(r.url for r in found) == [A, B, C]
    assert {r.found_by for r in found} == {"feed"}
    assert {r.feed.guid for r in found} == {"31841", "31842", "31843"}
