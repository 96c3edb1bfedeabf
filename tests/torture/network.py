"""The network against servers that mean harm: addresses, deadlines, bombs, cut bodies, politeness. Each promise, its figure.

Real sockets to a loopback site that misbehaves under names (tests/support/site.py), in a process of its own where memory is
measured; what takes hours by the clock (politeness, soak) runs in virtual time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from bench import virtual
from bench.fetch import resident
from bench.report import Report, Table, reach
from scraper.errors import FetchError, NetworkError, TimeoutExceeded
from scraper.fetch import dialer
from scraper.fetch import fetcher as fetch
from scraper.fetch import transport as network
from scraper.fetch.caching import validators_of
from scraper.fetch.fetcher import Fetcher
from scraper.model import NotModified, Page, Source, SourceState, Validators
from scraper.schedule import interval
from scraper.settings import Settings
from tests.support.fake_network import FakeNetwork
from tests.support.misbehaviour import BAD, GOOD, NAMES, SPELLINGS
from tests.support.site import BEHAVIOURS, TEXT, Site
from tests.torture import hostile
from tests.torture.addresses import COUNT as ADDRESSES
from tests.torture.addresses import hostile as hostile_addresses

BENCH = "the network: addresses, deadlines, bombs, cut bodies, politeness, soak"

LOOPBACK = ("127.0.0.0/8",)
MAX_RISE_MB = 24
MAX_PAUSE_MS = 250
MAX_TURN_MS = 50
PROBE_SECONDS = 0.005
AT_ONCE = 8
DEAR_FEEDS = (
    "attributes of one element",
    "outlines",
    "items of escaped markup",
    "a sitemap",
    "JSON items",
)
DEAR_PAGES = (
    "first headings",
    "definitions",
    "short paragraphs",
    "headlines",
    "rows of a table",
    "made-up tags nested",
)
BOMB_MEGABYTES = 512
SLOW = (*(name for name, code in BAD.items() if code == "timeout"), "error_drip")
TRUNCATED = tuple(name for name, code in BAD.items() if code == "truncated")
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)

Part = dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--aborts", type=int, default=10_000, help="requests that end badly (10,000)")
    parser.add_argument("--polls", type=int, default=10_000, help="polls of the soak (10,000)")
    parser.add_argument("--feed-seconds", type=float, default=30, help="deadline of a feed (30)")
    parser.add_argument("--page-seconds", type=float, default=45, help="deadline of a page (45)")
    parser.add_argument("--addresses", type=int, default=ADDRESSES, help="hostile addresses (40,000)")
    parser.add_argument("--seed", type=int, default=1, help="of what is random (1)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="a part by the first word of its name, B5; again for more (all)",
    )


def run(chosen: argparse.Namespace) -> Report:
    parts: dict[str, Part] = {}
    began = time.perf_counter()
    work: dict[str, Callable[[], Part]] = {
        "B1 addresses": lambda: asyncio.run(addresses()),
        "B2 rebinding": lambda: asyncio.run(rebinding()),
        "B4 redirects": lambda: asyncio.run(answers(lambda name: name.startswith(("to?", "to_", "hops", "loop", "ping")))),
        "B5 deadlines": lambda: asyncio.run(deadlines(chosen.feed_seconds, chosen.page_seconds)),
        "B6 aborted": lambda: asyncio.run(aborted(chosen.aborts, random.Random(chosen.seed))),
        "B7 bombs": bombs,
        "B8 cut bodies": lambda: asyncio.run(answers(lambda name: name in TRUNCATED)),
        "B9 headers": lambda: asyncio.run(headers()),
        "B10 injection": lambda: asyncio.run(injection()),
        "B11 retry-after": lambda: virtual.run(retry_after()),
        "B12 politeness": lambda: virtual.run(politeness()),
        "B13 back-off": backoff,
        "B14 validators": lambda: asyncio.run(validators()),
        "B15 robots.txt": lambda: virtual.run(robots()),
        "B16 TLS, proxies": lambda: asyncio.run(surroundings()),
        "B17 hostile addresses": lambda: hostile_addresses(chosen.addresses, chosen.seed),
        "all behaviours": lambda: asyncio.run(answers(lambda _: True)),
        "A12 pauses": lambda: asyncio.run(pauses()),
        "A12 chunks": lambda: asyncio.run(chunks()),
        "A10 soak": lambda: soak(chosen.polls, chosen.seed),
    }  # fmt: skip
    for name, part in work.items():
        if chosen.only and name.split()[0] not in chosen.only:
            continue
        sys.stderr.write(f"\r{name:<30}")
        at = time.perf_counter()
        parts[name] = {**part(), "seconds": round(time.perf_counter() - at, 1)}
    sys.stderr.write("\r" + " " * 40 + "\r")
    faults = [f"{name}: {fault}" for name, part in parts.items() for fault in part["faults"]]
    wanted: tuple[tuple[str, str, str, Literal["<=", "=="], float], ...] = (
        ("B1 addresses", "connections", "connections to private addresses", "==", 0),
        ("B2 rebinding", "connections", "connections by a rebinding resolver", "==", 0),
        ("B5 deadlines", "worst_over", "seconds over the deadline, at worst", "<=", 1),
        ("B6 aborted", "good_failed", "good requests that failed after aborted ones", "==", 0),
        ("B6 aborted", "descriptors", "descriptors left by aborted requests", "<=", 0),
        ("B7 bombs", "worst_mb", "memory risen by a bomb, at worst, MB", "<=", MAX_RISE_MB),
        ("B17 hostile addresses", "uncaught", "addresses that raised what is no refusal", "==", 0),
        ("A12 pauses", "worst_ms", "pause of the loop at worst, ms", "<=", MAX_PAUSE_MS),
        ("A12 chunks", "worst_ms", "own CPU without a turn of the loop, small chunks, ms", "<=", MAX_TURN_MS),
        ("A12 chunks", "cpu_s", "CPU seconds for one answer in small chunks, at worst", "<=", 1),
        ("A10 soak", "grown_mb", "memory grown in the soak, MB", "<=", 10),
        ("A10 soak", "left", "descriptors and tasks left by the soak", "==", 0),
    )
    return Report(
        figures={"seed": chosen.seed, "named_behaviours": len(BEHAVIOURS), "total_seconds": round(time.perf_counter() - began, 1), "parts": parts},
        reach=(
            *(reach(what, parts[name][figure], sign, want) for name, figure, what, sign, want in wanted if name in parts),
            reach("named behaviours", len(BEHAVIOURS), ">=", 30),
            reach("faults in all", len(faults), "==", 0),
        ),
        tables=(
            Table(
                "The network under torture",
                ("promise", "points", "faults", "figure", "seconds"),
                tuple((n, p["points"], len(p["faults"]), p["said"], p["seconds"]) for n, p in parts.items()),
            ),
        ),
        notes=tuple(faults[:20]),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------ where to


async def resolver(host: str, port: int) -> list[str]:
    if host in NAMES:
        return NAMES[host]
    if host.endswith((".test", ".org")):
        raise OSError("no such name")
    return list(await dialer.system_resolver(host, port))


async def addresses() -> Part:
    """60 spellings as feed, page, robots.txt, behind one to five redirects, and with a proxy in the environment."""
    faults = []
    refused = 0
    with environment(HTTP_PROXY="", ALL_PROXY="") as environ:
        async with Site(host="0.0.0.0") as inner, Site() as door, Site() as proxy:
            settings = Settings(pace_seconds=0, page_timeout_seconds=5, allow_private_hosts=("start.test",))
            ways: dict[str, tuple[str, fetch.Kind]] = {
                "feed": ("{}", "feed"),
                "page": ("{}", "page"),
                "robots.txt": ("{}", "robots"),
                "proxy": ("{}", "page"),
            }
            for hops in range(1, 6):
                steps = f"http://start.test:{door.port}/to?" * hops
                ways[f"{hops} redirects"] = (steps + "{}", "page")
            for way, (form, kind) in ways.items():
                if way == "proxy":
                    environ.update(
                        dict.fromkeys(
                            ("HTTP_PROXY", "ALL_PROXY", "http_proxy"), f"http://127.0.0.1:{proxy.port}"
                        )
                    )
                async with Fetcher(settings, resolve=resolver) as fetcher:
                    for spelling in SPELLINGS:
                        try:
                            await fetcher.get(form.format(f"http://{spelling}:{inner.port}/ok"), kind=kind)
                        except FetchError:
                            refused += 1
                        else:
                            faults.append(f"{way}: {spelling} was answered")
            connections = inner.connections + proxy.connections
            return {
                "points": len(SPELLINGS) * len(ways),
                "connections": connections,
                "faults": faults,
                "said": f"{connections} connections, {refused} refused",
            }


async def rebinding(tries: int = 1000) -> Part:
    """A name that turns from public to private between look-ups, or answers both at once."""
    faults = []
    answers = itertools.cycle([["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], ["::ffff:127.0.0.1"]])

    async def turn(*_: object) -> list[str]:
        return next(answers)

    async with Site(host="0.0.0.0") as site:
        transport = network.LiveTransport(resolve=turn)
        for i in range(tries):
            try:
                await transport.handle_async_request(
                    network.Request("GET", f"http://rebind.test:{site.port}/ok")
                )
                faults.append(f"look-up {i} was connected to")
            except FetchError as error:
                if error.code != "blocked_address":
                    faults.append(f"look-up {i}: {error.code}")
        await transport.aclose()
        return {
            "points": tries,
            "connections": site.connections,
            "faults": faults,
            "said": f"{site.connections} connections",
        }


# ------------------------------------------------------------------------------------------ what comes back


async def answers(wanted: Callable[[str], bool]) -> Part:
    """Every named misbehaviour: its body, or its own code."""
    faults = []
    codes = set()
    settings = Settings(pace_seconds=0, page_timeout_seconds=3, allow_private_hosts=LOOPBACK)
    cases: dict[str, Any] = {name: case for name, case in {**GOOD, **BAD}.items() if wanted(name)}
    async with Site(host="0.0.0.0") as site, Fetcher(settings, polite=False) as fetcher:

        async def one(i: int, name: str, expected: str | bytes) -> None:
            try:
                page = await fetcher.get(f"http://127.1.0.{i + 1}:{site.port}/{name}")
                got: str | bytes = page.body if isinstance(page, Page) else "304"
            except FetchError as error:
                got = error.code
                codes.add(got)
            except Exception as error:
                got = f"{type(error).__name__}: {error}"
            if got != expected:
                faults.append(f"{name}: {got[:60]!r}, not {expected[:60]!r}")

        await asyncio.gather(*(one(i, name, expected) for i, (name, expected) in enumerate(cases.items())))
    return {"points": len(cases), "faults": faults, "said": f"{len(codes)} codes told apart"}


async def deadlines(feed_seconds: float, page_seconds: float) -> Part:
    """Servers that drip, stall and talk without end, all at once, with the real deadlines."""
    faults = []
    over = [0.0]
    settings = Settings(
        pace_seconds=0, feed_timeout_seconds=feed_seconds, page_timeout_seconds=page_seconds, allow_private_hosts=LOOPBACK, max_in_flight=100
    )  # fmt: skip
    async with Site(host="0.0.0.0") as site, Site(mute=True, host="0.0.0.0") as mute:
        fetch_robots, fetch.ROBOTS_SECONDS = fetch.ROBOTS_SECONDS, min(page_seconds, fetch.ROBOTS_SECONDS)
        try:
            async with Fetcher(settings) as fetcher:

                async def one(url: str, kind: fetch.Kind, limit: float, expected: str) -> None:
                    began = time.perf_counter()
                    try:
                        await fetcher.get(url, kind=kind)
                        faults.append(f"{url} as {kind}: answered")
                    except FetchError as error:
                        passed = time.perf_counter() - began
                        if error.code not in expected:
                            faults.append(f"{url} as {kind}: {error.code}")
                        over.append(passed - limit)
                        if passed > limit + 1:
                            faults.append(f"{url} as {kind}: {passed:.1f} s")

                kinds: tuple[tuple[int, fetch.Kind, float], ...] = (
                    (1, "feed", feed_seconds),
                    (2, "page", page_seconds),
                )
                jobs = [
                    one(f"http://127.{net}.0.{i + 1}:{site.port}/{name}", kind, limit, BAD[name])
                    for net, kind, limit in kinds
                    for i, name in enumerate(SLOW)
                ]
                limit = fetch.ROBOTS_SECONDS
                jobs.append(one(f"https://127.3.0.1:{mute.port}/", "robots", limit, "timeout tls_failed"))
                jobs.append(one(f"http://127.3.0.2:{mute.port}/", "robots", limit, "timeout"))
                await asyncio.gather(*jobs)
        finally:
            fetch.ROBOTS_SECONDS = fetch_robots
    worst = round(max(over), 3)
    return {
        "points": len(jobs),
        "faults": faults,
        "worst_over": worst,
        "said": f"at worst {worst:.2f} s over {feed_seconds:g} and {page_seconds:g} s",
    }


async def aborted(count: int, rng: random.Random) -> Part:
    """Requests that end by deadline, by cancellation, by a reset; then good ones to other hosts, and what is left open."""
    before = descriptors()
    hurried = Settings(
        pace_seconds=0, page_timeout_seconds=0.03, max_in_flight=100, allow_private_hosts=LOOPBACK
    )
    names = ("body_drip", "header_drip", "silence", "reset", "hang_up", "short_length", "stops_halfway")
    codes: dict[str, int] = {}
    async with Site(host="0.0.0.0") as site, Fetcher(hurried, polite=False) as fetcher:

        async def one(i: int) -> None:
            url = f"http://127.0.0.{i % 100 + 1}:{site.port}/{names[i % len(names)]}"
            try:
                async with asyncio.timeout(0.05 * rng.random() if i % 2 else None):
                    await fetcher.get(url)
                code = "answered"
            except FetchError as error:
                code = error.code
            except TimeoutError:
                code = "cancelled"
            codes[code] = codes.get(code, 0) + 1

        for at in range(0, count, 100):
            await asyncio.gather(*(one(i) for i in range(at, at + 100)))
        failed = 0
        good = Settings(pace_seconds=0, allow_private_hosts=LOOPBACK)
        async with Fetcher(good) as other:
            for i in range(100):
                try:
                    await other.get(f"http://127.5.0.{i + 1}:{site.port}/ok")
                except FetchError:
                    failed += 1
    await asyncio.sleep(0.05)
    left = descriptors() - before
    tasks = len(asyncio.all_tasks()) - 1
    faults = ([f"{failed} good requests failed"] if failed else []) + (
        [f"{tasks} tasks left"] if tasks else []
    )
    return {
        "points": count,
        "good_failed": failed,
        "descriptors": left,
        "codes": codes,
        "faults": faults,
        "said": f"{failed} of 100 good ones failed, {left} descriptors left",
    }


def bombs(megabytes: int = BOMB_MEGABYTES) -> Part:
    """Bodies made to fill the memory: how much that of the client rises. The site is another process."""
    names = [
        f"bomb_gzip?{megabytes}", f"bomb_gzip_unasked?{megabytes}", f"bomb_gzip_twice?{megabytes}", f"bomb_deflate?{megabytes}", "bomb_members",
        "wire_flood", "large", "large_chunked", "large_until_close", "header_flood", "header_line", "chunk_extension", "chunk_extensions", "tiny_chunks",
        "many_headers", "cookies",
    ]  # fmt: skip
    faults: list[str] = []
    rises: dict[str, float] = {}

    async def one(url: str, kind: fetch.Kind) -> str:
        async with Fetcher(Settings(pace_seconds=0, allow_private_hosts=LOOPBACK), polite=False) as fetcher:
            try:
                await fetcher.get(url, kind=kind)
            except FetchError as error:
                return error.code
            return "answered"

    with site_process() as port:
        asyncio.run(one(f"http://127.0.0.1:{port}/ok", "page"))
        for name, kind in itertools.product(names, ("page", "feed")):
            url = f"http://127.0.0.1:{port}/{name}"
            asyncio.run(one(url, "robots"))  # the site makes its bomb once
            reset_peak()
            before = resident()
            code = asyncio.run(one(url, kind))  # type: ignore[arg-type]
            rise = max(peak() - before, 0) / 1e6
            rises[f"{name} as {kind}"] = round(rise, 1)
            if rise > MAX_RISE_MB:
                faults.append(f"{name} as {kind}: {rise:.0f} MB")
            if code == "answered" and name not in ("many_headers", "cookies"):
                faults.append(f"{name} as {kind} was taken")
    worst = max(rises.values())
    return {
        "points": len(rises),
        "worst_mb": worst,
        "rises_mb": rises,
        "faults": faults,
        "said": f"at worst {worst:.1f} MB",
    }


async def headers() -> Part:
    """Floods are refused, 10,000 small headers cost nothing to speak of, cookies never come back."""
    faults = []
    async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=LOOPBACK)) as fetcher:
        await fetcher.get(site.url())
        began = time.process_time()
        await fetcher.get(site.url("many_headers"))
        seconds = time.process_time() - began
        if seconds > 1:
            faults.append(f"10,000 headers took {seconds:.2f} s of CPU")
        for _ in range(2):
            page = await fetcher.get(site.url("cookies"))
            faults += [f"kept {name}" for name in page.headers if "cookie" in name]
        faults += ["a cookie came back" for seen in site.seen if "cookie" in seen.headers]
        for name in ("header_flood", "header_line"):
            with contextlib.suppress(FetchError):
                await fetcher.get(site.url(name))
                faults.append(f"{name} was taken")
    return {"points": 5, "faults": faults, "said": f"10,000 headers in {seconds * 1000:.0f} ms of CPU"}


async def injection() -> Part:
    """Validators made to break the next request are dropped when they come in."""
    faults = []
    poison = [Validators(etag=v) for v in ('"a\r\nX: y"', '"é"', "e" * 600, '"a\nb"', '"\x00"')]
    async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=LOOPBACK)) as fetcher:
        for query in ("long", "utf8", "empty", "tab"):
            page = await fetcher.get(site.url(f"hostile_etag?{query}"), kind="feed")
            if validators_of(page.headers) != Validators():
                faults.append(f"{query} was kept")
        for bad in poison:
            await fetcher.get(site.url("feed"), kind="feed", validators=bad)
            if {"if-none-match", "x"} & set(site.seen[-1].headers):
                faults.append(f"{bad.etag!r} was sent")
    return {"points": 4 + len(poison), "faults": faults, "said": "none kept, none sent"}


# ------------------------------------------------------------------------------------------ politeness


async def retry_after() -> Part:
    """429 and 503 with every kind of Retry-After: no request to any address of the host before its time."""
    faults = []
    values = {"120": 120.0, "0": 0.0, "315360000": 86400.0, "garbage": 60.0, "Mon, 02 Mar 2026 00:10:00 GMT": 600.0, None: 60.0,
              "Mon, 02 Mar 2020 00:10:00 GMT": 0.0}  # fmt: skip
    for status, (value, seconds) in itertools.product((429, 503), values.items()):
        extra = {} if value is None else {"Retry-After": value}
        net = FakeNetwork(
            {"http://a.test/1": [(status, extra, b""), (200, {}, TEXT)], "http://a.test/2": (200, {}, TEXT)}
        )
        offset = asyncio.get_running_loop().time()

        def now(offset: float = offset) -> datetime:
            return virtual.START + timedelta(seconds=virtual.seconds() - offset)

        async with Fetcher(Settings(), transport=net, now=now, monotonic=virtual.seconds) as fetcher:
            with contextlib.suppress(FetchError):
                await fetcher.get("http://a.test/1")
            paused = virtual.seconds()
            while True:
                with contextlib.suppress(FetchError):
                    await fetcher.get("http://a.test/2")
                    break
                await asyncio.sleep(5)
            waited = virtual.seconds() - paused
            if not seconds - 5 <= waited <= max(seconds, 2) + 11:
                faults.append(f"{status} with {value}: {waited:.0f} s, not {seconds:.0f}")
    return {"points": 2 * len(values), "faults": faults, "said": "the whole host paused each time"}


async def politeness() -> Part:
    """An hour of as many requests as there can be, to ten hosts of five domains, and one with a crawl delay."""
    robots_txt = b"User-agent: *\nCrawl-delay: 10\n"
    net = FakeNetwork(
        lambda r: (
            200,
            {},
            robots_txt
            if r.url.path == "/robots.txt" and "slow" in r.url.host
            else b""
            if r.url.path == "/robots.txt"
            else TEXT,
        ),
        latency=0.3,
    )
    hosts = [f"{prefix}outlet{i}.test" for i in range(5) for prefix in ("", "www.")] + ["slow.test"]

    async def follow(host: str, worker: int) -> None:
        n = 0
        while virtual.seconds() < 3600:
            n += 1
            await fetcher.get(f"http://{host}/{worker}/{n}")

    async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as fetcher:
        await asyncio.gather(*(follow(host, worker) for host in hosts for worker in range(3)))
    faults = []
    sites: dict[str, list[Any]] = {}
    for asked in net.asked:
        sites.setdefault(asked.host.removeprefix("www."), []).append(asked)
    for site, all_asked in sites.items():
        gap = 10.0 if site == "slow.test" else 1.0
        ordered = sorted(all_asked, key=lambda a: a.began)
        for a, b in itertools.pairwise(ordered[1:]):
            if b.began < a.ended + gap - 1e-6:
                faults.append(f"{site}: {b.began - a.ended:.2f} s after the one before")
    if net.most_in_flight > 32:
        faults.append(f"{net.most_in_flight} in flight")
    return {
        "points": len(net.asked),
        "faults": faults,
        "said": f"{len(net.asked)} requests, {len(faults)} too early",
    }


def backoff() -> Part:
    """40 failures in a row with every jitter: a quarter of the time since the last answer, five minutes to six hours, +-10 %."""
    faults = []
    source = Source(id="a", name="A", homepage="http://a.test/", country="am", languages=("hy",))
    points = 0

    def after(
        state: SourceState, evidence: interval.PollEvidence, now: datetime, jitter: float
    ) -> SourceState:
        return interval.advance(
            state, evidence, source=source, settings=Settings(), now=now, chance=lambda: jitter
        )

    for jitter in (0.0, 0.25, 0.5, 0.75, 0.999):
        state, now = SourceState(source="a", last_success=NOW), NOW + timedelta(minutes=30)
        for n in range(1, 41):
            points += 1
            state = after(state, interval.PollEvidence(codes=("timeout",)), now, jitter)
            assert state.due is not None
            wait = (state.due - now).total_seconds()
            expected = max(300, min((now - NOW).total_seconds() / 4, 6 * 3600))
            if not 0.9 * expected - 1 <= wait <= 1.1 * expected + 1:
                faults.append(f"failure {n}: {wait:.0f} s, not {expected}")
            now = state.due
        if after(state, interval.PollEvidence(answered=1), now, jitter).failures:
            faults.append("a success did not end it")
    return {"points": points, "faults": faults, "said": "a quarter of the outage, at most 6 h"}


async def validators() -> Part:
    """ETag byte for byte, Last-Modified, 304 without having been asked, a server that lies."""
    faults = []
    async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=LOOPBACK)) as fetcher:
        for name in ("etag", "last_modified", "lying_etag"):
            page = await fetcher.get(site.url(name), kind="feed")
            known = validators_of(page.headers)
            again = await fetcher.get(site.url(name), kind="feed", validators=known)
            forced = await fetcher.get(site.url(name), kind="feed", validators=known, force=True)
            if not (isinstance(again, NotModified) and isinstance(forced, Page)):
                faults.append(name)
        with contextlib.suppress(FetchError):
            await fetcher.get(site.url("unasked_304"), kind="feed")
            faults.append("a 304 that nobody asked for was taken")
    return {"points": 10, "faults": faults, "said": "304 only where it was asked for"}


async def robots() -> Part:
    """RFC 9309 by status: 4xx allows, 5xx and silence forbid, 500 KiB are read, a good copy outlives a breakdown."""
    rules = b"User-agent: *\nDisallow: /private\n"
    long = (
        rules + b"# " + b"x" * 400_000 + b"\nDisallow: /late\n" + b"# " + b"x" * 400_000 + b"\nDisallow: /a\n"
    )
    cases: dict[str, tuple[Any, str, str | None]] = {
        "200": ((200, {}, rules), "private", "robots_denied"),
        "200, another path": ((200, {}, rules), "a", None),
        "beyond 500 KiB": ((200, {}, long), "a", None),
        "within 500 KiB": ((200, {}, long), "late", "robots_denied"),
        **{str(s): ((s, {}, rules), "private", None) for s in (400, 401, 403, 404, 410, 451)},
        **{str(s): ((s, {}, b""), "a", "robots_unreachable") for s in (500, 501, 502, 504, 599)},
        "503": ((503, {}, b""), "a", "http_503"),
        "no name": (NetworkError("x", code="dns_failed"), "a", "dns_failed"),
        "no connection": (NetworkError("x", code="connect_failed"), "a", "connect_failed"),
        "silence": (TimeoutExceeded("x"), "a", "timeout"),
        "redirect to nowhere": ((302, {"Location": "file:///x"}, b""), "a", None),
        "redirect in a circle": ((301, {"Location": "/robots.txt"}, b""), "a", None),
    }
    faults = []
    for name, (answer, path, expected) in cases.items():
        net = FakeNetwork({"http://a.test/robots.txt": answer, f"http://a.test/{path}": (200, {}, TEXT)})
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as fetcher:
            try:
                await fetcher.get(f"http://a.test/{path}")
                got = None
            except FetchError as error:
                got = error.code
        if got != expected:
            faults.append(f"{name}: {got}, not {expected}")
    return {"points": len(cases), "faults": faults, "said": "4xx allows, 5xx forbids, down is down"}


async def surroundings() -> Part:
    """Certificates are verified; proxies and .netrc of the environment are not asked."""
    faults = []
    async with Site(tls=True) as tls, Site() as site, Site() as trap:
        proxy = f"http://127.0.0.1:{trap.port}"
        with environment(
            HTTP_PROXY=proxy,
            HTTPS_PROXY=proxy,
            ALL_PROXY=proxy,
            http_proxy=proxy,
            SSL_CERT_FILE=str(Path(__file__)),
        ):
            async with Fetcher(Settings(pace_seconds=0, allow_private_hosts=LOOPBACK)) as fetcher:
                await fetcher.get(site.url())
                try:
                    await fetcher.get(tls.url())
                    faults.append("a self-signed certificate was trusted")
                except FetchError as error:
                    if error.code != "tls_failed":
                        faults.append(error.code)
        if trap.connections:
            faults.append(f"the proxy was asked {trap.connections} times")
        faults += ["credentials were sent" for seen in site.seen if "authorization" in seen.headers]
    return {"points": 3, "faults": faults, "said": f"{trap.connections} requests to the proxy"}


# ------------------------------------------------------------------------------------------ the loop


async def pauses() -> Part:
    """Bombs as feeds and as pages, four outlets at a time, through the real pipeline, parsers and store: how long the loop stood still."""
    from scraper.model import FeedRef
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.context import PollContext
    from scraper.pipeline.poll import poll
    from storage import open_store

    feeds = {name: text.encode() for name, text in import_module("tests.feeds.test_feed").HOSTILE.items()}
    pages = {name: text.encode() for name, text in import_module("tests.extract.test_html").BOMBS.items()}
    feeds |= {name: hostile.FEEDS[name].of(hostile.MAX_FEED_BYTES // 2) for name in DEAR_FEEDS}
    pages |= {name: hostile.PAGES[name].of(hostile.MAX_PAGE_BYTES // 16) for name in DEAR_PAGES}
    big = b"<rss version='2.0'><channel><title>C</title>%s</channel></rss>"
    item = b"<item><title>T%d</title><link>http://o%d.test/p</link><description>%s</description></item>"
    feeds["eight MB"] = big % b"".join(item % (i, i, b"word " * 400) for i in range(3800))
    answers: dict[str, Any] = {}
    sources = []
    for i, (name, feed) in enumerate([*feeds.items(), *((name, b"") for name in pages)]):
        host = f"http://o{i}.test"
        page = pages.get(name, b"")
        answers[f"{host}/feed"] = (200, {}, feed or big % item % (i, i, b"x"))
        answers[f"{host}/p"] = (200, {"Content-Type": "text/html"}, page)
        answers[f"{host}/robots.txt"] = (404, {}, b"")
        sources.append(
            Source(id=f"o{i}", name=name, homepage=host, country="am", languages=("en",), feeds=(FeedRef(url=f"{host}/feed"),))
        )  # fmt: skip
    settings = Settings(pace_seconds=0, max_pages_per_poll=1)
    late: list[float] = []

    async def probe() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(PROBE_SECONDS)
            late.append(time.perf_counter() - began - PROBE_SECONDS)

    faults = []
    with tempfile.TemporaryDirectory(prefix="darial-pauses-") as folder, open_store(folder) as store:
        async with Fetcher(settings, transport=FakeNetwork(answers)) as fetcher, ParsePool(2) as workers:
            io = PollContext(network=fetcher, store=store, parser=workers, settings=settings)
            await poll(io, sources[-1])  # the workers have started
            watching = asyncio.create_task(probe())
            for some in (sources[at : at + 4] for at in range(0, len(sources), 4)):
                done = await asyncio.gather(*(poll(io, one) for one in some), return_exceptions=True)
                faults += [
                    f"{one.name}: {end!r}"
                    for one, end in zip(some, done, strict=True)
                    if isinstance(end, Exception)
                ]
            watching.cancel()
    worst = max(late) * 1000
    return {
        "points": len(sources),
        "worst_ms": round(worst),
        "faults": faults,
        "said": f"{worst:.0f} ms at worst, of {len(late):,} looks",
    }


async def chunks() -> Part:
    """Answers in the smallest chunks, eight at a time: CPU of our own without a turn of the loop, and in all. The site is another process."""
    faults: list[str] = []
    turns: list[float] = []
    spent: list[float] = []
    names = ("tiny_chunks", "chunk_extensions", "chunked")

    async def probe() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            turns.append(time.thread_time() - began)

    async def one(fetcher: Fetcher, url: str) -> None:
        with contextlib.suppress(FetchError):
            await fetcher.get(url)
            if "chunked" not in url:
                faults.append(f"{url} was taken")

    settings = Settings(pace_seconds=0, allow_private_hosts=LOOPBACK)
    with site_process() as port:
        async with Fetcher(settings, polite=False) as fetcher:
            await one(fetcher, f"http://127.0.0.1:{port}/chunked")
            watching = asyncio.create_task(probe())
            for name in names:
                began = time.process_time()
                await asyncio.gather(
                    *(one(fetcher, f"http://127.0.0.{i + 1}:{port}/{name}") for i in range(AT_ONCE))
                )
                spent.append((time.process_time() - began) / AT_ONCE)
            watching.cancel()
    worst = max(turns) * 1000
    return {
        "points": len(names) * AT_ONCE,
        "worst_ms": round(worst, 1),
        "cpu_s": round(max(spent), 3),
        "faults": faults,
        "said": f"{worst:.0f} ms of our own CPU without a turn at worst, {max(spent):.2f} s for one answer",
    }


# ------------------------------------------------------------------------------------------ soak


def soak(polls: int, seed: int) -> Part:
    """Many polls of a newsroom in virtual time, with the real pipeline, parser and store: what is left when it ends."""
    from bench.newsroom import World

    world = World(seed, start=virtual.START, days=400, outlets=6)
    before = descriptors()
    with tempfile.TemporaryDirectory(prefix="darial-soak-") as folder:
        memory = virtual.run(_soak(world, polls, Path(folder)))
        left = max(descriptors() - before, 0)
    first = memory[len(memory) // 5]
    grown = round((memory[-1] - first) / 1e6, 1)
    return {
        "points": polls,
        "grown_mb": grown,
        "left": left,
        "memory_mb": [round(m / 1e6, 1) for m in memory],
        "faults": [],
        "said": f"{grown} MB grown after the first fifth, {left} descriptors left",
    }


async def _soak(world: Any, polls: int, folder: Path) -> list[int]:
    from bench.freshness import Network, Watch
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.context import PollContext
    from scraper.pipeline.poll import poll
    from storage import open_store

    settings = Settings()
    memory = []
    done = 0
    store = open_store(folder)
    workers = ParsePool(processes=0)
    due = {outlet.source.id: virtual.START for outlet in world.outlets}
    sources = {outlet.source.id: outlet.source for outlet in world.outlets}
    watch = Watch(world)
    try:
        async with Fetcher(
            settings, transport=Network(world, watch), now=virtual.now, monotonic=virtual.seconds
        ) as fetcher:
            io = PollContext(
                network=fetcher,
                store=store,
                parser=workers,
                settings=settings,
                now=virtual.now,
                rng=random.Random(1),
            )
            while done < polls:
                name = min(due, key=lambda name: due[name])
                await asyncio.sleep(max((due[name] - virtual.now()).total_seconds(), 0.0))
                outcome = await poll(io, sources[name])
                due[name] = outcome.due
                watch.feed_times.clear()
                done += 1
                if done % max(polls // 20, 1) == 0:
                    memory.append(resident())
                    sys.stderr.write(f"\rA10 soak: {done} polls ")
    finally:
        store.close()
    return memory


# ------------------------------------------------------------------------------------------ tools


@contextlib.contextmanager
def site_process() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.site"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def environment(**values: str) -> Iterator[Any]:
    saved = dict(os.environ)
    os.environ.update(values)
    try:
        yield os.environ
    finally:
        os.environ.clear()
        os.environ.update(saved)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
