"""A source's proxy: both kinds, who looks up names, whose fault a failure is, and that no password is ever shown."""

from __future__ import annotations

import asyncio
import ssl
import sys

import pytest

from scraper.config.load import load_sources
from scraper.errors import ConfigError, FetchError
from scraper.fetch import transport as network
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.proxy import parsed_proxy
from scraper.model import Source
from scraper.settings import Settings
from tests.support.proxies import LoopbackProxy
from tests.support.site import DATA, TEXT, Site

KINDS = ("socks5", "http")
SECRET = "s:ec/ret"
SETTINGS = Settings(pace_seconds=0)


def source(proxy: str | None) -> Source:
    return Source(
        id="valley",
        name="Valley",
        homepage="http://valley.example/",
        country="am",
        languages=("hy",),
        proxy=proxy,
    )


async def no_names(host, port):
    raise AssertionError(f"{host} was looked up here")


def fetch(
    kind: str,
    url: str = "http://valley.example/ok",
    *,
    tls: bool = False,
    address: str | None = None,
    settings: Settings = SETTINGS,
    **more,
):
    """Ask for a page of a site behind a proxy. Returns the body or the error, and the proxy."""

    async def main():
        context = ssl.create_default_context(cafile=DATA / "loopback.pem")
        async with Site(tls=tls) as site, LoopbackProxy(kind, site.port, **more) as proxy:
            wire = network.LiveTransport(
                resolve=no_names, allow_private_hosts=settings.allow_private_hosts, tls=context
            )
            async with Fetcher(settings, transport=wire) as fetcher:
                try:
                    place = address.replace("PORT", str(proxy.port)) if address else proxy.address
                    page = await fetcher.get(url, source=source(place))
                except FetchError as error:
                    return error, proxy
                return page.body, proxy

    return asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_pages_come_through_the_proxy(kind):
    """The proxy is told the site's name, which is looked up nowhere else; its own private address is no hindrance."""
    body, proxy = fetch(kind)
    assert body == TEXT
    assert set(proxy.asked) == {("valley.example", 80)}


@pytest.mark.parametrize("kind", KINDS)
def test_https_goes_through_a_tunnel(kind):
    """TLS is agreed on with the site, whose certificate is checked, not with the proxy."""
    body, proxy = fetch(kind, "https://loopback.test/ok", tls=True)
    assert body == TEXT
    assert proxy.asked[-1] == ("loopback.test", 443)
    error, _ = fetch(kind, "https://valley.example/ok", tls=True)
    assert error.code == "tls_failed"


@pytest.mark.parametrize("kind", KINDS)
def test_user_and_password(kind):
    """They are sent to the proxy, with whatever stands in them, and never to the site."""
    quoted = f"{kind}://reader:s%3Aec%2Fret@127.0.0.1:PORT"
    body, _ = fetch(kind, user="reader", password=SECRET, address=quoted)
    assert body == TEXT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["", "reader:wrong@"])
@pytest.mark.parametrize("url", ["http://valley.example/ok", "https://valley.example/ok"])
def test_a_wrong_password_is_the_proxys_error(kind, who, url):
    """The error has a code, names the proxy, and shows no password."""
    error, _ = fetch(kind, url, user="reader", password=SECRET, address=f"{kind}://{who}127.0.0.1:PORT")
    assert error.code == "proxy_failed"
    assert "127.0.0.1" in str(error)
    assert "wrong" not in str(error)
    assert SECRET not in str(error)


FAILURES = {
    "socks: the site refuses": ("socks5", 5, "connect_failed"),
    "socks: no route to the site": ("socks5", 4, "connect_failed"),
    "socks: forbidden by the proxy": ("socks5", 2, "proxy_failed"),
    "http: the site does not answer": ("http", "504 Gateway Timeout", "connect_failed"),
    "http: forbidden by the proxy": ("http", "403 Forbidden", "proxy_failed"),
    "http: the answer is none": ("http", "nonsense", "proxy_failed"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_whose_fault_a_failure_is(name):
    """A proxy that cannot reach the site is no fault of the proxy."""
    kind, refuse, code = FAILURES[name]
    error, _ = fetch(kind, "https://valley.example/ok", refuse=refuse)
    assert error.code == code


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_is_not_there(kind):
    """Its port is closed: a code of its own, and the request is not made without it."""
    error, proxy = fetch(kind, address=f"{kind}://127.0.0.1:1")
    assert (error.code, proxy.asked) == ("proxy_failed", [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost", "a.localhost", "127.1", "2130706433"],
)
def test_private_addresses_are_refused_behind_a_proxy_too(kind, host):
    """The proxy is the one exception of the guard; what it is asked for is none."""
    error, proxy = fetch(kind, f"http://{host}/")
    assert (error.code, proxy.asked) == ("blocked_address", [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_of_one_way_is_not_used_on_another(kind):
    """A source with a proxy and one without it never share a connection to the same site."""

    async def main():
        settings = Settings(pace_seconds=0, allow_private_hosts=("127.0.0.1",))
        async with (
            Site() as site,
            LoopbackProxy(kind, site.port) as proxy,
            Fetcher(settings) as fetcher,
        ):
            for way in (None, proxy.address, None, proxy.address):
                await fetcher.get(site.url(), source=source(way))
            return site.connections, len(proxy.asked)

    assert asyncio.run(main()) == (2, 1)


ADDRESSES = {
    "socks5://127.0.0.1": ("socks5", "127.0.0.1", 1080, "", ""),
    "http://proxy.example:3128/": ("http", "proxy.example", 3128, "", ""),
    "socks5://u%40x:p%3A@[::1]:9": ("socks5", "::1", 9, "u@x", "p:"),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses_are_read(text):
    """Ports have defaults; user and password are unquoted."""
    proxy = parsed_proxy(text)
    assert (proxy.scheme, proxy.host, proxy.port, proxy.user, proxy.password) == ADDRESSES[text]
    assert not proxy.password or proxy.password not in str(proxy)


@pytest.mark.parametrize(
    "text",
    ["", "socks4://h:1", "https://h:1", "h:1080", "http://", "http://h:0", "http://h:99999", "http://h/p"],
)
def test_what_is_no_address_is_told_without_its_password(text):
    """sources check names the key and what is allowed."""
    given = text.replace("://h", f"://reader:{'hidden'}@h")
    lines = [
        "[[source]]",
        'id = "valley"',
        'name = "V"',
        'homepage = "http://valley.example/"',
        'country = "am"',
    ]
    lines += ['languages = ["hy"]', 'feeds = [{ url = "http://valley.example/feed" }]', f'proxy = "{given}"']
    with pytest.raises(ConfigError) as caught:
        load_sources("\n".join(lines))
    assert "proxy: must be like socks5://" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_without_the_extra_the_source_says_so(monkeypatch):
    """The site is not asked."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    error, proxy = fetch("socks5")
    assert (error.code, proxy.asked) == ("socks_missing", [])
