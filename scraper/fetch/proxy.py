"""Lead a connection through a proxy of the operator's: SOCKS5, or HTTP. The only import of socksio.

A site's name is given to the proxy, which looks it up: nothing of it is asked here. A password is sent to the proxy and
stands in no message.
"""

from __future__ import annotations

import base64
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from scraper.codec import Struct
from scraper.errors import FetchError, NetworkError
from scraper.fetch.dialer import Dialer, Stream

DEFAULT_PORTS = {"socks5": 1080, "http": 8080}
MAX_ANSWER_BYTES = 16 * 1024
# The proxy works and the site does not answer it: no fault of the proxy
_SITE_FAILED = frozenset(("NETWORK_UNREACHABLE", "HOST_UNREACHABLE", "CONNECTION_REFUSED", "TTL_EXPIRED"))
_SITE_FAILED_STATUSES = frozenset((b"502", b"503", b"504"))


class Proxy(Struct, frozen=True, kw_only=True):
    """A proxy's address."""

    scheme: str  # of DEFAULT_PORTS
    host: str
    port: int
    user: str = ""
    password: str = ""

    def __str__(self) -> str:
        """Return the address without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The header Proxy-Authorization, if there is a user."""
        if not self.user:
            return None
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def parsed_proxy(text: str) -> Proxy:
    """Parse ``socks5://user:password@host:port`` or ``http://...``. Raises ValueError, without the text in it."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("not an address") from None
    if parts.scheme not in DEFAULT_PORTS or not host or port == 0 or not text.isprintable() or " " in text:
        raise ValueError("not an address of a proxy")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("a proxy has no path")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if max(len(user.encode()), len(password.encode())) > 255:  # RFC 1929
        raise ValueError("user name or password too long")
    port = port or DEFAULT_PORTS[parts.scheme]
    return Proxy(scheme=parts.scheme, host=host, port=port, user=user, password=password)


async def connect_through(dialer: Dialer, proxy: Proxy, host: str, port: int, *, tunnel: bool) -> Stream:
    """Return a stream to the host, or, without a ``tunnel``, to an HTTP proxy that takes whole addresses. Raises FetchError.

    ``proxy_failed`` is the proxy's fault, ``connect_failed`` the site's. A host that is a private address is refused as ever.
    """
    dialer.check(host)
    try:
        stream = await dialer.connect_to_proxy(proxy.host, proxy.port)
    except NetworkError as error:
        raise NetworkError(f"{proxy}: {error}", code="proxy_failed") from error
    try:
        if proxy.scheme == "socks5":
            await _socks(stream, proxy, host, port)
        elif tunnel:
            await _http_tunnel(stream, proxy, host, port)
    except FetchError:
        stream.abort()
        raise
    except ValueError as error:
        stream.abort()
        raise _failed(proxy, "does not speak its protocol") from error
    except BaseException:
        stream.abort()
        raise
    return stream


def _failed(proxy: Proxy, why: str, code: str = "proxy_failed") -> NetworkError:
    return NetworkError(f"{proxy} {why}", code=code)


async def _socks(stream: Stream, proxy: Proxy, host: str, port: int) -> None:
    try:
        from socksio import SOCKSError, socks5
    except ModuleNotFoundError as error:
        raise NetworkError("darial[socks] is not installed", code="socks_missing") from error
    try:
        await _socks5(stream, proxy, host, port, socks5)
    except SOCKSError as error:
        raise _failed(proxy, "does not speak its protocol") from error


async def _socks5(stream: Stream, proxy: Proxy, host: str, port: int, socks5: ModuleType) -> None:
    socks = socks5.SOCKS5Connection()
    methods = [socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED]
    if proxy.user:
        methods.append(socks5.SOCKS5AuthMethod.USERNAME_PASSWORD)
    socks.send(socks5.SOCKS5AuthMethodsRequest(methods))
    await stream.write(socks.data_to_send())
    chosen: Any = socks.receive_data(await _read(stream, proxy, 2))  # what was asked tells which answer it is
    if chosen.method == socks5.SOCKS5AuthMethod.USERNAME_PASSWORD and proxy.user:
        socks.send(socks5.SOCKS5UsernamePasswordRequest(proxy.user.encode(), proxy.password.encode()))
        await stream.write(socks.data_to_send())
        answer: Any = socks.receive_data(await _read(stream, proxy, 2))
        if not answer.success:
            raise _failed(proxy, "refuses the user or the password")
    elif chosen.method != socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED:
        raise _failed(proxy, "demands a user and a password")
    socks.send(socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, (host, port)))
    await stream.write(socks.data_to_send())
    head = await _read(stream, proxy, 5)  # up to the first byte of the address, which may be its length
    size = {1: 10, 3: 7 + head[4], 4: 22}.get(head[3], 10)
    reply: Any = socks.receive_data(await _read(stream, proxy, size, head))
    code = reply.reply_code
    if code != socks5.SOCKS5ReplyCode.SUCCEEDED:
        why = code.name.lower().replace("_", " ")
        site = code.name in _SITE_FAILED
        raise _failed(proxy, f"cannot reach {host}: {why}", "connect_failed" if site else "proxy_failed")


async def _http_tunnel(stream: Stream, proxy: Proxy, host: str, port: int) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    await stream.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = await stream.read()
        answer += more
        if not more or len(answer) > MAX_ANSWER_BYTES:
            raise _failed(proxy, "gives no answer")
    status = answer.split(b" ", 2)[1][:3] if answer.startswith(b"HTTP/1.") else b""
    if not status.startswith(b"2"):
        site = status in _SITE_FAILED_STATUSES
        why = {b"407": "demands a user and a password, or refuses them"}.get(
            status, f"cannot reach {host}: {status.decode('ascii', 'replace') or 'no HTTP'}"
        )
        raise _failed(proxy, why, "connect_failed" if site else "proxy_failed")


async def _read(stream: Stream, proxy: Proxy, size: int, data: bytes = b"") -> bytes:
    """Read on until there are so many bytes. A proxy, and the site behind it, says nothing that was not asked for."""
    while len(data) < size:
        more = await stream.read()
        if not more:
            raise _failed(proxy, "closes the connection")
        data += more
    return data
