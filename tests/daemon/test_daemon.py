"""The daemon: starts, says so, watches itself, re-reads its sources, stops in time. Fakes inside, a real process at the end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import http.server
import itertools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bench import virtual
from scraper import clock
from scraper.config import load as config
from scraper.daemon.daemon import Daemon, due_times
from scraper.daemon.systemd import Notifier
from scraper.engines import EngineSetup
from scraper.engines.local import LocalEngine
from scraper.errors import ConfigError
from scraper.model import Failure, Source, SourceState
from tests.support.demo_recording import DEMO_SOURCES, RECORDING
from tests.support.shared import ROOT
from tests.support.world import article

PATIENCE_SECONDS = 60
FORCED = 128 + signal.SIGTERM
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def source(id_, **kwargs):
    values = {"name": id_, "homepage": f"https://{id_}.example/", "country": "ge", "languages": ("ka",)}
    return Source(id=id_, **(values | kwargs))


@dataclass
class Done:
    due: datetime
    feeds: int = 1
    entries: int = 2
    new: int = 1
    revised: int = 0
    duplicates: int = 0
    visited: int = 0
    drifting: tuple = ()
    recovered: tuple = ()
    rerouted: str | None = None
    failed: tuple = ()


class Log:
    """Remembers events; any level."""

    def __init__(self):
        self.events = []
        self._changed = asyncio.Event()

    def __getattr__(self, level):
        def write(event, **values):
            self.events.append((level, event, values))
            self._changed.set()

        return write

    def names(self):
        return [event for _, event, _ in self.events]

    def of(self, name):
        return [values for _, event, values in self.events if event == name]

    async def until(self, true):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true():
                self._changed.clear()
                await self._changed.wait()


class Ears(Notifier):
    """A notifier that remembers what was sent."""

    def __init__(self, watchdog_seconds=0.0):
        super().__init__()
        self.watchdog_seconds = watchdog_seconds
        self.sent = []
        self._fed = asyncio.Semaphore(0)

    def send(self, *states):
        self.sent += states
        if "WATCHDOG=1" in states:
            self._fed.release()

    async def until(self, pings):
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(pings):
                await self._fed.acquire()


@dataclass
class Scene:
    """One daemon over fakes, and the strings to pull."""

    sources: list
    log: Log = field(default_factory=Log)
    ears: Ears = field(default_factory=Ears)
    polls: Counter = field(default_factory=Counter)
    states: dict = field(default_factory=dict)
    aborted: int = 0
    hold: asyncio.Event | None = None
    failures: tuple = ()
    drifting: tuple = ()
    recovered: tuple = ()
    rerouted: str | None = None
    bug: Exception | None = None
    offset: timedelta = timedelta(0)
    drain_seconds: float = 5.0
    options: dict = field(default_factory=dict)

    def now(self):
        return clock.now() + self.offset

    def load(self):
        if isinstance(self.sources, Exception):
            raise self.sources
        return self.sources

    async def poll(self, source):
        self.polls[source.id] += 1
        if self.hold:
            await self.hold.wait()
        if self.bug:
            raise self.bug
        return Done(
            due=self.now() + timedelta(hours=6),
            failed=self.failures,
            drifting=self.drifting,
            recovered=self.recovered,
            rerouted=self.rerouted,
        )

    def abort(self):
        self.aborted += 1
        self.hold.set()

    def play(self, act):
        async def run():
            self.log._changed = asyncio.Event()
            setting = EngineSetup(
                location="", now=self.now, monotonic=clock.monotonic, on_error=lambda i, e: self.log.error("bug", error=e),
                drain_seconds=self.drain_seconds,
            )  # fmt: skip
            self.engine = LocalEngine(setting)
            daemon = Daemon(
                load=self.load, states=lambda: self.states, poll=self.poll, engine=self.engine, log=self.log,
                notifier=self.ears, abort=self.abort, now=self.now, **self.options,
            )  # fmt: skip
            task = asyncio.create_task(daemon.run())
            task.add_done_callback(lambda _: self.log._changed.set())
            await self.log.until(lambda: "ready" in self.log.names() or task.done())
            try:
                await act()
            finally:
                if not task.done() and "stopping" not in self.log.names():
                    os.kill(os.getpid(), signal.SIGTERM)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await task

        asyncio.run(run())
        return self


def test_ready_polls_and_stops():
    """READY once there is a schedule, a line a poll, STOPPING at SIGTERM, and the last line is "stopped"."""
    scene = Scene([source("a"), source("b")])

    async def act():
        await scene.log.until(lambda: len(scene.log.of("polled")) == 2)

    scene.play(act)
    assert scene.ears.sent[0] == "READY=1"
    assert "STOPPING=1" in scene.ears.sent
    assert scene.log.names() == ["ready", "polled", "polled", "stopping", "stopped"]
    assert scene.log.of("polled")[0] | {"source": "a"} == {
        "source": "a", "feeds": 1, "entries": 2, "new": 1, "revised": 0, "duplicates": 0, "visited": 0, "failed": 0, "next_in_s": 21600,
    }  # fmt: skip


def test_drift_is_a_line():
    """What an outlet's pages no longer yield is told when it begins, and when it is over."""
    scene = Scene([source("a")], drifting=("undated", "rules"), recovered=("length",))

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))

    scene.play(act)
    assert scene.log.of("drift") == [{"source": "a", "what": "pages without a date, rules that do not match"}]
    assert scene.log.of("drift_over") == [{"source": "a", "what": "length of the body"}]


