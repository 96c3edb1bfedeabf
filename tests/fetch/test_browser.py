"""Pages that need a browser: built by scripts from a loopback site, behind the same guard as every other request."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys

import pytest

from scraper.errors import FetchError
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.transport import LiveTransport
from scraper.model import Source
from scraper.settings import Settings
from scraper.warc.transport import RecordingTransport
from tests.support.site import Exchange, Site

HERE = ("127.0.0.1",)
SHELL = """<!doctype html><html><head><title>Loading</title>{head}</head><body><main id="app"></main>
<script>{script}</script></body></html>"""
BUILD = """fetch('/api/story').then(r => r.json()).then(story => {
  document.title = story.title;
  document.getElementById('app').innerHTML = '<article><h1>' + story.title + '</h1><p>' + story.text + '</p></article>';
});"""
STORY = '{"title": "Bridge reopens", "text": "The bridge over the river is open again, the council said."}'

needs_chromium = pytest.mark.skipif(
    importlib.util.find_spec("playwright") is None
    or not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")),
    reason="needs darial[browser] and Chromium",
)


def source(**more) -> Source:
    return Source(
        id="valley",
        name="Valley",
        homepage="http://127.0.0.1/",
        country="am",
        languages=("en",),
        browser=True,
        **more,
    )


def rendered(script: str = BUILD, *, head: str = "", seconds: float = 60.0, robots: bytes = b"", record=None):
    """Ask for a page of a site whose script builds it. Returns the page or the error, and the site."""

    async def page(x: Exchange):
        await x.reply(SHELL.format(script=script, head=head).encode(), ETag='"shell"')

    async def api(x: Exchange):
        await x.reply(STORY.encode(), Content_Type="application/json")

    async def library(x: Exchange):
        await x.reply(b"document.documentElement.dataset.library = 'here'", Content_Type="text/javascript")

    async def main():
        settings = Settings(pace_seconds=0, allow_private_hosts=HERE, page_timeout_seconds=seconds)
        wire = LiveTransport(allow_private_hosts=HERE)
        transport = RecordingTransport(wire, record) if record else wire
        async with Site() as site, Fetcher(settings, transport=transport, polite=False) as fetcher:
            site.extra |= {"story": page, "api": api, "library.js": library}
            site.robots["127.0.0.1"] = ("200 OK", robots)
            try:
                return await fetcher.get(site.url("story"), source=source()), site
            except FetchError as error:
                return error, site

    return asyncio.run(main())


@needs_chromium
def test_an_article_built_by_script(tmp_path):
    """The text that a script fetched is in the page; the shell's validators are gone; everything is recorded."""
    page, site = rendered(head='<script src="/library.js"></script>', record=tmp_path / "a.warc.gz")
    body = page.body.decode()
    assert "The bridge over the river is open again" in body
    assert "<title>Bridge reopens</title>" in body
    assert 'data-library="here"' in body
    assert page.headers == {"content-type": "text/html; charset=utf-8"}
    assert [seen.path for seen in site.seen] == ["robots.txt", "story", "library.js", "api/story"]
    assert (tmp_path / "a.warc.gz").stat().st_size > 0


GUARDED = {
    "private addresses": "fetch('http://169.254.169.254/latest').catch(() => document.body.dataset.end = 'refused')",
    "other methods than GET": "fetch('/ok', {method: 'POST'}).catch(() => document.body.dataset.end = 'refused')",
    "sockets": "new WebSocket('ws://127.0.0.1:PORT/ok').onerror = () => document.body.dataset.end = 'refused'",
    "what robots.txt forbids": "fetch('/secret').catch(() => document.body.dataset.end = 'refused')",
    "another page": "document.body.dataset.end = 'refused'; location.href = '/ok'",
    "frames and pictures": (
        "document.body.dataset.end = 'refused';"
        "document.body.insertAdjacentHTML('beforeend', '<iframe src=/ok></iframe><img src=/ok><link rel=stylesheet href=/ok>')"
    ),
}


@needs_chromium
@pytest.mark.parametrize("name", GUARDED)
def test_the_browser_reaches_nothing_by_itself(name):
    """Whatever a script asks for is refused, or goes through the fetcher: nothing but the page and robots.txt was asked."""
    script = GUARDED[name].replace("PORT", "' + location.port + '")
    page, site = rendered(script, robots=b"User-agent: *\nDisallow: /secret")
    assert 'data-end="refused"' in page.body.decode()
    assert {seen.path for seen in site.seen} == {"robots.txt", "story"}


@needs_chromium
def test_a_script_that_never_ends_costs_its_time():
    """The page's time is over, the browser is closed, the error has a code."""
    error, _ = rendered("while (true) {}", seconds=6.0)
    assert error.code == "timeout"


@needs_chromium
def test_a_page_that_grows_too_large():
    """The limit of pages holds for what scripts make of them."""
    error, _ = rendered("document.body.innerHTML = '<p>' + 'long '.repeat(1e6) + '</p>'")
    assert error.code == "too_large"


class NoPlaywright:
    """Finds no playwright, as where the extra is not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "playwright":
            raise ImportError(name)


@pytest.fixture
def without_extra():
    hidden = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.startswith(("playwright", "scraper.fetch.browser"))
    }
    finder = NoPlaywright()
    sys.meta_path.insert(0, finder)
    yield
    sys.meta_path.remove(finder)
    sys.modules.update(hidden)


@pytest.mark.usefixtures("without_extra")
def test_without_the_extra_the_source_says_so():
    """A code of its own, and the site is not asked for a page that could not be read."""
    error, site = rendered()
    assert (error.code, site.seen) == ("browser_missing", [])


@needs_chromium
def test_without_chromium_the_source_says_so(monkeypatch):
    """The extra is installed, the browser is not."""
    monkeypatch.setenv("PATH", "/nonexistent")
    error, site = rendered()
    assert (error.code, site.seen) == ("browser_missing", [])
