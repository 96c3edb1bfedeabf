"""Sockets: the only import of httpx and httpcore. Requests go in, responses come out, as httpx transports do it.

``LiveTransport`` connects to public addresses only (checked after DNS, on every hop, all answers of the resolver), obeys
the total deadline of ``deadline(seconds)`` in every read, write, connect and handshake, keeps at most one idle
connection a host, and raises nothing but FetchError. It never follows, retries, decodes or remembers anything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from scraper.addresses import refusal
from scraper.errors import BadResponse, BadUrl, BlockedAddress, FetchError, NetworkError, TimeoutExceeded

# The seam: whatever answers requests is one of these. A recording answers like the network does.
Transport = httpx.AsyncBaseTransport
Request = httpx.Request
Response = httpx.Response
ByteStream = httpx.AsyncByteStream
Url = httpx.URL
InvalidUrl = httpx.InvalidURL
Headers = httpx.Headers

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

CONNECT_SECONDS = 10.0  # for one address; a host that needs longer is down
DNS_SECONDS = 5.0  # glibc's own limit is 2 x 5 s for each name server: too long when the network is away
MAX_ADDRESSES = 4  # tried in the resolver's order
MAX_LOOKUPS = 64  # at a time; each holds a thread
IDLE_SECONDS = 15.0  # an idle connection is kept for the next request of the same poll, no longer
READ_BUFFER_BYTES = 256 * 1024

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything that the current task does on sockets inside this block ends within ``seconds``, or raises.

    Kept in the stream and not by cancelling from outside: a server that drips one byte a second never trips a read
    timeout, and cancellation leaks connections of httpcore's pool (encode/httpcore#1093).
    """
    token = _deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


@contextlib.asynccontextmanager
async def _limited(what: str, seconds: float | None = None) -> AsyncIterator[None]:
    """The time that is left, or ``seconds`` if that is less; then TimeoutExceeded."""
    now = asyncio.get_running_loop().time()
    when = _deadline.get()
    if when is not None and now >= when:
        raise TimeoutExceeded(f"no time left to {what}")
    if seconds is not None:
        when = now + seconds if when is None else min(when, now + seconds)
    try:
        async with asyncio.timeout_at(when):
            yield
    except TimeoutError as error:
        raise TimeoutExceeded(f"the time to {what} ran out") from error


# ------------------------------------------------------------------------------------------ foreign exceptions

_TABLE: tuple[tuple[type[Exception], type[FetchError], str], ...] = (
    (httpcore.TimeoutException, TimeoutExceeded, "timeout"),
    (httpcore.NetworkError, NetworkError, "connection_lost"),
    (httpcore.RemoteProtocolError, BadResponse, "protocol_error"),
    (httpcore.LocalProtocolError, BadUrl, "bad_url"),
    (httpcore.UnsupportedProtocol, BadUrl, "bad_url"),
    (httpx.TimeoutException, TimeoutExceeded, "timeout"),
    (httpx.ConnectError, NetworkError, "connect_failed"),
    (httpx.NetworkError, NetworkError, "connection_lost"),
    (httpx.DecodingError, BadResponse, "bad_encoding"),
    (httpx.UnsupportedProtocol, BadUrl, "bad_url"),
    (httpx.TransportError, BadResponse, "protocol_error"),
    (httpx.InvalidURL, BadUrl, "bad_url"),
    (ssl.SSLError, NetworkError, "tls_failed"),
    (TimeoutError, TimeoutExceeded, "timeout"),
    (OSError, NetworkError, "connection_lost"),
)
_CUT_SHORT = (
    "peer closed connection without sending complete",
    "incomplete chunked read",
)  # h11's words, pinned by a test
_NO_ANSWER = "Server disconnected without sending a response"


def translate(error: Exception, url: str) -> FetchError | None:
    """Any exception of a transport as ours, or None if it is a bug and should be seen as one."""
    if isinstance(error, FetchError):
        if error.url is None:
            error.url = url
        return error
    text = str(error)
    if any(words in text for words in _CUT_SHORT):
        return BadResponse("the connection closed before the end of the body", code="truncated", url=url)
    if _NO_ANSWER in text:
        return NetworkError(
            "the server closed the connection without an answer", code="connection_lost", url=url
        )
    for foreign, ours, code in _TABLE:
        if isinstance(error, foreign):
            return ours(text or foreign.__name__, code=code, url=url)
    return None


