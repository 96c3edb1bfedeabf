"""Make connections: names to checked addresses to byte streams, all under one deadline. Knows nothing of HTTP.

``connect`` resolves, refuses what is not public, and connects to the very address that it checked. ``Stream`` reads and
writes; whatever it does ends when the time of ``deadline(seconds)`` is over. Raises FetchError only.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextvars import ContextVar

from scraper.errors import BlockedAddress, FetchError, NetworkError, TimeoutExceeded
from scraper.fetch.address_guard import refusal_of_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

CONNECT_SECONDS = 10.0  # for one address; a host that needs longer is down
DNS_SECONDS = 5.0  # glibc's own limit is 2 x 5 s for each name server: too long when the network is away
MAX_ADDRESSES = 4  # tried in the resolver's order
MAX_LOOKUPS = 64  # at a time; each holds a thread
READ_AHEAD_BYTES = 256 * 1024  # of a fast server, before it has to wait for us

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End everything that the current task does on sockets inside this block within ``seconds``, or raise.

    Kept in the stream and not by cancelling from outside: a server that drips one byte a second never trips a read
    timeout, and cancellation is where HTTP clients leak connections (encode/httpcore#1093).
    """
    token = _deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _latest(what: str, seconds: float | None = None) -> float | None:
    """Return when to stop waiting: at the deadline, or after ``seconds`` if that is sooner. Raises if it is over."""
    when = _deadline.get()
    if when is None and seconds is None:
        return None
    now = asyncio.get_running_loop().time()
    if when is not None and now >= when:
        raise TimeoutExceeded(f"the time to {what} ran out")
    if seconds is None:
        return when
    return now + seconds if when is None else min(when, now + seconds)


# ------------------------------------------------------------------------------------------ streams


class Stream(asyncio.Protocol):
    """One connection. Not asyncio's StreamReader: that has no deadline, and costs three times as much a read."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._eof = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._writable = True
        self._full = False

    # What the loop calls:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._size += len(data)
        if self._size > READ_AHEAD_BYTES and not self._full and self._transport is not None:
            self._full = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._eof = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._eof = True
        self._error = exc
        self._wake()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What we call:

    @property
    def quiet(self) -> bool:
        """Return True if the connection is open and nothing unasked has arrived: it is fit for another request."""
        return not (self._eof or self._chunks or self._transport is None or self._transport.is_closing())

    async def read(self) -> bytes:
        """Read all that has arrived, or comes next; empty at the end."""
        when = _latest("read the response")
        while not self._chunks:
            if self._error is not None:
                why = system_message(self._error)
                raise NetworkError(f"{self._host}: {why}", code="connection_lost") from self._error
            if self._eof:
                return b""
            await self._wait(when, "read the response")
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if self._full and self._transport is not None:
            self._full = False
            self._transport.resume_reading()
        return data

    async def pause(self) -> None:
        """Let other tasks run. Raises when the time is over: a read that never waits would not notice."""
        await asyncio.sleep(0)
        _latest("read the response")

    async def write(self, data: bytes) -> None:
        when = _latest("send the request")
        if self._transport is None or self._transport.is_closing():
            raise NetworkError(f"{self._host}: the connection is closed", code="connection_lost")
        self._transport.write(data)
        while not self._writable and not self._eof:
            await self._wait(when, "send the request")

    async def _wait(self, when: float | None, what: str) -> None:
        waiter = self._waiter = self._loop.create_future()
        timer = None if when is None else self._loop.call_at(when, _expire, waiter, what)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    async def start_tls(self, context: ssl.SSLContext, host: str | None = None) -> None:
        """Agree on TLS with ``host``, if it is not the one that was connected to: a proxy leads to it."""
        self._host = host or self._host
        when = _latest("agree on TLS", CONNECT_SECONDS)
        assert self._transport is not None
        raw = self._transport
        try:
            async with asyncio.timeout_at(when):
                upgraded = await self._loop.start_tls(raw, self, context, server_hostname=self._host)
            if upgraded is None:
                raise ConnectionAbortedError("closed during the handshake")
            self._transport = upgraded
        except TimeoutError as error:
            raw.abort()
            _latest("agree on TLS")  # raises if it was the request's own time
            raise NetworkError(f"TLS with {self._host}: no answer", code="tls_failed") from error
        except (OSError, ValueError) as error:  # ValueError: a host name that no certificate can have
            raw.abort()
            why = f"TLS with {self._host}: {system_message(error)}"
            raise NetworkError(why, code="tls_failed") from error
        except BaseException:
            raw.abort()
            raise

    def abort(self) -> None:
        """Close at once. Nothing of ours is unsent, and a TLS goodbye would let the peer hold the socket for 30 s."""
        if self._transport is not None:
            self._transport.abort()


def _expire(waiter: asyncio.Future[None], what: str) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutExceeded(f"the time to {what} ran out"))


def system_message(error: Exception) -> str:
    """Say what went wrong, in the system's words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


