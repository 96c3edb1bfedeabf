"""Speak HTTP over our own sockets: the only import of httpx and h11. Requests and responses are httpx's types.

``LiveTransport`` speaks HTTP/1.1 by h11, keeps at most one idle connection for each origin and raises nothing but
FetchError. It never follows, decodes, remembers or asks twice (but see ``_exchange``). ``dialer`` decides where connections
may go, and how long anything may take.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Mapping

import h11
import httpx

from scraper.errors import BadResponse, BadUrl, FetchError, NetworkError, TimeoutExceeded
from scraper.fetch import dialer, response_head
from scraper.fetch.dialer import Resolver, deadline
from scraper.fetch.proxy import Proxy, connect_through, parsed_proxy

__all__ = [
    "ByteStream",
    "InvalidUrl",
    "LiveTransport",
    "Request",
    "Resolver",
    "Response",
    "Transport",
    "Url",
    "deadline",
    "request",
    "translate",
]

# The seam: whatever answers requests is one of these. A recording answers like the network does.
Transport = httpx.AsyncBaseTransport
Request = httpx.Request
Response = httpx.Response
ByteStream = httpx.AsyncByteStream
Url = httpx.URL
InvalidUrl = httpx.InvalidURL

IDLE_SECONDS = 15.0  # an idle connection is kept for the next request of the same poll, no longer
MAX_HEADER_BYTES = 100 * 1024
MAX_INTERIM_ANSWERS = 50  # 1xx before the answer
# A chunk costs 15 us whatever its size, and 5 bytes at least that are no content: this much is 0.6 s of them.
MAX_FRAMING_BYTES = 192 * 1024
CHUNKS_AT_ONCE = 100  # before others get their turn

REFUSED_BY_PROXY = 407
STRAY_LINES = "stray_header_lines"  # left out of an answer's head: an extension of the response

_PORTS = {"http": 80, "https": 443}


def request(
    method: str,
    url: Url,
    headers: Mapping[str, str],
    content: bytes | None = None,
    *,
    proxy: str | None = None,
) -> Request:
    """Make a request that names its host itself: httpx would decode the name, and raise if that fails.

    ``proxy``: the address through which it is to be made. It is no part of what is sent or recorded.
    """
    named = {"Host": url.netloc.decode("ascii"), **headers}
    return httpx.Request(method, url, headers=named, content=content, extensions={"proxy": proxy})


class LiveTransport(Transport):
    """The live network. An idle connection is taken out for a request, and put back when its body was read whole.

    What fails, or is cancelled, is closed and forgotten, so there are no slots that could leak.
    """

    live = True
    keeps_deadline = True

    def __init__(
        self,
        *,
        resolve: Resolver | None = None,
        allow_private_hosts: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._dialer = dialer.Dialer(resolve, allow_private_hosts)
        self._tls = tls
        self._idle: dict[str, _Connection] = {}
        self._swept = 0.0

    async def handle_async_request(self, request: Request) -> Response:
        url = request.url
        origin = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
        if way := request.extensions.get("proxy"):
            origin = f"{origin} by {way}"
        self._sweep()
        connection = self._idle.pop(origin, None)
        if connection is not None and not connection.fit:
            connection.close()
            connection = None
        try:
            connection, answer = await self._exchange(connection, request)
        except h11.LocalProtocolError as error:
            raise BadUrl(f"cannot be requested: {error}", url=str(url)) from error
        if answer.status_code == REFUSED_BY_PROXY and connection.proxy is not None:
            connection.close()
            raise NetworkError(f"{connection.proxy} demands a user and a password", code="proxy_failed")
        headers, more = list(answer.headers.raw_items()), {STRAY_LINES: connection.stray_lines}
        body = _Body(self, origin, connection)
        return Response(answer.status_code, headers=headers, stream=body, extensions=more)

    async def _exchange(
        self, connection: _Connection | None, request: Request
    ) -> tuple[_Connection, h11.Response]:
        """Send a request on an idle connection or a new one. A connection that the server closed while we were writing is replaced:
        nothing was answered, and GET may be repeated (RFC 9110 section 9.2.2); a receiver of messages knows a second one by its id.
        """
        if connection is not None:
            try:
                return connection, await connection.ask(request)
            except NetworkError:
                connection.close()
            except BaseException:
                connection.close()
                raise
        proxy = request.extensions.get("proxy")
        connection = await self._connect(request.url, parsed_proxy(proxy) if proxy else None)
        try:
            return connection, await connection.ask(request)
        except BaseException:
            connection.close()
            raise

    async def _connect(self, url: Url, proxy: Proxy | None) -> _Connection:
        host, port = url.raw_host.decode("ascii").strip("[]"), url.port or _PORTS[url.scheme]
        secure = url.scheme == "https"
        if proxy is None:
            stream = await self._dialer.connect(host, port)
        else:
            stream = await connect_through(self._dialer, proxy, host, port, tunnel=secure)
        if secure:
            if self._tls is None:
                self._tls = httpx.create_ssl_context(trust_env=False)  # 22 ms, once
                self._tls.set_alpn_protocols(["http/1.1"])
            await stream.start_tls(self._tls, host)
        return _Connection(stream, proxy if proxy and proxy.scheme == "http" and not secure else None)

    def give_back(self, origin: str, connection: _Connection) -> None:
        if connection.finished() and origin not in self._idle:
            self._idle[origin] = connection
        else:
            connection.close()

    def _sweep(self) -> None:
        """Close what has been idle too long; looked at every few seconds at most."""
        now = asyncio.get_running_loop().time()
        if now - self._swept < IDLE_SECONDS / 3:
            return
        self._swept = now
        for origin in [origin for origin, connection in self._idle.items() if not connection.fit]:
            self._idle.pop(origin).close()

    async def aclose(self) -> None:
        idle, self._idle = self._idle, {}
        for connection in idle.values():
            connection.close()
        await asyncio.sleep(0)  # sockets are closed by the loop's next turn


class _Connection:
    """One connection and the state of HTTP on it."""

    def __init__(self, stream: dialer.Stream, proxy: Proxy | None = None) -> None:
        """``proxy``: an HTTP proxy that is told whole addresses, and who we are."""
        self._stream = stream
        self.proxy = proxy
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
        self._eof = False
        self._head: bytes | None = None  # of an answer, while its end is awaited
        self.stray_lines = 0
        self._framing = 0  # bytes of a body's answer that were no content
        self._idle_since = 0.0

    async def ask(self, request: Request) -> h11.Response:
        """Send a request, and wait for the head of its answer."""
        http = self._http
        target, headers = request.url.raw_path, request.headers.raw
        if self.proxy is not None:
            target = str(request.url).encode("ascii")
            if authorization := self.proxy.authorization:
                headers = [*headers, (b"Proxy-Authorization", authorization.encode("ascii"))]
        question = h11.Request(method=request.method, target=target, headers=headers)
        content = request.read()  # of a message to a receiver; a question has none
        events = [question, *([h11.Data(content)] if content else []), h11.EndOfMessage()]
        self._head, self.stray_lines = b"", 0
        await self._stream.write(b"".join(http.send(event) or b"" for event in events))
        for _ in range(MAX_INTERIM_ANSWERS):
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
        raise BadResponse("the server sent only interim responses (1xx)", code="protocol_error")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives: many small chunks become few pieces, and other tasks run between them."""
        self._framing = len(self._http.trailing_data[0])
        pieces: list[bytes] = []
        while True:
            event = self._event()
            if isinstance(event, h11.Data):
                pieces.append(bytes(event.data))
                self._framing -= len(event.data)
                if len(pieces) < CHUNKS_AT_ONCE:
                    continue
                await self._stream.pause()
            if pieces:
                yield b"".join(pieces)
                pieces.clear()
            if isinstance(event, h11.EndOfMessage):
                return
            if self._framing - len(self._http.trailing_data[0]) > MAX_FRAMING_BYTES:
                what = f"more than {MAX_FRAMING_BYTES} bytes around the chunks of the body"
                raise BadResponse(what, code="protocol_error")
            if event is h11.NEED_DATA:
                await self._receive()

    async def _next(self) -> object:
        """Return h11's next event that is complete."""
        while (event := self._event()) is h11.NEED_DATA:
            await self._receive()
        return event

    def _event(self) -> object:
        """Return what h11 makes of the bytes that are here."""
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as error:
            if self._eof:
                what = "the connection closed before the end of the body"
                raise BadResponse(what, code="truncated") from error
            raise BadResponse(f"not valid HTTP: {error}", code="protocol_error") from error

    async def _receive(self) -> None:
        """Wait for more bytes, or for their end."""
        data = await self._stream.read()
        if not data:
            self._eof = True
            if self._http.their_state is h11.SEND_RESPONSE:
                what = "the server closed the connection without an answer"
                raise NetworkError(what, code="connection_lost")
        self._framing += len(data)
        data = self._behind_heads(data)
        if data or self._eof:
            self._http.receive_data(data)

    def _behind_heads(self, data: bytes) -> bytes:
        """Give h11 the heads that are whole, mended; return what is behind the last of them."""
        while self._head is not None and data:
            self._head, data = self._head + data, b""
            begin = len(self._head) - len(self._head.lstrip(b"\r\n"))  # empty lines before it count too
            end = response_head.END.search(self._head, begin)
            if end is None:
                if len(self._head) > MAX_HEADER_BYTES:
                    raise BadResponse("the head of the answer is too long", code="protocol_error")
                break
            data = self._head[end.end() :]
            head, stray = response_head.mend_head(self._head[: end.end()])
            self._head = b"" if response_head.is_interim(head) else None
            self.stray_lines += stray
            self._http.receive_data(head)
        return data

    def finished(self) -> bool:
        """Return True if the connection can be used again after a body; made ready for it if so."""
        http = self._http
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE or http.trailing_data[0]:
            return False
        http.start_next_cycle()
        self._idle_since = asyncio.get_running_loop().time()
        return self._stream.quiet

    @property
    def fit(self) -> bool:
        return self._stream.quiet and asyncio.get_running_loop().time() - self._idle_since < IDLE_SECONDS

    def close(self) -> None:
        self._stream.abort()


class _Body(ByteStream):
    """A response body that gives its connection back."""

    def __init__(self, owner: LiveTransport, origin: str, connection: _Connection) -> None:
        self._owner, self._origin = owner, origin
        self._connection: _Connection | None = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._connection is not None:
            async for chunk in self._connection.body():
                yield chunk

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._owner.give_back(self._origin, connection)


# ------------------------------------------------------------------------------------------ foreign exceptions

# What other transports raise: httpx's own, and those that plug into it.
_TABLE: tuple[tuple[type[Exception], type[FetchError], str], ...] = (
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


def translate(error: Exception, url: str) -> FetchError | None:
    """Return any exception of a transport as ours, or None for a bug, which should be seen as one."""
    if isinstance(error, FetchError):
        if error.url is None:
            error.url = url
        return error
    for foreign, ours, code in _TABLE:
        if isinstance(error, foreign):
            return ours(str(error) or foreign.__name__, code=code, url=url)
    return None