def test_another_way_is_a_line():
    """That a source is read in another way than configured is told when it begins."""
    scene = Scene([source("a")], rerouted="the page does not exist; the feed b is read instead")

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))

    scene.play(act)
    assert scene.log.of("rerouted") == [
        {"source": "a", "what": "the page does not exist; the feed b is read instead"}
    ]


def test_each_failure_is_a_line():
    """What a poll could not get is told with source, code, address and reason."""
    scene = Scene(
        [source("a")], failures=(Failure(url="https://a.example/1", code="http_404", message="HTTP 404"),)
    )

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))

    scene.play(act)
    assert scene.log.of("failed") == [
        {"source": "a", "code": "http_404", "url": "https://a.example/1", "why": "HTTP 404"}
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_first_signal_drains(number):
    """What is under way at the signal is finished and reported before the daemon ends."""
    scene = Scene([source("a")])

    async def act():
        await asyncio.sleep(0)
        os.kill(os.getpid(), number)
        await scene.log.until(lambda: scene.log.of("stopping"))
        scene.hold.set()

    scene.hold = asyncio.Event()
    scene.play(act)
    assert scene.log.of("stopping")[0] == {"signal": number.name, "polls": 1}
    assert len(scene.log.of("polled")) == 1
    assert scene.aborted == 0


def test_second_signal_ends_at_once():
    """Who asks twice does not want to wait."""
    scene = Scene([source("a")], hold=None)

    async def act():
        os.kill(os.getpid(), signal.SIGTERM)
        await scene.log.until(lambda: scene.log.of("stopping"))
        os.kill(os.getpid(), signal.SIGTERM)
        await scene.log.until(lambda: scene.log.of("stop_now"))

    scene.hold = asyncio.Event()
    scene.play(act)
    assert scene.aborted == 1


def test_hangup_reads_the_sources_again():
    """SIGHUP starts the new outlets and drops the absent ones; the others keep their times."""
    scene = Scene([source("kept"), source("gone"), source("changed")])

    async def act():
        await scene.log.until(lambda: len(scene.log.of("polled")) == 3)
        scene.sources = [source("kept"), source("new"), source("changed", name="Another name")]
        scene.states = {"kept": SourceState(source="kept", due=scene.now() + timedelta(hours=1))}
        os.kill(os.getpid(), signal.SIGHUP)
        await scene.log.until(lambda: scene.polls["new"] and scene.log.of("sources_reloaded"))

    scene.play(act)
    assert scene.log.of("sources_reloaded") == [{"sources": 3, "added": 1, "removed": 1, "changed": 1}]
    assert scene.polls == {"kept": 1, "gone": 1, "changed": 1, "new": 1}
    assert "RELOADING=1" in scene.ears.sent
    assert scene.ears.sent.count("READY=1") == 2


@pytest.mark.parametrize(
    "error, lines",
    [
        (ConfigError(["sources.toml:3: a: feeds: missing", "sources.toml:9: b: id: twice"]), 2),
        (FileNotFoundError(2, "No such file or directory"), 1),
    ],
    ids=["two mistakes", "no file"],
)
def test_bad_sources_are_refused(error, lines):
    """A bad file changes nothing: every mistake is a line, the old outlets stay, and the next SIGHUP may be good."""
    scene = Scene([source("a")])

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))
        scene.sources = error
        os.kill(os.getpid(), signal.SIGHUP)
        await scene.log.until(lambda: scene.log.of("sources_kept"))
        scene.sources = [source("a"), source("b")]
        os.kill(os.getpid(), signal.SIGHUP)
        await scene.log.until(lambda: scene.polls["b"])

    scene.play(act)
    assert len(scene.log.of("sources_refused")) == lines
    assert scene.log.of("sources_kept") == [{"sources": 1}]


