"""The fetcher: bodies, redirects, validators, robots.txt, politeness. One table of misbehaviours over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import subprocess
import sys

import pytest

from bench import virtual
from scraper.errors import (
    DarialError,
    FetchError,
    HttpStatusError,
    NetworkError,
    OutOfResources,
    TimeoutExceeded,
)
from scraper.fetch import fetcher as fetch
from scraper.fetch.caching import conditional_headers, validators_of
from scraper.fetch.chain_cookies import ChainCookies
from scraper.fetch.fetcher import Fetcher, plain_headers
from scraper.fetch.redirects import check_url, redirect_target
from scraper.fetch.response_head import mend_head
from scraper.fetch.transport import Response
from scraper.model import FeedRef, NotModified, Page, Source, Validators
from scraper.settings import Settings
from tests.support.fake_network import FakeNetwork
from tests.support.misbehaviour import BAD, GOOD
from tests.support.shared import ROOT
from tests.support.site import FEED, TEXT, Site

HERE = ("127.0.0.1",)
SOURCE = Source(
    id="valley", name="Valley News", homepage="http://valley.test/", country="am", languages=("hy", "ru"),
    feeds=(FeedRef(url="http://valley.test/feed"),),
)  # fmt: skip


def get(name: str, *, kind="page", seconds=0.25, **more):
    """One request to the misbehaving site: its page, or its error."""

    async def main():
        settings = Settings(
            pace_seconds=0,
            page_timeout_seconds=seconds,
            feed_timeout_seconds=seconds,
            allow_private_hosts=HERE,
        )
        async with Site() as site, Fetcher(settings) as f:
            return await f.get(site.url(name), kind=kind, **more)

    return asyncio.run(main())


@pytest.mark.parametrize("name", GOOD)
def test_good_enough_answers_give_their_body(name):
    """What a browser would read is read, whole and decoded."""
    assert get(name, seconds=5).body == GOOD[name]


@pytest.mark.parametrize("name", BAD)
def test_each_misbehaviour_has_its_code_and_its_end(name):
    """Every bad answer is a FetchError with a code and the URL, within the deadline and a second."""
    seconds = 0.25 if BAD[name] == "timeout" or name == "error_drip" else 10
    began = asyncio.run(clock())
    with pytest.raises(FetchError) as caught:
        get(name, seconds=seconds)
    assert caught.value.code == BAD[name], caught.value
    assert caught.value.url
    assert asyncio.run(clock()) - began < seconds + 1


def test_stray_header_lines_are_counted():
    """What was left out of a head is known to whoever looks at the counts."""

    async def main():
        async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE)) as f:
            await f.get(site.url("stray_lines"))
            await f.get(site.url("ok"))
            return f.counts["stray_header_lines"]

    assert asyncio.run(main()) == 3


HEADS = {
    "two blanks behind the version": ("HTTP/1.1  200 OK\r\nA: b", "HTTP/1.1 200 OK\r\nA: b"),
    "chunked, said twice": ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: Chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"),
    "a value in two lines": ("HTTP/1.1 200 OK\r\nA: b\r\n c", "HTTP/1.1 200 OK\r\nA: b c"),
}  # fmt: skip


@pytest.mark.parametrize("sent, mended", HEADS.values(), ids=HEADS)
def test_heads_are_mended(sent, mended):
    """A strict parser gets what browsers read."""
    assert mend_head(f"{sent}\r\n\r\n".encode()) == (f"{mended}\r\n\r\n".encode(), 0)


def test_of_two_locations_the_first():
    """A redirect that is printed twice leads to one place."""
    response = Response(302, headers=[("Location", "/a"), ("Location", "/b"), ("X", "1"), ("X", "2")])
    assert plain_headers(response) == {"location": "/a", "x": "1, 2"}


def test_a_cookie_lives_for_one_chain():
    """It goes to the address that demands it, to none that does not, and is forgotten at the end of the chain."""

    async def main():
        async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE)) as f:
            for name in ("cookie_gate", "ok", "cookie_gate", "cookies"):
                await f.get(site.url(name))
            return [
                (seen.path, seen.headers.get("cookie")) for seen in site.seen if "robots" not in seen.path
            ]

    gate = [("cookie_gate", None), ("cookie_gate", "ok=1")]
    assert asyncio.run(main()) == [*gate, ("ok", None), *gate, ("cookies", None)]


def test_no_cookie_leaves_its_host():
    """What one host set is not told to another of the same chain."""
    jar = ChainCookies()
    jar.keep("http://a.test", [b"s=1; Domain=test", b"bad", b'q="2"'])
    assert jar.headers("http://a.test") == {}
    assert jar.demand()
    assert jar.headers("http://a.test") == {"Cookie": "s=1; q=2"}
    assert jar.headers("http://b.test") == {}
    assert not jar.demand()


async def clock() -> float:
    return asyncio.get_running_loop().time()


def shortages(times, *, of=errno.EMFILE):
    """A network for which we have no descriptor so many times, as the dialer says it, and what became of two requests."""
    left, pauses = [times], []

    def answer(_):
        if left[0]:
            left[0] -= 1
            try:
                raise OSError(of, "it failed")
            except OSError as error:
                raise NetworkError("valley.test (10.0.0.1): it failed", code="connect_failed") from error
        return (200, {}, b"<rss/>")

    async def sleep(seconds):
        pauses.append(seconds)

    async def main():
        async with Fetcher(transport=FakeNetwork(answer), sleep=sleep, polite=False) as fetcher:
            try:
                return await fetcher.get("http://valley.test/feed", kind="feed", source=SOURCE)
            except DarialError as error:
                return error

    return asyncio.run(main()), pauses


def test_a_shortage_of_descriptors_is_waited_for():
    """Two requests that could not be made for want of a descriptor, that of robots.txt too: asked again, and answered."""
    page, pauses = shortages(2)
    assert page.body == b"<rss/>"
    assert pauses == list(fetch.OWN_FAULT_PAUSES[:2])


def test_a_lasting_shortage_is_ours():
    """It has a code of its own and is no FetchError: nobody counts it against the host, nor against its robots.txt."""
    error, pauses = shortages(99)
    assert (type(error), error.code, str(error)) == (
        OutOfResources,
        "own_fault",
        "no file descriptors are left",
    )
    assert pauses == list(fetch.OWN_FAULT_PAUSES)
    error, pauses = shortages(99, of=errno.ECONNREFUSED)
    assert (type(error), error.code, pauses) == (NetworkError, "connect_failed", [])


def test_a_resolver_without_descriptors(tmp_path):
    """It says that there is no such name. Whether there are descriptors is looked at before that is believed."""
    code = """
