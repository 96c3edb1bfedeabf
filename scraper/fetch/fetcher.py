"""Fetch a URL: the one way out to the network. ``await fetcher.get(url, kind="page")`` gives a whole page or raises FetchError.

Every request of the daemon passes here: robots.txt, the host's pace and its one request in flight, redirects followed
one by one, a total deadline, body limits, validators. Proxies of the environment and retries do not exist here, nor cookies but within one chain (``chain_cookies``).
A recording is replayed by the same code: only the transport differs, and no pace is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Self
from urllib.parse import quote

from scraper import clock
from scraper.codec import replace
from scraper.decompress import Decompressor
from scraper.errors import (
    BadResponse,
    BadUrl,
    BrowserError,
    FetchError,
    HttpStatusError,
    NetworkError,
    NotRecorded,
    OutOfResources,
    RobotsDenied,
)
from scraper.fetch import robots
from scraper.fetch import transport as network
from scraper.fetch.caching import conditional_headers, retry_after_seconds
from scraper.fetch.chain_cookies import ChainCookies
from scraper.fetch.host_pace import MAX_CRAWL_DELAY_SECONDS, OVERLOADED
from scraper.fetch.rate_limit import MAX_HOSTS, LocalRateLimiter, RateLimiter, Slot, Unlimited, hold_lock
from scraper.fetch.redirects import check_url, origin_of, parsed_url, redirect_target, site_asked, sites_of
from scraper.model import NotModified, Page, Source, Validators
from scraper.own_faults import OwnFault, own_fault
from scraper.settings import Settings
from scraper.urls import site_of

if TYPE_CHECKING:
    from scraper.fetch.browser import Browser

Kind = Literal["feed", "page", "robots", "resource"]  # resource: what the scripts of a page ask for

MAX_BODY_BYTES: Mapping[str, int] = {
    "feed": 8 * 1024 * 1024,
    "page": 4 * 1024 * 1024,
    "resource": 4 * 1024 * 1024,
    "robots": robots.MAX_BYTES + 1,  # one more byte tells that there was more
}
ROBOTS_SECONDS = 15.0
MAX_REDIRECTS = 5
# Of an answer that is not wanted, read so that the connection can be used again
MAX_DISCARDED_BYTES = 16 * 1024
# Between tries of a request for which we had no descriptors or memory; polls that end meanwhile give theirs back
OWN_FAULT_PAUSES = (0.5, 1.0, 2.0)
GRACE_SECONDS = 2.0  # after the deadline, before a transport that does not keep it itself is cancelled

_CONDITIONS = {"if-none-match", "if-modified-since"}
_LOCATION_SAFE = "!#$%&'()*+,/:;=?@[]~"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/rdf+xml;q=0.9, application/feed+json, "
    "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.5, */*;q=0.1",
    "page": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "robots": "text/plain, */*;q=0.1",
    "resource": "*/*",
}


class Fetcher:
    """The way out to the network: ``async with Fetcher(settings) as f``. A replay or a test gives another ``transport``."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        transport: network.Transport | None = None,
        resolve: network.Resolver | None = None,
        polite: bool | None = None,
        limiter: RateLimiter | None = None,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = clock.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Use no pace and no pauses if not ``polite`` (the default for a replay), since nobody is being asked.

        ``limiter``: the rate limiter of a cluster; without one only this fetcher's requests are counted.
        """
        self._settings = settings or Settings()
        self._transport = transport or network.LiveTransport(
            resolve=resolve, allow_private_hosts=self._settings.allow_private_hosts
        )
        self._polite = getattr(self._transport, "live", True) if polite is None else polite
        self._keeps_deadline = getattr(self._transport, "keeps_deadline", False)
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._limiter: RateLimiter = Unlimited()
        if self._polite:
            self._limiter = limiter or LocalRateLimiter(monotonic=monotonic, sleep=sleep)
        self._slots = asyncio.Semaphore(self._settings.max_in_flight)
        self._policies: dict[str, robots.RobotsPolicy] = {}
        self._unread: dict[str, FetchError] = {}  # why robots.txt of an origin could not be read
        self._reading: dict[str, asyncio.Lock] = {}
        self.counts: Counter[str] = Counter()  # requests, bytes, and each error code: for logs and metrics

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()

    # ------------------------------------------------------------------------------------------ one request

    async def get(
        self,
        url: str,
        *,
        kind: Kind = "page",
        validators: Validators | None = None,
        source: Source | None = None,
        force: bool = False,
    ) -> Page | NotModified:
        """Fetch a URL; ``force`` asks without validators. Raises FetchError with a code, OutOfResources (after a few tries) if we
        cannot ask.
        """
        pauses = iter(OWN_FAULT_PAUSES)
        while True:
            try:
                return await self._get(check_url(url), kind, None if force else validators, source)
            except OutOfResources as error:
                self.counts[error.code] += 1
                pause = next(pauses, None)
                if pause is None:
                    raise
                await self._sleep(pause)
            except FetchError as error:
                self.counts[error.code] += 1
                if error.url is None:
                    error.url = url
                raise

    async def _get(
        self, url: str, kind: Kind, validators: Validators | None, source: Source | None
    ) -> Page | NotModified:
        """Fetch a URL, and let the page run its scripts where its source needs that."""
        if kind != "page" or source is None or not source.browser:
            return await self._follow(url, kind, validators, source)
        browser = self._browser  # before anyone is asked for what we cannot read
        page = await self._follow(url, kind, None, source)
        agent, seconds = self._settings.agent(source), self._seconds(kind)

        def load(resource: str) -> Awaitable[Page | NotModified]:
            return self._follow(check_url(resource), "resource", None, source)

        return await browser.render(page, load, agent=agent, seconds=seconds, max_bytes=MAX_BODY_BYTES[kind])

    @cached_property
    def _browser(self) -> Browser:
        """Return what renders pages, made when first needed. Raises BrowserError where the extra or Chromium is missing."""
        try:
            from scraper.fetch.browser import Browser  # playwright takes a second to import
        except ImportError as error:
            raise BrowserError("darial[browser] is not installed", code="browser_missing") from error
        return Browser()

    async def _follow(
        self, url: str, kind: Kind, validators: Validators | None, source: Source | None
    ) -> Page | NotModified:
        asked, permanent, budget = url, True, self._seconds(kind)
        seen, hops, cookies = {url}, 0, ChainCookies()
        moved: str | None = None
        while True:
            pace = self._settings.pace(source)
            if kind != "robots":
                pace = max(pace, await self._obey_robots(url, source))
            if kind == "resource":  # a page is read with all that builds it
                pace = 0.0
            site = site_asked(url)
            async with self._limiter.at(site, url=url, pace=pace, seconds=budget, room=self._slots) as slot:
                began = self._monotonic()
                more = {**conditional_headers(validators), **cookies.headers(origin_of(url))}
                answer = await self._ask(slot, url, kind, more, source=source, budget=budget)
                budget -= self._monotonic() - began
            if not isinstance(answer, _Redirect):
                if isinstance(answer, NotModified):
                    return replace(answer, url=asked)
                return replace(answer, url=asked, final_url=url, permanent_url=moved)
            cookies.keep(origin_of(url), answer.cookies)
            permanent = permanent and answer.status in _PERMANENT
            url = redirect_target(url, answer.location)
            if permanent:
                moved = url
            hops += 1
            if url in seen:
                if not cookies.demand():
                    raise BadUrl(f"redirects in a circle: {url}", code="redirect_loop", url=asked)
                seen.clear()
            if hops > MAX_REDIRECTS:
                raise BadUrl(f"more than {MAX_REDIRECTS} redirects", code="too_many_redirects", url=asked)
            seen.add(url)
            if kind == "page" and source is not None and site_of(url) not in sites_of(source, asked):
                raise BadUrl(f"redirects to another source's host: {url}", code="foreign_host", url=asked)

    async def _ask(
        self,
        slot: Slot,
        url: str,
        kind: Kind,
        more: Mapping[str, str],
        *,
        source: Source | None,
        budget: float,
    ) -> Page | NotModified | _Redirect:
        """Make one hop: one request with ``more`` headers, its answer read whole."""
        headers = {
            "User-Agent": self._settings.agent(source).encode("ascii", "ignore").decode(),
            "Accept": _ACCEPT[kind],
            "Accept-Encoding": "gzip, deflate",
            **more,
        }
        if source is not None and source.languages:
            headers["Accept-Language"] = ", ".join((*source.languages, "*;q=0.5"))
        self.counts["requests"] += 1
        proxy = source.proxy if source else None
        request = network.request("GET", parsed_url(url), headers, proxy=proxy)
        with network.deadline(budget):
            try:
                if self._keeps_deadline:
                    return await self._exchange(request, url, kind, slot)
                async with asyncio.timeout(budget + GRACE_SECONDS):
                    return await self._exchange(request, url, kind, slot)
            except Exception as error:
                if fault := _our_fault(error):
                    raise OutOfResources(fault.words, url=url) from error
                ours = network.translate(error, url)
                if ours is None or ours is error:
                    raise
                raise ours from error

    async def _exchange(
        self, request: network.Request, url: str, kind: Kind, slot: Slot
    ) -> Page | NotModified | _Redirect:
        response = await self._transport.handle_async_request(request)
        try:
            is_conditional = bool(_CONDITIONS & request.headers.keys())
            return await self._read(response, url, kind, slot, is_conditional=is_conditional)
        finally:
            await response.stream.aclose()  # type: ignore[union-attr]

    async def _read(
        self, response: network.Response, url: str, kind: Kind, slot: Slot, *, is_conditional: bool
    ) -> Page | NotModified | _Redirect:
        status, headers = response.status_code, plain_headers(response)
        if stray := response.extensions.get(network.STRAY_LINES):
            self.counts[network.STRAY_LINES] += stray
        retry_after = retry_after_seconds(headers.get("retry-after"), now=self._now())
        slot.answered(status, retry_after)
        if status == 304:
            if not is_conditional:
                raise BadResponse(
                    "the server says that nothing changed (304), but the request did not ask that",
                    code="unasked_304",
                    url=url,
                )
            return NotModified(url=url, headers=headers, fetched=self._now())
        if status in _REDIRECTS:
            await _discard(response)
            set_cookies = [value for name, value in response.headers.raw if name.lower() == b"set-cookie"]
            return _Redirect(status, headers.get("location", ""), set_cookies)
        if not 200 <= status < 300:
            await _discard(response)
            raise HttpStatusError(status, url=url, retry_after=retry_after)
        body = Decompressor(
            coding=headers.get("content-encoding"), limit=MAX_BODY_BYTES[kind], url=url, cut=kind == "robots"
        )
        async for chunk in response.stream:  # type: ignore[union-attr]
            body.add(chunk)
            if body.full:
                break
        self.counts["bytes"] += body.wire
        data = body.finish()
        return Page(url=url, final_url=url, status=status, headers=headers, body=data, fetched=self._now())

    def _seconds(self, kind: Kind) -> float:
        if kind == "robots":
            return ROBOTS_SECONDS
        return self._settings.feed_timeout_seconds if kind == "feed" else self._settings.page_timeout_seconds

    # ------------------------------------------------------------------------------------------ robots.txt

    async def _obey_robots(self, url: str, source: Source | None) -> float:
        """Return the crawl delay of the host; raises RobotsDenied, or what kept us from reading robots.txt."""
        origin = origin_of(url)
        policy = self._policies.get(origin)
        if policy is None or self._monotonic() >= policy.expires:
            async with hold_lock(self._reading.setdefault(origin, asyncio.Lock())):
                policy = self._policies.get(origin)
                if policy is None or self._monotonic() >= policy.expires:
                    policy = await self._read_robots(origin, policy, source)
            self._reading.pop(origin, None)
        allowed = policy.allows(url, self._monotonic())
        if allowed is None:
            raise self._unreachable(origin, url)
        if not allowed:
            raise RobotsDenied("robots.txt forbids it", url=url)
        return min(policy.crawl_delay or 0.0, MAX_CRAWL_DELAY_SECONDS)

    async def _read_robots(
        self, origin: str, old: robots.RobotsPolicy | None, source: Source | None
    ) -> robots.RobotsPolicy:
        answer: robots.Answer
        try:
            page = await self._follow(f"{origin}/robots.txt", "robots", None, source)
            answer = robots.RobotsRules(page.body) if isinstance(page, Page) else "none"
        except HttpStatusError as error:
            if error.status in OVERLOADED and self._polite:
                raise  # the host asks for a pause: that is an answer about all its pages
            answer = "none" if robots.meaning_of_status(error.status) == "none" else "unreachable"
            self._unread[origin] = error
        except (NotRecorded, BadUrl):
            # A recording without it; a redirect that leads nowhere (RFC 9309 section 2.3.1.2)
            answer = "none"
        except FetchError as error:
            elsewhere = error.url is not None and origin_of(error.url) != origin
            answer = "none" if elsewhere else "offline" if isinstance(error, NetworkError) else "unreachable"
            self._unread[origin] = error
        policy = self._policies[origin] = robots.renewed_robots(old, answer, self._monotonic())
        if policy.readable:
            self._unread.pop(origin, None)
        if len(self._policies) > MAX_HOSTS:
            oldest = next(iter(self._policies))
            del self._policies[oldest]
            self._unread.pop(oldest, None)
        return policy

    def _unreachable(self, origin: str, url: str) -> FetchError:
        """Return the error for a host that may not be asked: a host that is down is called so, not "forbidden"."""
        cause = self._unread.get(origin)
        if cause is None or isinstance(cause, HttpStatusError | BadResponse):
            return RobotsDenied(f"robots.txt could not be read: {cause}", code="robots_unreachable", url=url)
        return type(cause)(str(cause), code=cause.code, url=url)


def _our_fault(error: Exception) -> OwnFault | None:
    """Return our own fault that kept a request from being made. A resolver without descriptors only says that it found no name."""
    fault = own_fault(error)
    if fault is None and isinstance(error, NetworkError) and error.code == "dns_failed":
        try:
            for descriptor in os.pipe():
                os.close(descriptor)
        except OSError as shortage:
            return own_fault(shortage)
    return fault


class _Redirect(NamedTuple):
    status: int
    location: str
    cookies: list[bytes]


def plain_headers(response: network.Response) -> dict[str, str]:
    """Return the headers: names in lower case, repeated ones joined; each value decoded for itself (httpx guesses once for all)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name = raw_name.decode("latin-1").lower()
        if name == "set-cookie":
            continue
        try:
            value = raw_value.decode("utf-8")
        except UnicodeDecodeError:  # an address in a legacy charset means its bytes
            value = (
                quote(raw_value, safe=_LOCATION_SAFE) if name == "location" else raw_value.decode("latin-1")
            )
        if name != "location" or name not in headers:  # of two, the first
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _discard(response: network.Response) -> None:
    """Read a short unwanted body, so that the connection need not be closed."""
    length = response.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MAX_DISCARDED_BYTES:
        return
    with contextlib.suppress(FetchError):
        async for _ in response.stream:  # type: ignore[union-attr]
            pass