def test_bad_sources_at_the_start_are_raised():
    """Without a good file there is no daemon: the mistakes go to whoever started it."""
    scene = Scene(ConfigError(["sources.toml: no such file"]))

    async def act():
        pass

    with pytest.raises(ConfigError):
        scene.play(act)
    assert scene.ears.sent == []


def test_watchdog_is_fed_while_work_gets_done():
    """An idle daemon feeds the watchdog: nothing is due, nothing is stuck."""
    scene = Scene([source("a")], ears=Ears(watchdog_seconds=0.006))

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))
        await scene.ears.until(5)

    scene.play(act)


def test_watchdog_is_fed_twice_in_its_time():
    """In an hour of virtual time no two pings are further apart than half of what systemd waits."""
    times = []

    class Clock(Notifier):
        def send(self, *states):
            times.extend(virtual.seconds() for state in states if state == "WATCHDOG=1")

    async def main():
        setting = EngineSetup(
            location="", now=virtual.now, monotonic=virtual.seconds, on_error=lambda i, e: None
        )
        daemon = Daemon(
            load=lambda: [source("a")], states=dict, poll=poll, engine=LocalEngine(setting), log=Log(),
            notifier=Clock("/nowhere", watchdog_usec="60000000"), now=virtual.now, monotonic=virtual.seconds,
        )  # fmt: skip
        task = asyncio.create_task(daemon.run())
        await asyncio.sleep(3600)
        os.kill(os.getpid(), signal.SIGTERM)
        await task

    async def poll(_):
        await asyncio.sleep(200)
        return Done(due=virtual.now() + timedelta(minutes=5))

    virtual.run(main())
    assert len(times) > 100
    assert max(b - a for a, b in itertools.pairwise(times)) <= 30


def test_watchdog_is_not_fed_when_nothing_gets_done():
    """With a poll that never ends the pings stop, though the loop still turns, and a line says why."""
    scene = Scene(
        [source("a")], ears=Ears(watchdog_seconds=0.006), options={"stall_seconds": 0.02}, drain_seconds=0.01
    )

    async def act():
        await scene.log.until(lambda: len(scene.log.of("stalled")) >= 2)
        fed = scene.ears.sent.count("WATCHDOG=1")
        await scene.log.until(lambda: len(scene.log.of("stalled")) >= 5)
        assert scene.ears.sent.count("WATCHDOG=1") == fed

    scene.hold = asyncio.Event()
    scene.play(act)


