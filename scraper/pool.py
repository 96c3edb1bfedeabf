"""A pool of processes that can be killed, each with a socket of its own and a thread of ours that keeps it.

Processes share nothing: no queue, no channel, no lock. So the death of one, or its being frozen, is nobody else's. A keeper
takes one job at a time and waits for every step with a limit: a fresh process says that it is ready, a ready one that it
has taken the job, and then comes the result. What is past its limit is killed, and the next job has a fresh process.
A job that was not taken is handed to a fresh process; one that was taken is lost with its process, and only that one.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import multiprocessing
import pickle
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from scraper.errors import WorkerLost

START_SECONDS = 10.0  # until a fresh process is ready; doubled with each try, for machines under load
TAKE_SECONDS = (
    2.0  # until a ready process has taken a job: milliseconds, unless it is frozen; doubled likewise
)
PAUSES_SECONDS = (
    0.0,
    0.0,
    0.5,
    2.0,
)  # before each try to hand a job over; after the last, no process can be had
KILLED_SECONDS = 5.0  # for the kernel to end a process that was killed
SIZE_BYTES = 8  # of the number before each message
READY, TAKEN = b"ready", b"taken"
PR_SET_PDEATHSIG = 1  # linux/prctl.h

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Task:
    work: Callable[[Any], Any]
    argument: Any
    seconds: float
    url: str | None
    future: Future[Any] = field(default_factory=Future)


class Pool:
    """Up to ``size`` processes, each started when there is a job for it, and again after so many jobs.

    ``begin`` is called first in each process. It, the work and what goes in and out must be picklable.
    """

    def __init__(self, size: int, *, begin: Callable[[], None], jobs_per_process: int) -> None:
        self._size = size
        self._begin = begin
        self._jobs_per_process = jobs_per_process
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._keepers: list[_Keeper] = []

    def submit(
        self, work: Callable[[Argument], Result], argument: Argument, *, seconds: float, url: str | None
    ) -> Future[Result]:
        """The future has what ``work`` returns or raises; WorkerLost if its process died or took more than ``seconds``;

        OSError if no process could be had, which is no fault of the job. ``url`` is for the error.
        """
        task = _Task(work, argument, seconds, url)
        self._tasks.put(task)
        if len(self._keepers) < self._size:
            self._keepers.append(_Keeper(self._tasks, self._closing, self._begin, self._jobs_per_process))
            self._keepers[-1].start()
        return task.future

    def close(self) -> None:
        """Kill all processes at once; what waits or runs is cancelled."""
        self._closing.set()
        with contextlib.suppress(queue.Empty):
            while task := self._tasks.get_nowait():
                task.future.cancel()
        for keeper in self._keepers:
            self._tasks.put(None)
            keeper.interrupt()
        for keeper in self._keepers:
            keeper.join(2 * KILLED_SECONDS)


class _Keeper(threading.Thread):
    """Does one job after the other in a process of its own. The process is ended by this thread or dies with it."""

    def __init__(
        self,
        tasks: queue.SimpleQueue[_Task | None],
        closing: threading.Event,
        begin: Callable[[], None],
        jobs_per_process: int,
    ) -> None:
        super().__init__(name="pool keeper", daemon=True)
        self._tasks = tasks
        self._closing = closing
        self._begin = begin
        self._jobs_per_process = jobs_per_process
        self._lock = threading.Lock()  # of the process, which the thread that closes kills
        self._process: SpawnProcess | None = None
        self._wire: socket.socket | None = None
        self._jobs = 0

    def run(self) -> None:
        while task := self._tasks.get():
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                result = self._do(task)
            except BaseException as error:
                task.future.set_exception(CancelledError() if self._closing.is_set() else error)
            else:
                task.future.set_result(result)
            del task  # it would keep a page and its result until the next one
        self._end()

    def interrupt(self) -> None:
        """Kill the process, whatever it is at."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _do(self, task: _Task) -> Any:
        data = pickle.dumps((task.work, task.argument), pickle.HIGHEST_PROTOCOL)
        why: Exception | None = None
        for tried, pause in enumerate(PAUSES_SECONDS):
            if self._closing.wait(pause):
                raise CancelledError
            try:
                wire = self._wire or self._start(START_SECONDS * 2**tried)
                _hand_over(wire, data, TAKE_SECONDS * 2**tried)
            except (OSError, EOFError) as error:
                self._end()
                why = error
            else:
                return self._result(wire, task)
        raise OSError(errno.EAGAIN, f"no process could be had: {why or 'it died'}") from why

    def _start(self, seconds: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        self._wire, self._jobs = ours, 0
        with theirs:
            # spawn: a forked child would inherit the store's lock and keep it alive after a kill -9
            process = multiprocessing.get_context("spawn").Process(
                target=_serve, args=(theirs, self._begin), daemon=True
            )
            process.start()
        with self._lock:
            self._process = process
            if self._closing.is_set():  # and looked for a process to kill a moment ago
                process.kill()
        _receive(ours, time.monotonic() + seconds)
        return ours

    def _result(self, wire: socket.socket, task: _Task) -> Any:
        try:
            good, value = pickle.loads(_receive(wire, time.monotonic() + task.seconds))  # noqa: S301 - from our own process
        except TimeoutError as error:
            self._end()
            raise WorkerLost(
                "the document took too long to parse", code="parser_timeout", url=task.url
            ) from error
        except Exception as error:  # also what a process wrote that lost its mind
            self._end()
            raise WorkerLost(
                "the document crashed its parser", code="parser_crashed", url=task.url
            ) from error
        self._jobs += 1
        if self._jobs >= self._jobs_per_process:
            self._end()
        if good:
            return value
        raise value

    def _end(self) -> None:
        """Kill the process, if there is one, and forget it."""
        self.interrupt()
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.join(KILLED_SECONDS)
        if self._wire is not None:
            self._wire.close()
            self._wire = None


# ------------------------------------------------------------------------------------------ in the process


def _serve(wire: socket.socket, begin: Callable[[], None]) -> None:
    """Do jobs until the other end is closed."""
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who closes the pool
    begin()
    with contextlib.suppress(OSError, EOFError):
        _send(wire, READY)
        while True:
            data = _receive(wire)
            _send(wire, TAKEN)
            _send(wire, _work(data))


def _work(data: bytes) -> bytes:
    """What the job returns or raises, pickled with whether it returned."""
    try:
        work, argument = pickle.loads(data)  # noqa: S301 - from our own parent
        return pickle.dumps((True, work(argument)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        try:
            said = pickle.dumps((False, error))
            pickle.loads(said)  # noqa: S301 - many an exception can be written and not read again
        except Exception:
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return said


def _die_with_parent() -> None:
    """Be killed with the thread that started this process, even in the middle of C code that never returns."""
    if sys.platform == "linux":  # elsewhere a process ends when its job does
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# ------------------------------------------------------------------------------------------ between the two


def _hand_over(wire: socket.socket, data: bytes, seconds: float) -> None:
    """Send a job and hear that it was taken. Raises OSError or EOFError: then it was not begun."""
    deadline = time.monotonic() + seconds
    wire.settimeout(seconds)  # of the whole, not of each part
    _send(wire, data)
    _receive(wire, deadline)


def _send(wire: socket.socket, message: bytes) -> None:
    wire.sendall(len(message).to_bytes(SIZE_BYTES, "big") + message)


def _receive(wire: socket.socket, deadline: float | None = None) -> bytes:
    """A whole message. Raises TimeoutError at the deadline, EOFError or another OSError if the other end is gone."""
    size = int.from_bytes(_exactly(wire, SIZE_BYTES, deadline), "big")
    return bytes(_exactly(wire, size, deadline))


def _exactly(wire: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        if deadline is not None:
            wire.settimeout(max(deadline - time.monotonic(), 0.001))  # 0 would mean not to wait
        got = wire.recv_into(rest)
        if not got:
            raise EOFError("it died")
        rest = rest[got:]
    return data
