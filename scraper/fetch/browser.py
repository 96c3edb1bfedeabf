"""Let a page build its article by its own scripts, in a Chromium that reaches no network. The only import of playwright.

A page that was fetched goes in, the document that its scripts made of it comes out. Whatever they ask for comes through ``load``,
which is the fetcher: its address guard, robots.txt, limits, proxy and recording hold. One page at a time, in a browser of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Awaitable, Callable

from playwright import async_api

from scraper.codec import replace
from scraper.errors import BadResponse, BrowserError, DarialError, HttpStatusError, TimeoutExceeded
from scraper.fetch.redirects import origin_of
from scraper.model import NotModified, Page

Load = Callable[[str], Awaitable[Page | NotModified]]

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# What builds an article. Pictures, styles, frames and whatever else is not asked for.
WANTED = frozenset({"script", "xhr", "fetch"})
MAX_RESOURCES = 80  # requests of one page's scripts
MAX_RESOURCE_BYTES = 16 * 1024 * 1024  # that they receive, all together
QUIET_SECONDS = 10.0  # at most, until the scripts ask for nothing more
CLOSE_SECONDS = 5.0
DOCUMENT = "'<!doctype html>' + document.documentElement.outerHTML"
# What is not led through ``load`` finds a proxy that is not there: sockets, prefetching, Chromium's own services.
NOWHERE: async_api.ProxySettings = {"server": "http://127.0.0.1:9", "bypass": "<-loopback>"}
FLAGS = (
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--js-flags=--max-old-space-size=256",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)


class Browser:
    """Renders pages with the system's Chromium. Raises BrowserError if there is none."""

    def __init__(self) -> None:
        found = next((path for name in NAMES if (path := shutil.which(name))), None)
        if found is None:
            raise BrowserError("Chromium is not installed", code="browser_missing")
        self._path = found
        self._turn = asyncio.Lock()

    async def render(
        self, page: Page | NotModified, load: Load, *, agent: str, seconds: float, max_bytes: int
    ) -> Page:
        """Return the page as its scripts leave it, in UTF-8 and without validators. Raises FetchError."""
        if isinstance(page, NotModified):
            raise TypeError("nothing was asked conditionally")
        async with self._turn:
            try:
                async with asyncio.timeout(seconds):
                    html = await self._document(page, load, agent, max_bytes)
            except TimeoutError as error:
                raise TimeoutExceeded("the scripts of the page took too long", url=page.url) from error
            except async_api.Error as error:
                first = str(error).partition("\n")[0]
                raise BrowserError(f"the browser failed: {first}", url=page.url) from error
        # the validators are those of the page before its scripts: they would hide an edit
        return replace(page, body=html.encode(), headers={"content-type": "text/html; charset=utf-8"})

    async def _document(self, page: Page, load: Load, agent: str, max_bytes: int) -> str:
        async with async_api.async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=self._path,
                args=FLAGS,
                chromium_sandbox=os.geteuid() != 0,  # root has none
                proxy=NOWHERE,
                timeout=0,
            )
            try:
                context = await browser.new_context(
                    user_agent=agent, accept_downloads=False, service_workers="block"
                )
                context.set_default_timeout(0)  # ours ends everything
                tab = await context.new_page()
                await context.route("**/*", _Answers(page, load, tab).answer)
                await tab.goto(page.final_url, wait_until="commit")
                with contextlib.suppress(async_api.TimeoutError):
                    await tab.wait_for_load_state("networkidle", timeout=QUIET_SECONDS * 1000)
                # not tab.content(): that waits for a page to which a script wants to go, and which we refuse
                tools = await context.new_cdp_session(tab)
                found = await tools.send("Runtime.evaluate", {"expression": DOCUMENT, "returnByValue": True})
                html = found.get("result", {}).get("value")
                if not isinstance(html, str) or len(html) > max_bytes:
                    raise BadResponse(f"larger than {max_bytes} bytes", code="too_large", url=page.url)
                return html
            finally:
                with contextlib.suppress(TimeoutError, async_api.Error):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await browser.close()


class _Answers:
    """What the browser gets for what it asks: the page itself once, and what its scripts need."""

    def __init__(self, page: Page, load: Load, tab: async_api.Page) -> None:
        self._page, self._load, self._tab = page, load, tab
        self._given = False
        self._resources = 0
        self._bytes = 0

    async def answer(self, route: async_api.Route) -> None:
        with contextlib.suppress(async_api.Error):  # the page is closed already
            await self._answer(route, route.request)

    async def _answer(self, route: async_api.Route, request: async_api.Request) -> None:
        if request.is_navigation_request():
            if self._given or request.frame != self._tab.main_frame:
                await route.abort("aborted")  # the page stays as it is
                return
            self._given = True
            kind = self._page.headers.get("content-type", "text/html")
            await route.fulfill(status=200, headers={"content-type": kind}, body=self._page.body)
            return
        wanted = request.method == "GET" and request.resource_type in WANTED
        if not wanted or self._resources >= MAX_RESOURCES or self._bytes >= MAX_RESOURCE_BYTES:
            await route.abort("blockedbyclient")
            return
        self._resources += 1
        # No cookies are sent, so another site gives nothing away by being read from this one.
        headers = {
            "access-control-allow-origin": origin_of(self._page.final_url),
            "access-control-allow-credentials": "true",
        }
        try:
            found = await self._load(request.url)
        except HttpStatusError as error:
            await route.fulfill(status=error.status, headers=headers, body="")
        except DarialError:
            await route.abort("failed")
        else:
            if isinstance(found, NotModified):
                raise TypeError("nothing was asked conditionally")
            self._bytes += len(found.body)
            kind = found.headers.get("content-type", "text/plain")
            await route.fulfill(status=200, headers={**headers, "content-type": kind}, body=found.body)