import asyncio, os, resource, socket
from scraper.errors import DarialError
from scraper.fetch.chain_cookies import ChainCookies
from scraper.fetch.fetcher import Fetcher

async def resolve(host, port):
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

async def main(scarce):
    async with Fetcher(resolve=resolve, sleep=lambda _: asyncio.sleep(0)) as fetcher:
        used = []
        if scarce:
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            try:
                while True:
                    used.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                pass
        try:
            await fetcher.get("http://valley.test/feed", kind="feed")
        except DarialError as error:
            print(error.code, flush=True)

asyncio.run(main(False))
asyncio.run(main(True))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout.split() == ["dns_failed", "own_fault"], done.stderr


def test_the_site_misbehaves_in_many_ways():
    """The table above covers at least 30 named behaviours, and every behaviour of the site is in some table."""
    from tests.support.site import BEHAVIOURS

    used = {name.split("/")[0].split("?")[0] for name in (*GOOD, *BAD)}
    assert len(used) >= 30
    elsewhere = {"feed", "stale", "flaky", "pong", "echo", "cookie_desk", "etag", "last_modified", "lying_etag", "hostile_etag", "bomb_gzip",
                 "bomb_gzip_unasked"}  # fmt: skip
    assert set(BEHAVIOURS) - used == elsewhere


@pytest.mark.parametrize("name, kind, code", [
    ("bomb_gzip", "page", "too_large"), ("bomb_gzip", "feed", "too_large"), ("bomb_gzip_unasked", "page", "too_large"),
])  # fmt: skip
def test_bombs_end_at_the_limit(name, kind, code):
    """64 MB behind 64 KB: refused once the limit of the kind is reached."""
    with pytest.raises(FetchError) as caught:
        get(name, kind=kind, seconds=20)
    assert caught.value.code == code


