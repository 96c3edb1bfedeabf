"""A network of hand for tests of the whole way: outlets with feeds and pages, and a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scraper.errors import HttpStatusError
from scraper.model import FeedRef, NotModified, Page, Source, Validators

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

SENTENCES = [
    "The regional council approved a plan to repair the mountain road before winter sets in.",
    "Engineers said that the upper section needs new drainage and two retaining walls.",
    "Residents of the valley have asked for the work since a landslide closed the pass last spring.",
    "The budget sets aside four million for the first stage, to be spent by the end of the year.",
    "A second stage depends on a loan that parliament is to discuss next month.",
]


def article(number: int, *, extra: str = "") -> bytes:
    turned = SENTENCES[number % 5 :] + SENTENCES[: number % 5]
    body = "".join(
        f"<p>{s} Report {number} of the series, part {n}. {extra}</p>" for n, s in enumerate(turned)
    )
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        f"<title>Council decides on road number {number} - Courier</title>"
        f"<meta property=og:title content='Council decides on road number {number}'>"
        "<meta property='article:published_time' content='2026-03-02T09:00:00+04:00'></head>"
        f"<body><article><h1>Council decides on road number {number}</h1>{body}</article></body></html>"
    ).encode()


def feed(host: str, *numbers: int, content: str = "") -> bytes:
    items = "".join(
        f"<item><title>Council decides on road number {n}</title><link>https://{host}/news/{n}-road</link>"
        f"<guid>{n}</guid>{content}</item>"
        for n in numbers
    )
    return (
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        f"<channel><title>C</title>{items}</channel></rss>"
    ).encode()


def source(name: str) -> Source:
    host = f"{name}.example"
    return Source(
        id=name,
        name=name,
        homepage=f"https://{host}/",
        country="ge",
        languages=("en",),
        feeds=(FeedRef(url=f"https://{host}/feed.xml"),),
    )


class Reply:
    """An answer with more to it than a body: where it came from in the end, its headers."""

    def __init__(
        self, body: bytes = b"", *, url: str | None = None, permanent: bool = False, **headers: str
    ) -> None:
        self.body, self.url, self.permanent = body, url, permanent
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class World:
    """Address -> bytes, a Reply, an error, or None for "not modified"; a Reply with validators answers 304 to them."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Reply | Exception | None] = {}
        self.asked: list[str] = []
        self.time = START

    def publish(self, name: str, *numbers: int) -> None:
        self.answers[f"https://{name}.example/feed.xml"] = feed(f"{name}.example", *numbers)
        for n in numbers:
            self.answers.setdefault(f"https://{name}.example/news/{n}-road", article(n + 100 * len(name)))

    def now(self) -> datetime:
        return self.time

    def wait(self, **time: float) -> None:
        self.time += timedelta(**time)

    async def get(
        self, url: str, *, kind: str = "page", validators: Any = None, source: Any = None, force: bool = False
    ) -> Any:
        self.asked.append(url)
        answer = self.answers.get(url, HttpStatusError(404, url=url))
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return NotModified(url=url, headers={}, fetched=self.time)
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        known = validators or Validators()
        if known.etag and known.etag == reply.headers.get("etag"):
            return NotModified(url=url, headers=reply.headers, fetched=self.time)
        return Page(
            url=url,
            final_url=reply.url or url,
            status=200,
            headers=reply.headers,
            body=reply.body,
            fetched=self.time,
            permanent_url=reply.url if reply.permanent else None,
        )
