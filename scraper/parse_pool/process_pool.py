"""Run jobs in processes that can be killed. Each process has its own socket and a thread in this process, its keeper.

Processes share nothing (no queue, no channel, no lock), so one that dies or freezes affects no other. A keeper does one job at
a time and waits for every step with a limit: a new process says that it is ready, then that it has taken the job, then comes
the result. A process that is late or frozen is killed, and the next job gets a new one. A job that was not taken is given to a
new process, as often as necessary. A job whose process died at work is tried once more in the rest of its time, because it may
not be the job that killed the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import multiprocessing
import os
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

START_SECONDS = 10.0  # until a new process is ready; longer with each try, for machines under load
TAKE_SECONDS = 2.0  # until a ready process has taken a job (milliseconds, usually); longer with each try too
PATIENCE_SECONDS = 60.0  # for processes that die before they take a job
PAUSE_SECONDS = 1.0  # before the third try, and each that follows
KILLED_SECONDS = 5.0  # for the kernel to end a process that was killed
CHECK_SECONDS = 0.5  # between two checks whether a process is frozen
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
    """Up to ``size`` processes, each started when there is a job for it, and replaced after ``jobs_per_process`` jobs.

    ``begin`` is called first in each process. It, the work, its argument and its result must be picklable.
    """

    def __init__(
        self,
        size: int,
        *,
        begin: Callable[[], None],
        jobs_per_process: int,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._size = size
        self.begin = begin
        self.jobs_per_process = jobs_per_process
        self.patience_seconds = patience_seconds
        self.tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self.closing = threading.Event()
        self._keepers: list[_Keeper] = []

    def submit(
        self, work: Callable[[Argument], Result], argument: Argument, *, seconds: float, url: str | None
    ) -> Future[Result]:
        """Queue a job. Its future gets what ``work`` returns or raises.

        The future raises WorkerLost if the process died or took more than ``seconds``, and OSError if no process could be
        started, which is not the job's fault. ``url`` is for the error.
        """
        task = _Task(work, argument, seconds, url)
        self.tasks.put(task)
        if len(self._keepers) < self._size:
            self._keepers.append(_Keeper(self))
            self._keepers[-1].start()
        return task.future

    def close(self) -> None:
        """Kill all processes at once. Waiting and running jobs are cancelled."""
        self.closing.set()
        with contextlib.suppress(queue.Empty):
            while task := self.tasks.get_nowait():
                task.future.cancel()
        for keeper in self._keepers:
            self.tasks.put(None)
            keeper.interrupt()
        for keeper in self._keepers:
            keeper.join(2 * KILLED_SECONDS)


class _Keeper(threading.Thread):
    """Does one job after the other in its own process. This thread ends the process, or the process dies with it."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(name="pool keeper", daemon=True)
        self._pool, self._closing = pool, pool.closing
        self._lock = threading.Lock()  # for the process: another thread may kill it
        self._process: SpawnProcess | None = None
        self._wire: socket.socket | None = None
        self._jobs = 0

    def run(self) -> None:
        while task := self._pool.tasks.get():
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                result = self._do_job(task)
            except BaseException as error:
                task.future.set_exception(CancelledError() if self._closing.is_set() else error)
            else:
                task.future.set_result(result)
            del task  # otherwise a page and its result stay in memory until the next job
        self._end()

    def interrupt(self) -> None:
        """Kill the process, whatever it does."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _do_job(self, task: _Task) -> Any:
        data = pickle.dumps((task.work, task.argument), pickle.HIGHEST_PROTOCOL)
        wire = self._hand_over(data, time.monotonic() + self._pool.patience_seconds)
        deadline = time.monotonic() + task.seconds
        try:
            good, value = self._answer(wire, deadline)
        except TimeoutError as error:
            self._end()
            raise _lost("parser_timeout", task) from error
        except Exception as error:
            self._end()
            try:  # the job may not have killed it: once more, in the rest of its time
                good, value = self._answer(self._hand_over(data, deadline), deadline)
            except Exception:
                self._end()
                raise _lost("parser_crashed", task) from error
        self._jobs += 1
        if self._jobs >= self._pool.jobs_per_process:
            self._end()
        if good:
            return value
        raise value

    def _hand_over(self, data: bytes, until: float) -> socket.socket:
        """Give a job to a process that takes it. Raises OSError if there is none until ``until``."""
        tried = 0
        while not self._closing.wait(PAUSE_SECONDS if tried > 1 else 0.0):
            tried += 1
            left = max(until - time.monotonic(), CHECK_SECONDS)
            try:
                wire = self._wire or self._start(min(START_SECONDS * tried, left))
                self._check_frozen()
                seconds = min(TAKE_SECONDS * tried, left)
                deadline = time.monotonic() + seconds
                wire.settimeout(seconds)  # of the whole message, not of each part
                _send(wire, data)
                self._receive(wire, deadline)
            except (OSError, EOFError) as error:
                self._end()
                if time.monotonic() >= until:
                    raise OSError(errno.EAGAIN, f"no process to parse in could be had: {error}") from error
            else:
                return wire
        raise CancelledError

    def _answer(self, wire: socket.socket, deadline: float) -> tuple[bool, Any]:
        """Return whether the job succeeded, and its result or error. Raises TimeoutError, or any other error if the process died."""
        good, value = pickle.loads(self._receive(wire, deadline))  # noqa: S301 - from our own process
        return good, value

    def _receive(self, wire: socket.socket, deadline: float) -> bytes:
        """Receive a message. Raises TimeoutError at the deadline, EOFError or OSError as soon as the process is dead or frozen."""

        def wait() -> None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("it took too long")
            self._check_frozen()
            wire.settimeout(min(left, CHECK_SECONDS))

        return _receive(wire, wait)

    def _check_frozen(self) -> None:
        """Raise EOFError if the process was stopped by a signal: it would hold its job until the limit."""
        if sys.platform == "linux" and self._process is not None and self._process.pid:
            with contextlib.suppress(ChildProcessError):  # it is dead: the socket tells
                if os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT):
                    raise EOFError("it was frozen")

    def _start(self, seconds: float) -> socket.socket:
        if self._closing.is_set():
            raise EOFError("the pool is closing")
        ours, theirs = socket.socketpair()
        self._wire, self._jobs = ours, 0
        with theirs:
            # spawn: a forked child would inherit the store's lock and keep it alive after a kill -9
            process = multiprocessing.get_context("spawn").Process(
                target=_serve, args=(theirs, self._pool.begin), daemon=True
            )
            process.start()
        with self._lock:
            self._process = process
            if self._closing.is_set():  # and found no process to kill a moment ago
                process.kill()
        self._receive(ours, time.monotonic() + seconds)
        return ours

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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C the parent closes the pool
    begin()
    with contextlib.suppress(OSError, EOFError):
        _send(wire, READY)
        while True:
            data = _receive(wire)
            _send(wire, TAKEN)
            _send(wire, _work(data))


def _work(data: bytes) -> bytes:
    """Do a job. Return, pickled, whether it succeeded, and its result or error."""
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
    """Ask the kernel to kill this process with the thread that started it, even inside C code that never returns."""
    if sys.platform == "linux":  # elsewhere a process ends when its job does
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# ------------------------------------------------------------------------------------------ between the two


def _lost(code: str, task: _Task) -> WorkerLost:
    crashed = code == "parser_crashed"
    message = "the document crashed its parser" if crashed else "the document took too long to parse"
    return WorkerLost(message, code=code, url=task.url)


def _send(wire: socket.socket, message: bytes) -> None:
    wire.sendall(len(message).to_bytes(SIZE_BYTES, "big") + message)


def _receive(wire: socket.socket, wait: Callable[[], None] = lambda: None) -> bytes:
    """Receive a message. Calls ``wait`` before each part. Raises EOFError or OSError if the other end is closed."""
    size = int.from_bytes(_exactly(wire, SIZE_BYTES, wait), "big")
    return bytes(_exactly(wire, size, wait))


def _exactly(wire: socket.socket, size: int, wait: Callable[[], None]) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        wait()
        try:
            got = wire.recv_into(rest)
        except TimeoutError:
            continue
        if not got:
            raise EOFError("it died")
        rest = rest[got:]
    return data
