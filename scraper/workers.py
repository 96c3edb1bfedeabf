"""Pages are parsed in processes that can be killed: the only import of pebble.

In: a Job (bytes and what is known of them). Out: an Article, or a ParseError. A page that crashes or hangs its worker
costs that page alone: pebble gives every worker one job at a time and replaces a worker that died.
``Workers(processes=0)`` parses in the calling thread: for tests and for a single page.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from scraper.codec import Struct
from scraper.errors import DarialError, ParseError, WorkerLost
from scraper.extraction import inputs
from scraper.model import Article, Entry, Rules

PAGE_SECONDS = 10.0  # wall time for one page; the guard refuses what would cost more than 1 s of CPU
JOBS_PER_WORKER = 2000  # a fresh process now and then keeps memory flat over months

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Job(Struct, frozen=True, kw_only=True):
    """One document to parse. ``entry`` is what the feed said of it, ``url`` its final address."""

    data: bytes
    url: str | None = None
    content_type: str | None = None
    rules: tuple[Rules, ...] = ()
    entry: Entry | None = None
    timezone: str = "UTC"
    languages: tuple[str, ...] = ()
    article_url: str | None = None
    now: datetime


def parse(job: Job) -> Article:
    """The work itself, pure: bytes to Article. Raises ParseError."""
    return inputs.extract(
        job.data,
        url=job.url,
        content_type=job.content_type,
        rules=job.rules,
        entry=job.entry,
        timezone=job.timezone,
        languages=job.languages,
        article_url=job.article_url,
        now=job.now,
    )


def _guarded(work: Callable[[Job], Article], job: Job) -> Article | DarialError:
    """Expected failures travel as values; an unexpected exception is that page's failure, not the run's."""
    try:
        return work(job)
    except DarialError as error:
        return error
    except RecursionError as error:
        return ParseError(f"the page could not be parsed: {error}", code="parser_error", url=job.url)
    except Exception as error:
        return ParseError(
            f"the page could not be parsed: {type(error).__name__}: {error}", code="parser_error", url=job.url
        )


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A pool of parsing processes. Started at the first job; use as a context manager, sync or async."""

    def __init__(
        self,
        processes: int | None = None,
        *,
        page_seconds: float = PAGE_SECONDS,
        work: Callable[[Job], Article] = parse,
    ) -> None:
        """``work`` is what a worker does with a job; it must be importable by name."""
        self._processes = cores() if processes is None else processes
        self._work = work
        self._page_seconds = page_seconds
        self._pool: ProcessPool | None = None

    async def run(
        self,
        work: Callable[[Argument], Result],
        argument: Argument,
        *,
        seconds: float = PAGE_SECONDS,
        url: str | None = None,
    ) -> Result:
        """Do ``work`` with ``argument`` in a process, and raise what it raises; WorkerLost if its worker was lost.

        ``work`` must be importable by name; argument, result and exceptions are pickled. ``url`` is for the error.
        """
        if not self._processes:
            return await asyncio.to_thread(work, argument)
        try:
            return await asyncio.wrap_future(self._submit(work, argument, seconds))
        except (ProcessExpired, concurrent.futures.TimeoutError) as error:
            raise _lost(error, url) from error

    async def extract(self, job: Job) -> Article:
        """Parse one document. Raises ParseError; code parser_crashed or parser_timeout if its worker was lost."""
        work = partial(_guarded, self._work)
        return _unwrap(await self.run(work, job, seconds=self._page_seconds, url=job.url))

    def extract_all(self, jobs: Iterable[Job]) -> Iterator[Article | DarialError]:
        """Parse many documents side by side; results come in the order of the jobs."""
        if not self._processes:
            yield from (_guarded(self._work, job) for job in jobs)
            return
        work = partial(_guarded, self._work)
        waiting: deque[tuple[Job, concurrent.futures.Future[Article | DarialError]]] = deque()
        for job in jobs:
            waiting.append((job, self._submit(work, job, self._page_seconds)))
            if len(waiting) >= 4 * self._processes:
                yield _outcome(*waiting.popleft())
        while waiting:
            yield _outcome(*waiting.popleft())

    def _submit(
        self, work: Callable[[Argument], Result], argument: Argument, seconds: float
    ) -> concurrent.futures.Future[Result]:
        if self._pool is None:
            # spawn: a forked child would inherit the store's lock and keep it alive after a kill -9
            self._pool = ProcessPool(
                max_workers=self._processes,
                max_tasks=JOBS_PER_WORKER,
                initializer=inputs.warm_up,
                context=multiprocessing.get_context("spawn"),
            )
        future: concurrent.futures.Future[Result] = self._pool.schedule(
            work, args=(argument,), timeout=seconds
        )
        return future

    def close(self) -> None:
        """Stop at once; what is under way is thrown away."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)


def _unwrap(result: Article | DarialError) -> Article:
    if isinstance(result, DarialError):
        raise result
    return result


def _outcome(job: Job, future: concurrent.futures.Future[Article | DarialError]) -> Article | DarialError:
    try:
        return future.result()
    except (ProcessExpired, concurrent.futures.TimeoutError) as error:
        return _lost(error, job.url)


def _lost(error: BaseException, url: str | None) -> WorkerLost:
    if isinstance(error, ProcessExpired):
        return WorkerLost("the page crashed its parser", code="parser_crashed", url=url)
    return WorkerLost("the page took too long to parse", code="parser_timeout", url=url)