def test_limits_are_those_of_the_kind():
    """6 MiB of plain feed are fine, 6 MiB of page are not; a robots.txt is cut, not refused."""

    async def long(x):
        await x.reply(b"x" * (6 << 20))

    async def main():
        async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE)) as f:
            site.extra["long"] = long
            feed = await f.get(site.url("long"), kind="feed")
            robots = await f.get(site.url("long"), kind="robots")
            with pytest.raises(FetchError) as caught:
                await f.get(site.url("long"), kind="page")
            return len(feed.body), len(robots.body), caught.value.code

    assert asyncio.run(main()) == (6 << 20, 500 * 1024 + 1, "too_large")


def test_a_stale_connection_is_replaced_without_a_word():
    """A server that closes its idle connection costs no failure; other requests share one connection."""

    async def main():
        async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE)) as f:
            for _ in range(5):
                await f.get(site.url("ok"))
            shared = site.connections
            await f.get(site.url("stale"))
            page = await f.get(site.url("ok"))
            return shared, page.body

    assert asyncio.run(main()) == (1, TEXT)


def test_what_is_sent():
    """An honest agent with its contact, the outlet's languages, two codings, no cookies; an outlet may override the agent."""

    async def main():
        async with Site() as site:
            settings = Settings(pace_seconds=0, allow_private_hosts=HERE, contact="https://reader.example/")
            async with Fetcher(settings) as f:
                await f.get(site.url("cookies"), source=SOURCE)
                first = site.requests("cookies")[-1].headers
                from scraper.codec import replace

                await f.get(
                    site.url("cookies"), source=replace(SOURCE, user_agent="Mozilla/5.0 (compatible)")
                )
                return first, site.requests("cookies")[-1].headers

    first, second = asyncio.run(main())
    assert first["user-agent"].startswith("Darial/")
    assert first["user-agent"].endswith("(+https://reader.example/)")
    assert first["accept-encoding"] == "gzip, deflate"
    assert first["accept-language"] == "hy, ru, *;q=0.5"
    assert second["user-agent"].startswith("Mozilla/5.0 (compatible)")
    assert "cookie" not in second


def test_headers_are_decoded_one_by_one():
    """A header in broken bytes does not spoil the others, and cookies are not kept."""
    page = get("odd_headers")
    assert page.headers["x-a"] == "ե"
    assert page.headers["x-b"] == "ÿþ"
    assert not [name for name in get("cookies").headers if "cookie" in name]


# ------------------------------------------------------------------------------------------ redirects


def test_where_a_page_came_from_is_told():
    """final_url is who answered; permanent_url where 301 and 308 alone led, None if nothing moved for good."""
    assert get("ok").permanent_url is None
    moved = get("hops/2?301")
    assert (moved.url.endswith("/hops/2?301"), moved.final_url.endswith("/ok")) == (True, True)
    assert moved.permanent_url == moved.final_url
    assert get("hops/2?302").permanent_url is None


@pytest.mark.parametrize("target, kind, code", [
    ("http://www.valley.test/a", "page", None),
    ("http://m.valley.test/a", "page", None),
    ("http://parking.test/a", "page", "foreign_host"),
    ("http://parking.test/a", "feed", None),
    ("http://cdn-of-valley.test/a", "page", None),
])  # fmt: skip
def test_pages_stay_with_their_outlet(target, kind, code):
    """A page may be redirected within the outlet's domains and hosts; a feed may move anywhere."""
    from scraper.codec import replace

    source = replace(SOURCE, hosts=("cdn-of-valley.test",))
    net = FakeNetwork({"http://valley.test/1": (302, {"Location": target}, b""), target: (200, {}, TEXT)})

    async def main():
        async with Fetcher(Settings(pace_seconds=0), transport=net) as f:
            try:
                page = await f.get("http://valley.test/1", kind=kind, source=source)
            except FetchError as error:
                return error.code
            assert page.body == TEXT
            return None

    assert virtual.run(main()) == code


def test_never_from_https_to_http():
    """A redirect that takes the encryption away is not followed."""
    with pytest.raises(FetchError) as caught:
        redirect_target("https://valley.test/", "http://valley.test/")
    assert caught.value.code == "redirect_downgrade"
    assert redirect_target("http://valley.test/", "//valley.test/a") == "http://valley.test/a"
    assert redirect_target("http://valley.test/", "\\news\\a") == "http://valley.test/news/a"
    for broken in ("http://a\\@valley.test/", "http://", "http:///", "http://[fe80::1%eth0]:x/"):
        with pytest.raises(FetchError) as caught:
            redirect_target("http://valley.test/", broken)
        assert caught.value.code == "bad_redirect", broken


