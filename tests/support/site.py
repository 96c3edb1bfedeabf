"""A site on loopback that misbehaves in every way that servers do, each under a name: ``site.url("body_drip")``.

Real sockets, no framework: what goes over the wire is written byte by byte. Every request is noted in ``site.seen``.
Virtual hosts share the port; ``site.robots`` maps a path-less host to what its robots.txt answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import random
import re
import socket
import ssl
import struct
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

DATA = Path(__file__).parent.parent / "data"
BIG = 16 * 1024 * 1024  # more than any limit of ours
TEXT = (
    b"<html><title>Bridge reopens</title><body><p>The bridge over the river is open again.</p></body></html>"
)
FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Valley News</title>'
    b"<item><title>Bridge reopens</title><link>http://valley.example/1</link><guid>1</guid></item></channel></rss>"
)


@dataclass(slots=True)
class Seen:
    """One request that reached the site."""

    host: str
    path: str
    headers: dict[str, str]
    began: float
    ended: float = 0.0


@dataclass(slots=True)
class Exchange:
    """A request and the wire to answer on. ``count`` tells how often this path of this host was asked before."""

    site: Site
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str
    query: str
    headers: dict[str, str]
    count: int
    close: bool = field(default=False)

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
        await self.writer.drain()

    async def reply(self, body: bytes = TEXT, status: str = "200 OK", **headers: str) -> None:
        """A well-formed answer. Header names are written with _ for -."""
        fields = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value != "")
        await self.send(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1"), body)

    async def redirect(self, target: str, status: str = "302 Found") -> None:
        await self.reply(b"moved", status, Location=target)

    async def for_ever(self, part: bytes, seconds: float = 0.01) -> None:
        while True:
            await self.send(part)
            await asyncio.sleep(seconds)


Behaviour = Callable[[Exchange], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(function: Behaviour) -> Behaviour:
    BEHAVIOURS[function.__name__] = function
    return function


class Site:
    """``async with Site() as site``. ``latency`` is added before each answer; ``mute`` accepts and says nothing."""

    def __init__(
        self, *, tls: bool = False, mute: bool = False, latency: float = 0.0, host: str = "127.0.0.1"
    ) -> None:
        self.host = host
        self.tls = tls
        self.mute = mute
        self.latency = latency
        self.port = 0
        self.seen: list[Seen] = []
        self.connections = 0
        self.open = 0
        self.robots: dict[str, tuple[str, bytes]] = {}
        self.extra: dict[str, Behaviour] = {}  # behaviours of one test
        self.state: dict[str, Any] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._server: asyncio.Server | None = None
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def url(self, name: str = "ok", host: str | None = None) -> str:
        return f"{'https' if self.tls else 'http'}://{host or self.host}:{self.port}/{name}"

    async def __aenter__(self) -> Self:
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(DATA / "loopback.pem")
        self._server = await asyncio.start_server(
            self._accept, self.host, 0, ssl=context, limit=1 << 20, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        tasks = dict(self._tasks)
        for task, writer in tasks.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)

    def requests(self, path: str | None = None) -> list[Seen]:
        return [s for s in self.seen if path is None or s.path == path]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # a plain function: a task of ours can be cancelled without a word on stderr
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks[task] = writer
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                if self.mute:
                    await asyncio.sleep(3600)
                while await self._answer(reader, writer):
                    pass
        except asyncio.CancelledError:
            pass
        finally:
            self.open -= 1
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        target = re.sub("^http://[^/]*", "", first.split(" ")[1])  # a proxy is asked for whole addresses
        path, _, query = target.lstrip("/").partition("?")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines if line)}
        host = headers.get("host", "").partition(":")[0]
        seen = Seen(host, path, headers, time.monotonic())
        self.seen.append(seen)
        count = self._counts[host, path]
        self._counts[host, path] += 1
        exchange = Exchange(self, reader, writer, path, query, headers, count)
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            await self._behaviour(host, path)(exchange)
        finally:
            seen.ended = time.monotonic()
        return not exchange.close

    def _behaviour(self, host: str, path: str) -> Behaviour:
        name = path.partition("/")[0]
        if name == "robots.txt":
            return robots_txt
        return self.extra.get(name) or BEHAVIOURS.get(name) or not_found


async def robots_txt(x: Exchange) -> None:
    host = x.headers.get("host", "").partition(":")[0]
    answer = x.site.robots.get(host, ("404 Not Found", b""))
    if answer[0] == "silence":
        await asyncio.sleep(3600)
    if answer[0].startswith("30"):
        await x.redirect(answer[1].decode(), answer[0])
    else:
        await x.reply(answer[1], answer[0], Content_Type="text/plain")


async def not_found(x: Exchange) -> None:
    await x.reply(b"no such page", "404 Not Found")


# ------------------------------------------------------------------------------------------ well


@behaviour
async def ok(x: Exchange) -> None:
    await x.reply()


@behaviour
async def feed(x: Exchange) -> None:
    await x.reply(FEED, Content_Type="application/rss+xml")


@behaviour
async def gzipped(x: Exchange) -> None:
    await x.reply(gzip.compress(TEXT, mtime=0), Content_Encoding="gzip")


@behaviour
async def deflated(x: Exchange) -> None:
    await x.reply(zlib.compress(TEXT), Content_Encoding="deflate")


@behaviour
async def deflated_raw(x: Exchange) -> None:
    """Deflate without its zlib wrapper, as many servers send it."""
    squeeze = zlib.compressobj(wbits=-15)
    await x.reply(squeeze.compress(TEXT) + squeeze.flush(), Content_Encoding="deflate")


@behaviour
async def gzip_unasked(x: Exchange) -> None:
    """Gzip that no header tells of."""
    await x.reply(gzip.compress(TEXT, mtime=0))


@behaviour
async def gzip_members(x: Exchange) -> None:
    """Two gzip members one after the other."""
    await x.reply(
        gzip.compress(TEXT[:40], mtime=0) + gzip.compress(TEXT[40:], mtime=0), Content_Encoding="x-gzip"
    )


@behaviour
async def gzip_padded(x: Exchange) -> None:
    await x.reply(gzip.compress(TEXT, mtime=0) + b"\0" * 512, Content_Encoding="gzip")


@behaviour
async def chunked(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for at in range(0, len(TEXT), 7):
        part = TEXT[at : at + 7]
        await x.send(b"%x\r\n%s\r\n" % (len(part), part))
    await x.send(b"0\r\n\r\n")


@behaviour
async def until_close(x: Exchange) -> None:
    """HTTP/1.0 style: no length, the end of the connection is the end of the body."""
    await x.send(b"HTTP/1.0 200 OK\r\n\r\n", TEXT)
    x.close = True


@behaviour
async def empty(x: Exchange) -> None:
    await x.reply(b"", "204 No Content", Content_Length="")


@behaviour
async def early_hints(x: Exchange) -> None:
    """A few 1xx answers before the real one."""
    await x.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3)
    await x.reply()


@behaviour
async def many_headers(x: Exchange) -> None:
    """10,000 headers in less than 100 KB."""
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(TEXT))
    await x.send(b"".join(b"x%d:\r\n" % i for i in range(9998)), b"\r\n", TEXT)


@behaviour
async def cookies(x: Exchange) -> None:
    """1,000 cookies; they must never come back."""
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
    await x.send(b"".join(b"Set-Cookie: c%d=%s\r\n" % (i, b"v" * 50) for i in range(1000)), b"\r\nok")


@behaviour
async def odd_headers(x: Exchange) -> None:
    """Header values in UTF-8 and in bytes that are no UTF-8."""
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: \xd5\xa5\r\nX-B: \xff\xfe\r\n\r\nok")


@behaviour
async def extra_bytes(x: Exchange) -> None:
    """More bytes than the length says: a second answer smuggled in."""
    await x.reply()
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nWRONG")


@behaviour
async def stale(x: Exchange) -> None:
    """Says keep-alive, answers once, and hangs up when the next request comes."""
    await x.reply(Connection="keep-alive")
    with contextlib.suppress(asyncio.IncompleteReadError):
        await x.reader.readuntil(b"\r\n\r\n")
    x.close = True


@behaviour
async def flaky(x: Exchange) -> None:
    """Fails twice, then works."""
    if x.count < 2:
        await x.reply(b"", "500 Oops")
    else:
        await x.reply()


# ------------------------------------------------------------------------------------------ slow


@behaviour
async def silence(x: Exchange) -> None:
    """Takes the request and says nothing."""
    await asyncio.sleep(3600)


@behaviour
async def body_drip(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    await x.for_ever(b"x")


@behaviour
async def chunk_drip(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await x.for_ever(b"1\r\nx\r\n")


@behaviour
async def header_drip(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\n")
    await x.for_ever(b"X-A: b\r\n")


@behaviour
async def status_drip(x: Exchange) -> None:
    """The status line itself, a byte at a time."""
    await x.for_ever(b"H", 0.02)


@behaviour
async def gzip_drip(x: Exchange) -> None:
    squeeze = zlib.compressobj(wbits=31)
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", squeeze.compress(TEXT))
    while True:
        await x.send(squeeze.compress(b"x") + squeeze.flush(zlib.Z_SYNC_FLUSH))
        await asyncio.sleep(0.01)


@behaviour
async def endless_1xx(x: Exchange) -> None:
    await x.for_ever(b"HTTP/1.1 102 Processing\r\n\r\n", 0.0)


@behaviour
async def endless_trailers(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")
    await x.for_ever(b"X-T: t\r\n")


@behaviour
async def stops_halfway(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * 500)
    await asyncio.sleep(3600)


@behaviour
async def error_drip(x: Exchange) -> None:
    """An error status whose body never ends."""
    await x.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n")
    await x.for_ever(b"x")


# ------------------------------------------------------------------------------------------ too much


@lru_cache(maxsize=4)
def bomb(wbits: int, megabytes: int) -> bytes:
    """So many megabytes of zeros, squeezed."""
    squeeze, zeros = zlib.compressobj(9, wbits=wbits), bytes(1 << 20)
    return b"".join(squeeze.compress(zeros) for _ in range(megabytes)) + squeeze.flush()


@behaviour
async def bomb_gzip(x: Exchange) -> None:
    """A thousand times as large as it looks: 64 MB (or the query's) of zeros."""
    await x.reply(bomb(31, int(x.query or 64)), Content_Encoding="gzip")


@behaviour
async def bomb_gzip_unasked(x: Exchange) -> None:
    await x.reply(bomb(31, int(x.query or 64)))


@behaviour
async def bomb_gzip_twice(x: Exchange) -> None:
    """Less than 1 KB that two rounds of gzip make 64 MB of."""
    await x.reply(gzip.compress(bomb(31, int(x.query or 64)), 9, mtime=0), Content_Encoding="gzip, gzip")


@behaviour
async def bomb_deflate(x: Exchange) -> None:
    await x.reply(bomb(-15, int(x.query or 64)), Content_Encoding="deflate")


@behaviour
async def bomb_members(x: Exchange) -> None:
    """Thousands of empty gzip members: little memory, much work."""
    await x.reply(gzip.compress(b"", mtime=0) * 50_000, Content_Encoding="gzip")


@behaviour
async def wire_flood(x: Exchange) -> None:
    """Gzip that does not compress: megabytes on the wire."""
    noise = random.Random(1).randbytes(6 << 20)
    await x.reply(gzip.compress(noise, 1, mtime=0), Content_Encoding="gzip")


@behaviour
async def large(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
    for _ in range(BIG >> 16):
        await x.send(b"x" * 65536)


@behaviour
async def large_chunked(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await x.send(b"10000\r\n", b"x" * 65536, b"\r\n")


@behaviour
async def large_until_close(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await x.send(b"x" * 65536)


@behaviour
async def header_flood(x: Exchange) -> None:
    """More than 100 KB of headers."""
    await x.send(b"HTTP/1.1 200 OK\r\n")
    await x.send(b"".join(b"X-%d: %s\r\n" % (i, b"v" * 90) for i in range(3000)), b"\r\nok")


@behaviour
async def header_line(x: Exchange) -> None:
    """One header line without an end."""
    await x.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await x.send(b"x" * 65536)


@behaviour
async def chunk_extension(x: Exchange) -> None:
    """A chunk header of megabytes."""
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")
    while True:
        await x.send(b"x" * 65536)


@behaviour
async def tiny_chunks(x: Exchange) -> None:
    """A page in chunks of one byte each."""
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await x.send(b"1\r\nx\r\n" * 10_000)


@behaviour
async def chunk_extensions(x: Exchange) -> None:
    """A page in chunks of one byte each behind an extension of a thousand."""
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await x.send((b"1;" + b"e" * 1000 + b"\r\nx\r\n") * 100)


# ------------------------------------------------------------------------------------------ broken


@behaviour
async def short_length(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", TEXT)
    x.close = True


@behaviour
async def cut_chunked(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n", TEXT[:20])
    x.close = True


@behaviour
async def cut_before_last_chunk(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(TEXT), TEXT))
    x.close = True


@behaviour
async def cut_gzip(x: Exchange) -> None:
    """Gzip cut short under a length that fits the cut: only the gzip stream can tell."""
    await x.reply(gzip.compress(random.Random(2).randbytes(2000), mtime=0)[:1000], Content_Encoding="gzip")


@behaviour
async def cut_gzip_trailer(x: Exchange) -> None:
    await x.reply(gzip.compress(TEXT, mtime=0)[:-4], Content_Encoding="gzip")


@behaviour
async def cut_deflate(x: Exchange) -> None:
    await x.reply(zlib.compress(random.Random(2).randbytes(2000))[:1000], Content_Encoding="deflate")


@behaviour
async def wrong_checksum(x: Exchange) -> None:
    data = bytearray(gzip.compress(TEXT, mtime=0))
    data[-6] ^= 0xFF
    await x.reply(bytes(data), Content_Encoding="gzip")


@behaviour
async def no_gzip(x: Exchange) -> None:
    """Plain text that is called gzip."""
    await x.reply(TEXT, Content_Encoding="gzip")


@behaviour
async def gzip_of_noise(x: Exchange) -> None:
    """Declared as gzip, and it is nothing at all."""
    await x.reply(random.Random(3).randbytes(500), Content_Encoding="gzip")


@behaviour
async def brotli(x: Exchange) -> None:
    await x.reply(b"\x0b\x02\x80hello\x03", Content_Encoding="br")


@behaviour
async def zstd(x: Exchange) -> None:
    await x.reply(b"\x28\xb5\x2f\xfd\x24\x05", Content_Encoding="zstd")


@behaviour
async def bad_chunk(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
    x.close = True


@behaviour
async def negative_length(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc")
    x.close = True


@behaviour
async def two_lengths(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde")
    x.close = True


@behaviour
async def hang_up(x: Exchange) -> None:
    """Closes the connection without a word."""
    x.close = True


@behaviour
async def reset(x: Exchange) -> None:
    """A reset in the middle of the body."""
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", TEXT)
    await asyncio.sleep(0.01)
    sock = x.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close sends RST
    x.close = True


@behaviour
async def half_header(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    x.close = True


@behaviour
async def not_http(x: Exchange) -> None:
    await x.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    x.close = True


@behaviour
async def bad_status(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 abc What\r\n\r\n")
    x.close = True


@behaviour
async def upgrade(x: Exchange) -> None:
    """101 to a request that asked for no other protocol."""
    await x.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
    x.close = True


# ------------------------------------------------------------------------------------------ elsewhere


@behaviour
async def loop(x: Exchange) -> None:
    await x.redirect("/loop")


@behaviour
async def ping(x: Exchange) -> None:
    await x.redirect("/pong")


@behaviour
async def pong(x: Exchange) -> None:
    await x.redirect("/ping")


@behaviour
async def hops(x: Exchange) -> None:
    """``hops/3`` redirects three times, each with the status in the query (301 if none)."""
    left = int(x.path.partition("/")[2])
    query = f"?{x.query}" if x.query else ""
    await x.redirect(f"/hops/{left - 1}{query}" if left > 1 else "/ok", f"{x.query or 301} Moved")


@behaviour
async def to(x: Exchange) -> None:
    """``to?TARGET`` redirects there, whatever it is."""
    await x.redirect(x.query)


@behaviour
async def to_utf8(x: Exchange) -> None:
    await x.send("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /echo/ნიუსი\r\n\r\n".encode())


@behaviour
async def to_latin(x: Exchange) -> None:
    """A UTF-8 target beside a header that is no UTF-8."""
    await x.send(
        "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /echo/ნიუსი\r\n".encode(), b"X: \xff\r\n\r\n"
    )


@behaviour
async def to_1251(x: Exchange) -> None:
    """A target in the raw bytes of windows-1251, as old systems print it."""
    await x.send(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /echo/"
        + "новости".encode("cp1251")
        + b"\r\n\r\n"
    )


@behaviour
async def to_blanks(x: Exchange) -> None:
    await x.send(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation:  /echo/a b \r\n\r\n")


@behaviour
async def stray_lines(x: Exchange) -> None:
    """Warnings and misspelt names among the headers, a blank before a colon, lines that end with a line feed alone."""
    lines = (
        "HTTP/1.1 200 OK",
        "Content Type: text/html",
        "PHP Warning:  x in y on line 1",
        "no header at all",
        f"Content-Length : {len(TEXT)}",
    )
    await x.send("\n".join([*lines, "", ""]).encode(), TEXT)


@behaviour
async def empty_lines_first(x: Exchange) -> None:
    """What an answer before it left behind, in two pieces."""
    await x.send(b"\r\n\r\n\n")
    await x.send(f"\r\nHTTP/1.1 200 OK\r\nContent-Length: {len(TEXT)}\r\n\r\n".encode(), TEXT)


@behaviour
async def endless_empty_lines(x: Exchange) -> None:
    await x.for_ever(b"\r\n" * 2000, 0.0)


@behaviour
async def te_identity(x: Exchange) -> None:
    await x.reply(TEXT, Transfer_Encoding="identity")


@behaviour
async def gzip_said_twice(x: Exchange) -> None:
    await x.reply(gzip.compress(TEXT, mtime=0), Content_Encoding="gzip, gzip")


@behaviour
async def cookie_gate(x: Exchange) -> None:
    """Gives a page only to who brings back the cookie that it sets with a redirect to itself."""
    if x.headers.get("cookie") == "ok=1":
        await x.reply(TEXT)
    else:
        await x.reply(b"", "302 Found", Location=f"/{x.path}", Set_Cookie="ok=1; path=/; HttpOnly")


@behaviour
async def cookie_gate_elsewhere(x: Exchange) -> None:
    """Sends who has no cookie to another page for it, which sends him back."""
    if "x=2" in x.headers.get("cookie", ""):
        await x.reply(TEXT)
    else:
        await x.redirect("/cookie_desk")


@behaviour
async def cookie_desk(x: Exchange) -> None:
    await x.reply(b"", "302 Found", Location="/cookie_gate_elsewhere", Set_Cookie="x=2")


@behaviour
async def cookie_never(x: Exchange) -> None:
    """Sets a cookie, and redirects to itself whatever is brought back."""
    await x.reply(b"", "302 Found", Location=f"/{x.path}", Set_Cookie="ok=1")


@behaviour
async def cookie_always_new(x: Exchange) -> None:
    await x.reply(b"", "302 Found", Location=f"/{x.path}", Set_Cookie=f"n={x.count}")


@behaviour
async def to_nowhere(x: Exchange) -> None:
    await x.reply(b"", "302 Found")


@behaviour
async def echo(x: Exchange) -> None:
    await x.reply(f"{x.path}?{x.query}".encode())


# ------------------------------------------------------------------------------------------ statuses and validators


@behaviour
async def status(x: Exchange) -> None:
    """``status/503?Retry-After-value``."""
    code = x.path.partition("/")[2]
    await x.reply(b"sorry", f"{code} X", **({"Retry_After": x.query.replace("_", " ")} if x.query else {}))


@behaviour
async def unasked_304(x: Exchange) -> None:
    await x.reply(b"", "304 Not Modified", Content_Length="")


@behaviour
async def etag(x: Exchange) -> None:
    """Honest: 304 while the ETag is the one it gave."""
    tag = 'W/"v1 (a)"'
    if x.headers.get("if-none-match") == tag:
        await x.reply(b"", "304 Not Modified", ETag=tag, Content_Length="")
    else:
        await x.reply(FEED, ETag=tag)


@behaviour
async def last_modified(x: Exchange) -> None:
    date = "Mon, 02 Mar 2026 10:00:00 GMT"
    if x.headers.get("if-modified-since") == date:
        await x.reply(b"", "304 Not Modified", Content_Length="")
    else:
        await x.reply(FEED, Last_Modified=date)


@behaviour
async def lying_etag(x: Exchange) -> None:
    """Always the same ETag, and 304 for it, though the feed changes with every request."""
    if x.headers.get("if-none-match"):
        await x.reply(b"", "304 Not Modified", Content_Length="")
    else:
        await x.reply(FEED.replace(b"Bridge", b"Bridge %d" % x.count), ETag='"frozen"')


@behaviour
async def hostile_etag(x: Exchange) -> None:
    """ETags that cannot be sent back; the query chooses."""
    tag = {"long": "e" * 600, "utf8": '"é"', "empty": "", "tab": '"a\tb"'}[x.query]
    await x.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: %s\r\n\r\n" % (len(FEED), tag.encode()), FEED
    )


async def _main() -> None:
    async with Site(host="0.0.0.0") as site:
        print(site.port, flush=True)
        await asyncio.sleep(1e9)


if __name__ == "__main__":  # a process of its own, for who measures the memory of the client
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