# ------------------------------------------------------------------------------------------ names and addresses


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a host by the system's resolver, in its order. Raises OSError.

    A thread of its own for each look-up, and a daemon: getaddrinfo cannot be interrupted, and a pool would be filled
    by names that do not answer, and would hold up the end of the process.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(result: Sequence[str] | Exception) -> None:
        if not future.done():
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    def look_up() -> None:
        result: Sequence[str] | Exception
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            result = list(dict.fromkeys(str(item[4][0]) for item in found))
        except (OSError, UnicodeError, ValueError) as error:
            result = error if isinstance(error, OSError) else OSError(str(error))
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=look_up, name="dns", daemon=True).start()
    return await future


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_network(name: str) -> bool:
    try:
        ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False
    return True


# ------------------------------------------------------------------------------------------ streams


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        try:
            async with _limited("read the response"):
                return await self._reader.read(max_bytes)
        except OSError as error:
            raise httpcore.ReadError(_reason(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        try:
            async with _limited("send the request"):
                self._writer.write(buffer)
                await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError(_reason(error)) from error

    async def aclose(self) -> None:
        # Nothing of ours is unsent; waiting for a TLS goodbye would let the peer hold the socket for 30 s.
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with _limited("agree on TLS", CONNECT_SECONDS):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutExceeded:
            self._writer.transport.abort()
            raise
        except (
            ssl.SSLError,
            OSError,
            ValueError,
        ) as error:  # ValueError: a host name that no certificate can have
            self._writer.transport.abort()
            raise NetworkError(f"TLS with {server_hostname}: {_reason(error)}", code="tls_failed") from error
        except BaseException:
            self._writer.transport.abort()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """Whether httpcore may use this idle connection again: if it is readable, the server has hung up."""
        if info == "is_readable":
            if self._reader.at_eof() or self._writer.transport.is_closing():
                return True
            sock = self._writer.get_extra_info("socket")
            return sock is None or _readable(sock)
        return self._writer.get_extra_info(info)


def _readable(sock: Any) -> bool:
    poll = select.poll()
    try:
        poll.register(sock.fileno(), select.POLLIN)
    except (OSError, ValueError):
        return True
    return bool(poll.poll(0))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


class _Backend(httpcore.AsyncNetworkBackend):
    """Where every connection of the daemon is made: resolve, check, connect to what was checked."""

    def __init__(self, resolve: Resolver, allow_private_hosts: Collection[str]) -> None:
        self._resolve = resolve
        names = [name.strip("[]").lower() for name in allow_private_hosts]
        self._networks = [ipaddress.ip_network(name, strict=False) for name in names if _is_network(name)]
        self._names = frozenset(names)
        self._lookups = asyncio.Semaphore(MAX_LOOKUPS)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        if host.lower() not in self._names:
            # All of them: a name with one public and one private answer is an attack, or will be one on a retry.
            for address in addresses:
                if (reason := refusal(address)) and not self._opened(address):
                    raise BlockedAddress(f"{host}: {reason}")
        failure: FetchError | None = None
        for address in addresses[:MAX_ADDRESSES]:
            try:
                async with _limited(f"connect to {host}", CONNECT_SECONDS):
                    reader, writer = await asyncio.open_connection(address, port, limit=READ_BUFFER_BYTES)
            except TimeoutExceeded:
                failure = NetworkError(f"{host} ({address}) does not answer", code="connect_failed")
                async with _limited("connect"):  # the request's own time may be over: then that is the error
                    pass
            except OSError as error:
                failure = NetworkError(f"{host} ({address}): {_reason(error)}", code="connect_failed")
            else:
                return _Stream(reader, writer)
        raise failure or NetworkError(f"{host} has no address", code="dns_failed")

    def _opened(self, address: str) -> bool:
        return is_address(address) and any(
            ipaddress.ip_address(address) in network for network in self._networks
        )

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        if is_address(host):
            return [host]
        try:
            async with self._lookups, _limited(f"look up {host}", DNS_SECONDS):
                return await self._resolve(host, port)
        except TimeoutExceeded as error:
            raise NetworkError(f"no name server answers for {host}", code="dns_failed") from error
        except OSError as error:
            raise NetworkError(f"{host}: {_reason(error)}", code="dns_failed") from error


# ------------------------------------------------------------------------------------------ the transport


class LiveTransport(Transport):
    """The network. Connections are not pooled but lent: taken out for a request, put back when its body was read whole.

    What fails, or is cancelled, is closed and forgotten, so there are no slots that could leak.
    """

    def __init__(
        self,
        *,
        resolve: Resolver | None = None,
        allow_private_hosts: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._backend = _Backend(resolve or system_resolver, allow_private_hosts)
        self._idle: dict[str, httpcore.AsyncHTTPConnection] = {}
        self._tls = tls
        self._swept = 0.0

    async def handle_async_request(self, request: Request) -> Response:
        url = str(request.url)
        raw = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        asked = httpcore.Request("GET", raw, headers=request.headers.raw)
        connection, used = await self._take(raw.origin)
        try:
            try:
                answer = await connection.handle_async_request(asked)
            except (httpcore.RemoteProtocolError, httpcore.NetworkError, NetworkError):
                if not used:
                    raise
                # The server closed an idle connection while we were writing to it: once more, on a new one (RFC 9110
                # section 9.2.2 allows it for GET).
                await connection.aclose()
                connection = self._connect(raw.origin)
                answer = await connection.handle_async_request(asked)
        except Exception as error:
            await connection.aclose()
            if (ours := translate(error, url)) is None:
                raise
            raise ours from error
        except BaseException:
            await connection.aclose()
            raise
        return Response(
            answer.status,
            headers=answer.headers,
            stream=_Lent(self, raw.origin, connection, answer=answer, url=url),
            extensions={"live": True},
        )

    async def _take(self, origin: httpcore.Origin) -> tuple[httpcore.AsyncHTTPConnection, bool]:
        await self._sweep()
        connection = self._idle.pop(str(origin), None)
        if connection is not None:
            if connection.is_available() and not connection.has_expired():
                return connection, True
            await connection.aclose()
        return self._connect(origin), False

    def _connect(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        if self._tls is None and origin.scheme == b"https":
            self._tls = httpx.create_ssl_context(trust_env=False)  # 22 ms, once
        return httpcore.AsyncHTTPConnection(
            origin=origin,
            ssl_context=self._tls,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self._backend,
        )

    async def give_back(self, origin: httpcore.Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        if connection.is_available() and str(origin) not in self._idle:
            self._idle[str(origin)] = connection
        else:
            await connection.aclose()

    async def _sweep(self) -> None:
        """Close what has been idle too long; looked at every few seconds at most."""
        now = asyncio.get_running_loop().time()
        if now - self._swept < IDLE_SECONDS / 3:
            return
        self._swept = now
        for origin, connection in list(self._idle.items()):
            if connection.has_expired():
                del self._idle[origin]
                await connection.aclose()

    async def aclose(self) -> None:
        idle, self._idle = self._idle, {}
        for connection in idle.values():
            await connection.aclose()
        await asyncio.sleep(0)  # sockets are closed by the loop's next turn


class _Lent(ByteStream):
    """A response body that gives its connection back."""

    def __init__(
        self,
        owner: LiveTransport,
        origin: httpcore.Origin,
        connection: httpcore.AsyncHTTPConnection,
        *,
        answer: httpcore.Response,
        url: str,
    ) -> None:
        self._owner = owner
        self._origin = origin
        self._connection = connection
        self._answer = answer
        self._url = url
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.aiter_stream():
                yield chunk
        except Exception as error:
            if (ours := translate(error, self._url)) is None:
                raise
            raise ours from error

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            await self._answer.aclose()
            await self._owner.give_back(self._origin, self._connection)
