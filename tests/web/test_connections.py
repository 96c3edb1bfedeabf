"""What clients may hold: requests that never end, connections that nobody uses, streams, descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper import logs
from scraper.settings import WebSettings
from scraper.web.connections import BoundedServer, max_connections, quiet_errors
from scraper.web.events import ChangeNotifier, server_sent_events
from tests.support.web_site import Visitor, fill, serving

HEADER_SECONDS, LIMIT = 0.5, 20
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = {"nothing": b"", "half a line": b"GET / HT", "half a header": GET[:-2], "a header a time": GET[:20]}


async def _app(scope, _receive, send):
    """Answer; /slow only after the test has ended."""
    if scope["path"] == "/slow":
        await asyncio.sleep(60)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def server() -> Iterator[tuple[BoundedServer, int]]:
    """Yield a server of a small application, and its port."""
    bounded = BoundedServer(_app, lambda: None, limit=LIMIT, header_seconds=HEADER_SECONDS)
    bounded.config.timeout_graceful_shutdown = 0
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=bounded.run, kwargs={"sockets": [listener]})
    thread.start()
    while not bounded.started:
        time.sleep(0.01)
    yield bounded, listener.getsockname()[1]
    bounded.should_exit = bounded.force_exit = True
    thread.join()


@pytest.fixture
def connect(server):
    """Yield a function that opens a connection and sends some bytes."""
    with contextlib.ExitStack() as stack:

        def opened(data: bytes) -> socket.socket:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server[1]), timeout=20))
            connection.sendall(data)
            return connection

        yield opened


def _is_over(connection: socket.socket) -> bool:
    """Wait until the server closes a connection; return True if it said nothing before."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def _answer(connection: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"ok"):
        answer += connection.recv(1000) or pytest.fail(f"closed after {answer!r}")
    return answer


@pytest.mark.parametrize("data", HALF.values(), ids=HALF)
def test_half_a_request(connect, data):
    """A connection without a whole request is closed."""
    assert _is_over(connect(data))


def test_a_header_in_drips(connect):
    """Bytes that keep coming win no time."""
    connection = connect(b"GET / HTTP/1.1\r\n")
    with contextlib.suppress(OSError):
        for _ in range(200):
            connection.sendall(b"x-a: b\r\n")
            time.sleep(0.01)
        pytest.fail("still open")


def test_the_second_request_of_a_connection(connect):
    """After an answer the next request has its time too; half of it is let go."""
    connection = connect(GET)
    assert _answer(connection).endswith(b"ok")
    connection.sendall(GET)
    assert _answer(connection).endswith(b"ok")
    connection.sendall(GET[:10])
    assert _is_over(connection)


@pytest.mark.parametrize("data", [b"", GET[:20]], ids=["idle", "half-open"])
def test_two_hundred_connections(server, connect, data):
    """However many connections come in a burst, no more than the limit are held, and a visitor is answered."""
    bounded, _ = server
    held = [connect(data) for _ in range(200)]
    assert _answer(connect(GET)).endswith(b"ok")
    assert len(bounded.server_state.connections) <= LIMIT
    assert all(_is_over(connection) for connection in held)


def test_every_connection_has_a_request(server, connect):
    """Where nobody is idle the new one is told so, and those who wait for an answer keep theirs."""
    bounded, _ = server
    waiting = [connect(GET.replace(b"/ ", b"/slow ")) for _ in range(LIMIT)]
    while sum(connection.is_busy for connection in list(bounded.server_state.connections)) < LIMIT:
        time.sleep(0.01)
    assert connect(GET).recv(1000).startswith(b"HTTP/1.1 503 ")
    assert len(bounded.server_state.connections) <= LIMIT + 1
    waiting[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        waiting[0].recv(1)


def test_streams_are_counted_at_once():
    """The limit of streams holds in a burst, and a stream that never began leaves its place to another."""
    notifier = ChangeNotifier(lambda: 0)
    notifier.max_streams = 3

    async def nothing():
        return
        yield

    async def burst() -> None:
        streams = [server_sent_events(notifier, nothing()) for _ in range(3)]
        with pytest.raises(Exception, match="too many streams"):
            server_sent_events(notifier, nothing())
        assert [line async for line in streams[0].iterator] == [b"retry: 3000\n\n"]
        assert notifier.streams == 2
        del streams
        assert notifier.streams == 0

    asyncio.run(burst())


def test_no_descriptors_is_told_once(capsys):
    """A lack of descriptors is one line a minute, other errors go their way."""
    logs.configure()
    loop = asyncio.new_event_loop()
    others = []
    loop.default_exception_handler = others.append
    handle = quiet_errors(loop)
    for _ in range(50):
        handle(loop, {"message": "accept", "exception": OSError(errno.EMFILE, "Too many open files")})
    handle(loop, {"message": "else", "exception": ValueError()})
    loop.close()
    logs.flush_logs()
    assert capsys.readouterr().err.count("web_no_descriptors") == 1
    assert len(others) == 1


def test_limits_fit_the_descriptors():
    """Half of what the process may open is left to the rest of it."""
    assert 8 <= max_connections() <= 1000


STARVED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
from scraper import logs
from scraper.web.connections import BoundedServer
from tests.web.test_connections import _app
import socket
logs.configure()
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
BoundedServer(_app, lambda: None, limit=1000, header_seconds=2).run(sockets=[listener])
"""


def test_without_descriptors():
    """A server that runs out of descriptors does not spin, says so once, and answers when some are free again."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", STARVED], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        port = int(process.stdout.readline())
        held = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(80)]
        ticks = Path(f"/proc/{process.pid}/stat")
        before = sum(map(int, ticks.read_text().split()[13:15]))
        time.sleep(1.5)
        assert sum(map(int, ticks.read_text().split()[13:15])) - before < 50
        for connection in held:
            connection.close()
        assert Visitor(f"http://127.0.0.1:{port}").get("/").status == 200
    finally:
        process.kill()
        _, said = process.communicate()
    assert said.count("\n") <= 3
    assert "web_no_descriptors" in said


def test_the_site_is_bounded(tmp_path):
    """The real site lets go of nothing that it needs: pages and streams beside idle connections."""
    fill(tmp_path / "data")
    with serving(tmp_path / "data", WebSettings(port=0)) as site:
        host, port = site.url.split("//")[1].strip("/").split(":")
        idle = [socket.create_connection((host, int(port))) for _ in range(50)]
        assert site.get("/").status == 200
        for connection in idle:
            connection.close()