@pytest.mark.parametrize("url", [
    "", "valley.test", "/a", "file:///etc/passwd", "javascript:1", "data:,x", "http://", "http:///a", "http://x:99999/",
    "http://a b/", "http://x%20/", "http://x\\@y/", "http://u@x/", "http://u:p@x/", "http://[::bad/", "http://x/\nHost: y",
    "http://x/" + "a" * 2048, "gopher://x/", "http://x:0/", "HTTP//x", "http://x:abc/", "\x00http://x/",
])  # fmt: skip
def test_what_is_no_address_is_not_asked(url):
    """Bad URLs are errors of their own, before any socket."""
    with pytest.raises(FetchError) as caught:
        check_url(url)
    assert caught.value.code in {"bad_url", "bad_scheme", "userinfo"}


@pytest.mark.parametrize("url, asked", [
    (" http://Valley.test/a#b ", "http://valley.test/a"),
    ("http://valley.test", "http://valley.test"),
    ("http://valley.test/ნიუსი?q=ա", "http://valley.test/%E1%83%9C%E1%83%98%E1%83%A3%E1%83%A1%E1%83%98?q=%D5%A1"),
    ("http://valley.test/%E1%83%9C", "http://valley.test/%E1%83%9C"),
    ("http://долина.рф/", "http://xn--80ahmlld.xn--p1ai/"),
    ("http://valley.test/rss/", "http://valley.test/rss/"),
    ("http://valley.test:8080/a b", "http://valley.test:8080/a%20b"),
])  # fmt: skip
def test_an_address_is_asked_for_in_ascii(url, asked):
    """Fragments go, other alphabets are encoded, nothing else is touched (a trailing slash may matter)."""
    assert check_url(url).rstrip("/") == asked.rstrip("/")


# ------------------------------------------------------------------------------------------ validators


def test_validators_are_sent_back_byte_for_byte():
    """A weak ETag with blanks comes back as it was; the 304 is no page."""

    async def main():
        async with Site() as site, Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE)) as f:
            answers = []
            for name in ("etag", "last_modified"):
                page = await f.get(site.url(name), kind="feed")
                again = await f.get(site.url(name), kind="feed", validators=validators_of(page.headers))
                forced = await f.get(
                    site.url(name), kind="feed", validators=validators_of(page.headers), force=True
                )
                answers += [type(page), type(again), type(forced)]
            return answers

    assert asyncio.run(main()) == [Page, NotModified, Page] * 2


@pytest.mark.parametrize("query", ["long", "utf8", "empty", "tab"])
def test_validators_that_cannot_be_sent_are_not_kept(query):
    """What would break the next request is dropped when it comes in."""
    assert validators_of(get(f"hostile_etag?{query}", kind="feed").headers) == Validators()


def test_validators_of_a_304_replace_what_they_carry():
    """The rest stays as it was."""
    old = Validators(etag='"1"', last_modified="Mon")
    assert validators_of({"etag": '"2"'}, old) == Validators(etag='"2"', last_modified="Mon")


def test_one_condition_is_sent():
    """If-None-Match goes before If-Modified-Since; a poisoned value is never sent."""
    assert conditional_headers(Validators(etag='"1"', last_modified="Mon")) == {"If-None-Match": '"1"'}
    assert conditional_headers(Validators(last_modified="Mon")) == {"If-Modified-Since": "Mon"}
    assert conditional_headers(Validators(etag="a\r\nX: y")) == {}
    assert conditional_headers(None) == {}


# ------------------------------------------------------------------------------------------ robots.txt


def robots_case(answer, path="/private/a", latency=0.0, transport_error=None):
    """(error code or None, URLs asked) for a page of a host whose robots.txt gives ``answer``."""
    net = FakeNetwork(
        {
            "http://valley.test/robots.txt": transport_error or answer,
            f"http://valley.test{path}": (200, {}, TEXT),
        }
    )

    async def main():
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as f:
            try:
                await f.get(f"http://valley.test{path}")
            except FetchError as error:
                return error.code
            return None

    return virtual.run(main()), net.urls()


RULES = b"User-agent: *\nDisallow: /private\n"


