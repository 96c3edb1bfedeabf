"""Addresses, sockets and time: where the daemon may connect, and how long anything may take."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch import dialer
from scraper.fetch import transport as network
from scraper.fetch.address_guard import refusal_of_address
from scraper.fetch.fetcher import Fetcher
from scraper.settings import Settings
from tests.support.misbehaviour import NAMES, SPELLINGS
from tests.support.site import DATA, TEXT, Exchange, Site

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
    "2002:808:808::1",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:53aa:64c:0:fffe:f5ff:fffe",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "5f00::1",
    "4000::1",
    "2001:4860::200:5efe:127.0.0.1",
    "2001:4860::5efe:10.0.0.1",
    "localhost",
    "127.1",
    "not-an-address",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address):
    """Ordinary addresses of the internet, also inside IPv6, are let through."""
    assert refusal_of_address(address) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_other_addresses_are_refused(address):
    """Nothing but public unicast, in whatever disguise."""
    assert refusal_of_address(address)


private_v4 = st.sampled_from(
    ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"]
)


@given(private_v4, st.integers(min_value=0, max_value=2**32 - 1))
def test_private_v4_is_refused_in_every_v6_form(network, number):
    """Mapped, compatible, translated, 6to4, NAT64 and ISATAP addresses are judged by the IPv4 address they stand for."""
    net = ipaddress.ip_network(network)
    v4 = int(net.network_address) + number % net.num_addresses
    forms = [
        v4,
        0xFFFF << 32 | v4,
        0xFFFF << 48 | v4,
        0x2002 << 112 | v4 << 80,
        0x64FF9B << 96 | v4,
        0x2001486048600000 << 64 | 0x02005EFE << 32 | v4,
    ]
    for form in forms:
        assert refusal_of_address(str(ipaddress.IPv6Address(form))), ipaddress.IPv6Address(form)


# ------------------------------------------------------------------------------------------ SSRF on real sockets


async def resolver(host, port):
    if host in NAMES:
        return NAMES[host]
    if host.endswith((".test", ".org")):
        raise OSError("no such name")
    return await dialer.system_resolver(host, port)


@pytest.mark.parametrize("kind", ["feed", "page", "robots"])
def test_no_spelling_of_a_private_address_is_connected_to(kind):
    """60 spellings: not one connection reaches the listener, and each refusal is one of ours."""

    async def main():
        async with (
            Site(host="0.0.0.0") as site,
            Fetcher(Settings(pace_seconds=0, page_timeout_seconds=2), resolve=resolver) as f,
        ):
            for spelling in SPELLINGS:
                with pytest.raises(FetchError) as caught:
                    await f.get(f"http://{spelling}:{site.port}/ok", kind=kind)
                assert caught.value.code in {"blocked_address", "bad_url", "userinfo", "dns_failed"}, (
                    spelling,
                    caught.value,
                )
            return site.connections

    assert asyncio.run(main()) == 0


def test_no_redirect_leads_to_a_private_address():
    """The check is made on every hop: from a public name (opened here for the test) to 60 spellings."""

    async def main():
        async with Site(host="127.0.0.1") as site, Site(host="127.0.0.1") as inner:
            settings = Settings(pace_seconds=0, page_timeout_seconds=2, allow_private_hosts=("start.test",))
            async with Fetcher(settings, resolve=resolver) as f:
                for spelling in SPELLINGS:
                    with pytest.raises(FetchError):
                        await f.get(f"http://start.test:{site.port}/to?http://{spelling}:{inner.port}/ok")
            assert site.connections > 0
            return inner.connections

    assert asyncio.run(main()) == 0


def test_robots_txt_cannot_redirect_to_a_private_address():
    """robots.txt obeys the same guard; a redirect into the house counts as no robots.txt."""

    async def main():
        async with Site() as site, Site() as inner:
            site.robots["start.test"] = ("302 Found", f"http://127.0.0.1:{inner.port}/ok".encode())
            settings = Settings(pace_seconds=0, allow_private_hosts=("start.test",))
            async with Fetcher(settings, resolve=resolver) as f:
                page = await f.get(f"http://start.test:{site.port}/ok")
            return page.body, inner.connections

    assert asyncio.run(main()) == (TEXT, 0)


def test_allowed_hosts_are_reached():
    """allow_private_hosts opens names, addresses and networks, and nothing else."""

    async def main():
        async with Site() as site:
            for allowed, host, reached in [
                (("127.0.0.1",), "127.0.0.1", True),
                (("start.test",), "start.test", True),
                (("127.0.0.0/8",), "start.test", True),
                (("other.test",), "start.test", False),
                (("10.0.0.0/8",), "127.0.0.1", False),
                ((), "127.0.0.1", False),
            ]:
                async with Fetcher(
                    Settings(pace_seconds=0, allow_private_hosts=allowed), resolve=resolver
                ) as f:
                    try:
                        await f.get(site.url(host=host))
                        code = None
                    except FetchError as error:
                        code = error.code
                    assert code == (None if reached else "blocked_address"), (allowed, host)

    asyncio.run(main())


def test_environment_is_not_asked(tmp_path):
    """Proxies and .netrc of the environment are ignored: the trap listener is never called."""
    saved = dict(os.environ)

    async def main():
        async with Site() as site, Site() as trap:
            proxy = f"http://127.0.0.1:{trap.port}"
            os.environ.update(
                HTTP_PROXY=proxy,
                HTTPS_PROXY=proxy,
                ALL_PROXY=proxy,
                http_proxy=proxy,
                NETRC=str(tmp_path / "n"),
            )
            (tmp_path / "n").write_text("machine 127.0.0.1 login a password b\n")
            async with Fetcher(Settings(pace_seconds=0, allow_private_hosts=("127.0.0.1",))) as f:
                await f.get(site.url())
            assert "authorization" not in site.seen[-1].headers
            return trap.connections

    try:
        assert asyncio.run(main()) == 0
    finally:
        os.environ.clear()
        os.environ.update(saved)


# ------------------------------------------------------------------------------------------ TLS


def test_tls_is_verified():
    """A certificate that no authority signed is refused."""

    async def main():
        async with (
            Site(tls=True) as site,
            Fetcher(Settings(pace_seconds=0, allow_private_hosts=("127.0.0.1",))) as f,
        ):
            with pytest.raises(FetchError) as caught:
                await f.get(site.url())
            return caught.value.code, [s for s in site.seen if s.path == "ok"]

    assert asyncio.run(main()) == ("tls_failed", [])


def test_tls_connections_are_used_again():
    """Over TLS, with a certificate that is trusted: pages come, also large ones, on one connection."""

    async def long(x: Exchange):
        await x.reply(b"x" * 3_000_000)

    async def main():
        context = ssl.create_default_context(cafile=DATA / "loopback.pem")
        async with Site(tls=True) as site:
            site.extra["long"] = long
            settings = Settings(pace_seconds=0, allow_private_hosts=("127.0.0.1", "loopback.test"))
            transport = network.LiveTransport(allow_private_hosts=settings.allow_private_hosts, tls=context)
            async with Fetcher(settings, transport=transport) as f:
                for name, size in [("ok", len(TEXT)), ("long", 3_000_000), ("ok", len(TEXT))]:
                    page = await f.get(site.url(name))
                    assert len(page.body) == size
            return site.connections

    assert asyncio.run(main()) == 1


def test_tls_handshake_that_stalls_ends_in_time():
    """A server that accepts and never answers the handshake costs the deadline, no more."""

    async def main():
        async with (
            Site(mute=True) as site,
            Fetcher(
                Settings(pace_seconds=0, page_timeout_seconds=600, allow_private_hosts=("127.0.0.1",))
            ) as f,
        ):
            with pytest.raises(FetchError) as caught:
                await asyncio.wait_for(f.get(f"https://127.0.0.1:{site.port}/"), 60)
            return caught.value.code

    with robots_seconds(0.3):
        assert asyncio.run(main()) == "timeout"


@contextlib.contextmanager
def robots_seconds(seconds):
    """robots.txt has a fixed time; tests have less."""
    from scraper.fetch import fetcher

    saved = fetcher.ROBOTS_SECONDS
    fetcher.ROBOTS_SECONDS = seconds
    try:
        yield
    finally:
        fetcher.ROBOTS_SECONDS = saved
