"""A fast server of one page on many loopback addresses, in a process of its own: ``python -m bench.loopback LATENCY``.

Prints its port. /robots.txt is 404, /feed.xml answers 304 to any validator, all else is the page, gzipped, after the
latency. It is made to cost little: what a benchmark measures is its client.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import random
import socket
import subprocess
import sys
from collections.abc import Iterator

PAGE_BYTES = 247_000
HOSTS = tuple(f"127.0.0.{i + 1}" for i in range(100))
_FEED_TAG = b'"v1"'


def page() -> bytes:
    """247 KB of HTML that gzip makes 60 KB of, always the same."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(3000)]
    parts = ["<!doctype html><html><head><title>Bridge reopens</title></head><body>"]
    size = 0
    while size < PAGE_BYTES:
        text = " ".join(rng.choices(words, weights=range(len(words), 0, -1), k=24))
        parts.append(
            f'<div class="card card-{rng.randint(1, 9)}"><p class="text">{text}</p></div>\n'
            f"<!-- {'=' * 120} -->\n"
        )
        size += len(parts[-1])
    return "".join(parts).encode()


class _Answers(asyncio.Protocol):
    latency = 0.1
    page = b""
    feed = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.head = b""

    def data_received(self, data: bytes) -> None:
        self.head += data
        while b"\r\n\r\n" in self.head:
            head, _, self.head = self.head.partition(b"\r\n\r\n")
            answer = self.page
            if head.startswith(b"GET /robots.txt"):
                answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            elif head.startswith(b"GET /feed.xml"):
                asked = b"if-none-match" in head.lower()
                answer = (
                    b"HTTP/1.1 304 Not Modified\r\nETag: " + _FEED_TAG + b"\r\n\r\n" if asked else self.feed
                )
            asyncio.get_running_loop().call_later(self.latency, self._answer, answer)

    def _answer(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


async def _serve(latency: float) -> None:
    body = gzip.compress(page(), 6)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    _Answers.latency = latency
    _Answers.page = head % len(body) + body
    feed = b'<?xml version="1.0"?><rss version="2.0"><channel><title>V</title></channel></rss>'
    _Answers.feed = (
        b"HTTP/1.1 200 OK\r\nETag: " + _FEED_TAG + b"\r\nContent-Length: %d\r\n\r\n" % len(feed) + feed
    )
    loop = asyncio.get_running_loop()
    port = 0
    async with contextlib.AsyncExitStack() as servers:
        for host in HOSTS:  # each by itself: the address of all would be open to the world
            listener = socket.create_server((host, port), backlog=1024)
            port = listener.getsockname()[1]
            await servers.enter_async_context(await loop.create_server(_Answers, sock=listener))
        print(port, len(body), flush=True)
        await asyncio.Event().wait()


@contextlib.contextmanager
def serving(latency: float) -> Iterator[tuple[int, int]]:
    """(port, bytes of the page on the wire) of a server that ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.loopback", str(latency)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        port, wire = (int(number) for number in process.stdout.readline().split())
        yield port, wire
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(float(sys.argv[1])))