@pytest.mark.parametrize("answer, code", [
    ((200, {}, RULES), "robots_denied"),
    ((200, {}, b"User-agent: Darial\nAllow: /\nUser-agent: *\nDisallow: /\n"), None),
    ((200, {}, b"User-agent: darial\nDisallow: /private/\nAllow: /private/a\n"), None),
    ((200, {}, b""), None),
    ((200, {}, b"<html>not a robots file</html>"), None),
    ((404, {}, b""), None),
    ((401, {}, b""), None),
    ((403, {}, RULES), None),
    ((410, {}, b""), None),
    ((500, {}, b""), "robots_unreachable"),
    ((502, {}, b""), "robots_unreachable"),
    ((503, {}, b""), "http_503"),
    ((302, {"Location": "/robots2.txt"}, b""), None),
    ((302, {"Location": "file:///etc/passwd"}, b""), None),
    ((302, {"Location": "/robots.txt"}, b""), None),
    ((200, {"Content-Encoding": "br"}, b"xxxx"), "robots_unreachable"),
])  # fmt: skip
def test_robots_by_status(answer, code):
    """RFC 9309: what 2xx says is obeyed, 4xx allows all, 5xx forbids all."""
    assert robots_case(answer)[0] == code


@pytest.mark.parametrize("error, code", [
    (NetworkError("no such name", code="dns_failed"), "dns_failed"),
    (NetworkError("refused", code="connect_failed"), "connect_failed"),
    (TimeoutExceeded("too slow"), "timeout"),
])  # fmt: skip
def test_a_host_that_is_down_is_called_so(error, code):
    """When robots.txt cannot be had for want of a network, that is the error; the page itself is not asked for."""
    assert robots_case(None, transport_error=error) == (code, ["http://valley.test/robots.txt"])


def test_robots_is_read_once_a_day_for_all():
    """Many pages at once, one robots.txt; the next day another; a host that is down is not asked for each page."""
    net = FakeNetwork(lambda request: (200, {}, b"" if request.url.path == "/robots.txt" else TEXT))

    async def main():
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as f:
            await asyncio.gather(*[f.get(f"http://valley.test/{i}") for i in range(20)])
            await asyncio.sleep(23 * 3600)
            await f.get("http://valley.test/a")
            before = net.urls().count("http://valley.test/robots.txt")
            await asyncio.sleep(2 * 3600)
            await f.get("http://valley.test/b")
            return before, net.urls().count("http://valley.test/robots.txt")

    assert virtual.run(main()) == (1, 2)


def test_a_dead_host_is_asked_once_a_minute():
    """20 pages of a host without a name: one attempt, 20 errors, at once."""
    net = FakeNetwork({"http://valley.test/robots.txt": NetworkError("no such name", code="dns_failed")})

    async def main():
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as f:
            for i in range(20):
                with pytest.raises(NetworkError):
                    await f.get(f"http://valley.test/{i}")
            return len(net.asked), virtual.seconds()

    assert virtual.run(main()) == (1, 0.0)


def test_the_last_good_robots_txt_is_kept():
    """When the host breaks down after a day, yesterday's rules hold."""
    answers = {
        "http://valley.test/robots.txt": [(200, {}, RULES), (500, {}, b"")],
        "http://valley.test/a": (200, {}, TEXT),
    }
    net = FakeNetwork(answers)

    async def main():
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as f:
            await f.get("http://valley.test/a")
            await asyncio.sleep(25 * 3600)
            page = await f.get("http://valley.test/a")
            with pytest.raises(FetchError) as caught:
                await f.get("http://valley.test/private/a")
            return page.body, caught.value.code

    assert virtual.run(main()) == (TEXT, "robots_denied")


# ------------------------------------------------------------------------------------------ politeness


def crawl(net, urls, **settings):
    """Fetch all at once, in virtual time."""

    async def main():
        async with Fetcher(
            Settings(**settings), transport=net, now=virtual.now, monotonic=virtual.seconds
        ) as f:
            results = await asyncio.gather(*[f.get(url) for url in urls], return_exceptions=True)
            return results, virtual.seconds()

    return virtual.run(main())


def test_a_host_is_asked_one_thing_at_a_time_with_a_gap():
    """An hour of requests to one domain, however many ask: one in flight, a second between end and begin, no exception."""
    net = FakeNetwork(lambda _: (200, {}, TEXT), latency=0.4)
    hosts = ("valley.test", "www.valley.test", "en.valley.test")
    results, seconds = crawl(net, [f"http://{hosts[i % 3]}/{i}" for i in range(2600)])
    assert not [r for r in results if isinstance(r, Exception)]
    assert seconds > 3600
    asked = sorted(net.asked, key=lambda a: a.began)
    gaps = [b.began - a.ended for a, b in itertools.pairwise(asked)]
    assert min(gaps) >= 1 - 1e-6
    assert net.most_in_flight == 1


