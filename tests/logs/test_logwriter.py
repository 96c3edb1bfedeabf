"""The log's own thread: whoever logs never waits, nothing is lost while somebody reads, what is lost is counted."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import select
import socket
import threading
import time
import tty
from pathlib import Path

import pytest

from scraper import logs
from scraper.logs.writer import LogWriter

PATIENCE_SECONDS = 60
F_SETPIPE_SZ = 1031
SMALL = 4096  # bytes: the least that a pipe can hold
LONG = "x" * 200


def a_pipe(stack):
    there, here = os.pipe()
    fcntl.fcntl(here, F_SETPIPE_SZ, SMALL)
    stack.callback(os.close, there)
    return there, here


def a_socket(stack):
    there, here = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)  # as journald gives one
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    stack.callback(os.close, reader := there.detach())
    return reader, here.detach()


def a_terminal(stack):
    there, here = pty.openpty()
    tty.setraw(here)
    stack.callback(os.close, there)
    return there, here


KINDS = {"pipe": a_pipe, "socket": a_socket, "terminal": a_terminal}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def ends(request):
    """The end that is read and the end that is written of something that holds little."""
    with contextlib.ExitStack() as stack:
        yield request.param(stack)


def writer_to(descriptor, **more):
    return LogWriter(descriptor, announce=lambda count: f"dropped {count}", **more)


def read_lines(descriptor, count):
    data = b""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while data.count(b"\n") < count:
        readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, data[-300:]
        data += os.read(descriptor, 1 << 16 if count > 1 else 1)
    return data.decode().splitlines()


def test_a_reader_who_keeps_up_gets_all_in_order(ends):
    """Ten thousand lines through something that holds twenty: all of them, in order."""
    there, here = ends
    writer = writer_to(here)
    wanted = [f"{n} {LONG}" for n in range(10_000)]
    producer = threading.Thread(target=lambda: [writer.put(line) for line in wanted])
    producer.start()
    assert read_lines(there, len(wanted)) == wanted
    producer.join()
    assert writer.flush(PATIENCE_SECONDS)


def lost(lines):
    """How many lines were dropped, by what the gaps say; each gap is as wide as it says."""
    seen = gaps = 0
    for line in lines:
        if line.startswith("dropped"):
            gaps += int(line.split()[1])
        else:
            assert int(line.split()[0]) == seen + gaps
            seen += 1
    return gaps


def test_nobody_reads(ends):
    """Lines are taken all the same, the newest are dropped, and when they flow again one line says how many."""
    there, here = ends
    writer = writer_to(here, max_waiting_bytes=10_000)
    count = 0
    while writer.flush(0.01):  # until it is full
        for _ in range(100):
            writer.put(f"{count} {LONG}")
            count += 1
    for _ in range(1000):
        writer.put(f"{count} {LONG}")
        count += 1
    got = []
    while len(got) + lost(got) < count + sum(line.startswith("dropped") for line in got):
        got += read_lines(there, 1)
    assert lost(got) > 900
    assert got[-1].startswith("dropped")
    writer.put("again")
    assert read_lines(there, 1) == ["again"]
    assert writer.flush(PATIENCE_SECONDS)


def test_a_slow_reader_finds_gaps_as_wide_as_they_say(ends):
    """One line in twenty is read: what is missing is told where it is missing."""
    there, here = ends
    writer = writer_to(here, max_waiting_bytes=10_000)
    got, count = [], 0
    while sum(line.startswith("dropped") for line in got) < 3:
        for _ in range(20):
            writer.put(f"{count} {LONG}")
            count += 1
        if not writer.flush(0):
            got += read_lines(there, 1)
    assert lost(got) > 0


def test_a_disk_that_is_full(tmp_path):
    """A line that was written in part is ended by the next one, and those that were lost are counted."""
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        (tmp_path / "log").open("wb", buffering=0) as good,
    ):
        writer = writer_to(full.fileno())
        for n in range(5):
            writer.put(f"{n}")
        assert writer.flush(PATIENCE_SECONDS)
        os.dup2(good.fileno(), full.fileno())
        writer.put("room")
        assert writer.flush(PATIENCE_SECONDS)
        assert (tmp_path / "log").read_text().splitlines() == ["room", "dropped 5"]


def test_a_reader_who_has_gone():
    """A pipe that nobody will ever read again costs its lines, and ends no flush late."""
    there, here = os.pipe()
    writer = writer_to(here)
    os.close(there)
    for n in range(100):
        writer.put(f"{n}")
    assert writer.flush(PATIENCE_SECONDS)
    os.close(here)


def test_a_descriptor_that_is_not_blocking():
    """Somebody else may have made it so: it is waited for."""
    with contextlib.ExitStack() as stack:
        there, here = a_pipe(stack)
        os.set_blocking(here, False)
        writer = writer_to(here)
        for n in range(100):
            writer.put(f"{n} {LONG}")
        assert read_lines(there, 100) == [f"{n} {LONG}" for n in range(100)]


@pytest.fixture
def _restored():
    yield
    logs.configure(stream=io.StringIO())


@pytest.mark.usefixtures("_restored")
def test_what_was_dropped_is_an_event_like_others():
    """``log_dropped`` has a time, a level and the number of lines."""
    with contextlib.ExitStack() as stack:
        there, here = a_pipe(stack)
        logs.configure("json", stream=stack.enter_context(os.fdopen(here, "w")))
        logs._writer._most = 10_000
        for n in range(1000):
            logs.get_logger().info("polled", n=n, what=LONG)
        events = []
        while not events or events[-1]["event"] != "log_dropped":
            events += map(json.loads, read_lines(there, 1))
        *polled, gap = events
        assert [e["n"] for e in polled] == list(range(len(polled)))
        assert gap == {
            "at": gap["at"],
            "level": "warning",
            "event": "log_dropped",
            "lines": 1000 - len(polled),
        }
        logs.flush_logs()