@pytest.mark.parametrize("outlets", [1, 7])
def test_watchdog_is_not_fed_when_all_polls_break(outlets):
    """Polls that end at once, each by a bug, are no work: the pings stop, the line says why, and one that stores brings them back."""
    scene = Scene([source(f"s{n}") for n in range(outlets)], ears=Ears(watchdog_seconds=0.006))

    def broken():
        return sum("broke and nothing was stored since" in e["why"] for e in scene.log.of("stalled"))

    async def act():
        scene.bug = RuntimeError("Unexpected error within the Pool")
        while not broken():
            scene.offset += timedelta(hours=7)
            scene.engine.clock_jumped(timedelta(hours=7).total_seconds())
            seen = len(scene.log.events)
            await scene.log.until(lambda seen=seen: len(scene.log.events) > seen)
        fed = scene.ears.sent.count("WATCHDOG=1")
        await scene.log.until(lambda: broken() >= 4)
        assert scene.ears.sent.count("WATCHDOG=1") == fed
        scene.bug, before = None, len(scene.log.of("polled"))
        scene.offset += timedelta(hours=7)
        scene.engine.clock_jumped(timedelta(hours=7).total_seconds())
        await scene.log.until(lambda: len(scene.log.of("polled")) > before)
        await scene.ears.until(fed + 3)

    scene.play(act)
    assert any(said.startswith("STATUS=stalled") for said in scene.ears.sent)


def test_watchdog_is_fed_on_a_full_disk():
    """A restart makes no disk larger."""
    scene = Scene(
        [source("a")], ears=Ears(watchdog_seconds=0.006), bug=OSError(errno.ENOSPC, "No space left")
    )

    async def act():
        await scene.log.until(lambda: scene.log.of("bug"))
        await scene.ears.until(5)

    scene.play(act)
    assert not scene.log.of("stalled")


def test_watchdog_is_not_fed_by_a_blocked_loop():
    """A loop that is stuck cannot say that it is well."""
    scene = Scene([source("a")], ears=Ears(watchdog_seconds=0.003))

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))
        fed = scene.ears.sent.count("WATCHDOG=1")
        time.sleep(0.05)  # noqa: ASYNC251 - what must never happen is what this test is about
        assert scene.ears.sent.count("WATCHDOG=1") == fed

    scene.play(act)


@pytest.mark.parametrize("jump", [{"hours": 1}, {"hours": -1}, {"days": 3650}, {"days": -3650}], ids=str)
def test_clock_jumps_are_noticed(jump):
    """The audit sees that the wall clock left the monotonic one, says by how much, and polling goes on."""
    scene = Scene([source("a")], options={"audit_seconds": 0.001})

    async def act():
        await scene.log.until(lambda: scene.log.of("polled"))
        scene.offset = timedelta(**jump)
        await scene.log.until(lambda: scene.log.of("clock_jumped"))
        scene.sources = [source("a"), source("b")]
        os.kill(os.getpid(), signal.SIGHUP)
        await scene.log.until(lambda: scene.polls["b"])

    scene.play(act)
    (event,) = scene.log.of("clock_jumped")
    assert event["seconds"] == pytest.approx(timedelta(**jump).total_seconds(), abs=2)
    assert scene.polls["a"] <= 2
    assert not scene.log.of("bug")


DUE = {
    "never polled": (None, timedelta(0)),
    "known, without a due time": (SourceState(source="a"), timedelta(0)),
    "due later": (SourceState(source="a", due=NOW + timedelta(minutes=5), last_poll=NOW - timedelta(minutes=5)), timedelta(minutes=5)),
    "overdue": (SourceState(source="a", due=NOW - timedelta(days=3), last_poll=NOW - timedelta(days=4)), timedelta(days=-3)),
    "polled by a clock ahead of ours": (SourceState(source="a", due=NOW + timedelta(minutes=5), last_poll=NOW + timedelta(minutes=1)), timedelta(0)),
}  # fmt: skip


@pytest.mark.parametrize("state, want", DUE.values(), ids=DUE.keys())
def test_due_times_after_a_restart(state, want):
    """The store says when each source is due, unless it says what cannot be."""
    assert due_times({"a": source("a")}, {"a": state} if state else {}, NOW) == {"a": NOW + want}


# ------------------------------------------------------------------------------------------ sd_notify


