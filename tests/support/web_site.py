"""A site to visit: the whole web application over a store, served on a loopback port for as long as a test needs it."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from scraper.config.load import Sources
from scraper.model import Failure, FeedRef, FeedState, Headline, Image, Source
from scraper.settings import WebSettings
from scraper.web.server import WebServer, serve_in_thread
from storage import open_store
from tests.support.stories import NOW, found, poll, story

OUTLETS = Sources(
    sources=tuple(
        Source(
            id=id_,
            name=name,
            homepage=f"https://{id_}.example/",
            country=country,
            languages=(language,),
            feeds=(FeedRef(url=f"https://{id_}.example/feed"),),
        )
        for id_, name, country, language in (
            ("herald", "The Herald", "ge", "en"),
            ("lur", "Լուր", "am", "hy"),
            ("ambebi", "ამბები", "ge", "ka"),
            ("xeber", "Xəbər", "az", "az"),
            ("vesti", "Вести ущелья", "ru", "ru"),
            ("haber", "Haber", "tr", "tr"),
        )
    )
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]


@dataclass
class Visitor:
    """Asks a site like a plain HTTP client: no cookies, no redirects followed."""

    url: str

    def get(self, path: str, *, method: str = "GET", data: bytes | None = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url.rstrip("/") + path, data=data, headers=given, method=method)
        try:
            response = _opener.open(request, timeout=30)
        except HTTPError as refusal:
            response = refusal
        with response:
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, names, response.read())


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def serving(
    folder: Path, settings: WebSettings | None = None, sources: Sources = OUTLETS
) -> Iterator[Visitor]:
    site = WebServer(folder, settings or WebSettings(port=0), lambda: sources)
    with serve_in_thread(site):
        yield Visitor(site.url)


# ------------------------------------------------------------------------------------------ what stands in it

BRIDGE = story(1)


def fill(folder: Path) -> None:
    """Six outlets, six scripts: a text of three outlets, a revision, headlines that lead somewhere, an outlet that fails."""
    with open_store(folder) as store:
        minute = timedelta(minutes=1)
        for i, outlet in enumerate(("herald", "vesti", "haber")):
            at = NOW + i * minute
            article = found(
                f"https://{outlet}.example/bridge",
                BRIDGE,
                title=f"A bridge opens, says {outlet}",
                source=outlet,
                fetched=at,
                published=at - 7 * minute,
            )
            store.commit(poll(article, source=outlet, now=at), now=at)
        titles = {"lur": "Կամուրջը բացվեց", "ambebi": "ხიდი გაიხსნა", "xeber": "Körpü açıldı, İğdırda"}
        languages = {"lur": "hy", "ambebi": "ka", "xeber": "az"}
        for n, (outlet, title) in enumerate(titles.items(), 10):
            article = found(
                f"https://{outlet}.example/{n}",
                story(n),
                title=title,
                source=outlet,
                language=languages[outlet],
            )
            store.commit(poll(article, source=outlet), now=NOW)
        related = (
            Headline(title="Whatever", url="https://herald.example/bridge", label="Read also"),
            Headline(title="Elsewhere", url="https://elsewhere.example/x", label="Read also"),
            Headline(title="Without address", kind="popular"),
        )
        images = (Image(url="https://herald.example/i.jpg", caption="The mayor"),)
        first = found(
            "https://herald.example/mayor", story(2), title="The mayor speaks", related=related, images=images
        )
        again = found(
            "https://herald.example/mayor",
            [*story(2), "One sentence was added."],
            title="The mayor speaks again",
            related=related,
            fetched=NOW + 90 * minute,
        )
        store.commit(poll(first), now=NOW)
        store.commit(poll(again, now=NOW + 90 * minute), now=NOW + 90 * minute)
        failing = poll(
            source="vesti",
            failures=[Failure(url="https://vesti.example/feed", code="http_403", message="HTTP 403")],
            now=NOW + 2 * minute,
        )
        state = _failing(failing.state)
        store.commit(_with(failing, state), now=NOW + 2 * minute)


def _failing(state):
    from scraper.codec import replace

    feeds = (FeedState(url="https://vesti.example/feed", asked=NOW - timedelta(hours=5)),)
    return replace(
        state,
        failures=4,
        error="http_403",
        failing_since=NOW,
        last_success=NOW,
        interval_seconds=900.0,
        feeds=feeds,
    )


def _with(result, state):
    from scraper.codec import replace

    return replace(result, state=state)


class Listener:
    """Reads server-sent events."""

    def __init__(self, site, path, **headers):
        self.connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
        given = {"Accept": "text/event-stream"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.connection.request("GET", path, headers=given)
        self.response = self.connection.getresponse()

    def next(self):
        """The id and data of the next event."""
        event = {}
        while line := self.response.readline().decode().rstrip("\n"):
            key, _, value = line.partition(": ")
            event[key] = value
        self.kind = event.get("event", "message")
        return (event["id"], event["data"]) if "data" in event else self.next()

    def close(self):
        self.response.close()
        self.connection.close()
