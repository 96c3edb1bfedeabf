"""Outlets on loopback addresses of their own, who publish while machines come and go; and the wire to a database, which can be cut.

``World`` answers every request and writes down when it came and when it was answered; it knows what it has published and
which of it has one text. ``Wire`` stands between workers and a server. In one event loop with whoever measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from typing import Self

from tests.torture.store import WORDS

PARAGRAPHS, PARAGRAPH_WORDS = 6, 30
LISTED = 40  # entries in a feed
REPRINTED = 0.2  # share of the stories whose text another outlet has printed before
SHARED = 0.1  # share of the outlets that have their host together with another


@dataclass(slots=True)
class Request:
    host: str
    path: str
    began: float
    ended: float | None = None


@dataclass(slots=True)
class Story:
    path: str
    published: float  # seconds of the loop's clock
    text: int


@dataclass(slots=True)
class Outlet:
    id: str
    host: str
    stories: list[Story] = field(default_factory=list)


class World:
    """``async with World(...) as world``. Every outlet publishes one story in ``every`` seconds, from its entry on."""

    def __init__(self, outlets: int, *, every: float, latency: float = 0.02, pace: float = 0.2, poll_seconds: float = 30.0, seed: int = 1) -> None:  # fmt: skip
        self.every, self.latency, self.pace, self.poll_seconds = every, latency, pace, poll_seconds
        self._rng = random.Random(seed)
        shared = int(outlets * SHARED)
        hosts = [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(outlets - shared)]
        self.outlets = [Outlet(id=f"outlet-{n}", host=hosts[n % len(hosts)]) for n in range(outlets)]
        self.hosts = hosts
        self.requests: list[Request] = []
        self.texts = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._began = 0.0

    async def __aenter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, self.hosts, self.port, backlog=64)
        self._began = time.monotonic()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def sources(self) -> str:
        """The outlets as a sources file."""
        lines = [
            "[settings]",
            'allow_private_hosts = ["127.0.0.0/8"]',
            f"pace_seconds = {self.pace}",
        ]
        for outlet in self.outlets:
            lines += [
                "[[source]]",
                f'id = "{outlet.id}"',
                f'name = "{outlet.id}"',
                f'homepage = "http://{outlet.host}:{self.port}/"',
                'country = "ge"',
                'languages = ["en"]',
                f'feeds = [{{ url = "http://{outlet.host}:{self.port}/{outlet.id}/feed" }}]',
            ]
        return "\n".join(lines) + "\n"

    # ------------------------------------------------------------------------------------------ what is published

    def publish(self, until: float) -> None:
        """Every story that is due by ``until`` (seconds since the start)."""
        for outlet in self.outlets:
            phase = self.every * (hash_of(outlet.id) % 1000) / 1000
            while (at := phase + self.every * len(outlet.stories)) <= until:
                self._publish(outlet, self._began + at)

    def _publish(self, outlet: Outlet, at: float) -> None:
        if self.texts and self._rng.random() < REPRINTED:
            text = self._rng.randrange(max(0, self.texts - 50), self.texts)
        else:
            text, self.texts = self.texts, self.texts + 1
        outlet.stories.append(Story(f"{outlet.id}/news/{len(outlet.stories)}-story-{text}", at, text))

    def published(self) -> dict[str, int]:
        """The address of every story, as a store writes it, and its text."""
        return {
            f"https://{outlet.host}:{self.port}/{story.path}": story.text
            for outlet in self.outlets
            for story in outlet.stories
        }

    # ------------------------------------------------------------------------------------------ what was asked

    def impolite(self) -> list[str]:
        """Requests that came before the last one of their host was answered, or too soon after it."""
        by_host: dict[str, list[Request]] = defaultdict(list)
        for request in self.requests:
            by_host[request.host].append(request)
        return [
            f"{host}: {later.path} {later.began - (earlier.ended or earlier.began):.3f} s after {earlier.path}"
            for host, requests in by_host.items()
            for earlier, later in pairwise(sorted(requests, key=lambda r: r.began))
            if later.began - (earlier.ended or earlier.began + self.latency) < self.pace * 0.95
        ]

    def idle(self, began: float, ended: float) -> dict[str, float]:
        """The longest time that each outlet's feed was not asked for, from the start to the end."""
        times: dict[str, list[float]] = {outlet.id: [began] for outlet in self.outlets}
        for request in self.requests:
            name, _, rest = request.path.partition("/")
            if rest == "feed":
                times[name].append(request.began)
        return {name: max(b - a for a, b in pairwise([*sorted(at), ended])) for name, at in times.items()}

    # ------------------------------------------------------------------------------------------ the server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    path = head.split(b" ", 2)[1].decode().lstrip("/")
                    request = Request(host, path, time.monotonic())
                    self.requests.append(request)
                    await asyncio.sleep(self.latency)
                    answer = self._answer(path)
                    request.ended = time.monotonic()  # nobody can have read it before
                    writer.write(answer)
                    await writer.drain()
        finally:
            writer.close()

    def _answer(self, path: str) -> bytes:
        name, _, rest = path.partition("/")
        outlet = next((o for o in self.outlets if o.id == name), None)
        if outlet is None:
            return reply(b"", "404 Not Found")
        if rest == "feed":
            return reply(self._feed(outlet), kind="application/rss+xml")
        story = next((s for s in outlet.stories if s.path == path), None)
        return reply(page(story.text)) if story else reply(b"", "404 Not Found")

    def _feed(self, outlet: Outlet) -> bytes:
        now = time.monotonic()
        shift = datetime.now(UTC).timestamp() - now
        items = "".join(
            f"<item><title>{title_of(s.text)}</title><link>http://{outlet.host}:{self.port}/{s.path}</link>"
            f"<pubDate>{format_datetime(datetime.fromtimestamp(s.published + shift, UTC))}</pubDate></item>"
            for s in reversed(outlet.stories[-LISTED:])
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{outlet.id}</title>{items}</channel></rss>'.encode()


def page(text: int) -> bytes:
    """An article page; one text, one page."""
    rng = random.Random(text)
    body = "".join(
        f"<p>{' '.join(rng.choices(WORDS, k=PARAGRAPH_WORDS)).capitalize()}.</p>" for _ in range(PARAGRAPHS)
    )
    title = title_of(text)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<article><h1>{title}</h1>{body}</article></html>"
    ).encode()


def title_of(text: int) -> str:
    return " ".join(random.Random(-text - 1).choices(WORDS, k=7)).capitalize()


def hash_of(name: str) -> int:
    return random.Random(name).randrange(1 << 30)


def reply(body: bytes, status: str = "200 OK", kind: str = "text/html; charset=utf-8") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Wire:
    """The way to a server, on a port of its own. While it is ``cut`` nothing passes, and nobody is told."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        self._whole.clear()
        try:
            yield
        finally:
            self._whole.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        for one, other in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(65_536):
                    await self._whole.wait()
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.close()