# ------------------------------------------------------------------------------------------ names and addresses


class Dialer:
    """The one place that makes connections: resolve, check, connect to what was checked."""

    def __init__(self, resolve: Resolver | None = None, allow_private_hosts: Collection[str] = ()) -> None:
        names = [name.strip("[]").lower() for name in allow_private_hosts]
        self._resolve = resolve or system_resolver
        self._names = frozenset(names)
        self._networks = []
        for name in names:
            with contextlib.suppress(ValueError):
                self._networks.append(ipaddress.ip_network(name, strict=False))
        self._lookups = asyncio.Semaphore(MAX_LOOKUPS)

    async def connect(self, host: str, port: int) -> Stream:
        addresses = await self._addresses(host, port)
        # All of them: a name with one public and one private answer is an attack, or will be one on a retry.
        for address in addresses:
            self.check(host, address)
        return await self._connect(host, addresses, port)

    async def connect_to_proxy(self, host: str, port: int) -> Stream:
        """Connect to what the operator named, wherever it is: nobody else chooses it."""
        return await self._connect(host, await self._addresses(host, port), port)

    def check(self, host: str, address: str | None = None) -> None:
        """Raise BlockedAddress for an address that is not public; without one for a host that is such an address by itself."""
        if host.lower() in self._names:
            return
        address = address or _address_in(host)
        if address and (why := refusal_of_address(address)) and not self._opened(address):
            raise BlockedAddress(f"{host}: {why}")

    async def _connect(self, host: str, addresses: Sequence[str], port: int) -> Stream:
        failure: FetchError | None = None
        for address in addresses[:MAX_ADDRESSES]:
            when = _latest(f"connect to {host}", CONNECT_SECONDS)
            try:
                async with asyncio.timeout_at(when):
                    loop = asyncio.get_running_loop()
                    _, stream = await loop.create_connection(lambda: Stream(host), address, port)
                    return stream
            except TimeoutError as error:
                _latest(f"connect to {host}")  # raises if it was the request's own time
                failure = NetworkError(f"{host} ({address}) does not answer", code="connect_failed")
                failure.__cause__ = error
            except OSError as error:
                failure = NetworkError(f"{host} ({address}): {system_message(error)}", code="connect_failed")
                failure.__cause__ = error
        raise failure or NetworkError(f"{host} has no address", code="dns_failed")

    def _opened(self, address: str) -> bool:
        return _is_address(address) and any(
            ipaddress.ip_address(address) in network for network in self._networks
        )

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        if _is_address(host):
            return [host]
        try:
            async with self._lookups, asyncio.timeout_at(_latest(f"look up {host}", DNS_SECONDS)):
                return await self._resolve(host, port)
        except TimeoutError as error:
            raise NetworkError(f"no name server answers for {host}", code="dns_failed") from error
        except OSError as error:
            raise NetworkError(f"{host}: {system_message(error)}", code="dns_failed") from error


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Resolve a host by the system's resolver, in its order. Raises OSError.

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


def _address_in(host: str) -> str | None:
    """Return the address that a host is in any spelling that resolvers take, such as ``127.1``; None for a name."""
    if _is_address(host):
        return host
    if host.lower().rstrip(".").rpartition(".")[2] == "localhost":
        return "127.0.0.1"
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