def test_hosts_do_not_wait_for_each_other_but_all_together_are_bounded():
    """100 hosts at once: as many requests in flight as allowed, no more; time as if in parallel."""
    net = FakeNetwork(lambda _: (200, {}, TEXT), latency=0.1)
    _, seconds = crawl(net, [f"http://outlet{i}.test/{j}" for i in range(100) for j in range(3)])
    assert net.most_in_flight == 32
    assert seconds < 6


def test_crawl_delay_is_obeyed_up_to_half_a_minute():
    """Crawl-delay 10 means ten seconds, 3,000 means thirty."""
    for delay, gap in (("10", 10), ("3000", 30)):
        robots = f"User-agent: *\nCrawl-delay: {delay}\n".encode()
        net = FakeNetwork(lambda r, robots=robots: (200, {}, robots if r.url.path == "/robots.txt" else TEXT))
        crawl(net, [f"http://valley.test/{i}" for i in range(3)])
        times = net.times()
        assert [round(b - a) for a, b in itertools.pairwise(times)][1:] == [gap, gap]


def test_a_sources_own_pace_counts():
    """pace_seconds of the outlet replaces that of the settings."""
    from scraper.codec import replace

    net = FakeNetwork(lambda _: (200, {}, TEXT))

    async def main():
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as f:
            slow = replace(SOURCE, pace_seconds=20.0)
            for i in range(3):
                await f.get(f"http://valley.test/{i}", source=slow)
            return virtual.seconds()

    assert virtual.run(main()) == pytest.approx(60)


@pytest.mark.parametrize("status", [429, 503])
def test_too_much_pauses_the_whole_host(status):
    """After one 429 nothing of the host is asked until Retry-After is over; then it goes on, slower."""
    net = FakeNetwork({
        "http://valley.test/busy": [(status, {"Retry-After": "120"}, b""), (200, {}, TEXT)],
        "http://valley.test/other": (200, {}, TEXT),
        "http://outlet.test/a": (200, {}, TEXT),
    })  # fmt: skip

    async def main():
        async with Fetcher(Settings(), transport=net, now=virtual.now, monotonic=virtual.seconds) as f:
            codes = []
            for url in ("busy", "other", "busy"):
                with pytest.raises(HttpStatusError) as caught:
                    await f.get(f"http://valley.test/{url}")
                codes.append((caught.value.code, round(caught.value.retry_after or 0)))
            asked = len(net.asked)
            await f.get("http://outlet.test/a")
            await asyncio.sleep(121)
            await f.get("http://valley.test/busy")
            began = virtual.seconds()
            await f.get("http://valley.test/other")
            return codes, asked, virtual.seconds() - began

    codes, asked, gap = virtual.run(main())
    assert codes == [(f"http_{status}", 120)] * 3
    assert asked == 2  # robots.txt and the page
    assert gap > 1.5


def test_a_host_that_shuts_us_out_is_left_alone():
    """403 for everything: after a handful nothing more is asked for a quarter of an hour; others are not affected."""
    net = FakeNetwork(lambda r: (403, {}, b"") if r.url.host == "valley.test" else (200, {}, TEXT))

    async def main():
        async with Fetcher(
            Settings(pace_seconds=1), transport=net, now=virtual.now, monotonic=virtual.seconds
        ) as f:
            for i in range(600):
                with contextlib.suppress(FetchError):
                    await f.get(f"http://valley.test/{i}")
                await asyncio.sleep(6)
            await f.get("http://outlet.test/a")
            return len(net.times("valley.test"))

    assert virtual.run(main()) <= 12  # in an hour


def test_a_transport_without_a_deadline_is_cut_off():
    """Whatever the transport does, a request ends a little after its time."""
    net = FakeNetwork(lambda _: (200, {}, TEXT), latency=1e6)

    async def main():
        async with Fetcher(Settings(page_timeout_seconds=30), transport=net, monotonic=virtual.seconds) as f:
            with pytest.raises(TimeoutExceeded):
                await f.get("http://valley.test/a", kind="robots")
            return virtual.seconds()

    assert virtual.run(main()) <= fetch.ROBOTS_SECONDS + fetch.GRACE_SECONDS


def test_feed_of_a_healthy_site():
    """The plain case, over real sockets."""
    assert get("feed", kind="feed").body == FEED