@contextlib.contextmanager
def listening(tmp_path, kind):
    """A datagram socket as systemd gives one: its address for NOTIFY_SOCKET, and how to receive."""
    name = str(tmp_path / "notify") if kind == "path" else f"@darial-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind("\0" + name[1:] if name.startswith("@") else name)
        s.settimeout(PATIENCE_SECONDS)
        yield name, lambda: s.recv(4096).decode()


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_notifications_reach_systemd(tmp_path, kind):
    """States arrive on a socket in the file system and on one in the abstract namespace."""
    with listening(tmp_path, kind) as (address, receive):
        Notifier(address).send("READY=1", "STATUS=ok")
        assert receive() == "READY=1\nSTATUS=ok"


ENVIRONMENTS = {
    "no systemd": ({}, 0.0),
    "no watchdog": ({"NOTIFY_SOCKET": "/x"}, 0.0),
    "watchdog": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000"}, 30.0),
    "watchdog of this process": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
    "watchdog of another process": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
    "watchdog without a socket": ({"WATCHDOG_USEC": "30000000"}, 0.0),
    "nonsense": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"}, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("environ, want", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_watchdog_interval(environ, want):
    """The watchdog is ours only if systemd says so to this process."""
    assert Notifier.from_environment(environ).watchdog_seconds == want


@pytest.mark.parametrize("address", [None, "", "/nowhere/at/all", "@nobody-listens", "/dev/null", "x" * 500])
def test_nobody_listens(address):
    """A missing or dead socket is no reason to stop."""
    Notifier(address).send("READY=1")


# ------------------------------------------------------------------------------------------ a real process


class Process:
    """``run_daemon.py`` as its own process; its log lines are JSON."""

    def __init__(self, *args, env=None, code=None):
        command = [
            sys.executable,
            *(["-c", code] if code else ["run_daemon.py", *args, "--log-format", "json"]),
        ]
        self.it = subprocess.Popen(
            command,
            cwd=ROOT,
            bufsize=0,  # what was read ahead, select would not see
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )
        self.events = []

    def until(self, name, count=1):
        """Read the log until it has ``count`` events of that name; the last of them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(event["event"] == name for event in self.events) < count:
            readable, _, _ = select.select([self.it.stderr], [], [], max(0, deadline - time.monotonic()))
            assert readable, (name, self.events)
            line = self.it.stderr.readline()
            assert line, (name, self.events)
            self.events.append(json.loads(line))
        return [event for event in self.events if event["event"] == name][-1]

    def signal(self, number):
        self.it.send_signal(number)

    def end(self):
        """Exit code; the rest of the log is read."""
        rest, _ = self.it.communicate(timeout=PATIENCE_SECONDS)[::-1]
        self.events += [json.loads(line) for line in rest.splitlines()]
        return self.it.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.it.kill()
        self.it.communicate()


def replayed(store, *args, **kwargs):
    return Process(
        "--sources",
        str(DEMO_SOURCES),
        "--store",
        str(store),
        "--replay",
        str(RECORDING),
        *args,
        **kwargs,
    )


def test_life_of_a_daemon(tmp_path):
    """READY, six outlets polled into the store, a second daemon turned away with 75, SIGTERM, exit 0."""
    with (
        listening(tmp_path, "abstract") as (address, receive),
        replayed(tmp_path / "data", env={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000000"}) as daemon,
    ):
        assert receive().startswith("READY=1")
        assert receive() == "WATCHDOG=1"
        daemon.until("polled", 6)
        with replayed(tmp_path / "data", env={"NOTIFY_SOCKET": address}) as second:
            _, complaint = second.it.communicate(timeout=PATIENCE_SECONDS)
            assert second.it.returncode == 75
            assert str(daemon.it.pid) in complaint.decode()
            assert complaint.count(b"\n") == 1
        daemon.signal(signal.SIGTERM)
        while (said := receive()) == "WATCHDOG=1":
            pass
        assert said.startswith("STOPPING=1")  # and the second was never ready
        assert daemon.end() == 0
    assert [e["event"] for e in daemon.events].count("bug") == 0
    assert daemon.events[-1]["event"] == "stopped"
    assert sum(e.get("new", 0) for e in daemon.events) == 15


def test_a_race_for_a_new_store_has_one_winner(tmp_path):
    """Of daemons started together on a store that is not there yet, one polls and the others exit with 75."""
    with contextlib.ExitStack() as stack:
        daemons = [stack.enter_context(replayed(tmp_path / "data")) for _ in range(3)]
        began = time.monotonic()
        while (
            sum(daemon.it.poll() is not None for daemon in daemons) < 2
            and time.monotonic() < began + PATIENCE_SECONDS
        ):
            select.select([], [], [], 0.01)
        codes = [daemon.it.poll() for daemon in daemons]
        assert sorted(codes, key=str) == [75, 75, None]
        winner = daemons[codes.index(None)]
        winner.until("polled", 6)
        winner.signal(signal.SIGTERM)
        assert winner.end() == 0


def test_due_times_survive_a_restart(tmp_path):
    """A restarted daemon does not poll again what it has just polled."""
    with replayed(tmp_path / "data") as first:
        first.until("polled", 6)
        first.signal(signal.SIGTERM)
        assert first.end() == 0
    with replayed(tmp_path / "data") as again:
        again.until("ready")
        again.signal(signal.SIGTERM)
        assert again.end() == 0
    assert not [e for e in again.events if e["event"] == "polled"]


def test_hangup_of_a_process(tmp_path):
    """A real daemon refuses a bad file and goes on, takes the next good one, and polls what is new in it."""
    good = DEMO_SOURCES.read_text(encoding="utf-8")
    path = tmp_path / "sources.toml"
    path.write_text(
        good.replace(
            '[[source]]\nid = "kafkas-postasi"', '[[source]]\nenabled = false\nid = "kafkas-postasi"'
        )
    )
    with Process(
        "--sources", str(path), "--store", str(tmp_path / "data"), "--replay", str(RECORDING)
    ) as daemon:
        daemon.until("polled", 5)
        path.write_text(good + "[[source]]\nid = 1\n")
        daemon.signal(signal.SIGHUP)
        assert daemon.until("sources_kept")["sources"] == 5
        path.write_text(good)
        daemon.signal(signal.SIGHUP)
        assert daemon.until("sources_reloaded")["added"] == 1
        assert daemon.until("polled", 6)["source"] == "kafkas-postasi"
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 0


SILENT = """
from pathlib import Path
from scraper.config.load import load_sources
from scraper.daemon import main
main.run_service(load=lambda: load_sources(Path({sources!r}).read_text()), store=Path({store!r}), log_format="json", drain_seconds={drain})
"""


def silent(tmp_path, stack, *, hosts, drain):
    """A daemon that polls servers which accept and never answer, and the moment when it waits for all of them.

    It would wait far longer than the test: only the signals of the test end it.
    """
    listeners, port = [], 0
    for i in range(hosts):
        listener = stack.enter_context(socket.create_server((f"127.0.0.{i + 2}", port)))
        port = listener.getsockname()[1]
        listeners.append(listener)
    path = tmp_path / "sources.toml"
    tables = [
        f'[[source]]\nid = "s{i}"\nname = "S"\nhomepage = "http://127.0.0.{i + 2}:{port}/"\ncountry = "ge"\nlanguages = ["ka"]\n'
        f'feeds = [{{ url = "http://127.0.0.{i + 2}:{port}/rss" }}]\n'
        for i in range(hosts)
    ]
    settings = '[settings]\nallow_private_hosts = ["127.0.0.0/8"]\nfeed_timeout_seconds = 600\n'
    path.write_text(settings + "".join(tables))
    config.load_sources(path.read_text())
    code = SILENT.format(sources=str(path), store=str(tmp_path / "data"), drain=drain)
    daemon = stack.enter_context(Process(code=code))
    daemon.until("ready")
    for listener in listeners:
        readable, _, _ = select.select([listener], [], [], PATIENCE_SECONDS)
        assert readable
    return daemon


def test_stop_does_not_wait_for_silent_servers(tmp_path):
    """SIGTERM with polls under way that would take long: they are given up after the drain, exit 0."""
    with contextlib.ExitStack() as stack:
        daemon = silent(tmp_path, stack, hosts=20, drain=0.3)
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 0
    assert next(e for e in daemon.events if e["event"] == "stopping")["polls"] == 20


def test_second_sigterm_is_immediate(tmp_path):
    """A second SIGTERM ends the process without draining, and the store is whole."""
    with contextlib.ExitStack() as stack:
        daemon = silent(tmp_path, stack, hosts=3, drain=10 * PATIENCE_SECONDS)
        daemon.signal(signal.SIGTERM)
        daemon.until("stopping")
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 128 + signal.SIGTERM


# ------------------------------------------------------------------------------------------ outlets that answer


class Outlets(http.server.BaseHTTPRequestHandler):
    """Every address of 127.0.0.0/8 is an outlet with one article; ``server.asked`` are those whose article was asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        host = self.headers["Host"]
        status, body = 404, b""
        if self.path == "/rss":
            link = f"<link>http://{host}/news/1</link>"
            body = f"<rss version='2.0'><channel><title>C</title><item><title>Road</title>{link}</item></channel></rss>".encode()
            status = 200
        elif self.path == "/news/1":
            status, body = 200, article(int(host.split(":")[0].rpartition(".")[2]))
            self.server.asked.add(host)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def outlets():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Outlets)
    server.daemon_threads = True
    server.asked = set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def of_outlets(tmp_path, server, count, *, drain=5.0):
    """The code of a daemon that polls so many of them, and one that says nothing."""
    tables = [
        f'[[source]]\nid = "o{i}"\nname = "O"\nhomepage = "http://127.0.0.{i}:{server.server_port}/"\ncountry = "ge"\n'
        f'languages = ["en"]\nfeeds = [{{ url = "http://127.0.0.{i}:{server.server_port}/rss" }}]\n'
        for i in range(2, count + 2)
    ]
    path = tmp_path / "sources.toml"
    path.write_text('[settings]\nallow_private_hosts = ["127.0.0.0/8"]\n' + "".join(tables))
    return SILENT.format(sources=str(path), store=str(tmp_path / "data"), drain=drain)


def wait_for(true):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


@pytest.mark.parametrize("signals", [1, 2])
def test_a_log_that_nobody_reads(tmp_path, signals):
    """Its pipe is full after a few lines: every outlet is polled all the same, and SIGTERM ends the daemon."""
    with outlets() as server, Process(code=of_outlets(tmp_path, server, 60)) as daemon:
        fcntl.fcntl(daemon.it.stderr, 1031, 4096)  # F_SETPIPE_SZ
        wait_for(lambda: len(server.asked) == 60)
        for _ in range(signals):
            daemon.signal(signal.SIGTERM)
        assert daemon.it.wait(PATIENCE_SECONDS) in (0, FORCED)
        read = daemon.it.stderr.read()
    assert len(read) <= 4096
    assert all(json.loads(line) for line in read.splitlines()[:-1])


def test_a_second_sigterm_is_quiet(tmp_path):
    """With parsers at work, what is said at the end are log lines and nothing else."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(outlets())
        code = of_outlets(tmp_path, server, 2, drain=30)
        quiet = stack.enter_context(socket.create_server(("127.0.0.9", 0)))
        path = tmp_path / "sources.toml"
        url = f"http://127.0.0.9:{quiet.getsockname()[1]}"
        path.write_text(
            f'{path.read_text()}[[source]]\nid = "quiet"\nname = "Q"\nhomepage = "{url}/"\ncountry = "ge"\nlanguages = ["en"]\n'
            f'feeds = [{{ url = "{url}/rss" }}]\n'
        )
        daemon = stack.enter_context(Process(code=code))
        daemon.until("polled", 2)
        daemon.signal(signal.SIGTERM)
        daemon.until("stopping")
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == FORCED  # which reads every line as JSON
    assert sum(event.get("new", 0) for event in daemon.events) == 2
    assert daemon.events[-1]["event"] == "stop_now"
